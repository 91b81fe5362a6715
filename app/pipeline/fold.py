"""Fold: a learner's statements into one record, purely; every value says which statements it comes from.

The record is the same whatever order the statements arrived in: they are put in order of preference (the source's
rank, then its slug, stream and key) before anything is said. Values that sources disagree on stand side by side, the
preferred one first, and are listed under `conflicts`. What a source has withdrawn is listed apart, under `withdrawn`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.pipeline.identity import TypedId
from app.pipeline.refs import ref
from schemas import (
    Achievement,
    AnyRecord,
    Class,
    Course,
    Credential,
    Demographics,
    Enrollment,
    Evidence,
    LineItem,
    Org,
    Person,
    Result,
)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Teller:
    """A source as the record names it."""

    id: int
    slug: str
    name: str
    rank: int
    setting: str


class Told(NamedTuple):
    """A statement with where it came from."""

    teller: Teller
    stream: str
    raw_key: str
    n: int
    received_at: datetime
    withdrawn: bool
    record: AnyRecord


Lookup = Callable[[int, str, str], Told | None]
"""The statement of (source, kind, key) that a learner's statement refers to, if the source has told it."""


@dataclass(slots=True)
class Folded:
    """A learner record as JSON values, and the references of every record it was made from or asked for in vain."""

    body: Json
    refs: list[int]


def fold(
    learner: UUID, told: Sequence[Told], ids: Mapping[tuple[int, str], Iterable[TypedId]], lookup: Lookup
) -> Folded:
    """One learner record from all statements of the learner's persons. `ids` are the persons' resolved identifiers."""
    ordered = sorted(told, key=preference)
    book = _Book({id(t): f"s{i}" for i, t in enumerate(ordered, 1)}, lookup)
    persons = [t for t in ordered if isinstance(t.record, Person)]
    current = [t for t in ordered if not t.withdrawn]
    body: Json = {"id": str(learner), "type": "LearnerRecord"}
    body["names"] = book.values((t, _name(n)) for t in persons for n in t.record.names)  # type: ignore[union-attr]
    body["identifiers"] = book.values(
        (t, {"type": i.type, "issuer": i.issuer, "value": i.value})
        for t in persons
        for i in sorted(ids.get((t.teller.id, t.record.key), ()))
    )
    body["birthDates"] = book.values(
        (t, {"value": t.record.birth_date})
        for t in ordered
        if isinstance(t.record, Person | Demographics) and t.record.birth_date
    )
    body["pronouns"] = book.values((t, {"value": p}) for t in persons if (p := t.record.pronouns))  # type: ignore[union-attr]
    body["emails"] = book.values((t, {"value": e}) for t in persons if (e := t.record.email))  # type: ignore[union-attr]
    body["grades"] = book.values(
        (t, {"value": g})
        for t in persons
        if not t.withdrawn
        for g in t.record.grades  # type: ignore[union-attr]
    )
    body["schools"] = book.values((t, s) for t in persons if not t.withdrawn for s in book.schools(t))
    body["guardians"] = book.values((t, g) for t in persons if not t.withdrawn for g in book.guardians(t))
    body["enrollments"] = [book.enrollment(t) for t in current if isinstance(t.record, Enrollment)]
    body["results"] = [book.result(t) for t in current if isinstance(t.record, Result)]
    body["credentials"] = [book.credential(t) for t in current if isinstance(t.record, Credential)]
    body["evidence"] = [book.evidence(t) for t in current if isinstance(t.record, Evidence)]
    body["withdrawn"] = [{"kind": _kind(t), "from": [book.number[id(t)]]} for t in ordered if t.withdrawn]
    body["conflicts"] = _conflicts(body)
    body["statements"] = {book.number[id(t)]: _origin(t) for t in [*ordered, *book.extra]}
    return Folded(body, sorted(book.refs))


def preference(told: Told) -> tuple[int, str, str, str, int]:
    """The order in which statements are believed: the preferred source first."""
    return (told.teller.rank, told.teller.slug, told.stream, told.raw_key, told.n)


