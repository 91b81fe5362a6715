"""Who may see which learner, and why: from relationships with dates in the record, looked up at each request."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from app.db import Tx
from app.db.identity import persons as identity
from app.db.people import relations as stored
from app.db.people.relations import PostRow, Ref
from app.db.records import learners
from app.db.sharing import shared
from app.errors import NotFound
from app.people.roles import THROUGH, TOLD, WHOLE, Kind, Permission, Relation, Role, of_age, reached_by
from app.people.viewer import Viewer
from app.pipeline.refs import ref

ADVISES = frozenset({"counselor", "mentor", "coach", "teacher"})
"""What an agent of a learner is called who is no kin: they advise."""
KIN = frozenset({"guardian", "parent", "relative"})


@dataclass(frozen=True, slots=True)
class TaughtClass:
    """A class that the viewer teaches or helps in."""

    source: int
    key: str
    title: str
    role: str
    begins: date | None
    ends: date | None
    school: str | None = None


@dataclass(frozen=True, slots=True)
class VisibleLearner:
    """A learner as the viewer may see them: `learner` is who they are now, `same` all whom that learner was before."""

    learner: UUID
    same: tuple[UUID, ...]
    relation: Relation
    sensitive: bool

    @property
    def role(self) -> Role:
        """The role by which the viewer sees the learner."""
        return self.relation.role


async def visible_learner(tx: Tx, viewer: Viewer, learner: UUID, permission: Permission, on: date) -> VisibleLearner:
    """The learner, for whom the viewer may do this. NotFound where there is none, or none for this viewer.

    Another tenant's learner, one who does not exist and one whom the viewer may not see are answered alike.
    """
    same = await learners.lineage(tx, learner)
    if not same or not await learners.present(tx, same[:1]):
        raise hidden()
    relations = await related(tx, viewer, on, same[0])
    relation = reached_by(relations, permission)
    if relation is None:
        raise hidden()
    sensitive = reached_by(relations, "learner.sensitive") is not None
    return VisibleLearner(same[0], tuple(same), relation, sensitive)


def hidden() -> NotFound:
    """The answer for a learner who does not exist, or whom this viewer may not see."""
    return NotFound("There is no such learner, or you may not see their record.")


async def note_look(tx: Tx, viewer: Viewer, seen: VisibleLearner, what: str) -> None:
    """Write into the disclosure log that the viewer looks at a learner: who, as what, and why that was allowed."""
    party = f"{viewer.account.name} ({seen.role})"
    via = f"{what}, account {viewer.account.id}"
    await shared.log(tx, seen.learner, via, party=party, purpose=seen.relation.why, items=["record"])


async def note_looks(tx: Tx, viewer: Viewer, relations: Iterable[Relation], what: str, on: date) -> None:
    """Write into the disclosure log that the viewer sees these learners in a list that tells of each of them.

    A list stands there once a day for each learner, however often it is opened and whatever it has of them.
    """
    name = viewer.account.name
    lines = [shared.ListLine(entry.learner, f"{name} ({entry.role})", entry.why) for entry in relations]
    if lines:
        await shared.log_list(tx, lines, f"{what}, {viewer.actor}", [what], on)


async def note_persons(
    tx: Tx, viewer: Viewer, persons: Iterable[Ref], what: str, *, permission: Permission, on: date
) -> None:
    """The same, where persons are seen as their sources tell of them: of those whose record there is."""
    learners_seen = {learner for learner in (await identity.learners_of(tx, persons)).values() if learner is not None}
    await note_looks(tx, viewer, relations_to(viewer, None, sorted(learners_seen), permission), what, on)


def relations_to(
    viewer: Viewer, reach: Mapping[UUID, Relation] | None, learners: Iterable[UUID], permission: Permission
) -> list[Relation]:
    """By what the viewer sees these learners, of whom `learners_of` gave `reach`; who is not in it is left out."""
    if reach is not None:
        return [reach[learner] for learner in learners if learner in reach]
    of_all = ((_district(role, learner) for role in viewer.roles if role in WHOLE) for learner in learners)
    return [relation for relation in (reached_by(several, permission) for several in of_all) if relation]


async def learners_of(tx: Tx, viewer: Viewer, permission: Permission, on: date) -> dict[UUID, Relation] | None:
    """The learners for whom the viewer may do this, each with the relation it rests on. None: all of the district."""
    if any(reached_by([_district(role, UUID(int=0))], permission) for role in viewer.roles if role in WHOLE):
        return None
    by_learner = defaultdict(list)
    for relation in await related(tx, viewer, on):
        by_learner[relation.learner].append(relation)
    reach = {learner: reached_by(relations, permission) for learner, relations in by_learner.items()}
    present = await learners.present(tx, list(reach))
    return {learner: relation for learner, relation in reach.items() if relation and learner in present}


async def classes_of(tx: Tx, viewer: Viewer, on: date) -> list[TaughtClass]:
    """The classes that the viewer has a part in today, by title."""
    return [
        TaughtClass(
            row.source_id,
            row.key,
            row.title or row.key,
            role=row.role,
            begins=row.begins,
            ends=row.ends,
            school=row.school,
        )
        for row in (await stored.posts(tx, viewer.persons, on) if viewer.persons else ())
    ]


async def related(tx: Tx, viewer: Viewer, on: date, learner: UUID | None = None) -> list[Relation]:
    """Every way in which the viewer stands to one learner, or to all of those they have to do with.

    Who reaches the whole district is related to a learner who is named, and otherwise to nobody in particular.
    """
    kinds = {kind for role in viewer.roles for kind in THROUGH[role]}
    relations: list[Relation] = []
    if learner is not None:
        relations += [_district(role, learner) for role in viewer.roles if role in WHOLE]
    relations += await _by_held_roles(tx, viewer, learner)
    if kinds & {"teaches", "advises"}:
        relations += await _in_classes(tx, viewer, on, learner)
    if kinds & {"guardian", "advises"}:
        relations += await _agents(tx, viewer, learner)
    if "leads" in kinds:
        relations += await _in_schools(tx, viewer, on, learner)
    if "self" in kinds and viewer.persons:
        themselves = await stored.themselves(tx, viewer.persons)
        relations += [
            Relation(own, "learner", "self", "their own record") for own in themselves if learner in (None, own)
        ]
    return await _without_grown_wards(tx, relations, viewer, on)


def _district(role: Role, learner: UUID) -> Relation:
    return Relation(learner, role, "district", f"{role} of the district")


async def _by_held_roles(tx: Tx, viewer: Viewer, learner: UUID | None) -> list[Relation]:
    """What roles that were given for one learner, or for one source, lead to."""
    known_here = [row for row in viewer.held_roles if row.role in THROUGH]  # and no role of another release
    single = [row for row in known_here if row.learner_id is not None]
    now = await learners.currents(tx, [row.learner_id for row in single if row.learner_id]) if single else {}
    relations = []
    for row in single:
        assert row.learner_id is not None
        current = now.get(row.learner_id, row.learner_id)
        if learner in (None, current):
            role = cast(Role, row.role)
            since = f"{role} of this learner since {row.begins:%Y-%m-%d}"
            relations.append(Relation(current, role, THROUGH[role][0], since, row.sensitive))
    by_source = defaultdict(list)
    for row in known_here:
        if row.source_id and not row.org and not row.learner_id:
            by_source[row.source_id].append(row)
    for known, source in await stored.known_to(tx, list(by_source), learner) if by_source else ():
        for row in by_source[source]:
            why = f"{row.role} of a program that knows them"
            relations.append(Relation(known, cast(Role, row.role), "program", why, row.sensitive))
    return relations


async def _in_classes(tx: Tx, viewer: Viewer, on: date, learner: UUID | None) -> list[Relation]:
    """The students of classes that the viewer has a part in."""
    posts = await stored.posts(tx, viewer.persons, on) if viewer.persons else []
    if not posts:
        return []
    by_class: dict[Ref, list[PostRow]] = defaultdict(list)
    for row in posts:
        by_class[row.source_id, row.key].append(row)
    parts = {ref(source, "class", part): (source, key) for source, key, part in await stored.parts(tx, [*by_class])}
    relations = []
    for student, class_ref in await stored.students(tx, [*parts], on, learner):
        for post in by_class[parts[class_ref]]:
            since = f" since {post.begins}" if post.begins else ""
            for role in viewer.roles:
                if role in ("teacher", "advisor", "counselor"):
                    kind: Kind = "teaches" if role == "teacher" else "advises"
                    why = f"{post.role} of their class {post.title or post.key}{since}"
                    relations.append(Relation(student, role, kind, why, _sensitive(viewer, role)))
    return relations


async def _agents(tx: Tx, viewer: Viewer, learner: UUID | None) -> list[Relation]:
    """The learners of whom the roster names the viewer guardian, mentor or counselor."""
    relations = []
    own = [row.role for row in viewer.roster_roles if row.role in KIN | ADVISES]
    refs = [ref(source, "person", key) for source, key in viewer.persons]
    for charge, named in await stored.charges(tx, viewer.persons, refs, learner) if viewer.persons else ():
        called = own[0] if named == "other" and own else named  # OneRoster tells whose agent, and not as what
        if called in KIN and "guardian" in viewer.roles:
            relations.append(Relation(charge, "guardian", "guardian", f"their {called}, as the roster tells"))
        elif called in ADVISES:
            why = f"their {called}, as the roster tells"
            relations += [
                Relation(charge, role, "advises", why, _sensitive(viewer, role))
                for role in viewer.roles
                if role in ("advisor", "counselor")
            ]
    return relations


async def _in_schools(tx: Tx, viewer: Viewer, on: date, learner: UUID | None) -> list[Relation]:
    """The students of schools where the viewer leads, or is counselor."""
    relations = []
    for role in viewer.roles:
        if "leads" not in THROUGH[role]:
            continue
        schools = {(row.source_id, row.org) for row in viewer.roster_roles if TOLD.get(row.role) == role and row.org}
        schools |= {
            (row.source_id, row.org) for row in viewer.held_roles if row.role == role and row.source_id and row.org
        }
        named: list[Ref] = sorted((source, org) for source, org in schools if source is not None and org is not None)
        refs = [ref(source, "org", key) for source, key in named]
        sees = _sensitive(viewer, role)
        pupils = await stored.pupils(tx, named, refs, on, learner) if named else []
        relations += [Relation(pupil, role, "leads", f"{role} at their school", sees) for pupil in pupils]
    return relations


async def _without_grown_wards(tx: Tx, relations: list[Relation], viewer: Viewer, on: date) -> list[Relation]:
    """Relations without those of guardians to learners who are of age, unless the learner has let them in since."""
    wards = {relation.learner for relation in relations if relation.kind == "guardian"}
    if not wards:
        return relations
    born = await stored.born(tx, sorted(wards))
    let_in = {row.learner_id for row in viewer.held_roles if row.origin == "learner"}
    grown = {ward for ward in wards if of_age(born.get(ward), on) and ward not in let_in}
    return [relation for relation in relations if relation.kind != "guardian" or relation.learner not in grown]


def _sensitive(viewer: Viewer, role: Role) -> bool:
    return any(row.role == role and row.sensitive and row.learner_id is None for row in viewer.held_roles)
