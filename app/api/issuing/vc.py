"""VC-API (W3C Verifiable Credential API 0.3): sign a credential as it stands, verify credentials and presentations."""

from datetime import UTC, datetime
from itertools import chain
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.access import tenants
from app.api.issuing.wire_vc import Finding, Issued, IssueRequest, PresentationRequest, VerifyRequest
from app.api.kit.body import SoundRoute
from app.api.kit.context import CredentialSigner, CredentialVerifier, Inside
from app.api.kit.problem import problems
from app.credentials import jwt
from app.credentials.errors import CredentialError, DataRefused
from app.credentials.keys import SigningKey
from app.credentials.proof import sign
from app.credentials.verify import Report, resources, shape
from app.credentials.verify.presentation import Occasion
from app.errors import ApiError
from app.issuing import issuer as issuers
from app.issuing.issuer import Issuer
from app.start import Service
from app.wallet.fetcher import door
from app.wallet.known import lists
from app.wallet.verifying import look

router = APIRouter(tags=["VC-API"], route_class=SoundRoute)
VERIFIED: dict[int | str, dict[str, Any]] = {
    **problems(),
    200: {"description": "It is valid", "model": Finding},
    400: {"description": "It is not valid, or could not be confirmed: `errors` say why", "model": Finding},
}


@router.post("/credentials/issue", status_code=201, responses=problems(400))
async def issue_credential(wanted: IssueRequest, caller: CredentialSigner, inside: Inside) -> Issued:
    """Sign a credential as it stands. Its issuer must be the district's own DID: did:web, or its key's did:key."""
    tenant = await tenants.by_id(inside.db, caller.tenant)
    issuer = issuers.issuer_of(tenant, inside.settings)
    async with inside.db.transaction(caller.tenant) as tx:
        kind: issuers.Kind = "RSA" if wanted.options.algorithm == "RS256" else "Ed25519"
        key = await issuers.signing_key(tx, inside.vault, issuer, kind)
    try:
        if found := next(chain(shape.problems(wanted.credential), resources.altered(wanted.credential)), None):
            raise DataRefused(found)
        return Issued(verifiable_credential=_signed(wanted, _key_for(issuer, key, wanted.credential)))
    except CredentialError as why:
        raise malformed(why) from None


@router.post("/credentials/verify", responses=VERIFIED)
async def verify_credential(wanted: VerifyRequest, caller: CredentialVerifier, inside: Inside) -> Response:
    """Verify a credential of any issuer: 200 where it is valid, 400 where it is not or could not be confirmed."""
    return _found(await _report(inside, caller.tenant, wanted.verifiable_credential))


@router.post("/presentations/verify", responses=VERIFIED)
async def verify_presentation(wanted: PresentationRequest, caller: CredentialVerifier, inside: Inside) -> Response:
    """Verify a presentation: its holder's proof, and every credential in it."""
    occasion = Occasion(wanted.options.challenge, wanted.options.domain)
    return _found(await _report(inside, caller.tenant, wanted.verifiable_presentation, occasion))


async def _report(
    inside: Service, tenant: int, shown: dict[str, Any] | str, occasion: Occasion | None = None
) -> Report:
    content = shown if isinstance(shown, str) else msgspec.json.encode(shown)
    fetch = door(inside.db, inside.vault, inside.settings)
    known = await lists(inside.db, inside.settings, tenant)
    return await look(content, fetch=fetch, occasion=occasion, known=known)


def _found(report: Report) -> Response:
    valid = report.verdict == "valid"
    bad = [check.message for check in report.checks if check.outcome in ("failed", "unknown") and check.name != "known"]
    warnings = [*([report.summary] if valid and not report.known else []), *report.leniencies]
    told = Finding(verified=valid, report=report.as_json(), errors=[] if valid else bad, warnings=warnings)
    return Response(told.model_dump_json(), 200 if valid else 400, media_type="application/json")


def malformed(why: CredentialError) -> ApiError:
    """400 for what cannot be signed or read, with the reason."""
    return ApiError(400, "credential-refused", "Credential refused", str(why))


def _signed(wanted: IssueRequest, key: SigningKey) -> dict[str, Any] | str:
    if wanted.options.format == "vc+jwt":
        return jwt.sign(wanted.credential, key)
    return sign(wanted.credential, key, datetime.now(UTC))


def _key_for(issuer: Issuer, key: SigningKey, credential: dict[str, Any]) -> SigningKey:
    """The key under the name of the issuer that the credential names: the tenant's did:web, or the key's did:key."""
    told = credential.get("issuer")
    named = told.get("id") if isinstance(told, dict) else told
    if named == issuer.did:
        return key
    if isinstance(named, str) and named.startswith("did:key:"):
        own = issuers.as_did_key(key)
        if own.id.partition("#")[0] == named:
            return own
    raise ApiError(
        400, "other-issuer", "The issuer is another one", f"credential.issuer should be our own DID, '{issuer.did}'."
    )
