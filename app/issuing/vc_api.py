"""Sign a credential as a client hands it in (VC-API), and keep it in the ledger as every other that was issued.

The words are the client's; whose words they are is not: the issuer is the district, under its own name and address. A
place on our status lists is given by us, and never taken from what was handed in.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.credentials.errors import DataRefused
from app.credentials.moments import moment
from app.credentials.verify.resolve import host, web
from app.credentials.verify.shape import listed
from app.credentials.verify.vc import text
from app.db import Tx
from app.db.issuing import issued
from app.db.issuing.issued import IssuedRow
from app.db.records import learners
from app.errors import NotFound
from app.issuing.issuer import Issuer
from app.issuing.publish import StatusType, status_entry

NOBODY = UUID(int=0)
"""In place of a learner: a credential about nobody whose record is here."""
PLAIN = "VerifiableCredential"
LONGEST = 500
URN = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The id that what is issued here has, where no client gave it one."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A credential ready to be signed, and its place in the ledger and on a status list."""

    id: UUID
    document: dict[str, Any]
    place: tuple[int, int]
    status: StatusType


async def prepare(tx: Tx, issuer: Issuer, unsigned: dict[str, Any], status: StatusType | None) -> Prepared:
    """A credential with the district's own name and, if asked for, a status. DataRefused where it may not be signed."""
    _refuse_places(unsigned, issuer)
    document = unsigned | _named(unsigned, issuer)
    own = uuid.uuid4()
    ((number, place),) = await issued.take_places(tx, 1)
    if status is not None:
        document.setdefault("id", own.urn)
        if status == "1EdTechRevocationList" and document["id"] != own.urn:
            raise DataRefused(
                "credential.id: the 1EdTech list tells of ids that we give: leave it out, or ask for a Bitstring"
            )
        entry = status_entry(issuer, status, number, place)
        before = listed(document.get("credentialStatus"))
        document["credentialStatus"] = [*before, entry] if before else entry
    return Prepared(own, document, (number, place), status or "BitstringStatusListEntry")


async def record_issued(
    tx: Tx, prepared: Prepared, signed: dict[str, Any] | str, learner: UUID | None, by: str, now: datetime
) -> None:
    """Enter what was signed into the ledger; a learner whom it is about is told, and sees it with all others."""
    document, token = prepared.document, isinstance(signed, str)
    kinds = [kind for kind in listed(document.get("type")) if isinstance(kind, str) and kind != PLAIN]
    row = IssuedRow(
        id=prepared.id,
        learner_id=learner or NOBODY,
        kind=(kinds or [PLAIN])[0][:LONGEST],
        origin=f"as given {prepared.id} {document.get('id', '')}"[:LONGEST],
        name=(text(document.get("name")) or (kinds or [PLAIN])[0])[:LONGEST].replace("\0", ""),
        media_type="text/plain" if token else "application/json",
        body=signed.encode() if isinstance(signed, str) else msgspec.json.encode(signed),
        list_id=prepared.place[0],
        list_index=prepared.place[1],
        status_type=prepared.status,
        state="active",
        reason=None,
        issued_by=by,
        issued_at=now,
        valid_until=moment(document.get("validUntil", document.get("expirationDate"))),
        changed_at=now,
        batch_id=None,
    )
    await issued.store(tx, [row])
    if learner is not None:
        event: dict[str, object] = {"credential": str(row.id), "kind": row.kind}
        await learners.announce(tx, [("credential.issued", learner, event)])


async def entries_of(tx: Tx, credential: str) -> list[UUID]:
    """The entries of the ledger that were signed under an id, of their own or ours. NotFound where there is none."""
    rows = await issued.by_given_id(tx, credential)
    if not rows and URN.fullmatch(credential) and (own := await issued.issued(tx, UUID(credential[9:]))) is not None:
        rows = [own.id]
    if not rows:
        raise NotFound(f"No credential '{credential[:200]}' was issued here.")
    return rows


def _named(document: dict[str, Any], issuer: Issuer) -> dict[str, Any]:
    """The issuer under its own name and site, where the credential names one: nobody signs as a university here."""
    issuer_given = document.get("issuer")
    if not isinstance(issuer_given, dict):
        return {}
    own = {"name": issuer.name, "url": issuer.home}
    return {"issuer": issuer_given | {name: value for name, value in own.items() if name in issuer_given}}


def _refuse_places(document: dict[str, Any], issuer: Issuer) -> None:
    """DataRefused for a status on a list of this service, however it is written: it would be another credential's."""
    home = host(issuer.home)
    if any(host(text.strip()) == home for text in _texts(document.get("credentialStatus")) if web(text.strip())):
        words = "credentialStatus: a place on our own lists is given by us: ask for it with options.credentialStatus"
        raise DataRefused(words)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, at any depth."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)
