"""The ledger as it is read back: what people have decided of late."""

from app.db import Tx
from app.db.identity.persons import DecisionRow


async def by_people(tx: Tx, before: int | None, limit: int) -> list[DecisionRow]:
    """What people have decided and nobody has taken back, newest first, before an id."""
    return await tx.all(
        DecisionRow,
        """FROM decision WHERE tenant_id = %(tenant)s AND rule = 'person' AND ended_at IS NULL
             AND (%(before)s::bigint IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s""",
        before=before,
        limit=limit,
    )
