"""Introduces a framework: taken in, its crosswalks led home, what waited for it matched, whom it concerns judged."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

import httpx
import msgspec

from app.db import Tx
from app.db.identity import persons
from app.db.mastery.mastery import policies
from app.errors import Unavailable
from app.frameworks import alignment, crosswalk
from app.frameworks.case.package import Finding
from app.frameworks.frameworks import Imported, Sensitivity, take_in
from app.mastery import judging
from connectors.kit.http import records
from connectors.kit.paging import Refused, ask

PAGE = 100
OUTSIDE = "crosswalks lead to what no framework here has: they count once one has it"
EXAMPLES = 5
_identifier = msgspec.json.Decoder(dict[str, object])


async def introduce(
    tx: Tx, received: bytes, *, origin: str, base: str, at: datetime, sensitivity: Sensitivity = "general"
) -> Imported:
    """Take a CASE package in, with all that follows from it. ConfigError where it is none.

    Nobody is settled meanwhile: what is asserted in another transaction would wait for what is here already.
    """
    await persons.lock_settling(tx)
    done = await take_in(tx, received, origin=origin, base=base, at=at, sensitivity=sensitivity)
    if done.state != "unchanged":
        outside = (await crosswalk.lead_home(tx)).get(done.id, [])
        await judging.judge(tx, await alignment.match_again(tx, at), at)
        await judge_by_frameworks(tx, at)
        if outside:
            done = replace(done, findings=[*done.findings, Finding(OUTSIDE, len(outside), outside[:EXAMPLES])])
    return done


async def judge_by_frameworks(tx: Tx, at: datetime) -> None:
    """Have all judged anew where a policy is a framework's: what is in one has changed."""
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
        found = False
        async for document in _documents(http, root):
            found = True
            yield (await ask(http, f"{root}/CFPackages/{document}")).content
        if not found:
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
        told = [str(_identifier.decode(record)["identifier"]) for record in records(page.content, "CFDocuments")]
        fresh = [identifier for identifier in told if identifier not in seen]
        if not fresh:
            return
        seen.update(fresh)
        for identifier in fresh:
            yield identifier
