"""The documents that tools keep beside statements: activity state, activity and agent profiles (xAPI part 3).

They are a tool's own notes, kept for it as they come: nothing of them goes into a learner's record.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.db import Tx
from app.db.pipeline import xapi
from app.db.pipeline.xapi import DocumentRow, Shelf
from app.errors import Conflict
from app.pipeline.xapi import Unlawful

LONGEST = 1_000_000
"""The most bytes one document may have."""
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Precondition:
    """What must hold of the document there is: `If-Match` and `If-None-Match` (RFC 9110, 13.1)."""

    match: str | None = None
    none_match: str | None = None

    def holds(self, row: DocumentRow | None) -> bool:
        """Whether the precondition holds."""
        if self.match is not None:
            return row is not None and (self.match.strip() == "*" or row.etag in _tags(self.match))
        if self.none_match is not None:
            return row is None or (self.none_match.strip() != "*" and row.etag not in _tags(self.none_match))
        return True

    @property
    def given(self) -> bool:
        """Whether a precondition was given."""
        return self.match is not None or self.none_match is not None


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")}


class Unmet(Conflict):
    """A precondition does not hold: the document is another by now."""

    status, type, title = 412, "precondition-failed", "Precondition failed"


async def get(tx: Tx, shelf: Shelf, name: str) -> DocumentRow | None:
    """A document."""
    return await xapi.document(tx, shelf, name)


async def names(tx: Tx, shelf: Shelf, since: datetime | None) -> list[str]:
    """The names of the documents there are, or of those changed since."""
    return await xapi.document_names(tx, shelf, since)


async def put(
    tx: Tx, shelf: Shelf, name: str, content_type: str, body: bytes, condition: Precondition, *, careful: bool
) -> None:
    """Keep a document in place of the one there is. `careful`: it is not overwritten without a precondition.

    Unmet where the precondition does not hold; Conflict where one is needed.
    """
    stored = await xapi.document(tx, shelf, name)
    if careful and stored is not None and not condition.given:
        raise Conflict(f"The document '{name}' exists: send If-Match with its ETag, or If-None-Match: *.")
    _check(condition, stored, name)
    await _keep(tx, shelf, name, content_type, body)


async def merge(tx: Tx, shelf: Shelf, name: str, content_type: str, body: bytes, condition: Precondition) -> None:
    """Set the properties of a JSON document, and leave its others; one that is not there begins so.

    Unlawful where either is no JSON object.
    """
    stored = await xapi.document(tx, shelf, name)
    _check(condition, stored, name)
    if stored is not None:
        if JSON not in content_type or JSON not in stored.content_type:
            raise Unlawful(
                f"The document '{name}' is {stored.content_type}: only JSON objects are merged, put it anew."
            )
        body = msgspec.json.encode({**_object(stored.body, name), **_object(body, name)})
    elif JSON in content_type:
        _object(body, name)
    await _keep(tx, shelf, name, content_type, body)


async def delete(tx: Tx, shelf: Shelf, name: str | None, condition: Precondition) -> None:
    """Delete a document, or all of a shelf."""
    if name is not None:
        _check(condition, await xapi.document(tx, shelf, name), name)
    await xapi.delete_documents(tx, shelf, name)


def _check(condition: Precondition, stored: DocumentRow | None, name: str) -> None:
    if not condition.holds(stored):
        raise Unmet(f"The document '{name}' is another by now: read it, and send its ETag.")


async def _keep(tx: Tx, shelf: Shelf, name: str, content_type: str, body: bytes) -> None:
    if len(body) > LONGEST:
        raise Unlawful(f"The document '{name}' has {len(body):,} bytes: {LONGEST:,} is the most.")
    etag = hashlib.sha1(body, usedforsecurity=False).hexdigest()  # the standard's own choice (part 3, 3.1)
    await xapi.put_document(tx, shelf, DocumentRow(name, content_type, body, etag, datetime.now(UTC)))


def _object(body: bytes, name: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise Unlawful(f"The document '{name}' is no JSON object: put it anew.") from None


__all__ = ["DocumentRow", "Precondition", "Shelf", "Unmet", "delete", "get", "merge", "names", "put"]
