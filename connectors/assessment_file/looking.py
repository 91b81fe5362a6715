"""A file looked at with layouts: a first one drafted, those that fit, what each column is for, learners tried."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec

from connectors import Map
from connectors.assessment_file.client import recognized
from connectors.assessment_file.draft_on_base import draft_on
from connectors.assessment_file.drafting import SEEN_ROWS, draft
from connectors.assessment_file.finding import header_row, likely_header
from connectors.assessment_file.header import Match, distinct, ranked
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.mapping import mapping
from connectors.assessment_file.profile import Column, Role, profiled
from connectors.assessment_file.record_layout import Positions
from connectors.errors import ConfigError, MappingError
from connectors.fields import Fields
from connectors.kit.files import Bundle, open_bundle
from connectors.kit.fixed import fixed_pages
from connectors.kit.joined import without_headers
from connectors.kit.table import Table
from connectors.kit.tables import is_guide, tables
from schemas import AnyRecord


@dataclass(frozen=True, slots=True)
class Taken:
    """What becomes of a column: `mapped`, `kept`, `ignored` or `unknown`; examples; words not understood."""

    column: str
    fate: str
    examples: tuple[str, ...]
    odd: dict[str, int]


@dataclass(frozen=True, slots=True)
class Tried:
    """A row before and after: its cells, the records they become or why they become none, what was told of them."""

    row: dict[str, str]
    records: list[AnyRecord]
    told: list[str]


def drafted(path: Path, layouts: Sequence[Layout] = (), positions: Positions | None = None) -> str:
    """A first layout for the (first) table of a file; on the base of one of the `layouts`, where one is near.
    `positions` say where the columns of a file of fixed width stand: see `read_positions`.

    ConfigError for a file that no layout can be for, in words that say why.
    """
    with open_bundle(path) as bundle:
        table = _first(bundle.names(), bundle)
        name = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")[:50] or "file"
        name = name if name[0].isalpha() else f"file_{name}"
        if positions and table.opened is not None:
            lines = list(islice(_fixed_rows(table, positions), SEEN_ROWS))
            return draft(name, path.stem, list(positions), lines, positions)
        header = distinct(likely_header(table))
        if (near := next(iter(ranked(header, layouts)), None)) and (text := draft_on(near, name, path.stem)):
            return text
        return draft(name, path.stem, *_looked_at(table))


def drafted_as(path: Path, name: str, title: str, roles: Mapping[str, Role]) -> str:
    """A first layout for the (first) table of a file, under this name, with what a person says of its columns."""
    with open_bundle(path) as bundle:
        header, rows = _looked_at(_first(bundle.names(), bundle))
        return draft(name, title, header, rows, roles=roles)


def columns_of(path: Path) -> list[Column]:
    """The columns of the (first) table of a file, each with what it looks like."""
    with open_bundle(path) as bundle:
        return profiled(*_looked_at(_first(bundle.names(), bundle)))


def reader_of(path: Path, layouts: Sequence[Layout]) -> str | None:
    """The name of the layout that reads a file as it is; None where none does."""
    with open_bundle(path) as bundle:
        try:
            [known, *_] = recognized(bundle, _name(bundle.names()), layouts, [])
        except ConfigError:
            return None
        return known.header.match.layout.name


def _looked_at(table: Table) -> tuple[tuple[str, ...], list[list[str]]]:
    """The likely header of a table, and its first rows."""
    header = likely_header(table)
    return distinct(header), list(islice(_rows(table, header_row(table), header), SEEN_ROWS))


def nearest(path: Path, layouts: Sequence[Layout]) -> list[Match]:
    """The layouts of a file's header, the best first; those that know under a tenth of it are left out."""
    with open_bundle(path) as bundle:
        table = _first(bundle.names(), bundle)
        matches = ranked(likely_header(table), layouts)
        return [match for match in matches if match.share >= 0.1 or not match.missing][:5]


def fates(path: Path, layouts: Sequence[Layout]) -> Iterator[Taken]:
    """Column by column what a file's layout does with it, over its first rows."""
    with open_bundle(path) as bundle:
        [known, *_] = recognized(bundle, _name(bundle.names()), layouts, [])
        layout, columns = known.header.match.layout, known.header.match.columns
        say = mapping(layout)
        cells: dict[str, Counter[str]] = {column: Counter() for column in columns}
        odd: dict[str, Counter[str]] = {column: Counter() for column in columns}
        for row in islice(_known_rows(known.table, known.header.after, columns, layout), SEEN_ROWS):
            for column, cell in row.items():
                cells[column][cell] += 1
            fields = Fields(dict(row), row=True)
            try:
                list(say(fields))
            except MappingError:
                continue
            for column, cell, _ in fields.odd or ():
                odd.setdefault(column, Counter())[cell] += 1
        for column in columns:
            examples = tuple(cell for cell, _ in cells[column].most_common(3))
            yield Taken(column, _fate(layout, column), examples, dict(odd[column].most_common(5)))


def tried(path: Path, layouts: Sequence[Layout], rows: int) -> Iterator[Tried]:
    """Some rows of a file, each of another learner, before and after."""
    with open_bundle(path) as bundle:
        [known, *_] = recognized(bundle, _name(bundle.names()), layouts, [])
        layout, columns = known.header.match.layout, known.header.match.columns
        say, learners = mapping(layout), set[str]()
        whose = [identifier.column for identifier in layout.person.identifiers]
        for row in _known_rows(known.table, known.header.after, columns, layout):
            learner = next((row[column] for column in whose if column in row), "")
            if learner in learners:
                continue
            learners.add(learner)
            yield _try(say, row)
            if len(learners) >= rows:
                return


def _try(say: Map, row: dict[str, str]) -> Tried:
    fields = Fields(dict(row), row=True)
    try:
        records = list(say(fields))
    except MappingError as why:
        return Tried(row, [], [str(why)])
    complaints = [f"{column}: {cell!r} {why}" for column, cell, why in fields.odd or ()]
    return Tried(row, records, complaints)


def _fate(layout: Layout, column: str) -> str:
    if column in layout.named and column not in layout.ignored:
        return "mapped"
    return "kept" if column in layout.columns else "ignored" if column in layout.ignored else "unknown"


def _known_rows(table: Table, after: int, columns: tuple[str, ...], layout: Layout) -> Iterator[dict[str, str]]:
    rows = _fixed_rows(table, layout.positions) if layout.positions else _rows(table, after, columns)
    for cells in rows:
        yield {column: cell for column, cell in zip(columns, cells, strict=False) if cell.strip()}


def _rows(table: Table, after: int, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """The rows as they are imported: without the header's repeats."""
    for page in without_headers(table.pages(after, columns), table.first[after - 1] if after else ()):
        for body in page.records:
            yield msgspec.json.decode(body, type=list[str])


def _fixed_rows(table: Table, positions: Positions) -> Iterator[list[str]]:
    assert table.opened is not None
    for page in fixed_pages(table.opened(), table.name, positions):
        for body in page.records:
            yield msgspec.json.decode(body, type=list[str])


def _name(names: Iterable[str]) -> str:
    return next(name for name in names if not is_guide(name))


def _first(names: Iterable[str], bundle: Bundle) -> Table:
    name = _name(names)
    return tables(partial(bundle.open, name), name)[0]
