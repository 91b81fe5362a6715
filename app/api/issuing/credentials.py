"""Credentials: what can be issued of a record, issuing it, to many at once, and taking it back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from app.access import tenants
from app.access.gate import missing
from app.api.issuing.wire_credentials import (
    Awardable,
    AwardableList,
    Batch,
    BatchNew,
    Credential,
    CredentialList,
    CredentialNew,
    CredentialPart,
    CredentialParts,
    IssuerKey,
    IssuerKeys,
    RotationNew,
    StateNew,
)
from app.api.kit.body import SoundRoute
from app.api.kit.context import CredentialIssuer, CredentialReader
from app.api.kit.problem import problems
from app.api.kit.views import Shows, check_scope
from app.db import Tx
from app.db.access.access import Caller
from app.db.access.tenants import TenantRow
from app.db.issuing.batches import BatchRow
from app.db.issuing.issued import IssuedRow
from app.db.plans.plans import Signature
from app.errors import Invalid
from app.identity import learners
from app.issuing import batch as batches
from app.issuing import issue
from app.issuing import issuer as issuers
from app.issuing.awardable import awardable
from app.issuing.awards import Item, by_path
from app.issuing.choosing import choice
from app.issuing.issue import BADGE, IssueOptions
from app.programs import revoking
from app.request import Inside
from app.sharing.holdings import JSON, Holding, holdings, verified
from app.start import Service

router = APIRouter(prefix="/v1", tags=["Credentials"], route_class=SoundRoute)
CredentialId = Annotated[UUID, Path()]


@router.get("/learners/{learner}/awardable", responses=problems(404))
async def list_awardable(
    learner: UUID, caller: CredentialIssuer, inside: Inside, scope: Shows = "general"
) -> AwardableList:
    """What of a learner's record, and of their credit, can be issued, and what has been."""
    check_scope(caller, scope)
    record = await issue.record_of(inside, caller.tenant, learner)
    home = issuers.issuer_of(await owner_of(inside, caller), inside.settings).home
    async with inside.db.transaction(caller.tenant) as tx:
        offer = await choice(tx, home, record, sensitive=scope == "all")
    items = [
        Awardable(item=item.path, name=item.achievement.name, date=item.date, issued=offer.issued.get(item.origin))
        for item in offer.items
    ]
    return AwardableList(items=items, withheld=offer.withheld)


