"""What tests share of worker."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import TestDatabase

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def worker_process(database: TestDatabase, data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`tessera work`, as an operator runs it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "work",
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.owner_url,
            "TESSERA_SERVICE_DATABASE_URL": database.service_url,
            "TESSERA_DATA": str(data),
            "TESSERA_PRIVATE_ADDRESSES": "127.0.0.1",
        },
    )
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()
