"""Delete what has had its time: old events, tokens that have expired, answers kept for a repeated request."""

from datetime import datetime

from app.db import Tx


async def events(tx: Tx, before: datetime) -> int:
    """Delete the events of transactions that ended before a moment, and note how far; how many they were.

    A transaction's events go together, so that a reader of the change feed is either past them all or is told (410).
    """
    deleted: int = await tx.one(
        """WITH kept AS (SELECT min(xid) AS xid FROM event WHERE tenant_id = %s AND at >= %s),
                gone AS (DELETE FROM event USING kept WHERE tenant_id = %s AND at < %s
                         AND (kept.xid IS NULL OR event.xid < kept.xid) RETURNING event.xid),
                floor AS (INSERT INTO event_floor (tenant_id, xid)
                          SELECT %s, max(xid) FROM gone HAVING count(*) > 0
                          ON CONFLICT (tenant_id) DO UPDATE SET xid = excluded.xid)
           SELECT count(*) FROM gone""",
        tx.tenant,
        before,
        tx.tenant,
        before,
        tx.tenant,
    )
    return deleted


async def restored(tx: Tx) -> int:
    """Delete events of transactions yet to come: the database was restored into another PostgreSQL. How many they were.

    Their readers are told so (410) and start over; those to come would else wait behind them.
    """
    await tx.run(
        """UPDATE event_floor SET xid = '0' WHERE tenant_id = %s AND xid >= pg_snapshot_xmax(pg_current_snapshot())""",
        tx.tenant,
    )
    return await tx.run(
        "DELETE FROM event WHERE tenant_id = %s AND xid >= pg_snapshot_xmax(pg_current_snapshot())", tx.tenant
    )


async def tokens(tx: Tx, before: datetime) -> int:
    """Delete access tokens that expired before a moment; keys and secrets stay, for the list of keys shows them."""
    return await tx.run(
        "DELETE FROM access_key WHERE tenant_id = %s AND kind = 'token' AND expires_at < %s", tx.tenant, before
    )


async def answers(tx: Tx, before: datetime) -> int:
    """Delete first answers to requests that carried an Idempotency-Key, given before a moment."""
    return await tx.run("DELETE FROM idempotency WHERE tenant_id = %s AND created_at < %s", tx.tenant, before)
