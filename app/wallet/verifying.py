"""Verification beside the event loop: what a stranger sends may cost a second, and nobody else waits for it.

The work is done in a thread, which hands each address that has to be asked back to the loop. What cannot be examined
because of a mistake of ours leaves a credential unconfirmed, is logged, and stops nothing else.
"""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import structlog

from app.credentials.verify import Fetch, Fetched, IssuerList, Occasion, Person, Report, verify
from app.credentials.verify.report import Facts, unknown
from app.errors import TesseraError, Unavailable, place

log = structlog.get_logger(__name__)
AT_ONCE = 64
"""Verifications at the same time in a process; most of a verification is waiting for other hosts."""
WORKING = threading.BoundedSemaphore(2)
"""Turns to work: whoever waits for a host gives its turn back, so slow hosts hold up nobody, nor the event loop."""
SECONDS = 40
"""How long the other hosts of one credential are waited for, all together."""
THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="verify")


async def verify_beside(
    content: bytes | str,
    *,
    fetch: Fetch,
    person: Person | None = None,
    occasion: Occasion | None = None,
    known: Sequence[IssuerList] = (),
    now: datetime | None = None,
    alone: bool = False,
) -> Report:
    """Verify what came in, as `app.credentials.verify.verify` does. Raises for nothing that a stranger sent."""
    loop = asyncio.get_running_loop()
    door = _Door(loop, fetch)
    moment = now or datetime.now(UTC)

    def work() -> Report:
        with WORKING:
            verification = verify(
                content, moment, fetch=door.ask, person=person, occasion=occasion, known=known, alone=alone
            )
            return _run(verification)

    try:
        return await loop.run_in_executor(THREADS, work)
    except Exception as why:  # noqa: BLE001  whatever it is, it is a mistake of ours, and stops nobody else
        log.warning("a credential could not be examined: please report it", why=place(why))
        words = "It could not be examined here, for a reason that lies with this service."
        return Report(Facts(), (unknown("parse", words),))


class _Door:
    """The door to the network as the thread sees it: it waits until the loop has the answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fetch: Fetch) -> None:
        self.loop = loop
        self.fetch = fetch
        self.left = float(SECONDS)

    async def ask(self, address: str) -> Fetched:
        """What an address answers. Unavailable where all hosts together took too long."""
        began = self.loop.time()
        answer = asyncio.run_coroutine_threadsafe(self._fetched(address), self.loop)
        WORKING.release()
        try:
            return answer.result(timeout=max(self.left, 0.1))
        except TimeoutError:
            answer.cancel()
            raise Unavailable(f"the hosts that this credential names took more than {SECONDS} seconds") from None
        finally:
            self.left -= self.loop.time() - began
            WORKING.acquire()

    async def _fetched(self, address: str) -> Fetched:
        try:
            return await self.fetch(address)
        except TesseraError:
            raise
        except Exception as why:  # the fence: what goes wrong with one address costs that address
            log.warning("an address could not be asked: please report it", why=place(why))
            raise Unavailable(f"{address[:200]} could not be asked") from why


def _run(work: Coroutine[Any, Any, Report]) -> Report:
    """Run a coroutine to its end in this thread: nothing in it waits for a loop, for its door answers at once."""
    try:
        work.send(None)
    except StopIteration as end:
        report: Report = end.value
        return report
    work.close()
    raise RuntimeError("a verification waited for something else than its door")
