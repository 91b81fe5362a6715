"""How a resource of an ODS/API is read: all of it by offset or by tokens, and afterwards what has changed since.

The change version is asked for before anything else, so that what changes while everything is read comes with the next
sync. Where a service has no change queries, each sync reads everything.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import httpx
import msgspec

from connectors import Page
from connectors.edfi.readers import plain
from connectors.edfi.settings import EdFiSettings, Resource
from connectors.errors import ConfigError, DeltaRefused, Unavailable
from connectors.kit.http import members
from connectors.kit.offsets import Fetch, Slice, walk
from connectors.kit.paging import Params, Refused, ask, listed, total

NOT_FOUND = httpx.codes.NOT_FOUND
TOTAL = "Total-Count"
NEXT = "Next-Page-Token"


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a pull has come. `version`: the change version from which a next one goes on; None: there are none.

    While everything is read, `offset` and `tail` say where by offset, `tokens` by token.
    """

    version: int | None = None
    offset: int | None = None
    tail: tuple[str, ...] = ()
    tokens: tuple[str, ...] | None = None

    @property
    def under_way(self) -> bool:
        return self.offset is not None or self.tokens is not None


class _Id(msgspec.Struct):
    id: str = ""


class _Versions(msgspec.Struct, rename="lower"):
    """`availableChangeVersions`: releases differ in how they write the names."""

    oldestchangeversion: int
    newestchangeversion: int


_decode_position = msgspec.json.Decoder(Position).decode
_decode_id = msgspec.json.Decoder(_Id).decode


