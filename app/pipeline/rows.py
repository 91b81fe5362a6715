"""Rows: several rows of one key in one listing, all true at once, such as one person at two schools."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import msgspec
from msgspec.structs import replace

from app.db import Database, Tx
from app.db.pipeline import listings, statements
from app.db.sources import sources
from app.errors import MappingError
from app.pipeline.raw import Item
from app.pipeline.seen_keys import Place, SeenKeys
from app.sources.source import Source
from connectors import Page, Stream
from connectors.fields import Fields

MARK = "\N{SECTION SIGN}"
"""What stands between a key and the number of its row, from the second on."""


@dataclass(slots=True)
class Rows:
    """The rows that a listing has had so far: a bulk file, or a pull.

    `since`: what a pull tells of a key again, and changed later than that, is a newer version of the row and no second
    one; a file is made at one moment and has no such time. `delta`: it lists only what changed.
    """

    seen: SeenKeys = field(default_factory=SeenKeys)
    since: datetime | None = None
    delta: bool = False

    def close(self) -> None:
        """Let go of what they are remembered in."""
        self.seen.close()


def side_by_side(
    items: Sequence[Item], rows: Rows, stored: Mapping[str, int], stream: Stream, page: Page
) -> list[Item]:
    """The records of a page, each different row of one key under a raw key of its own; copies of a row once.

    `stored` are the hashes of the rows that are stored of these keys: a row that is one of them keeps its number,
    whichever of them comes first.
    """
    numbered: list[Item] = []
    here: set[str] = set()
    for item in items:
        place = Place(page.file or "", page.lines[item.pos] if page.lines else item.pos + 1, item.hash)
        for n in _numbers(item, stored):
            key = nth_row(item.key, n)
            earlier = rows.seen.before(key, place)
            if earlier is None or (key not in here and _replaces(item, rows, stored, stream)):
                here.add(key)
                numbered.append(replace(item, key=key))
                break
            if earlier.hash == item.hash:
                break
    return numbered


@asynccontextmanager
async def rows_listed(
    db: Database, source: Source, stream: Stream, listing: int | None, began: datetime
) -> AsyncIterator[Rows | None]:
    """The rows that a pull has had so far, also before it was interrupted; None where one key has one row.

    `listing` is the run that began the complete listing under way (None: only what changed is listed), `began` when
    this run began.
    """
    if not stream.repeats:
        yield None
        return
    rows = Rows(since=began, delta=listing is None)
    try:
        if listing is not None:
            async with db.transaction(source.tenant) as tx:
                begun = await sources.run_by_id(tx, source.id, listing)
                rows.since = begun.started_at if begun else began
                async for key, hash_ in listings.seen_rows(tx, source.id, stream.name, listing):
                    rows.seen.before(key, Place("", 0, hash_))
        yield rows
    finally:
        rows.close()


async def stored_rows(tx: Tx, source: int, stream: str, items: Sequence[Item]) -> dict[str, int]:
    """The hashes that are stored of these records' keys; of those that changed, also of their further rows."""
    stored = await statements.hashes(tx, source, stream, {item.key for item in items})
    changed = {item.key for item in items if stored.get(item.key, item.hash) != item.hash}
    n = 2
    while changed:
        further = await statements.hashes(tx, source, stream, [nth_row(key, n) for key in changed])
        stored |= further
        changed = {key for key in changed if nth_row(key, n) in further}
        n += 1
    return stored


def _numbers(item: Item, stored: Mapping[str, int]) -> Iterator[int]:
    """The numbers that a row may have, the likeliest first."""
    n = 1
    while stored.get(key := nth_row(item.key, n), item.hash) != item.hash:
        n += 1
    if key in stored:
        yield n
    yield from count(1)


def _replaces(item: Item, rows: Rows, stored: Mapping[str, int], stream: Stream) -> bool:
    """Whether a row of a key that came before is a newer version of that one row: it changed since the pull began."""
    if rows.since is None or stream.version is None or nth_row(item.key, 2) in stored:
        return False
    try:
        modified = Fields(msgspec.json.decode(item.body, type=dict)).moment(stream.version, None)
    except (MappingError, msgspec.MsgspecError, UnicodeError):
        return False
    return modified is not None and modified > rows.since


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
