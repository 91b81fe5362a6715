"""Whose is it: typed identifiers decide as everywhere; all else waits for a person, with candidates by name.

No name ever links by itself. What is found here is for the district alone: a program is told nothing of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.identity import formers
from app.db.plans.plans import Signature
from app.db.programs import candidates as stored
from app.db.programs import submissions
from app.db.programs.candidates import NameRow
from app.db.programs.submissions import SubmissionRow
from app.db.records import learners
from app.errors import Conflict, NotFound
from app.identity.identity import normal
from app.identity.learners import lineage
from app.matching.apart import LINKING
from app.matching.names import SHORT_FORMS, tokens
from app.programs import submission
from app.programs.submission import Learner
from app.records.document import Header

Whose = Literal["number", "person", "new", "account"]
"""What decided whose it is: a typed identifier, a person's word, their word that it is nobody known, or the learner's
own account."""
READ_AT_ONCE = 2000
MOST = 8
_header = msgspec.json.Decoder(Header).decode


@dataclass(frozen=True, slots=True)
class Candidate:
    """A learner whose a submission may be: as they are called, and what speaks for it."""

    id: UUID
    name: str
    birth_date: str | None
    grade: str | None
    school: str | None
    same_birth_date: bool
    by_number: str | None = None


async def settled(tx: Tx, row: SubmissionRow) -> tuple[Whose | None, UUID | None]:
    """Whose a submission is now, as far as that is decided: by a person, or else by what it is numbered."""
    if row.whose is not None:
        now = await learners.currents(tx, [row.learner_id]) if row.learner_id else {}
        current = now.get(row.learner_id, row.learner_id) if row.learner_id else None
        return row.whose, current  # type: ignore[return-value]  # what is stored is one of them
    numbered = await by_number(tx, row)
    if len(numbered) != 1:
        return None, None
    bodies = await learners.bodies(tx, list(numbered))
    description = submission.decode(row.body).learner
    if not description.name and not description.birth_date and await _had(tx, row) - {*numbered}:
        return None, None  # the number has changed hands: it alone does not say whose it was
    agreed = [learner for learner, body in bodies.items() if not _against(description, _header(body))]
    return ("number", agreed[0]) if agreed else (None, None)


async def by_number(tx: Tx, row: SubmissionRow) -> dict[UUID, str]:
    """The learners that the typed identifiers of a submission lead to, and by which."""
    matches: dict[UUID, str] = {}
    for number in submission.decode(row.body).learner.numbers:
        if number.type in LINKING and number.type != "program":
            for learner in await learners.by_identifier(tx, number.type, normal(number.type, number.value), None):
                matches.setdefault(learner.id, f"{number.type} {number.value}")
    return matches


async def _had(tx: Tx, row: SubmissionRow) -> set[UUID]:
    """The learners who once had a number of a submission."""
    return {
        learner
        for number in submission.decode(row.body).learner.numbers
        if number.type in LINKING and number.type != "program"
        for learner in await formers.learners_who_had(tx, number.type, normal(number.type, number.value))
    }


async def candidates(tx: Tx, row: SubmissionRow) -> list[Candidate]:
    """Who it may be: first by number, then those of that name, those born that day before all others."""
    description = submission.decode(row.body).learner
    numbered = dict.fromkeys(sorted(await _had(tx, row))) | await by_number(tx, row)
    while await read_names(tx, READ_AT_ONCE) == READ_AT_ONCE:
        continue  # the first time all learners, later those who changed
    born = description.birth_date.isoformat() if description.birth_date else None
    named = await stored.by_words(tx, sorted(_words(description.name)), born, MOST) if description.name else []
    ids = list(dict.fromkeys([*numbered, *(name_row.learner_id for name_row in named)]))[:MOST]
    headers = {learner: _header(body) for learner, body in (await learners.bodies(tx, ids)).items()}
    return [_candidate(learner, headers[learner], born, numbered.get(learner)) for learner in ids if learner in headers]


async def decide(tx: Tx, row: SubmissionRow, learner: UUID | None, by: Signature, now: datetime) -> SubmissionRow:
    """A person says whose it is: a learner's, or (None) nobody's whom the record knows yet.

    NotFound where there is no such learner; Conflict where a number says it is somebody else's, or it is decided.
    """
    if row.state not in ("pending", "in review"):
        raise Conflict(f"The submission is '{row.state}'.", type="not-from-here", title="Not possible in this state")
    numbered = await by_number(tx, row)
    current = (await lineage(tx, learner))[0] if learner is not None else None
    if current is not None and not await learners.present(tx, [current]):
        raise NotFound(f"No learner {learner} has a record.")
    if numbered and current not in {*numbered, *await _had(tx, row)}:
        words = f"The submission has {next(iter(numbered.values()))}, which is another learner's: clear that up first."
        raise Conflict(words, type="number-of-another", title="The number is another learner's")
    changed = replace(row, learner_id=current, whose="person" if current else "new")
    await submissions.save(tx, changed)
    words = f"learner {current}" if current else "a learner nobody knows yet"
    await submissions.note(
        tx, row.id, "whose", before=row.state, after=row.state, by=by, at=now, words=words, body=row.body.encode()
    )
    return replace(changed, revision=row.revision + 1)


async def born(tx: Tx, learner: UUID) -> date | None:
    """A learner's birth date, as the preferred source tells it; None where none does."""
    bodies = await learners.bodies(tx, await lineage(tx, learner))
    days = [day.value for body in bodies.values() for day in _header(body).birth_dates]
    return date.fromisoformat(days[0]) if days else None


async def read_names(tx: Tx, most: int) -> int:
    """Read the names of learners who changed since the last time, at most so many; how many were read."""
    until = await stored.read_until(tx)
    rows = await learners.listed(tx, after=until, since=None, limit=most)
    if not rows:
        return 0
    bodies = await learners.bodies(tx, [row.id for row in rows])
    words = [name for learner, body in bodies.items() for name in _names(learner, _header(body))]
    await stored.replace(tx, [row.id for row in rows], words, (rows[-1].updated_at, rows[-1].id))
    return len(rows)


def _against(description: Learner, header: Header) -> bool:
    """Whether name or birth date speak against a number: a digit that was mistyped is another child's."""
    days = {day.value for day in header.birth_dates}
    own = tokens(*(name.value for name in header.names))
    apart = bool(description.name and own) and not (_words(description.name or "") & own)
    return apart or bool(description.birth_date and days and description.birth_date.isoformat() not in days)


def _names(learner: UUID, header: Header) -> Sequence[NameRow]:
    born = [day.value for day in header.birth_dates] or [""]
    words = {word for name in header.names for word in tokens(name.value, name.given, name.middle, name.family)}
    return [NameRow(word, day, learner) for word in sorted(words) for day in born]


def _words(name: str) -> set[str]:
    """The words of a name, and the long forms that one of them may be short for."""
    own = set(tokens(name))
    return own | {long for long, short in SHORT_FORMS.items() if own & set(short.split())}


def _candidate(learner: UUID, header: Header, born: str | None, number: str | None) -> Candidate:
    name = next(iter(header.names), None)
    days = [day.value for day in header.birth_dates]
    return Candidate(
        learner,
        name.value if name else "(no name)",
        days[0] if days else None,
        grade=next((grade.value for grade in header.grades), None),
        school=next((school.name for school in header.schools), None),
        same_birth_date=born is not None and born in days,
        by_number=number,
    )
