"""What is served and to whom: the sources a tenant's roster is made of, and what each client may see of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.access import clients
from app.db import Tx, queue
from app.db.rosters import pages, rosters
from app.db.rosters.pages import Objects
from app.db.rosters.rosters import RosterRow, ShareRow
from app.db.sources import sources
from app.errors import Invalid, NotFound
from app.rosters import filter as filtering
from app.rosters.fields import fields
from app.rosters.operations import OPERATIONS
from app.rosters.serving import view_of, withholdable

TOLD = (
    *("/schools", "/classes", "/students", "/teachers", "/users", "/enrollments", "/demographics"),
    *("/lineItems", "/results", "/assessmentResults"),
)
"""The paths of which a preview tells how much a client would see there."""


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


@dataclass(frozen=True, slots=True)
class Rules:
    """What a client may see: of these schools and classes (None: of all), without these fields (`users.email`)."""

    schools: tuple[UUID, ...] | None = None
    classes: tuple[UUID, ...] | None = None
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """How many objects of a path of the roster a client would see; `lacking`: the scope that it has not for it."""

    path: str
    count: int
    lacking: str | None


@dataclass(frozen=True, slots=True)
class SharedSchool:
    """A school of the roster that is served, and how many students it has."""

    id: UUID
    name: str
    students: int


async def preview(tx: Tx, client: UUID, rules: Rules) -> list[Seen]:
    """What a client would see by these rules, path by path, of what is active. Errors as for `share`."""
    row = await clients.live_client(tx, client)
    await _check(tx, rules)
    view = view_of(rules.schools, rules.classes, row.scopes)
    seen = []
    for operation in OPERATIONS:
        if operation.path in TOLD:
            listing = operation.listing
            active = filtering.parse("status='active'", fields(listing.collection))
            objects = Objects(listing.collection, listing.kinds)
            lacks = not {*operation.scopes} & {*row.scopes}
            count = await pages.count(tx, objects, view, active)
            seen.append(Seen(operation.path, count, operation.scopes[0] if lacks else None))
    return sorted(seen, key=lambda each: TOLD.index(each.path))


async def schools(tx: Tx) -> list[SharedSchool]:
    """The schools of the roster that is served, by name."""
    return [SharedSchool(*row) for row in await rosters.schools(tx)]


async def share(
    tx: Tx, client: UUID, schools: Sequence[UUID] | None, classes: Sequence[UUID] | None, withheld: Sequence[str]
) -> ShareRow:
    """Set what a client may see, in place of what was set before."""
    await clients.live_client(tx, client)
    await _check(
        tx,
        Rules(
            None if schools is None else tuple(schools), None if classes is None else tuple(classes), tuple(withheld)
        ),
    )
    await rosters.share(tx, client, schools, classes, sorted(set(withheld)))
    return await share_of(tx, client)


async def _check(tx: Tx, rules: Rules) -> None:
    """Invalid where rules name what the roster has not, or what cannot be withheld."""
    schools, classes, withheld = rules.schools, rules.classes, rules.withheld
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


async def unshare(tx: Tx, client: UUID) -> None:
    """Share nothing more with a client. NotFound where nothing is."""
    if not await rosters.unshare(tx, client):
        raise NotFound(f"No roster is shared with client {client}.")
