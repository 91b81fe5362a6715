"""`make bench`: every figure beside its raw limit, in one run on this machine."""

import argparse
import shutil
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.table import Table

from app.db import embedded
from app.db.migrate import upgrade
from bench import competency, credentials, load
from bench.competency import GROUP


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--learners", type=int, default=50_000, help="size of the district that is loaded")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as someone else and must get through
    try:
        with embedded.start(folder / "postgres") as server:
            postmaster = int((folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
            with psycopg.connect(server.admin_url, autocommit=True) as conn:
                conn.execute("CREATE DATABASE bench")
            owner = make_conninfo(server.admin_url, dbname="bench")
            service = upgrade(owner, "bench")
            rows = load.run(owner, service, postmaster, folder / "pages", chosen.learners)
            rows += competency.run(owner, service, postmaster, max(GROUP, chosen.learners // 50))
        show(rows + credentials.run())
    finally:
        shutil.rmtree(folder)


def show(rows: list[tuple[str, str, str, str]]) -> None:
    """The report as a table."""
    table = Table("what", "reached", "raw limit", "ratio")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
