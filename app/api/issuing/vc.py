"""VC-API (W3C Verifiable Credential API 0.3): sign credentials, revoke them, verify credentials and presentations."""

import asyncio
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.access import tenants
from app.api.issuing.wire_vc import (
    Derived,
    DeriveRequest,
    Finding,
    Issued,
    IssueOptions,
    IssueRequest,
    PresentationRequest,
    StatusChanged,
    StatusRequest,
    VerifyRequest,
)
from app.api.kit.body import SoundRoute
from app.api.kit.context import CredentialIssuer, CredentialSigner, CredentialVerifier
from app.api.kit.problem import problems
from app.credentials import disclose, parts
from app.credentials.errors import CredentialError, DataRefused
from app.credentials.issue import sign_token
from app.credentials.keys import SigningKey
from app.credentials.proof import sign
from app.credentials.verify import Report, resources, shape
from app.credentials.verify.presentation import Occasion
from app.db.plans.plans import Signature
from app.errors import ApiError
from app.issuing import issuer as issuers
from app.issuing import vc_api
from app.issuing.issue import record_of
from app.issuing.issuer import Issuer
from app.programs import programs
from app.programs.revoking import change_state
from app.request import Inside
from app.start import Service
from app.wallet.fetcher import credential_fetcher
from app.wallet.known import lists
from app.wallet.verifying import verify_beside

router = APIRouter(tags=["VC-API"], route_class=SoundRoute)
VERIFIED: dict[int | str, dict[str, Any]] = {
    **problems(),
    200: {"description": "It is valid", "model": Finding},
    400: {"description": "It is not valid, or could not be confirmed: `errors` say why", "model": Finding},
}


@router.post("/credentials/issue", status_code=201, responses=problems(400, 404))
async def issue_credential(
    request: IssueRequest, caller: CredentialSigner, inside: Inside, response: Response
) -> Issued:
    """Sign a credential. Its issuer must be the district's own DID (did:web, or its key's did:key), or a program's own.

    A program's is `{the district's}:p:{slug}`, where it issues in its own name; a client bound to a source speaks for
    the program of that source alone.

    It is kept in the ledger (`Location`), where it can be revoked; with `options.credentialStatus` whoever verifies it
    is told. The issuer's name and site, where it says them, become the district's own.
    """
    tenant = await tenants.by_id(inside.db, caller.tenant)
    issuer, options, now = issuers.issuer_of(tenant, inside.settings), request.options, datetime.now(UTC)
    if options.learner is not None:
        await record_of(inside, caller.tenant, options.learner)
    status_type = options.credential_status.type if options.credential_status else None
    async with inside.db.transaction(caller.tenant) as tx:
        kind: issuers.Kind = "RSA" if options.algorithm == "RS256" else "Ed25519"
        if options.format == "ecdsa-sd-2023":
            kind = "P-256"
        named = _named(request.credential)
        source = caller.source.id if caller.source else None
        issuer = await programs.issuer_named(tx, issuer, named, source) or issuer
        key = _key_for(issuer, await issuers.signing_key(tx, inside.vault, issuer, kind), request.credential)
        try:
            if problem := next(chain(shape.problems(request.credential), resources.altered(request.credential)), None):
                raise DataRefused(problem)
            prepared = await vc_api.prepare(tx, issuer, request.credential, status_type)
            signed = _signed(prepared.document, options, key, now)
        except CredentialError as why:
            raise malformed(why) from None
        await vc_api.record_issued(tx, prepared, signed, learner=options.learner, by=f"client {caller.client}", now=now)
    response.headers["Location"] = f"/v1/credentials/{prepared.id}"
    return Issued(verifiable_credential=signed)


@router.post("/credentials/derive", status_code=201, responses=problems(400))
async def derive_credential(request: DeriveRequest, caller: CredentialVerifier) -> Derived:
    """Show a part of a credential (ecdsa-sd-2023): what is chosen and what is always shown, with a proof of that."""
    del caller
    try:
        derived = await asyncio.to_thread(
            disclose.derive, request.verifiable_credential, request.options.selective_pointers
        )
    except CredentialError as why:
        raise malformed(why) from None
    return Derived(verifiable_credential=derived)


