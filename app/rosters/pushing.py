"""The gradebook taken in: line items, results, categories and score scales that tools write over OneRoster 1.2.

A client writes into its own source and reads back what it wrote there. Whom and what its objects name it knows from the
roster that is shared with it, or from a system whose ids its source is told to use (`issuers`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import msgspec

from app.db import Database, Tx
from app.db.access.access import Caller
from app.db.rosters import written as rows
from app.errors import Conflict, Denied, Invalid, NotFound
from app.pipeline.push import Inbox, ItemResult
from app.rosters import serving
from app.rosters.naming import NAMING, PLACES, Noting, is_known
from app.rosters.serving import Shared
from app.rosters.written import LINE_ITEMS, Json, Written, is_deleted, own, stored
from app.sources.source import Source


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
        document = await stored(tx, by.source.id, kind, sourced_id)
    if document is None:
        raise NotFound(f"no {kind.single} '{sourced_id[:80]}' of this client.")
    if is_deleted(document):
        return
    gone: Json = {"sourcedId": sourced_id, "status": "tobedeleted"}
    if modified := document.get("dateLastModified"):
        gone["dateLastModified"] = modified
    [outcome] = await by.take(kind, [msgspec.json.encode(gone)])
    _accepted(kind, sourced_id, outcome)


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
    """Take objects in, each with what it names that is known here, and what names them with what they say."""
    async with by.db.transaction(by.source.tenant) as tx:
        noting = Noting(tx, by.source.id, by.share)
        noted = [msgspec.json.encode(await noting.noted(each)) for each in objects]
    outcomes = await by.take(kind, noted)
    for each, outcome in zip(objects, outcomes, strict=True):
        if outcome.status in ("new", "updated"):
            await _note_again(by, kind, str(each.get("sourcedId")))
    return outcomes


async def _note_again(by: Writer, kind: Written, sourced_id: str) -> None:
    """Take what names an object in once more, with what it says: it came earlier, or the object said something else."""
    for naming in NAMING.get(kind, ()):
        after = ""
        while True:
            async with by.db.transaction(by.source.tenant) as tx:
                keys = await rows.naming(tx, by.source.id, naming.collection, kind.collection, sourced_id, after=after)
                noting = Noting(tx, by.source.id, by.share)
                documents = [await own(tx, by.source.id, naming, key) for key in keys]
                noted = [msgspec.json.encode(await noting.noted(each)) for each in documents if each is not None]
            if not keys:
                break
            await by.take(naming, noted)
            after = keys[-1]


async def _known(tx: Tx, by: Writer, field: str, sourced_id: str) -> bool:
    """Whether what a path names is known: an own line item; else of the shared roster, or of whose ids are used."""
    if field == "lineItem":
        return await own(tx, by.source.id, LINE_ITEMS, sourced_id) is not None
    return await is_known(tx, by.share, by.source.settings.issuers.get("sourced"), field, sourced_id)
