"""Entries: one statement with its context as the record shows it. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from app.pipeline.statement import Book, Json, Told, some
from schemas import Achievement, Class, Course, Credential, Enrollment, Evidence, LineItem, Name, Org, Person, Result


def name(told: Name) -> Json:
    """A name with its parts."""
    value = told.full or " ".join(part for part in (told.given, told.middle, told.family) if part)
    return some(
        value=value,
        given=told.given,
        middle=told.middle,
        family=told.family,
        preferred=told.preferred or None,
        begins=told.begins,
        ends=told.ends,
    )


def ending(told: Told, ends: date | None) -> date | None:
    """The last day as told or, where a listing ended it earlier, that listing's day."""
    return min((day for day in (ends, told.ended_on) if day is not None), default=None)


def schools(book: Book, told: Told, person: Person) -> Iterable[Json]:
    """Where a person is, by role and by primary organization."""
    places = [(role.org, role.role, role.begins, role.ends) for role in person.roles if role.org]
    if person.primary_org and person.primary_org not in {org for org, *_ in places}:
        places.append((person.primary_org, "student", None, None))
    for key, role, begins, ends in places:
        _, org = book.find(told, Org, key)
        yield some(name=org.name if org else None, org=key, role=role, begins=begins, ends=ending(told, ends))


def guardians(book: Book, told: Told, person: Person) -> Iterable[Json]:
    """The adults a source names for a learner."""
    for agent in person.agents:
        _, adult = book.find(told, Person, agent.person)
        shown = name(adult.names[0])["value"] if adult and adult.names else None
        yield some(relation=agent.relation, name=shown, ends=told.ended_on)


def enrollment(book: Book, told: Told, said: Enrollment) -> Json:
    """An enrollment and its class."""
    taught, context = _class(book, told, said.class_)
    return book.entry(
        told,
        context,
        **{"class": taught or {"key": said.class_}},
        role=said.role,
        begins=said.begins,
        ends=ending(told, said.ends),
        state=said.state,
    )


def result(book: Book, told: Told, said: Result) -> Json:
    """A result, what it is a result of, and its class."""
    line, item = book.find(told, LineItem, said.line_item)
    taught, context = _class(book, told, said.class_ or (item.class_ if item else None))
    minimum, maximum = said.minimum, said.maximum
    if item:
        minimum = item.minimum if minimum is None else minimum
        maximum = item.maximum if maximum is None else maximum
    return book.entry(
        told,
        [line, *context],
        title=said.title or (item.title if item else None),
        **{"class": taught},
        subject=said.subject,
        category=item.category if item else None,
        status=said.status,
        score=said.score,
        textScore=said.text_score,
        narrative=said.narrative,
        minimum=minimum,
        maximum=maximum,
        unit=said.unit,
        level=said.level,
        standardError=said.standard_error,
        percentile=said.percentile,
        passed=said.passed,
        method=said.method,
        confidence=said.confidence,
        attempts=said.attempts,
        late=said.late,
        missing=said.missing,
        assessor=said.assessor,
        issuer=plain(said.issuer) if said.issuer else None,
        date=said.scored_at or said.scored_on,
        expires=said.expires_at,
        objectives=[plain(o) for o in said.objectives],
        alignments=[plain(a) for a in said.alignments or (item.alignments if item else ())],
    )


def credential(book: Book, told: Told, said: Credential) -> Json:
    """A credential and the achievement it is of."""
    context, of = book.find(told, Achievement, said.achievement)
    issuer = said.issuer or (of.issuer if of else None)
    return book.entry(
        told,
        [context],
        name=said.name or (of.name if of else None),
        achievement=_achievement(of) if of else None,
        issuer=plain(issuer) if issuer else None,
        uri=said.uri,
        format=said.format,
        date=said.issued_at,
        expires=said.expires_at,
        revoked=said.revoked or None,
        verification=said.verification,
        verificationNote=said.verification_note,
        narrative=said.narrative,
    )


def evidence(book: Book, told: Told, said: Evidence) -> Json:
    """A piece of evidence."""
    return book.entry(
        told,
        [],
        name=said.name,
        description=said.description,
        narrative=said.narrative,
        url=said.url,
        genre=said.genre,
        audience=said.audience,
        place=said.place,
        date=said.occurred_at,
        expires=said.expires_at,
        issuer=plain(said.issuer) if said.issuer else None,
        credential=said.credential,
        alignments=[plain(a) for a in said.alignments],
    )


def plain(value: msgspec.Struct) -> Json:
    """A small value as JSON values, in camel case as all of the record."""
    return {
        _camel(member): _plain(held)
        for member, held in msgspec.structs.asdict(value).items()
        if held not in (None, (), {})
    }


def _plain(held: Any) -> Any:
    if isinstance(held, msgspec.Struct):
        return plain(held)
    return [_plain(item) for item in held] if isinstance(held, tuple) else held


def _camel(snake: str) -> str:
    first, *rest = snake.split("_")
    return first + "".join(word.title() for word in rest)


def _class(book: Book, told: Told, key: str | None) -> tuple[Json, list[Told | None]]:
    """A class with its course and school, and the statements that say so."""
    found, taught = book.find(told, Class, key)
    if taught is None:
        return {}, []
    of_course, course = book.find(told, Course, taught.course)
    of_org, org = book.find(told, Org, taught.org)
    shown = some(
        title=taught.title,
        code=taught.code,
        course=course.title if course else None,
        school=org.name if org else None,
        subjects=taught.subjects,
    )
    return shown, [found, of_course, of_org]


def _achievement(of: Achievement) -> Json:
    return some(
        name=of.name,
        description=of.description,
        criteria=of.criteria,
        criteriaUrl=of.criteria_url,
        type=of.achievement_type,
        uri=of.uri,
        image=of.image,
        alignments=[plain(a) for a in of.alignments],
    )
