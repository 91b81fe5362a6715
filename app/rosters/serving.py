"""Serving: what a client asks of the roster, answered within what the district shares with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.access.access import Caller
from app.db.rosters import pages, rosters
from app.db.rosters.conditions import Field
from app.db.rosters.pages import Objects, View
from app.db.rosters.rosters import ShareRow
from app.errors import Denied, NotFound
from app.rosters import filter as filtering
from app.rosters.fields import fields, names, required
from app.rosters.operations import Listing, Operation
from app.rosters.shapes import Collection

UUID_FORM = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MOST = 10_000
"""How many objects a page has at most; who asks for more gets as many, and a link to the next."""


class Unselectable(ValueError):
    """A field that cannot be selected or sorted by, and why."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for: its size and place, order, filter and fields."""

    limit: int = 100
    offset: int = 0
    sort: str | None = None
    descending: bool = False
    filter: str | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """A page: its objects in JSON, how many it may have, and how many there are in all."""

    objects: Sequence[str | bytes]
    limit: int
    total: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shared with a client: which objects, and without which fields of a collection."""

    view: View
    withheld: frozenset[str]

    def hidden(self, collection: Collection) -> frozenset[str]:
        """The fields of a collection that are withheld, by name."""
        prefix = collection + "."
        return frozenset(name.removeprefix(prefix) for name in self.withheld if name.startswith(prefix))


async def shared(tx: Tx, caller: Caller) -> Shared:
    """What is shared with a client. Denied where the tenant serves no roster, or shares nothing with this client."""
    share = await rosters.share_of(tx, caller.client)
    if share is None or await rosters.roster(tx) is None:
        raise Denied("No roster is shared with this client: ask the district (PUT /v1/rosters/shares/{client}).")
    schools = await _schools(tx, share)
    view = view_of(share.schools, share.classes, caller.scopes)
    if schools is not None:
        view = replace(view, orgs=tuple(sorted(await pages.orgs_of(tx, schools))))
    return Shared(view, frozenset(share.withheld))


def view_of(
    schools: Sequence[UUID] | None, classes: Sequence[UUID] | None, scopes: Sequence[str] | frozenset[str]
) -> View:
    """What a client with these scopes sees of these schools and classes (None: of all)."""
    return View(
        None if schools is None else tuple(schools),
        None if classes is None else tuple(classes),
        "learners.sensitive" in scopes,
    )


async def _schools(tx: Tx, share: ShareRow) -> Sequence[UUID] | None:
    if share.schools is not None or share.classes is None:
        return share.schools
    return await pages.schools_of(tx, share.classes)


async def listed(tx: Tx, share: Shared, operation: Operation, above: Sequence[str], request: PageRequest) -> Served:
    """A page of an operation's objects. NotFound where the path names what is not there or not shared."""
    collection = operation.listing.collection
    allowed = allowed_fields(share, collection)
    condition = filtering.parse(request.filter, allowed) if request.filter and request.filter.strip() else None
    sort = sort_field(request, allowed)
    chosen = selection(request.fields, allowed)
    below = []
    for listing, sourced_id in zip(operation.above, above, strict=True):
        await require_object(tx, share, listing, sourced_id)
        below.append(UUID(sourced_id))
    objects = Objects(collection, operation.listing.kinds, tuple(below), operation.through, operation.role)
    limit = min(request.limit, MOST)
    rows = await pages.page(
        tx, objects, share.view, condition, sort, descending=request.descending, limit=limit, offset=request.offset
    )
    total = await pages.count(tx, objects, share.view, condition)
    return Served([each for row in rows if (each := cut(row, share, collection, chosen))], limit, total)


async def single(tx: Tx, share: Shared, listing: Listing, sourced_id: str, selected: Sequence[str]) -> str | bytes:
    """One object. NotFound where it is not there or not shared."""
    chosen = selection(tuple(selected), allowed_fields(share, listing.collection))
    return cut(await require_object(tx, share, listing, sourced_id), share, listing.collection, chosen)


async def require_object(tx: Tx, share: Shared, listing: Listing, sourced_id: str) -> str:
    """The object that a path names. NotFound where it is not there or not shared."""
    row = None
    if UUID_FORM.fullmatch(sourced_id):
        row = await pages.single(tx, Objects(listing.collection, listing.kinds), share.view, UUID(sourced_id))
    if row is None:
        raise NotFound(f"no {listing.single} '{sourced_id[:80]}', or it is not shared with this client.")
    return row


def allowed_fields(share: Shared, collection: Collection) -> dict[str, Field]:
    """The fields of a collection that a client may see, filter and sort by."""
    hidden = share.hidden(collection)
    return {name: field for name, field in fields(collection).items() if field.path[0] not in hidden}


def sort_field(request: PageRequest, allowed: dict[str, Field]) -> Field | None:
    """The field to sort by: an unknown one is as none (OneRoster 1.2 Rostering, section 3.4)."""
    return None if request.sort is None else allowed.get(request.sort.lower())


def selection(selected: tuple[str, ...], allowed: dict[str, Field]) -> frozenset[str] | None:
    """The fields to answer with, by name; None: all. Unselectable where one is not there."""
    tops = {field.path[0].lower(): field.path[0] for field in allowed.values()}
    chosen = [each.strip() for text in selected for each in text.split(",") if each.strip()]
    for name in chosen:
        if name.lower() not in tops:
            raise Unselectable(f"there is no field '{name[:80]}'")
    return frozenset(tops[name.lower()] for name in chosen) or None


def cut(row: str, share: Shared, collection: Collection, chosen: frozenset[str] | None) -> str | bytes:
    """An object without what is not for this client, and of the fields that were asked for."""
    hidden = share.hidden(collection)
    if not hidden and chosen is None:
        return row
    document: dict[str, Any] = msgspec.json.decode(row)
    return msgspec.json.encode(
        {name: value for name, value in document.items() if name not in hidden and (chosen is None or name in chosen)}
    )


def withholdable(name: str) -> bool:
    """Whether `collection.field` is a field that the standard does not require."""
    collection, _, field = name.partition(".")
    return any(collection == each and field in names(each) - required(each) for each in _COLLECTIONS)


_COLLECTIONS: tuple[Collection, ...] = (
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "demographics",
    "enrollments",
    "lineItems",
    "results",
    "assessmentLineItems",
    "assessmentResults",
)
