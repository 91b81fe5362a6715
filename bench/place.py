"""Where a round takes place: a new PostgreSQL with one empty database, migrated."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from app.db.server import embedded
from app.db.server.migrate import upgrade


@dataclass(frozen=True, slots=True)
class Place:
    """A database as its owner and as the service, the process id of its server, and a folder with what is loaded."""

    owner_url: str
    service_url: str
    postmaster: int
    files: Path


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """A place for one round. `folder` must be open to PostgreSQL's account, where root starts it."""
    database = folder / "postgres"
    try:
        with embedded.start(database) as server:
            postmaster = int((database / "data" / "postmaster.pid").read_text().splitlines()[0])
            with psycopg.connect(server.admin_url, autocommit=True) as conn:
                conn.execute("CREATE DATABASE bench")
            owner = make_conninfo(server.admin_url, dbname="bench")
            yield Place(owner, upgrade(owner, "bench"), postmaster, folder)
    finally:
        shutil.rmtree(database)
