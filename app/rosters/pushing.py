"""The gradebook taken in: line items, results, categories and score scales that tools write over OneRoster 1.2.

A client writes into its own source and reads back what it wrote there. Whom and what its objects name it knows from the
roster that is shared with it, or from a system whose ids its source is told to use (`issuers`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

import msgspec

from app.access.scopes import Scope
from app.db import Database, Tx
from app.db.access.access import Caller
from app.db.pipeline import pushed
from app.db.rosters import pages, rosters, users
from app.db.rosters.pages import Objects
from app.errors import Conflict, Denied, Invalid, NotFound
from app.pipeline.push import Inbox, ItemResult
from app.pipeline.verbatim import raw_records
from app.rosters import serving
from app.rosters.serving import UUID_FORM, Shared
from app.rosters.shapes import Collection
from app.sources.source import Source

Json = dict[str, Any]
Verb = Literal["createput", "createpost", "delete"]
_SCOPES: dict[tuple[str, Verb], Scope] = {
    ("gradebook", "createput"): "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createput",
    ("gradebook", "createpost"): "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createpost",
    ("gradebook", "delete"): "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.delete",
    ("assessment", "createput"): "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.createput",
    ("assessment", "delete"): "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.delete",
}
NOTED = ("(student)", "(category)")
"""What is noted beside an object: as whom its student is known, and what its category is called."""


@dataclass(frozen=True, slots=True)
class Written:
    """A collection that clients write: the name of one of its objects, and the part of the standard it belongs to."""

    collection: Collection
    single: str
    right: Literal["gradebook", "assessment"] = "gradebook"

    def scope(self, verb: Verb) -> Scope:
        """What a client needs to do this."""
        return _SCOPES[self.right, verb]


WRITTEN: tuple[Written, ...] = (
    Written("categories", "category"),
    Written("lineItems", "lineItem"),
    Written("results", "result"),
    Written("scoreScales", "scoreScale"),
    Written("assessmentLineItems", "assessmentLineItem", "assessment"),
    Written("assessmentResults", "assessmentResult", "assessment"),
)
CATEGORIES, LINE_ITEMS, RESULTS = WRITTEN[:3]


@dataclass(frozen=True, slots=True)
class Place:
    """What a path names beside line items: its collection in the roster, its kind of record, a reference's type."""

    collection: Collection
    kind: str
    type: str


