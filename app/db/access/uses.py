"""When keys were last used: a row for each key, beside the keys so that their audit log stays free of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.db import Tx


async def note(tx: Tx, hashes: Sequence[bytes], at: datetime) -> None:
    """Note that these keys and tokens (by their hashes) were used; a token counts as the key it was got with."""
    await tx.run(
        """INSERT INTO key_use AS u (tenant_id, key_id, used_at)
           SELECT DISTINCT k.tenant_id, coalesce(k.got_with, k.id), %(at)s::timestamptz FROM access_key k
           WHERE k.tenant_id = %(tenant)s AND k.hash = ANY(%(hashes)s::bytea[])
           ON CONFLICT (tenant_id, key_id) DO UPDATE SET used_at = greatest(u.used_at, excluded.used_at)""",
        hashes=list(hashes),
        at=at,
    )


async def of_tenant(tx: Tx) -> dict[UUID, datetime]:
    """When each key of the tenant that was ever used was used last."""
    rows = await tx.rows("SELECT key_id, used_at FROM key_use WHERE tenant_id = %(tenant)s", given=None)
    return dict(rows)
