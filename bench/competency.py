"""Competencies: mastery judged anew, a gradebook, a gap report, a package in and out, beside the queries they rest on.

The raw limit of judging is reading the same assertions in the same order, by the same driver. Views are compared with
the one query that fetches their rows, at the 95th percentile.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg import sql

from app.db import Database
from app.db.access import tenants
from app.db.frameworks import frameworks
from app.db.mastery import mastery as stored
from app.mastery import judging as mastery
from app.mastery.introducing import introduce
from app.mastery.views import inputs
from app.mastery.views.gradebook import gradebook
from bench.figures import Figure
from bench.meter import Meter
from bench.place import Place

SHOWN, ITEMS, ASSOCIATIONS = 5, 585, 3400
GROUP, COLUMNS, EACH = 120, 300, 40
NAMES = UUID(int=9)
AT = datetime(2026, 9, 1, tzinfo=UTC)
ROUNDS = 40


def package() -> bytes:
    """A framework as large as the largest of the Smarter Balanced ones: a tree with cross-links."""
    chance, root = random.Random(1), "https://frameworks.example.org/ims/case/v1p1"
    words = ["solve", "compare", "explain", "represent", "measure", "justify", "model", "estimate"]

    def made(kind: str, name: str, **fields: Any) -> dict[str, Any]:
        key = str(uuid5(NAMES, name))
        return {
            "identifier": key,
            "uri": f"{root}/{kind}/{key}",
            "lastChangeDateTime": "2026-09-01T00:00:00Z",
            **fields,
        }

    def link(kind: str, origin: int, destination: int, n: int) -> dict[str, Any]:
        ends = [
            {"title": f"L.{end}", "identifier": str(uuid5(NAMES, f"L.{end}")), "uri": f"{root}/CFItems/{end}"}
            for end in (origin, destination)
        ]
        fields = {"associationType": kind, "originNodeURI": ends[0], "destinationNodeURI": ends[1], "sequenceNumber": n}
        return made("CFAssociations", f"a{n}", **fields)

    links = [link("isChildOf", n, n // 4, n) for n in range(1, ITEMS)]
    links += [
        link("precedes" if n % 8 == 0 else "isRelatedTo", min(pair), max(pair), n)
        for n in range(ITEMS, ASSOCIATIONS + 1)
        if (pair := chance.sample(range(ITEMS), 2))
    ]
    items = [
        made("CFItems", f"L.{n}", humanCodingScheme=f"L.{n}", fullStatement=" ".join(chance.choices(words, k=30)))
        for n in range(ITEMS)
    ]
    document = made("CFDocuments", "doc", creator="Sample", title="Large", caseVersion="1.1")
    return json.dumps({"CFDocument": document, "CFItems": items, "CFAssociations": links}).encode()


def fill(owner_url: str, tenant: int, learners: int) -> None:
    """Give every learner of a tenant assertions of EACH competencies, SHOWN of each; they are made by the database.

    The indexes are dropped before and made again after: with them in place, twenty million rows take half an hour.
    """
    with psycopg.connect(owner_url, autocommit=True) as conn:
        indexes = conn.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'assertion' AND indexname <> 'assertion_pkey'"
        ).fetchall()
        for name, _ in indexes:
            conn.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        conn.execute(
            """INSERT INTO alignment (tenant_id, target, competency_id, state, first_at)
               SELECT %s, 'case:' || id, id, 'matched', now() FROM competency
               WHERE tenant_id = %s AND n > %s - %s ON CONFLICT DO NOTHING""",
            [tenant, tenant, ITEMS, COLUMNS],
        )
        conn.execute(
            """INSERT INTO assertion (tenant_id, learner_id, alignment_id, source_id, person, stream, raw_key, n, part,
                                      hash, at, share, positive, method, detail, recorded_at)
               SELECT %s, md5('l' || l)::uuid, a.id, 1, l::text, 'results', l || ':' || a.id || ':' || s, 0, 0, 0,
                      %s::timestamptz + s * interval '1 day', ((l * 7 + a.id * 13 + s * 29) %% 101) / 100.0, true,
                      'summative', '{}', now()
               FROM generate_series(1, %s) l CROSS JOIN generate_series(1, %s) c CROSS JOIN generate_series(1, %s) s
               JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM alignment WHERE tenant_id = %s) a
                    ON a.n = 1 + (l * 11 + c) %% %s""",
            [tenant, AT, learners, EACH, SHOWN, tenant, COLUMNS],
        )
        for _, definition in indexes:
            conn.execute(definition)
        conn.execute("ANALYZE assertion, alignment, competency")


async def p95(step: Callable[[], Awaitable[Any]]) -> float:
    """The 95th percentile of a step, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await step()
        times.append(time.perf_counter() - began)
    return sorted(times)[int(ROUNDS * 0.95)] * 1000


