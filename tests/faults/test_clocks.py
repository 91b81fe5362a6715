"""Clocks that jump, and clocks that differ: the service's own is forty days off, its database's is right.

Debian's `faketime` moves the clock of one process while it runs; the PostgreSQL that it starts does not inherit it.
"""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.hostile import pushed
from tests.support.load import Load, begun, lost, under_load
from tests.support.served import PATIENCE, served

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(600)]

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
NUMBERS = [str(1000001 + n) for n in range(9)]
JUMPS = {"+40d": timedelta(days=40), "-40d": timedelta(days=-40), "+3h": timedelta(hours=3), "+0": timedelta()}


@pytest.mark.skipif(FAKETIME is None, reason="Debian's faketime is not here")
async def test_a_clock_that_jumps_loses_nothing_and_holds_nothing_up(
    folder: Path, sis: str, dice: random.Random
) -> None:
    """After each jump what is pushed is in the record, a sync runs, a token is good: what is due is not put off."""
    clock = folder / "clock"
    clock.write_text("+0")
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with served(folder, **environment) as service:
        tenant, key = await begun(service, sis)
        load = Load([service.url], key, dice, NUMBERS)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=PATIENCE) as http:
            async with under_load(load):
                for jump in JUMPS:
                    await jumped(http, clock, jump)
                    await load.acknowledged(len(load.told) + 30)
                    assert (await http.get("/readyz")).status_code == httpx.codes.OK, jump
            for n, jump in enumerate(JUMPS):
                await jumped(http, clock, jump)
                await answers(http, f"after-{n}", str(1000101 + n))
        assert load.statuses <= {200, 201, 429, 503}
        await asyncio.to_thread(service.kill)  # with faketime, the sleep of an orderly end fails
        assert await lost(service, tenant, load) == {}


async def jumped(http: httpx.AsyncClient, clock: Path, jump: str) -> None:
    """Have the clock jump, and wait until the service says so."""
    await asyncio.to_thread(clock.write_text, jump)
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await http.get("/livez")
            ahead = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)
            if abs(ahead - JUMPS[jump]) < timedelta(hours=1):
                return
            await asyncio.sleep(0.2)


async def answers(http: httpx.AsyncClient, key: str, number: str) -> None:
    """See that an item is in its learner's record before long, and that a sync that is asked for now runs now."""
    (await http.post("/v1/evidence", json=pushed(key, number, name=key))).raise_for_status()
    source = (await http.get("/v1/sources")).json()["sources"][0]["id"]
    last = await runs(http, source)
    (await http.post(f"/v1/sources/{source}/sync")).raise_for_status()
    async with asyncio.timeout(PATIENCE):
        while not await has(http, number):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        while len(ended := await runs(http, source)) <= len(last) or ended[0]["state"] == "running":  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    assert ended[0]["state"] == "done", ended[0]


async def runs(http: httpx.AsyncClient, source: int) -> list[dict[str, Any]]:
    """The runs of a source, newest first."""
    listed: list[dict[str, Any]] = (await http.get(f"/v1/sources/{source}/runs")).json()["runs"]
    return listed


async def has(http: httpx.AsyncClient, number: str) -> bool:
    """Whether a learner of that number is there with evidence."""
    learners = (await http.get("/v1/learners", params={"identifier": f"district:{number}"})).json()["learners"]
    if not learners:
        return False
    return bool((await http.get(f"/v1/learners/{learners[0]['id']}/record/evidence")).json()["entries"])
