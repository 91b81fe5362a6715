"""Assertions: what a statement says a learner has shown of a competency, purely.

One assertion is of one learner and one competency: a share, value, level or words; positive or negative; with its
method, assessor, issuer, time and expiry. A result that is exempt, missing, unfinished or withdrawn asserts nothing:
it is never a zero; nor do time spent and progress. Scales are not mixed: a `share` is of the result's own scale, told
by its own ends. Where one piece of work is rated on a competency directly, its score as a whole is not taken for it
once more.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from app.frameworks.target import Target, target
from app.pipeline.statement import Lookup, Statement
from schemas import Achievement, Alignment, Credential, Evidence, LineItem, ObjectiveResult, Result

NEVER = frozenset({"exempt", "not submitted", "not tested", "submitted", "partially graded"})
SEAT_TIME = frozenset({"progress", "seconds", "minutes", "hours", "days"})
"""Units of having been there, which show nothing."""
_NUMBER = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s*(%?)")
PERCENT = frozenset({"percent", "%", "percentage", "pct", "per cent"})
"""How sources call hundredths; `Percent` is the word of Open Badges 3.0."""
_encode = msgspec.json.Encoder(order="deterministic").encode


class AssertionDetail(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is said of an assertion to whoever reads it, and is not judged by.

    `issuer` is the program or institution behind it, `source` the slug of the source that tells it, `credential` the
    address of the badge it came with. `role` is that of a teacher of record (`assessor`) who set a level. Fields stand
    in the order of their names, in which they are hashed; `undated` is there only where no time is told.
    """

    assessor: str | None = None
    credential: str | None = None
    issuer: str | None = None
    narrative: str | None = None
    place: str | None = None
    role: str | None = None
    setting: str | None = None
    source: str | None = None
    standard_error: float | None = None
    subject: str | None = None
    text_score: str | None = None
    title: str | None = None
    undated: bool = False
    url: str | None = None
    verification: str | None = None


class Assertion(Struct, frozen=True):
    """What one statement says of one competency. `part` is the position among what the statement says.

    `met` is the source's own word on whether it is mastered, which no share contradicts. `undated`: its source tells
    no time, and `at` is when it came. `least` and `most` are the ends of the scale `value` is on. `doubt` says why it
    cannot be right, and does not count.
    """

    target: Target
    source: int
    person: str
    stream: str
    raw_key: str
    n: int
    part: int
    at: datetime
    share: float | None = None
    value: float | None = None
    unit: str | None = None
    level: str | None = None
    met: bool | None = None
    positive: bool = True
    confidence: float | None = None
    method: str | None = None
    expires: datetime | None = None
    least: float | None = None
    most: float | None = None
    doubt: str | None = None
    detail: AssertionDetail = AssertionDetail()

    @property
    def undated(self) -> bool:
        """Whether its source tells no time: `at` is then when it came, which decides no order."""
        return self.detail.undated

    @property
    def measured(self) -> bool:
        """Whether there is more to it than words."""
        return any(measure is not None for measure in (self.share, self.value, self.level, self.met))

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What it replaces, when its statement is corrected."""
        return self.stream, self.raw_key, self.n, self.part

    @property
    def hash(self) -> int:
        """64 bits of a hash of all it says, signed as PostgreSQL's bigint is."""
        return int.from_bytes(blake2b(_encode(self), digest_size=8).digest(), "big", signed=True)


def asserted(statements: Sequence[Statement], lookup: Lookup) -> list[Assertion]:
    """Everything that a person's statements assert.

    The work that came with a result or a badge asserts nothing beside it: one thing done is not shown twice.
    """
    direct = {
        key for statement in statements if not (statement.withdrawn or statement.void) for key in _direct(statement)
    }
    whose_word = {_raw(s): s.record.verification for s in statements if isinstance(s.record, Credential)}
    assertions = [
        _as_verified(msgspec.structs.replace(assertion, part=part), whose_word.get(_raw(statement)))
        for statement in statements
        if not (statement.withdrawn or statement.void)
        for part, assertion in enumerate(_of(statement, lookup, direct))
    ]
    measured = {(a.source, a.stream, a.raw_key, a.target.key) for a in assertions if a.measured}
    return [a for a in assertions if a.measured or (a.source, a.stream, a.raw_key, a.target.key) not in measured]


