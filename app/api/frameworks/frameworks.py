"""Frameworks: listed, imported from a file or a provider, written by the district itself, handed back as they came."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access import tenants
from app.api.frameworks.case import root
from app.api.frameworks.wire_frameworks import (
    FrameworkBody,
    FrameworkCalled,
    FrameworkFetch,
    FrameworkFinding,
    FrameworkImported,
    FrameworkList,
    FrameworkListed,
    FrameworkPulled,
    FrameworkVersion,
    FrameworkVersions,
    ImportOutcome,
    PulledList,
)
from app.api.kit.body import SoundRoute
from app.api.kit.context import FrameworkManager, FrameworkReader
from app.api.kit.problem import not_found, problems
from app.db import Tx
from app.db.access.access import Caller
from app.db.frameworks.frameworks import FrameworkRow, PastRow
from app.frameworks import author, frameworks, sheet, shipped
from app.frameworks.formats.exporting import exported
from app.frameworks.formats.reading import packages_of
from app.frameworks.formats.writing import Form
from app.frameworks.frameworks import Imported, Sensitivity
from app.frameworks.pulled import PulledFramework
from app.mastery.adopting import adopt, pulled_frameworks
from app.mastery.introducing import call_framework, introduce, packages, remove, write
from app.request import Inside
from connectors import HttpSettings
from connectors.kit.auth import bearer
from connectors.kit.http import client

router = APIRouter(prefix="/v1/frameworks", tags=["Frameworks"], route_class=SoundRoute)

Sensitive = Annotated[Sensitivity, Query(description="what its competencies say of a child, where they do not say so")]
LEAST = {
    "CFDocument": {"identifier": "9909231f-bf1f-5d61-9dae-5bcdc6315104", "title": "Shop", "creator": "Sample District"}
}
JSON_PACKAGE: dict[str, Any] = {"schema": {"type": "object"}, "examples": {"least": {"value": LEAST}}}
PACKAGE: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/json": JSON_PACKAGE}}}
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": JSON_PACKAGE, "text/csv": {"schema": {"type": "string"}}},
    }
}
UNTITLED = "what a framework is called whose file has no name for it (Canvas)"
ROWS: dict[str, Any] = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("", responses=problems())
async def list_frameworks(caller: FrameworkReader, inside: Inside) -> FrameworkList:
    """All frameworks, with what was found at their import. Their content: the CASE 1.1 API at `/ims/case/v1p1`."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await frameworks.listed(tx)
    return FrameworkList(frameworks=[_listed(row) for row in rows])


@router.get("/pulled", responses=problems())
async def list_pulled_frameworks(caller: FrameworkReader, inside: Inside) -> PulledList:
    """The frameworks that sources tell of: an LMS's outcomes, another's competencies. They count here once adopted."""
    owner = await tenants.by_id(inside.db, caller.tenant)
    async with inside.db.transaction(caller.tenant) as tx:
        pulled = await pulled_frameworks(tx, owner)
    return PulledList(frameworks=[_pulled(framework) for framework in pulled])


@router.post("/pulled/{framework:uuid}/adoption", responses=problems(404))
async def adopt_pulled_framework(
    framework: UUID, caller: FrameworkManager, inside: Inside, sensitivity: Sensitive = "general"
) -> FrameworkImported:
    """Make a source's framework one of the tenant's: what waits for its competencies counts at once.

    It is read only: each sync of its source brings it up to date. Removed again, it is a source's alone.
    """
    owner, now = await tenants.by_id(inside.db, caller.tenant), datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        return _imported(await adopt(tx, owner, framework, base=root(inside), at=now, sensitivity=sensitivity))


