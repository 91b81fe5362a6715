"""Frameworks as they are kept: the package received, the package served, what they said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Json, Jsonb

from app.db import Tx


@dataclass(frozen=True, slots=True)
class FrameworkRow:
    """A framework in a list: `document` is its CFDocument as served, `findings` what was found at import."""

    id: UUID
    title: str
    framework_type: str | None
    sensitivity: str
    origin: str
    sha256: bytes
    document: dict[str, Any]
    findings: list[dict[str, Any]]
    imported_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class PastRow:
    """A version of a framework that another took the place of, at `ended_at`."""

    version: int
    title: str
    origin: str
    sha256: bytes
    imported_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Wording:
    """What an item said until `ended_at`; `retired`: no framework has it any more."""

    id: UUID
    version: int
    code: str | None
    statement: str
    sensitivity: str
    ended_at: datetime
    retired: bool


@dataclass(frozen=True, slots=True)
class CompetencyRow:
    """A CFItem as the rest of the service sees it."""

    id: UUID
    framework_id: UUID
    n: int
    code: str | None
    statement: str
    item_type: str | None
    sensitivity: str
    education: list[str]


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A CFAssociation as the rest of the service sees it; of `isChildOf`, the origin is the child."""

    type: str
    origin: UUID
    destination: UUID
    sequence: int | None
    strength: str | None


ItemRows = Sequence[tuple[UUID, str | None, list[str], str, str | None, str, list[str], str, bytes]]
LinkRows = Sequence[tuple[UUID, str, UUID, UUID, int | None, str | None, bytes]]
DefinitionRows = Sequence[tuple[str, int, UUID, str, bytes]]
LISTED: LiteralString = (
    "id, title, framework_type, sensitivity, origin, sha256, document, findings, imported_at, version"
)
COMPETENCY: LiteralString = "c.id, c.framework_id, c.n, c.code, c.statement, c.item_type, c.sensitivity, c.education"


