"""A row that says what several terms brought (`Fall 2023/2024 …`, `…_K_Beginning`), as a row of each of them.

The next file may have the columns of another term alone: as one row, it would take the place of what this one says.
"""

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from connectors import Page
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.names import Columns, is_pattern
from connectors.assessment_file.result_columns import ResultColumns, told_columns

_decode = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode


NAMED = 60
"""The longest text by which the terms of a file are named in its rows' keys; of more there is a hash."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term's part of a row: its own columns, by position, and all that a row of it has, with their names."""

    own: tuple[int, ...]
    positions: tuple[int, ...]
    columns: tuple[str, ...]


def by_term(pages: Iterator[Page], layout: Layout) -> Iterator[Page]:
    """Pages in which each row is of one term; those of a file whose columns name one at the most are as they were."""
    terms: tuple[Term, ...] | None = None
    for page in pages:
        if terms is None:
            terms = _terms(layout, page.columns or ())
        if len(terms) < 2:
            yield page
        else:
            yield from _split(page, terms)


def named_terms(layout: Layout, columns: Iterable[str]) -> str:
    """Which terms of their own a layout's results have that a file's columns tell, as a part of its rows' keys.

    Where the term is in the columns' names, it is in no cell of a key. "" where no result has one.
    """
    present = frozenset(columns)
    telling = {name for name, result in _in_terms(layout) if not present.isdisjoint(told_columns(result))}
    text = ", ".join(sorted(telling))
    return text if len(text) <= NAMED else hashlib.sha256(text.encode()).hexdigest()[:16]


def terms_of_columns(layout: Layout, columns: Iterable[str]) -> dict[str, set[str]]:
    """Of each column of a file that results in terms are made of, or keep, the terms whose they are."""
    by_name: dict[str, set[str]] = {}
    patterns: dict[str, dict[str, None]] = {}
    for name, result in _in_terms(layout):
        for column in result.columns():
            by_name.setdefault(column, set()).add(name)
        patterns.setdefault(name, {}).update(dict.fromkeys(entry for entry in result.keep if is_pattern(entry)))
    by_pattern = {name: Columns.of((), entries) for name, entries in patterns.items() if entries}
    whose = {}
    for column in columns:
        names = by_name.get(column) or {name for name, similar in by_pattern.items() if column in similar}
        if names:
            whose[column] = names
    return whose


def _in_terms(layout: Layout) -> Iterator[tuple[str, ResultColumns]]:
    """The results with the names of their terms, where some have a test and a term of their own; else none."""
    if any(result.item and result.session for result in layout.results):
        for result in layout.results:
            yield result.item.suffix if result.item and result.session else "", result


def _terms(layout: Layout, columns: Sequence[str]) -> tuple[Term, ...]:
    whose = terms_of_columns(layout, columns)
    names = dict.fromkeys(name for of_column in whose.values() if len(of_column) == 1 for name in of_column)
    terms = []
    for name in names:
        own = tuple(index for index, column in enumerate(columns) if whose.get(column) == {name})
        positions = tuple(
            index for index, column in enumerate(columns) if len(whose.get(column, ())) != 1 or index in own
        )
        terms.append(Term(own, positions, tuple(columns[index] for index in positions)))
    return tuple(terms)


def _split(page: Page, terms: Sequence[Term]) -> Iterator[Page]:
    """The rows without a cell of any term, whole, then each term's rows; the first page has what is to be told."""
    whole: list[bytes] = []
    whole_lines = array("Q")
    records: list[list[bytes]] = [[] for _ in terms]
    lines = [array("Q") for _ in terms]
    for index, body in enumerate(page.records):
        cells = _decode(body)
        line = page.lines[index] if page.lines else None
        named = [number for number, term in enumerate(terms) if any(cells[own] for own in term.own)]
        for number in named:
            records[number].append(_encode([cells[position] for position in terms[number].positions]))
            if line is not None:
                lines[number].append(line)
        if not named:
            whole.append(bytes(body))
            if line is not None:
                whole_lines.append(line)
    split = [replace(page, records=whole, lines=whole_lines)] if whole or not any(records) else []
    split += [
        replace(page, records=rows, lines=numbers, columns=term.columns)
        for term, rows, numbers in zip(terms, records, lines, strict=True)
        if rows
    ]
    yield split[0]
    yield from (replace(part, rejects=[], notes=[]) for part in split[1:])
