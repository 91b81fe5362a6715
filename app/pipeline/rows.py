"""Rows: several rows of one key in one bulk file, all true at once, such as one person at two schools."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from app.pipeline.raw import Item
from app.pipeline.seen import Place, Seen
from connectors import Page

MARK = "\N{SECTION SIGN}"
"""What stands between a key and the number of its row, from the second on."""


def side_by_side(items: Sequence[Item], seen: Seen, page: Page) -> list[Item]:
    """The records of a page, each different row of one key under a raw key of its own; copies of a row once."""
    rows = []
    for item in sorted(items, key=lambda item: item.pos):
        place = Place(page.file or "", page.lines[item.pos] if page.lines else item.pos + 1, item.hash)
        n = 1
        while (earlier := seen.before(nth_row(item.key, n), place)) is not None and earlier.hash != item.hash:
            n += 1
        if earlier is None:
            rows.append(replace(item, key=nth_row(item.key, n)))
    return rows


def as_numbered(items: Sequence[Item], nth: Mapping[int, int]) -> list[Item]:
    """The records of a page under the raw keys they were given before, by position."""
    return [replace(item, key=nth_row(item.key, nth.get(item.pos, 1))) for item in items]


def nth_row(key: str, n: int) -> str:
    """The raw key of the nth row of a key."""
    return key if n == 1 else f"{key}{MARK}{n}"


def number(raw_key: str) -> int:
    """Which row of its key a raw key stands for."""
    nth = raw_key.rpartition(MARK)[2] if MARK in raw_key else ""
    return int(nth) if nth.isascii() and nth.isdigit() else 1


def own_key(raw_key: str) -> str:
    """The key of which a raw key is a row."""
    return raw_key.partition(MARK)[0]
