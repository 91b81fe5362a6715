"""One collection of a OneRoster service: all of it, by a walk that survives a list that moves, or what has changed."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import msgspec

from connectors import Page
from connectors.errors import ConfigError, DeltaRefused, Unavailable
from connectors.kit import http as kit
from connectors.kit.offsets import Slice, Stretch, walk
from connectors.kit.paging import Refused, ask, total
from connectors.oneroster.passwords import without_passwords
from connectors.oneroster.settings import Collection, OneRosterSettings

LOOK_BACK = timedelta(hours=1)
"""How far before the last pull a delta begins: clocks differ, and long pulls see late changes."""

_EARLIEST = 1970  # a change time before that year is a placeholder, such as 0001-01-01

_REFUSED_FILTER = frozenset({400, 404, 422})


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """The cursor. A finished pull says `since`; an unfinished full pull says the `offset` to go on from.

    `tail` holds the ids of the last records before `offset`; `newest` the latest `dateLastModified` seen.
    """

    since: datetime | None = None
    offset: int | None = None
    tail: tuple[str, ...] = ()
    newest: datetime | None = None
    started: datetime | None = None


class _Stamp(msgspec.Struct):
    sourced_id: str | int | None = msgspec.field(name="sourcedId", default=None)
    modified: str | None = msgspec.field(name="dateLastModified", default=None)


_decode_stamp = msgspec.json.Decoder(_Stamp).decode
_decode_position = msgspec.json.Decoder(Position).decode


class Listing:
    """One collection of a service. It remembers whether the service sorts, and what it calls the list."""

    def __init__(self, settings: OneRosterSettings, collection: Collection) -> None:
        self.collection = collection
        self._url = settings.url(collection)
        self._limit = settings.page_size
        self._order = {"sort": settings.sort, "orderBy": "asc"} if settings.sort else {}
        self._name = settings.list_name or collection
        self._notes: list[str] = []

    async def pages(self, http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        """Everything from no cursor, else what changed since the last pull."""
        position = _decode_position(cursor) if cursor else Position(offset=0)
        every = self._delta(http, position) if position.offset is None else self._full(http, position)
        async for page in every:
            yield page

    async def probe(self, http: httpx.AsyncClient) -> None:
        """Ask for one record. Refused or RightsLacking where the collection is not offered, or not to us."""
        self._records(await ask(http, self._url, {"limit": 1, "offset": 0}))

    async def one(self, http: httpx.AsyncClient, key: str) -> bytes | None:
        """The record of that sourcedId; None where the service has none."""
        try:
            response = await ask(http, f"{self._url}/{quote(key, safe='')}")
        except Refused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise
        wrapper = kit.members(response.content)
        body = bytes(wrapper.get(self.collection.removesuffix("s")) or next(iter(wrapper.values()), b""))
        if Stamps().id_of(body) != key:
            return None  # a wrapper of another shape, or another record: not what was asked for
        return without_passwords(body) if self.collection == "users" else body

    async def _full(self, http: httpx.AsyncClient, position: Position) -> AsyncIterator[Page]:
        """Everything, from where an unfinished pull stopped; from the start where the list has moved since."""
        started = position.started or datetime.now(UTC)
        stamps = Stamps(position.newest)
        offset, tail = position.offset or 0, position.tail
        if offset and not await self._still_there(http, offset, tail):
            offset, tail = 0, ()
        short = ""
        async for stretch in self._offered(self._walk(http, {}, stamps, offset, tail)):
            short = stretch.short
            here = Position(offset=stretch.offset, tail=stretch.tail, newest=stamps.newest, started=started)
            yield self._page(stretch, here)
        yield Page((), cursor=_encode(Position(since=stamps.since(started))), incomplete=short)

    async def _offered(self, stretches: AsyncIterator[Stretch]) -> AsyncIterator[Stretch]:
        try:
            async for stretch in stretches:
                yield stretch
        except Refused as refused:
            if refused.status != httpx.codes.NOT_FOUND:
                raise
            raise ConfigError(
                f"{refused}: the service does not offer {self.collection} there"
                " (take it out of 'collections', or mend base_url and the paths)"
            ) from None

    async def _delta(self, http: httpx.AsyncClient, position: Position) -> AsyncIterator[Page]:
        """What changed since the last pull. The cursor moves on once all of it has come."""
        if position.since is None:
            raise DeltaRefused(f"{self.collection} tell no dateLastModified: everything is pulled again")
        started = datetime.now(UTC)
        begin = (position.since - LOOK_BACK).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        stamps = Stamps(position.since)
        begun = False
        short = ""
        try:
            async for stretch in self._walk(http, {"filter": f"dateLastModified>'{begin}'"}, stamps, 0, ()):
                begun = True
                short = stretch.short
                yield self._page(stretch, position)
        except Refused as refused:
            if begun or refused.status not in _REFUSED_FILTER:
                raise
            raise DeltaRefused(
                f"{self.collection}: the service refuses to filter by dateLastModified ({refused})"
            ) from None
        reached = position if short else Position(since=stamps.since(started))
        yield Page((), cursor=_encode(reached), incomplete=short)

    def _walk(
        self, http: httpx.AsyncClient, params: dict[str, str], stamps: "Stamps", offset: int, tail: tuple[str, ...]
    ) -> AsyncIterator[Stretch]:
        async def fetch(begin: int) -> Slice:
            try:
                return await self._ask(http, params, begin)
            except Refused as refused:
                if refused.status == httpx.codes.NOT_FOUND and begin and begin >= offset:
                    return Slice(())  # past the end
                raise

        return walk(self.collection, fetch, stamps.id_of, start=offset, tail=tail)

    async def _still_there(self, http: httpx.AsyncClient, offset: int, tail: tuple[str, ...]) -> bool:
        try:
            page = await self._ask(http, {}, max(offset - len(tail), 0))
        except Refused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return False
            raise
        ids = set(map(Stamps().id_of, page.records))
        return not tail or not ids.isdisjoint(tail)

    async def _ask(self, http: httpx.AsyncClient, params: dict[str, str], offset: int) -> Slice:
        limits = {"limit": self._limit, "offset": offset}
        try:
            response = await ask(http, self._url, {**params, **self._order, **limits})
        except Refused as refused:
            if not self._order or offset or refused.status not in _REFUSED_FILTER:
                raise
            self._order = {}  # it may refuse to sort: ask without
            response = await ask(http, self._url, {**params, **limits})
        return Slice(self._records(response), total(response))

    def _records(self, response: httpx.Response) -> list[bytes]:
        """The records of an answer: under the collection's name, or else its only list, which is noted."""
        if response.status_code == httpx.codes.NO_CONTENT:
            return []
        try:
            return kit.records(response.content, self._name)
        except Unavailable:
            if self._name in kit.members(response.content):
                raise
        name, records = kit.only_list(response.content)
        self._name = name
        self._notes.append(f"{self.collection}: the service lists them under '{name}'")
        return records

    def _page(self, stretch: Stretch, position: Position) -> Page:
        records: Sequence[bytes] = stretch.records
        if self.collection == "users":
            records = [without_passwords(record) for record in records]
        notes, self._notes = self._notes, []
        return Page(records, cursor=_encode(position), notes=notes, incomplete=stretch.short)


def _encode(position: Position) -> str:
    return msgspec.json.encode(position).decode()


class Stamps:
    """Reads records' ids, and with them the latest change time of all that were read."""

    def __init__(self, newest: datetime | None = None) -> None:
        self.newest = newest

    def id_of(self, record: bytes) -> str:
        """A record's id; of one that has none, what stands for it."""
        try:
            stamp = _decode_stamp(record)
        except msgspec.MsgspecError:  # no object, or no such fields: the pipeline sets it apart, with its reason
            stamp = _Stamp()
        modified = _moment(stamp.modified)
        if modified is not None and (self.newest is None or modified > self.newest):
            self.newest = modified
        if stamp.sourced_id in (None, ""):
            return hashlib.blake2b(record, digest_size=16).hexdigest()
        return str(stamp.sourced_id)

    def since(self, started: datetime) -> datetime | None:
        """Where the next delta begins: never after this pull began, whatever a record claims of its future."""
        return None if self.newest is None else min(self.newest, started)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip()) if text else None
    except ValueError:  # the mapping complains of it, record by record
        return None
    if moment is None or moment.year < _EARLIEST:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
