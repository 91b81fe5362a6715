"""Frameworks as they are kept: the package received, the package served, what they said before."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.records.entries import note_sensitive
from app.db.tables.mastery import Framework


@dataclass(frozen=True, slots=True)
class FrameworkRow:
    """A framework in a list: `document` is its CFDocument as served, `findings` what was found at import.

    `names` is what people here call it beside its title, `prefixes` what may stand before its codes.
    """

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
    names: Sequence[str] = ()
    prefixes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class NamedFramework:
    """What a framework is called: its title, and what people have added."""

    id: UUID
    title: str
    names: Sequence[str]
    prefixes: Sequence[str]


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
    columns = asdict(row) | {"version": version, "names": list(row.names), "prefixes": list(row.prefixes)}
    await tx.insert(Framework(**columns, received=received, package=package))
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
           SELECT %(tenant)s, %(framework)s, n, id, code, string_to_array(aliases, chr(31)), statement, item_type,
                  sensitivity, string_to_array(education, chr(31)), to_tsvector('english', words), body
           FROM unnest(%(ids)s::uuid[], %(codes)s::text[], %(aliases)s::text[], %(statements)s::text[], %(types)s::text[],
                       %(sensitivities)s::text[], %(education)s::text[], %(words)s::text[], %(bodies)s::bytea[])
                WITH ORDINALITY AS i (id, code, aliases, statement, item_type, sensitivity, education, words, body, n)""",
        framework=framework,
        ids=[r[0] for r in rows],
        codes=[r[1] for r in rows],
        aliases=["\x1f".join(r[2]) for r in rows],
        statements=[r[3] for r in rows],
        types=[r[4] for r in rows],
        sensitivities=[r[5] for r in rows],
        education=["\x1f".join(r[6]) for r in rows],
        words=[r[7] for r in rows],
        bodies=[r[8] for r in rows],
    )


async def bodies(tx: Tx, framework: UUID) -> list[tuple[int, bytes]]:
    """(position, CFItem) of a framework's items."""
    cursor = await tx.conn.execute(
        "SELECT n, body FROM competency WHERE tenant_id = %s AND framework_id = %s", [tx.tenant, framework], binary=True
    )
    return [(n, bytes(body)) for n, body in await cursor.fetchall()]


