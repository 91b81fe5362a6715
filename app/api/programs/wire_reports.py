"""What is told of programs in numbers, as the API writes it."""

from datetime import date

from pydantic import Field

from app.api.kit.wire_base import Wire


class ProgramMonth(Wire):
    """A month of a program, counted in UTC: submissions by what happened to them in it."""

    month: date = Field(description="its first day", examples=["2026-10-01"])
    handed_in: int
    accepted: int
    asked_back: int
    not_taken_in: int
    taken_back: int
    waiting: int = Field(description="those that waited for the district at its end")
    days: float | None = Field(
        None, description="days from handing in to the decision, the median; absent: none was decided"
    )
    badges: dict[str, int] = Field(description="how often each badge was awarded, by its name")


class ParticipationCount(Wire):
    """A school or a group; what is null is not shown, for it, or another one by it, would be fewer than ten."""

    name: str | None = Field(None, description="null: all of them")
    learners: int | None = None
    taking_part: int | None = Field(None, description="whose work was handed in by a program")
    recognized: int | None = Field(None, description="of whom the district accepted some of it")
    at_work: int | None = Field(None, description="of whom it accepted something done at work, or in an internship")


class ParticipationReport(Wire):
    """Who takes part out of school and who is recognized, over a school year."""

    year: int = Field(description="the year in which the school year begins", examples=[2026])
    until: date = Field(description="counted until the day before")
    fewest: int = Field(description="the smallest count that is shown")
    tables: dict[str, list[ParticipationCount]] = Field(
        description="by `school`, `grades`, `sex` and `race`; all of them last"
    )


class SchoolReach(Wire):
    """A school, and how much its learners can take part in."""

    school: str
    offers: int = Field(description="that are not online; 0: there is no program within reach")
    free: int
    with_transport: int
    online: int


class ReachReport(Wire):
    """Schools by what is within reach, those with the least first."""

    schools: list[SchoolReach]
    unplaced: list[str] = Field(description="titles of offers that say of no school that its learners get there")
