"""A layout says in TOML what the columns of one vendor's file mean; this is its typed form."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property, lru_cache
from typing import Any, Self, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from connectors.assessment_file.columns import ItemColumns, OrgColumns, PersonColumns, SessionColumns
from connectors.assessment_file.layout_files import shared_codes, with_base
from connectors.assessment_file.names import AGAIN, Columns, is_pattern, plain
from connectors.assessment_file.result_columns import Common, Conditions, ResultColumns, told_columns
from connectors.assessment_file.shorthand import written_out
from connectors.assessment_file.sources import Cell, Fixed, Reading, Source, Table, column_of, one_order
from connectors.dates import LATEST, Month, day_parser
from connectors.errors import ConfigError
from connectors.ids import undressed_or_same
from schemas.codes import Method, ScoreStatus

_METHODS: tuple[str, ...] = get_args(Method)
_STATUSES: tuple[str, ...] = get_args(ScoreStatus)


_CLOCK = re.compile(r"[ T](\d{1,2}):(\d\d)(?::[\d.]+)?(?:\s*([aApP])\.?[mM])?")


SCHOOL_YEAR = "(school year)"
"""What `tries` name where no column says the year, and the days of a row's results do: the reader adds the column."""


class Layout(Table):
    """One file format of one vendor."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    title: str
    vendor: str = ""
    years: str = ""
    key: tuple[str, ...] = Field(min_length=1)
    tries: tuple[str, ...] = ()
    signature: tuple[str, ...] = Field(min_length=1)
    header: int | None = Field(None, ge=1, le=50)
    positions: dict[str, tuple[int, int]] = {}
    width: int | None = Field(None, ge=1)
    says: dict[str, tuple[str, ...]] = {}
    dates: tuple[str, ...] = ("iso",)
    blank: tuple[str, ...] = ()
    blanks: dict[str, tuple[str, ...]] = {}
    words: dict[str, tuple[str, ...]] = {}
    skip: Conditions = ()
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
    keep: tuple[str, ...] = ()
    ignore: dict[str, tuple[str, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _unroll(cls, data: Any) -> Any:
        return written_out(with_base(data))

    @field_validator("dates")
    @classmethod
    def _one_order_of_day_and_month(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        return one_order(formats)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for _, source in self._sources():
            if isinstance(source, Cell) and source.codes is not None and not self.table(source.codes):
                raise ValueError(f"column '{source.column}' uses [codes.{source.codes}], which is not there")
        for result in (self.common, *self.results):
            for target, reading, source in result.targets():
                self._suits(target, reading, source)
        for target, source in self._texts():
            self._suits(target, "text", source)
        if loose := sorted(column for column in self._explicit | self._explicitly_ignored if "{" in column):
            raise ValueError(f"'{loose[0]}' names a range that [ranges] does not have")
        if both := self._explicit & self._explicitly_ignored:
            raise ValueError(f"both mapped and ignored: {', '.join(sorted(both))}")
        if any(result.session and not result.item for result in self.results):
            raise ValueError("a result with a `session` of its own needs an `item` of its own")
        alike = Counter((result.suffix, result.key) for result in self.results if not result.when)
        if twice := next((suffix or "(none)" for (suffix, _), times in alike.items() if times > 1), None):
            raise ValueError(f"two results have the suffix '{twice}': they would be one result of a row")
        self._placed()
        return self

    def _placed(self) -> None:
        for name, (begins, ends) in self.positions.items():
            if not 1 <= begins <= ends:
                raise ValueError(f"positions: '{name}' from {begins} to {ends} is no range (the first character is 1)")
        if self.says and not self.positions:
            raise ValueError("`says` tells files of fixed width apart: there are no [positions]")
        if self.positions and (absent := sorted(self.says.keys() - self.positions.keys())):
            raise ValueError(f"says: [positions] does not say where '{absent[0]}' stands")
        if self.positions and (absent := sorted(self._explicit - self.positions.keys())):
            raise ValueError(f"[positions] does not say where '{absent[0]}' stands")

    def table(self, name: str) -> dict[str, str | bool | float]:
        """A table of codes: the layout's own, or the one all layouts share; empty where there is none."""
        return self.codes.get(name) or shared_codes().get(name, {})

    def _suits(self, target: str, reading: Reading, source: Source) -> None:
        match source:
            case Fixed():
                values: list[Any] = [source.fixed]
            case Cell(codes=str(name)):
                values = list(self.table(name).values())
            case Cell() if source.gives is not None:
                if reading != source.gives:
                    raise ValueError(
                        f"'{target}' is read as {reading}, and column '{source.column}' gives a {source.gives}"
                    )
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
        yield from self._texts()
        if self.person.birth_date is not None:
            yield "birth_date", self.person.birth_date

    def _texts(self) -> Iterator[tuple[str, Source]]:
        for item in self.items():
            yield "title", item.title
            if item.category is not None:
                yield "category", item.category
        person = self.person
        for target in ("grade", "given", "family", "middle"):
            source = getattr(person, target)
            if source is not None:
                yield target, source

    def items(self) -> Iterator[ItemColumns]:
        """The tests of a row: the layout's own, and those of single results."""
        yield self.item
        yield from (result.item for result in self.results if result.item is not None)

    def sessions(self) -> Iterator[SessionColumns]:
        """The terms of a row: the layout's own, and those of single results."""
        if self.session is not None:
            yield self.session
        yield from (result.session for result in self.results if result.session is not None)

    @property
    def width_of_lines(self) -> int:
        """How wide a line of a file of fixed width is at the most."""
        return self.width or max(ends for _, ends in self.positions.values())

    @property
    def least_width(self) -> int:
        """How wide such a line is at the least: editors cut blanks off its end."""
        return max(self.positions[column][0] for column in (*self.key, *self.signature))

    @cached_property
    def told_by(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """Of each result the columns of which one must be filled for it to exist, and those of a key of its own."""
        pairs = ((told_columns(result), result.key or ()) for result in self.results)
        return tuple((values, key) for values, key in pairs if values)

    @cached_property
    def tidy(self) -> Callable[[str], str]:
        """A part of a key as all files of the layout agree on it: identifiers undressed, dates in ISO 8601."""
        return _tidy(self.dates, digits_alone=False)

    @cached_property
    def tidy_days(self) -> Mapping[str, Callable[[str], str]]:
        """Tidy columns that are read as days, of digits alone, too: `92024` is the month that `092024` is."""
        tidies = {}
        for result in (self.common, *self.results):
            for _, kind, source in result.targets():
                column = column_of(source) if kind == "day" and not isinstance(source, Fixed) else None
                if column is not None:
                    dates = source.dates if isinstance(source, Cell) and source.dates else self.dates
                    tidies[column] = _tidy(dates, digits_alone=True)
        return tidies

    def tidied(self, column: str, cell: str) -> str:
        """A cell of a column as a part of a key. A moment that tells two tries of a day apart keeps its time."""
        if column in self.tidy_days or column not in self.tries:
            return self.tidy_days.get(column, self.tidy)(cell)
        value = self.tidy(cell)
        return value if value == cell else value + _time(cell)

    @cached_property
    def packed(self) -> frozenset[str]:
        """Columns whose cells pack several values by position: the blanks at their beginning count."""
        return frozenset(
            source.column for _, source in self._sources() if isinstance(source, Cell) and source.packed is not None
        )

    @cached_property
    def _explicit(self) -> frozenset[str]:
        names: set[str | None] = {*self.key, *self.tries, *(column_of(source) for _, source in self._sources())}
        for item in self.items():
            names.update(item.key)
        for result in self.results:
            columns = (column for column in result.keep if not is_pattern(column))
            names.update((*(result.key or ()), *columns, *result.exists_with, *(when.column for when in result.when)))
        person = self.person
        names.update(identifier.column for identifier in person.identifiers)
        names.update((person.email, person.name.column if person.name else None))
        for org in (self.school, self.district):
            names.update((org.name, org.id) if org else ())
        for session in self.sessions():
            names.update((session.school_year, session.begins, session.ends))
            names.update(title for title in session.title if isinstance(title, str))
        names.update(condition.column for condition in self.skip)
        names.update(column for column in self.keep if not is_pattern(column))
        return frozenset(name for name in names if name is not None)

    @cached_property
    def _explicitly_ignored(self) -> frozenset[str]:
        return frozenset(name for names in self.ignore.values() for name in names if not is_pattern(name))

    @cached_property
    def columns(self) -> frozenset[str]:
        """Every column that a record is made of."""
        lists = (self.keep, *(result.keep for result in self.results))
        patterns = [column for columns in lists for column in columns if is_pattern(column)]
        return Columns.of(self._explicit, patterns, without=self.ignored) if patterns else self._explicit

    @cached_property
    def ignored(self) -> frozenset[str]:
        """Every column known and not wanted, by the reasons of `[ignore]`."""
        patterns = [name for names in self.ignore.values() for name in names if is_pattern(name)]
        names = self._explicitly_ignored
        return Columns.of(names, patterns, without=self._explicit) if patterns else names

    @cached_property
    def shapes(self) -> dict[str, str]:
        """Every column that the layout names, by its name as it is compared."""
        return {plain(column): column for column in sorted(self.named)}

    @cached_property
    def columns_of_alias(self) -> dict[str, tuple[str, ...]]:
        """Of each name that a column had in another year, as it is compared, the columns that it may mean."""
        columns: dict[str, dict[str, None]] = {}
        for column, aliases in self.aliases.items():
            for alias in aliases:
                columns.setdefault(plain(alias), {})[column] = None
        return {alias: tuple(meant) for alias, meant in columns.items()}

    @cached_property
    def needed(self) -> tuple[frozenset[str], ...]:
        """Of each column of the key and signature all its names, as they are compared: a header has one of each. Of a
        name that a header has twice (`Error (2)`), the header itself says `Error`.
        """
        columns = dict.fromkeys((*self.key, *self.signature))
        return tuple(
            frozenset(map(plain, (column, AGAIN.sub("", column), *self.aliases.get(column, ())))) for column in columns
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """All names of its columns, those of other years too, as they are compared."""
        return frozenset((*self.shapes, *(plain(alias) for aliases in self.aliases.values() for alias in aliases)))

    @cached_property
    def named(self) -> frozenset[str]:
        """Every column that the layout names, whatever it does with it."""
        return self._explicit | self._explicitly_ignored


def _time(cell: str) -> str:
    """The hour and minute of a moment, however it is written; nothing where it is midnight, as of days alone."""
    if (clock := _CLOCK.search(cell)) is None:
        return ""
    hour = int(clock[1])
    if clock[3]:
        hour = hour % 12 + (12 if clock[3] in "pP" else 0)
    return "" if (hour, clock[2]) == (0, "00") else f" {hour:02}:{clock[2]}"


@cache
def _tidy(dates: tuple[str, ...], *, digits_alone: bool) -> Callable[[str], str]:
    """Identifiers undressed, dates and months in ISO 8601; what is digits alone may be a number as well as a date."""
    parsed = day_parser(dates)

    @lru_cache(maxsize=16_384)
    def tidied(cell: str) -> str:
        plain = undressed_or_same(cell)
        if plain.isalnum() and not digits_alone:
            return plain
        day = parsed(plain, LATEST)
        if isinstance(day, Month):
            return f"{day.year}-{day.month:02}"
        return plain if day is None else day.isoformat()

    return tidied


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
