"""Deliver: each webhook hears of events one after the other, signed, and again where it did not take one.

What it has heard commits event by event. An address that fails is asked again later and later. One that refuses an
event for good has it skipped, so that it holds up no other. One that fails for days is disabled: `tessera doctor`, the
API and the audit log say so.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import structlog
from tenacity import RetryCallState, wait_exponential_jitter

from app.db.webhooks import webhooks
from app.db.webhooks.webhooks import WebhookRow
from app.errors import TesseraError
from app.records import feed
from app.start import Service
from app.webhooks.signing import Message, headers, message
from app.webhooks.webhooks import secret_of
from connectors.kit import visitor

log = structlog.get_logger(__name__)

SECONDS = 15
"""How long an address may take to answer."""
ANSWER_BYTES = 64 * 1024
TOGETHER = 100
"""Events of one webhook sent in one go: then others have their turn."""
WAIT = wait_exponential_jitter(multiplier=5, max=6 * 60 * 60, exp_base=4, jitter=5)
"""Between tries: about 5 s, 20 s, 80 s, 5 min, 21 min, 85 min, and then 6 hours."""
GIVE_UP = timedelta(days=5)
"""An address that took nothing for so long is disabled."""
REFUSED_TRIES = 6
"""So often an event is tried that the address answers it will not have (4xx): then it is skipped."""
PASSING = frozenset({408, 425, 429})
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address answered: its status (0: it could not be asked), and in words."""

    status: int
    words: str

    @property
    def taken(self) -> bool:
        """Whether the receiver took the message."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the receiver refuses this message for good: a 4xx that no repeating mends."""
        return 400 <= self.status < 500 and self.status not in PASSING


async def deliver_due(service: Service, tenant: int) -> int:
    """Send what webhooks of a tenant have not heard yet; how many events were taken. One that fails costs itself."""
    count = 0
    async with service.db.transaction(tenant) as tx:
        due = await webhooks.due(tx, datetime.now(UTC))
    for webhook in due:
        try:
            count += await _deliver(service, tenant, webhook)
        except TesseraError as why:
            log.warning("a webhook could not be served", tenant=tenant, webhook=str(webhook), why=type(why).__name__)
    return count


async def _deliver(service: Service, tenant: int, webhook: UUID) -> int:
    """Send events to one webhook until it has heard all, or does not take one."""
    count = 0
    for _ in range(TOGETHER):
        async with service.db.transaction(tenant) as tx:
            row = await webhooks.by_id(tx, webhook)
            if row is None or row.state != "active":
                return count
            after = (row.place_cluster, row.place_xid, row.place_id)
            following = await feed.following(tx, after, TOGETHER)
            if following is None:  # it fell behind what is kept, or the database was restored elsewhere: from here on
                cluster, xid, number = await feed.position(tx)
                row = replace(row, place_cluster=cluster, place_xid=xid, place_id=number, skipped=row.skipped + 1)
                await webhooks.update(tx, replace(row, last_answer="events were pruned before it heard them"))
                return count
        events = [(place, event) for place, event in following.events if not row.types or event.type in row.types]
        if not events:
            await _note(service, tenant, _moved(row, following.place))
            if len(following.events) < TOGETHER:
                return count
            continue
        place, event = events[0]
        sent = message(place, event.type, event.at, event.learner_id, event.data)
        answer = await send(service, tenant, row, sent)
        row = after_answer(row, answer, place, datetime.now(UTC))
        await _note(service, tenant, row)
        if not answer.taken:
            log.info("a webhook did not take an event", tenant=tenant, webhook=str(webhook), status=answer.status)
            return count
        count += 1
    return count


async def _note(service: Service, tenant: int, row: WebhookRow) -> None:
    """Keep how far a webhook has come, unless its client has changed or removed it meanwhile."""
    async with service.db.transaction(tenant) as tx:
        current = await webhooks.by_id(tx, row.id)
        if current is not None and current.state == "active":
            await webhooks.update(tx, replace(row, types=current.types))


def _moved(row: WebhookRow, place: feed.Place) -> WebhookRow:
    cluster, xid, number = place
    return replace(row, place_cluster=cluster, place_xid=xid, place_id=number)


def after_answer(row: WebhookRow, answer: Answer, place: feed.Place, now: datetime) -> WebhookRow:
    """A webhook after an address answered to the event at a place."""
    row = replace(row, last_at=now, last_answer=answer.words)
    if answer.taken:
        row = _moved(row, place)
        return replace(row, tries=0, failing_since=None, due_at=now, delivered=row.delivered + 1)
    tries, since = row.tries + 1, row.failing_since or now
    if answer.status == GONE:
        return replace(row, state="disabled", state_reason="the address answered 410: it is gone", tries=tries)
    if now - since >= GIVE_UP:
        reason = f"it has taken nothing since {since:%Y-%m-%d %H:%M} UTC: {answer.words}"
        return replace(row, state="disabled", state_reason=reason, tries=tries, failing_since=since)
    if answer.refused and tries >= REFUSED_TRIES:
        row = _moved(row, place)
        return replace(row, tries=0, failing_since=since, due_at=now, skipped=row.skipped + 1)
    return replace(row, tries=tries, failing_since=since, due_at=now + pause(tries))


def pause(tries: int) -> timedelta:
    """How long to wait after so many failures."""
    state = RetryCallState(None, None, (), {})  # type: ignore[arg-type]  # nothing is called: only the wait is asked for
    state.attempt_number = tries
    return timedelta(seconds=WAIT(state))


async def send(service: Service, tenant: int, row: WebhookRow, sent: Message) -> Answer:
    """Send one message, through the guarded client; what the address answered. What it says is not kept."""
    signed = headers(sent, secret_of(row, tenant, service.vault), datetime.now(UTC))
    private = service.settings.limits.private
    try:
        async with visitor(seconds=SECONDS, budget=ANSWER_BYTES, private=private) as http:
            response = await http.post(row.url, content=sent.body, headers=signed)
    except TesseraError as why:
        return Answer(0, f"it could not be reached: {why}"[:500])
    except (httpx.HTTPError, httpx.InvalidURL) as why:
        return Answer(0, f"it could not be reached ({type(why).__name__})")
    return Answer(response.status_code, f"it answered {response.status_code}")
