"""Hostile content is kept or set apart with its reason; it never stops a page, a run or another learner's record."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.db.identity import persons
from app.db.pipeline.quarantine import quarantined
from app.db.sources import sources
from app.pipeline import raw
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import Outcome, ingest
from app.pipeline.replay import replay, replay_quarantine
from app.pipeline.report import Report
from app.records.provenance import provenance
from app.sources.source import Source
from connectors import Page
from tests.support.district import District, enrollment, user
from tests.support.hostile import KEYS, STORABLE, UNFIT, pushed


async def run(district: District, source: Source, stream: str, records: list[bytes]) -> Outcome:
    """Take a page in as a run does: with what it did written into the history."""
    async with district.db.transaction(district.tenant.id) as tx:
        number = await sources.begin_run(tx, source.id, "pull")
        outcome = await ingest(tx, Arrival(source, source.stream(stream), datetime.now(UTC), number), Page(records))
    report = Report(number, streams={stream: outcome}, messages=outcome.notes)
    async with district.db.transaction(district.tenant.id) as tx:
        await sources.end_run(tx, number, report.state, report.counts(), report.message)
    return outcome


def as_bytes(*records: dict[str, Any]) -> list[bytes]:
    return [json.dumps(record, ensure_ascii=False).encode() for record in records]


async def test_what_cannot_be_kept_is_set_apart_and_its_neighbors_are_not(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    for number, (name, body) in enumerate(UNFIT.items()):
        outcome = await run(
            district, sis, "users", [*as_bytes(user(f"before-{number}")), body, *as_bytes(user(f"after-{number}"))]
        )
        assert (name, outcome.counts["new"], outcome.counts["rejected"]) == (name, 2, 1)
        assert outcome.rejected[0].reason
    await district.settle()
    assert len(await district.records()) == 2 * len(UNFIT)


async def test_what_is_odd_is_kept_to_the_letter(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    assert (await run(district, sis, "users", [*STORABLE.values(), *as_bytes(*map(user, KEYS))])).rejected == []
    await district.settle()
    records = (await district.records()).values()
    async with district.db.transaction(district.tenant.id) as tx:
        provenances = [await provenance(tx, UUID(record["id"]), "", "all", None, 50) for record in records]
    own = [statement.source_id for trail in provenances for statement in trail.statements]
    assert set(own) == {*KEYS, "f", "m", "twice", "y1", "y9", "n", "a"}
    before = await district.bytes()
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before


async def test_two_ids_over_rest_stay_two_children(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    ids = ("'x1", "x1", "100003.0", "100003")
    await run(district, sis, "users", as_bytes(*(user(id_, name) for id_, name in zip(ids, "ABCD", strict=True))))
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        keys = await tx.rows("SELECT key FROM person WHERE tenant_id = %s", tx.tenant)
    assert {key for (key,) in keys} == set(ids)


async def test_an_unreadable_field_name_does_not_break_the_history(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await run(district, sis, "users", as_bytes(*(user(f"u-{i}", **{f"random {i}": 1}) for i in range(500))))
    async with district.db.transaction(district.tenant.id) as tx:
        [row] = await sources.runs(tx, sis.id, 1)
    assert len(row.counts["users"]["leftovers"]) == 100


async def test_one_key_again_and_again_is_one_record(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    outcome = await run(district, sis, "users", as_bytes(*(user("u-1", f"Ada {i % 3}") for i in range(200))))
    assert outcome.counts["new"] + outcome.counts["updated"] + outcome.counts["unchanged"] == 200
    await district.settle()
    [record] = (await district.records()).values()
    assert record["names"][0]["given"] == "Ada 1"


@pytest.mark.parametrize("together", [True, False])
async def test_of_one_key_in_one_page_the_newest_that_can_be_kept_counts(district: District, together: bool) -> None:
    """As if each had come in a page of its own: who was told that it is stored finds it stored."""
    sis = await district.source("sis", "oneroster")
    newer = user("u-1", "Newer", dateLastModified="2026-09-03T08:00:00Z")
    older = user("u-1", "Older", dateLastModified="2026-09-02T08:00:00Z")
    spoiled = {**user("u-1"), "roles": "none"}
    bare = {"sourcedId": "u-1", "status": "tobedeleted", "dateLastModified": "2026-09-04T08:00:00Z"}
    for story in ([newer, older], [newer, spoiled], [newer, older, spoiled, bare]):
        async with district.db.transaction(district.tenant.id) as tx:
            await tx.run("DELETE FROM record")
        for page in [story] if together else [[record] for record in story]:
            await run(district, sis, "users", as_bytes(*page))
        async with district.db.transaction(district.tenant.id) as tx:
            [statement] = await persons.statements_of(tx, [(sis.id, "u-1")])
        assert json.loads(statement.body)["names"][0]["given"] == "Newer"
        assert (statement.state == "retracted") is (bare in story)


async def test_ids_that_only_look_alike_are_two_persons(district: District) -> None:
    """By case or by Unicode's form. Identity then links them no more than any others whom nothing else connects."""
    sis = await district.source("sis", "oneroster")
    keys = ["Ab3", "aB3", "Jos\u00e9", "Jose\u0301", "STRASSE", "stra\u00dfe"]
    await run(district, sis, "users", as_bytes(*(user(key) for key in keys)))
    await district.settle()
    records = (await district.records()).values()
    assert len(records) == len(keys)


