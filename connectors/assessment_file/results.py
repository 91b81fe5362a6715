"""What a row says of one result: the whole test, or a domain, goal or standard of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from connectors.assessment_file.cells import Row, condition, needed, read_of, spared
from connectors.assessment_file.columns import ItemColumns, SessionColumns
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.names import is_pattern
from connectors.assessment_file.reading import Read
from connectors.assessment_file.result_columns import ResultColumns, told_columns
from connectors.assessment_file.sources import Fixed, column_of
from connectors.assessment_file.surroundings import Surroundings, item, session, session_columns
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import AcademicSession, Alignment, AnyRecord, LineItem, Result

Cell = tuple[str, str, Read]  # the target, the column, how its text is read

STRICT = frozenset({"withdrawn"})
"""What must be understood: a result taken back must not stand because its word for that is new."""

_OBJECTIVE = {
    "objective_name": "name",
    "objective_code": "code",
    "objective_framework": "framework",
    "objective_url": "url",
}


def _tells(values: dict[str, Any]) -> bool:
    """Whether there is a value of which a result is made."""
    get = values.get
    return (
        get("score") is not None
        or get("level") is not None
        or get("text_score") is not None
        or get("passed") is not None
        or get("narrative") is not None
    )


@dataclass(frozen=True, slots=True)
class Context:
    """What the results of a row share: the learner, what it stands in, and the tests and terms that are its own."""

    person: str
    scene: Surroundings
    own: dict[str, AnyRecord]
    keys: dict[tuple[tuple[str, ...], tuple[str, ...]], str]

    def records(self) -> Iterable[AnyRecord]:
        """The tests and terms that single results have of their own."""
        return self.own.values()


@dataclass(frozen=True, slots=True)
class Plan:
    """How one result is read from a row. `columns` are all whose cells are in the result."""

    layout: str
    tidied: Callable[[str, str], str]
    applies: tuple[Callable[[Row], bool], ...]
    key: tuple[str, ...]
    tries: tuple[str, ...]
    suffix: str
    exists_with: tuple[str, ...]
    fixed: dict[str, Any]
    cells: tuple[Cell, ...]
    objective: dict[str, str]
    objective_cells: tuple[Cell, ...]
    has_objective: bool
    keep: tuple[str, ...]
    columns: frozenset[str]
    test: Callable[[Fields, Row, str | None], LineItem] | None
    term: Callable[[Fields, Row], AcademicSession | None] | None

    def is_of_its_kind(self, row: Row) -> bool:
        """Whether a row is of the kind that it is a result of."""
        return not self.applies or all(applies(row) for applies in self.applies)

    def result(self, f: Fields, row: Row, context: Context) -> Result | None:
        """The result a row says; None where none of its cells is a value: then they are kept with something else."""
        values, extensions = self._values(f, row)
        if not _tells(values) and not any(column in row for column in self.exists_with):
            return None
        test = self._test(f, row, context)
        if self.has_objective:
            objective = self._objective(f, row, extensions)
            values["alignments"] = (Alignment(**objective),)
            values.setdefault("title", objective.get("name"))
        else:
            values.setdefault("title", test.title)
        for column in self.keep:
            if column in row:
                extensions[column] = row[column]
        if extensions:
            values["extensions"] = extensions
        return Result(key=self._key(row, context), person=context.person, line_item=test.key, **values)

    def _values(self, f: Fields, row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
        values = self.fixed.copy()
        try:
            for target, column, read in self.cells:
                if column in row:
                    values[target] = read(row[column])
        except ValueError:
            values = self.fixed.copy()
        else:
            if None not in values.values():
                return values, {}
            values = self.fixed.copy()
        extensions: dict[str, Any] = {}
        odd: set[str] = set()
        for target, column, read in self.cells:
            if column in row:
                try:
                    value = read(row[column])
                    if value is None:
                        extensions[column] = row[column]
                    else:
                        values[target] = value
                except ValueError as why:
                    if target in STRICT:
                        raise f.wrong(column, row[column], str(why)) from None
                    spared(f, column, row[column], why)
                    extensions[column] = row[column]
                    odd.add(column)
        for target, column, _ in self.cells:
            if column in odd and target in values:
                del values[target]  # what is no score is nothing to pass by, either
        return values, extensions

    def _objective(self, f: Fields, row: Row, extensions: dict[str, Any]) -> dict[str, str]:
        objective = self.objective.copy()
        for target, column, read in self.objective_cells:
            if column in row:
                try:
                    objective[target] = read(row[column])
                except ValueError as why:
                    spared(f, column, row[column], why)
                    extensions[column] = row[column]
        if not objective:
            raise MappingError(f"field '{self.objective_cells[0][1]}' is blank, and its score needs it")
        return objective

    def _test(self, f: Fields, row: Row, context: Context) -> LineItem:
        if self.test is None and self.term is None:
            return context.scene.item
        term = self.term(f, row) if self.term else None
        if term is not None:
            context.own[f"session {term.key}"] = term
        in_term = term.key if term else context.scene.item.session
        if self.test is None:
            raise MappingError("a result with a `session` of its own needs an `item` of its own")
        test = self.test(f, row, in_term)
        context.own[f"item {test.key}"] = test
        return test

    def _key(self, row: Row, context: Context) -> str:
        known = context.keys.get((self.key, self.tries))
        if known is None:
            tidied = self.tidied
            parts = [self.layout, context.person, *[tidied(column, needed(row, column)) for column in self.key]]
            parts += [tidied(column, row.get(column, "")) for column in self.tries]
            known = context.keys[self.key, self.tries] = "|".join(parts)
        return known + self.suffix


class Plans:
    """The results of a layout, each compiled when a row first tells it: most files fill few of them."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._plans: dict[int, Plan] = {}
        self._by_column: dict[str, list[int]] = {}
        for number, result in enumerate(layout.results):
            for column in told_columns(result):
                self._by_column.setdefault(column, []).append(number)

    def __getitem__(self, number: int) -> Plan:
        plan = self._plans.get(number)
        if plan is None:
            plan = self._plans[number] = plan_of(self._layout, self._layout.results[number])
        return plan

    def told(self, row: Row) -> list[int]:
        """The results that a row tells, by their number in the layout."""
        telling = self._by_column
        numbers = {number for column in row if column in telling for number in telling[column]}
        return [number for number in sorted(numbers) if self[number].is_of_its_kind(row)]

    def kinds(self) -> dict[str, set[str]]:
        """The columns that tell what kind of row it is, with all they may say; none where a result is for every row."""
        kinds: dict[str, set[str]] = {}
        for result in self._layout.results:
            own = {when.column: when.cells for when in result.when if when.cells}
            if not own:
                return {}
            for column, cells in own.items():
                kinds.setdefault(column, set()).update(cells)
        return kinds


