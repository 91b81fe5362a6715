"""Who may see which learner, and why: from relationships with dates in the record, looked up at each request."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from app.db import Tx
from app.db.people import relations
from app.db.people.relations import PostRow, Ref
from app.db.records import learners as stored
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


@dataclass(frozen=True, slots=True)
class Seen:
    """A learner as the viewer may see them: `learner` is who they are now, `same` all whom that learner was before."""

    learner: UUID
    same: tuple[UUID, ...]
    relation: Relation
    sensitive: bool

    @property
    def role(self) -> Role:
        """The role by which the viewer sees the learner."""
        return self.relation.role


async def see(tx: Tx, viewer: Viewer, learner: UUID, permission: Permission, on: date) -> Seen:
    """The learner, for whom the viewer may do this. NotFound where there is none, or none for this viewer.

    What is another tenant's, what does not exist and what one may not see are answered alike.
    """
    same = await stored.lineage(tx, learner)
    if not same or not await stored.present(tx, same[:1]):
        raise hidden()
    found = [*await related(tx, viewer, on, same[0])]
    relation = reached_by(found, permission)
    if relation is None:
        raise hidden()
    sensitive = reached_by(found, "learner.sensitive") is not None
    return Seen(same[0], tuple(same), relation, sensitive)


def hidden() -> NotFound:
    """What is answered for a learner whom there is not, or not for this viewer."""
    return NotFound("There is no such learner, or you may not see their record.")


async def note_look(tx: Tx, viewer: Viewer, seen: Seen, what: str, items: Sequence[str] = ("record",)) -> None:
    """Write into the disclosure log that the viewer looks at a learner: who, as what, and why that was allowed."""
    party = f"{viewer.account.name} ({seen.role})"
    await shared.log(tx, seen.learner, f"{what}, account {viewer.account.id}", party, seen.relation.why, items)


async def learners_of(tx: Tx, viewer: Viewer, permission: Permission, on: date) -> dict[UUID, Relation] | None:
    """The learners for whom the viewer may do this, each with the relation it rests on. None: all of the district."""
    if any(reached_by([_district(role, UUID(int=0))], permission) for role in viewer.roles if role in WHOLE):
        return None
    by_learner = defaultdict(list)
    for relation in await related(tx, viewer, on):
        by_learner[relation.learner].append(relation)
    found = {learner: reached_by(those, permission) for learner, those in by_learner.items()}
    present = await stored.present(tx, list(found))
    return {learner: relation for learner, relation in found.items() if relation and learner in present}


async def classes_of(tx: Tx, viewer: Viewer, on: date) -> list[TaughtClass]:
    """The classes that the viewer has a part in today, by title."""
    return [
        TaughtClass(row.source_id, row.key, row.title or row.key, row.role, row.begins, row.ends)
        for row in (await relations.posts(tx, viewer.persons, on) if viewer.persons else ())
    ]


async def related(tx: Tx, viewer: Viewer, on: date, learner: UUID | None = None) -> list[Relation]:
    """Every way in which the viewer stands to one learner, or to all of those they have to do with.

    Who reaches the whole district is related to a learner who is named, and otherwise to nobody in particular.
    """
    kinds = {kind for role in viewer.roles for kind in THROUGH[role]}
    found: list[Relation] = []
    if learner is not None:
        found += [_district(role, learner) for role in viewer.roles if role in WHOLE]
    found += await _given(tx, viewer, learner)
    if kinds & {"teaches", "advises"}:
        found += await _in_classes(tx, viewer, on, learner)
    if kinds & {"guardian", "advises"}:
        found += await _agents(tx, viewer, learner)
    if "leads" in kinds:
        found += await _in_schools(tx, viewer, on, learner)
    if "self" in kinds and viewer.persons:
        own = await relations.themselves(tx, viewer.persons)
        found += [Relation(one, "learner", "self", "their own record") for one in own if learner in (None, one)]
    return await _of_age_apart(tx, found, viewer, on)


def _district(role: Role, learner: UUID) -> Relation:
    return Relation(learner, role, "district", f"{role} of the district")


async def _given(tx: Tx, viewer: Viewer, learner: UUID | None) -> list[Relation]:
    """What roles that were given for one learner, or for one source, lead to."""
    known_here = [row for row in viewer.held if row.role in THROUGH]  # and no role of another release
    single = [row for row in known_here if row.learner_id is not None]
    now = await stored.currents(tx, [row.learner_id for row in single if row.learner_id]) if single else {}
    found = []
    for row in single:
        assert row.learner_id is not None
        current = now.get(row.learner_id, row.learner_id)
        if learner in (None, current):
            role = cast(Role, row.role)
            since = f"{role} of this learner since {row.begins:%Y-%m-%d}"
            found.append(Relation(current, role, THROUGH[role][0], since, row.sensitive))
    by_source = defaultdict(list)
    for row in known_here:
        if row.source_id and not row.org and not row.learner_id:
            by_source[row.source_id].append(row)
    for known, source in await relations.known_to(tx, list(by_source), learner) if by_source else ():
        for row in by_source[source]:
            why = f"{row.role} of a program that knows them"
            found.append(Relation(known, cast(Role, row.role), "program", why, row.sensitive))
    return found


async def _in_classes(tx: Tx, viewer: Viewer, on: date, learner: UUID | None) -> list[Relation]:
    """The students of classes that the viewer has a part in."""
    posts = await relations.posts(tx, viewer.persons, on) if viewer.persons else []
    if not posts:
        return []
    by_class: dict[Ref, list[PostRow]] = defaultdict(list)
    for row in posts:
        by_class[row.source_id, row.key].append(row)
    parts = {ref(source, "class", part): (source, key) for source, key, part in await relations.parts(tx, [*by_class])}
    found = []
    for student, class_ref in await relations.students(tx, [*parts], on, learner):
        for post in by_class[parts[class_ref]]:
            since = f" since {post.begins}" if post.begins else ""
            for role in viewer.roles:
                if role in ("teacher", "advisor", "counselor"):
                    kind: Kind = "teaches" if role == "teacher" else "advises"
                    why = f"{post.role} of their class {post.title or post.key}{since}"
                    found.append(Relation(student, role, kind, why, _sensitive(viewer, role)))
    return found


async def _agents(tx: Tx, viewer: Viewer, learner: UUID | None) -> list[Relation]:
    """The learners of whom the roster names the viewer guardian, mentor or counselor."""
    found = []
    own = [row.role for row in viewer.told if row.role in KIN | ADVISES]
    for charge, named in await relations.charges(tx, viewer.persons, learner) if viewer.persons else ():
        called = own[0] if named == "other" and own else named  # OneRoster tells whose agent, and not as what
        if called in KIN and "guardian" in viewer.roles:
            found.append(Relation(charge, "guardian", "guardian", f"their {called}, as the roster tells"))
        elif called in ADVISES:
            why = f"their {called}, as the roster tells"
            found += [
                Relation(charge, role, "advises", why, _sensitive(viewer, role))
                for role in viewer.roles
                if role in ("advisor", "counselor")
            ]
    return found


async def _in_schools(tx: Tx, viewer: Viewer, on: date, learner: UUID | None) -> list[Relation]:
    """The students of schools where the viewer leads, or is counselor."""
    found = []
    for role in viewer.roles:
        if "leads" not in THROUGH[role]:
            continue
        schools = {(row.source_id, row.org) for row in viewer.told if TOLD.get(row.role) == role and row.org}
        schools |= {(row.source_id, row.org) for row in viewer.held if row.role == role and row.source_id and row.org}
        named: list[Ref] = sorted((source, org) for source, org in schools if source is not None and org is not None)
        refs = [ref(source, "org", key) for source, key in named]
        sees = _sensitive(viewer, role)
        pupils = await relations.pupils(tx, named, refs, on, learner) if named else []
        found += [Relation(pupil, role, "leads", f"{role} at their school", sees) for pupil in pupils]
    return found


async def _of_age_apart(tx: Tx, found: Iterable[Relation], viewer: Viewer, on: date) -> list[Relation]:
    """Without what guardians had of learners who are of age, unless the learner has let them in since."""
    those = list(found)
    wards = {one.learner for one in those if one.kind == "guardian"}
    if not wards:
        return those
    born = await relations.born(tx, sorted(wards))
    let_in = {row.learner_id for row in viewer.held if row.origin == "learner"}
    grown = {ward for ward in wards if of_age(born.get(ward), on) and ward not in let_in}
    return [one for one in those if one.kind != "guardian" or one.learner not in grown]


def _sensitive(viewer: Viewer, role: Role) -> bool:
    return any(row.role == role and row.sensitive and row.learner_id is None for row in viewer.held)