@router.put("/{framework:uuid}/names", responses=problems(404))
async def name_framework(
    framework: UUID, written: FrameworkCalled, caller: FrameworkManager, inside: Inside
) -> FrameworkListed:
    """Say what sources call a framework, and what may stand before its codes; what waited for that counts at once.

    Its title, the initials of a longer title, and the names its family is known by (`CCSS`) need not be said.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        return _listed(await call_framework(tx, framework, written.names, written.code_prefixes, datetime.now(UTC)))


@router.post("/packages", responses=problems(413), openapi_extra=PACKAGE)
async def import_package(
    request: Request, caller: FrameworkManager, inside: Inside, sensitivity: Sensitive = "general"
) -> FrameworkImported:
    """Import a CASE package, 1.1 or 1.0: JSON, gzip or not. It takes the place of what had its identifier."""
    body = await request.body()
    async with inside.db.transaction(caller.tenant) as tx:
        return _imported(await _take(tx, inside, body, "file", sensitivity))


@router.post("/files", responses=problems(413), openapi_extra=FILE)
async def import_framework_file(
    request: Request,
    caller: FrameworkManager,
    inside: Inside,
    title: Annotated[str | None, Query(min_length=1, max_length=500, description=UNTITLED)] = None,
    sensitivity: Sensitive = "general",
) -> ImportOutcome:
    """Import a file of frameworks, whatever wrote it: CASE, CTDL-ASN, ASN (JSON-LD or RDF/JSON), Ed-Fi
    LearningStandards, a Canvas outcomes CSV, a Moodle competency framework CSV.

    What it says and CASE has no field for is told in the findings.
    """
    base, now, imported = root(inside), datetime.now(UTC), []
    packages = packages_of(await request.body(), base, title)
    async with inside.db.transaction(caller.tenant) as tx:
        for body, lost in packages:
            introduced = introduce(tx, body, origin="file", base=base, at=now, sensitivity=sensitivity, lost=lost)
            imported.append(_imported(await introduced))
    return ImportOutcome(frameworks=imported)


@router.get("/{framework:uuid}/export", responses=problems(404), response_class=Response)
async def export_framework(
    framework: UUID,
    caller: FrameworkReader,
    inside: Inside,
    form: Annotated[Form, Query(description="`csv` is what POST /v1/frameworks/csv reads")] = "case",
) -> Response:
    """A framework for another system: as a CASE 1.1 package, in CTDL-ASN (JSON-LD), or as a spreadsheet."""
    async with inside.db.transaction(caller.tenant) as tx:
        written = await exported(tx, framework, form)
    kinds = {"case": "application/json", "ctdl-asn": "application/ld+json", "csv": "text/csv; charset=utf-8"}
    return Response(written, media_type=kinds[form])


@router.post("/fetch", responses=problems())
async def fetch_frameworks(request: FrameworkFetch, caller: FrameworkManager, inside: Inside) -> ImportOutcome:
    """Import what is at an address: one package, or all of a CASE provider's."""
    place = urlsplit(request.url)
    settings = HttpSettings(base_url=f"{place.scheme}://{place.netloc}").within(inside.settings.limits)
    origin = f"{place.scheme}://{place.hostname}{place.path}"
    imported = []
    async with client(settings, auth=bearer(request.token) if request.token else None) as http:
        async for body in packages(http, place.path + (f"?{place.query}" if place.query else "")):
            async with inside.db.transaction(caller.tenant) as tx:
                imported.append(_imported(await _take(tx, inside, body, origin, request.sensitivity)))
    return ImportOutcome(frameworks=imported)


@router.post("/shipped/{name}", responses=problems(404))
async def import_shipped(name: str, caller: FrameworkManager, inside: Inside) -> FrameworkImported:
    """Import a framework that comes with Tessera: `ccss-math`, the Common Core State Standards for Mathematics."""
    if name not in shipped.NAMES:
        raise not_found(f"No framework '{name}' comes with Tessera: there are {', '.join(shipped.NAMES)}.")
    async with inside.db.transaction(caller.tenant) as tx:
        return _imported(await _take(tx, inside, shipped.package(name), f"shipped:{name}", "general"))


@router.post("", responses=problems())
async def write_framework(written: FrameworkBody, caller: FrameworkManager, inside: Inside) -> FrameworkImported:
    """Write an own framework, graduate profile or rubric. Written again under its title, it takes its own place."""
    fields = written.model_dump(by_alias=True, exclude={"items", "levels", "sensitivity"})
    items = [msgspec.convert(item.model_dump(by_alias=True), author.Item) for item in written.items]
    levels = [msgspec.convert(level.model_dump(by_alias=True), author.Level) for level in written.levels]
    framework = msgspec.convert(fields, author.Framework)
    return await _write(caller, inside, framework, items=items, levels=levels, sensitivity=written.sensitivity)


