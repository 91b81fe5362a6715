"""What the CASE provider serves: frameworks and their objects one by one, as the bytes of the JSON that CASE 1.1 has.

None where the tenant has no such object: the answer to that is the binding's.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.frameworks import case_objects, frameworks
from app.db.frameworks.case_objects import ServedObject

ROOT = "/ims/case/v1p1"
"""Where the provider is, below the service's own address."""

SETS = ("CFConcepts", "CFSubjects", "CFItemTypes")
"""Definitions that are served with those below them: the answer is an object with the list."""
SINGLE = ("CFLicenses", "CFAssociationGroupings", "CFRubrics")
"""Definitions that are served by themselves."""


async def documents(tx: Tx) -> list[dict[str, Any]]:
    """Every CFDocument."""
    return [row.document for row in await frameworks.listed(tx)]


async def document(tx: Tx, identifier: UUID) -> bytes | None:
    """A CFDocument: one framework, without its items."""
    row = await frameworks.by_id(tx, identifier)
    return msgspec.json.encode(row.document) if row else None


async def package(tx: Tx, identifier: UUID) -> bytes | None:
    """A CFPackage: one framework with everything in it."""
    return await frameworks.package(tx, identifier)


async def item(tx: Tx, identifier: UUID) -> bytes | None:
    """A CFItem. One that its framework has no more says so by its `statusEndDate`."""
    if (current := await case_objects.item(tx, identifier)) is not None:
        return _with_document(current)
    retired = await case_objects.retired_item(tx, identifier)
    return _with_document(_retired(*retired)) if retired else None


async def item_associations(tx: Tx, identifier: UUID) -> bytes | None:
    """A CFItem with every association that begins or ends at it. None also without any: CASE has no empty set."""
    own = await case_objects.item(tx, identifier)
    associations = await case_objects.associations_of(tx, identifier) if own else []
    if own is None or not associations:
        return None
    return b'{"CFItem":' + _with_document(own) + b',"CFAssociations":[' + b",".join(associations) + b"]}"


async def association(tx: Tx, identifier: UUID) -> bytes | None:
    """A CFAssociation."""
    own = await case_objects.association(tx, identifier)
    return _with_document(own) if own else None


async def definition(tx: Tx, kind: str, identifier: UUID) -> bytes | None:
    """A definition of one of the kinds in SETS (with those below it) or SINGLE."""
    if kind in SETS:
        bodies = await case_objects.with_children(tx, kind, identifier)
        return b'{"' + kind.encode() + b'":[' + b",".join(bodies) + b"]}" if bodies else None
    own = await case_objects.definition(tx, kind, identifier)
    return own.body if own else None


def _retired(last: ServedObject, since: datetime) -> ServedObject:
    """An item as it said last, with the end of its status (CASE 1.1, CFItem.statusEndDate)."""
    body = msgspec.json.encode({"statusEndDate": since.date(), **msgspec.json.decode(last.body)})
    return ServedObject(body, last.framework, last.document)


def _with_document(own: ServedObject) -> bytes:
    """An item or association by itself says which document it is of; inside a package it may not."""
    link = {name: own.document[name] for name in ("title", "identifier", "uri")}
    return bytes(own.body)[:-1] + b',"CFDocumentURI":' + msgspec.json.encode(link) + b"}"
