"""What tests share of identity worlds."""

from typing import Any

from tests.support.district import District

DERIVED = ("entry", "due", "learner", "person", "identifier", "crowd", "event", "touched")


TABLES = ("record", "raw", "decision", "quarantine", *DERIVED)


async def outcome(district: District) -> dict[str, Any]:
    async with district.db.transaction(district.tenant.id) as tx:
        ledger = await tx.rows(
            """SELECT left_source, left_key, right_source, right_key, judgement, rule, reason FROM decision
               WHERE ended_at IS NULL ORDER BY 1, 2, 3, 4, 5, 6, 7"""
        )
        members = await tx.rows(
            "SELECT learner_id, source_id, key FROM person WHERE learner_id IS NOT NULL ORDER BY 2, 3"
        )
        identifiers = await tx.rows("SELECT type, value, issuer, source_id, person FROM identifier ORDER BY 1,2,3,4,5")
    return {"bytes": await district.bytes(), "ledger": ledger, "members": members, "identifiers": identifiers}


async def from_nothing(district: District) -> dict[str, Any]:
    """The same, with all that was derived thrown away before."""
    async with district.db.transaction(district.tenant.id) as tx:
        for table in DERIVED:
            await tx.conn.execute(f"DELETE FROM {table}".encode())
        await tx.run("DELETE FROM decision WHERE decided_by = 'tessera'")
        await tx.run(
            """INSERT INTO touched (tenant_id, source_id, persons, refs)
               SELECT tenant_id, source_id, array_agg(DISTINCT person), '{}' FROM record
               WHERE person IS NOT NULL GROUP BY 1, 2"""
        )
        await tx.run(
            """INSERT INTO touched (tenant_id, source_id, persons, refs, stream, keys)
               SELECT tenant_id, source_id, '{}', '{}', stream, array_agg(DISTINCT raw_key)
               FROM record GROUP BY 1, 2, 5"""
        )
    await district.settle()
    return await outcome(district)
