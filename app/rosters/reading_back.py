"""What a tool reads of the gradebook: what it wrote, as it wrote it, and beside it what the roster shares with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.access.access import Caller
from app.db.rosters import written as rows
from app.db.rosters.conditions import Field
from app.db.rosters.pages import Objects
from app.db.rosters.written import Own
from app.errors import Denied, NotFound
from app.pipeline.verbatim import raw_records
from app.rosters import filter as filtering
from app.rosters import serving
from app.rosters.fields import EVERY, fields
from app.rosters.naming import is_known
from app.rosters.operations import Listing, Operation
from app.rosters.serving import UUID_FORM, PageRequest, Served, Shared
from app.rosters.shapes import Collection
from app.rosters.written import CATEGORIES, LINE_ITEMS, SCALES, Json, Written, as_sent, own, reference, written

_SCORED = ("student.sourcedid", "scorestatus", "scoredate", "score", "textscore", "comment", "late", "missing")
_ITEM = ("title", "description", "resultvaluemin", "resultvaluemax")
_IN_CLASS = ("class.sourcedid",)
FILTERED: dict[Collection, tuple[str, ...]] = {
    "categories": ("title", "weight"),
    "scoreScales": ("title", "type", *_IN_CLASS),
    "lineItems": (*_ITEM, *_IN_CLASS, "assigndate", "duedate", "school.sourcedid", "category.sourcedid",
                  "academicsession.sourcedid"),
    "results": (*_SCORED, *_IN_CLASS, "lineitem.sourcedid"),
    "assessmentLineItems": _ITEM,
    "assessmentResults": (*_SCORED, "scorepercentile", "assessmentlineitem.sourcedid"),
}  # fmt: skip
"""The fields that a tool filters and sorts by, beside those that every object has."""
_SENT: dict[Collection, tuple[str, ...]] = {
    "categories": (),
    "scoreScales": ("course", "scoreScaleValue"),
    "lineItems": ("gradingPeriod", "scoreScale"),
    "results": ("scoreScale", "inProgress", "incomplete"),
    "assessmentLineItems": ("class", "parentAssessmentLineItem", "scoreScale"),
    "assessmentResults": ("scoreScale", "inProgress", "incomplete"),
}
"""Fields of the official document that the roster never tells, and that a tool may have written."""
_FIELDS = {"class": "class", "lineItem": "lineItem", "org": "school", "user": "student"}
"""The field by which an object refers to one that its path names."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A tool that reads: its own source, as whose ids it names things, and what of the roster it may see."""

    source: int
    issuer: str | None
    share: Shared | None


async def reader(tx: Tx, caller: Caller, collection: Collection) -> Reader | None:
    """A client as one who wrote into a collection of the gradebook; None where it has no source for that."""
    if written(collection) is None or caller.source is None or caller.source.connector != "oneroster":
        return None
    try:
        share = await serving.shared(tx, caller)
    except Denied:
        share = None
    issuer = (caller.source.settings.get("issuers") or {}).get("sourced")
    return Reader(caller.source.id, issuer, share)


async def single(tx: Tx, by: Reader, collection: Collection, sourced_id: str, selected: Sequence[str]) -> Json | None:
    """An object as its client wrote it, of the fields asked for; None where it wrote none, or took it back."""
    kind = written(collection)
    document = None if kind is None else await own(tx, by.source, kind, sourced_id)
    return None if document is None else _selected(document, _selection(collection, tuple(selected)))


async def listed(tx: Tx, by: Reader, operation: Operation, above: Sequence[str], request: PageRequest) -> Served:
    """A page of an operation's objects. NotFound where the path names what is not known.

    Of the roster are those that were not made of what this client wrote. What it took back is not listed.
    """
    collection = operation.listing.collection
    allowed = _allowed(by, collection)
    condition = filtering.parse(request.filter, allowed) if request.filter and request.filter.strip() else None
    chosen = _selection(collection, request.fields)
    below = await _below(tx, by, operation, above)
    documents = await _documents(tx, by, operation, below)
    roster = None
    if by.share is not None and below.shared is not None:
        kinds = operation.listing.kinds
        roster = Objects(collection, kinds, below.shared, operation.through, operation.role), by.share.view
    within = {} if collection == "categories" else below.within
    mine = Own(by.source, collection, within, None if documents is None else [*map(_timed, documents.values())])
    limit = min(request.limit, serving.MOST)
    page = await rows.page(
        tx,
        mine,
        roster,
        condition,
        sort=serving.sort_field(request, allowed),
        descending=request.descending,
        limit=limit,
        offset=request.offset,
    )
    total = await rows.count(tx, mine, roster, condition)
    sent = await _sent(tx, page, documents or {})
    objects: list[str | bytes] = []
    for each in page:
        if each.object is None:
            objects.append(msgspec.json.encode(_selected(sent[each.sourced_id], chosen)))
        elif by.share is not None:
            objects.append(serving.cut(each.object, by.share, collection, chosen))
    return Served(objects, limit, total)


