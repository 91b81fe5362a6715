"""Rosters served: `python -m bench.rosters`. Pages of 1,000 users beside hello-world, and what making a roster costs.

The district is the one of `bench.load`. Bytes are those of whole answers, head and body, per CPU-second of the service
and of PostgreSQL. `again` is a roster made anew where nothing changed.
"""

import argparse
import asyncio
import os
import shutil
import tempfile
import urllib.request
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.access.clients import create_client
from app.access.scopes import ONEROSTER, SCOPES
from app.records.settle import settle
from app.rosters import sharing
from app.rosters.refresh import refresh
from app.settings import Settings
from app.start import running, tune_garbage_collection
from bench import client
from bench.client import Get
from bench.district import write_pages
from bench.figures import Figure, show
from bench.load import sis, take_pages
from bench.meter import Meter
from bench.place import Place, place
from bench.serve import process

SECONDS = 5
PAGE = 1000


async def _prepare(settings: Settings, files: Path, postmaster: int) -> tuple[str, int, list[Figure]]:
    """A district whose roster is served to a client: its key, how many users there are, and what it cost."""
    meter = Meter((os.getpid(), postmaster))
    async with running(settings) as service:
        source = await sis(service.db, "bench")
        await take_pages(service.db, source, files / "rest", 1)
        await settle(service.db, source.tenant)
        scopes = [scope for scope in SCOPES if scope.startswith(ONEROSTER)]
        async with service.db.transaction(source.tenant) as tx:
            await sharing.serve(tx, [source.id])
            made_for, issued = await create_client(tx, "bench", scopes, None)
            await sharing.share(tx, made_for, None, None, [])
        with meter.spent() as made:
            count = await refresh(service.db, source.tenant)
        with meter.spent() as again:
            await refresh(service.db, source.tenant)
        async with service.db.transaction(source.tenant) as tx:
            users = (await sharing.roster(tx)).counts["users"]
    figures = [
        Figure(f"make a roster of {count:,} objects", "objects/CPU-s", count / made.cpu),
        Figure("again, unchanged", "objects/CPU-s", count / again.cpu),
    ]
    return issued.text, users, figures


def _length(url: str, headers: dict[str, str]) -> int:
    """How many bytes an answer has, head and body."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return len(answer.read()) + len(str(answer.headers).encode()) + len("HTTP/1.1 200 OK\r\n")


def _rate(url: str, gets: list[Get], meter: Meter) -> float:
    """Bytes per CPU-second."""
    length = sum(_length(url + get.path, dict(get.headers)) for get in gets) / len(gets)
    client.read(url, gets, 2)
    with meter.spent() as spent:
        answers = client.read(url, gets, SECONDS)
    return answers * length / spent.cpu


def figures(here: Place) -> list[Figure]:
    """One round."""
    with psycopg.connect(here.owner_url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE rosters")
    settings = Settings(
        data=here.files / "rosters",
        database_url=SecretStr(make_conninfo(here.owner_url, dbname="rosters")),
        requests_per_second=1_000_000,
    )
    key, users, figures = asyncio.run(_prepare(settings, here.files, here.postmaster))
    bearer = {"Authorization": f"Bearer {key}"}
    path = f"/ims/oneroster/rostering/v1p2/users?limit={PAGE}&offset="
    gets = [Get(f"{path}{offset}", bearer) for offset in range(0, users - PAGE + 1, PAGE)]
    with process(["-m", "bench.hello", str(settings.data)], {}) as (url, pid):
        hello = _rate(url, [Get("/", {})], Meter((pid,)))
    environment = {
        "DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else "",
        "TESSERA_DATA": str(settings.data),
        "TESSERA_REQUESTS_PER_SECOND": "1000000",
    }
    with process(["-m", "app", "serve", "--no-worker", "--port"], environment) as (url, pid):
        served = _rate(url, gets, Meter((pid, here.postmaster)))
    return [*figures, Figure(f"pages of {PAGE:,} users", "bytes/CPU-s", served, hello, 0.3)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.rosters", description=__doc__)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    tune_garbage_collection()  # as `tessera` does
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as someone else and must get through
    try:
        write_pages(folder / "rest", chosen.learners)
        rounds = []
        for _ in range(chosen.rounds):
            with place(folder) as here:
                rounds.append(figures(here))
        show(rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
