"""What tools write into the gradebook: its collections, their rights, and an object as its client wrote it."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from app.access.scopes import Scope
from app.db import Tx
from app.db.pipeline import pushed
from app.pipeline.verbatim import raw_records
from app.rosters.shapes import Collection

Json = dict[str, Any]
Verb = Literal["createput", "createpost", "delete"]
_SCOPES: dict[tuple[str, Verb], Scope] = {
    ("gradebook", "createput"): "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createput",
    ("gradebook", "createpost"): "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.createpost",
    ("gradebook", "delete"): "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.delete",
    ("assessment", "createput"): "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.createput",
    ("assessment", "delete"): "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.delete",
}
STUDENT, CATEGORY, SCALE = NOTED = ("(student)", "(category)", "(scale)")
"""What is noted beside an object: as whom its student is known, what its category is called, and its score scale."""


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
CATEGORIES, LINE_ITEMS, RESULTS, SCALES, ASSESSMENTS, ASSESSMENT_RESULTS = WRITTEN
_OF_COLLECTION = {kind.collection: kind for kind in WRITTEN}


async def own(tx: Tx, source: int, kind: Written, sourced_id: str) -> Json | None:
    """An object as a client wrote it; None where it wrote none of that id, or took it back."""
    document = await stored(tx, source, kind, sourced_id)
    return None if document is None or is_deleted(document) else document


async def stored(tx: Tx, source: int, kind: Written, sourced_id: str) -> Json | None:
    """An object as a client wrote it, also where it took it back; None where it wrote none of that id."""
    rows = await pushed.by_keys(tx, source, kind.collection, [sourced_id])
    if not rows or rows[0].raw_id is None or rows[0].raw_pos is None:
        return None
    [body] = await raw_records(tx, [(rows[0].raw_id, rows[0].raw_pos)])
    return as_sent(body)


def as_sent(body: bytes) -> Json:
    """An object as it was sent, without what is noted beside it."""
    document: Json = msgspec.json.decode(body)
    return {name: value for name, value in document.items() if name not in NOTED}


def is_deleted(document: Json) -> bool:
    """Whether its client took an object back."""
    return document.get("status") == "tobedeleted"


def reference(document: Json, field: str) -> str | None:
    """The id that a field of an object refers to."""
    value = document.get(field)
    sourced_id = value.get("sourcedId") if isinstance(value, dict) else None
    return sourced_id if isinstance(sourced_id, str) else None


def written(collection: Collection) -> Written | None:
    """The collection as clients write it; None where they do not."""
    return _OF_COLLECTION.get(collection)
