"""The district's report of who takes part out of school and who is recognized, over a school year, by school and group.

The year that runs is counted as it stood at the end of the last month, whatever was decided since: a report that
changed each day would tell of the one learner who came between two looks.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal, get_args
from uuid import UUID

from app.db import Tx
from app.db.programs import taking_part as stored
from app.db.programs.taking_part import LearnerRow
from app.db.records import learners
from app.errors import Invalid
from app.programs.equity import FEWEST, Count, Table, suppressed
from app.programs.spans import NOT_TOLD, SPANS, span_of
from app.spreadsheets import csv_text

Grouping = Literal["school", "grades", "sex", "race"]
GROUPINGS: tuple[Grouping, ...] = get_args(Grouping)
YEAR_BEGINS = 8
"""The month in which a school year begins."""
FIRST_YEAR = 2000
RACES = {
    "americanIndianOrAlaskaNative": "American Indian or Alaska Native",
    "asian": "Asian",
    "blackOrAfricanAmerican": "Black or African American",
    "nativeHawaiianOrOtherPacificIslander": "Native Hawaiian or Pacific Islander",
    "white": "White",
    "demographicRaceTwoOrMoreRaces": "Two or more races",
}
"""Races as rosters name them (OneRoster 1.2, demographics), in the words of the OMB's standards."""


@dataclass(frozen=True, slots=True)
class Participation:
    """A school year: its tables by what they group, until when it is counted, and how much is nobody's so far."""

    year: int
    until: date
    tables: Mapping[Grouping, Table]
    nobodys: int | None


def year_of(day: date) -> int:
    """The school year of a day, by the calendar year in which it begins."""
    return day.year if day.month >= YEAR_BEGINS else day.year - 1


def wanted_year(text: str, today: date) -> int:
    """A school year that somebody asks for; the running one where they ask for none. Invalid where it is none."""
    if not text:
        return year_of(today)
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:6]) <= year_of(today)):
        words = (
            f"'{text[:20]}' is no school year that has begun: give the year in which it begins, as {year_of(today)}."
        )
        raise Invalid(words, pointers={"/year": "a year"})
    return int(text)


async def participation(tx: Tx, year: int, today: date) -> Participation:
    """The report of a school year, until its end or the end of the last month."""
    until = min(date(year + 1, YEAR_BEGINS, 1), today.replace(day=1))
    begins, ends = (datetime.combine(day, time(), UTC) for day in (date(year, YEAR_BEGINS, 1), until))
    rows = await stored.learners(tx)
    taking = await stored.taking_part(tx, begins, ends)
    now = await learners.currents(tx, [learner for learner, *_ in taking])
    part, recognized, at_work = (
        {now.get(learner, learner) for learner, *of_theirs in taking if all(of_theirs[:level])} for level in range(3)
    )
    nobodys = await stored.nobodys(tx, begins, ends)
    counts = [_counted(rows, (part, recognized, at_work), NAMES[grouping]) for grouping in GROUPINGS]
    tables = dict(zip(GROUPINGS, suppressed(counts), strict=True))
    return Participation(year, until, tables, nobodys if nobodys >= FEWEST else None)


def as_csv(report: Participation, grouping: Grouping) -> str:
    """A table as a file; what is not shown stays empty."""
    header = [grouping.capitalize(), "Learners", "Taking part", "Recognized", "Recognized for work"]
    table = report.tables[grouping]
    rows = (
        [row.name or "All", row.learners, row.taking_part, row.recognized, row.at_work]
        for row in (*table.rows, table.total)
    )
    return csv_text([header, *rows])


def _counted(rows: Sequence[LearnerRow], among: Sequence[set[UUID]], name: Callable[[LearnerRow], str]) -> list[Count]:
    named = {row.id: name(row) for row in rows}
    every = Counter(named.values())
    parts = [Counter(named[learner] for learner in some if learner in named) for some in among]
    spans = [span for span, _ in SPANS]
    order = sorted(every, key=lambda group: (group == NOT_TOLD, spans.index(group) if group in spans else 0, group))
    return [Count(group, every[group], *(part[group] for part in parts)) for group in order]


def _race(row: LearnerRow) -> str:
    """One group each, as districts report it: who is Hispanic of any race, of several races, or of one (OMB 1997)."""
    if row.hispanic:
        return "Hispanic or Latino"
    if len(row.races) > 1:
        return "Two or more races"
    return RACES.get(row.races[0], row.races[0]) if row.races else NOT_TOLD


NAMES: dict[Grouping, Callable[[LearnerRow], str]] = {
    "school": lambda row: row.school or NOT_TOLD,
    "grades": lambda row: span_of(row.grade),
    "sex": lambda row: row.sex or NOT_TOLD,
    "race": _race,
}
"""What a learner is counted as, by what is grouped."""