async def call_items(tx: Tx, framework: UUID, called: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Let a framework's items (by position) be found by these forms alone."""
    await tx.run(
        """UPDATE competency c SET aliases = string_to_array(i.aliases, chr(31))
           FROM unnest(%(positions)s::int[], %(aliases)s::text[]) AS i (n, aliases)
           WHERE c.tenant_id = %(tenant)s AND c.framework_id = %(framework)s AND c.n = i.n""",
        framework=framework,
        positions=[n for n, _ in called],
        aliases=["\x1f".join(forms) for _, forms in called],
    )


async def add_links(tx: Tx, framework: UUID, rows: LinkRows) -> None:
    """Store associations (id, type, origin, destination, sequence, strength, body) in their order."""
    await tx.run(
        """INSERT INTO competency_link (tenant_id, framework_id, n, id, type, origin, destination, sequence, strength, body)
           SELECT %(tenant)s, %(framework)s, n, id, type, origin, destination, sequence, strength, body
           FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(origins)s::uuid[], %(destinations)s::uuid[],
                       %(sequences)s::int[], %(strengths)s::text[], %(bodies)s::bytea[])
                WITH ORDINALITY AS l (id, type, origin, destination, sequence, strength, body, n)""",
        framework=framework,
        ids=[r[0] for r in rows],
        types=[r[1] for r in rows],
        origins=[r[2] for r in rows],
        destinations=[r[3] for r in rows],
        sequences=[r[4] for r in rows],
        strengths=[r[5] for r in rows],
        bodies=[r[6] for r in rows],
    )


async def add_definitions(tx: Tx, framework: UUID, rows: DefinitionRows) -> None:
    """Store definitions and rubrics (kind, position, id, hierarchy code, body)."""
    await tx.run(
        """INSERT INTO case_definition (tenant_id, framework_id, kind, n, id, hierarchy, body)
           SELECT %(tenant)s, %(framework)s, kind, n, id, hierarchy, body
           FROM unnest(%(kinds)s::text[], %(positions)s::int[], %(ids)s::uuid[], %(hierarchies)s::text[],
                       %(bodies)s::bytea[]) AS d (kind, n, id, hierarchy, body)""",
        framework=framework,
        kinds=[r[0] for r in rows],
        positions=[r[1] for r in rows],
        ids=[r[2] for r in rows],
        hierarchies=[r[3] for r in rows],
        bodies=[r[4] for r in rows],
    )


async def remove(tx: Tx, framework: UUID, at: datetime) -> bool:
    """Forget a framework, but for its past; whether there was one. What learners have shown of it stays."""
    ended = await _end(tx, framework, at)
    await note_sensitive(tx)
    return ended


async def past(tx: Tx, framework: UUID) -> list[PastRow]:
    """The versions of a framework that others took the place of, the oldest first."""
    query = "FROM framework_past WHERE tenant_id = %s AND framework_id = %s ORDER BY version"
    return await tx.all(PastRow, query, tx.tenant, framework)


async def wordings(tx: Tx, competencies: Sequence[UUID]) -> list[Wording]:
    """What these items said before, the oldest first."""
    return await tx.all(
        Wording,
        """SELECT p.id, p.version, p.code, p.statement, p.sensitivity, p.ended_at, NOT EXISTS (
               SELECT 1 FROM competency c WHERE c.tenant_id = p.tenant_id AND c.id = p.id) AS retired
           FROM competency_past p WHERE p.tenant_id = %s AND p.id = ANY(%s) ORDER BY p.id, p.ended_at, p.n""",
        tx.tenant,
        list(competencies),
    )


async def has_sensitive(tx: Tx) -> bool:
    """Whether any competency of the tenant is sensitive, or was in what a framework said before."""
    return bool(await tx.one("SELECT has_sensitive(%s)", tx.tenant))


async def sensitive(tx: Tx, competencies: Sequence[UUID]) -> set[UUID]:
    """Which of these competencies are sensitive in any framework, or were when the last one retired them."""
    rows = await tx.rows(
        """SELECT id FROM competency WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND sensitivity <> 'general'
           UNION SELECT p.id FROM competency_past p WHERE p.tenant_id = %(tenant)s AND p.id = ANY(%(ids)s)
             AND p.sensitivity <> 'general' AND NOT EXISTS (
                 SELECT 1 FROM competency c WHERE c.tenant_id = p.tenant_id AND c.id = p.id)""",
        ids=list(competencies),
    )
    return {competency for (competency,) in rows}


@dataclass(frozen=True, slots=True)
class CountedRow:
    """The framework a competency is counted in: of several that have it, the one that was imported last."""

    id: UUID
    framework_id: UUID
    title: str


async def counted_in(tx: Tx, competencies: Sequence[UUID]) -> list[CountedRow]:
    """The framework that each of these competencies is counted in, of those that are in any."""
    return await tx.all(
        CountedRow,
        """SELECT DISTINCT ON (c.id) c.id, c.framework_id, f.title FROM competency c
           JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
           WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(ids)s) ORDER BY c.id, f.imported_at DESC, f.id""",
        ids=list(competencies),
    )


async def sensitive_in(tx: Tx, framework: UUID) -> set[UUID]:
    """Which items of a framework are sensitive, there or in any other."""
    rows = await tx.rows(
        """SELECT id FROM competency WHERE tenant_id = %(tenant)s AND sensitivity <> 'general' AND EXISTS (
               SELECT FROM competency c
               WHERE c.tenant_id = %(tenant)s AND c.framework_id = %(framework)s AND c.id = competency.id)""",
        framework=framework,
    )
    return {competency for (competency,) in rows}


async def stamp(tx: Tx, framework: UUID) -> tuple[str, int, datetime] | None:
    """(title, version, when imported) of a framework: while these are the same, so is all of it."""
    row = await tx.row(
        "SELECT title, version, imported_at FROM framework WHERE tenant_id = %s AND id = %s", tx.tenant, framework
    )
    return None if row is None else (row[0], row[1], row[2])


async def listed(tx: Tx) -> list[FrameworkRow]:
    """All frameworks of the tenant, by title."""
    return await tx.all(FrameworkRow, "FROM framework WHERE tenant_id = %s ORDER BY title, id", tx.tenant)


async def by_id(tx: Tx, framework: UUID) -> FrameworkRow | None:
    """The framework of that id."""
    return await tx.first(FrameworkRow, "FROM framework WHERE tenant_id = %s AND id = %s", tx.tenant, framework)


async def named(tx: Tx) -> list[NamedFramework]:
    """What the tenant's frameworks are called."""
    return await tx.all(NamedFramework, "FROM framework WHERE tenant_id = %s ORDER BY id", tx.tenant)


async def name(tx: Tx, framework: UUID, names: Sequence[str], prefixes: Sequence[str]) -> None:
    """Note what people call a framework beside its title, and what may stand before its codes."""
    await tx.run(
        """UPDATE framework SET names = %(names)s, prefixes = %(prefixes)s
           WHERE tenant_id = %(tenant)s AND id = %(framework)s""",
        names=list(names),
        prefixes=list(prefixes),
        framework=framework,
    )


async def note(tx: Tx, framework: UUID, findings: Sequence[dict[str, Any]]) -> None:
    """Note what its owner should know of a framework, in place of what was known before."""
    await tx.run(
        "UPDATE framework SET findings = %s WHERE tenant_id = %s AND id = %s", Jsonb(findings), tx.tenant, framework
    )


async def package(tx: Tx, framework: UUID) -> bytes | None:
    """The CFPackage as it is served."""
    return await _bytes(
        tx, "SELECT package FROM framework WHERE tenant_id = %(tenant)s AND id = %(framework)s", framework
    )


async def received(tx: Tx, framework: UUID, version: int | None = None) -> bytes | None:
    """The package as it came (zstd): the one held, or a version of it, also of the past."""
    return await _bytes(
        tx,
        """SELECT received FROM framework WHERE tenant_id = %(tenant)s AND id = %(framework)s
             AND (%(version)s::int IS NULL OR version = %(version)s)
           UNION ALL SELECT received FROM framework_past
           WHERE tenant_id = %(tenant)s AND framework_id = %(framework)s AND version = %(version)s""",
        framework,
        version=version,
    )


async def competencies(tx: Tx, framework: UUID) -> list[CompetencyRow]:
    """The items of a framework in their order, each id once (the later one, as it is served)."""
    return await tx.all(
        CompetencyRow,
        f"""SELECT id, framework_id, n, code, statement, item_type, sensitivity, education FROM (
                SELECT DISTINCT ON (c.id) {COMPETENCY} FROM competency c
                WHERE c.tenant_id = %s AND c.framework_id = %s ORDER BY c.id, c.n DESC) AS once ORDER BY n""",
        tx.tenant,
        framework,
    )


async def links(tx: Tx, framework: UUID, types: Sequence[str]) -> list[LinkRow]:
    """The associations of a framework of these types, in their order."""
    query = "FROM competency_link WHERE tenant_id = %s AND framework_id = %s AND type = ANY(%s) ORDER BY n"
    return await tx.all(LinkRow, query, tx.tenant, framework, list(types))


async def _bytes(tx: Tx, query: LiteralString, framework: UUID, **more: Any) -> bytes | None:
    cursor = await tx.conn.execute(query, {"tenant": tx.tenant, "framework": framework, **more}, binary=True)
    row = await cursor.fetchone()
    return None if row is None else bytes(row[0])
