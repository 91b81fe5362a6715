"""What the objects and the paths of tools name, as it is known here: students, categories, score scales, and places."""

from dataclasses import dataclass, field
from uuid import UUID

from app.db import Tx
from app.db.rosters import pages, rosters, users
from app.db.rosters.pages import Objects
from app.rosters.serving import UUID_FORM, Shared
from app.rosters.shapes import Collection
from app.rosters.written import (
    ASSESSMENT_RESULTS,
    ASSESSMENTS,
    CATEGORIES,
    CATEGORY,
    LINE_ITEMS,
    NOTED,
    RESULTS,
    SCALE,
    SCALES,
    STUDENT,
    Json,
    Written,
    own,
    reference,
)
from connectors.oneroster.scale import sides

NAMING: dict[Written, tuple[Written, ...]] = {
    CATEGORIES: (LINE_ITEMS,),
    SCALES: (RESULTS, ASSESSMENT_RESULTS),
    LINE_ITEMS: (RESULTS,),
    ASSESSMENTS: (ASSESSMENT_RESULTS,),
}
"""In which collections something is noted of an object of another one."""


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
    "student": Place("users", "person", "user"),
}


async def is_known(tx: Tx, share: Shared | None, issuer: str | None, field: str, sourced_id: str) -> bool:
    """Whether what a path names is of the shared roster, or of the source whose ids are used (`issuer`)."""
    if share is not None and UUID_FORM.fullmatch(sourced_id):
        return await pages.single(tx, Objects(PLACES[field].collection), share.view, UUID(sourced_id)) is not None
    return issuer is not None and await rosters.has_record(tx, issuer, PLACES[field].kind, sourced_id)


@dataclass(slots=True)
class Noting:
    """Notes beside the objects of one client what they name. Within one transaction everything is looked up once."""

    tx: Tx
    source: int
    share: Shared | None
    _students: dict[str, Json] = field(default_factory=dict)
    _own: dict[tuple[Written, str], Json | None] = field(default_factory=dict)

    async def noted(self, sent: Json) -> Json:
        """An object with notes on its student, its category and its score scale. No note is taken from outside."""
        noted = {name: value for name, value in sent.items() if name not in NOTED}
        if student := reference(sent, "student"):
            noted[STUDENT] = await self._student(student)
        if category := reference(sent, "category"):
            named = await self._written(CATEGORIES, category)
            if named and isinstance(title := named.get("title"), str) and title:
                noted[CATEGORY] = title
        if scale := await self._scale(sent):
            known = await self._written(SCALES, scale)
            noted[SCALE] = {"sourcedId": scale, "values": sides(known.get("scoreScaleValue")) if known else []}
        return noted

    async def _scale(self, sent: Json) -> str | None:
        """The score scale that an object names or, where it names none, its line item."""
        if scale := reference(sent, "scoreScale"):
            return scale
        for kind in (LINE_ITEMS, ASSESSMENTS):
            if (line_item := reference(sent, kind.single)) and (item := await self._written(kind, line_item)):
                return reference(item, "scoreScale")
        return None

    async def _written(self, kind: Written, sourced_id: str) -> Json | None:
        if (kind, sourced_id) not in self._own:
            self._own[kind, sourced_id] = await own(self.tx, self.source, kind, sourced_id)
        return self._own[kind, sourced_id]

    async def _student(self, sourced_id: str) -> Json:
        """As whom a student is known: by a number of theirs where the shared roster has them, else by the id itself."""
        if sourced_id not in self._students:
            self._students[sourced_id] = await self._known_as(sourced_id)
        return self._students[sourced_id]

    async def _known_as(self, student: str) -> Json:
        if self.share is not None and UUID_FORM.fullmatch(student):
            user = UUID(student)
            if await pages.single(self.tx, Objects("users"), self.share.view, user) is not None:
                identifier = await users.identifier(self.tx, user)
                if identifier is not None:
                    return {"type": identifier.type, "value": identifier.value, "issuer": identifier.issuer}
        return {"type": "sourced", "value": student}