@router.get("/learners/{learner}/credentials", responses=problems(404))
async def list_credentials(learner: UUID, caller: CredentialReader, inside: Inside) -> CredentialList:
    """The credentials a learner holds: issued here, received from programs, handed in by apps."""
    owner = await owner_of(inside, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        await learners.lineage(tx, learner)
        held_by_learner = await holdings(tx, learner, owner.name)
    return CredentialList(credentials=[_holding(holding, learner) for holding in held_by_learner])


@router.post("/learners/{learner}/credentials", status_code=201, responses=problems(400, 404))
async def issue_credentials(
    learner: UUID, request: CredentialNew, caller: CredentialIssuer, inside: Inside
) -> CredentialList:
    """Issue Open Badges, or a learner record (CLR), of a learner's record.

    What was issued before and stands is the answer again. Nothing in a credential names the learner. A learner record
    without a choice has nothing sensitive; to choose what is sensitive takes the scope `learners.sensitive`.
    """
    record = await issue.record_of(inside, caller.tenant, learner)
    owner = await owner_of(inside, caller)
    kind: issuers.Kind = "RSA" if request.format == "vc+jwt" and request.algorithm == "RS256" else "Ed25519"
    if request.format == "ecdsa-sd-2023":
        kind = "P-256"
    options = IssueOptions(
        f"client {caller.client}",
        request.format,
        kind,
        days=request.days,
        email=request.hashed_email,
        status=request.status,
    )
    async with inside.db.transaction(caller.tenant) as tx:
        context = await issue.issuing_context(tx, inside, owner, options)
        chosen = _chosen(by_path(record, await awardable(tx, context.issuer.home, record)), request.items)
        of_sensitive = any(item.path in record.sensitive for item in chosen or ())
        if of_sensitive and "learners.sensitive" not in caller.scopes:
            raise missing("learners.sensitive")
        if request.kind == BADGE:
            rows = await issue.issue_badges(tx, context, [(issue.whom(record.header), item) for item in chosen or ()])
        else:
            received = await verified(tx, learner, owner.name) if request.received else []
            rows = [await issue.issue_record(tx, context, record, chosen, received, vouching=request.endorsement)]
    return CredentialList(credentials=[_credential(row, owner, whole=True) for row in rows])


@router.get("/credentials/{credential:uuid}", responses=problems(404))
async def read_credential(credential: CredentialId, caller: CredentialReader, inside: Inside) -> Credential:
    """A credential that was issued here, with its state as of now."""
    owner = await owner_of(inside, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        row = await issue.credential_of(tx, credential)
    return _credential(row, owner, whole=True)


@router.get("/credentials/{credential:uuid}/parts", responses=problems(404))
async def list_parts(credential: CredentialId, caller: CredentialReader, inside: Inside) -> CredentialParts:
    """What of a credential may be shown by itself: to make a link that shows it, or for `POST /credentials/derive`."""
    async with inside.db.transaction(caller.tenant) as tx:
        listing = await issue.parts_of(tx, credential)
    return CredentialParts(parts=[CredentialPart(id=part.id, name=part.name, words=part.words) for part in listing])


@router.post("/credentials/{credential:uuid}/state", responses=problems(400, 404, 409))
async def change_state(
    credential: CredentialId, change: StateNew, caller: CredentialIssuer, inside: Inside
) -> Credential:
    """Suspend a credential, reinstate it, or revoke it: whoever verifies it from now on is told."""
    owner = await owner_of(inside, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        by = Signature(owner.name, "district", f"client {caller.client}")
        row = await revoking.change_state(tx, credential, change.state, change.reason, by=by, now=datetime.now(UTC))
    return _credential(row, owner)


@router.post("/credentials/batches", status_code=202, responses=problems(400))
async def create_batch(chosen: BatchNew, caller: CredentialIssuer, inside: Inside, response: Response) -> Batch:
    """Issue to a class, to all of a program, or to a list of learners, as a job."""
    chosen_for = chosen.model_dump(mode="json", exclude={"hashed_email"})
    order = batches.BatchOrder.model_validate(chosen_for | {"email": chosen.hashed_email})
    async with inside.db.transaction(caller.tenant) as tx:
        row = await batches.order_batch(tx, order, f"client {caller.client}")
    response.headers["Location"] = f"/v1/credentials/batches/{row.id}"
    return _batch(row)


@router.get("/credentials/batches/{batch}", responses=problems(404))
async def read_batch(batch: UUID, caller: CredentialIssuer, inside: Inside) -> Batch:
    """How far a batch is."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _batch(await batches.batch_of(tx, batch))


@router.get("/issuer", responses=problems())
async def read_issuer(caller: CredentialIssuer, inside: Inside) -> IssuerKeys:
    """The tenant's DID and keys as an issuer."""
    async with inside.db.transaction(caller.tenant) as tx:
        return await _keys(tx, inside, caller)


@router.post("/issuer/rotation", responses=problems(400))
async def rotate_issuer_key(rotation: RotationNew, caller: CredentialIssuer, inside: Inside) -> IssuerKeys:
    """Sign with a new key from now on. What older keys signed still verifies."""
    async with inside.db.transaction(caller.tenant) as tx:
        await issuers.rotate(tx, inside.vault, rotation.kind)
        return await _keys(tx, inside, caller)


@router.delete("/issuer/keys/{name}", status_code=204, responses=problems(404))
async def revoke_issuer_key(
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")], caller: CredentialIssuer, inside: Inside
) -> None:
    """Disown a key that has become known to others: nothing it signed verifies any more. A new one takes its place."""
    async with inside.db.transaction(caller.tenant) as tx:
        await issuers.revoke(tx, name)


async def owner_of(inside: Service, caller: Caller) -> TenantRow:
    """The tenant a caller belongs to."""
    return await tenants.by_id(inside.db, caller.tenant)


async def _keys(tx: Tx, inside: Service, caller: Caller) -> IssuerKeys:
    issuer = issuers.issuer_of(await owner_of(inside, caller), inside.settings)
    await issuers.signing_key(tx, inside.vault, issuer)
    rows = await issuers.keys(tx)
    fields = ("id", "kind", "created_at", "retired_at", "revoked_at")
    return IssuerKeys(did=issuer.did, keys=[IssuerKey(**{name: getattr(row, name) for name in fields}) for row in rows])


def _chosen(known: Mapping[str, Item], paths: list[str] | None) -> list[Item] | None:
    if paths is None:
        return None
    for position, path in enumerate(paths):
        if path not in known:
            detail = f"Nothing at '{path}' of this record can be issued: see GET …/awardable."
            raise Invalid.at(f"/items/{position}", detail)
    return list({known[path].path: known[path] for path in paths}.values())


def _holding(holding: Holding, learner: UUID) -> Credential:
    return Credential(
        id=holding.id,
        learner=learner,
        way=holding.way,
        kind=holding.kind,
        name=holding.name,
        issuer=holding.issuer,
        state=holding.state,
        reason=holding.reason,
        since=holding.since,
    )


def _credential(row: IssuedRow, owner: TenantRow, *, whole: bool = False) -> Credential:
    document = (msgspec.json.decode(row.body) if row.media_type == JSON else row.body.decode()) if whole else None
    return Credential(
        id=row.id,
        learner=row.learner_id,
        way="issued",
        kind=row.kind,
        name=row.name,
        issuer=owner.name,
        state=row.state,
        reason=row.reason,
        since=row.issued_at,
        document=document,
    )


def _batch(row: BatchRow) -> Batch:
    return Batch(
        id=row.id,
        state=row.state,
        counts=row.counts,
        message=row.message,
        asked_at=row.asked_at,
        finished_at=row.finished_at,
    )
