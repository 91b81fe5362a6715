"""Absence is not retraction: what a full listing has no more is over or unlisted, and nothing learned is lost by it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.pipeline.report import HeldByGuard
from app.records.reading import Filter, page
from app.sources.source import Source
from connectors import Absence, Connector, Stream, discover
from connectors.testing.fixtures import fixtures, mapped
from tests.support.district import District, class_, enrollment, retracted, user

AUGUST = datetime(2026, 8, 20, 6, tzinfo=UTC)
NEXT_AUGUST = datetime(2027, 8, 20, 6, tzinfo=UTC)
YEAR = {"beginDate": "2026-08-15", "endDate": "2027-01-16"}  # OneRoster: the day after the last


def line_item(key: str, taught: str) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "status": "active",
        "dateLastModified": "2026-09-01T08:00:00.000Z",
        "title": f"Quiz {key}",
        "class": {"sourcedId": taught, "type": "class", "href": "x"},
        "assignDate": "2026-10-01T00:00:00.000Z",
        "dueDate": "2026-10-02T00:00:00.000Z",
        "resultValueMin": 0,
        "resultValueMax": 10,
    }


def result(key: str, person: str, item: str) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "status": "active",
        "dateLastModified": "2026-10-03T08:00:00.000Z",
        "student": {"sourcedId": person, "type": "user", "href": "x"},
        "lineItem": {"sourcedId": item, "type": "lineItem", "href": "x"},
        "score": 9,
        "scoreDate": "2026-10-02",
        "scoreStatus": "fully graded",
    }


async def _first_year(district: District, sis: Source) -> None:
    """Eight learners in one class with one quiz each: a year as a student information system lists it."""
    people = [user(f"u-{n}", f"Ada{n}", grades=["12" if n < 2 else "07"]) for n in range(8)]
    await district.listing(sis, "users", people, AUGUST)
    await district.listing(sis, "classes", [class_("k-1", "Algebra 1")], AUGUST)
    await district.listing(
        sis, "enrollments", [enrollment(f"e-{n}", f"u-{n}", "k-1", **YEAR) for n in range(8)], AUGUST
    )
    await district.listing(sis, "lineItems", [line_item("l-1", "k-1")], AUGUST)
    await district.listing(sis, "results", [result(f"r-{n}", f"u-{n}", "l-1") for n in range(8)], AUGUST)
    await district.settle()


async def test_a_rollover_of_the_year_keeps_what_was_learned(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await _first_year(district, sis)
    people = [user(f"u-{n}", f"Ada{n}", grades=["08"]) for n in range(2, 8)]
    await district.listing(
        sis, "users", people, NEXT_AUGUST, allow_shrink=True
    )  # two graduates of eight: a person looks
    await district.listing(sis, "classes", [class_("j-1", "Algebra 2")], NEXT_AUGUST)
    await district.listing(
        sis,
        "enrollments",
        [enrollment(f"f-{n}", f"u-{n}", "j-1", beginDate="2027-08-15") for n in range(2, 8)],
        NEXT_AUGUST,
    )
    await district.listing(sis, "lineItems", [], NEXT_AUGUST)
    await district.listing(sis, "results", [], NEXT_AUGUST)
    await district.settle()
    for record in (await district.records()).values():
        assert retracted(record) == {}
        past = next(e for e in record["enrollments"] if e["class"]["title"] == "Algebra 1")
        assert (past["begins"], past["ends"]) == ("2026-08-15", "2027-01-15")
        assert past["past"] == {"state": "ended", "since": "2027-01-15"}
        [result] = record["results"]
        assert (result["score"], result["title"], result["past"]["state"]) == (9, "Quiz l-1", "unlisted")
        graduate = record["names"][0]["given"] in ("Ada0", "Ada1")
        assert [e["class"]["title"] for e in record["enrollments"] if "past" not in e] == (
            [] if graduate else ["Algebra 2"]
        )
        assert record["schools"][0].get("ends") == ("2027-08-20" if graduate else None)
        assert record["grades"] == [
            {"value": "12", "ends": "2027-08-20", "from": record["grades"][0]["from"]}
            if graduate
            else {"value": "08", "from": record["grades"][0]["from"]}
        ]


async def test_a_class_that_was_left_ends_on_the_day_of_the_listing_and_its_grades_stay(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await _first_year(district, sis)
    october = datetime(2026, 10, 10, 6, tzinfo=UTC)
    running = [enrollment(f"e-{n}", f"u-{n}", "k-1", **YEAR) for n in range(1, 8)]
    await district.listing(sis, "enrollments", running, october)
    await district.listing(sis, "results", [result(f"r-{n}", f"u-{n}", "l-1") for n in range(1, 8)], october)
    await district.settle()
    [record] = [r for r in (await district.records()).values() if r["names"][0]["given"] == "Ada0"]
    [left] = record["enrollments"]
    assert (left["ends"], left["past"]["state"]) == ("2026-10-10", "ended")
    assert record["results"][0]["score"] == 9
    # back again: current, as if nothing had been
    running.append(enrollment("e-0", "u-0", "k-1", **YEAR))
    await district.listing(sis, "enrollments", running, october + timedelta(days=1))
    await district.settle()
    [record] = [r for r in (await district.records()).values() if r["names"][0]["given"] == "Ada0"]
    [back] = record["enrollments"]
    assert (back["ends"], "past" in back) == ("2027-01-15", False)


async def test_a_listing_that_ends_most_of_what_runs_is_held_and_one_that_unlists_is_not(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await _first_year(district, sis)
    october = datetime(2026, 10, 10, 6, tzinfo=UTC)
    with pytest.raises(HeldByGuard, match="8 of 8 records are gone"):  # a token with fewer rights
        await district.listing(sis, "enrollments", [], october)
    assert (await district.listing(sis, "results", [], october)).counts["absent"] == 8
    await district.listing(sis, "enrollments", [], october, allow_shrink=True)
    await district.settle()
    for record in (await district.records()).values():
        assert [r["score"] for r in record["results"]] == [9]
        assert [(e["ends"], e["past"]["state"]) for e in record["enrollments"]] == [("2026-10-10", "ended")]


async def test_a_no_show_has_ended_and_says_why(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1")], AUGUST)
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "k-1", beginDate="2026-08-20")], AUGUST)
    never = {"beginDate": "2026-08-20", "endDate": "2026-08-19", "dateLastModified": "2026-09-02T08:00:00.000Z"}
    outcome = await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "k-1", **never)], AUGUST)
    await district.settle()
    assert outcome.counts["updated"] == 1
    [record] = (await district.records()).values()
    [entry] = record["enrollments"]
    assert entry["past"]["state"] == "ended"
    assert "it never began" in str(entry["extensions"])


async def test_only_what_the_source_takes_back_is_withdrawn(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await _first_year(district, sis)
    later = "2026-10-10T08:00:00.000Z"
    gone = {**result("r-0", "u-0", "l-1"), "status": "tobedeleted", "dateLastModified": later}
    await district.take(sis, "results", [gone], AUGUST + timedelta(days=50))
    await district.settle()
    [record] = [r for r in (await district.records()).values() if r["names"][0]["given"] == "Ada0"]
    assert (record["results"], retracted(record)) == ([], {"results": 1})
    async with district.db.transaction(district.tenant.id) as tx:
        [row] = (await page(tx, UUID(record["id"]), Filter(state="retracted"), "all", None, 9)).rows
    [origin] = json.loads(row.body)["from"][:1]
    assert (origin["state"], origin["stateAt"]) == ("retracted", "2026-10-09T06:00:00Z")


CONNECTORS = list(discover().values())


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda c: c.name)
def test_every_stream_that_lists_everything_says_what_absence_means_for_each_kind(connector: Connector) -> None:
    for fixture in fixtures():
        if fixture.connector is connector and fixture.stream.complete:
            for kind in {record["kind"] for record in mapped(fixture.stream, fixture.pages()).records}:
                _check(fixture.stream, kind)


def _check(stream: Stream, kind: str) -> None:
    absence = stream.absence_of(kind)
    assert absence is not Absence.SAYS_NOTHING, f"{stream.name}: what does it mean that a {kind} is listed no more?"
    if kind == "enrollment":
        assert absence is Absence.ENDED
    elif kind not in ("person", "gone"):
        assert absence is Absence.UNLISTED, f"{stream.name}: a {kind} that is listed no more was learned all the same"
