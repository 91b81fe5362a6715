"""Where a value of a layout comes from: a fixed value, or a column and how its cells are read."""

import re
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.dates import is_form

Reading = Literal["text", "number", "day", "moment", "flag", "method", "status"]


class Table(BaseModel):
    """A table of a layout file: an unknown entry is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Fixed(Table):
    """A value the layout itself knows, whatever the row says."""

    fixed: str | bool | float = Field(description="the value")


class Cell(Table):
    """A column whose cells are read in a way of their own."""

    column: str = Field(description="the column's name")
    codes: str | None = Field(None, description="the table of [codes] that translates its cells")
    least: float | None = Field(None, description="the least number it may be: a lower one is on another scale")
    most: float | None = Field(None, description="the greatest number it may be")
    at_least: float | None = Field(None, description="yes from this number on: passed at 8 of 10")
    part: tuple[int, int] | None = Field(None, description="from which character to which, the first being 1")
    split: str | None = Field(None, min_length=1, description="what stands between the values packed in one cell")
    packed: int | None = Field(None, ge=1, description="of how many characters each value is that the cell packs")
    of: int | None = Field(None, ge=1, description="how many values the cell packs at the least: a shorter one is told")
    take: int = Field(1, description="which of the split or packed values, the first being 1; -1 is the last split one")
    match: str | None = Field(None, description="a regular expression; its first group is the value")
    units: tuple[str, ...] = Field((), description="words after or before the number that are no part of it: 'mins'")
    percent: bool = Field(False, description="the number may carry a percent sign")
    thousands: Literal[",", ".", " ", "'"] | None = Field(None, description="the sign between thousands")
    dates: tuple[str, ...] = Field((), description="how this column writes dates, where not as the layout says")
    upper: bool = Field(False, description="codes are compared in capitals")

    @field_validator("match")
    @classmethod
    def _expression(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                groups = re.compile(text).groups
            except re.error as error:
                raise ValueError(f"match: {text!r} is no regular expression: {error}") from None
            if groups < 1:
                raise ValueError(f"match: {text!r} needs a group in parentheses: the value")
        return text

    @field_validator("part")
    @classmethod
    def _forward(cls, part: tuple[int, int] | None) -> tuple[int, int] | None:
        if part is not None and not 1 <= part[0] <= part[1]:
            raise ValueError(f"part: from {part[0]} to {part[1]} is no range of characters (the first is 1)")
        return part

    @field_validator("dates")
    @classmethod
    def _forms(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return one_order(formats)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.take == 0:
            raise ValueError("take: the first value is 1, the last -1")
        if self.of is not None and self.packed is None:
            raise ValueError(f"column '{self.column}': `of` says how many values are `packed`, which is not given")
        if self.packed is not None and (self.split is not None or self.part is not None or self.take < 1):
            raise ValueError(f"column '{self.column}': `packed` goes with `take` from 1 on, without `split` and `part`")
        if (self.least is None) != (self.most is None):
            raise ValueError(f"column '{self.column}': `least` and `most` go together")
        if sum((self.codes is not None, self.at_least is not None, self.least is not None)) > 1:
            raise ValueError(f"column '{self.column}': give one of `codes`, `at_least`, and `least` with `most`")
        return self

    @property
    def gives(self) -> Reading | None:
        """What it gives whatever the target is; None where that is the target's business."""
        return "flag" if self.at_least is not None else "number" if self.least is not None else None


Source = str | Cell | Fixed
"""A column by its name, a column that is read in a way of its own, or a fixed value."""


def column_of(source: Source | None) -> str | None:
    """The column a source reads; None where it reads none."""
    return None if source is None or isinstance(source, Fixed) else source if isinstance(source, str) else source.column


def one_order(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Date formats, none of which contradicts another. ValueError where 03/04 would have two meanings."""
    for form in formats:
        if not is_form(form):
            raise ValueError(f"'{form}' is neither 'iso' nor a date format like '%m/%d/%Y'")
    if any(f.startswith("%m") for f in formats) and any(f.startswith("%d") and "%m" in f for f in formats):
        raise ValueError("dates may be month first or day first, not both: 03/04 would have two meanings")
    return formats


class Condition(Table):
    """What a row is: what a column says (`is`), does not say (`not`), matches, or whether it is filled at all."""

    column: str
    cells: tuple[str, ...] = Field((), alias="is", description="the cell is one of these")
    others: tuple[str, ...] = Field((), alias="not", description="the cell is none of these")
    matches: str | None = Field(None, description="a regular expression that the whole cell matches")
    filled: bool | None = Field(None, description="true: the cell is filled; false: it is blank")

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        rules = (bool(self.cells), bool(self.others), self.matches is not None, self.filled is not None)
        if sum(rules) != 1:
            raise ValueError(f"column '{self.column}': give one of `is`, `not`, `matches` and `filled`, not blank")
        if self.matches is not None:
            try:
                re.compile(self.matches)
            except re.error as error:
                raise ValueError(f"matches: {self.matches!r} is no regular expression: {error}") from None
        return self


def several(value: Any) -> Any:
    """One table, or a list of them, as a list."""
    return [value] if isinstance(value, dict) else value