@dataclass(slots=True)
class _Book:
    """The statements being folded: their numbers, the context they name, and what was looked up."""

    number: dict[int, str]
    lookup: Lookup
    extra: list[Told] = field(default_factory=list)
    refs: set[int] = field(default_factory=set)

    def find(self, told: Told, kind: str, key: str | None) -> Told | None:
        """Another record of the same source, numbered; noted as asked for, found or not."""
        if key is None:
            return None
        self.refs.add(ref(told.teller.id, kind, key))
        found = self.lookup(told.teller.id, kind, key)
        if found is not None and id(found) not in self.number:
            self.number[id(found)] = f"s{len(self.number) + 1}"
            self.extra.append(found)
        return found

    def values(self, pairs: Iterable[tuple[Told, Json]]) -> list[Json]:
        """Equal values as one, each with all the statements that say so, the preferred first."""
        found: dict[str, Json] = {}
        for told, value in pairs:
            key = repr(sorted(value.items(), key=lambda item: item[0]))
            sources = found.setdefault(key, {**value, "from": []})["from"]
            if (number := self.number[id(told)]) not in sources:
                sources.append(number)
        return list(found.values())

    def item(self, told: Told, *context: Told | None, **values: Any) -> Json:
        """One entry of a list: its values (None left out), its setting, and all statements it was made from."""
        record = told.record
        shown = {name.rstrip("_"): value for name, value in values.items() if value not in (None, (), [], {})}
        shown["setting"] = record.setting or told.teller.setting
        if record.extensions:
            shown["extensions"] = record.extensions
        shown["from"] = [self.number[id(told)], *(self.number[id(c)] for c in context if c is not None)]
        return shown

    def schools(self, told: Told) -> Iterable[Json]:
        """Where a person is, by role and by primary organization."""
        record = told.record
        assert isinstance(record, Person)
        roles = [(r.org, r.role, r.begins, r.ends) for r in record.roles if r.org]
        if record.primary_org and record.primary_org not in {org for org, *_ in roles}:
            roles.append((record.primary_org, "student", None, None))
        for key, role, begins, ends in roles:
            org = self.find(told, "org", key)
            name = org.record.name if org and isinstance(org.record, Org) else None
            yield _some(name=name, org=key, role=role, begins=begins, ends=ends)

    def guardians(self, told: Told) -> Iterable[Json]:
        """The adults a source names for a learner."""
        record = told.record
        assert isinstance(record, Person)
        for agent in record.agents:
            adult = self.find(told, "person", agent.person)
            names = adult.record.names if adult and isinstance(adult.record, Person) else ()
            yield _some(relation=agent.relation, name=_name(names[0])["value"] if names else None)

    def class_of(self, told: Told, key: str | None) -> tuple[Json, list[Told | None]]:
        """A class with its course and school, and the statements that say so."""
        found = self.find(told, "class", key)
        if found is None or not isinstance(found.record, Class):
            return {}, []
        record = found.record
        course = self.find(told, "course", record.course)
        org = self.find(told, "org", record.org)
        title = course.record.title if course and isinstance(course.record, Course) else None
        school = org.record.name if org and isinstance(org.record, Org) else None
        shown = _some(title=record.title, code=record.code, course=title, school=school, subjects=record.subjects)
        return shown, [found, course, org]

    def enrollment(self, told: Told) -> Json:
        record = told.record
        assert isinstance(record, Enrollment)
        taught, context = self.class_of(told, record.class_)
        return self.item(
            told, *context, class_=taught or {"key": record.class_}, role=record.role, begins=record.begins,
            ends=record.ends, state=record.state,
        )  # fmt: skip

    def result(self, told: Told) -> Json:
        record = told.record
        assert isinstance(record, Result)
        line = self.find(told, "lineItem", record.line_item)
        of = line.record if line and isinstance(line.record, LineItem) else None
        taught, context = self.class_of(told, record.class_ or (of.class_ if of else None))
        return self.item(
            told, line, *context,
            title=record.title or (of.title if of else None), class_=taught, subject=record.subject,
            category=of.category if of else None, status=record.status, score=record.score,
            textScore=record.text_score, narrative=record.narrative,
            minimum=record.minimum if record.minimum is not None else (of.minimum if of else None),
            maximum=record.maximum if record.maximum is not None else (of.maximum if of else None),
            unit=record.unit, level=record.level, standardError=record.standard_error, percentile=record.percentile,
            passed=record.passed, method=record.method, attempts=record.attempts, late=record.late,
            missing=record.missing, assessor=record.assessor, date=record.scored_at or record.scored_on,
            objectives=[_plain(o) for o in record.objectives],
            alignments=[_plain(a) for a in record.alignments or (of.alignments if of else ())],
        )  # fmt: skip

    def credential(self, told: Told) -> Json:
        record = told.record
        assert isinstance(record, Credential)
        found = self.find(told, "achievement", record.achievement)
        of = found.record if found and isinstance(found.record, Achievement) else None
        achievement = of and _some(
            name=of.name, description=of.description, criteria=of.criteria, criteriaUrl=of.criteria_url,
            type=of.achievement_type, uri=of.uri, image=of.image, alignments=[_plain(a) for a in of.alignments],
        )  # fmt: skip
        issuer = record.issuer or (of.issuer if of else None)
        return self.item(
            told, found, name=record.name or (of.name if of else None), achievement=achievement,
            issuer=_plain(issuer) if issuer else None, uri=record.uri, format=record.format, date=record.issued_at,
            expires=record.expires_at, revoked=record.revoked or None, verification=record.verification,
            verificationNote=record.verification_note, narrative=record.narrative,
        )  # fmt: skip

    def evidence(self, told: Told) -> Json:
        record = told.record
        assert isinstance(record, Evidence)
        return self.item(
            told, name=record.name, description=record.description, narrative=record.narrative, url=record.url,
            genre=record.genre, audience=record.audience, place=record.place, date=record.occurred_at,
            issuer=_plain(record.issuer) if record.issuer else None, credential=record.credential,
            alignments=[_plain(a) for a in record.alignments],
        )  # fmt: skip


