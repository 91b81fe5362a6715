"""A restart of the database's server: nobody who asks after it meets a connection that died with the old one."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import psycopg
import pytest

from app.db import Database
from app.db.server.embedded import start
from tests.conftest import TestDatabase
from tests.support.embedded import kill_9, place

__all__ = ["place"]

pytestmark = pytest.mark.enable_socket
SIZE = 4


async def test_after_a_restart_nobody_meets_a_dead_connection(place: Path) -> None:
    with start(place / "db") as server:
        async with Database(server.admin_url, SIZE) as db:
            async with AsyncExitStack() as all_at_once:
                for _ in range(SIZE):
                    await all_at_once.enter_async_context(db.connection())
            before = await backends(db)
            await asyncio.to_thread(kill_9, place / "db")
            await asyncio.to_thread(answering, server.admin_url)
            assert (await backends(db)).isdisjoint(before)


async def test_what_a_live_connection_was_told_in_passing_does_not_end_it(database: TestDatabase) -> None:
    async with Database(database.service_url, 1) as db:
        async with db.connection() as conn:
            await conn.execute("LISTEN anything")
            mine = conn.info.backend_pid
        with psycopg.connect(database.service_url, autocommit=True) as other:
            other.execute("NOTIFY anything")
        assert await backends(db) == {mine}


async def backends(db: Database) -> set[int]:
    """Ask often, at once: who answers."""

    async def ask() -> int:
        async with db.connection() as conn:
            row = await (await conn.execute("SELECT pg_backend_pid()")).fetchone()
        assert row is not None
        return int(row[0])

    return set(await asyncio.gather(*(ask() for _ in range(3 * SIZE))))


def answering(url: str) -> None:
    """Wait until the server, which is looked after, answers again."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), psycopg.connect(url):
            return
        time.sleep(0.1)
    raise AssertionError("the server did not come back")