def _raw(statement: Statement) -> tuple[int, str, str]:
    return statement.source.id, statement.stream, statement.raw_key


def _as_verified(assertion: Assertion, verification: str | None) -> Assertion:
    """An assertion with how the credential was verified that it came in, if it came in one."""
    if verification is None or assertion.detail.verification is not None:
        return assertion
    detail = msgspec.structs.replace(assertion.detail, verification=verification)
    return msgspec.structs.replace(assertion, detail=detail)


Work = tuple[int, str, str]
"""A piece of work and a competency: source, line item, target's key."""


def _direct(statement: Statement) -> Iterator[Work]:
    """The competencies that a piece of work is rated on directly."""
    record = statement.record
    if isinstance(record, Result) and record.line_item is not None and _says_something(record):
        for aim in _targets(statement, [objective.objective for objective in record.objectives]):
            yield statement.source.id, record.line_item, aim.key


def _says_something(record: Result) -> bool:
    return not (record.status in NEVER or record.missing or record.unit in SEAT_TIME)


def _of(statement: Statement, lookup: Lookup, direct: AbstractSet[Work]) -> Iterator[Assertion]:
    match statement.record:
        case Result():
            yield from _result(statement, statement.record, lookup, direct)
        case Credential():
            yield from _credential(statement, statement.record, lookup)
        case Evidence():
            for aim in _targets(statement, statement.record.alignments):
                yield _assertion(
                    statement,
                    aim,
                    statement.record.person,
                    statement.record.occurred_at,
                    expires=statement.record.expires_at,
                    title=statement.record.name,
                    narrative=statement.record.narrative,
                    url=statement.record.url,
                    issuer=statement.record.issuer.name if statement.record.issuer else None,
                    place=statement.record.place,
                )


def _result(statement: Statement, record: Result, lookup: Lookup, direct: AbstractSet[Work]) -> Iterator[Assertion]:
    if not _says_something(record):
        return
    line_item = lookup(statement.source.id, "lineItem", record.line_item) if record.line_item else None
    item = line_item.record if line_item and isinstance(line_item.record, LineItem) else None
    title = record.title or (item.title if item else None)
    ends = (record.minimum, record.maximum)
    if record.maximum is None and item and record.unit in (None, "points"):
        ends = (item.minimum, item.maximum)
    for objective in record.objectives:
        for aim in _targets(statement, [objective.objective]):
            yield _scored(statement, aim, record, title, _objective(record, objective, ends))
    if record.objectives:
        return
    for aim in _targets(statement, record.alignments or (item.alignments if item else ())):
        if (statement.source.id, record.line_item, aim.key) not in direct:
            values = _measure(record.score, ends, record.unit, record.level or record.text_score, record.passed)
            yield _scored(statement, aim, record, title, values)


def _scored(statement: Statement, aim: Target, record: Result, title: str | None, values: dict[str, Any]) -> Assertion:
    when = record.scored_at or (datetime.combine(record.scored_on, time(), UTC) if record.scored_on else None)
    return _assertion(
        statement,
        aim,
        record.person,
        when,
        **values,
        method=record.method,
        confidence=record.confidence,
        expires=record.expires_at,
        title=title,
        narrative=record.narrative,
        assessor=record.assessor,
        text_score=record.text_score,
        issuer=record.issuer.name if record.issuer else None,
        standard_error=record.standard_error,
        subject=record.subject,
    )


Ends = tuple[float | None, float | None]


def _objective(record: Result, objective: ObjectiveResult, ends: Ends) -> dict[str, Any]:
    """An objective's score is on its result's own scale; on a line item's only where it is the very same score.

    Elsewhere that would be a guess: a level of 3 beside a score of 720.
    """
    words = objective.text_score
    if objective.score == record.score:
        words = words or record.level or record.text_score
    elif record.maximum is None:
        ends = (None, None)
    return _measure(objective.score, ends, record.unit, words, objective.mastered)


