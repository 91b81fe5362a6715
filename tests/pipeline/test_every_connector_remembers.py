"""Whatever the connector: what a source lists no more stays in every record as past, and comes back as it was.

What was known before is known to have been so all along, and a replay says the same.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.pipeline.absence import end_absent
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.replay import replay
from app.records import as_of
from app.sources.source import Source
from connectors import Connector, Page, discover
from connectors.testing.fixtures import fixtures
from tests.support.district import MORNING, District

AT = "https://made.example.org"
SETTINGS: dict[str, dict[str, Any]] = {
    "canvas": {"base_url": AT, "token": "t"},
    "clever": {"token": "t"},
    "edfi": {"base_url": AT, "client_id": "c", "client_secret": "s"},
    "kolibri": {"base_url": AT, "username": "u", "password": "p"},
    "moodle": {"base_url": AT, "token": "t"},
    "oneroster": {},
}
CONNECTORS = [connector for connector in discover().values() if any(s.complete for s in connector.streams)]
SECTIONS = ("enrollments", "results", "evidence", "credentials")
PAST = {"ended", "unlisted"}


async def listing(district: District, source: Source, pages: dict[str, list[Page]], at: datetime) -> None:
    run = await district.begin(source)
    for name, of in pages.items():
        for page in of:
            async with district.db.transaction(district.tenant.id) as tx:
                await ingest(tx, Arrival(source, source.stream(name), at, run, listing=run), page)
    for name in pages:
        stream = source.stream(name)
        if stream.complete:
            async with district.db.transaction(district.tenant.id) as tx:
                arrival = Arrival(source, stream, at, run, listing=run)
                await end_absent(tx, arrival, await ingest(tx, arrival, Page([])), allow_shrink=True)
    await district.settle()


def said(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says, but for whether it is past."""
    current = {
        section: sorted(
            json.dumps({k: v for k, v in e.items() if k not in ("state", "past", "from", "ends")}, sort_keys=True)
            for e in record.get(section, [])
        )
        for section in SECTIONS
    }
    return {"names": [name["value"] for name in record["names"]], **current}


async def then(district: District, learner: str, known_at: datetime) -> Any:
    async with district.db.transaction(district.tenant.id) as tx:
        return await as_of.record(tx, UUID(learner), day=None, known_at=known_at, whole=True)


def entries(records: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """All entries of records, each with its section, in order."""
    return [
        (section, e) for _, record in sorted(records.items()) for section in SECTIONS for e in record.get(section, [])
    ]


def is_past(source: Source, section: str, entry: dict[str, Any], was: dict[str, Any]) -> bool:
    """Whether an entry that was so before is past as its stream declares, once its source lists nothing."""
    if not source.stream(entry["from"][0]["stream"]).complete or was["state"] in PAST:
        return bool(entry["state"] == was["state"])
    return bool(entry["state"] == ("ended" if section == "enrollments" else "unlisted"))


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda c: c.name)
async def test_what_is_listed_no_more_stays_and_returns(district: District, connector: Connector) -> None:
    source = await district.source("made", connector.name, **SETTINGS[connector.name])
    names = {stream.name for stream in source.streams()}
    pages: dict[str, list[Page]] = {}
    for fixture in fixtures([connector.name]):
        if fixture.stream.name in names:
            pages.setdefault(fixture.stream.name, []).extend(fixture.pages())
    await listing(district, source, pages, MORNING)
    before = await district.records()
    known = {learner: await then(district, learner, MORNING) for learner in before}
    assert known

    await listing(district, source, {name: [] for name in pages}, MORNING + timedelta(days=1))
    after = await district.records()
    assert {k: said(r) for k, r in after.items()} == {k: said(r) for k, r in before.items()}
    for (section, entry), (_, was) in zip(entries(after), entries(before), strict=True):
        assert is_past(source, section, entry, was), (section, entry)
    await same_after_replay(district, source)
    assert {learner: await then(district, learner, MORNING) for learner in after} == known

    await listing(district, source, pages, MORNING + timedelta(days=2))
    back = await district.records()
    assert {k: said(r) for k, r in back.items()} == {k: said(r) for k, r in before.items()}
    assert [entry["state"] for _, entry in entries(back)] == [entry["state"] for _, entry in entries(before)]
    await same_after_replay(district, source)
    assert {learner: await then(district, learner, MORNING) for learner in back} == known


async def same_after_replay(district: District, source: Source) -> None:
    stored = await district.bytes()
    await replay(district.db, source)
    await district.settle()
    assert await district.bytes() == stored
