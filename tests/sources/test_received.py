"""When something was last pushed into a source, and whether one that sends every day is silent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db.sources import sources
from app.db.sources.sources import RECEIVED_DAYS, Condition
from app.pipeline.replay import replay
from app.sources import health
from app.sources.source import open_source
from tests.support.api import Api
from tests.support.district import District
from tests.support.limits import LOOPBACK

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
ITEM = {"id": "1", "learner": {"identifiers": [{"type": "district", "value": "1000007"}]}, "name": "Fractions"}


async def test_whatever_is_pushed_counts_and_a_replay_does_not(api: Api) -> None:
    headers = await api.pusher()

    async def source() -> dict[str, object]:
        (listed,) = (await api.http.get("/v1/sources", headers=headers)).json()["sources"]
        return dict(listed)

    async def days() -> list[object]:
        async with api.db.transaction(api.tenant) as tx:
            return await tx.rows("SELECT received_at, received_on FROM stream_state WHERE tenant_id = %s", tx.tenant)

    assert (await source())["receivedAt"] is None
    await api.http.post("/v1/evidence", json=ITEM, headers=headers)
    first = (await source())["receivedAt"]
    assert first is not None
    async with api.db.transaction(api.tenant) as tx:  # as if it had been yesterday
        await tx.run(
            "UPDATE stream_state SET received_at = received_at - interval '1 day', received_on = '{2026-01-01}'"
        )
    before = await days()
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await sources.listed(tx)
    await replay(api.db, open_source(row, api.app.state.service.vault, LOOPBACK))
    assert await days() == before
    await api.http.post("/v1/evidence", json=ITEM, headers=headers)  # unchanged, and sent all the same
    assert str((await source())["receivedAt"]) >= str(first)
    assert len((await days())[0][1]) == 2  # type: ignore[index]


@pytest.mark.parametrize("days", [1, 5, RECEIVED_DAYS, 40])
async def test_the_last_days_are_known_and_no_more(district: District, days: int) -> None:
    """As a list of days would have it; twice a minute is once, and another stream's day counts once."""
    source = await district.source("vendor", "evidence")
    moments = [NOW - timedelta(days=days - 1 - n) for n in range(days)]
    async with district.db.transaction(district.tenant.id) as tx:
        for moment in moments:
            for stream, seconds in (("evidence", 0), ("evidence", 1), ("evidence", 120), ("badges", 0)):
                await sources.note_received(tx, source.id, stream, moment + timedelta(seconds=seconds))
        await sources.note_received(tx, source.id, "evidence", moments[0])  # late, and no step back
        condition = (await sources.conditions(tx))[source.id]
        dates: list[date] = await tx.one("SELECT received_on FROM stream_state WHERE stream = 'badges'")
    assert condition.received_at == NOW + timedelta(seconds=120)
    assert condition.received_days == min(days, RECEIVED_DAYS)
    assert dates == [moment.date() for moment in moments][-RECEIVED_DAYS:]


@given(received=st.integers(0, RECEIVED_DAYS), silent=st.integers(0, 60))
def test_only_who_sent_on_most_school_days_is_missed_and_no_long_weekend_is_told(received: int, silent: int) -> None:
    condition = Condition(None, None, 0, NOW - timedelta(days=silent), received)
    words = health.silence_in_words(condition, NOW)
    assert (words is not None) == (received >= health.OFTEN and timedelta(days=silent) > health.LONG_WEEKEND)
    if words:
        assert words.startswith(f"nothing received for {silent} days; before, it sent on {received} of 28 days")