async def replace(tx: Tx, row: FrameworkRow, received: bytes, package: bytes) -> int:
    """Store a framework in place of what was held under its id, which is kept as its past. The number of its version."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", str(row.id), tx.tenant)
    await _end(tx, row.id, row.imported_at)
    version: int = await tx.one(
        "SELECT coalesce(max(version), 0) + 1 FROM framework_past WHERE tenant_id = %s AND framework_id = %s",
        tx.tenant,
        row.id,
    )
    await tx.run(
        f"""INSERT INTO framework (tenant_id, {LISTED}, received, package)
            VALUES (%s, %s, %s, %s, %s, %s, %b, %s, %s, %s, %s, %b, %b)""",
        tx.tenant,
        row.id,
        row.title,
        row.framework_type,
        row.sensitivity,
        row.origin,
        row.sha256,
        Json(row.document),
        Jsonb(row.findings),
        row.imported_at,
        version,
        received,
        package,
    )
    return version


async def _end(tx: Tx, framework: UUID, at: datetime) -> bool:
    """Make what is held of a framework its past; whether there was anything."""
    await tx.run(
        """INSERT INTO competency_past (tenant_id, framework_id, version, n, id, framework, code, statement, item_type,
                                        sensitivity, body, ended_at)
           SELECT c.tenant_id, c.framework_id, f.version, c.n, c.id, f.title, c.code, c.statement, c.item_type,
                  c.sensitivity, c.body, %s
           FROM framework f JOIN competency c ON c.tenant_id = f.tenant_id AND c.framework_id = f.id
           WHERE f.tenant_id = %s AND f.id = %s""",
        at,
        tx.tenant,
        framework,
    )
    await tx.run(
        """INSERT INTO framework_past (tenant_id, framework_id, version, title, origin, sha256, received, imported_at, ended_at)
           SELECT tenant_id, id, version, title, origin, sha256, received, imported_at, %s FROM framework
           WHERE tenant_id = %s AND id = %s""",
        at,
        tx.tenant,
        framework,
    )
    for table in ("competency", "competency_link", "case_definition"):
        await tx.run(f"DELETE FROM {table} WHERE tenant_id = %s AND framework_id = %s", tx.tenant, framework)
    return await tx.run("DELETE FROM framework WHERE tenant_id = %s AND id = %s", tx.tenant, framework) > 0


async def forget_unchanged(tx: Tx, framework: UUID, version: int) -> None:
    """Of the version before this one, keep what this one says otherwise, or has no more."""
    await tx.run(
        """DELETE FROM competency_past p USING competency c
           WHERE p.tenant_id = %s AND p.framework_id = %s AND p.version = %s - 1 AND c.tenant_id = p.tenant_id
             AND c.framework_id = p.framework_id AND c.id = p.id
             AND (c.code, c.statement, c.item_type, c.sensitivity)
                 IS NOT DISTINCT FROM (p.code, p.statement, p.item_type, p.sensitivity)""",
        tx.tenant,
        framework,
        version,
    )


async def add_items(tx: Tx, framework: UUID, rows: ItemRows) -> None:
    """Store items (id, code, aliases, statement, type, sensitivity, grades, words to search, body) in their order."""
    await tx.run(
        """INSERT INTO competency (tenant_id, framework_id, n, id, code, aliases, statement, item_type, sensitivity, education,
                                   search, body)
           SELECT %s, %s, n, id, code, string_to_array(aliases, chr(31)), statement, item_type, sensitivity,
                  string_to_array(education, chr(31)), to_tsvector('english', words), body
           FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[])
                WITH ORDINALITY AS i (id, code, aliases, statement, item_type, sensitivity, education, words, body, n)""",
        tx.tenant,
        framework,
        [r[0] for r in rows],
        [r[1] for r in rows],
        ["\x1f".join(r[2]) for r in rows],
        *([r[i] for r in rows] for i in range(3, 6)),
        ["\x1f".join(r[6]) for r in rows],
        *([r[i] for r in rows] for i in range(7, 9)),
    )


async def add_links(tx: Tx, framework: UUID, rows: LinkRows) -> None:
    """Store associations (id, type, origin, destination, sequence, strength, body) in their order."""
    await tx.run(
        """INSERT INTO competency_link (tenant_id, framework_id, n, id, type, origin, destination, sequence, strength, body)
           SELECT %s, %s, n, id, type, origin, destination, sequence, strength, body
           FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::bytea[])
                WITH ORDINALITY AS l (id, type, origin, destination, sequence, strength, body, n)""",
        tx.tenant,
        framework,
        *([r[i] for r in rows] for i in range(7)),
    )


async def add_definitions(tx: Tx, framework: UUID, rows: DefinitionRows) -> None:
    """Store definitions and rubrics (kind, position, id, hierarchy code, body)."""
    await tx.run(
        """INSERT INTO case_definition (tenant_id, framework_id, kind, n, id, hierarchy, body)
           SELECT %s, %s, * FROM unnest(%s::text[], %s::int[], %s::uuid[], %s::text[], %s::bytea[])""",
        tx.tenant,
        framework,
        *([r[i] for r in rows] for i in range(5)),
    )


async def remove(tx: Tx, framework: UUID, at: datetime) -> bool:
    """Forget a framework, but for its past; whether there was one. What learners have shown of it stays."""
    return await _end(tx, framework, at)


async def past(tx: Tx, framework: UUID) -> list[PastRow]:
    """The versions of a framework that others took the place of, the oldest first."""
    async with tx.conn.cursor(row_factory=class_row(PastRow)) as cursor:
        await cursor.execute(
            """SELECT version, title, origin, sha256, imported_at, ended_at FROM framework_past
               WHERE tenant_id = %s AND framework_id = %s ORDER BY version""",
            [tx.tenant, framework],
        )
        return await cursor.fetchall()


async def wordings(tx: Tx, competencies: Sequence[UUID]) -> list[Wording]:
    """What these items said before, the oldest first."""
    async with tx.conn.cursor(row_factory=class_row(Wording)) as cursor:
        await cursor.execute(
            """SELECT p.id, p.version, p.code, p.statement, p.sensitivity, p.ended_at, NOT EXISTS (
                   SELECT 1 FROM competency c WHERE c.tenant_id = p.tenant_id AND c.id = p.id) AS retired
               FROM competency_past p WHERE p.tenant_id = %s AND p.id = ANY(%s) ORDER BY p.id, p.ended_at, p.n""",
            [tx.tenant, list(competencies)],
        )
        return await cursor.fetchall()


async def has_sensitive(tx: Tx) -> bool:
    """Whether any competency of the tenant is sensitive, or was in what a framework said before."""
    return bool(await tx.one("SELECT has_sensitive(%s)", tx.tenant))


async def sensitive(tx: Tx, competencies: Sequence[UUID]) -> set[UUID]:
    """Which of these competencies are sensitive in any framework, or were when the last one retired them."""
    rows = await tx.rows(
        """SELECT id FROM competency WHERE tenant_id = %s AND id = ANY(%s) AND sensitivity <> 'general'
           UNION SELECT p.id FROM competency_past p WHERE p.tenant_id = %s AND p.id = ANY(%s)
             AND p.sensitivity <> 'general' AND NOT EXISTS (
                 SELECT 1 FROM competency c WHERE c.tenant_id = p.tenant_id AND c.id = p.id)""",
        tx.tenant,
        list(competencies),
        tx.tenant,
        list(competencies),
    )
    return {competency for (competency,) in rows}


async def sensitive_in(tx: Tx, framework: UUID) -> set[UUID]:
    """Which items of a framework are sensitive, there or in any other."""
    rows = await tx.rows(
        """SELECT id FROM competency WHERE tenant_id = %s AND sensitivity <> 'general'
             AND EXISTS (SELECT FROM competency c WHERE c.tenant_id = %s AND c.framework_id = %s AND c.id = competency.id)""",
        tx.tenant,
        tx.tenant,
        framework,
    )
    return {competency for (competency,) in rows}


async def stamp(tx: Tx, framework: UUID) -> tuple[str, int, datetime] | None:
    """(title, version, when imported) of a framework: while these are the same, so is all of it."""
    found = await tx.rows(
        "SELECT title, version, imported_at FROM framework WHERE tenant_id = %s AND id = %s", tx.tenant, framework
    )
    return found[0] if found else None


async def listed(tx: Tx) -> list[FrameworkRow]:
    """All frameworks of the tenant, by title."""
    async with tx.conn.cursor(row_factory=class_row(FrameworkRow)) as cursor:
        await cursor.execute(f"SELECT {LISTED} FROM framework WHERE tenant_id = %s ORDER BY title, id", [tx.tenant])
        return await cursor.fetchall()


async def by_id(tx: Tx, framework: UUID) -> FrameworkRow | None:
    """The framework of that id."""
    async with tx.conn.cursor(row_factory=class_row(FrameworkRow)) as cursor:
        await cursor.execute(f"SELECT {LISTED} FROM framework WHERE tenant_id = %s AND id = %s", [tx.tenant, framework])
        return await cursor.fetchone()


async def package(tx: Tx, framework: UUID) -> bytes | None:
    """The CFPackage as it is served."""
    return await _bytes(tx, "SELECT package FROM framework WHERE tenant_id = %s AND id = %s", framework)


async def received(tx: Tx, framework: UUID, version: int | None = None) -> bytes | None:
    """The package as it came (zstd): the one held, or a version of it, also of the past."""
    return await _bytes(
        tx,
        """SELECT received FROM framework WHERE tenant_id = %s AND id = %s AND (%s::int IS NULL OR version = %s)
           UNION ALL SELECT received FROM framework_past WHERE tenant_id = %s AND framework_id = %s AND version = %s""",
        framework,
        version,
        version,
        tx.tenant,
        framework,
        version,
    )


async def competencies(tx: Tx, framework: UUID) -> list[CompetencyRow]:
    """The items of a framework in their order, each id once (the later one, as it is served)."""
    async with tx.conn.cursor(row_factory=class_row(CompetencyRow)) as cursor:
        await cursor.execute(
            f"""SELECT * FROM (SELECT DISTINCT ON (c.id) {COMPETENCY} FROM competency c
                WHERE c.tenant_id = %s AND c.framework_id = %s ORDER BY c.id, c.n DESC) AS once ORDER BY n""",
            [tx.tenant, framework],
        )
        return await cursor.fetchall()


async def links(tx: Tx, framework: UUID, types: Sequence[str]) -> list[LinkRow]:
    """The associations of a framework of these types, in their order."""
    async with tx.conn.cursor(row_factory=class_row(LinkRow)) as cursor:
        await cursor.execute(
            """SELECT type, origin, destination, sequence, strength FROM competency_link
               WHERE tenant_id = %s AND framework_id = %s AND type = ANY(%s) ORDER BY n""",
            [tx.tenant, framework, list(types)],
        )
        return await cursor.fetchall()


async def _bytes(tx: Tx, query: LiteralString, framework: UUID, *more: Any) -> bytes | None:
    cursor = await tx.conn.execute(query, [tx.tenant, framework, *more], binary=True)
    found = await cursor.fetchone()
    return None if found is None else bytes(found[0])
