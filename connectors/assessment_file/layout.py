"""A layout says in TOML what the columns of one vendor's file mean; this is its typed form."""

import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from connectors.assessment_file.shorthand import written_out
from connectors.errors import ConfigError
from schemas.codes import IdentifierType, Method, ScoreStatus, SessionType

Reading = Literal["text", "number", "day", "moment", "flag", "method", "status"]

_METHODS: tuple[str, ...] = get_args(Method)
_STATUSES: tuple[str, ...] = get_args(ScoreStatus)


class Table(BaseModel):
    """A table of a layout file: an unknown entry is a mistake, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Coded(Table):
    """A column whose cells are codes, translated by a table of `[codes]`. A code not in the table is an error."""

    column: str
    codes: str


class Fixed(Table):
    """A value the layout itself knows, whatever the row says."""

    fixed: str | bool | float


class Threshold(Table):
    """A column of numbers that says yes from a value on: passed at 8 of 10."""

    column: str
    at_least: float


class Bounded(Table):
    """A column of numbers between two ends. One outside is an error: it is on another scale, or mistyped."""

    column: str
    least: float
    most: float


Source = str | Coded | Threshold | Bounded | Fixed
"""Where a value comes from: a column by its name, a column that is read in a way of its own, or a fixed value."""


READINGS: dict[str, Reading] = {
    "title": "text",
    "subject": "text",
    "score": "number",
    "text_score": "text",
    "narrative": "text",
    "minimum": "number",
    "maximum": "number",
    "unit": "text",
    "level": "text",
    "standard_error": "number",
    "percentile": "number",
    "passed": "flag",
    "method": "method",
    "status": "status",
    "scored_on": "day",
    "scored_at": "moment",
    "withdrawn": "flag",
    "objective_name": "text",
    "objective_code": "text",
    "objective_framework": "text",
    "objective_url": "text",
}
"""How the cells of each target of a result are read."""


class IdentifierColumn(Table):
    """A column that identifies the person; `issuer` where another authority than the source's own gave it."""

    type: IdentifierType
    column: str
    issuer: str | None = None


class PersonColumns(Table):
    """Who was tested. The first identifier that a row has is the person's key: list the strongest first."""

    identifiers: tuple[IdentifierColumn, ...] = Field(min_length=1)
    given: str | None = None
    family: str | None = None
    middle: str | None = None
    email: str | None = None
    birth_date: str | None = None
    grade: str | Coded | None = None


class OrgColumns(Table):
    """A school or district: known by its `id` where the row has one, else by its name."""

    name: str
    id: str | None = None


class SessionColumns(Table):
    """The term or year of the test; its title is the cells of `title`, joined by a space."""

    title: tuple[str, ...] = Field(min_length=1)
    type: SessionType
    school_year: str | None = None
    begins: str | None = None
    ends: str | None = None


class ItemColumns(Table):
    """The test itself. Rows alike in `key` (columns) are results of the same test."""

    title: Source
    category: Source | None = None
    key: tuple[str, ...] = ()


class Common(Table):
    """What every result of a row shares: see `schemas.gradebook.Result` for the meaning of each."""

    title: Source | None = None
    subject: Source | None = None
    score: Source | None = None
    text_score: Source | None = None
    narrative: Source | None = None
    minimum: Source | None = None
    maximum: Source | None = None
    unit: Source | None = None
    level: Source | None = None
    standard_error: Source | None = None
    percentile: Source | None = None
    passed: Source | None = None
    method: Source | None = None
    status: Source | None = None
    scored_on: Source | None = None
    scored_at: Source | None = None
    withdrawn: Source | None = None
    objective_name: Source | None = None
    objective_code: Source | None = None
    objective_framework: Source | None = None
    objective_url: Source | None = None

    def targets(self) -> Iterator[tuple[str, Reading, Source]]:
        """Every target that has a source, and how it is read."""
        for target, reading in READINGS.items():
            source = getattr(self, target)
            if source is not None:
                yield target, reading, source


class When(Table):
    """Rows of one kind: those whose column has one of these cells. A cell that no result is for is an error."""

    column: str
    cells: tuple[str, ...] = Field(min_length=1, alias="is")


class ResultColumns(Common):
    """One result of a row: the whole test, or a domain, goal or standard of it; of all rows, or of some (`when`).

    `key` names the columns that tell this result from others (the layout's own key where absent); `suffix` tells
    the results of one row apart. `keep` are columns that say more about it, kept as they are in its extensions.
    """

    key: tuple[str, ...] | None = None
    suffix: str = ""
    when: When | None = None
    keep: tuple[str, ...] = ()