async def judging(db: Database, tenant: int, postmaster: int) -> dict[str, float]:
    """CPU-seconds of judging everything anew, and of reading the same rows in the same order."""
    meter = Meter((os.getpid(), postmaster))

    async def judge_all() -> None:
        async with db.transaction(tenant) as tx:
            await mastery.judge_again(tx, datetime.now(UTC))
        await mastery.judge_all(db, tenant, datetime.now(UTC))

    with meter.spent() as judged:
        await judge_all()
    with meter.spent() as again:
        await judge_all()
    rows, after = 0, UUID(int=0)
    with meter.spent() as read:
        while True:
            async with db.transaction(tenant) as tx:
                learners = await stored.assessed(tx, after, mastery.BATCH)
                if not learners:
                    break
                rows += len(await stored.asserted(tx, learners, None))
                after = learners[-1]
    return {"rows": rows, "judge": judged.cpu, "again": again.cpu, "read": read.cpu}


async def viewing(db: Database, tenant: int, framework: UUID) -> dict[str, float]:
    """Milliseconds at the 95th percentile: a gradebook, a gap report, and the query that fetches the rows of each."""
    async with db.transaction(tenant) as tx:
        learners = await stored.assessed(tx, UUID(int=0), GROUP)
        columns = [row.id for row in await frameworks.competencies(tx, framework)][-COLUMNS:]
        await tx.run(  # every cell of the gradebook has something in it
            """INSERT INTO mastery (tenant_id, learner_id, competency_id, policy_id, level, value, met, deciding, shown)
               SELECT %s, l, c, 0, 2, 0.7, true, '{}', 1 FROM unnest(%s::uuid[]) l CROSS JOIN unnest(%s::uuid[]) c
               ON CONFLICT DO NOTHING""",
            tenant,
            learners,
            columns,
        )

    outlines = inputs.Outlines()

    async def book() -> None:
        async with db.transaction(tenant) as tx:
            view = await inputs.framework_view(tx, framework, learners, now=AT, outlines=outlines)
        assert view is not None
        gradebook(view, learners, columns, None)

    async def gaps() -> None:
        async with db.transaction(tenant) as tx:
            view = await inputs.framework_view(tx, framework, learners[:1], now=AT, outlines=outlines)
        assert view is not None
        view.gaps(learners[0])

    async def cells() -> None:
        async with db.transaction(tenant) as tx:
            await tx.rows(
                """SELECT learner_id, competency_id, policy_id, level, met FROM mastery
                   WHERE tenant_id = %s AND learner_id = ANY(%s) AND competency_id = ANY(%s)""",
                tenant,
                learners,
                columns,
            )

    async def items_and_states() -> None:
        async with db.transaction(tenant) as tx:
            await tx.rows(
                """SELECT c.id, c.n, c.code, c.statement, c.item_type, c.sensitivity, c.education, m.level, m.value,
                          m.met, ARRAY(SELECT (l.type, l.origin)::text FROM competency_link l
                                       WHERE l.tenant_id = c.tenant_id AND l.destination = c.id) FROM competency c
                   LEFT JOIN mastery m ON m.tenant_id = c.tenant_id AND m.competency_id = c.id AND m.learner_id = %s
                   WHERE c.tenant_id = %s AND c.framework_id = %s""",
                learners[0],
                tenant,
                framework,
            )

    async def serve() -> None:
        async with db.transaction(tenant) as tx:
            await frameworks.package(tx, framework)

    steps = {"book": book, "cells": cells, "gaps": gaps, "items": items_and_states, "serve": serve}
    return {name: await p95(step) for name, step in steps.items()}


async def measure(owner_url: str, url: str, postmaster: int, learners: int) -> dict[str, float]:
    """All figures of this file."""
    async with Database(url, 2) as db:
        tenant = (await tenants.add(db, "competency-bench", "Bench")).id
        began = time.perf_counter()
        async with db.transaction(tenant) as tx:
            done = await introduce(tx, package(), origin="bench", base="https://x.org", at=AT)
        measured = {"import": time.perf_counter() - began}
        fill(owner_url, tenant, learners)
        measured |= await judging(db, tenant, postmaster)
        return measured | await viewing(db, tenant, done.id)


def figures(place: Place, learners: int) -> list[Figure]:
    """One round, in a process of its own."""
    command = [sys.executable, "-m", "bench.competency", place.owner_url, place.service_url, str(place.postmaster)]
    measured = json.loads(subprocess.run([*command, str(learners)], check=True, stdout=subprocess.PIPE).stdout)
    rows, read, unit = int(measured["rows"]), measured["rows"] / measured["read"], "assertions/CPU-s"
    return [
        Figure(f"judge {rows:,} assertions", unit, rows / measured["judge"], read, 0.3),
        Figure("judge them again, unchanged", unit, rows / measured["again"], read),
        Figure(f"gradebook {GROUP} x {COLUMNS}, p95", "ms", measured["book"], measured["cells"], 5, ceiling=True),
        Figure("gap report of one learner, p95", "ms", measured["gaps"], measured["items"], 5, ceiling=True),
        Figure(f"import {ITEMS} items, {ASSOCIATIONS:,} associations", "s", measured["import"], None, 2, ceiling=True),
        Figure("read that package, p95", "ms", measured["serve"], None, 50, ceiling=True),
    ]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))))
