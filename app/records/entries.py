"""Entries: one statement with its context as the record shows it, by itself. Pure: no database, no clock."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from xxhash import xxh3_64_intdigest, xxh3_128_intdigest

from app.frameworks.target import Target, target
from app.pipeline.refs import ref
from app.pipeline.statement import Statement
from app.records.book import Book, ClassInContext, Context, iso, last_day, origin
from app.records.document import AnyEntry, CredentialEntry, EnrollmentEntry, EvidenceEntry, ResultEntry, Section
from app.records.parts import EntryAchievement, EntryClass, EntryObjective, EntryTerm, Origin, Past, alignment, profile
from schemas import (
    AcademicSession,
    Achievement,
    Alignment,
    Class,
    Course,
    Credential,
    Enrollment,
    Evidence,
    LineItem,
    ObjectiveResult,
    Org,
    Result,
)

UNDATED = datetime.min.replace(tzinfo=UTC)
"""What orders an entry that nobody dates: after all others, the newest first."""
_encode = msgspec.json.Encoder(order="deterministic").encode
_Dated = tuple[AnyEntry, "date | datetime | None", str | None, Sequence[Alignment]]


class NewEntry(NamedTuple):
    """An entry and what it is stored with: see the table `entry`."""

    piece: UUID
    statement: Statement
    person: str
    section: Section
    entry: AnyEntry
    at: datetime
    class_: str | None
    class_ref: int | None
    item_ref: int | None
    rated: bool
    context: tuple[tuple[int, int], ...]
    targets: list[Target]
    body: bytes

    @property
    def hash(self) -> int:
        """64 bits of a hash of what it says, signed as PostgreSQL's bigint is."""
        return xxh3_64_intdigest(self.body) - 2**63


@lru_cache(maxsize=4096)
def piece_of(source: int, stream: str, raw_key: str) -> UUID:
    """The id of a raw record: all its entries are one piece, shown or withheld together."""
    return UUID(int=xxh3_128_intdigest(f"{source}\x1f{stream}\x1f{raw_key}".encode()))


def entry_id(piece: UUID, n: int) -> str:
    """The id of the entry of a raw record's nth statement."""
    return f"{piece.hex}-{n}"


def parse_id(text: str) -> tuple[UUID, int] | None:
    """The piece and n of an entry's id; None where it is none."""
    piece, dash, n = text.partition("-")
    if not (dash and len(piece) == 32 and n.isascii() and n.isdigit() and len(n) < 6):
        return None
    try:
        return UUID(piece), int(n)
    except ValueError:
        return None


def entry_of(statement: Statement, context: Context) -> NewEntry | None:
    """The entry of a statement; None for a kind that makes none, and what came in a credential that is not valid."""
    if statement.void:
        return None
    book = Book(context)
    piece = piece_of(statement.source.id, statement.stream, statement.raw_key)
    source, record = statement.source.id, statement.record
    match record:
        case Enrollment():
            section: Section = "enrollments"
            entry, when, taught, aims = _enrollment(book, context, statement, record, piece)
        case Result():
            section = "results"
            entry, when, taught, aims = _result(book, context, statement, record, piece)
        case Credential():
            section = "credentials"
            entry, when, taught, aims = _credential(book, statement, record, piece)
        case Evidence():
            section = "evidence"
            entry, when, taught, aims = _evidence(statement, record, piece)
        case _:
            return None
    targets = {t.key: t for aim in aims if (t := target(aim, source))}
    return NewEntry(
        piece=piece,
        statement=statement,
        person=record.person,
        section=section,
        entry=entry,
        at=_moment(when),
        class_=taught,
        class_ref=ref(source, "class", taught) if taught else None,
        item_ref=_item_ref(source, record),
        rated=isinstance(record, Result) and bool(record.objectives),
        context=tuple(book.named),
        targets=list(targets.values()),
        body=_encode(entry),
    )


def _item_ref(source: int, record: Enrollment | Result | Credential | Evidence) -> int | None:
    """The reference to what an entry is of: a result's line item, a credential's achievement."""
    if isinstance(record, Result) and record.line_item:
        return ref(source, "lineItem", record.line_item)
    if isinstance(record, Credential) and record.achievement:
        return ref(source, "achievement", record.achievement)
    return None


def _common(statement: Statement, piece: UUID, context: Iterable[Origin] = ()) -> dict[str, Any]:
    """What every entry has; `context` is where the rest of what it says came from."""
    return {
        "id": entry_id(piece, statement.n),
        "setting": statement.record.setting or statement.source.setting,
        "state": statement.state,
        "past": _past(statement),
        "unread_since": iso(statement.unread_since),
        "from_": (origin(statement), *context),
        "extensions": statement.record.extensions,
    }


def _within(statement: Statement) -> dict[str, Any]:
    """The credential that something came in, and what was found of it."""
    within = statement.within
    return {} if within is None else {"credential": within.credential, "verification": within.verification}


def _past(statement: Statement) -> Past | None:
    if statement.state == "current":
        return None
    return Past(state=statement.state, since=str(iso(statement.over_on or statement.state_at or statement.received_at)))


def _enrollment(book: Book, context: Context, statement: Statement, enrollment: Enrollment, piece: UUID) -> _Dated:
    taught = _taught(book, context, statement, enrollment.class_)
    entry = EnrollmentEntry(
        **_common(statement, piece, taught.origins if taught else ()),
        class_=taught.shown if taught else EntryClass(key=enrollment.class_),
        role=enrollment.role,
        begins=iso(enrollment.begins),
        ends=iso(last_day(statement, enrollment.ends)),
        status=enrollment.state or None,
    )
    return entry, enrollment.begins, enrollment.class_, ()