def _some(**values: Any) -> Json:
    return {name: value for name, value in values.items() if value not in (None, (), [], {})}


def _plain(value: msgspec.Struct) -> Json:
    """A small value as JSON values, in camel case as all of the record."""
    return {
        _camel(name): [_plain(v) if isinstance(v, msgspec.Struct) else v for v in held]
        if isinstance(held, tuple)
        else (_plain(held) if isinstance(held, msgspec.Struct) else held)
        for name, held in msgspec.structs.asdict(value).items()
        if held not in (None, (), {})
    }


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)


def _name(name: Any) -> Json:
    parts = [name.given, name.middle, name.family]
    value = name.full or " ".join(part for part in parts if part)
    return _some(
        value=value, given=name.given, middle=name.middle, family=name.family, preferred=name.preferred or None,
        begins=name.begins, ends=name.ends,
    )  # fmt: skip


def _kind(told: Told) -> str:
    return str(told.record.__struct_config__.tag)


def _conflicts(body: Json) -> list[Json]:
    """Where sources disagree on what a learner has but one of."""
    found = []
    if len(body["birthDates"]) > 1:
        found.append({"path": "/birthDates", "what": "sources tell different birth dates"})
    for kind in ("state", "district"):
        by_issuer: dict[str, int] = {}
        for identifier in body["identifiers"]:
            if identifier["type"] == kind:
                by_issuer[identifier["issuer"]] = by_issuer.get(identifier["issuer"], 0) + 1
        if any(count > 1 for count in by_issuer.values()):
            found.append({"path": "/identifiers", "what": f"sources tell different {kind} ids"})
    return found


def _origin(told: Told) -> Json:
    """Where a statement came from."""
    return _some(
        source=told.teller.slug, sourceName=told.teller.name, stream=told.stream, rawKey=told.raw_key, kind=_kind(told),
        sourceId=told.record.key, receivedAt=told.received_at, modified=told.record.modified,
        withdrawn=told.withdrawn or None,
    )  # fmt: skip
