"""A step of a submission that is cut off at the nth statement that writes.

`python -m tests.support.dying SERVICE_URL FOLDER TENANT SUBMISSION STEP N` is a process that kills itself there
(SIGKILL); else it prints how many writes the step took. `cut_off` cuts the connection instead, which costs no process.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection, AsyncCursor, OperationalError
from psycopg.rows import TupleRow
from pydantic import SecretStr

from app.db import Database, Tx
from app.programs import accepting, reviewing
from app.programs.judging import Mark
from app.secrets import open_vault
from app.settings import Settings
from app.start import Service
from tests.support.programs import REVIEWER, now

WRITES = (b"insert", b"update", b"delete", b"copy", b"with", b"truncate", b"merge", b"select procrastinate")
NEVER = 10_000
Deadly = Callable[[AsyncConnection[TupleRow]], None]


class Writes:
    """The writes of a connection, counted; `deadly` is called before the nth."""

    def __init__(self, fatal: int, deadly: Deadly) -> None:
        self.count, self.fatal, self.deadly = 0, fatal, deadly

    def cursor(self) -> type[AsyncCursor[Any]]:
        """A kind of cursor that counts what it writes."""
        writes = self

        class Counting(AsyncCursor[Any]):
            def _count(self, query: Any) -> None:
                text = query.encode() if isinstance(query, str) else query if isinstance(query, bytes) else b"insert"
                if text.lstrip().lower().startswith(WRITES):
                    writes.count += 1
                    if writes.count == writes.fatal:
                        writes.deadly(self.connection)

            async def execute(self, query: Any, *args: Any, **named: Any) -> Any:
                self._count(query)
                return await super().execute(query, *args, **named)

            async def executemany(self, query: Any, *args: Any, **named: Any) -> Any:
                self._count(query)
                return await super().executemany(query, *args, **named)

            def copy(self, statement: Any, *args: Any, **named: Any) -> Any:
                self._count(statement)
                return super().copy(statement, *args, **named)

        return Counting


IMMORTAL = Writes(NEVER * NEVER, lambda _: None)


class MortalDatabase(Database):
    """A database whose connection ends at one of the writes that are counted, as if the process had died there."""

    writes = IMMORTAL

    @asynccontextmanager
    async def transaction(self, tenant: int) -> AsyncIterator[Tx]:
        """A transaction whose writes are counted."""
        async with super().transaction(tenant) as tx:
            before, tx.conn.cursor_factory = tx.conn.cursor_factory, self.writes.cursor()
            try:
                yield tx
            finally:
                tx.conn.cursor_factory = before


async def accept(tx: Tx, service: Service, submission: UUID) -> None:
    """Claim a submission and accept it."""
    await reviewing.claim(tx, submission, REVIEWER, now())
    marks = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
    await reviewing.review(tx, service, submission, "accept", marks, None, REVIEWER, now())


async def retract(tx: Tx, service: Service, submission: UUID) -> None:
    """Take an acceptance back."""
    await accepting.retract(tx, service, submission, "It was somebody else's.", REVIEWER, now())


STEPS = {"accept": accept, "retract": retract}


async def cut_off(service: Service, tenant: int, submission: UUID, step: str, fatal: int) -> bool:
    """Take a step whose connection is gone before the nth write; whether it came to that."""
    writes = Writes(fatal, lambda connection: connection.pgconn.finish())
    try:
        await _take(service, tenant, submission, step, writes)
    except OperationalError:
        if writes.count < fatal:
            raise
        return True
    assert writes.count < fatal, "it went on without a database"
    return False


async def _take(service: Service, tenant: int, submission: UUID, step: str, writes: Writes) -> None:
    async with service.db.transaction(tenant) as tx:
        before, tx.conn.cursor_factory = tx.conn.cursor_factory, writes.cursor()
        try:
            await STEPS[step](tx, service, submission)
        finally:
            tx.conn.cursor_factory = before


def main(url: str, folder: str, tenant: int, submission: UUID, step: str, fatal: int) -> None:
    writes = Writes(fatal, lambda _: os.kill(os.getpid(), signal.SIGKILL))

    async def run() -> None:
        settings = Settings(data=Path(folder) / "var", database_url=SecretStr(url))
        async with Database(url, 2) as db:
            await _take(Service(settings, db, open_vault(None, settings.data)), tenant, submission, step, writes)

    asyncio.run(run())
    sys.stdout.write(str(writes.count))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), UUID(sys.argv[4]), sys.argv[5], int(sys.argv[6]))