@router.post("/credentials/status", responses=problems(404, 409))
async def change_credential_status(request: StatusRequest, caller: CredentialIssuer, inside: Inside) -> StatusChanged:
    """Revoke a credential that was issued here. That is final."""
    changes = request.credential_status if isinstance(request.credential_status, list) else [request.credential_status]
    revoke = request.status and any(change.status in (True, "1") for change in changes)
    owner = await tenants.by_id(inside.db, caller.tenant)
    by = Signature(owner.name, "district", f"client {caller.client}")
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await vc_api.entries_of(tx, request.credential_id)
        for row in rows:
            await change_state(tx, row, "revoked" if revoke else "active", None, by=by, now=datetime.now(UTC))
    return StatusChanged(credential_ids=rows)


@router.post("/credentials/verify", responses=VERIFIED)
async def verify_credential(request: VerifyRequest, caller: CredentialVerifier, inside: Inside) -> Response:
    """Verify a credential of any issuer: 200 where it is valid, 400 where it is not or could not be confirmed."""
    return _finding(await _report(inside, caller.tenant, request.verifiable_credential))


@router.post("/presentations/verify", responses=VERIFIED)
async def verify_presentation(request: PresentationRequest, caller: CredentialVerifier, inside: Inside) -> Response:
    """Verify a presentation: its holder's proof, and every credential in it."""
    occasion = Occasion(request.options.challenge, request.options.domain)
    return _finding(await _report(inside, caller.tenant, request.verifiable_presentation, occasion))


async def _report(
    inside: Service, tenant: int, document: dict[str, Any] | str, occasion: Occasion | None = None
) -> Report:
    content = document if isinstance(document, str) else msgspec.json.encode(document)
    fetch = credential_fetcher(inside.db, inside.vault, inside.settings)
    known = await lists(inside.db, inside.settings, tenant)
    return await verify_beside(content, fetch=fetch, occasion=occasion, known=known)


def _finding(report: Report) -> Response:
    valid = report.verdict == "valid"
    bad = [check.message for check in report.checks if check.outcome in ("failed", "unknown") and check.name != "known"]
    warnings = [*([report.summary] if valid and not report.known else []), *report.leniencies]
    finding = Finding(verified=valid, report=report.as_json(), errors=[] if valid else bad, warnings=warnings)
    return Response(finding.model_dump_json(), 200 if valid else 400, media_type="application/json")


def malformed(why: CredentialError) -> ApiError:
    """400 for what cannot be signed or read, with the reason."""
    return ApiError(400, "credential-refused", "Credential refused", str(why))


def _signed(document: dict[str, Any], options: IssueOptions, key: SigningKey, now: datetime) -> dict[str, Any] | str:
    if options.format == "ecdsa-sd-2023":
        pointers = options.mandatory_pointers
        return disclose.sign(document, key, now, parts.mandatory(document) if pointers is None else pointers)
    return sign_token(document, key) if options.format == "vc+jwt" else sign(document, key, now)


def _named(credential: dict[str, Any]) -> str:
    """The issuer that a credential names, by its id."""
    issuer_said = credential.get("issuer")
    named = issuer_said.get("id") if isinstance(issuer_said, dict) else issuer_said
    return named if isinstance(named, str) else ""


def _key_for(issuer: Issuer, key: SigningKey, credential: dict[str, Any]) -> SigningKey:
    """The key under the name of the issuer that the credential names: the tenant's did:web, or the key's did:key."""
    named = _named(credential)
    if named == issuer.did:
        return key
    if named.startswith("did:key:"):
        own = issuers.as_did_key(key)
        if own.id.partition("#")[0] == named:
            return own
    raise ApiError(
        400, "other-issuer", "The issuer is another one", f"credential.issuer should be our own DID, '{issuer.did}'."
    )
