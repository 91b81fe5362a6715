"""The OneRoster service over HTTP: full pulls that survive a list that moves, and deltas by `dateLastModified`."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import msgspec

from connectors import Page, Pull
from connectors.errors import ConfigError, DeltaRefused, Unavailable
from connectors.kit import auth
from connectors.kit import http as kit
from connectors.kit.paging import Refused, ask
from connectors.oneroster.passwords import without_passwords
from connectors.oneroster.settings import Collection, OneRosterSettings

OVERLAP = 5
"""How many records of the page before are asked for again, to see that the list has not moved meanwhile."""

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


@dataclass(frozen=True, slots=True)
class _Found:
    records: Sequence[bytes]
    stamps: Sequence[_Stamp]
    offset: int
    tail: tuple[str, ...]


_decode_stamp = msgspec.json.Decoder(_Stamp).decode
_decode_position = msgspec.json.Decoder(Position).decode


def client(settings: OneRosterSettings) -> httpx.AsyncClient:
    """An HTTP client whose base is the rostering service. ConfigError where the source is for files only."""
    if not settings.base_url:
        raise ConfigError("base_url is missing: this source takes CSV bundles only (set it to pull from a service)")
    return kit.client(settings.model_copy(update={"base_url": settings.url()}), auth=_auth(settings))


async def check(http: httpx.AsyncClient) -> str:
    """Ask for one organization, and say in words what came."""
    response = await ask(http, "orgs", {"limit": 1, "offset": 0})
    found = kit.records(response.content, "orgs")
    if not found:
        return f"{http.base_url.host} answers, but lists no organizations: do the credentials see any school?"
    name = msgspec.json.decode(found[0], type=dict).get("name")
    total = response.headers.get("X-Total-Count")
    count = f"{total} organizations" if total else "organizations"
    return f"{http.base_url.host} answers and lists {count}; the first is '{name}'."


def pull(collection: Collection, settings: OneRosterSettings) -> Pull:
    """How to pull one collection: everything from no cursor, else what changed since the last pull."""
    listing = _Listing(settings.url(collection), collection, settings.page_size, settings.sort)

    async def pages(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        position = _decode_position(cursor) if cursor else Position(offset=0)
        every = listing.delta(http, position) if position.offset is None else listing.full(http, position)
        async for page in every:
            yield page

    return pages


class _Listing:
    """One collection of a service. It remembers whether the service sorts."""

    def __init__(self, url: str, collection: Collection, limit: int, sort: str) -> None:
        self._url = url
        self._collection = collection
        self._limit = limit
        self._order = {"sort": sort, "orderBy": "asc"} if sort else {}

    async def full(self, http: httpx.AsyncClient, position: Position) -> AsyncIterator[Page]:
        """Everything, from where an unfinished pull stopped; from the start where the list has moved since."""
        started = position.started or datetime.now(UTC)
        newest = position.newest
        offset, tail = position.offset or 0, position.tail
        if offset and not await self._still_there(http, offset, tail):
            offset, tail = 0, ()
        async for found in self._offered(self._walk(http, {}, offset, tail)):
            newest = _newest(found.stamps, newest)
            here = Position(offset=found.offset, tail=found.tail, newest=newest, started=started)
            yield Page(self._kept(found.records), cursor=_encode(here))
        yield Page((), cursor=_encode(Position(since=_since(newest, started))))

    async def _offered(self, pages: AsyncIterator[_Found]) -> AsyncIterator[_Found]:
        try:
            async for found in pages:
                yield found
        except Refused as refused:
            if refused.status != httpx.codes.NOT_FOUND:
                raise
            raise ConfigError(
                f"{refused}: the service does not offer {self._collection} there"
                " (take it out of 'collections', or mend base_url and the paths)"
            ) from None

    async def delta(self, http: httpx.AsyncClient, position: Position) -> AsyncIterator[Page]:
        """What changed since the last pull. The cursor moves on once all of it has come."""
        if position.since is None:
            raise DeltaRefused(f"{self._collection} tell no dateLastModified: everything is pulled again")
        started = datetime.now(UTC)
        begin = (position.since - LOOK_BACK).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        newest: datetime | None = position.since
        begun = False
        try:
            async for found in self._walk(http, {"filter": f"dateLastModified>'{begin}'"}, 0, ()):
                begun = True
                newest = _newest(found.stamps, newest)
                yield Page(self._kept(found.records), cursor=_encode(position))
        except Refused as refused:
            if begun or refused.status not in _REFUSED_FILTER:
                raise
            raise DeltaRefused(
                f"{self._collection}: the service refuses to filter by dateLastModified ({refused})"
            ) from None
        yield Page((), cursor=_encode(Position(since=_since(newest, started))))

    async def _walk(
        self, http: httpx.AsyncClient, params: dict[str, str], offset: int, tail: tuple[str, ...]
    ) -> AsyncIterator[_Found]:
        """Pages until nothing new comes. What is new is what follows the last records of the page before."""
        overlap = len(tail)
        while True:
            begin = max(offset - overlap, 0)
            records = await self._ask(http, params, begin)
            stamps = [_stamp(record) for record in records]
            ids = [_id(stamp) for stamp in stamps]
            old = self._old(ids, tail) if overlap else self._none_old(ids, tail)
            if old == len(records):
                if not overlap:
                    return
                overlap = 0  # the end, or a page no longer than the overlap: ask once more without it
                continue
            offset = begin + len(records)
            tail = tuple([id_ for id_ in ids[-OVERLAP:] if id_])
            overlap = len(tail)
            yield _Found(records[old:], stamps[old:], offset, tail)

    def _old(self, ids: list[str], tail: tuple[str, ...]) -> int:
        """How many of these records were there before: those up to the last of `tail`."""
        old = max((ids.index(id_) + 1 for id_ in tail if id_ in ids), default=None)
        if old is None:
            raise Unavailable(
                f"{self._collection}: the list moved while it was read (none of {', '.join(tail)} is where it was);"
                " the next run begins again. If it happens each time, set 'sort' to a field that does not change"
            )
        return old

    def _none_old(self, ids: list[str], tail: tuple[str, ...]) -> int:
        if any(id_ in ids for id_ in tail):
            raise Unavailable(f"{self._collection}: the service gives the same page again: it does not heed 'offset'")
        return 0

    async def _still_there(self, http: httpx.AsyncClient, offset: int, tail: tuple[str, ...]) -> bool:
        records = await self._ask(http, {}, max(offset - len(tail), 0))
        ids = {_id(_stamp(record)) for record in records}
        return not tail or not ids.isdisjoint(tail)

    async def _ask(self, http: httpx.AsyncClient, params: dict[str, str], offset: int) -> list[bytes]:
        limits = {"limit": self._limit, "offset": offset}
        try:
            response = await ask(http, self._url, {**params, **self._order, **limits})
        except Refused as refused:
            if not self._order or offset or refused.status not in _REFUSED_FILTER:
                raise
            self._order = {}  # it may refuse to sort: ask without
            response = await ask(http, self._url, {**params, **limits})
        return kit.records(response.content, self._collection)

    def _kept(self, records: Sequence[bytes]) -> Sequence[bytes]:
        return [without_passwords(record) for record in records] if self._collection == "users" else records


def _auth(settings: OneRosterSettings) -> httpx.Auth:
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    if settings.auth == "bearer":
        return auth.bearer(settings.token.get_secret_value() if settings.token else "")
    if settings.auth == "oauth1":
        return auth.oauth1(settings.client_id, secret)
    method: auth.Method = "form" if settings.auth == "oauth2-form" else "basic"
    return auth.oauth2(settings.token_url, settings.client_id, secret, scope=settings.scopes(), method=method)


def _encode(position: Position) -> str:
    return msgspec.json.encode(position).decode()


def _stamp(record: bytes) -> _Stamp:
    try:
        return _decode_stamp(record)
    except msgspec.MsgspecError:  # no object, or no such fields: the pipeline sets it apart, with its reason
        return _Stamp()


def _id(stamp: _Stamp) -> str:
    return "" if stamp.sourced_id is None else str(stamp.sourced_id)


def _newest(stamps: Sequence[_Stamp], newest: datetime | None) -> datetime | None:
    for stamp in stamps:
        modified = _moment(stamp.modified)
        if modified is not None and (newest is None or modified > newest):
            newest = modified
    return newest


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip()) if text else None
    except ValueError:  # the mapping complains of it, record by record
        return None
    if moment is None or moment.year < _EARLIEST:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _since(newest: datetime | None, started: datetime) -> datetime | None:
    """Where the next delta begins: never after this pull began, whatever a record claims of its future."""
    return None if newest is None else min(newest, started)