@dataclass(frozen=True, slots=True)
class Reading:
    """How one resource of a source is read."""

    settings: EdFiSettings
    resource: Resource

    @property
    def path(self) -> str:
        return self.settings.path(self.resource)

    async def probe(self, http: httpx.AsyncClient) -> None:
        """Ask for one record. RightsLacking where the claim set does not grant the resource."""
        await self._ask(http, self.path, {"limit": 1, "offset": 0})

    async def pages(self, http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        """Everything from no cursor, else what changed since the last pull."""
        position = _decode_position(cursor) if cursor else Position()
        if cursor and not position.under_way:
            reading = self._changes(http, position)
        else:
            reading = self._everything(http, position, begun=cursor is not None)
        async for page in reading:
            yield page

    async def _everything(self, http: httpx.AsyncClient, position: Position, *, begun: bool) -> AsyncIterator[Page]:
        versions = None if begun else await self._versions(http)
        version = position.version if begun else None if versions is None else versions.newestchangeversion
        tokens = position.tokens if begun else await self._partitions(http)
        if tokens is None:
            reading = self._by_offset(http, Position(version, position.offset or 0, position.tail))
        else:
            reading = self._by_token(http, version, tokens)
        async for page in reading:
            yield page

    async def _by_offset(self, http: httpx.AsyncClient, position: Position) -> AsyncIterator[Page]:
        short = ""
        start = position.offset or 0
        async for stretch in walk(
            self.resource, self._slice(http, self.path, {}), _id, start=start, tail=position.tail
        ):
            short = stretch.short
            here = Position(position.version, stretch.offset, stretch.tail)
            yield Page(stretch.records, cursor=_encode(here), incomplete=short)
        yield Page((), cursor=_encode(Position(position.version)), incomplete=short)

    async def _by_token(
        self, http: httpx.AsyncClient, version: int | None, tokens: tuple[str, ...]
    ) -> AsyncIterator[Page]:
        """Every partition, page after page, one page of each at a time."""
        seen = set(tokens)
        while tokens:
            answers = await asyncio.gather(*(self._page(http, token) for token in tokens))
            following = [token for _, token in answers if token]
            if again := next((token for token in following if token in seen), None):
                raise Unavailable(
                    f"{self.resource}: the service gives the page token {again[:20]} again: no end is known"
                )
            seen.update(following)
            tokens = tuple(following)
            records = [record for page, _ in answers for record in page]
            yield Page(records, cursor=_encode(Position(version, tokens=tokens)))
        yield Page((), cursor=_encode(Position(version)))

    async def _page(self, http: httpx.AsyncClient, token: str) -> tuple[Sequence[bytes], str]:
        response = await self._ask(http, self.path, {"pageToken": token, "pageSize": self.settings.page_size})
        return listed(response, None), response.headers.get(NEXT, "").strip()

    async def _partitions(self, http: httpx.AsyncClient) -> tuple[str, ...] | None:
        """The tokens at which parts of the resource begin; None where it is read by offset."""
        if self.settings.paging == "offset":
            return None
        try:
            response = await ask(http, f"{self.path}/partitions", {"number": self.settings.partitions})
        except Refused as refused:
            if self.settings.paging == "cursor":
                raise ConfigError(f"{refused}: this service has no paging by token (set 'paging' to offset)") from None
            return None
        tokens = members(response.content).get("pageTokens")
        return msgspec.json.decode(tokens, type=tuple[str, ...]) if tokens else None

    async def _changes(self, http: httpx.AsyncClient, position: Position) -> AsyncIterator[Page]:
        """What changed, window by window: records, those whose key changed, and deletes."""
        versions = await self._versions(http)
        if position.version is None or versions is None:
            raise DeltaRefused(f"{self.resource}: the service has no change queries: everything is pulled again")
        if versions.oldestchangeversion > position.version + 1:
            raise DeltaRefused(
                f"{self.resource}: changes before version {versions.oldestchangeversion} are no longer known,"
                f" and {position.version} was the last that was read: everything is pulled again"
            )
        if versions.newestchangeversion < position.version:
            raise DeltaRefused(f"{self.resource}: the change version went back: everything is pulled again")
        begin = position.version + 1
        while begin <= versions.newestchangeversion:
            end = min(begin + self.settings.window - 1, versions.newestchangeversion)
            async for page in self._window(http, {"minChangeVersion": begin, "maxChangeVersion": end}):
                if page.incomplete:  # the next pull asks for this window again
                    yield Page(page.records, cursor=_encode(Position(begin - 1)), incomplete=page.incomplete)
                    return
                yield page
            yield Page((), cursor=_encode(Position(end)))
            begin = end + 1

    async def _window(self, http: httpx.AsyncClient, window: dict[str, int]) -> AsyncIterator[Page]:
        came: set[str] = set()
        unread: set[str] = set()  # whose key changed, and whom the service does not give
        async for stretch in walk(self.resource, self._slice(http, self.path, window), _id):
            came.update(map(_id, stretch.records))
            yield Page(stretch.records, incomplete=stretch.short)
        async for stretch in walk(self.resource, self._slice(http, f"{self.path}/keyChanges", window), _id):
            renamed = [each for each in map(_id, stretch.records) if each not in came]
            read = {each: await self._record(http, each) for each in renamed}
            unread |= {plain(each) for each, record in read.items() if record is None}
            came.update(renamed)
            yield Page([record for record in read.values() if record is not None], incomplete=stretch.short)
        async for stretch in walk(self.resource, self._slice(http, f"{self.path}/deletes", window), _id):
            unread -= {plain(_id(record)) for record in stretch.records}
            yield Page(stretch.records, incomplete=stretch.short)
        if unread:
            raise DeltaRefused(
                f"{self.resource}: the key of {min(unread)} changed, and the service neither has it nor tells its"
                " deletion: everything is pulled again"
            )

    async def _record(self, http: httpx.AsyncClient, resource_id: str) -> bytes | None:
        """The record of that id; None where the service answers 404, which is not to say that it was deleted."""
        try:
            return (await ask(http, f"{self.path}/{resource_id}")).content
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise

    async def _versions(self, http: httpx.AsyncClient) -> _Versions | None:
        """The oldest and the newest change version; None where the service has no change queries."""
        try:
            response = await ask(http, f"{self.settings.changes_path.strip('/')}/availableChangeVersions")
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise
        versions = {name.lower(): value for name, value in members(response.content).items()}
        try:
            return msgspec.convert({name: msgspec.json.decode(value) for name, value in versions.items()}, _Versions)
        except msgspec.MsgspecError as why:
            raise Unavailable(f"availableChangeVersions is not what it usually is: {why}") from None

    def _slice(self, http: httpx.AsyncClient, path: str, window: dict[str, int]) -> Fetch:
        async def fetch(offset: int) -> Slice:
            params = {**window, "limit": self.settings.page_size, "offset": offset, "totalCount": "true"}
            response = await self._ask(http, path, params)
            return Slice(listed(response, None), total(response, TOTAL))

        return fetch

    async def _ask(self, http: httpx.AsyncClient, path: str, params: Params) -> httpx.Response:
        try:
            return await ask(http, path, params)
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
            raise ConfigError(
                f"{refused}: the service does not offer {self.resource} there"
                " (take it out of 'resources', or mend base_url, data_path and data_standard)"
            ) from None


def _id(record: bytes) -> str:
    """A record's id; of one that has none, itself: the pipeline sets it apart."""
    try:
        return _decode_id(record).id or record.hex()
    except msgspec.MsgspecError:
        return record.hex()


def _encode(position: Position) -> str:
    return msgspec.json.encode(position).decode()
