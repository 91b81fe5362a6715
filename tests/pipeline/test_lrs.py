"""Syncs of a small record store that grows and voids, all the way to learners' records."""

from collections.abc import Iterator
from typing import Any

import pytest
import respx

from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.district import District
from tests.support.record_store import RecordStore, statement, voiding

BASE = "https://lrs.example.org/xapi/"


@pytest.fixture
def store() -> Iterator[RecordStore]:
    made = RecordStore([statement(n, f"2026-10-0{n}T10:00:00Z") for n in range(1, 4)])
    with respx.mock() as router:
        router.get(url__startswith=BASE).mock(side_effect=made)
        yield made


@pytest.fixture
async def source(district: District) -> Source:
    return await district.source("lrs", "lrs", base_url=BASE, key="key", secret="secret")


async def results(district: District) -> dict[str, list[Any]]:
    await district.settle()
    records = (await district.records()).values()
    return {
        record["identifiers"][0]["value"]: [result.get("score") for result in record["results"]] for record in records
    }


async def test_a_store_is_pulled_and_what_it_voids_is_withdrawn(
    district: District, source: Source, store: RecordStore
) -> None:
    assert (await pull(district.db, source)).state == "done"
    assert await results(district) == {"l1": [3], "l2": [3], "l3": [3]}
    store.statements += [statement(4, "2026-11-30T12:01:00Z"), voiding(5, "2026-11-30T12:02:00Z", 2)]
    store.clock = "2026-11-30T12:03:00Z"
    store.asked.clear()
    report = await pull(district.db, source)
    assert (report.state, len(store.asked)) == ("done", 1)
    assert {who: scores for who, scores in (await results(district)).items() if scores} == {
        "l1": [3],
        "l3": [3],
        "l4": [3],
    }
    report = await pull(district.db, source, full=True)
    assert report.state == "done", "a full listing without the voided one asks nobody"
    assert {who: scores for who, scores in (await results(district)).items() if scores} == {
        "l1": [3],
        "l3": [3],
        "l4": [3],
    }
