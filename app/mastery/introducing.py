"""Introduces a framework: taken in, its crosswalks led home, what waited for it matched, whom it concerns judged."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import httpx
import msgspec

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.frameworks import frameworks
from app.db.frameworks.frameworks import FrameworkRow
from app.db.identity import persons
from app.db.mastery.mastery import policies
from app.db.records import heads
from app.errors import NotFound, Unavailable
from app.frameworks import alignment, author, crosswalk
from app.frameworks.case.package import Finding
from app.frameworks.crosswalk import Astray
from app.frameworks.frameworks import Imported, Sensitivity, import_package, set_names
from app.mastery import judging
from connectors.kit.http import records
from connectors.kit.paging import Refused, ask

PAGE = 100
OUTSIDE = "crosswalks lead to what no framework here has: they count once one has it"
AMBIGUOUS = "crosswalks lead to codes that several frameworks have, and name none: write them as FRAMEWORK:CODE"
EXAMPLES = 5
_identifier = msgspec.json.Decoder(dict[str, object])


async def introduce(
    tx: Tx,
    received: bytes,
    *,
    origin: str,
    base: str,
    at: datetime,
    sensitivity: Sensitivity = "general",
    lost: Sequence[Finding] | None = None,
) -> Imported:
    """Take a CASE package in, with all that follows from it. ConfigError where it is none.

    Nobody is settled meanwhile: what is asserted in another transaction would wait for what is here already.
    """
    await persons.lock_settling(tx)
    imported = await import_package(tx, received, origin=origin, base=base, at=at, sensitivity=sensitivity, lost=lost)
    if imported.state != "unchanged":
        astray = await follow_names(tx, at)
        await judge_by_frameworks(tx, at)
        imported = replace(imported, findings=[*imported.findings, *findings_of(astray.get(imported.id))])
    return imported


async def write(
    tx: Tx,
    owner: TenantRow,
    framework: author.Framework,
    items: Sequence[author.Item],
    levels: Sequence[author.Level],
    *,
    base: str,
    at: datetime,
    sensitivity: Sensitivity = "general",
) -> Imported:
    """Introduce a tenant's own framework; written again under its title, it takes its own place.

    Where nothing in it is changed, it was changed when it was.
    """
    identifier = author.identifier(UUID(bytes=owner.salt[:16]), framework.title)

    def package(changed: str) -> bytes:
        return msgspec.json.encode(author.package(identifier, framework, items, levels, base=base, changed_at=changed))

    before = await frameworks.by_id(tx, identifier)
    body = package(before.document["lastChangeDateTime"]) if before else b""
    if before is None or sha256(body).digest() != before.sha256:
        body = package(at.isoformat(timespec="seconds"))
    return await introduce(tx, body, origin="written here", base=base, at=at, sensitivity=sensitivity)


async def remove(tx: Tx, framework: UUID, at: datetime) -> None:
    """Remove a framework. What learners have shown of it stays. NotFound where there is none."""
    if not await frameworks.remove(tx, framework, at):
        raise NotFound
    await judge_by_frameworks(tx, at)


async def follow_names(tx: Tx, at: datetime) -> dict[UUID, Astray]:
    """Match anew what waits for a framework, after one has come or is called otherwise; what crosswalks mean nothing.

    Each framework's findings say so of its own.
    """
    astray = await crosswalk.lead_home(tx)
    for row in await frameworks.listed(tx):
        others = [finding for finding in row.findings if finding["what"] not in (OUTSIDE, AMBIGUOUS)]
        findings = [*others, *(msgspec.to_builtins(finding) for finding in findings_of(astray.get(row.id)))]
        if findings != row.findings:
            await frameworks.note(tx, row.id, findings)
    await judging.judge(tx, await alignment.match_again(tx, at), at)
    return astray


async def call_framework(
    tx: Tx, framework: UUID, names: Sequence[str], prefixes: Sequence[str], at: datetime
) -> FrameworkRow:
    """Say what a framework is called and what may stand before its codes: what waited for that counts at once."""
    await persons.lock_settling(tx)
    row = await set_names(tx, framework, names, prefixes)
    await follow_names(tx, at)
    return row


def findings_of(astray: Astray | None) -> list[Finding]:
    """What a framework's owner should know of crosswalks that mean no competency here."""
    if astray is None:
        return []
    ends = ((OUTSIDE, astray.unknown), (AMBIGUOUS, astray.ambiguous))
    return [Finding(what, len(titles), titles[:EXAMPLES]) for what, titles in ends if titles]


async def judge_by_frameworks(tx: Tx, at: datetime) -> None:
    """Count in headers what frameworks have changed, and where a policy is a framework's, have all judged anew."""
    await heads.mark_assessed(tx)
    if any(row.framework_id is not None for row in await policies(tx)):
        await judging.judge_again(tx, at)


async def packages(http: httpx.AsyncClient, path: str) -> AsyncIterator[bytes]:
    """The CASE packages at an address: a package (a file, `/CFPackages/{id}`), a document's, or all of a provider's.

    `path` is under the client's base URL. A provider is known by its `/ims/case/v1p0` or `/v1p1`. Raises what the
    client raises, and Unavailable where a provider lists nothing.
    """
    path = path.rstrip("/")
    if "/CFDocuments/" in path:
        yield (await ask(http, path.replace("/CFDocuments/", "/CFPackages/"))).content
    elif path.endswith(("/v1p0", "/v1p1", "/CFDocuments")):
        root = path.removesuffix("/CFDocuments")
        any_listed = False
        async for document in _documents(http, root):
            any_listed = True
            yield (await ask(http, f"{root}/CFPackages/{document}")).content
        if not any_listed:
            raise Unavailable(f"{http.base_url.host} lists no CFDocument (may the key see any?)")
    else:
        yield (await ask(http, path)).content


async def _documents(http: httpx.AsyncClient, root: str) -> AsyncIterator[str]:
    """The identifiers of a provider's documents. Some ignore the offset, some answer 404 at the end: both end it."""
    seen: set[str] = set()
    while True:
        try:
            page = await ask(http, f"{root}/CFDocuments", {"limit": PAGE, "offset": len(seen)})
        except Refused as why:
            if why.status == 404:
                return
            raise
        identifiers = [str(_identifier.decode(record)["identifier"]) for record in records(page.content, "CFDocuments")]
        fresh = [identifier for identifier in identifiers if identifier not in seen]
        if not fresh:
            return
        seen.update(fresh)
        for identifier in fresh:
            yield identifier
