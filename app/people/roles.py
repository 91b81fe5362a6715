"""What each role may do, and of whom: the whole of it, in one place. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from uuid import UUID

Role = Literal[
    "administrator",
    "steward",
    "registrar",
    "leader",
    "teacher",
    "advisor",
    "counselor",
    "reviewer",
    "coordinator",
    "assessor",
    "guardian",
    "learner",
]
ROLES: tuple[Role, ...] = get_args(Role)

Permission = Literal[
    "district.see",  # how the district's sources and records are doing
    "sources.manage",  # add, change, test, sync, pause sources; hand in files; let held pulls through
    "quarantine.manage",  # see rejected records, replay and dismiss them; unread fields
    "identity.manage",  # decide near matches, undo decisions
    "alignments.manage",  # decide what a name of a source means
    "clients.manage",  # programs that call the API, and their keys
    "accounts.manage",  # people who sign in, their roles, invitations, providers
    "audit.read",
    "people.find",  # search among the learners one may see
    "learner.read",  # one learner's record
    "learner.sensitive",  # also what is sensitive in it
    "learner.invite",  # invite a learner, or who cares for them, to their record
    "class.read",  # classes with their gradebooks and needs
    "evidence.write",  # say what a learner has shown
    "level.set",  # set a level instead of what the policy makes of evidence, and take that back
    "plan.read",
    "plan.write",  # write a plan with a learner, close its goals
    "plan.sign",
    "checkin.write",  # note talks with a learner, and private notes of one's own
    "credential.read",
    "credential.issue",
    "credential.revoke",
    "credit.award",
    "issuers.manage",  # whose signature means something here; what was received, and what is known of it
    "program.manage",  # a program's opportunities and learners
    "program.submit",  # hand in for one's program, and see how that stands
    "program.approve",  # register and approve programs
    "submission.review",
    "assess",  # judge one project of one learner
    "share.manage",  # share what is one's own, or one's child's; take it back; see who has looked
    "correction.ask",
    "correction.answer",
    "note.write",  # a learner's own notes, reflections, interests
    "instance.operate",  # see how each district of the instance is doing; add, rename and remove districts
]
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

Kind = Literal["district", "leads", "teaches", "advises", "program", "assesses", "guardian", "self"]
"""How somebody stands to a learner."""

OF_LEARNERS: frozenset[Permission] = frozenset(
    {
        *(
            "learner.read",
            "learner.sensitive",
            "learner.invite",
            "evidence.write",
            "level.set",
            "plan.read",
            "plan.write",
            "plan.sign",
        ),
        *("checkin.write", "credential.read", "credential.issue", "credential.revoke", "credit.award", "assess"),
        *("share.manage", "correction.ask", "correction.answer", "note.write", "submission.review"),
    }
)
"""What is done about one learner, and needs a relationship to them beside the role."""

MAY: dict[Role, frozenset[Permission]] = {
    "administrator": frozenset(
        {
            *("district.see", "sources.manage", "quarantine.manage", "identity.manage", "alignments.manage"),
            *("clients.manage", "accounts.manage", "audit.read", "people.find", "learner.read", "learner.invite"),
            *("class.read", "plan.read", "credential.read", "correction.answer", "program.manage", "issuers.manage"),
            *("program.approve", "submission.review"),
        }
    ),
    "steward": frozenset(
        {
            *("district.see", "sources.manage", "quarantine.manage", "identity.manage", "alignments.manage"),
            *("people.find", "learner.read", "correction.answer"),
        }
    ),
    "registrar": frozenset(
        {
            *("district.see", "people.find", "learner.read", "learner.invite", "class.read", "plan.read"),
            *("credential.read", "credential.issue", "credential.revoke", "credit.award", "correction.answer"),
            "issuers.manage",
        }
    ),
    "leader": frozenset(
        {"people.find", "learner.read", "class.read", "plan.read", "credential.read", "correction.answer"}
    ),
    "teacher": frozenset(
        {
            *("people.find", "learner.read", "class.read", "evidence.write", "plan.read", "plan.write", "plan.sign"),
            *("credential.read", "credit.award", "level.set"),
        }
    ),
    "advisor": frozenset(
        {
            *("people.find", "learner.read", "class.read", "evidence.write", "plan.read", "plan.write", "plan.sign"),
            *("checkin.write", "credential.read"),
        }
    ),
    "counselor": frozenset(
        {
            *("people.find", "learner.read", "learner.sensitive", "class.read", "plan.read", "plan.write", "plan.sign"),
            *("checkin.write", "credential.read", "credit.award"),
        }
    ),
    "reviewer": frozenset({"people.find", "learner.read", "submission.review", "credential.read"}),
    "coordinator": frozenset(
        {
            *("people.find", "learner.read", "evidence.write", "program.manage", "program.submit"),
            *("credential.read", "credential.issue"),
        }
    ),
    "assessor": frozenset({"learner.read", "assess"}),
    "guardian": frozenset(
        {"learner.read", "plan.read", "credential.read", "share.manage", "correction.ask", "plan.sign"}
    ),
    "learner": frozenset(
        {
            *("learner.read", "plan.read", "plan.write", "plan.sign", "credential.read", "share.manage"),
            *("correction.ask", "note.write"),
        }
    ),
}
"""What each role may do. What is done about one learner also needs one of the relationships below."""

OPERATES: frozenset[Permission] = frozenset({"instance.operate"})
"""What no role gives, but the command line alone, to an account of any district. It reaches no learner."""

THROUGH: dict[Role, tuple[Kind, ...]] = {
    "administrator": ("district",),
    "steward": ("district",),
    "registrar": ("district",),
    "leader": ("leads",),
    "teacher": ("teaches",),
    "advisor": ("advises", "teaches"),
    "counselor": ("advises", "leads"),
    "reviewer": ("program",),
    "coordinator": ("program",),
    "assessor": ("assesses",),
    "guardian": ("guardian",),
    "learner": ("self",),
}
"""The relationships by which a holder of a role reaches a learner; the first that there is counts."""

WHOLE: frozenset[Role] = frozenset(role for role, kinds in THROUGH.items() if "district" in kinds)
"""Roles that reach every learner of the district."""

BOUND: frozenset[Role] = frozenset({"assessor", "guardian", "learner"})
"""Roles that are given for one learner."""

TOLD: dict[str, Role] = {
    "teacher": "teacher",
    "aide": "teacher",
    "principal": "leader",
    "siteAdministrator": "leader",
    "counselor": "counselor",
    "mentor": "advisor",
    "coach": "advisor",
    "guardian": "guardian",
    "parent": "guardian",
    "relative": "guardian",
    "student": "learner",
}
"""The role that a person holds here whom a source's roster calls so. A roster makes nobody an administrator."""

MAJORITY = 18
"""The age, in years, at which a learner's rights are their own (FERPA, 34 CFR 99.5)."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How somebody stands to a learner, and the role that rests on it. `why` says so in words, for the log."""

    learner: UUID
    role: Role
    kind: Kind
    why: str
    sensitive: bool = False


def reached_by(relations: Iterable[Relation], permission: Permission) -> Relation | None:
    """The relation by which something may be done about its learner: the one whose role reaches furthest."""
    fitting = [
        relation for relation in relations if relation.kind in THROUGH[relation.role] and _gives(relation, permission)
    ]
    return min(fitting, key=lambda relation: ROLES.index(relation.role), default=None)


def _gives(relation: Relation, permission: Permission) -> bool:
    if permission == "learner.sensitive" and relation.sensitive:
        return True
    return permission in MAY[relation.role]


def of_age(born: date | None, today: date) -> bool:
    """Whether a learner's rights have passed to them. A learner without a birth date counts as a child."""
    if born is None:
        return False
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) >= MAJORITY


def granted(roles: Collection[Role]) -> frozenset[Permission]:
    """All that holders of these roles may do."""
    return frozenset().union(*(MAY[role] for role in roles))