def _measure(score: float | None, ends: Ends, unit: str | None, words: str | None, met: bool | None) -> dict[str, Any]:
    """What was reached as told, and as a share of the scale where its end is known.

    A number in words is no level; one with a percent sign is of a hundred.
    """
    number = None if words is None else _NUMBER.fullmatch(words.strip())
    level = None if number else words
    if unit is not None and unit.strip().casefold() in PERCENT:
        unit = "percent"
    if score is None and number is not None and number[2] and ends == (None, None):
        score, unit = float(number[1].replace(",", ".")), "percent"
    measured: dict[str, Any] = {"value": score, "unit": unit, "level": level, "met": met}
    least, most = ends[0] or 0.0, 100.0 if unit == "percent" and ends[1] is None else ends[1]
    if score is None or most is None or most <= least:
        return measured
    measured |= {"share": share_of(score, least, most), "least": least, "most": most}
    if score < least:
        measured["doubt"] = f"{score:g} is below its scale, which begins at {least:g}"
    return measured


def share_of(score: float, least: float, most: float) -> float:
    """How much of its scale a score is, from 0 to 1. More than all of it (extra credit) is all of it.

    A scale that begins at 1 (a rubric from 1 to 4) counts its levels: 3 is three of four, as it is without a beginning.
    """
    bottom = 0.0 if least == 1 else least
    return min(1.0, max(0.0, (score - bottom) / (most - bottom)))


def _credential(statement: Statement, record: Credential, lookup: Lookup) -> Iterator[Assertion]:
    """A credential asserts what its achievement is aligned to; a revoked one takes that back; a forged one is mute."""
    if record.verification == "failed":
        return
    achievement = lookup(statement.source.id, "achievement", record.achievement) if record.achievement else None
    award = achievement.record if achievement and isinstance(achievement.record, Achievement) else None
    if award is None:
        return
    issuer = record.issuer or award.issuer
    for aim in _targets(statement, award.alignments):
        yield _assertion(
            statement,
            aim,
            record.person,
            record.issued_at,
            met=True,
            positive=not record.revoked,
            expires=record.expires_at,
            title=record.name or award.name,
            narrative=record.narrative,
            issuer=issuer.name if issuer else None,
            verification=record.verification,
            credential=record.uri,
        )


def _targets(statement: Statement, alignments: Sequence[Alignment]) -> Iterator[Target]:
    """What alignments point to, each once."""
    seen = set()
    for alignment in alignments:
        aim = target(alignment, statement.source.id)
        if aim and aim.key not in seen:
            seen.add(aim.key)
            yield aim


MEASURES = (
    "share",
    "value",
    "unit",
    "level",
    "met",
    "positive",
    "confidence",
    "method",
    "expires",
    "least",
    "most",
    "doubt",
)
AHEAD = timedelta(days=31)
"""A date that is further ahead of the day it came is a mistake: nobody has shown what is to come."""


def _assertion(statement: Statement, aim: Target, person: str, when: datetime | None, **values: Any) -> Assertion:
    moment = _moment(statement, when)
    measured = {name: values.pop(name) for name in MEASURES if name in values}
    setting = statement.record.setting or statement.source.setting
    detail = AssertionDetail(**values, source=statement.source.slug, setting=setting, undated=moment is None)
    occurred = _aware(moment or statement.received_at)
    if statement.doubt is not None:
        measured["doubt"] = statement.doubt
    if occurred > statement.received_at + AHEAD:
        measured["doubt"] = f"it is dated {occurred:%Y-%m-%d}, and was received on {statement.received_at:%Y-%m-%d}"
    return Assertion(
        aim,
        statement.source.id,
        person,
        stream=statement.stream,
        raw_key=statement.raw_key,
        n=statement.n,
        part=0,
        at=occurred,
        **measured,
        detail=detail,
    )


def _moment(statement: Statement, when: datetime | None) -> datetime | None:
    """When it was shown: as told, or the day it ended or began, or when the source changed it; None: it tells none."""
    day: date | None = statement.record.ends or statement.record.begins
    return when or (datetime.combine(day, time(), UTC) if day else None) or statement.record.modified


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
