"""Webhooks: have events sent to an address of yours, signed by the Standard Webhooks convention."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Path, Response
from msgspec import Meta

from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import Follower
from app.api.kit.problem import problems
from app.api.webhooks.wire_webhooks import (
    ReplayFrom,
    Webhook,
    WebhookChange,
    WebhookList,
    WebhookNew,
    WebhookTested,
    WebhookWithSecret,
)
from app.db.webhooks.webhooks import WebhookRow
from app.request import Inside
from app.webhooks import delivering, webhooks
from app.webhooks.signing import Message

router = APIRouter(prefix="/v1/webhooks", tags=["Webhooks"], route_class=SoundRoute)

WebhookId = Annotated[UUID, Path()]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


@router.get("", responses=problems())
async def list_webhooks(caller: Follower, inside: Inside) -> WebhookList:
    """Your client's webhooks, and how each is doing."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await webhooks.listed(tx, caller.client)
    return WebhookList(webhooks=[_webhook(row) for row in rows])


@router.post("", status_code=201, responses=problems(400, 409))
async def create_webhook(new: WebhookNew, caller: Follower, inside: Inside, response: Response) -> WebhookWithSecret:
    """Have what happens from now on sent to an address of yours: one event a message, in order, each until it is taken.

    A message that is not answered with 2xx within 15 s is sent again later and later, for up to five days; then the
    webhook is disabled. Answer 410 to have it disabled at once. The same event may come twice: its `webhook-id` tells.
    An event says that something changed, not how: read the record.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        created = await webhooks.add(
            tx, inside.vault, inside.settings.limits, client=caller.client, url=new.url, types=new.types
        )
    response.headers["Location"] = f"/v1/webhooks/{created.row.id}"
    response.headers["Cache-Control"] = "no-store"
    return WebhookWithSecret(webhook=_webhook(created.row), secret=created.secret)


@router.get("/{webhook}", responses=problems(404))
async def read_webhook(webhook: WebhookId, caller: Follower, inside: Inside) -> Webhook:
    """One webhook, and how it is doing."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _webhook(await webhooks.own(tx, caller.client, webhook))


@router.patch("/{webhook}", responses=problems(400, 404))
async def change_webhook(webhook: WebhookId, change: WebhookChange, caller: Follower, inside: Inside) -> Webhook:
    """Change what a webhook hears of, disable it, or make it active again: it goes on where it stopped."""
    active = None if change.state is None else change.state == "active"
    async with inside.db.transaction(caller.tenant) as tx:
        return _webhook(await webhooks.change(tx, caller.client, webhook, types=change.types, active=active))


@router.delete("/{webhook}", status_code=204, responses=problems(404))
async def remove_webhook(webhook: WebhookId, caller: Follower, inside: Inside) -> None:
    """Remove a webhook."""
    async with inside.db.transaction(caller.tenant) as tx:
        await webhooks.remove(tx, caller.client, webhook)


@router.post("/{webhook}/test", responses=problems(404))
async def test_webhook(webhook: WebhookId, caller: Follower, inside: Inside) -> WebhookTested:
    """Send a made-up event of the type `test` now, signed as the others are, and say what the address answered."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await webhooks.own(tx, caller.client, webhook)
    sent = Message(f"test_{uuid4().hex}", "test", datetime.now(UTC), {"webhook": str(webhook)})
    answer = await delivering.send(inside, caller.tenant, row, sent)
    return WebhookTested(taken=answer.taken, status=answer.status, message=answer.words)


@router.post("/{webhook}/replay", responses=problems(400, 404))
async def replay_webhook(webhook: WebhookId, start: ReplayFrom, caller: Follower, inside: Inside) -> Webhook:
    """Send again what happened after a cursor of the feed, or all that it reaches back to."""
    after = cursor.decode(start.after, tuple[Number, Number, Number]) if start.after else None
    async with inside.db.transaction(caller.tenant) as tx:
        return _webhook(await webhooks.replay(tx, caller.client, webhook, after))


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        types=row.types,
        state="active" if row.state == "active" else "disabled",
        state_reason=row.state_reason,
        created_at=row.created_at,
        delivered=row.delivered,
        skipped=row.skipped,
        failing_since=row.failing_since,
        next_try_at=row.due_at if row.failing_since and row.state == "active" else None,
        last_at=row.last_at,
        last_answer=row.last_answer,
    )
