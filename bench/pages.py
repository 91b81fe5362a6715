"""Pages for people in a large district: what each costs, beside hello-world and beside PostgreSQL's own part.

`python -m bench.pages --learners 50000`; no part of `make bench`, for the district alone takes minutes to load. It is
loaded from its rosters, and one class of about 30 has shown something of 60 competencies. Readers are signed in before.
"""

import argparse
import asyncio
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.db import Tx
from app.db.records import learners
from app.frameworks import frameworks
from app.mastery import group, observations
from app.mastery.observations import Observation, Observations
from app.people import accounts, sessions
from app.records.settle import settle
from app.settings import Settings
from app.start import Service, running, tune_garbage_collection
from app.web.kit.addresses import segment
from app.web.kit.cookies import session_name
from bench import load, serve
from bench.client import Get
from bench.district import write_pages
from bench.figures import Figure, show
from bench.meter import Meter
from bench.place import Place, place

BROWSERS = 8
"""Browsers signed in for each page: one may look only so often."""
LOOKS = 200
"""How often each page is asked for."""
COMPETENCIES = 60
TIMES, QUERIES = 100, 3
"""A page costs at most so many hello-worlds, and so many times what PostgreSQL spends on it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A page, at the addresses that are asked for in turn, by whoever has these cookies."""

    what: str
    paths: Sequence[str]
    cookies: Sequence[str]


def figures(here: Place) -> list[Figure]:
    """One round."""
    with psycopg.connect(here.owner_url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE pages")
    url = make_conninfo(here.owner_url, dbname="pages")
    settings = Settings(data=here.files / "pages", database_url=SecretStr(url))
    pages = asyncio.run(_prepare(settings, here.files / "rest"))
    with serve.process(["-m", "bench.hello", str(settings.data)], {}) as (address, pid):
        hello = 1 / serve.reads(address, [Get("/", {})], Meter((pid,))).per_cpu
    environment = {"DATABASE_URL": url, "TESSERA_DATA": str(settings.data), "TESSERA_ACCESS_LOG": "false"}
    measured = []
    with serve.process(["-m", "app", "serve", "--no-worker", "--port"], environment) as (address, pid):
        for page in pages:
            spent, queries, size = _spent(address, session_name(settings), page, pid, here.postmaster)
            measured += [
                Figure(f"{page.what}, beside hello-world", "CPU-ms", spent * 1e3, hello * 1e3, TIMES, ceiling=True),
                Figure(
                    "the same, beside PostgreSQL's part", "CPU-ms", spent * 1e3, queries * 1e3, QUERIES, ceiling=True
                ),
                Figure("the same, its weight", "kB", size / 1000, None, 100, ceiling=True),
            ]
    return measured


def _spent(address: str, cookie: str, page: Asked, pid: int, postmaster: int) -> tuple[float, float, int]:
    """CPU-seconds of a page, those of them that are PostgreSQL's, and the most bytes it had."""
    clients = [httpx.Client(base_url=address, cookies={cookie: value}) for value in page.cookies]
    turns = zip(cycle(clients), cycle(page.paths), strict=False)
    for client, path in islice(turns, 2 * len(clients)):
        client.get(path).raise_for_status()  # everything is warm from here on
    size = 0
    with Meter((pid, postmaster)).spent() as whole, Meter((postmaster,)).spent() as queries:
        for client, path in islice(turns, LOOKS):
            answer = client.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")
            size = max(size, len(answer.content))
    for client in clients:
        client.close()
    return whole.cpu / LOOKS, queries.cpu / LOOKS, size


async def _prepare(settings: Settings, pages: Path) -> list[Asked]:
    """The district, loaded, and the pages that are asked for in it."""
    async with running(settings) as service:
        source = await load.sis(service.db, "pages")
        await load.take_pages(service.db, source, pages, 1)
        await settle(service.db, source.tenant)
        async with service.db.transaction(source.tenant) as tx:
            key, pupils = await _class(tx, source.id)
            competencies = await _framework(tx)
            for competency in competencies:
                await observations.add(tx, _entry(competency, pupils), service.vault, settings.limits)
        await settle(service.db, source.tenant)
        async with service.db.transaction(source.tenant) as tx:
            listed = [row.id for row in await learners.listed(tx, after=None, since=None, limit=200)]
            names = await group.names(tx, listed)
            cookies = {page: await _signed_in(tx, service) for page in ("home", "record", "class", "search")}
    words = sorted({name.split()[-1] for name in names.values()})
    return [
        Asked("district home", ["/district"], cookies["home"]),
        Asked("record page", [f"/learners/{learner}" for learner in listed], cookies["record"]),
        Asked("gradebook of 30 x 60", [f"/classes/{source.id}/{segment(key)}"], cookies["class"]),
        Asked("search among all", [f"/learners?q={word}" for word in words], cookies["search"]),
    ]


async def _class(tx: Tx, source: int) -> tuple[str, list[UUID]]:
    """The class that has nearest to 30 students, and these."""
    query = """SELECT body->>'class_' FROM record WHERE tenant_id = %(tenant)s AND kind = 'enrollment'
               GROUP BY 1 ORDER BY abs(count(*) - 31), 1 LIMIT 1"""
    key = str(await tx.one(query, tenant=tx.tenant))
    return key, list(await group.students(tx, source, key, datetime.now(UTC).date()) or ())[:30]


async def _framework(tx: Tx) -> list[str]:
    """The CASE identifiers of the competencies of a new framework."""
    changed, base = "2026-09-01T08:00:00+00:00", "https://frameworks.example.org"
    document = {"identifier": str(uuid4()), "uri": f"{base}/d", "title": "Bench", "creator": "Bench"}
    document |= {"lastChangeDateTime": changed, "caseVersion": "1.1"}
    ids = [str(uuid4()) for _ in range(COMPETENCIES)]
    items = [
        {
            "identifier": own,
            "uri": f"{base}/i/{own}",
            "fullStatement": f"Explains step {n} of a proof in their own words",
            "humanCodingScheme": f"B.{n}",
            "lastChangeDateTime": changed,
        }
        for n, own in enumerate(ids)
    ]
    package = {"CFDocument": document, "CFItems": items, "CFAssociations": []}
    content = json.dumps(package).encode()
    await frameworks.import_package(tx, content, origin="bench", base=base, at=datetime.now(UTC))
    return ids


def _entry(competency: str, pupils: Sequence[UUID]) -> Observations:
    levels = [
        Observation(pupil, ("Beginning", "Developing", "Proficient", "Advanced")[n % 4], "")
        for n, pupil in enumerate(pupils)
    ]
    address = f"http://127.0.0.1:8000/ims/case/v1p1/CFItems/{competency}"
    return Observations(uuid4(), "Exit ticket", date(2026, 10, 3), "Lee Sample", address, "formative", levels)


async def _signed_in(tx: Tx, service: Service) -> list[str]:
    """The session cookies of an administrator in several browsers."""
    row = await accounts.make(tx, f"{uuid4()}@example.org", "Kim Sample")
    await accounts.give(tx, row.id, "administrator", by="bench", origin="administrator")
    opened = [await sessions.begin(tx, service.settings, row.id, "password", "bench") for _ in range(BROWSERS)]
    return [session.cookie for session in opened]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    parser.add_argument("--learners", type=int, default=50_000, help="size of the district")
    chosen = parser.parse_args()
    tune_garbage_collection()  # as `tessera` does
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as someone else and must get through
    try:
        write_pages(folder / "rest", chosen.learners)
        with place(folder) as here:
            show([figures(here)])
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
