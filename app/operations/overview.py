"""How a district is doing: its sources, what waits for a person, and the thirty days behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.db import Tx
from app.db.identity.persons import Ref
from app.db.operations import overview as rows
from app.db.operations.overview import DayRow, NamedRow, WaitingRow
from app.db.pipeline.leaving import Alarm
from app.db.sources.sources import Condition, SourceRow
from app.sources import known

DAYS = 30


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the first page of a district tells."""

    sources: Sequence[tuple[SourceRow, Condition]]
    waiting: WaitingRow
    days: Sequence[DayRow]


async def overview(tx: Tx, now: datetime) -> Overview:
    """How the district is doing now."""
    first = now.date() - timedelta(days=DAYS - 1)
    sources = await known.with_conditions(tx)
    return Overview(sources, await rows.waiting(tx, now), every_day(await rows.by_day(tx, first), first))


def every_day(rows: Sequence[DayRow], first: date) -> list[DayRow]:
    """Every day from the first, also those on which nothing came in."""
    by_day = {row.day: row for row in rows}
    days = [first + timedelta(days=n) for n in range(DAYS)]
    return [by_day.get(day, DayRow(day, 0, 0, 0)) for day in days]


async def names_leaving(tx: Tx, source: int, alarm: Alarm, most: int) -> list[NamedRow]:
    """Who, or what, would vanish by what the guard shows: in words, and no more than so many."""
    return await rows.named(tx, source, alarm.stream, list(alarm.keys[:most]))


async def persons_of(tx: Tx, source: int, stream: str, keys: Sequence[str]) -> list[Ref]:
    """The persons of whom a source tells by these keys of what it sent: whoever sees that sees something of them."""
    return await rows.persons_of(tx, source, stream, keys)
