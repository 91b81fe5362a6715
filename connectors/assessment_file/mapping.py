"""A layout is compiled into a mapping function once; after that a row costs little more than its filled cells."""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Any

from connectors import Map
from connectors.assessment_file.cells import Row, condition, needed
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.names import Columns, is_pattern, plain
from connectors.assessment_file.people import people, undresser
from connectors.assessment_file.results import Context, Plans
from connectors.assessment_file.surroundings import Surroundings, surroundings
from connectors.fields import Fields
from schemas import AnyRecord, Record, Result


def mapping(layout: Layout) -> Map:
    """Compile the pure function that says a row of this layout in canonical records.

    Every cell that it takes is in a record: what no result, name or date is made of stays with the row's first result,
    or with the learner where the row has none.
    """
    columns, clean = layout.columns, _cleaner(layout)
    around, person = surroundings(layout), people(layout)
    plans = Plans(layout)
    kinds, unwanted = plans.kinds(), [condition(rule) for rule in layout.skip]
    rest = _rest(layout, plans)

    def records(f: Fields) -> Iterable[AnyRecord]:
        row = clean(f, f.cells(columns, layout.packed))
        if any(applies(row) for applies in unwanted):
            f.passed_over += len(row)
            return
        for column, known in kinds.items():
            if (cell := needed(row, column)) not in known:
                raise f.wrong(column, cell, f"is what no result is for (`when` knows {', '.join(sorted(known))})")
        scene = around(f, row)
        learner = person(f, row, scene.school)
        context = Context(learner.key, scene, {}, {})
        results = {
            number: result
            for number in plans.told(row)
            if (result := plans[number].result(f, row, context)) is not None
        }
        rest(row, scene, learner, results)
        yield from results.values()
        yield learner
        yield from scene.records
        yield from context.records()

    return records


def _cleaner(layout: Layout) -> Callable[[Fields, Row], Row]:
    """A function that takes out the words that say nothing, and undresses identifiers."""
    blank = frozenset(layout.blank)
    blanks = {plain(column): frozenset(words) for column, words in layout.blanks.items()}
    undress = undresser(layout)

    def clean(f: Fields, row: Row) -> Row:
        before = len(row)
        if blank and not blank.isdisjoint(row.values()):
            row = {column: cell for column, cell in row.items() if cell not in blank}
        if blanks:
            row = {column: cell for column, cell in row.items() if cell not in blanks.get(plain(column), ())}
        f.passed_over += before - len(row)
        return undress(f, row)

    return clean


Rest = Callable[[Row, Surroundings, Record, dict[int, Result]], None]


def _rest(layout: Layout, plans: Plans) -> Rest:
    """What keeps the cells that no record is made of, with the record they are nearest to."""
    always = frozenset((*(identifier.column for identifier in layout.person.identifiers), *layout.item.key))
    keys = frozenset((*layout.key, *layout.tries))
    patterns = [
        (number, entry) for number, result in enumerate(layout.results) for entry in result.keep if is_pattern(entry)
    ]
    takes = _takers(patterns)

    @lru_cache(maxsize=1024)
    def consumed(parts: tuple[Any, ...]) -> frozenset[str]:
        scene, numbers = parts
        return always.union(scene, keys if numbers else (), *(plans[number].columns for number in numbers))

    def keep(row: Row, scene: Surroundings, learner: Record, results: dict[int, Result]) -> None:
        taken = consumed((scene.columns, tuple(results)))
        if row.keys() <= taken:
            return
        first: Record = next(iter(results.values()), learner)
        for column, cell in row.items():
            if column not in taken:
                target = results.get(takes(column), first) if patterns else first
                target.extensions[column] = cell

    return keep


def _takers(patterns: list[tuple[int, str]]) -> Callable[[str], int]:
    """Which result's `keep` takes a column by a pattern; -1 where none does."""
    sets = [(number, Columns.of((), (entry,))) for number, entry in patterns]

    @cache
    def taker(column: str) -> int:
        return next((number for number, columns in sets if column in columns), -1)

    return taker
