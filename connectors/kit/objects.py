"""JSON and JSON lines as a table: one row for each object, its fields by their paths."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, BinaryIO

import msgspec

from connectors import Page
from connectors.errors import Unavailable
from connectors.fields import excerpt
from connectors.kit.pages import cell_pages
from connectors.kit.table import LOOKED_AT, Table

LARGEST = 256 * 1024 * 1024
"""The most bytes a JSON document may have that is no JSON lines: it is read whole."""

TOLD = 5
"""So many of the things beside the objects are told by what they say."""

_DEEPEST = 8


def objects_table(opened: Callable[[], BinaryIO], name: str) -> Table:
    """The objects of a list, of a document's one list, or of a file with an object on each line.

    What stands beside them is told: items that are no objects, and what a document says beside its list.
    """
    columns: dict[str, None] = {}
    first: list[dict[str, str]] = []
    beside: list[str] = []
    for row in _rows(opened(), name, beside):
        columns.update(dict.fromkeys(row))
        if len(first) < LOOKED_AT:
            first.append(row)
    if not columns:
        raise Unavailable(f"{name} holds no objects")
    header = tuple(columns)

    def cells() -> Iterator[list[str]]:
        for row in _rows(opened(), name, []):
            yield [row.get(column, "") for column in header]

    def pages(after: int, columns: tuple[str, ...]) -> Iterator[Page]:
        return cell_pages(cells(), name, columns, passed=max(0, after - 1))

    rows = [list(header), *([row.get(column, "") for column in header] for row in first)]
    words = f"{'; '.join(beside[:TOLD])}{'; …' if len(beside) > TOLD else ''}"
    notes = (f"{name}: what is beside its objects was passed over: {words}",) if beside else ()
    return Table(name, rows, range(len(rows)), pages, notes)


def _rows(opened: BinaryIO, name: str, beside: list[str]) -> Iterator[dict[str, str]]:
    try:
        for item in _items(opened, name, beside):
            if isinstance(item, dict):
                row: dict[str, str] = {}
                _flatten(item, "", row, 0)
                yield row
            elif item is not None:
                beside.append(excerpt(item))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unavailable(f"{name} is not JSON: {error}") from None


def _items(opened: BinaryIO, name: str, beside: list[str]) -> Iterator[Any]:
    start = opened.readline()
    lines = start.strip()
    second = opened.readline()
    if second.strip() and lines.startswith(b"{") and lines.endswith(b"}"):
        yield msgspec.json.decode(lines)
        for line in chain([second], opened):
            if line.strip():
                yield msgspec.json.decode(line)
        return
    text = start + second + opened.read(LARGEST)
    if len(text) > LARGEST:
        raise Unavailable(f"{name} is a JSON document of more than {LARGEST:,} bytes: send it as JSON lines")
    document = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    if isinstance(document, dict):
        lists = [name for name, value in document.items() if isinstance(value, list) and value]
        if len(lists) == 1:
            beside += (f"{name} {excerpt(value)}" for name, value in document.items() if name not in lists)
        document = document[lists[0]] if len(lists) == 1 else [document]
    yield from document if isinstance(document, list) else []


def _flatten(item: dict[str, Any], path: str, row: dict[str, str], depth: int) -> None:
    for field, value in item.items():
        where = f"{path}{field}"
        if isinstance(value, dict) and depth < _DEEPEST:
            _flatten(value, f"{where}.", row, depth + 1)
        elif isinstance(value, str):
            row[where] = value
        elif isinstance(value, bool):
            row[where] = "true" if value else "false"
        elif value is not None:
            row[where] = msgspec.json.encode(value).decode()
