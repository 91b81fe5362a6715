"""Claims: links by which families take what was issued, on paper or by e-mail."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.api.issuing.credentials import owner_of
from app.api.issuing.wire_credentials import Claim, ClaimList, ClaimNew, ClaimWithAddress
from app.api.kit.body import SoundRoute
from app.api.kit.context import ShareKeeper
from app.api.kit.problem import problems
from app.issuing.issuer import issuer_of
from app.issuing.picture import qr
from app.request import Inside
from app.sharing import claims
from app.sharing.claims import ClaimRow, NewClaim

router = APIRouter(prefix="/v1", tags=["Credentials"], route_class=SoundRoute)


@router.get("/learners/{learner}/claims", responses=problems(404))
async def list_claims(learner: UUID, caller: ShareKeeper, inside: Inside) -> ClaimList:
    """A learner's claims, newest first: which are sent, claimed, over."""
    async with inside.db.transaction(caller.tenant) as tx:
        return ClaimList(claims=[_claim(row) for row in await claims.claims_of(tx, learner)])


@router.post("/learners/{learner}/claims", status_code=201, responses=problems(400, 404))
async def create_claim(
    learner: UUID, new: ClaimNew, caller: ShareKeeper, inside: Inside, response: Response
) -> ClaimWithAddress:
    """Make a link by which the family claims what was issued, without an account. Its address is told this once."""
    owner, by = await owner_of(inside, caller), f"client {caller.client}"
    async with inside.db.transaction(caller.tenant) as tx:
        chosen = new.credentials
        if chosen is None:
            chosen = [holding.id for holding in await claims.standing(tx, learner, owner.name)]
        request = NewClaim(learner, chosen, by, new.days, new.mail_to)
        row, secret = await claims.make(tx, inside.vault, request, owner.name)
    response.headers["Cache-Control"] = "no-store"
    url = f"{issuer_of(owner, inside.settings).home}/c/{secret}"
    return ClaimWithAddress(claim=_claim(row), url=url, qr=qr(url))


@router.delete("/claims/{claim}", status_code=204, responses=problems(404))
async def end_claim(claim: UUID, caller: ShareKeeper, inside: Inside) -> None:
    """End a claim: its link opens nothing any more. Files and links that a family has made stay theirs."""
    async with inside.db.transaction(caller.tenant) as tx:
        await claims.end(tx, claim)


def _claim(row: ClaimRow) -> Claim:
    return Claim(
        id=row.id,
        learner=row.learner_id,
        credentials=row.credentials,
        mail_to=row.mail_to,
        mail=row.mail_state,
        made_at=row.made_at,
        expires_at=row.expires_at,
        claimed_at=row.claimed_at,
        ended_at=row.ended_at,
    )
