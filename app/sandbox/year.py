"""The sample school year: its dates, its sessions, and the one school week in which the sandbox's days pass."""

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

BEGINS = date(2026, 8, 24)
ENDS = date(2027, 6, 11)
DAY_ONE = date(2026, 11, 16)
LAST_DAY = 5
FORMER_MOVE = date(2026, 10, 19)
"""The first day at the new school of those who moved before day one."""

SETTLED = "2026-08-17T06:00:00.000Z"
"""When the year itself was set up: its sessions, courses and classes."""


class Session(Struct, frozen=True):
    """A OneRoster academic session. `ends` is its last day."""

    key: str
    title: str
    type: Literal["schoolYear", "semester", "gradingPeriod"]
    begins: date
    ends: date
    parent: str | None = None


SESSIONS = (
    Session("year-2027", "School Year 2026-2027", "schoolYear", BEGINS, ENDS),
    Session("sem-1", "Fall Semester", "semester", BEGINS, date(2027, 1, 15), "year-2027"),
    Session("sem-2", "Spring Semester", "semester", date(2027, 1, 19), ENDS, "year-2027"),
    Session("gp-1", "Quarter 1", "gradingPeriod", BEGINS, date(2026, 10, 23), "sem-1"),
    Session("gp-2", "Quarter 2", "gradingPeriod", date(2026, 10, 26), date(2027, 1, 15), "sem-1"),
    Session("gp-3", "Quarter 3", "gradingPeriod", date(2027, 1, 19), date(2027, 3, 26), "sem-2"),
    Session("gp-4", "Quarter 4", "gradingPeriod", date(2027, 3, 29), ENDS, "sem-2"),
)
SCHOOL_YEAR = "2027"
"""OneRoster names a school year by the year in which it ends."""


def date_of(day: int) -> date:
    """The calendar date of the sandbox's day `day`, counted from 1."""
    return DAY_ONE + timedelta(days=day - 1)


def settled(chance: int) -> str:
    """When something that does not change in the sample week was last modified: some day of the months before."""
    return _BEFORE[chance % len(_BEFORE)]


def stamp(day: date) -> str:
    """The moment at which the systems take over what changed on `day`, as they write it."""
    return f"{day.isoformat()}T05:30:00.000Z"


_BEFORE = tuple(stamp(date(2026, 8, 17) + timedelta(days=n)) for n in range(90))
