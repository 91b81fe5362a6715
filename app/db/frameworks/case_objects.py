"""The objects of frameworks one by one, by their ids, as the CASE provider serves them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx


@dataclass(frozen=True, slots=True)
class ServedObject:
    """An object of a package as bytes of JSON, and the id and title of its framework."""

    body: bytes
    framework: UUID
    document: dict[str, Any]


# The same id may be in several packages (item types are shared), and by mistake twice in one: the package that was
# imported last is believed, and in it the later object.
LATEST: LiteralString = "ORDER BY f.imported_at DESC, f.id, o.n DESC LIMIT 1"


async def item(tx: Tx, id: UUID) -> ServedObject | None:
    """The CFItem of that id."""
    return await _object(tx, "competency o", "o.id = %s", id)


async def retired_item(tx: Tx, id: UUID) -> tuple[ServedObject, datetime] | None:
    """The CFItem of that id that a framework still held had before, as it said last, and since when it has it no more."""
    rows = await tx.rows(
        """SELECT o.body, f.id, f.document, o.ended_at FROM competency_past o
           JOIN framework f ON f.tenant_id = o.tenant_id AND f.id = o.framework_id
           WHERE o.tenant_id = %s AND o.id = %s ORDER BY o.ended_at DESC, o.n DESC LIMIT 1""",
        tx.tenant,
        id,
    )
    return (ServedObject(*rows[0][:3]), rows[0][3]) if rows else None


async def association(tx: Tx, id: UUID) -> ServedObject | None:
    """The CFAssociation of that id."""
    return await _object(tx, "competency_link o", "o.id = %s", id)


async def definition(tx: Tx, kind: str, id: UUID) -> ServedObject | None:
    """The definition (CFSubjects, CFRubrics…) of that kind and id."""
    return await _object(tx, "case_definition o", "o.kind = %s AND o.id = %s", kind, id)


async def associations_of(tx: Tx, item: UUID) -> list[bytes]:
    """Every CFAssociation that begins or ends at an item, in all frameworks, each id once."""
    rows = await tx.rows(
        """SELECT DISTINCT ON (o.id) o.id, o.body FROM competency_link o
           JOIN framework f ON f.tenant_id = o.tenant_id AND f.id = o.framework_id
           WHERE o.tenant_id = %(tenant)s AND %(item)s IN (o.origin, o.destination) ORDER BY o.id, f.imported_at DESC, o.n DESC""",
        item=item,
    )
    return [body for _, body in rows]


async def with_children(tx: Tx, kind: str, id: UUID) -> list[bytes]:
    """A definition and those below it by hierarchy code ('1.2' is below '1'), in one framework."""
    rows = await tx.rows(
        """WITH head AS (
               SELECT o.framework_id, o.hierarchy, o.n FROM case_definition o
               JOIN framework f ON f.tenant_id = o.tenant_id AND f.id = o.framework_id
               WHERE o.tenant_id = %(tenant)s AND o.kind = %(kind)s AND o.id = %(own)s ORDER BY f.imported_at DESC, f.id, o.n DESC LIMIT 1)
           SELECT o.body FROM case_definition o JOIN head h ON h.framework_id = o.framework_id
           WHERE o.tenant_id = %(tenant)s AND o.kind = %(kind)s
             AND (o.n = h.n OR (h.hierarchy <> '' AND starts_with(o.hierarchy, h.hierarchy || '.')))
           ORDER BY o.n <> h.n, o.hierarchy, o.n""",
        kind=kind,
        own=id,
    )
    return [body for (body,) in rows]


async def _object(tx: Tx, table: LiteralString, condition: LiteralString, *args: Any) -> ServedObject | None:
    return await tx.first(
        ServedObject,
        f"""SELECT o.body, f.id AS framework, f.document FROM {table}
            JOIN framework f ON f.tenant_id = o.tenant_id AND f.id = o.framework_id
            WHERE o.tenant_id = %s AND {condition} {LATEST}""",
        tx.tenant,
        *args,
    )
