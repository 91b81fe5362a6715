"""The audit log as it is read; it is written by the database itself, whichever way a change comes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db import Tx


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change: `before` and `after` hold the columns that differ, and of what is secret only whether it is the same."""

    id: int
    at: datetime
    actor: str
    request: str | None
    kind: str
    thing: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def entries(tx: Tx, of: str | None, thing: str | None, before: int | None, limit: int) -> list[AuditRow]:
    """Changes, the newest first: of one kind of thing, of one thing, and those before a row, where these are given."""
    return await tx.all(
        AuditRow,
        """FROM audit WHERE tenant_id = %(tenant)s AND (%(of)s::text IS NULL OR kind = %(of)s)
             AND (%(thing)s::text IS NULL OR thing = %(thing)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
           ORDER BY id DESC LIMIT %(limit)s""",
        of=of,
        thing=thing,
        before=before,
        limit=limit,
    )
