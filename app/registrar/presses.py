"""Sign on all cores but one, which storing keeps busy: a process for each, while there is something to sign."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

import app
from app.credentials.press import Press, packed, packed_words, sign
from app.registrar.press_process import LENGTH, framed

log = structlog.get_logger(__name__)

ROOT = Path(app.__file__).parents[1]
WORTH_IT = 500
"""Credentials from which on processes of their own are worth the tenth of a second that they take to start."""
AT_ONCE = 2**22
"""Bytes of what was signed that are taken from a pipe before the next are waited for."""
Words = Mapping[str, str]
Sign = Callable[[Sequence[Words]], Awaitable[list[str]]]


@asynccontextmanager
async def presses(press: Press, count: int) -> AsyncIterator[Sign]:
    """Something that signs, in the order given; `count` credentials are to come, in any number of calls."""
    if count < WORTH_IT:
        yield lambda told: asyncio.to_thread(sign, press, told)
        return
    started = [await _start(press) for _ in range(max(1, cores() - 1))]
    one_at_a_time = asyncio.Lock()

    async def sign_in_turn(told: Sequence[Words]) -> list[str]:
        async with one_at_a_time:
            return await _spread(started, press, told)

    try:
        yield sign_in_turn
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
        for process in started:
            await process.communicate()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _start(press: Press) -> Process:
    command = [sys.executable, "-m", "app.registrar.press_process"]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=ROOT, limit=AT_ONCE)
    assert process.stdin is not None
    process.stdin.write(framed(packed(press)))
    return process


async def _spread(started: Sequence[Process], press: Press, told: Sequence[Words]) -> list[str]:
    """Some to each process, at the same time."""
    share = -(-len(told) // len(started)) or 1
    parts = [told[begin : begin + share] for begin in range(0, len(told), share)]
    signed = await asyncio.gather(
        *(_signed(process, press, part) for process, part in zip(started, parts, strict=False))
    )
    return [one for part in signed for one in part]


async def _signed(process: Process, press: Press, told: Sequence[Words]) -> list[str]:
    """What one process signs; where it has ended, we sign ourselves."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(framed(packed_words(press, told)))
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH))
        return (await process.stdout.readexactly(length)).decode().split("\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        log.warning("a process that signs has ended before its work was done", code=process.returncode)
        return await asyncio.to_thread(sign, press, told)
