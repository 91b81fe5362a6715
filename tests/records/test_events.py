"""The change feed: nothing is skipped, whatever overlaps; a reader who comes too late is told."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db import Tx
from app.db.server import prune
from tests.support.api import Api, bearer, names, problem_of


async def _tell(tx: Tx, *events: str) -> None:
    for what in events:
        await tx.run(
            "INSERT INTO event (tenant_id, type, learner_id, data) VALUES (%s, %s, %s, '{}')", tx.tenant, what, uuid4()
        )


async def _read(api: Api, headers: dict[str, str], after: str | None = None, limit: int = 100) -> dict[str, Any]:
    params = {"limit": limit} | ({"after": after} if after else {})
    answer = await api.http.get("/v1/events", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_transaction_that_ends_late_is_not_skipped(api: Api) -> None:
    headers = bearer(await api.key("events.read"))
    cursor = (await _read(api, headers))["cursor"]
    async with api.db.transaction(api.tenant) as slow:
        await _tell(slow, "slow 1")
        async with api.db.transaction(api.tenant) as quick:
            await _tell(quick, "quick")
        early = await _read(api, headers, cursor)
        assert early["events"] == []  # the quick one waits for the slow one: order is kept
        await _tell(slow, "slow 2")
    late = await _read(api, headers, early["cursor"])
    assert names(late["events"], "type") == ["slow 1", "slow 2", "quick"]
    assert (await _read(api, headers, late["cursor"]))["events"] == []


async def test_pages_cut_within_a_transaction_lose_nothing(api: Api) -> None:
    headers = bearer(await api.key("events.read"))
    async with api.db.transaction(api.tenant) as tx:
        await _tell(tx, *(f"event {n}" for n in range(10)))
    seen: list[str] = []
    cursor = None
    for _ in range(5):
        page = await _read(api, headers, cursor, limit=3)
        seen += names(page["events"], "type")
        cursor = page["cursor"]
    assert seen == [f"event {n}" for n in range(10)]


async def test_an_events_own_cursor_goes_on_right_after_it(api: Api) -> None:
    headers = bearer(await api.key("events.read"))
    async with api.db.transaction(api.tenant) as tx:
        await _tell(tx, "a", "b", "c")
    events = (await _read(api, headers))["events"]
    assert names((await _read(api, headers, events[1]["cursor"]))["events"], "type") == ["c"]


async def test_the_list_of_learners_says_where_to_follow_on(api: Api) -> None:
    headers = await api.pusher()
    begun = (await api.http.get("/v1/learners", headers=headers)).json()["events"]
    learner = await api.learner(headers)
    events = (await _read(api, headers, begun))["events"]
    assert learner in names(events, "learner")
    begun = (await api.http.get("/v1/learners", headers=headers)).json()["events"]
    assert (await _read(api, headers, begun))["events"] == []


async def test_who_comes_too_late_is_told_how_to_start_over(api: Api) -> None:
    headers = bearer(await api.key("events.read", "learners.read"))
    async with api.db.transaction(api.tenant) as tx:
        await _tell(tx, "a", "b")
    mid = (await _read(api, headers, limit=1))["cursor"]
    async with api.db.transaction(api.tenant) as tx:
        assert await prune.events(tx, datetime.now(UTC) + timedelta(seconds=1)) == 2
    for after in (None, mid):
        problem = problem_of(
            await api.http.get("/v1/events", params={"after": after} if after else {}, headers=headers), 410
        )
        assert problem["learners"] == "/v1/learners"
        async with api.db.transaction(api.tenant) as tx:
            await _tell(tx, "later")
        assert names((await _read(api, headers, problem["cursor"]))["events"], "type") == ["later"]


async def test_who_is_up_to_date_is_never_sent_back(api: Api) -> None:
    headers = bearer(await api.key("events.read"))
    async with api.db.transaction(api.tenant) as tx:
        await _tell(tx, "a")
    read = await _read(api, headers)
    current = (await _read(api, headers, read["cursor"]))["cursor"]
    async with api.db.transaction(api.tenant) as tx:
        await prune.events(tx, datetime.now(UTC) + timedelta(seconds=1))
    assert (await _read(api, headers, current))["events"] == []


@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_overlap_of_writers_is_read_once_and_whole(api: Api, data: st.DataObject) -> None:
    headers = bearer(await api.key("events.read"))
    cursor = (await api.http.get("/v1/events", params={"limit": 1000}, headers=headers)).json()["cursor"]
    types: list[str] = []
    seen: list[str] = []
    writers: list[tuple[AsyncExitStack, Tx]] = []
    steps = data.draw(
        st.lists(st.tuples(st.sampled_from(["begin", "tell", "end", "read"]), st.integers(0, 9)), max_size=25)
    )
    try:
        for step, which in [*steps, *[("end", 0)] * 4, ("read", 0)]:
            if step == "begin" and len(writers) < 4:
                stack = AsyncExitStack()
                writers.append((stack, await stack.enter_async_context(api.db.transaction(api.tenant))))
            elif step == "tell" and writers:
                types.append(str(uuid4()))
                await _tell(writers[which % len(writers)][1], types[-1])
            elif step == "end" and writers:
                await writers.pop(which % len(writers))[0].aclose()
            elif step == "read":
                page = await _read(api, headers, cursor, limit=1000)
                seen += names(page["events"], "type")
                cursor = page["cursor"]
    finally:
        for stack, _ in writers:
            await stack.aclose()
    assert sorted(seen) == sorted(types)
