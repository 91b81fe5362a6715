"""How Clever's API is read: each kind of record whole, page by page, and afterwards what its Events feed tells.

The newest event is asked for before anything else, so that what changes while everything is read comes with the next
sync. A feed that holds nothing may be one that nobody has enabled: then each sync reads everything. So it does where
the feed cannot be read, and the run says why.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr

from connectors import HttpSettings, Page
from connectors.errors import DeltaRefused, SourceError, Unavailable
from connectors.kit import LinkPage, Refused, ask, bearer, link_pages, members, records
from connectors.kit import client as guarded

Kind = Literal["districts", "schools", "terms", "courses", "users", "sections"]
"""A kind of record, as it is in the addresses and in the types of events (`users.created`)."""

SIZE = 1000
"""Records to ask for at a time."""

T = TypeVar("T")


class CleverSettings(HttpSettings):
    """A district in Clever, as an application with Secure Sync reads it."""

    base_url: str = Field(
        "https://api.clever.com/v3.1", description="where Clever's API begins, with the version (3.0 or 3.1)"
    )
    token: SecretStr = Field(description="the district's token for the application (Clever: District app token)")


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a pull has come. `event`: the last event that was read, or None where there is no feed to go on by.

    `next` is the address of the next page while everything is read.
    """

    event: str | None = None
    next: str | None = None


class _Link(msgspec.Struct):
    rel: str = ""
    uri: str = ""


class _Links(msgspec.Struct):
    links: list[_Link] = []


class _Event(msgspec.Struct):
    id: str
    type: str


class Section(msgspec.Struct):
    """The part of a section that says who is in it; the section itself passes as it is."""

    id: str
    school: str | None = None
    teacher: str | None = None
    teachers: list[str] | None = None
    students: list[str] | None = None
    last_modified: str | None = None


class _Before(msgspec.Struct):
    """What an update says of a section as it was before: only what has changed."""

    teacher: str | None = None
    teachers: list[str] | None = None
    students: list[str] | None = None


Listed = Callable[[bytes], Iterable[bytes]]
"""The raw records that a listed record makes."""
Evented = Callable[[str, Mapping[str, msgspec.Raw]], Iterable[bytes]]
"""The raw records that an event makes, by what became of the record (`created`, `updated`, `deleted`)."""

_position = msgspec.json.Decoder(Position).decode


def client(settings: CleverSettings) -> httpx.AsyncClient:
    """An HTTP client that shows the district's token."""
    return guarded(settings, auth=bearer(settings.token.get_secret_value()))


async def check(http: httpx.AsyncClient) -> str:
    """Ask which district the token is for, and whether there are events to go on by."""
    names = [_text(members(body), "name") for body in _inner(records((await ask(http, "districts")).content, "data"))]
    event, why = await newest(http, "users")
    feed = "there are events" if event else why or "no events are told, so that each sync reads everything"
    return f"{http.base_url.host} answers: {', '.join(names) or 'no district'}; {feed}."


