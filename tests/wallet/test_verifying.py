"""Verification beside the event loop: whoever waits for slow hosts holds up nobody."""

import asyncio
import json

from app.credentials.verify import Fetched
from app.wallet.verifying import verify_beside
from tests.support.credential_samples import ISSUER
from tests.support.verifying import NOW, issuers_world, signed

SLOW = 20
PATIENCE = 60
"""Seconds after which a verification that waits for another one is taken for stuck."""


async def test_hosts_that_answer_slowly_hold_up_no_other_verification() -> None:
    world, release, requests = issuers_world(), asyncio.Event(), asyncio.Semaphore(0)
    text = json.dumps(signed())

    async def slow(address: str) -> Fetched:
        requests.release()
        await release.wait()
        return await world.fetch(address)

    waiting = [asyncio.create_task(verify_beside(text, fetch=slow, now=NOW)) for _ in range(SLOW)]
    try:
        async with asyncio.timeout(PATIENCE):
            for _ in range(SLOW):
                await requests.acquire()
            assert (await verify_beside(text, fetch=world.fetch, now=NOW)).verdict == "valid"
        assert not any(task.done() for task in waiting)
    finally:
        release.set()
        reports = await asyncio.gather(*waiting)
    assert {report.verdict for report in reports} == {"valid"}
    assert ISSUER in world.asked
