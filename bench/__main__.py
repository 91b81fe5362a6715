"""`make bench`: every figure beside its raw limit, in one run on this machine."""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from app.db import embedded
from app.db.migrate import upgrade
from bench import load
from bench.figures import show


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--learners", type=int, default=50_000, help="size of the district that is loaded")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as someone else and must get through
    try:
        load.prepare(folder, chosen.learners)
        rounds = []
        for _ in range(chosen.rounds):
            with place(folder) as here:
                rounds.append(load.measure(here))
        show(rounds)
    finally:
        shutil.rmtree(folder)


@contextmanager
def place(folder: Path) -> Iterator[load.Place]:
    """A new PostgreSQL with one empty database, migrated."""
    database = folder / "postgres"
    try:
        with embedded.start(database) as server:
            postmaster = int((database / "data" / "postmaster.pid").read_text().splitlines()[0])
            with psycopg.connect(server.admin_url, autocommit=True) as conn:
                conn.execute("CREATE DATABASE bench")
            owner = make_conninfo(server.admin_url, dbname="bench")
            yield load.Place(owner, upgrade(owner, "bench"), postmaster, folder)
    finally:
        shutil.rmtree(database)


if __name__ == "__main__":
    main()