@dataclass(frozen=True, slots=True)
class _Below:
    """What a path names: of what is its own, by field; of the roster, by id (None: the roster has none of it)."""

    within: Mapping[str, Sequence[str]]
    shared: tuple[UUID, ...] | None


async def _below(tx: Tx, by: Reader, operation: Operation, above: Sequence[str]) -> _Below:
    """NotFound where a path names what is neither its client's own nor known of the roster."""
    within: dict[str, Sequence[str]] = {}
    shared = True
    for listing, sourced_id in zip(operation.above, above, strict=True):
        field = _FIELDS[listing.single]
        if field == "lineItem" and (item := await own(tx, by.source, LINE_ITEMS, sourced_id)) is not None:
            if "class" in within and reference(item, "class") not in within["class"]:
                raise NotFound(f"no lineItem '{sourced_id[:80]}' of that class.")
            shared = False
        elif not await _is_known(tx, by, listing, field, sourced_id):
            raise NotFound(f"no {field} '{sourced_id[:80]}', or it is not shared with this client.")
        within[field] = [sourced_id]
    if "lineItem" in within:
        within.pop("class", None)
    if operation.listing.collection == "scoreScales" and (school := within.pop("school", None)):
        within["class"] = await rows.classes_of(tx, school[0], by.issuer)
    shared = shared and all(UUID_FORM.fullmatch(sourced_id) for sourced_id in above)
    return _Below(within, tuple(map(UUID, above)) if shared else None)


async def _is_known(tx: Tx, by: Reader, listing: Listing, field: str, sourced_id: str) -> bool:
    if field != "lineItem":
        return await is_known(tx, by.share, by.issuer, field, sourced_id)
    if by.share is None:
        return False
    await serving.require_object(tx, by.share, listing, sourced_id)
    return True


async def _documents(tx: Tx, by: Reader, operation: Operation, below: _Below) -> dict[str, Json] | None:
    """What a client wrote into a collection no statement tells of, by id; None of another collection."""
    kind = written(operation.listing.collection)
    if kind not in (CATEGORIES, SCALES):
        return None
    documents = await _all(tx, by, kind)
    if kind is CATEGORIES and "class" in below.within:
        named = await rows.categories_of(tx, by.source, below.within["class"][0])
        return {key: document for key, document in documents.items() if key in named}
    return documents


async def _all(tx: Tx, by: Reader, kind: Written) -> dict[str, Json]:
    """All that a client wrote into a collection and did not take back, by id: of collections of few objects."""
    documents = {}
    for key in await rows.keys(tx, by.source, kind.collection):
        if (document := await own(tx, by.source, kind, key)) is not None:
            documents[key] = document
    return documents


def _timed(document: Json) -> Json:
    """An object as it is filtered: with a time of its own only where that is one."""
    modified = document.get("dateLastModified")
    try:
        moment = datetime.fromisoformat(modified) if isinstance(modified, str) else None
    except ValueError:
        moment = None
    timed = None if moment is None else moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return {**document, "dateLastModified": timed}


async def _sent(tx: Tx, page: Sequence[rows.ListedObject], documents: Mapping[str, Json]) -> Mapping[str, Json]:
    """The client's own objects of a page as it wrote them, by id."""
    places = {each.sourced_id: (each.raw_id, each.raw_pos) for each in page if each.raw_id is not None}
    bodies = await raw_records(tx, [(raw_id, raw_pos or 0) for raw_id, raw_pos in places.values()])
    return {**documents, **dict(zip(places, map(as_sent, bodies), strict=True))}


def _allowed(by: Reader, collection: Collection) -> dict[str, Field]:
    """The fields to filter and sort by: none that the roster withholds from this client."""
    shared = fields(collection) if by.share is None else serving.allowed_fields(by.share, collection)
    return {name: field for name, field in shared.items() if name in EVERY or name in FILTERED[collection]}


def _selection(collection: Collection, selected: tuple[str, ...]) -> frozenset[str] | None:
    sent = {name.lower(): Field((name,), "text") for name in ("metadata", *_SENT[collection])}
    return serving.selection(selected, fields(collection) | sent)


def _selected(document: Json, chosen: frozenset[str] | None) -> Json:
    return document if chosen is None else {name: value for name, value in document.items() if name in chosen}
