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
from app.pipeline.statement import Told
from app.records.book import Book, Context, Taught, ending, iso, origin
from app.records.document import AnyEntry, CredentialEntry, EnrollmentEntry, EvidenceEntry, ResultEntry, Section
from app.records.parts import AchievementShown, ClassShown, ObjectiveShown, Origin, Past, TermShown, alignment, profile
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
    Org,
    Result,
)

UNDATED = datetime.min.replace(tzinfo=UTC)
"""What orders an entry that nobody dates: after all others, the newest first."""
_encode = msgspec.json.Encoder(order="deterministic").encode
_Dated = tuple[AnyEntry, "date | datetime | None", str | None, Sequence[Alignment]]


class Made(NamedTuple):
    """An entry and what it is stored with: see the table `entry`."""

    piece: UUID
    told: Told
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


def made(told: Told, context: Context) -> Made | None:
    """The entry of a statement; None for a kind that makes none, and what came in a credential that is not valid."""
    if told.void:
        return None
    book = Book(context)
    piece = piece_of(told.teller.id, told.stream, told.raw_key)
    record, item, rated = told.record, None, False
    source = told.teller.id
    match record:
        case Enrollment():
            section: Section = "enrollments"
            entry, when, taught, aims = _enrollment(book, context, told, record, piece)
        case Result():
            section = "results"
            entry, when, taught, aims = _result(book, context, told, record, piece)
            item = ref(source, "lineItem", record.line_item) if record.line_item else None
            rated = bool(record.objectives)
        case Credential():
            section = "credentials"
            entry, when, taught, aims = _credential(book, told, record, piece)
            item = ref(source, "achievement", record.achievement) if record.achievement else None
        case Evidence():
            section = "evidence"
            entry, when, taught, aims = _evidence(told, record, piece)
        case _:
            return None
    targets = {t.key: t for aim in aims if (t := target(aim, told.teller.id))}
    return Made(
        piece=piece,
        told=told,
        person=record.person,
        section=section,
        entry=entry,
        at=_moment(when),
        class_=taught,
        class_ref=ref(source, "class", taught) if taught else None,
        item_ref=item,
        rated=rated,
        context=tuple(book.named),
        targets=list(targets.values()),
        body=_encode(entry),
    )


def _common(told: Told, piece: UUID, context: Iterable[Origin] = ()) -> dict[str, Any]:
    """What every entry has; `context` is where the rest of what it says came from."""
    return {
        "id": entry_id(piece, told.n),
        "setting": told.record.setting or told.teller.setting,
        "state": told.state,
        "past": _past(told),
        "unread_since": iso(told.unread_since),
        "from_": (origin(told), *context),
        "extensions": told.record.extensions,
    }


def _within(told: Told) -> dict[str, Any]:
    """The credential that something came in, and what was found of it."""
    within = told.within
    return {} if within is None else {"credential": within.credential, "verification": within.verification}


def _past(told: Told) -> Past | None:
    if told.state == "current":
        return None
    return Past(state=told.state, since=str(iso(told.state_at or told.received_at)))


def _enrollment(book: Book, context: Context, told: Told, said: Enrollment, piece: UUID) -> _Dated:
    taught = _taught(book, context, told, said.class_)
    entry = EnrollmentEntry(
        **_common(told, piece, taught.origins if taught else ()),
        class_=taught.shown if taught else ClassShown(key=said.class_),
        role=said.role,
        begins=iso(said.begins),
        ends=iso(ending(told, said.ends)),
        status=said.state or None,
    )
    return entry, said.begins, said.class_, ()


def _result(book: Book, context: Context, told: Told, said: Result, piece: UUID) -> _Dated:
    line, item = book.find(told, LineItem, said.line_item)
    key = said.class_ or (item.class_ if item else None)
    taught = _taught(book, context, told, key)
    minimum, maximum = said.minimum, said.maximum
    if item:
        minimum = item.minimum if minimum is None else minimum
        maximum = item.maximum if maximum is None else maximum
    aims = said.alignments or (item.alignments if item else ())
    when = said.scored_at or said.scored_on
    entry = ResultEntry(
        **_common(told, piece, (*([origin(line)] if line else ()), *(taught.origins if taught else ()))),
        title=said.title or (item.title if item else None) or None,
        class_=taught.shown if taught else None,
        subject=said.subject or None,
        category=(item.category if item else None) or None,
        status=said.status,
        score=said.score,
        text_score=said.text_score or None,
        narrative=said.narrative or None,
        minimum=minimum,
        maximum=maximum,
        unit=said.unit or None,
        level=said.level or None,
        standard_error=said.standard_error,
        percentile=said.percentile,
        passed=said.passed,
        method=said.method,
        confidence=said.confidence,
        attempts=said.attempts,
        late=said.late,
        missing=said.missing,
        assessor=said.assessor or None,
        issuer=profile(said.issuer),
        date=iso(when),
        expires=iso(said.expires_at),
        **_within(told),
        objectives=tuple(
            ObjectiveShown(
                objective=alignment(objective.objective),
                score=objective.score,
                text_score=objective.text_score or None,
                mastered=objective.mastered,
            )
            for objective in said.objectives
        ),
        alignments=tuple(alignment(aim) for aim in aims),
    )
    return entry, when, key, (*aims, *(objective.objective for objective in said.objectives))


