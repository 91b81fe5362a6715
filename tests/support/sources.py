"""What tests share of sources."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.misbehaving import Misbehaving


@asynccontextmanager
async def listening(system: Misbehaving) -> AsyncIterator[str]:
    server = await asyncio.start_server(system, "127.0.0.1")
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
