"""Notices: a program, and a family, are told what happened to a submission, in the transaction in which it did.

What is told stands on the program's page. Where the operator has configured a mail server, it goes out by e-mail as
well: never with more about a child than that something of theirs was decided; whoever it concerns signs in to read it.
To whom it goes is looked up when it goes.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from app.db import Tx
from app.db.programs import notices as stored
from app.db.programs import submissions
from app.db.programs.notices import NoticeRow
from app.db.programs.programs import ProgramRow
from app.db.programs.submissions import SubmissionRow
from app.programs import submission
from app.programs.states import Step
from schemas.addresses import is_email

__all__ = ["NoticeRow"]
NoticeSide = Literal["program", "family"]
NoticeKind = Literal["in the record", "asked back", "not taken in", "taken back", "badge revoked", "month"]
TOLD: dict[Step, NoticeKind] = {
    "accept": "in the record",
    "ask": "asked back",
    "reject": "not taken in",
    "retract": "taken back",
    "revoke badge": "badge revoked",
}
"""What a step of the district is told as."""
FAMILIES: frozenset[NoticeKind] = frozenset({"in the record", "taken back"})
"""What a family is told: what somebody at the district has looked at, so that no program writes to whom it likes."""
GATHERED = timedelta(minutes=10)
"""How long a program's news are gathered, so that a list that is accepted is one letter."""
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a notice goes to, and the language they have chosen; None: nobody has said, so that it is said in each."""

    address: str
    language: str | None


async def tell(tx: Tx, row: SubmissionRow, step: Step, now: datetime) -> None:
    """Have a program, and a family, told of a step."""
    kind = TOLD.get(step)
    if kind is None:
        return
    await stored.add(tx, _notice(row.program_id, row.id, "program", kind=kind, now=now, next_at=now + GATHERED))
    if kind in FAMILIES and family_of(row) is not None:
        await stored.add(tx, _notice(row.program_id, row.id, "family", kind=kind, now=now, next_at=now))


async def tell_month(tx: Tx, program: UUID, month: date, now: datetime) -> None:
    """Have a program told how a month was; once, however often it is asked for."""
    await stored.add(tx, replace(_notice(program, None, "program", kind="month", now=now, next_at=now), month=month))


async def readers(tx: Tx, program: ProgramRow, now: datetime) -> list[Reader]:
    """Who is written to for a program: its coordinators, and the address that the district has of it."""
    by_address: dict[str, Reader] = {}
    if program.contact and (address := address_of(program.contact)):
        by_address[address.casefold()] = Reader(address, None)
    for row in await stored.coordinators(tx, program.source_id or 0, now):
        for name in (row.email, row.login):
            if name and (address := address_of(name)):
                by_address[address.casefold()] = Reader(address, row.language)
                break
    return [by_address[key] for key in sorted(by_address)]


def family_of(row: SubmissionRow) -> Reader | None:
    """Who is written to for a family: the guardian whose e-mail address was handed in; None where none was."""
    guardian = submission.decode(row.body).learner.guardian
    address = address_of(guardian.contact) if guardian and guardian.contact else None
    return Reader(address, None) if address else None


def address_of(text: str) -> str | None:
    """An e-mail address, where a text is one and nothing else."""
    return text.strip() if is_email(text.strip()) else None


async def news(tx: Tx, program: UUID, limit: int = 4) -> list[tuple[NoticeRow, str]]:
    """What a program was told last, the newest first, each with what it is about."""
    lines = []
    for row in await stored.of_program(tx, program, "program", limit):
        about = await submissions.by_id(tx, row.submission_id) if row.submission_id else None
        if about is not None:
            lines.append((row, submission.decode(about.body).title))
    return lines


async def counted(tx: Tx, program: UUID) -> dict[tuple[str, str], int]:
    """How many notices of a program there are of late, by side and by what became of them."""
    return await stored.counted(tx, program)


async def any_due(tx: Tx, now: datetime) -> bool:
    """Whether anybody is to be written to now."""
    return await stored.any_due(tx, now)


async def forget(tx: Tx, now: datetime) -> None:
    """Delete what was told long ago; a month's, so long that it is not told again."""
    await stored.forget(tx, now - KEPT)


def month_before(now: datetime) -> date:
    """The first day of the month that is over."""
    return (now.astimezone(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _notice(
    program: UUID, about: UUID | None, side: NoticeSide, kind: NoticeKind, now: datetime, next_at: datetime
) -> NoticeRow:
    return NoticeRow(
        id=uuid4(),
        program_id=program,
        submission_id=about,
        side=side,
        kind=kind,
        month=None,
        state="waiting",
        tries=0,
        why=None,
        made_at=now,
        next_at=next_at,
        sent_at=None,
    )