def _credential(book: Book, told: Told, said: Credential, piece: UUID) -> _Dated:
    statement, achievement = book.find(told, Achievement, said.achievement)
    entry = CredentialEntry(
        **_common(told, piece, [origin(statement)] if statement else ()),
        name=said.name or (achievement.name if achievement else None) or None,
        achievement=_achievement(achievement) if achievement else None,
        issuer=profile(said.issuer or (achievement.issuer if achievement else None)),
        uri=said.uri or None,
        format=said.format or None,
        date=iso(said.issued_at),
        expires=iso(said.expires_at),
        revoked=said.revoked or None,
        verification=said.verification,
        verification_note=said.verification_note or None,
        issuer_known_by=told.within.known_by if told.within else None,
        doubt=told.doubt,
        narrative=said.narrative or None,
    )
    return entry, said.issued_at, None, achievement.alignments if achievement else ()


def _evidence(told: Told, said: Evidence, piece: UUID) -> _Dated:
    entry = EvidenceEntry(
        **_common(told, piece),
        name=said.name or None,
        description=said.description or None,
        narrative=said.narrative or None,
        url=said.url or None,
        genre=said.genre or None,
        audience=said.audience or None,
        place=said.place or None,
        date=iso(said.occurred_at),
        expires=iso(said.expires_at),
        issuer=profile(said.issuer),
        **{"credential": said.credential or None, **_within(told)},
        alignments=tuple(alignment(aim) for aim in said.alignments),
    )
    return entry, said.occurred_at, None, said.alignments


def _taught(book: Book, context: Context, told: Told, key: str | None) -> Taught | None:
    """A class as entries show it: made once, however many name it. None where it was not told."""
    if key is None:
        return None
    place = (told.teller.id, key)
    if place not in context.taught:
        context.taught[place] = _class(Book(context), told, key)
    taught = context.taught[place]
    if taught is not None:
        book.named += taught.named
    return taught


def _class(book: Book, told: Told, key: str) -> Taught | None:
    """A class with its course, school and terms, and where these come from."""
    statement, taught = book.find(told, Class, key)
    if statement is None or taught is None:
        return None
    of_course, course = book.find(told, Course, taught.course)
    of_org, org = book.find(told, Org, taught.org)
    terms = [book.find(told, AcademicSession, session) for session in taught.sessions]
    named = [("course", taught.course), ("org", taught.org), *(("academicSession", key) for key in taught.sessions)]
    whole = ref(told.teller.id, "class", key)
    shown = ClassShown(
        key=key,
        title=taught.title or None,
        code=taught.code or None,
        course=(course.title if course else None) or None,
        school=(org.name if org else None) or None,
        subjects=taught.subjects,
        terms=tuple(
            TermShown(title=term.title, begins=iso(term.begins), ends=iso(term.ends)) for _, term in terms if term
        ),
    )
    sayers = (statement, of_course, of_org, *(of_term for of_term, _ in terms))
    return Taught(
        shown,
        tuple(origin(sayer) for sayer in sayers if sayer is not None),
        tuple((ref(told.teller.id, kind, part), whole) for kind, part in named if part is not None),
    )


def _achievement(said: Achievement) -> AchievementShown:
    return AchievementShown(
        name=said.name or None,
        description=said.description or None,
        criteria=said.criteria or None,
        criteria_url=said.criteria_url or None,
        type=said.achievement_type or None,
        uri=said.uri or None,
        image=said.image or None,
        alignments=tuple(alignment(aim) for aim in said.alignments),
    )


def _moment(when: date | datetime | None) -> datetime:
    """What orders an entry: its moment, or the beginning (UTC) of its day."""
    if when is None:
        return UNDATED
    if isinstance(when, datetime):
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return datetime(when.year, when.month, when.day, tzinfo=UTC)