def _result(book: Book, context: Context, statement: Statement, result: Result, piece: UUID) -> _Dated:
    line, item = book.find(statement, LineItem, result.line_item)
    key = result.class_ or (item.class_ if item else None)
    taught = _taught(book, context, statement, key)
    minimum, maximum = result.minimum, result.maximum
    if item:
        minimum = item.minimum if minimum is None else minimum
        maximum = item.maximum if maximum is None else maximum
    aims = result.alignments or (item.alignments if item else ())
    when = result.scored_at or result.scored_on
    entry = ResultEntry(
        **_common(statement, piece, (*([origin(line)] if line else ()), *(taught.origins if taught else ()))),
        title=result.title or (item.title if item else None) or None,
        class_=taught.shown if taught else None,
        subject=result.subject or None,
        category=(item.category if item else None) or None,
        status=result.status,
        score=result.score,
        text_score=result.text_score or None,
        narrative=result.narrative or None,
        minimum=minimum,
        maximum=maximum,
        unit=result.unit or None,
        level=result.level or None,
        standard_error=result.standard_error,
        percentile=result.percentile,
        passed=result.passed,
        method=result.method,
        confidence=result.confidence,
        attempts=result.attempts,
        late=result.late,
        missing=result.missing,
        assessor=result.assessor or None,
        issuer=profile(result.issuer),
        date=iso(when),
        expires=iso(result.expires_at),
        **_within(statement),
        objectives=tuple(map(_objective, result.objectives)),
        alignments=tuple(alignment(aim) for aim in aims),
    )
    return entry, when, key, (*aims, *(objective.objective for objective in result.objectives))


def _objective(objective: ObjectiveResult) -> EntryObjective:
    return EntryObjective(
        objective=alignment(objective.objective),
        score=objective.score,
        text_score=objective.text_score or None,
        mastered=objective.mastered,
    )


def _credential(book: Book, statement: Statement, credential: Credential, piece: UUID) -> _Dated:
    of_achievement, achievement = book.find(statement, Achievement, credential.achievement)
    entry = CredentialEntry(
        **_common(statement, piece, [origin(of_achievement)] if of_achievement else ()),
        name=credential.name or (achievement.name if achievement else None) or None,
        achievement=_achievement(achievement) if achievement else None,
        issuer=profile(credential.issuer or (achievement.issuer if achievement else None)),
        uri=credential.uri or None,
        format=credential.format or None,
        date=iso(credential.issued_at),
        expires=iso(credential.expires_at),
        revoked=credential.revoked or None,
        verification=credential.verification,
        verification_note=credential.verification_note or None,
        issuer_known_by=statement.within.known_by if statement.within else None,
        doubt=statement.doubt,
        narrative=credential.narrative or None,
    )
    return entry, credential.issued_at, None, achievement.alignments if achievement else ()


def _evidence(statement: Statement, evidence: Evidence, piece: UUID) -> _Dated:
    when = evidence.occurred_at or evidence.begins
    entry = EvidenceEntry(
        **_common(statement, piece),
        name=evidence.name or None,
        description=evidence.description or None,
        narrative=evidence.narrative or None,
        url=evidence.url or None,
        genre=evidence.genre or None,
        audience=evidence.audience or None,
        place=evidence.place or None,
        date=iso(when),
        expires=iso(evidence.expires_at),
        issuer=profile(evidence.issuer),
        **{"credential": evidence.credential or None, **_within(statement)},
        alignments=tuple(alignment(aim) for aim in evidence.alignments),
    )
    return entry, when, None, evidence.alignments


def _taught(book: Book, context: Context, statement: Statement, key: str | None) -> ClassInContext | None:
    """A class as entries show it: made once, however many name it. None where it was not told."""
    if key is None:
        return None
    place = (statement.source.id, key)
    if place not in context.taught:
        context.taught[place] = _class(Book(context), statement, key)
    taught = context.taught[place]
    if taught is not None:
        book.named += taught.named
    return taught


def _class(book: Book, statement: Statement, key: str) -> ClassInContext | None:
    """A class with its course, school and terms, and where these come from."""
    of_class, taught = book.find(statement, Class, key)
    if of_class is None or taught is None:
        return None
    of_course, course = book.find(statement, Course, taught.course)
    of_org, org = book.find(statement, Org, taught.org)
    terms = [book.find(statement, AcademicSession, session) for session in taught.sessions]
    named = [("course", taught.course), ("org", taught.org), *(("academicSession", key) for key in taught.sessions)]
    whole = ref(statement.source.id, "class", key)
    class_ = EntryClass(
        key=key,
        title=taught.title or None,
        code=taught.code or None,
        course=(course.title if course else None) or None,
        school=(org.name if org else None) or None,
        subjects=taught.subjects,
        terms=tuple(
            EntryTerm(title=term.title, begins=iso(term.begins), ends=iso(term.ends)) for _, term in terms if term
        ),
    )
    sayers = (of_class, of_course, of_org, *(of_term for of_term, _ in terms))
    return ClassInContext(
        class_,
        tuple(origin(sayer) for sayer in sayers if sayer is not None),
        tuple((ref(statement.source.id, kind, part), whole) for kind, part in named if part is not None),
    )


def _achievement(achievement: Achievement) -> EntryAchievement:
    return EntryAchievement(
        name=achievement.name or None,
        description=achievement.description or None,
        criteria=achievement.criteria or None,
        criteria_url=achievement.criteria_url or None,
        type=achievement.achievement_type or None,
        uri=achievement.uri or None,
        image=achievement.image or None,
        alignments=tuple(alignment(aim) for aim in achievement.alignments),
    )


def _moment(when: date | datetime | None) -> datetime:
    """What orders an entry: its moment, or the beginning (UTC) of its day."""
    if when is None:
        return UNDATED
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return datetime(when.year, when.month, when.day, tzinfo=UTC)
