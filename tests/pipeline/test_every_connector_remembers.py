"""Whatever the connector: what a source lists no more stays in every record as past, and comes back as it was.

What was known before is known to have been so all along, and a replay says the same.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.pipeline.absence import end_absent
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.normalize import normalize
from app.pipeline.raw import Item
from app.pipeline.replay import replay
from app.pipeline.unsaid import STATES
from app.records import as_of
from app.sources.source import Source
from connectors import Connector, Page, Stream, discover
from connectors.testing.fixtures import fixtures
from tests.support.district import MORNING, District

AT = "https://made.example.org"
SETTINGS: dict[str, dict[str, Any]] = {
    "canvas": {"base_url": AT, "token": "t"},
    "clever": {"token": "t"},
    "edfi": {"base_url": AT, "client_id": "c", "client_secret": "s"},
    "google_classroom": {"client_id": "c", "client_secret": "s", "refresh_token": "r", "guardians": True},
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


def words_of(record: dict[str, Any]) -> dict[str, Any]:
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
    assert {k: words_of(r) for k, r in after.items()} == {k: words_of(r) for k, r in before.items()}
    for (section, entry), (_, was) in zip(entries(after), entries(before), strict=True):
        assert is_past(source, section, entry, was), (section, entry)
    await same_after_replay(district, source)
    assert {learner: await then(district, learner, MORNING) for learner in after} == known

    await listing(district, source, pages, MORNING + timedelta(days=2))
    back = await district.records()
    assert {k: words_of(r) for k, r in back.items()} == {k: words_of(r) for k, r in before.items()}
    assert [entry["state"] for _, entry in entries(back)] == [entry["state"] for _, entry in entries(before)]
    await same_after_replay(district, source)
    assert {learner: await then(district, learner, MORNING) for learner in back} == known


async def same_after_replay(district: District, source: Source) -> None:
    stored = await district.bytes()
    await replay(district.db, source)
    await district.settle()
    assert await district.bytes() == stored


@dataclass(frozen=True)
class Shortened:
    """A raw record of which an element of a list is taken out, so that it says some things no more."""

    stream: str
    whole: bytes
    short: bytes
    unsaid: frozenset[tuple[str, str]]


def shortened(connector: Connector) -> list[Shortened]:
    """Each element of each list of a connector's fixtures that says something, taken out; of a stream three."""
    cases: list[Shortened] = []
    for fixture in fixtures([connector.name]):
        if not fixture.stream.complete:
            continue
        few = [
            Shortened(fixture.stream.name, body, short, unsaid)
            for page in fixture.pages()
            if page.columns is None
            for body in page.records
            for short in without_one(json.loads(body))
            if (now := things(fixture.stream, short)) and (unsaid := things(fixture.stream, body) - now)
        ]
        cases += few[:3]
    return cases


def without_one(value: Any) -> Iterator[bytes]:
    """A raw record without one element of one of its lists, in each way there is."""

    def shorter(part: Any) -> Iterator[Any]:
        for place, inner in (
            part.items() if isinstance(part, dict) else enumerate(part if isinstance(part, list) else ())
        ):
            if isinstance(part, list):
                yield [*part[:place], *part[place + 1 :]]
            for other in shorter(inner):
                copied = part.copy()
                copied[place] = other
                yield copied

    return (json.dumps(short).encode() for short in shorter(value))


def things(stream: Stream, body: bytes) -> frozenset[tuple[str, str]]:
    """Of what a raw record tells: kind and key. Of nothing, where it cannot be read so."""
    normalized = normalize(stream, [Item(0, "made", 1, body)], None)
    return frozenset((s.kind, s.key) for s in normalized.statements)


SHORTENED = [
    pytest.param(connector, case, id=f"{connector.name}-{case.stream}-{n}")
    for connector in CONNECTORS
    for n, case in enumerate(shortened(connector))
]


@pytest.mark.parametrize(("connector", "case"), SHORTENED)
async def test_what_a_list_in_a_raw_record_says_no_more_is_past_and_returns(
    district: District, connector: Connector, case: Shortened
) -> None:
    """Absence inside a raw record is no retraction either: it ends or is unlisted, as its stream declares."""
    source = await district.source("made", connector.name, **SETTINGS[connector.name])
    stream = source.stream(case.stream)
    pages = {case.stream: [Page([case.whole])]}
    await listing(district, source, pages, MORNING)
    before = await statements(district, source)
    records = await district.records()

    await listing(district, source, {case.stream: [Page([case.short])]}, MORNING + timedelta(days=1))
    after = await statements(district, source)
    for kind, key in case.unsaid:
        declared = STATES.get(stream.absence_of(kind))
        assert declared is not None, f"{case.stream} says nothing of the absence of a {kind}"
        was = before[kind, key]
        assert after[kind, key] == (declared if was == "current" else was)
    assert after.keys() >= before.keys()
    assert (await district.records()).keys() == records.keys()
    await same_after_replay(district, source)

    await listing(district, source, pages, MORNING + timedelta(days=2))
    assert (await statements(district, source)).items() >= before.items()
    await same_after_replay(district, source)


async def statements(district: District, source: Source) -> dict[tuple[str, str], str]:
    """The state of each statement of a source that is about a person or of which records tell."""
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            "SELECT kind, key, state FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s",
            source=source.id,
        )
    states = {(kind, key): state for kind, key, state in rows}
    assert len(states) == len(rows), "each is stated once"
    return states
