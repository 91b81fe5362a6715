"""Which sources a tenant's roster is made of, and what each client may see of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.db import Tx
from app.db.tables.rosters import Roster, RosterShare


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A tenant's roster: its sources, the preferred one first, when it was made last, and how much of what it has."""

    sources: list[int]
    refreshed_at: datetime | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ShareRow:
    """What a client may see: only these schools and classes (None: all), and without these fields."""

    client_id: UUID
    schools: list[UUID] | None
    classes: list[UUID] | None
    withheld: list[str]
    changed_at: datetime


async def lock(tx: Tx) -> None:
    """Let nobody else make the tenant's roster until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, -2)", tx.tenant)


async def join_by(tx: Tx, how: Literal["sets", "keys"]) -> None:
    """Have the transaction's queries join whole sets, or few rows by their keys.

    Where statistics are still to come, the planner takes a nested loop for either, which is quadratic for sets.
    """
    await tx.run(
        "SELECT set_config('enable_nestloop', %(nested)s, true), set_config('work_mem', '64MB', true)",
        nested="on" if how == "keys" else "off",
    )


async def roster(tx: Tx) -> RosterRow | None:
    """The tenant's roster; None where it serves none."""
    return await tx.first(RosterRow, "FROM roster WHERE tenant_id = %(tenant)s")


async def drop_removed(tx: Tx) -> None:
    """Take removed sources out of the roster."""
    await tx.run(
        """UPDATE roster r SET sources = ARRAY(SELECT s.id FROM unnest(r.sources) WITH ORDINALITY AS s (id, place)
               JOIN source USING (id) WHERE source.tenant_id = r.tenant_id ORDER BY s.place)
           WHERE r.tenant_id = %(tenant)s""",
        tenant=tx.tenant,
    )


async def serve(tx: Tx, sources: Sequence[int]) -> None:
    """Say of which sources the roster is made, the preferred one first."""
    await tx.insert(Roster(sources=list(sources)), "ON CONFLICT (tenant_id) DO UPDATE SET sources = excluded.sources")


async def behind(tx: Tx) -> bool:
    """Whether a run or a decision has come since the roster was made last, or a source of it was removed."""
    late: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM roster r WHERE r.tenant_id = %(tenant)s AND (r.refreshed_at IS NULL
               OR EXISTS (SELECT FROM unnest(r.sources) s (id) WHERE NOT EXISTS (
                   SELECT FROM source WHERE tenant_id = r.tenant_id AND id = s.id))
               OR EXISTS (SELECT FROM run WHERE tenant_id = r.tenant_id AND finished_at > r.refreshed_at)
               OR EXISTS (SELECT FROM decision WHERE tenant_id = r.tenant_id
                          AND greatest(decided_at, ended_at) > r.refreshed_at)))""",
        tenant=tx.tenant,
    )
    return late


async def shares(tx: Tx) -> list[ShareRow]:
    """What each client may see."""
    return await tx.all(ShareRow, "FROM roster_share WHERE tenant_id = %(tenant)s ORDER BY client_id")


async def share_of(tx: Tx, client: UUID) -> ShareRow | None:
    """What a client may see; None where nothing is shared with it."""
    return await tx.first(
        ShareRow, "FROM roster_share WHERE tenant_id = %(tenant)s AND client_id = %(client)s", client=client
    )


async def share(
    tx: Tx, client: UUID, schools: Sequence[UUID] | None, classes: Sequence[UUID] | None, withheld: Sequence[str]
) -> None:
    """Set what a client may see, in place of what was set before."""
    await tx.insert(
        RosterShare(
            client_id=client,
            schools=None if schools is None else list(schools),
            classes=None if classes is None else list(classes),
            withheld=list(withheld),
        ),
        """ON CONFLICT (tenant_id, client_id) DO UPDATE SET schools = excluded.schools, classes = excluded.classes,
           withheld = excluded.withheld, changed_at = now()""",
    )


async def unshare(tx: Tx, client: UUID) -> bool:
    """Take back what a client may see; False where nothing was shared with it."""
    return bool(
        await tx.run("DELETE FROM roster_share WHERE tenant_id = %(tenant)s AND client_id = %(client)s", client=client)
    )


async def present(tx: Tx, collection: str, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these are objects of a collection."""
    rows = await tx.rows(
        """SELECT sourced_id FROM roster_object WHERE tenant_id = %(tenant)s AND collection = %(collection)s
           AND sourced_id = ANY(%(ids)s)""",
        collection=collection,
        ids=list(ids),
    )
    return {sourced_id for (sourced_id,) in rows}


async def schools(tx: Tx) -> list[tuple[UUID, str, int]]:
    """The schools that are served now, by name, with how many students each has."""
    rows = await tx.rows(
        """SELECT o.sourced_id, o.body->>'name', (SELECT count(*)::int FROM roster_object u WHERE u.tenant_id = o.tenant_id
                  AND u.collection = 'users' AND u.active AND u.links @> ARRAY[o.sourced_id]
                  AND u.kinds && '{student}'::text[])
           FROM roster_object o WHERE o.tenant_id = %s AND o.collection = 'orgs' AND o.active
             AND o.kinds && '{school}'::text[] ORDER BY 2, 1""",
        tx.tenant,
    )
    return [(school, name, students) for school, name, students in rows]


async def has_record(tx: Tx, slug: str, kind: str, key: str) -> bool:
    """Whether the source of that short name has a record of this kind and key that it has not taken back."""
    return bool(
        await tx.rows(
            """SELECT 1 FROM record r JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
               WHERE r.tenant_id = %(tenant)s AND s.slug = %(slug)s AND r.kind = %(kind)s AND r.key = %(key)s
                   AND r.state <> 'retracted' LIMIT 1""",
            tenant=tx.tenant,
            slug=slug,
            kind=kind,
            key=key,
        )
    )