async def test_equal_ids_of_two_sources_link_nobody(district: District) -> None:
    for slug in ("north", "south"):
        source = await district.source(slug, "oneroster")
        await run(district, source, "users", as_bytes(user("u-1"), user("u-2")))
    await district.settle()
    assert len(await district.records()) == 4


async def test_identical_twins_stay_two(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    same = {"email": "family@example.org", "phone": "555-0100", "username": "sample.a", "birthDate": "2012-05-04"}
    await run(district, sis, "users", as_bytes(user("t-1", **same), user("t-2", **same)))
    await district.settle()
    assert len(await district.records()) == 2


async def test_adults_who_name_one_another_end_somewhere(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    circle = [user(f"u-{i}", agents=[{"sourcedId": f"u-{(i + 1) % 3}"}]) for i in range(3)]
    await run(district, sis, "users", as_bytes(*circle))
    await district.settle()
    assert all(len(record["guardians"]) == 1 for record in (await district.records()).values())


async def test_a_result_moves_from_one_learner_to_another(district: District) -> None:
    vendor = await district.source("tutor", "evidence")
    for number in ("1001", "1002", "1003"):
        await run(district, vendor, "evidence", as_bytes(pushed("r-1", number, result={"score": 7})))
        await district.settle()
        [record] = (await district.records()).values()
        assert record["identifiers"][0]["value"] == number
        assert [result["score"] for result in record["results"]] == [7]


async def test_a_record_that_changes_kind_takes_its_learner_along(district: District) -> None:
    """A student becomes a teacher, and comes back: the same id, and no record in between."""
    sis = await district.source("sis", "oneroster")
    org = {"sourcedId": "o-1"}
    seen = []
    for role in ("student", "teacher", "student"):
        await run(
            district, sis, "users", as_bytes(user("u-1", roles=[{"roleType": "primary", "role": role, "org": org}]))
        )
        await district.settle()
        seen.append(list(await district.records()))
    assert seen[0] == seen[2] != []
    assert seen[1] == []


async def test_enrollments_of_ids_that_no_index_holds_are_set_apart(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    outcome = await run(
        district,
        sis,
        "enrollments",
        as_bytes(enrollment("e-1", "\U0001f600" * 400, "c-1"), enrollment("e-2", "u-2", "c-1")),
    )
    assert (outcome.counts["new"], outcome.counts["rejected"]) == (1, 1)


async def test_keys_of_several_fields_do_not_run_into_one_another(district: District) -> None:
    kolibri = await district.source(
        "tool", "kolibri", base_url="https://tool.example.org", username="u", password="p", facility="f"
    )
    stream = next(stream for stream in kolibri.streams() if len(stream.key) == 2)
    pairs = [("a|b", "c"), ("a", "b|c"), ("a\\", "|c"), ("a\\|", "c"), ("a", "\\|c")]
    bodies = as_bytes(*({**dict(zip(stream.key, pair, strict=True))} for pair in pairs))
    rounds, rejects = raw.rounds(Page(bodies), stream, 1)
    assert rejects == {}
    assert len({item.key for item in rounds[0]}) == len(pairs)


async def test_what_the_source_takes_back_waits_in_quarantine_no_more(district: District) -> None:
    """Good, then spoiled, then good again as before: replaying the quarantine must not bring the spoiled one back."""
    sis = await district.source("sis", "oneroster")
    good = user("u-1", "Ada")
    await run(district, sis, "users", as_bytes(good))
    await run(district, sis, "users", as_bytes({**good, "givenName": "Eve", "roles": "none"}))
    async with district.db.transaction(district.tenant.id) as tx:
        assert len(await quarantined(tx)) == 1
    await run(district, sis, "users", as_bytes(good))
    async with district.db.transaction(district.tenant.id) as tx:
        assert await quarantined(tx) == []


async def test_a_heavy_quarantine_is_read_in_pieces(district: District) -> None:
    """Listed without what was sent, and tried again some at a time, however much anybody has pushed."""
    sis = await district.source("sis", "oneroster")
    heavy = [user(f"u-{n}", roles="none", foo="x" * 3_000_000) for n in range(14)]
    assert (await run(district, sis, "users", as_bytes(*heavy))).counts["rejected"] == 14
    async with district.db.transaction(district.tenant.id) as tx:
        listed = await quarantined(tx, limit=500)
        whole = await quarantined(tx, limit=500, whole=True)
    assert [len(row.body) for row in listed] == [0] * 14
    assert [len(row.body) > 3_000_000 for row in whole] == [True] * 6
    again = await replay_quarantine(district.db, sis)
    assert again.outcome("users").counts["rejected"] == 14
    async with district.db.transaction(district.tenant.id) as tx:
        assert {row.times for row in await quarantined(tx)} == {2}
