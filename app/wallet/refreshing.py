"""Refresh: a credential that says where its newer version is, is asked there when its time comes to be verified again.

Open Badges 3.0, verification, step 3 (1EdTech Credential Refresh Service 1.0). What comes takes the place of what there
was where it is the same credential of the same issuer about the same learner, became valid later, and is found no
worse by verification; else all stays as it is.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from app.credentials import jwt
from app.credentials.errors import CredentialError
from app.credentials.verify import Fetch, IssuerList, Report
from app.credentials.verify.resolve import web
from app.credentials.verify.shape import listed
from app.db import Tx, queue
from app.db.sources import sources
from app.db.wallet.received import ReceivedRow
from app.db.wallet.wallet import CONSENTED
from app.errors import TesseraError
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.secrets import Vault
from app.sources.source import NOTHING_PRIVATE, open_source
from app.wallet import submitted
from app.wallet.into_record import add_to_record
from app.wallet.verifying import verify_beside
from connectors import Page

KIND = "1EdTechCredentialRefresh"
BY = "refreshed by its issuer"
RANKS = ("invalid", "unconfirmed", "valid")
"""Verdicts, the worst first: what was confirmed does not give way to what may be anybody's."""


def address_of(document: dict[str, Any] | None) -> str | None:
    """Where a credential says that it can be refreshed; None where it says so nowhere."""
    services = listed((document or {}).get("refreshService"))
    addresses = [service.get("id") for service in services if isinstance(service, dict) and _of_kind(service)]
    return next((address for address in addresses if isinstance(address, str) and web(address)), None)


async def newer(report: Report, fetch: Fetch, known: Sequence[IssuerList]) -> bytes | None:
    """The newer version of a credential, as its issuer has it; None where there is none that may take its place."""
    address = address_of(report.document)
    if address is None:
        return None
    try:
        answer = await fetch(address)
    except (TesseraError, CredentialError):  # who cannot be asked now is asked again next time
        return None
    if answer.status != 200:
        return None
    body = answer.body.strip()
    return body if _replaces(await verify_beside(body, fetch=fetch, known=known, alone=True), report) else None


def _replaces(later: Report, report: Report) -> bool:
    if later.verdict == "invalid" or RANKS.index(later.verdict) < RANKS.index(report.verdict) or not later.document:
        return False
    own, before = later.facts, report.facts
    same = (own.issuer_id, own.id, own.subject) == (before.issuer_id, before.id, before.subject)
    since = (own.valid_from, before.valid_from)
    return same and own.id is not None and None not in since and since[0] > since[1]  # type: ignore[operator]


async def take_in(tx: Tx, vault: Vault, row: ReceivedRow, envelope: bytes, body: bytes) -> None:
    """Put a newer version in the place of what was pushed or handed in. Call it last in the transaction."""
    source_row = await sources.by_id(tx, row.source_id)
    assert source_row is not None
    token = body[:1] != b"{"
    if source_row.slug == CONSENTED:
        learner = UUID(row.person.removeprefix("account:"))
        standard = submitted.OPEN_BADGES if not _is_record(body, token=token) else submitted.CLR
        media_type = submitted.JWS if token else submitted.JSON
        handed = submitted.read(body, media_type, standard, loose=True)
        await add_to_record(tx, vault, learner, handed, BY)
        return
    parts: dict[str, msgspec.Raw] = msgspec.json.decode(envelope, type=dict[str, msgspec.Raw])
    parts["credential"] = msgspec.Raw(msgspec.json.encode(body.decode()) if token else body)
    source = open_source(source_row, vault, NOTHING_PRIVATE)
    page = Page([msgspec.json.encode(parts)])
    await ingest(tx, Arrival(source, source.stream(row.stream), datetime.now(UTC)), page)
    await queue.settle_soon(tx)


def _of_kind(service: dict[str, Any]) -> bool:
    return KIND in listed(service.get("type"))


def _is_record(body: bytes, *, token: bool) -> bool:
    document = jwt.read(body.decode()).document if token else msgspec.json.decode(body)
    return "ClrCredential" in listed(document.get("type"))
