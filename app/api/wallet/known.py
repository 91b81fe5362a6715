"""The district's list of known issuers: whose signature means something here."""

from uuid import UUID

from fastapi import APIRouter

from app.api.kit.body import SoundRoute
from app.api.kit.context import CredentialReader, SourceManager
from app.api.kit.problem import problems
from app.api.wallet.wire_known import KnownIssuer, KnownIssuerList, KnownIssuerNew
from app.request import Inside
from app.wallet import known
from app.wallet.known import KnownRow

router = APIRouter(prefix="/v1", tags=["Credentials"], route_class=SoundRoute)


@router.get("/known-issuers", responses=problems())
async def list_known_issuers(caller: CredentialReader, inside: Inside) -> KnownIssuerList:
    """The issuers that the district's staff know, by name."""
    async with inside.db.transaction(caller.tenant) as tx:
        return KnownIssuerList(issuers=[_known(row) for row in await known.listed(tx)])


@router.post("/known-issuers", responses=problems(422))
async def put_known_issuer(issuer: KnownIssuerNew, caller: SourceManager, inside: Inside) -> KnownIssuer:
    """Put an issuer on the list, by its identifier; one that is on it gets the new name and note."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _known(await known.put(tx, issuer.issuer, issuer.name, issuer.note, f"client {caller.client}"))


@router.delete("/known-issuers/{known_issuer}", status_code=204, responses=problems(404))
async def take_off_known_issuer(known_issuer: UUID, caller: SourceManager, inside: Inside) -> None:
    """Take an issuer off the list. What was received from it stays, and is verified anew."""
    async with inside.db.transaction(caller.tenant) as tx:
        await known.take_off(tx, known_issuer)


def _known(row: KnownRow) -> KnownIssuer:
    return KnownIssuer(
        id=row.id, issuer=row.issuer, name=row.name, note=row.note, added_by=row.added_by, added_at=row.added_at
    )
