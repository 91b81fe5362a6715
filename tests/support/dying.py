"""A process that accepts a submission and kills itself (SIGKILL) at the nth statement that writes.

python -m tests.support.dying SERVICE_URL FOLDER TENANT SUBMISSION N
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import AsyncCursor
from pydantic import SecretStr

from app.db import Database, Tx
from app.programs import reviewing
from app.programs.judging import Mark
from app.secrets import open_vault
from app.settings import Settings
from app.start import Service
from tests.support.programs import REVIEWER, now

WRITES = (b"insert", b"update", b"delete", b"copy", b"with")


def main(url: str, folder: str, tenant: int, submission: UUID, fatal: int) -> None:
    written = 0

    class Dying(AsyncCursor[Any]):
        """A cursor that counts what it writes."""

        def _count(self, query: Any) -> None:
            nonlocal written
            text = query.encode() if isinstance(query, str) else query if isinstance(query, bytes) else b"insert"
            if text.lstrip().lower().startswith(WRITES):
                written += 1
                if written == fatal:
                    os.kill(os.getpid(), signal.SIGKILL)

        async def execute(self, query: Any, *args: Any, **named: Any) -> Any:
            self._count(query)
            return await super().execute(query, *args, **named)

        def copy(self, statement: Any, *args: Any, **named: Any) -> Any:
            self._count(statement)
            return super().copy(statement, *args, **named)

    async def run() -> None:
        settings = Settings(data=Path(folder) / "var", database_url=SecretStr(url))
        async with Database(url, 2) as db:
            service = Service(settings, db, open_vault(None, settings.data))
            async with db.transaction(tenant) as plain:
                await accept(Tx(plain.conn, tenant), service)

    async def accept(tx: Tx, service: Service) -> None:
        tx.conn.cursor_factory = Dying
        await reviewing.claim(tx, submission, REVIEWER, now())
        marks = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
        await reviewing.review(tx, service, submission, "accept", marks, None, REVIEWER, now())

    asyncio.run(run())
    sys.stdout.write(str(written))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), UUID(sys.argv[4]), int(sys.argv[5]))
