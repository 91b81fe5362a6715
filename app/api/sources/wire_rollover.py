"""The rollover report on the wire."""

import datetime as dt
from uuid import UUID

from pydantic import Field

from app.api.kit.wire_base import Wire
from app.rosters.moves import Move


class MoveCounts(Wire):
    """How many students made each move between two school years."""

    moved_up: int = Field(description="to the next grade")
    repeats: int = Field(description="in the same grade as before")
    ungraded: int = Field(description="here in both years, and a grade is not told, or is none that follows another")
    unexplained: int = Field(description="moved up several grades, or down")
    came: int = Field(description="not here before")
    left: int = Field(description="not here any more")
    changed_school: int = Field(description="of those here in both years: at another school than before")


class GradeMoves(Wire):
    """What became of the students of one grade of one school: the new one's or, of those who left, the old one's."""

    school: str | None = Field(description="the school's key at the source")
    school_name: str | None
    grade: str | None = Field(description="as CEDS has it (09, KG), where it is known to CEDS")
    counts: MoveCounts


class RolloverReport(Wire):
    """Two school years of a source, laid beside each other."""

    begins: dt.date = Field(description="the first day on which the year turns, as the source's calendar says")
    ends: dt.date = Field(description="the last one")
    turning: bool = Field(description="whether it still turns: who is not listed yet may still come")
    listed_at: dt.datetime | None = Field(description="when people were last listed in full")
    listed: bool = Field(description="false: no full listing has come since the year began to turn")
    known_before: bool = Field(description="false: nothing was known of the old year, so that all seem to have come")
    totals: MoveCounts
    grades: list[GradeMoves] = Field(description="by school and grade")


class Standing(Wire):
    """Where a student stands in a year's roster."""

    schools: list[str] = Field(description="keys of their schools, the primary one first")
    grade: str | None


class Student(Wire):
    """A student of one of the two years, or of both."""

    learner: UUID | None = Field(description="who they are here; null: their record is not made yet")
    key: str = Field(description="their key at the source")
    name: str | None
    move: Move
    steps: int | None = Field(description="by how many grades they moved up; less than 0: down; null: not told")
    changed_school: bool
    before: Standing | None
    after: Standing | None


class RolloverStudents(Wire):
    """Students of the report, by name."""

    total: int = Field(description="how many there are")
    students: list[Student]
