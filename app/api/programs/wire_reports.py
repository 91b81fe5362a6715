"""What is told of programs in numbers, as the API writes it."""

from datetime import date

from pydantic import Field

from app.api.kit.wire_base import Wire


class MonthShown(Wire):
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
