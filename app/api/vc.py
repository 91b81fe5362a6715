"""VC-API (W3C Verifiable Credential API 0.3): sign a credential as it stands, verify credentials and presentations."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter

from app.api.body import SoundRoute
from app.api.context import CredentialSigner, Inside
from app.api.models.vc import Issued, IssueRequest
from app.api.problem import problems
from app.credentials import issuer as issuers
from app.credentials.errors import CredentialError
from app.credentials.issuer import Issuer
from app.credentials.proof import sign
from app.db import tenants
from app.errors import ApiError

router = APIRouter(tags=["VC-API"], route_class=SoundRoute)


@router.post("/credentials/issue", status_code=201, responses=problems(400))
async def issue_credential(wanted: IssueRequest, caller: CredentialSigner, inside: Inside) -> Issued:
    """Sign a credential as it stands. Its issuer must be the district's own DID."""
    tenant = await tenants.by_id(inside.db, caller.tenant)
    assert tenant is not None
    issuer = issuers.issuer_of(tenant, inside.settings)
    _check_issuer(issuer, wanted.credential)
    async with inside.db.transaction(caller.tenant) as tx:
        key = await issuers.signing_key(tx, inside.vault, issuer)
    try:
        return Issued(verifiable_credential=sign(wanted.credential, key, datetime.now(UTC)))
    except CredentialError as why:
        raise malformed(why) from None


def malformed(why: CredentialError) -> ApiError:
    """400 for what cannot be signed or read, with the reason."""
    return ApiError(400, "credential-refused", "The credential will not do", str(why))


def _check_issuer(issuer: Issuer, credential: dict[str, Any]) -> None:
    told = credential.get("issuer")
    named = told.get("id") if isinstance(told, dict) else told
    if named != issuer.did:
        raise ApiError(
            400,
            "other-issuer",
            "The issuer is another one",
            f"credential.issuer should be '{issuer.did}', our own DID.",
        )
