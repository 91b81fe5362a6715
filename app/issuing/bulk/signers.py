"""Sign on all cores: a process for each, while there is something to sign."""

import asyncio
import os
import socket
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import structlog

import app
from app.credentials.bulk_sign import Columns, Prepared, sign
from app.issuing.bulk.signer_process import LENGTH, answer, request

log = structlog.get_logger(__name__)

ROOT = Path(app.__file__).parents[1]
WORTH_IT = 500
"""Credentials from which on processes of their own are worth the twentieth of a second that they take to start."""
AT_ONCE = 2**22
"""Bytes of what was signed that are taken from a connection before the next are waited for."""
Sign = Callable[[Prepared, Columns], Awaitable[list[bytes]]]
End = tuple[StreamReader, StreamWriter]
"""Our end of the connection to a process that signs."""


@asynccontextmanager
async def signers(count: int) -> AsyncIterator[Sign]:
    """Something that signs, in the order given; `count` credentials are to come, in any number of calls."""
    if count < WORTH_IT:
        yield lambda prepared, columns: asyncio.to_thread(sign, prepared, columns)
        return
    with ExitStack() as ours:
        pairs = [socket.socketpair() for _ in range(processes(count))]
        for our, _ in pairs:
            ours.enter_context(our)
        process = await _start([their for _, their in pairs])
        ends = [await asyncio.open_unix_connection(sock=our, limit=AT_ONCE) for our, _ in pairs]
        one_at_a_time = asyncio.Lock()

        async def sign_in_turn(prepared: Prepared, columns: Columns) -> list[bytes]:
            async with one_at_a_time:
                return await _spread(ends, prepared, columns)

        try:
            yield sign_in_turn
        finally:
            for _, writer in ends:
                writer.close()
            await process.wait()


def processes(count: int) -> int:
    """How many processes sign so many credentials."""
    return min(cores(), -(-count // WORTH_IT))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _start(theirs: Sequence[socket.socket]) -> Process:
    """Start the processes, which alone have these ends of the connections from now on."""
    with ExitStack() as until_started:
        numbers = [until_started.enter_context(their).fileno() for their in theirs]
        command = [sys.executable, "-m", "app.issuing.bulk.signer_process", *map(str, numbers)]
        return await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, pass_fds=numbers, cwd=ROOT)


async def _spread(ends: Sequence[End], prepared: Prepared, columns: Columns) -> list[bytes]:
    """Some to each process, at the same time."""
    count = len(columns[0])
    share = -(-count // len(ends)) or 1
    parts = [[column[begin : begin + share] for column in columns] for begin in range(0, count, share)]
    signed = await asyncio.gather(*(_signed(end, prepared, part) for end, part in zip(ends, parts, strict=False)))
    return [signature for part in signed for signature in part]


async def _signed(end: End, prepared: Prepared, columns: Columns) -> list[bytes]:
    """What one process signs; where it has ended, we sign ourselves."""
    reader, writer = end
    try:
        writer.write(request(prepared, columns))
        await writer.drain()
        length = int.from_bytes(await reader.readexactly(LENGTH))
        return answer(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        log.warning("a process that signs has ended before its work was done")
        return await asyncio.to_thread(sign, prepared, columns)
