"""What is served and to whom: the sources a tenant's roster is made of, and what each client may see of it."""

from collections.abc import Sequence
from uuid import UUID

from app.access import clients
from app.db import Tx, queue
from app.db.rosters import rosters
from app.db.rosters.rosters import RosterRow, ShareRow
from app.db.sources import sources
from app.errors import Invalid, NotFound
from app.rosters.serving import withholdable


async def roster(tx: Tx) -> RosterRow:
    """The tenant's roster: of no source where it serves none."""
    return await rosters.roster(tx) or RosterRow([], None, {})


async def serve(tx: Tx, source_ids: Sequence[int]) -> RosterRow:
    """Make the roster of these sources, the preferred one first, as soon as this transaction has committed."""
    if len(set(source_ids)) < len(source_ids):
        raise Invalid("A source is named twice.", pointers={"/sources": "each source once"})
    for n, source in enumerate(source_ids):
        if await sources.by_id(tx, source) is None:
            raise Invalid(f"No source {source}: see GET /v1/sources.", pointers={f"/sources/{n}": "no such source"})
    await rosters.serve(tx, source_ids)
    await queue.roster_soon(tx)
    return await roster(tx)


async def refresh_soon(tx: Tx) -> None:
    """Have the roster made what its sources say, where one is served, once this transaction has committed."""
    if await rosters.roster(tx) is not None:
        await queue.roster_soon(tx)


async def shares(tx: Tx) -> list[ShareRow]:
    """What each client may see."""
    return await rosters.shares(tx)


async def share_of(tx: Tx, client: UUID) -> ShareRow:
    """What a client may see. NotFound where nothing is shared with it."""
    row = await rosters.share_of(tx, client)
    if row is None:
        raise NotFound(f"No roster is shared with client {client}.")
    return row


async def share(
    tx: Tx, client: UUID, schools: Sequence[UUID] | None, classes: Sequence[UUID] | None, withheld: Sequence[str]
) -> ShareRow:
    """Set what a client may see, in place of what was set before."""
    await clients.known_client(tx, client)
    for name, collection, ids in (("schools", "orgs", schools), ("classes", "classes", classes)):
        present = await rosters.present(tx, collection, ids or ())
        if unknown := [each for each in ids or () if each not in present]:
            raise Invalid(
                f"The roster has no {collection} '{unknown[0]}': see its sourcedIds in the roster that is served.",
                pointers={f"/{name}": "one of these is not in the roster"},
            )
    for n, field in enumerate(withheld):
        if not withholdable(field):
            raise Invalid(
                f"'{field[:80]}' cannot be withheld: name an optional field, such as 'users.email'.",
                pointers={f"/withheld/{n}": "not a field that can be withheld"},
            )
    await rosters.share(tx, client, schools, classes, sorted(set(withheld)))
    return await share_of(tx, client)


async def unshare(tx: Tx, client: UUID) -> None:
    """Share nothing more with a client. NotFound where nothing is."""
    if not await rosters.unshare(tx, client):
        raise NotFound(f"No roster is shared with client {client}.")
