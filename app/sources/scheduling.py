"""Scheduling: give a source its calendar, and say when it is due by it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from app.db import Tx
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.sources.calendar import calendar_of, next_due


async def set_rollover(tx: Tx, row: SourceRow, days: tuple[date, date] | None) -> SourceRow:
    """Say between which days, both included, a source's school year turns, and keep the rest of its calendar.

    ConfigError where the last day is before the first.
    """
    calendar = {**(row.calendar or {"timezone": "UTC"})}
    calendar.pop("rollover", None)
    if days is not None:
        calendar["rollover"] = {"begins": days[0].isoformat(), "ends": days[1].isoformat()}
    calendar_of(calendar)
    changed = replace(row, calendar=calendar if calendar.keys() - {"timezone", "weekdays"} else None)
    await sources.update(tx, changed)
    return changed


async def set_calendar(tx: Tx, row: SourceRow, calendar: dict[str, Any] | None) -> SourceRow:
    """Store a source's calendar, and plan it by that. ConfigError where it makes no sense."""
    changed = replace(row, calendar=calendar, due_at=first_due(row.every_minutes, calendar, datetime.now(UTC)))
    await sources.update(tx, changed)
    return changed


def first_due(every_minutes: int | None, calendar: dict[str, Any] | None, now: datetime) -> datetime | None:
    """When a source is due first: at once, or at its calendar's next time; never, where it has no schedule."""
    times = calendar_of(calendar)
    if times is not None and times.at:
        return next_due(now, every_minutes, now, times)
    return None if every_minutes is None else now
