"""Webhooks: signed as the convention says, in order, again later, from the feed, and disabled after days of failure."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import uvicorn

from app.db.access import tenants
from app.jobs import work
from app.webhooks import delivering
from app.webhooks.delivering import Answer, after_answer, pause
from app.webhooks.signing import signature
from app.webhooks.webhooks import own
from tests.conftest import TestDatabase
from tests.support.api import Api, bearer, problem_of, serving, settings_for

pytestmark = pytest.mark.enable_socket
EVENT_KEYS = {"type", "timestamp", "data"}


@dataclass
class Receiver:
    """A vendor's endpoint: what it was sent, and the status it answers with."""

    url: str = ""
    status: int = 204
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message.get("more_body"):
                break
        self.got.append(({name.decode(): value.decode() for name, value in scope["headers"]}, body))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.bind(("127.0.0.1", 0))
    receiver.url = f"http://127.0.0.1:{taken.getsockname()[1]}/hooks"
    server = uvicorn.Server(uvicorn.Config(receiver, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve([taken]))
    try:
        yield receiver
    finally:
        server.should_exit = True
        await running


@pytest.fixture
async def hooked(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Api]:
    """A service whose operator allows this machine to be reached."""
    async with serving(settings_for(database, tmp_path, private_addresses=("127.0.0.1",))) as (app, http):
        db = app.state.service.db
        tenant = await tenants.add(db, "sample", "Sample District")
        other = await tenants.add(db, "other", "Other District")
        yield Api(app, http, db, tenant.id, other.id)


async def heard(api: Api, receiver: Receiver, least: int) -> None:
    """Deliver until so much was sent: an event is read once every earlier transaction of the server has ended."""
    for _ in range(200):
        await delivering.deliver_due(api.app.state.service, api.tenant)
        if len(receiver.got) >= least:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{len(receiver.got)} messages came, and {least} should have")


async def made(api: Api, headers: dict[str, str], url: str, **more: Any) -> dict[str, Any]:
    answer = await api.http.post("/v1/webhooks", json={"url": url, **more}, headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_the_signature_is_the_conventions_own_example() -> None:
    body = b'{"test": 2432232314}'
    signed = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_events_come_signed_and_in_order(hooked: Api) -> None:
    headers = await hooked.pusher()
    async with listening() as receiver:
        webhook = await made(hooked, headers, receiver.url)
        for number in range(3):
            await hooked.learner(headers, id=f"e-{number}")
        await work(hooked.app.state.service, wait=False)
        await heard(hooked, receiver, 3)
        for sent, body in receiver.got:
            seconds = int(sent["webhook-timestamp"])
            assert sent["webhook-signature"] == signature(webhook["secret"], sent["webhook-id"], seconds, body)
            assert set(json.loads(body)) == EVENT_KEYS
        feed = (await hooked.http.get("/v1/events", headers=headers)).json()["events"]
        assert [event["type"] for event in receiver.events] == [event["type"] for event in feed]
        assert "Ada" not in str(receiver.events), "an event says that something changed, and nothing of whom"
        (listed,) = (await hooked.http.get("/v1/webhooks", headers=headers)).json()["webhooks"]
        assert (listed["delivered"], listed["state"]) == (len(feed), "active")
        await delivering.deliver_due(hooked.app.state.service, hooked.tenant)
        assert len(receiver.got) == len(feed), "what was taken is not sent again"
        replayed = await hooked.http.post(f"/v1/webhooks/{listed['id']}/replay", json={}, headers=headers)
        assert replayed.status_code == 200, replayed.text
        await heard(hooked, receiver, 2 * len(feed))
        ids = [sent["webhook-id"] for sent, _ in receiver.got]
        assert ids == ids[: len(feed)] * 2, "the same events under the same ids"


async def test_only_the_types_asked_for_come(hooked: Api) -> None:
    headers = await hooked.pusher()
    async with listening() as receiver:
        await made(hooked, headers, receiver.url, types=["learner.created"])
        await hooked.learner(headers)
        await hooked.learner(headers, id="another", name="Another thing")
        await heard(hooked, receiver, 1)
        assert [event["type"] for event in receiver.events] == ["learner.created"]


async def test_a_test_event_is_sent_at_once_and_the_answer_told(hooked: Api) -> None:
    headers = await hooked.pusher()
    async with listening() as receiver:
        webhook = (await made(hooked, headers, receiver.url))["webhook"]["id"]
        receiver.status = 500
        tested = (await hooked.http.post(f"/v1/webhooks/{webhook}/test", headers=headers)).json()
        assert (tested["taken"], tested["status"]) == (False, 500)
        assert receiver.events[0]["type"] == "test"


async def test_what_is_not_taken_comes_again_later_and_the_order_is_kept(hooked: Api) -> None:
    headers = await hooked.pusher()
    service = hooked.app.state.service
    async with listening() as receiver:
        webhook = (await made(hooked, headers, receiver.url))["webhook"]["id"]
        receiver.status = 503
        await hooked.learner(headers)
        await heard(hooked, receiver, 1)
        await delivering.deliver_due(service, hooked.tenant)
        assert len(receiver.got) == 1, "it waits before it tries again"
        body = (await hooked.http.get(f"/v1/webhooks/{webhook}", headers=headers)).json()
        assert body["failingSince"] is not None
        assert body["nextTryAt"] > body["lastAt"]
        receiver.status = 200
        changed = await hooked.http.patch(f"/v1/webhooks/{webhook}", json={"state": "active"}, headers=headers)
        assert changed.json()["failingSince"] is None
        await heard(hooked, receiver, 2)
        first, again, *_ = [sent["webhook-id"] for sent, _ in receiver.got]
        assert first == again


async def test_days_of_failure_disable_and_a_refused_event_holds_up_no_other(hooked: Api) -> None:
    headers = await hooked.pusher()
    async with listening() as receiver:
        webhook = UUID((await made(hooked, headers, receiver.url))["webhook"]["id"])
    async with hooked.db.transaction(hooked.tenant) as tx:
        (client,) = await tx.row("SELECT client_id FROM webhook WHERE tenant_id = %(tenant)s", given=None) or ()
        row = await own(tx, client, webhook)
    now, place = datetime.now(UTC), (row.place_cluster, row.place_xid + 1, 7)
    failed = row
    for _ in range(delivering.REFUSED_TRIES):
        assert (failed.place_xid, failed.state) == (row.place_xid, "active")
        failed = after_answer(failed, Answer(422, "it answered 422"), place, now)
    assert (failed.place_id, failed.skipped, failed.state) == (7, 1, "active")
    days = replace(row, failing_since=now - delivering.GIVE_UP)
    ended = after_answer(days, Answer(500, "it answered 500"), place, now)
    assert (ended.state, ended.place_id) == ("disabled", row.place_id)
    assert "taken nothing since" in str(ended.state_reason)
    assert after_answer(row, Answer(410, "it answered 410"), place, now).state == "disabled"
    waits = [pause(tries) for tries in range(1, 12)]
    assert waits[0] < timedelta(seconds=30)
    assert waits[-1] <= timedelta(hours=6, seconds=5)


@pytest.mark.parametrize(
    "url", ["http://tool.example.org/hooks", "https://a:b@tool.example.org", "ftp://x", "https://", "x" * 3000]
)
async def test_an_address_that_will_not_do_is_refused(api: Api, url: str) -> None:
    headers = bearer(await api.key())
    problem_of(await api.http.post("/v1/webhooks", json={"url": url}, headers=headers), 422)


async def test_an_operators_private_network_is_not_reached(api: Api) -> None:
    headers = bearer(await api.key())
    webhook = (await made(api, headers, "https://127.0.0.1:9/hooks"))["webhook"]["id"]
    tested = (await api.http.post(f"/v1/webhooks/{webhook}/test", headers=headers)).json()
    assert (tested["taken"], tested["status"]) == (False, 0)


async def test_a_webhook_is_its_clients_alone(api: Api) -> None:
    headers, others = bearer(await api.key()), bearer(await api.key())
    webhook = (await made(api, headers, "https://tool.example.org/hooks"))["webhook"]["id"]
    problem_of(await api.http.get(f"/v1/webhooks/{webhook}", headers=others), 404)
    assert (await api.http.get("/v1/webhooks", headers=others)).json()["webhooks"] == []
    wrong = await api.http.post("/v1/webhooks", json={"url": "https://x.example", "types": ["no"]}, headers=headers)
    assert "learner.updated" in problem_of(wrong, 422)["detail"]
    assert (await api.http.delete(f"/v1/webhooks/{webhook}", headers=headers)).status_code == 204
