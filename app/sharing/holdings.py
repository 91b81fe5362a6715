"""What a learner holds: credentials we issued, those that programs pushed, those that the learner's apps handed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_OID, UUID, uuid5

from app.credentials import jwt, strict_json
from app.credentials.errors import CredentialError
from app.db import Tx
from app.db.issuing import issued
from app.db.issuing.issued import IssuedRow
from app.db.records import learners
from app.db.wallet import received, wallet
from app.pipeline.verbatim import raw_records
from app.wallet.envelopes import content_of

JSON, JWS = "application/json", "text/plain"


@dataclass(frozen=True, slots=True)
class Holding:
    """A credential a learner holds, byte for byte. `state`: active, suspended, revoked; of others', as last found."""

    id: UUID
    way: Literal["issued", "received", "handed in"]
    name: str
    kind: str
    issuer: str
    media_type: str
    body: bytes
    state: str
    reason: str | None
    since: datetime

    def document(self) -> dict[str, Any]:
        """What the credential says. Nothing is checked here."""
        if self.media_type == JWS:
            return jwt.read(self.body.decode()).document
        return strict_json.load_object(self.body)


async def holdings(tx: Tx, learner: UUID, own_name: str) -> list[Holding]:
    """All that a learner holds, newest first; `own_name` is what the tenant is called as an issuer."""
    same = await learners.lineage(tx, learner)
    everything = [_issued(row, own_name) for row in await issued.of_learners(tx, same)]
    everything += await _received(tx, same)
    everything += [
        Holding(
            id=row.id,
            way="handed in",
            name=row.name,
            kind=row.kind,
            issuer=row.issuer,
            media_type=row.media_type,
            body=row.body,
            state=_state(row.verdict, revoked=row.revoked),
            reason=row.note,
            since=row.updated_at,
        )
        for row in await wallet.handed_in(tx, same)
    ]
    return sorted(everything, key=lambda holding: holding.since, reverse=True)


async def verified(tx: Tx, learner: UUID, own_name: str) -> list[dict[str, Any]]:
    """Badges of other issuers whose proofs held, with the proof inside them; Open Badges 2.0 are no part of a CLR."""
    documents = [
        holding.document()
        for holding in await holdings(tx, learner, own_name)
        if holding.way != "issued" and holding.state == "verified" and holding.media_type == JSON
    ]
    return [document for document in documents if "credentialSubject" in document]


def _issued(row: IssuedRow, own_name: str) -> Holding:
    return Holding(
        id=row.id,
        way="issued",
        name=row.name,
        kind=row.kind,
        issuer=own_name,
        media_type=row.media_type,
        body=row.body,
        state=row.state,
        reason=row.reason,
        since=row.issued_at,
    )


async def _received(tx: Tx, same: Sequence[UUID]) -> list[Holding]:
    rows = await received.of_learners(tx, same)
    bodies = await raw_records(tx, [(row.raw_id, row.raw_pos) for row in rows])
    others = []
    for row, envelope in zip(rows, bodies, strict=True):
        body = content_of(envelope)
        state = _state(row.verdict, revoked=row.revoked)
        own = uuid5(NAMESPACE_OID, f"{tx.tenant}/{row.source_id}/{row.raw_key}")
        media_type = JSON if body[:1] == b"{" else JWS
        others.append(
            Holding(
                id=own,
                way="received",
                name=row.name or "Badge",
                kind=kind_of(body),
                issuer=row.issuer or row.source,
                media_type=media_type,
                body=body,
                state=state,
                reason=row.note,
                since=row.received_at,
            )
        )
    return others


def _state(verdict: str | None, *, revoked: bool | None) -> str:
    return "revoked" if revoked else verdict or "not verified"


def kind_of(body: bytes) -> str:
    """The kind of credential these bytes are, as far as they say."""
    try:
        document = strict_json.load_object(body) if body[:1] == b"{" else jwt.read(body.decode()).document
    except CredentialError:
        return "unreadable"
    kinds = document.get("type")
    texts = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]
    return next((kind for kind in texts if kind != "VerifiableCredential"), "VerifiableCredential")
