"""Rosters served: of which sources, and what each client may see of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from app.api.kit.body import SoundRoute
from app.api.kit.context import ClientManager
from app.api.kit.problem import problems
from app.api.rosters.wire_shares import (
    Roster,
    RosterSettings,
    RosterShareSettings,
    Share,
    SharedPath,
    ShareList,
    SharePreview,
)
from app.db.rosters.rosters import RosterRow, ShareRow
from app.request import Inside
from app.rosters import sharing
from app.rosters.sharing import Rules

router = APIRouter(prefix="/v1/rosters", tags=["Rosters served"], route_class=SoundRoute)

ClientId = Annotated[UUID, Path()]


@router.get("/served", responses=problems())
async def read_roster(caller: ClientManager, inside: Inside) -> Roster:
    """The roster that is served over OneRoster 1.2: its sources, when it was made last, and how much it has."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _roster(await sharing.roster(tx))


@router.put("/served", responses=problems(400))
async def serve_roster(roster: RosterSettings, caller: ClientManager, inside: Inside) -> Roster:
    """Serve the roster of these sources. It is made as a job; from then on it follows every sync."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _roster(await sharing.serve(tx, roster.sources))


@router.get("/shares", responses=problems())
async def list_roster_shares(caller: ClientManager, inside: Inside) -> ShareList:
    """What each client may see of the roster."""
    async with inside.db.transaction(caller.tenant) as tx:
        return ShareList(shares=[_share(row) for row in await sharing.shares(tx)])


@router.get("/shares/{client}", responses=problems(404))
async def read_roster_share(client: ClientId, caller: ClientManager, inside: Inside) -> Share:
    """What a client may see of the roster."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _share(await sharing.share_of(tx, client))


@router.put("/shares/{client}", responses=problems(400, 404))
async def share_roster(client: ClientId, share: RosterShareSettings, caller: ClientManager, inside: Inside) -> Share:
    """Say what a client may see of the roster, in place of what was said. It needs the standard's scopes, too."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _share(await sharing.share(tx, client, share.schools, share.classes, share.withheld))


@router.post("/shares/{client}/preview", responses=problems(400, 404))
async def preview_roster_share(
    client: ClientId, share: RosterShareSettings, caller: ClientManager, inside: Inside
) -> SharePreview:
    """Say how much a client would see by these rules, and save nothing."""
    rules = Rules(
        None if share.schools is None else tuple(share.schools),
        None if share.classes is None else tuple(share.classes),
        tuple(share.withheld),
    )
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await sharing.preview(tx, client, rules)
    return SharePreview(
        paths=[SharedPath(path=each.path, count=each.count, lacking_scope=each.lacking) for each in seen]
    )


@router.delete("/shares/{client}", status_code=204, responses=problems(404))
async def unshare_roster(client: ClientId, caller: ClientManager, inside: Inside) -> None:
    """Share nothing more with a client: its very next request is refused."""
    async with inside.db.transaction(caller.tenant) as tx:
        await sharing.unshare(tx, client)


def _roster(row: RosterRow) -> Roster:
    return Roster(sources=row.sources, refreshed_at=row.refreshed_at, counts=row.counts)


def _share(row: ShareRow) -> Share:
    return Share(
        client=row.client_id, schools=row.schools, classes=row.classes, withheld=row.withheld, changed_at=row.changed_at
    )