@router.post("/csv", responses=problems(413), openapi_extra=ROWS)
async def write_framework_csv(
    request: Request,
    caller: FrameworkManager,
    inside: Inside,
    title: Annotated[str, Query(min_length=1, max_length=500)],
    creator: Annotated[str, Query(min_length=1, max_length=500)],
    type: Annotated[str | None, Query(max_length=100, examples=["ext:graduateProfile"])] = None,
    sensitivity: Sensitive = "general",
) -> FrameworkImported:
    """Write an own framework from CSV: code, statement, parent, type, grades, notes, sensitivity, after, aligned to.

    A second table, of rubrics, may follow: rubric, criterion, level, score, description, competency.
    """
    items, levels = sheet.read(sheet.text_of(await request.body()))
    framework = author.Framework(title=title, creator=creator, type=type)
    return await _write(caller, inside, framework, items=items, levels=levels, sensitivity=sensitivity)


@router.get("/{framework:uuid}/versions", responses=problems(404))
async def list_versions(framework: UUID, caller: FrameworkReader, inside: Inside) -> FrameworkVersions:
    """Every version of a framework, the oldest first. The one without an end is the one held."""
    async with inside.db.transaction(caller.tenant) as tx:
        past, row = await frameworks.versions(tx, framework)
    versions = [_version(version, version.ended_at) for version in past] + ([_version(row, None)] if row else [])
    return FrameworkVersions(versions=versions)


@router.get("/{framework:uuid}/received", responses=problems(404), response_class=Response)
async def read_received(
    framework: UUID,
    caller: FrameworkReader,
    inside: Inside,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="a version of it, also of the past")] = None,
) -> Response:
    """The package exactly as it was received, byte for byte."""
    async with inside.db.transaction(caller.tenant) as tx:
        package = await frameworks.received(tx, framework, version)
    return Response(package, media_type="application/octet-stream")


@router.delete("/{framework:uuid}", status_code=204, responses=problems(404))
async def remove_framework(framework: UUID, caller: FrameworkManager, inside: Inside) -> None:
    """Remove a framework. What learners have shown of it stays, and so does what it said."""
    async with inside.db.transaction(caller.tenant) as tx:
        await remove(tx, framework, datetime.now(UTC))


async def _write(
    caller: Caller,
    inside: Inside,
    framework: author.Framework,
    items: Sequence[author.Item],
    levels: Sequence[author.Level],
    sensitivity: Sensitivity,
) -> FrameworkImported:
    owner, now = await tenants.by_id(inside.db, caller.tenant), datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        imported = await write(tx, owner, framework, items, levels, base=root(inside), at=now, sensitivity=sensitivity)
    return _imported(imported)


async def _take(tx: Tx, inside: Inside, body: bytes, origin: str, sensitivity: Sensitivity) -> Imported:
    base, now = root(inside), datetime.now(UTC)
    return await introduce(tx, body, origin=origin, base=base, at=now, sensitivity=sensitivity)


def _listed(row: FrameworkRow) -> FrameworkListed:
    return FrameworkListed(
        id=row.id,
        title=row.title,
        type=row.framework_type,
        sensitivity=row.sensitivity,
        origin=row.origin,
        imported_at=row.imported_at,
        findings=[FrameworkFinding(**finding) for finding in row.findings],
        names=list(row.names),
        code_prefixes=list(row.prefixes),
    )


def _pulled(framework: PulledFramework) -> FrameworkPulled:
    return FrameworkPulled(
        id=framework.id,
        source=framework.row.slug,
        title=framework.title,
        competencies=framework.row.competencies,
        examples=framework.row.titles,
        adopted=framework.adopted,
    )


def _version(row: FrameworkRow | PastRow, ended_at: datetime | None) -> FrameworkVersion:
    return FrameworkVersion(
        version=row.version,
        title=row.title,
        origin=row.origin,
        sha256=row.sha256.hex(),
        imported_at=row.imported_at,
        ended_at=ended_at,
    )


def _imported(imported: Imported) -> FrameworkImported:
    return FrameworkImported(
        id=imported.id,
        title=imported.title,
        state=imported.state,
        items=imported.items,
        associations=imported.associations,
        findings=[
            FrameworkFinding(what=finding.what, count=finding.count, where=finding.where)
            for finding in imported.findings
        ],
    )
