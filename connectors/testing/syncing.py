"""Syncs of a source as the service does them, without a database: what is store, what ends, what goes wrong."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import msgspec

from connectors import Page, Stream
from connectors.errors import ConfigError, DeltaRefused, RateLimited, SourceError
from connectors.testing.world import LOOPBACK, World

GUARDED = 0.5
"""Where more of what is known is gone, the shrink guard holds the run: somebody is asked before it ends anything."""


@dataclass
class Store:
    """What is known of a source: by stream its records by key, how far it has come, and whether all was ever listed."""

    records: dict[str, dict[str, bytes]] = field(default_factory=dict)
    cursors: dict[str, str | None] = field(default_factory=dict)
    listings: dict[str, set[str] | None] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)

    def copy(self) -> "Store":
        """A copy to go on from."""
        return deepcopy(self)


@dataclass
class Sync:
    """What became of a sync: which streams failed and why, which waited, what was told, and what it took to be gone.

    `handed` counts the records that each stream handed over.
    """

    failures: dict[str, Exception] = field(default_factory=dict)
    waited: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    ended: dict[str, set[str]] = field(default_factory=dict)
    guarded: set[str] = field(default_factory=set)
    handed: Counter[str] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.failures or self.waited or self.notes)

    @property
    def words(self) -> str:
        """All that is told to whoever looks after the source."""
        return "; ".join([*map(str, self.failures.values()), *self.notes])


def _unheard(_stream: str) -> None:
    """Nobody asks which stream begins."""


async def sync(
    world: World,
    base_url: str,
    store: Store,
    *,
    full: bool = False,
    only: str | None = None,
    begins: Callable[[str], None] = _unheard,
    **more: object,
) -> Sync:
    """Read a source's streams, or one of them alone, into what is store. Only errors of a source are expected.

    `begins` is told of each stream before it is asked for.
    """
    connector = world.of
    settings = connector.settings.model_validate({"base_url": base_url, **world.settings, **more}).within(LOOPBACK)
    assert connector.client is not None, f"{connector.name} is not pulled"
    outcome = Sync()
    async with connector.client(settings) as http:
        for stream in connector.streams_for(settings):
            if stream.pull is None or (only and stream.name != only):
                continue
            if not only and any(name in outcome.failures or name in outcome.waited for name in stream.needs):
                outcome.waited.add(stream.name)
                continue
            begins(stream.name)
            try:
                await _stream(stream, http, store, outcome, full=full)
            except RateLimited as why:
                outcome.failures[stream.name] = why
                break
            except (SourceError, ConfigError) as why:
                outcome.failures[stream.name] = why
    return outcome


async def _stream(stream: Stream, http: object, store: Store, outcome: Sync, *, full: bool) -> None:
    name = stream.name
    if store.listings.get(name) is None and (full or not store.cursors.get(name) or name not in store.whole):
        store.cursors[name], store.listings[name] = None, set()
    try:
        await _pages(stream, http, store, outcome)
    except DeltaRefused:
        store.cursors[name], store.listings[name] = None, set()
        await _pages(stream, http, store, outcome)
    seen = store.listings.get(name)
    if seen is None:
        return
    store.listings[name] = None
    gone = store.records.get(name, {}).keys() - seen
    if gone and stream.complete:
        guarded = len(gone) > GUARDED * len(store.records[name])
        outcome.guarded |= {name} if guarded else set()
        outcome.ended[name] = set() if guarded else set(gone)
    if not (gone and name in outcome.guarded):
        store.whole.add(name)


async def _pages(stream: Stream, http: object, store: Store, outcome: Sync) -> None:
    assert stream.pull is not None
    async for page in stream.pull(http, store.cursors.get(stream.name)):  # type: ignore[arg-type]
        records = {key_of(stream, page, body): bytes(body) for body in page.records}
        store.records.setdefault(stream.name, {}).update(records)
        outcome.handed[stream.name] += len(page.records)
        if (seen := store.listings.get(stream.name)) is not None:
            seen.update(records)
        if page.cursor is not None:
            store.cursors[stream.name] = page.cursor
        if page.incomplete:
            store.listings[stream.name] = None
            store.whole.discard(stream.name)
            outcome.notes.append(page.incomplete)


def key_of(stream: Stream, page: Page, body: bytes) -> str:
    """What a record is known by at its source."""
    raw = msgspec.json.decode(body)
    row = dict(zip(page.columns, raw, strict=True)) if page.columns else raw
    parts = [str(row.get(name, "")) for name in (*stream.key, *stream.also)]
    return "|".join(map(stream.tidy, parts) if stream.tidy else parts)
