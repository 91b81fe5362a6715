"""Webhooks as they are stored."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.webhooks import Webhook


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """An address that hears of events, how far it has heard, and how that goes."""

    id: UUID
    client_id: UUID
    url: str
    types: list[str]
    secret: bytes
    state: str
    state_reason: str | None
    place_cluster: int
    place_xid: int
    place_id: int
    tries: int
    failing_since: datetime | None
    due_at: datetime
    delivered: int
    skipped: int
    last_at: datetime | None
    last_answer: str | None
    created_at: datetime


async def add(tx: Tx, row: WebhookRow) -> None:
    """Store a new webhook."""
    await tx.insert(Webhook(**asdict(row)))


async def of_client(tx: Tx, client: UUID) -> list[WebhookRow]:
    """The webhooks of a client, in the order of their making."""
    return await tx.all(
        WebhookRow,
        "FROM webhook WHERE tenant_id = %(tenant)s AND client_id = %(client)s ORDER BY created_at, id",
        client=client,
    )


async def by_id(tx: Tx, webhook: UUID) -> WebhookRow | None:
    """The webhook of that id, held until the transaction ends."""
    return await tx.first(
        WebhookRow, "FROM webhook WHERE tenant_id = %(tenant)s AND id = %(webhook)s FOR UPDATE", webhook=webhook
    )


async def update(tx: Tx, row: WebhookRow) -> None:
    """Store what was changed of a webhook."""
    await tx.run(
        """UPDATE webhook SET types = %(types)s, state = %(state)s, state_reason = %(state_reason)s,
               place_cluster = %(place_cluster)s, place_xid = %(place_xid)s, place_id = %(place_id)s, tries = %(tries)s,
               failing_since = %(failing_since)s, due_at = %(due_at)s, delivered = %(delivered)s, skipped = %(skipped)s,
               last_at = %(last_at)s, last_answer = %(last_answer)s
           WHERE tenant_id = %(tenant)s AND id = %(id)s""",
        **asdict(row),
    )


async def remove(tx: Tx, webhook: UUID) -> None:
    """Delete a webhook."""
    await tx.run("DELETE FROM webhook WHERE tenant_id = %(tenant)s AND id = %(webhook)s", webhook=webhook)


async def due(tx: Tx, now: datetime) -> list[UUID]:
    """Active webhooks, of clients that are not revoked, whose time has come and who have not heard the last event."""
    rows = await tx.rows(
        """SELECT w.id FROM webhook w JOIN client c ON c.tenant_id = w.tenant_id AND c.id = w.client_id
           WHERE w.tenant_id = %(tenant)s AND w.state = 'active' AND c.revoked_at IS NULL AND w.due_at <= %(now)s
             AND EXISTS (SELECT FROM event e WHERE e.tenant_id = w.tenant_id
                         AND (e.xid, e.id) > (w.place_xid::text::xid8, w.place_id)) ORDER BY w.due_at, w.id""",
        now=now,
    )
    return [webhook for (webhook,) in rows]


async def troubled(tx: Tx) -> Sequence[WebhookRow]:
    """Webhooks that are disabled, or have failed for a while."""
    return await tx.all(
        WebhookRow,
        """FROM webhook WHERE tenant_id = %(tenant)s AND (state <> 'active' OR failing_since < now() - interval '1 hour')
           ORDER BY created_at, id""",
        given=None,
    )
