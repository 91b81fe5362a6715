"""A source's calendar: at what time of the district's day it is pulled, when it is left alone, when its year turns."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.errors import ConfigError
from schemas.records import share_defaults

ALL_DAYS = (1, 2, 3, 4, 5, 6, 7)


class Window(msgspec.Struct, frozen=True):
    """From a time of day until another, which may be on the next day. The end is not part of it."""

    begins: time
    ends: time

    def has(self, moment: time) -> bool:
        """Whether a time of day is in it."""
        if self.begins <= self.ends:
            return self.begins <= moment < self.ends
        return moment >= self.begins or moment < self.ends


class Rollover(msgspec.Struct, frozen=True):
    """The days, both included, between which the school year turns: what a listing lacks then ends nothing."""

    begins: date
    ends: date


class Calendar(msgspec.Struct, frozen=True, omit_defaults=True):
    """Times of day are the time zone's own; weekdays are 1 (Monday) to 7 (ISO 8601)."""

    timezone: str = "UTC"
    at: tuple[time, ...] = ()
    weekdays: tuple[int, ...] = ALL_DAYS
    blackout: tuple[Window, ...] = ()
    rollover: Rollover | None = None

    def __post_init__(self) -> None:
        """See `share_defaults`."""
        share_defaults(self)

    def turning(self, now: datetime) -> bool:
        """Whether the school year is turning."""
        today = now.astimezone(ZoneInfo(self.timezone)).date()
        return self.rollover is not None and self.rollover.begins <= today <= self.rollover.ends


def calendar_of(stored: dict[str, Any] | None) -> Calendar | None:
    """A stored calendar. ConfigError where it is none."""
    if stored is None:
        return None
    try:
        calendar = msgspec.convert(stored, Calendar)
        ZoneInfo(calendar.timezone)
    except (msgspec.ValidationError, ZoneInfoNotFoundError, ValueError) as why:
        raise ConfigError(
            f"the calendar cannot be read: {why} (times like 02:30:00, a time zone like America/New_York)"
        ) from None
    if not calendar.weekdays or set(calendar.weekdays) - set(ALL_DAYS):
        raise ConfigError(f"the calendar's weekdays are {list(calendar.weekdays)}: give some of 1 (Monday) to 7")
    if any(window.begins == window.ends for window in calendar.blackout):
        raise ConfigError("a blackout begins and ends at the same time of day: pause the source to leave it alone")
    windows = calendar.blackout
    if windows and all(any(other.has(window.ends) for other in windows) for window in windows):
        raise ConfigError("the blackouts leave no time of the day: pause the source to leave it alone")
    if calendar.rollover is not None and calendar.rollover.ends < calendar.rollover.begins:
        raise ConfigError("the rollover ends before it begins")
    return calendar


def next_due(
    due_at: datetime, every_minutes: int | None, now: datetime, calendar: Calendar | None = None
) -> datetime | None:
    """When a source is due after now: at its calendar's next time, else in step with when it was due; or never.

    A time that falls into a blackout waits for its end.
    """
    planned = at_time(calendar, now) if calendar is not None and calendar.at else _in_step(due_at, every_minutes, now)
    return planned if planned is None or calendar is None else _after_blackout(calendar, planned)


def at_time(calendar: Calendar, now: datetime) -> datetime:
    """The first of the calendar's times after now. A time that a change of clocks leaves out is an hour later."""
    zone = ZoneInfo(calendar.timezone)
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=ahead) for ahead in range(9)]
    moments = [
        datetime.combine(day, moment, zone).astimezone(UTC)
        for day in days
        if day.isoweekday() in calendar.weekdays
        for moment in calendar.at
    ]
    return min(moment for moment in moments if moment > now)


def _in_step(due_at: datetime, every_minutes: int | None, now: datetime) -> datetime | None:
    if every_minutes is None:
        return None
    every = timedelta(minutes=every_minutes)
    return due_at + every * max(1, (now - due_at) // every + 1)


def _after_blackout(calendar: Calendar, planned: datetime) -> datetime:
    zone = ZoneInfo(calendar.timezone)
    for _ in range(len(calendar.blackout) + 1):  # the end of one may be in another
        local = planned.astimezone(zone)
        window = next((window for window in calendar.blackout if window.has(local.time())), None)
        if window is None:
            break
        day = local.date() if local.time() < window.ends else local.date() + timedelta(days=1)
        planned = datetime.combine(day, window.ends, zone).astimezone(UTC)
    return planned
