"""The rollover report: a source's roster of the new school year laid beside the one of the old year."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

import msgspec

from app.db import Tx
from app.db.rosters import rollover as stored
from app.db.rosters.rollover import ToldRow
from app.errors import Conflict, NotFound
from app.rosters.moves import SUMMER, Move, Standing, Student, ToldPerson, name_of, standing_of
from app.sources import known
from app.sources.calendar import Calendar, calendar_of

decode = msgspec.json.Decoder(ToldPerson).decode

LearnerKey = tuple[str, str]
"""A learner's id, or the key of a person who is nobody's yet."""


@dataclass(frozen=True, slots=True)
class GradeCounts:
    """What became of the students of a grade of a school; `changed_school`: of them, at another school than before."""

    school: str | None
    grade: str | None
    moves: Mapping[Move, int]
    changed_school: int


@dataclass(frozen=True)
class RolloverReport:
    """Two years side by side.

    `listed_at`: when people were last listed in full; None, or before the year began to turn: the new year has not come
    yet. `known_before`: whether anything was known of the old year.
    """

    begins: date
    ends: date
    turning: bool
    listed_at: datetime | None
    listed: bool
    known_before: bool
    students: Sequence[Student]
    schools: Mapping[str, str]

    @cached_property
    def totals(self) -> GradeCounts:
        """The counts of all."""
        return counts(None, None, self.students)

    @cached_property
    def grades(self) -> list[GradeCounts]:
        """The counts by school and grade, in the order of schools' names."""
        groups: dict[tuple[str | None, str | None], list[Student]] = defaultdict(list)
        for student in self.students:
            groups[student.standing.school, student.standing.grade].append(student)
        ordered = sorted(groups, key=lambda group: (self.school_name(group[0]) or "", group[0] or "", group[1] or ""))
        return [counts(school, grade, groups[school, grade]) for school, grade in ordered]

    def school_name(self, school: str | None) -> str | None:
        """What a school is called; its key where nobody told a name."""
        return None if school is None else self.schools.get(school, school)

    def chosen(
        self,
        *,
        move: Move | None = None,
        school: str | None = None,
        grade: str | None = None,
        changed_school: bool | None = None,
    ) -> list[Student]:
        """The students of a school and a grade who made that move, by name; what is left out chooses nothing.

        "" is no school, and no grade.
        """
        students = [
            student
            for student in self.students
            if (move is None or student.move == move)
            and (school is None or (student.standing.school or "") == school)
            and (grade is None or (student.standing.grade or "") == grade)
            and (changed_school is None or student.changed_school == changed_school)
        ]
        return sorted(students, key=lambda student: (student.name or "", student.key))


async def rollover(tx: Tx, source: int, now: datetime) -> RolloverReport:
    """What became of a source's students since its school year began to turn.

    NotFound where there is no such source, or none that says when its year turns; Conflict where it has not begun to.
    """
    row = await known.by_id(tx, source)
    calendar = calendar_of(row.calendar)
    if calendar is None or calendar.rollover is None:
        raise NotFound(
            f"'{row.slug}' does not say when its school year turns: give its calendar a rollover "
            f"(tessera source schedule {row.slug} --rollover 2027-06-15..2027-08-31)."
        )
    begins = beginning(calendar)
    if now < begins:
        raise Conflict(
            f"The school year of '{row.slug}' begins to turn on {calendar.rollover.begins}: come back then.",
            type="year-not-turning",
        )
    before = await stored.told_at(tx, source, begins)
    after = await stored.told_now(tx, source, now)
    listed_at = await stored.listed_at(tx, source)
    today = now.astimezone(ZoneInfo(calendar.timezone)).date()
    return RolloverReport(
        begins=calendar.rollover.begins,
        ends=calendar.rollover.ends,
        turning=calendar.turning(now),
        listed_at=listed_at,
        listed=listed_at is not None and listed_at >= begins,
        known_before=bool(before),
        students=laid_beside(before, after, calendar.rollover.begins, today),
        schools=await stored.org_names(tx, source),
    )


def beginning(calendar: Calendar) -> datetime:
    """The moment at which a calendar's year begins to turn."""
    assert calendar.rollover is not None
    zone = ZoneInfo(calendar.timezone)
    return datetime.combine(calendar.rollover.begins, time(), zone).astimezone(UTC)


def laid_beside(before: Iterable[ToldRow], after: Iterable[ToldRow], begins: date, today: date) -> list[Student]:
    """Each student of either roster, as one learner: who gets another key at the source neither leaves nor comes."""
    old = _standings(before, begins - SUMMER, begins)
    new = _standings(after, today, date.max)
    students = []
    for learner in {**old, **new}:
        row, name, standing_before = old.get(learner, (None, None, None))
        row_after, name_after, standing_after = new.get(learner, (None, None, None))
        if standing_before is None and standing_after is None:
            continue
        latest = row_after if standing_after is not None and row_after else row
        assert latest is not None
        students.append(
            Student(latest.person, latest.learner, name_after or name, before=standing_before, after=standing_after)
        )
    return students


def _standings(
    rows: Iterable[ToldRow], first: date, last: date
) -> dict[LearnerKey, tuple[ToldRow, str | None, Standing | None]]:
    """Each learner's first row, name, and standing (None: no student)."""
    by_learner: dict[LearnerKey, list[ToldRow]] = defaultdict(list)
    for row in rows:
        by_learner[("learner", str(row.learner)) if row.learner else ("person", row.person)].append(row)
    standings = {}
    for learner, own in by_learner.items():
        statements = [decode(row.body) for row in own]
        standings[learner] = (own[0], name_of(statements), standing_of(statements, first, last))
    return standings


def counts(school: str | None, grade: str | None, students: Iterable[Student]) -> GradeCounts:
    """What became of these students."""
    listed = list(students)
    moves = Counter(student.move for student in listed)
    return GradeCounts(school, grade, moves, sum(student.changed_school for student in listed))