async def newest(http: httpx.AsyncClient, kind: Kind) -> tuple[str | None, str]:
    """The id of the newest event of a kind, None where there is none; and why the events cannot be read, if so."""
    try:
        answer = await ask(http, "events", {"record_type": kind, "ending_before": "last", "limit": 1})
        events = _inner(records(answer.content, "data"))
        return (_read(events[-1], _Event).id if events else None), ""
    except SourceError as refused:  # the feed is a convenience: what it withholds, a listing tells
        return None, f"{kind}: Clever's events cannot be read ({refused}): each sync reads everything"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one stream is read: the kind of record, and what a listed record and an event make of it."""

    kind: Kind
    of_record: Listed
    of_event: Evented

    async def probe(self, http: httpx.AsyncClient) -> None:
        """Ask for one record. RightsLacking or SourceDenied where the application may not read the kind."""
        await ask(http, self.kind, {"limit": 1})

    async def pages(self, http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        """Everything from no cursor, else what the feed has told since."""
        position = _position(cursor) if cursor else None
        if position is not None and position.next is None and position.event is not None:
            reading = self._events(http, position.event)
        elif position is not None and position.next is not None:
            reading = self._listing(http, position.event, position.next)
        else:
            event, why = await newest(http, self.kind)
            reading = self._listing(http, event, None, notes=(why,) if why else ())
        async for page in reading:
            yield page

    async def _listing(
        self, http: httpx.AsyncClient, event: str | None, begin: str | None, *, notes: Sequence[str] = ()
    ) -> AsyncIterator[Page]:
        first = httpx.URL(begin or self.kind)
        params = first.params if begin else {"limit": SIZE}
        async for page in _walk(http, str(first.copy_with(query=None)), params):
            raw = [made for body in _inner(page.records) for made in self.of_record(body)]
            yield Page(raw, cursor=_encode(Position(event, page.next)), notes=notes)

    async def _events(self, http: httpx.AsyncClient, since: str) -> AsyncIterator[Page]:
        await self._known(http, since)
        last = since
        async for page in _walk(http, "events", {"record_type": self.kind, "starting_after": since, "limit": SIZE}):
            raw: list[bytes] = []
            for body in _inner(page.records):
                event = _read(body, _Event)
                kind, _, became = event.type.partition(".")
                if kind == self.kind:
                    raw += self.of_event(became, members(body))
                last = event.id
            yield Page(raw, cursor=_encode(Position(last)))

    async def _known(self, http: httpx.AsyncClient, event: str) -> None:
        """DeltaRefused where the feed reaches back no more to the event we had last: it holds thirty days."""
        try:
            await ask(http, f"events/{event}")
        except Refused as refused:
            raise DeltaRefused(
                f"{self.kind}: Clever's events reach back no further than the one read last ({refused}):"
                " everything is pulled again"
            ) from None


def _walk(
    http: httpx.AsyncClient, path: str, params: Mapping[str, str | int] | httpx.QueryParams
) -> AsyncIterator[LinkPage]:
    return link_pages(http, path, params=params, collection="data", next_link=_next)


def _next(response: httpx.Response) -> str | None:
    links = _read(response.content, _Links).links
    return next((link.uri for link in links if link.rel == "next" and link.uri), None)


def _inner(wrapped: Sequence[bytes]) -> list[bytes]:
    """The records that a list wraps, each as Clever wrote it: `{"data": {…}, "uri": "…"}`."""
    return [bytes(_member(members(body), "data")) for body in wrapped]


def _member(fields: Mapping[str, msgspec.Raw], name: str) -> msgspec.Raw:
    if name not in fields:
        raise Unavailable(f"Clever answered with what it does not usually say: a record without '{name}'")
    return fields[name]


def _text(fields: Mapping[str, msgspec.Raw], name: str) -> str:
    return msgspec.json.decode(fields[name], type=str) if name in fields else ""


def _read(body: bytes | msgspec.Raw, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as why:
        raise Unavailable(f"Clever answered with what it does not usually say: {why}") from None


def _encode(position: Position) -> str:
    return msgspec.json.encode(position).decode()


def _as_it_is(body: bytes) -> Iterable[bytes]:
    return (body,)


def _object(became: str, event: Mapping[str, msgspec.Raw]) -> Iterable[bytes]:
    """The record as an event tells it, with a mark where the event says that it is shared no more."""
    body = bytes(_member(members(bytes(_member(event, "data"))), "object"))
    return (b'{"deleted":true,' + body.lstrip()[1:] if became == "deleted" else body,)


def _members_of(section: Section, *, left: bool = False) -> dict[tuple[str, str], bytes]:
    """Who is in a section, by person and role: a record of each."""
    teachers = dict.fromkeys([*([section.teacher] if section.teacher else []), *(section.teachers or ())])
    people = [(person, "teacher") for person in teachers] + [
        (person, "student") for person in dict.fromkeys(section.students or ())
    ]
    beside = {"section": section.id, "school": section.school, "last_modified": section.last_modified}
    return {
        (person, role): msgspec.json.encode(
            beside
            | {"user": person, "role": role}
            | ({"primary": person == section.teacher} if role == "teacher" else {})
            | ({"left": True} if left else {})
        )
        for person, role in people
    }


def _enrolled(body: bytes) -> Iterable[bytes]:
    return _members_of(_read(body, Section)).values()


def _enrolled_by(became: str, event: Mapping[str, msgspec.Raw]) -> Iterable[bytes]:
    """Who is in a section now, and who was before and is no more: an update names those whom it changed."""
    data = members(bytes(_member(event, "data")))
    section = _read(_member(data, "object"), Section)
    if became == "deleted":
        return _members_of(section, left=True).values()
    previous = next((place["previous_attributes"] for place in (data, event) if "previous_attributes" in place), b"{}")
    was = _read(previous, _Before)
    before = Section(
        section.id,
        section.school,
        was.teacher,
        teachers=was.teachers,
        students=was.students,
        last_modified=section.last_modified,
    )
    now = _members_of(section)
    gone = {who: record for who, record in _members_of(before, left=True).items() if who not in now}
    return [*gone.values(), *now.values()]


def listed(kind: Kind) -> Reading:
    """Records of a kind as Clever tells them."""
    return Reading(kind, _as_it_is, _object)


enrollments = Reading("sections", _enrolled, _enrolled_by)
"""Who is in which section: Clever lists them in the section, and says of each section who was in it before."""