PLACES = {
    "class": Place("classes", "class", "class"),
    "school": Place("orgs", "org", "org"),
    "academicSession": Place("academicSessions", "academicSession", "academicSession"),
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and into what: a client's own source. `share` is what of the roster it may see (None: nothing)."""

    db: Database
    inbox: Inbox
    source: Source
    share: Shared | None

    async def take(self, kind: "Written", objects: Sequence[bytes]) -> list[ItemResult]:
        """Take objects in; what became of each."""
        return await self.inbox.push(self.source, self.source.stream(kind.collection), objects, atomic=False)


async def writer(db: Database, inbox: Inbox, source: Source, caller: Caller) -> Writer:
    """A client as one who writes into its source."""
    try:
        async with db.transaction(source.tenant) as tx:
            return Writer(db, inbox, source, await serving.shared(tx, caller))
    except Denied:
        return Writer(db, inbox, source, None)


async def put(by: Writer, kind: Written, sourced_id: str, document: Any) -> None:
    """Create an object under the id its sender gave it, or put it in place of what it was.

    Invalid where it cannot be read; Conflict where a newer version of it is held.
    """
    sent = document.get(kind.single) if isinstance(document, dict) else None
    if not isinstance(sent, dict):
        raise Invalid(f"The body is no object with '{kind.single}'.", pointers={"": f"send {{'{kind.single}': …}}"})
    if sent.get("sourcedId", sourced_id) != sourced_id:
        pointer = f"/{kind.single}/sourcedId"
        raise Invalid("The path and the body name two objects.", pointers={pointer: "not the id of the path"})
    [outcome] = await _take(by, kind, [{**sent, "sourcedId": sourced_id}])
    _accepted(kind, sourced_id, outcome)


async def post(by: Writer, kind: Written, document: Any, within: Mapping[str, str]) -> list[tuple[str, str]]:
    """Create objects; the ids they were sent with and those they have, of each that was taken in.

    `within` are the objects that the path names, by the field that refers to them. What cannot be read costs itself and
    waits in quarantine; Invalid where that is all. NotFound where the path names what is not known.
    """
    sent = document.get(kind.collection) if isinstance(document, dict) else None
    if not isinstance(sent, list):
        raise Invalid(f"The body is no object with a list '{kind.collection}'.")
    async with by.db.transaction(by.source.tenant) as tx:
        for field, sourced_id in within.items():
            if not await _known(tx, by, field, sourced_id):
                raise NotFound(f"no {field} '{sourced_id[:80]}', or it is not shared with this client.")
    objects = [_placed(each, within) for each in sent if isinstance(each, dict)]
    outcomes = await _take(by, kind, objects) if objects else []
    taken = [
        (str(each["sourcedId"]), str(each["sourcedId"]))
        for each, outcome in zip(objects, outcomes, strict=True)
        if outcome.status != "rejected"
    ]
    if sent and not taken:
        reasons = [outcome.reason for outcome in outcomes if outcome.reason]
        raise Invalid(f"None of the {kind.collection} can be read: {next(iter(reasons), 'they are no objects')}.")
    return taken


async def delete(by: Writer, kind: Written, sourced_id: str) -> None:
    """Take an object back: it counts no more. Once more does nothing; NotFound where it was never there."""
    async with by.db.transaction(by.source.tenant) as tx:
        stored = await _stored(tx, by.source.id, kind, sourced_id)
    if stored is None:
        raise NotFound(f"no {kind.single} '{sourced_id[:80]}' of this client.")
    if _is_deleted(stored):
        return
    gone: Json = {"sourcedId": sourced_id, "status": "tobedeleted"}
    if modified := stored.get("dateLastModified"):
        gone["dateLastModified"] = modified
    [outcome] = await by.take(kind, [msgspec.json.encode(gone)])
    _accepted(kind, sourced_id, outcome)


async def own(tx: Tx, source: int, kind: Written, sourced_id: str) -> Json | None:
    """An object as a client wrote it; None where it wrote none of that id, or took it back."""
    stored = await _stored(tx, source, kind, sourced_id)
    return None if stored is None or _is_deleted(stored) else stored


async def _stored(tx: Tx, source: int, kind: Written, sourced_id: str) -> Json | None:
    rows = await pushed.by_keys(tx, source, kind.collection, [sourced_id])
    if not rows or rows[0].raw_id is None or rows[0].raw_pos is None:
        return None
    (body,) = await raw_records(tx, [(rows[0].raw_id, rows[0].raw_pos)])
    stored: Json = msgspec.json.decode(body)
    return {name: value for name, value in stored.items() if name not in NOTED}


def _is_deleted(stored: Json) -> bool:
    return stored.get("status") == "tobedeleted"


def _accepted(kind: Written, sourced_id: str, outcome: ItemResult) -> None:
    if outcome.status == "rejected":
        raise Invalid(f"The {kind.single} '{sourced_id[:80]}' cannot be read: {outcome.reason}.")
    if outcome.status == "stale":
        raise Conflict(f"A version of {kind.single} '{sourced_id[:80]}' is held whose dateLastModified is newer.")


def _placed(sent: Json, within: Mapping[str, str]) -> Json:
    """An object with an id, and with the references that its path says where it has none itself."""
    placed = {"sourcedId": str(uuid4()), **{k: v for k, v in sent.items() if k != "sourcedId" or v}}
    for field, sourced_id in within.items():
        placed.setdefault(field, {"sourcedId": sourced_id, "type": PLACES[field].type if field in PLACES else field})
    return placed


async def _take(by: Writer, kind: Written, objects: Sequence[Json]) -> list[ItemResult]:
    """Take objects in, each with what it names that is known here."""
    async with by.db.transaction(by.source.tenant) as tx:
        known: dict[str, Json] = {}
        noted = [msgspec.json.encode(await _noted(tx, by, each, known)) for each in objects]
    return await by.take(kind, noted)


async def _noted(tx: Tx, by: Writer, sent: Json, known: dict[str, Json]) -> Json:
    """An object with notes on its student and its category. No note is taken from outside."""
    noted = {name: value for name, value in sent.items() if name not in NOTED}
    if isinstance(student := _reference(sent, "student"), str):
        if student not in known:
            known[student] = await _known_as(tx, by, student)
        noted["(student)"] = known[student]
    if isinstance(category := _reference(sent, "category"), str):
        named = await own(tx, by.source.id, CATEGORIES, category)
        if named and isinstance(title := named.get("title"), str) and title:
            noted["(category)"] = title
    return noted


def _reference(sent: Json, field: str) -> Any:
    reference = sent.get(field)
    return reference.get("sourcedId") if isinstance(reference, dict) else None


async def _known_as(tx: Tx, by: Writer, student: str) -> Json:
    """As whom a student is known: by a number of theirs where the shared roster has them, else by the id itself."""
    if by.share is not None and UUID_FORM.fullmatch(student):
        user = UUID(student)
        if await pages.single(tx, Objects("users"), by.share.view, user) is not None:
            identifier = await users.identifier(tx, user)
            if identifier is not None:
                return {"type": identifier.type, "value": identifier.value, "issuer": identifier.issuer}
    return {"type": "sourced", "value": student}


async def _known(tx: Tx, by: Writer, field: str, sourced_id: str) -> bool:
    """Whether what a path names is known: an own line item; else of the shared roster, or of whose ids are used."""
    if field == "lineItem":
        return await own(tx, by.source.id, LINE_ITEMS, sourced_id) is not None
    if by.share is not None and UUID_FORM.fullmatch(sourced_id):
        return await pages.single(tx, Objects(PLACES[field].collection), by.share.view, UUID(sourced_id)) is not None
    issuer = by.source.settings.issuers.get("sourced")
    return issuer is not None and await rosters.has_record(tx, issuer, PLACES[field].kind, sourced_id)
