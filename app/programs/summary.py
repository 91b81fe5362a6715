"""How a month of a program was: what was handed in, what became of it, how long it took, which badges came of it.

It tells of the program's own doings alone, as its home page does. Months are counted in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from statistics import median
from uuid import UUID

from app.db import Tx
from app.db.programs import months as stored
from app.errors import Invalid
from app.programs import definitions, programs, rubric
from app.spreadsheets import csv_text

MOST_BACK = 10
"""Years that a summary reaches back."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A month of a program. `days` is the median from handing in to the decision; None where nothing was decided."""

    month: date
    handed_in: int
    accepted: int
    asked_back: int
    not_taken_in: int
    taken_back: int
    waiting: int
    days: float | None
    badges: dict[str, int]


def month_of(text: str, today: date) -> date:
    """The first day of a month like 2026-10. Invalid where it is none, is still to come, or is too long ago."""
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Invalid(f"'{text[:20]}' is no month like 2026-10.", pointers={"/month": "a month like 2026-10"}) from None
    if not today.year - MOST_BACK <= month.year or month > today:
        raise Invalid(
            f"{text} is not within the last {MOST_BACK} years.", pointers={"/month": "a month that has begun"}
        )
    return month


def following(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


async def summary(tx: Tx, program: UUID, month: date) -> Summary:
    """How a month of a program was. NotFound where there is no such program."""
    await programs.program_of(tx, program)
    begins, ends = (datetime.combine(day, time(), UTC) for day in (month, following(month)))
    steps = await stored.steps(tx, program, begins, ends)
    waits = await stored.decided_after(tx, program, begins, ends)
    awarded = await stored.awarded(tx, program, begins, ends)
    names = {row.id: rubric.read(row.body).name for row in await definitions.achievements(tx, program, retired=True)}
    return Summary(
        month,
        handed_in=steps.get("submit", 0),
        accepted=steps.get("accept", 0),
        asked_back=steps.get("ask", 0),
        not_taken_in=steps.get("reject", 0),
        taken_back=steps.get("retract", 0),
        waiting=await stored.waiting_at(tx, program, ends),
        days=round(median(waits), 1) if waits else None,
        badges={names[own]: count for own, count in awarded.items() if own in names},
    )


async def busy(tx: Tx) -> list[UUID]:
    """The programs that are told how a month was: those approved that have handed something in."""
    return await stored.busy(tx)


def as_csv(months: list[Summary]) -> str:
    """Months as a table, one a row."""
    header = (
        "Month",
        "Handed in",
        "Accepted",
        "Asked back",
        "Not taken in",
        "Taken back",
        "Waiting at its end",
        "Median days",
    )
    rows = (
        (
            f"{summary.month:%Y-%m}",
            summary.handed_in,
            summary.accepted,
            summary.asked_back,
            summary.not_taken_in,
            summary.taken_back,
            summary.waiting,
            summary.days,
        )
        for summary in months
    )
    return csv_text([header, *rows])