class Layout(Table):
    """One file format of one vendor."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    title: str
    key: tuple[str, ...] = Field(min_length=1)
    signature: tuple[str, ...] = Field(min_length=1)
    dates: tuple[str, ...] = ("iso",)
    blank: tuple[str, ...] = ()
    ranges: dict[str, tuple[str, ...]] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    codes: dict[str, dict[str, str | bool | float]] = {}
    person: PersonColumns
    school: OrgColumns | None = None
    district: OrgColumns | None = None
    session: SessionColumns | None = None
    item: ItemColumns
    common: Common = Common()
    results: tuple[ResultColumns, ...] = Field(min_length=1)
    ignore: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _unroll(cls, data: Any) -> Any:
        return written_out(data)

    @field_validator("dates")
    @classmethod
    def _one_order_of_day_and_month(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        if any(f.startswith("%m") for f in formats) and any(f.startswith("%d") for f in formats):
            raise ValueError("dates may be month first or day first, not both: 03/04 would have two meanings")
        for form in formats:
            if form != "iso" and date(2001, 12, 31).strftime(form) == form:
                raise ValueError(f"'{form}' is neither 'iso' nor a date format like '%m/%d/%Y'")
        return formats

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for _, source in self._sources():
            if isinstance(source, Coded) and source.codes not in self.codes:
                raise ValueError(f"column '{source.column}' uses [codes.{source.codes}], which is not there")
        for result in (self.common, *self.results):
            for target, reading, source in result.targets():
                self._suits(target, reading, source)
        for target, source in self._titles():
            self._suits(target, "text", source)
        if loose := sorted(column for column in self.columns | self.ignored if "{" in column):
            raise ValueError(f"'{loose[0]}' names a range that [ranges] does not have")
        if both := self.columns & self.ignored:
            raise ValueError(f"both mapped and ignored: {', '.join(sorted(both))}")
        return self

    def _suits(self, target: str, reading: Reading, source: Source) -> None:
        match source:
            case Fixed():
                values: list[Any] = [source.fixed]
            case Coded():
                values = list(self.codes[source.codes].values())
            case Threshold() | Bounded():
                wanted = "flag" if isinstance(source, Threshold) else "number"
                if reading != wanted:
                    raise ValueError(f"'{target}' is read as {reading}, and column '{source.column}' gives a {wanted}")
                return
            case _ if reading in ("flag", "method", "status"):
                raise ValueError(f"'{target}' needs codes or a fixed value: no cell says it in our words")
            case _:
                return
        for value in values:
            if not _suitable(reading, value):
                raise ValueError(f"'{target}' cannot be {value!r}: it is read as {reading}")

    def _sources(self) -> Iterator[tuple[str, Source]]:
        for result in (self.common, *self.results):
            for target, _, source in result.targets():
                yield target, source
        yield from self._titles()

    def _titles(self) -> Iterator[tuple[str, Source]]:
        yield "title", self.item.title
        if self.item.category is not None:
            yield "category", self.item.category
        if self.person.grade is not None:
            yield "grade", self.person.grade

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column that a record is made of."""
        found = {*self.key, *self.item.key}
        found.update(
            source if isinstance(source, str) else source.column
            for _, source in self._sources()
            if not isinstance(source, Fixed)
        )
        found.update(column for result in self.results for column in (*(result.key or ()), *result.keep))
        found.update(result.when.column for result in self.results if result.when)
        person = self.person
        found.update(identifier.column for identifier in person.identifiers)
        found.update(c for c in (person.given, person.family, person.middle, person.email, person.birth_date) if c)
        for org in (self.school, self.district):
            found.update(c for c in (org.name, org.id) if c) if org else None
        if self.session:
            dates = (self.session.school_year, self.session.begins, self.session.ends)
            found.update(self.session.title, (c for c in dates if c))
        return frozenset(found)

    @cached_property
    def ignored(self) -> frozenset[str]:
        """Every column known and not wanted, by the reasons of `[ignore]`."""
        return frozenset(column for columns in self.ignore.values() for column in columns)


def parse(text: str, name: str = "layout") -> Layout:
    """Read a layout from TOML. ConfigError names the entry at fault; `name` says whose file it is."""
    try:
        return Layout.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name} is not TOML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(f"{_place(fault['loc'])}{fault['msg']}" for fault in error.errors()[:5])
        raise ConfigError(f"{name}: {faults}") from None


def _place(loc: tuple[int | str, ...]) -> str:
    return f"{'.'.join(str(step) for step in loc)}: " if loc else ""


def _suitable(reading: Reading, value: Any) -> bool:
    match reading:
        case "flag":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "method":
            return value in _METHODS
        case "status":
            return value in _STATUSES
        case "text":
            return isinstance(value, str) and value != ""
        case _:
            return False  # a day or moment is never fixed
