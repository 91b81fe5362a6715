"""Where one can go from every page, by what one may do. A new page that people should find gets a line here. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from app.people.roles import WHOLE, Permission, Role
from app.web.kit.words import later


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the navigation, shown to whoever may do this; `roles`: and holds one of these roles."""

    address: str
    words: str
    permission: Permission
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class ViewerLink:
    """A link as one viewer has it; `here`: they are on it, or below it."""

    address: str
    words: str
    here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Links that belong together, under a heading."""

    words: str
    links: tuple[ViewerLink, ...]


TEACHING: frozenset[Role] = frozenset({"teacher", "advisor", "leader", "counselor"})

GROUPS: tuple[tuple[str, tuple[Link, ...]], ...] = (
    (
        later("Records"),
        (
            Link("/mine", later("My record"), "share.manage", frozenset({"learner"})),
            Link("/mine", later("My learners"), "share.manage", frozenset({"guardian"})),
        ),
    ),
    (
        later("Advising"),
        (
            Link("/caseload", later("My caseload"), "checkin.write"),
            Link("/caseload/groups", later("Groups"), "checkin.write"),
        ),
    ),
    (
        later("Teaching"),
        (
            Link("/classes", later("Classes"), "class.read", TEACHING),
            Link("/learners", later("Learners"), "people.find", TEACHING),
        ),
    ),
    (
        later("Program"),
        (
            Link("/program", later("My program"), "program.submit"),
            Link("/program/new", later("Hand in"), "program.submit"),
            Link("/program/lists", later("Lists"), "program.submit"),
            Link("/program/links", later("Links and codes"), "program.submit"),
            Link("/program/offers", later("What we offer"), "program.submit"),
            Link("/program/months", later("Months"), "program.submit"),
        ),
    ),
    (
        later("Credentials"),
        (
            Link("/credentials", later("Badges and credentials"), "credential.issue"),
            Link("/received", later("Received"), "issuers.manage", frozenset({"registrar"})),
            Link("/issuers", later("Known issuers"), "issuers.manage", frozenset({"registrar"})),
            Link("/credit", later("Credit"), "credit.award"),
        ),
    ),
    (
        later("District"),
        (
            Link("/district", later("Overview"), "district.see"),
            Link("/learners", later("Learners"), "people.find", frozenset(WHOLE)),
            Link("/sources", later("Sources"), "sources.manage"),
            Link("/quarantine", later("Quarantine"), "quarantine.manage"),
            Link("/matches", later("Near matches"), "identity.manage"),
            Link("/alignments", later("Alignments"), "alignments.manage"),
        ),
    ),
    (later("Families"), (Link("/corrections", later("Corrections"), "correction.answer"),)),
    (
        later("Out of school"),
        (
            Link("/reviews", later("To review"), "submission.review"),
            Link("/programs", later("Programs"), "program.approve"),
            Link("/ideas", later("Learners' own badges"), "program.approve"),
            Link("/participation", later("Who takes part"), "program.approve"),
            Link("/reach", later("Within reach"), "program.approve"),
        ),
    ),
    (
        later("Access"),
        (
            Link("/people", later("People"), "accounts.manage"),
            Link("/providers", later("Sign-in"), "accounts.manage"),
            Link("/clients", later("Programs and keys"), "clients.manage"),
            Link("/issuers", later("Known issuers"), "issuers.manage", frozenset({"administrator"})),
            Link("/audit", later("Audit log"), "audit.read"),
        ),
    ),
    (later("Instance"), (Link("/instance", later("Districts"), "instance.operate"),)),
)
"""All pages of the navigation, in their order."""


def groups_for(permissions: Collection[Permission], roles: Collection[Role], path: str) -> list[Group]:
    """What a viewer may go to, with where they are marked."""
    groups = []
    for words, links in GROUPS:
        fitting = [
            link for link in links if link.permission in permissions and (not link.roles or link.roles & {*roles})
        ]
        if fitting:
            nearest = max((link.address for link in fitting if _below(path, link.address)), key=len, default=None)
            entries = tuple(ViewerLink(link.address, link.words, link.address == nearest) for link in fitting)
            groups.append(Group(words, entries))
    return groups


def _below(path: str, address: str) -> bool:
    return path == address or path.startswith(f"{address}/")