def plan_of(layout: Layout, result: ResultColumns) -> Plan:
    """Compile how one result of a layout is read."""
    own = {target: source for target, _, source in result.targets()}
    sources = {target: source for target, _, source in layout.common.targets()} | own
    fixed: dict[str, Any] = {}
    objective: dict[str, str] = {}
    cells: list[Cell] = []
    objective_cells: list[Cell] = []
    for target, source in sources.items():
        name = _OBJECTIVE.get(target)
        if isinstance(source, Fixed):
            if name:
                objective[name] = str(source.fixed)
            else:
                fixed[target] = source.fixed
        else:
            (objective_cells if name else cells).append((name or target, *read_of(layout, target, source)))
    identifying = {identifier.column for identifier in layout.person.identifiers}
    return Plan(
        layout=layout.name,
        tidied=layout.tidied,
        applies=tuple(condition(when) for when in result.when),
        key=tuple(column for column in result.key or layout.key if column not in identifying),
        tries=() if result.key else tuple(column for column in layout.tries if column not in layout.key),
        suffix=f"#{result.suffix}" if result.suffix else "",
        exists_with=result.exists_with,
        fixed=fixed,
        cells=tuple(cells),
        objective=objective,
        objective_cells=tuple(objective_cells),
        has_objective=bool(objective or objective_cells),
        keep=_kept_columns(result, cells),
        columns=frozenset((*(c for _, c, _ in (*cells, *objective_cells)), *_others(result))),
        test=item(layout, result.item) if result.item else None,
        term=session(layout, result.session) if result.session else None,
    )


def _kept_columns(result: ResultColumns, cells: Iterable[Cell]) -> tuple[str, ...]:
    """The columns that stay with a result as they are, with what says whether it is taken back."""
    plain = (column for column in result.keep if not is_pattern(column))
    return (*plain, *result.exists_with, *(column for target, column, _ in cells if target in STRICT))


def _others(result: ResultColumns) -> Iterable[str]:
    """The columns of a result besides its values: what it keeps, its key, its own test and term."""
    yield from (column for column in result.keep if not is_pattern(column))
    yield from result.exists_with
    yield from result.key or ()
    yield from _own_columns(result.item, result.session)


def _own_columns(test: ItemColumns | None, term: SessionColumns | None) -> Iterable[str]:
    if test is not None:
        yield from test.key
        yield from (c for c in (column_of(test.title), column_of(test.category)) if c)
    if term is not None:
        yield from (title for title in term.title if isinstance(title, str))
        yield from (column for column in session_columns(term) if column)
