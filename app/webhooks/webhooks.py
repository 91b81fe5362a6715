"""Webhooks of a client: made, changed, tried, set back in the feed, removed."""

import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from app.db import Tx
from app.db.webhooks import webhooks
from app.db.webhooks.webhooks import WebhookRow
from app.errors import Conflict, Invalid, NotFound
from app.records import feed
from app.records.event_types import EVENT_TYPES
from app.records.feed import Place
from app.secrets import Vault
from app.webhooks.signing import new_secret
from connectors.limits import Limits

MOST = 10
"""Webhooks of one client, at most."""
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Made:
    """A new webhook with its secret, which is told this once."""

    row: WebhookRow
    secret: str


async def add(tx: Tx, vault: Vault, limits: Limits, client: UUID, url: str, types: Sequence[str]) -> Made:
    """A new webhook, which hears of what happens from now on. Invalid for an address or types that will not do."""
    check_address(url, limits)
    check_types(types)
    if len(await webhooks.of_client(tx, client)) >= MOST:
        raise Conflict(f"This client has {MOST} webhooks: remove one that is no longer used.", type="too-many-webhooks")
    secret, now = new_secret(os.urandom(24)), datetime.now(UTC)
    cluster, xid, number = await feed.position(tx)
    row = WebhookRow(
        id=uuid4(),
        client_id=client,
        url=url,
        types=sorted(set(types)),
        secret=vault.seal(tx.tenant, json.dumps(secret).encode()),
        state="active",
        state_reason=None,
        place_cluster=cluster,
        place_xid=xid,
        place_id=number,
        tries=0,
        failing_since=None,
        due_at=now,
        delivered=0,
        skipped=0,
        last_at=None,
        last_answer=None,
        created_at=now,
    )
    await webhooks.add(tx, row)
    return Made(row, secret)


def secret_of(row: WebhookRow, tenant: int, vault: Vault) -> str:
    """A webhook's secret, opened."""
    return str(json.loads(vault.open(tenant, row.secret)))


async def listed(tx: Tx, client: UUID) -> list[WebhookRow]:
    """A client's webhooks."""
    return await webhooks.of_client(tx, client)


async def own(tx: Tx, client: UUID, webhook: UUID) -> WebhookRow:
    """A client's webhook, held until the transaction ends. NotFound where it has none of that id."""
    row = await webhooks.by_id(tx, webhook)
    if row is None or row.client_id != client:
        raise NotFound
    return row


async def change(
    tx: Tx, client: UUID, webhook: UUID, *, types: Sequence[str] | None, active: bool | None
) -> WebhookRow:
    """Change what a webhook hears of; disable it, or make it active again: it then goes on where it stopped."""
    row = await own(tx, client, webhook)
    if types is not None:
        check_types(types)
        row = replace(row, types=sorted(set(types)))
    if active is not None:
        row = replace(row, state="active" if active else "disabled", state_reason=None if active else "by its client")
        row = replace(row, tries=0, failing_since=None, due_at=datetime.now(UTC))
    await webhooks.update(tx, row)
    return row


async def replay(tx: Tx, client: UUID, webhook: UUID, after: Place | None) -> WebhookRow:
    """Send again what happened after a place of the feed, or all that it reaches back to. Invalid where it does not."""
    row = await own(tx, client, webhook)
    place = after or await feed.oldest(tx)
    if await feed.following(tx, place, 1) is None:
        raise Invalid("The feed no longer reaches back so far: read the records instead.", type="cursor-too-old")
    cluster, xid, number = place
    row = replace(row, place_cluster=cluster, place_xid=xid, place_id=number, tries=0, due_at=datetime.now(UTC))
    await webhooks.update(tx, row)
    return row


async def remove(tx: Tx, client: UUID, webhook: UUID) -> None:
    """Remove a webhook: it hears of nothing more."""
    row = await own(tx, client, webhook)
    await webhooks.remove(tx, row.id)


def check_types(types: Collection[str]) -> None:
    """Invalid names a type of event that there is not."""
    for name in types:
        if name not in EVENT_TYPES:
            raise Invalid(f"No event has the type '{name}': there are {', '.join(EVENT_TYPES)}.")


def check_address(url: str, limits: Limits) -> None:
    """Invalid where an address cannot be sent to: https, or what the operator allows of private addresses."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid(f"'{url[:200]}' is no address.") from None
    if len(url) > LONGEST or parts.username or parts.password or parts.fragment or not host:
        raise Invalid("Give an address such as https://tool.example.org/hooks: no user, no password, no fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and limits.private.names(host, port)):
        raise Invalid(f"'{url[:200]}' is not https: events go over encrypted connections only.")
