"""Read assessment files: find each table's layout, and name its columns as the layout does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from connectors import Page, Part, Reject
from connectors.assessment_file.finding import TableHeader, find
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.orders import absent_values, date_orders, is_undated, number_columns
from connectors.assessment_file.school_years import with_school_years
from connectors.assessment_file.terms import by_term
from connectors.errors import ConfigError, Unavailable
from connectors.kit.decimal_commas import with_points
from connectors.kit.files import Bundle, open_bundle
from connectors.kit.fixed import fixed_pages
from connectors.kit.joined import without_headers
from connectors.kit.table import Table
from connectors.kit.tables import is_guide, is_prose, tables
from connectors.kit.turned import turned


@dataclass(frozen=True, slots=True)
class Known:
    """A table whose layout is known."""

    table: Table
    header: TableHeader

    @property
    def name(self) -> str:
        """The table with its layout, in words."""
        return f"{self.table.name} ({self.header.match.why})"


def parts(path: Path, layouts: Sequence[Layout], *, own: Sequence[Layout] = ()) -> Iterator[Part]:
    """Yield one part for each table in a zip archive, a folder or a single file.

    No row is read before every file is recognized: ConfigError for one that no layout knows, or that holds no rows.
    Guides and pictures beside them are passed over and told. A source's `own` layouts come first: where one of them
    fits, no other is asked.
    """
    with open_bundle(path) as bundle:
        names = bundle.names()
        read = [name for name in names if not is_guide(name)]
        notes = [f"{name} holds no rows: it was passed over" for name in names if name not in read]
        if not read:
            raise ConfigError(f"{path.name} holds no file of data: it should hold files as a vendor exports them")
        known = _known(bundle, read, layouts, notes, own)
        for table in known:
            pages = _pages(table, notes)
            yield Part(stream=table.header.match.layout.name, name=table.name, pages=pages, distinct=True)
            notes = []


def _known(
    bundle: Bundle, names: Sequence[str], layouts: Sequence[Layout], notes: list[str], own: Sequence[Layout]
) -> list[Known]:
    """The tables of all files. A text of mere words beside them is passed over and told."""
    known: list[Known] = []
    refused: list[ConfigError] = []
    for name in names:
        try:
            known += recognized(bundle, name, layouts, notes, own=own)
        except ConfigError as why:
            if not name.lower().endswith(".txt") or not all(map(is_prose, tables(partial(bundle.open, name), name))):
                raise
            notes.append(f"{name} holds no rows: it was passed over")
            refused.append(why)
    if not known:
        raise refused[0]
    return known


def recognized(
    bundle: Bundle, name: str, layouts: Sequence[Layout], notes: list[str], *, own: Sequence[Layout] = ()
) -> list[Known]:
    """The tables of a file with their layouts. Sheets that no layout knows are told, if another is known."""
    try:
        sheets = tables(partial(bundle.open, name), name)
    except Unavailable as why:
        raise ConfigError(str(why)) from None
    known: list[Known] = []
    refused: list[str] = []
    unread_notes: list[str] = []
    for table in sheets:
        try:
            known.append(Known(table, find(table, layouts, own)))
        except ConfigError as why:
            refused.append(str(why))
            unread_notes += table.notes
    if not known:
        raise ConfigError(refused[0])
    notes += [*unread_notes, *(f"a sheet was passed over: {why}" for why in refused)]
    return known


def _pages(known: Known, notes: list[str]) -> Iterator[Page]:
    table, header = known.table, known.header
    layout, columns = header.match.layout, header.match.columns
    table_notes = [f"{table.name}: {header.match.why}", *table.notes, *notes]
    if absent := absent_values(layout, columns):
        table_notes.append(
            f"{table.name}: without {', '.join(absent[:5])}{'…' if len(absent) > 5 else ''} of the layout"
        )
    if is_undated(layout, columns):
        table_notes.append(f"{table.name}: no column says when a test was taken: its results have no date")
    if header.after > 1:
        above = "; ".join(filter(None, (" ".join(filter(None, row)) for row in table.first[: header.after - 1])))
        table_notes.append(
            f"{table.name}: its header is on line {table.lines[header.after - 1]}, below {above[:120]!r}"
        )
    if layout.positions:
        assert table.opened is not None
        pages = fixed_pages(table.opened(), table.name, layout.positions)
    else:
        orders = date_orders(layout)
        usual = {index: orders[column] for index, column in enumerate(columns) if column in orders}
        again = partial(table.pages, header.after, columns)
        dates = turned(table, again, usual, dict(enumerate(columns)))
        table_notes += dates.notes
        pages = map(dates.page, without_headers(again(), table.first[header.after - 1] if header.after else ()))
        if table.delimiter == ";":
            numbers = number_columns(layout)
            pages = with_points(pages, [index for index, column in enumerate(columns) if column in numbers])
    named = with_school_years(_named(_without_footer(pages, layout), columns), layout)
    for page in by_term(named, layout):
        yield replace(page, notes=[*table_notes, *page.notes])
        table_notes = []


def _named(pages: Iterator[Page], columns: tuple[str, ...]) -> Iterator[Page]:
    """Pages whose columns have the layout's names."""
    return (replace(page, columns=columns) for page in pages)


def _without_footer(pages: Iterator[Page], layout: Layout) -> Iterator[Page]:
    """All pages; the last without the rows at its end that are of nobody, such as totals: they are told."""
    last: Page | None = None
    for page in pages:
        if last is not None:
            yield last
        last = page
    if last is not None:
        yield _cut(last, layout)


def _cut(page: Page, layout: Layout) -> Page:
    """A page without the total and the words that stand below its last row."""
    identifying = {identifier.column for identifier in layout.person.identifiers}
    positions = [index for index, column in enumerate(page.columns or ()) if column in identifying]
    records, lines, footer = list(page.records), list(page.lines), list[str]()
    while records and positions and not layout.positions:
        cells = msgspec.json.decode(records[-1], type=list[str])
        named = any(cells[index].strip().strip("0") for index in positions if index < len(cells))
        if sum(map(bool, cells)) > 6 or (named and not any(map(_SUMS.match, filter(None, cells)))):
            break
        records.pop()
        footer.append(f"{page.file} line {lines.pop() if lines else '?'}: {' '.join(filter(None, cells))!r}")
    last_line = max(lines, default=0)
    rejects: list[Reject] = []
    for reject in page.rejects:
        if _line(reject) > last_line and len(reject.body.split(b",")) <= 3 and not footer_like_record(reject):
            footer.append(f"{reject.position}: {reject.body.decode(errors='replace').strip()!r}")
        else:
            rejects.append(reject)
    if not footer:
        return page
    note = f"what stands below the last row was passed over: {'; '.join(footer[:5])}"
    return replace(page, records=records, lines=lines, rejects=rejects, notes=[*page.notes, note])


_SUMS = re.compile(
    r"\W*(grand |sub-?)?(totals?|count|average|mean|sum|median|report|generated|end of)\b", re.IGNORECASE
)
"""How a cell begins of a row that sums others up, or says what they are."""


def footer_like_record(reject: Reject) -> bool:
    """Whether a row that could not be read may be somebody's all the same: it begins with digits, as identifiers do."""
    return reject.body.lstrip(b"\"'= ")[:1].isdigit()


def _line(reject: Reject) -> int:
    word = reject.position.rpartition(" ")[2]
    return int(word) if word.isdigit() else 0
