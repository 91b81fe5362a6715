"""What happened between two children under one key is told of neither, until somebody says whose it is."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from app.identity import decisions
from app.pipeline.replay import replay
from app.records import as_of
from app.sources.source import Source
from tests.support.district import MORNING, District, enrollment, user

TODAY = datetime.now(UTC).date()
BEN: dict[str, Any] = user("u-1", "Ben", "Family1", identifier="100001", username="ben")
ZOE: dict[str, Any] = user("u-1", "Zoe", "Other", identifier="555001", username="zoe")
BACK = {"long before": 70, "between": 10, "enrolled": 4, "since": 0}
DAYS = {key: str(TODAY - timedelta(days=back)) for key, back in BACK.items()}
BEGINS, ENDS = str(TODAY - timedelta(days=5)), str(TODAY + timedelta(days=90))
WAITING = "u-1\u20212?"


def result(key: str, day: str) -> dict[str, Any]:
    modified = {"status": "active", "dateLastModified": f"{TODAY}T08:00:00.000Z"}
    of = {"student": {"sourcedId": "u-1", "type": "user", "href": "x"}}
    of |= {"lineItem": {"sourcedId": f"l-{key}", "type": "lineItem", "href": "x"}}
    return {"sourcedId": key, **modified, **of, "scoreStatus": "fully graded", "score": 9, "scoreDate": day}


PAGES: dict[str, list[dict[str, Any]]] = {
    "users": [ZOE],
    "enrollments": [enrollment("e-9", "u-1", "drawing", beginDate=BEGINS, endDate=ENDS)],
    "results": [result(key, day) for key, day in DAYS.items()],
}


async def handed_over(district: District, *streams: str) -> Source:
    """Ben's key is Zoe's from now on, as pages of one run say in this order."""
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [BEN], MORNING)
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "algebra", endDate="2026-09-30")], MORNING)
    await district.settle()
    run, now = await district.begin(sis), datetime.now(UTC)
    for step, stream in enumerate(streams):
        await district.take(sis, stream, PAGES[stream], now + timedelta(seconds=step), run=run)
    await district.settle()
    return sis


async def told_of(district: District) -> dict[str | None, set[str]]:
    """The results in each record, by the child's given name; None: of whom it waits."""
    return {
        record["names"][0]["given"] if record["names"] else None: {r["date"] for r in record["results"]}
        for record in (await district.records()).values()
    }


def days(*keys: str) -> set[str]:
    return {DAYS[key] for key in keys}


@pytest.mark.parametrize("order", [*permutations(PAGES)], ids=" ".join)
async def test_in_every_order_what_is_between_waits_and_the_rest_is_whose_it_was(
    district: District, order: tuple[str, ...]
) -> None:
    sis = await handed_over(district, *order)
    whose = {"Ben": days("long before"), "Zoe": days("enrolled", "since"), None: days("between")}
    assert await told_of(district) == whose
    waiting = {(m.left_key, m.right_key) for m in await district.near_matches() if WAITING in (m.left_key, m.right_key)}
    assert waiting == {("u-1", WAITING), ("u-1\u20212", WAITING)}
    before = await district.bytes()
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before


async def test_neither_shows_it_on_any_day_until_somebody_says_whose_it_is(district: District) -> None:
    sis = await handed_over(district, *PAGES)
    ids = {r["names"][0]["given"]: UUID(key) for key, r in (await district.records()).items() if r["names"]}
    now = datetime.now(UTC)
    async with district.db.transaction(district.tenant.id) as tx:
        for learner in ids.values():
            for day in (*(TODAY - timedelta(days=back) for back in (10, 8, 0)), None):
                record = await as_of.record(tx, learner, day=day, known_at=now, whole=True)
                assert DAYS["between"] not in {entry.date for entry in record.results}
        await decisions.link(tx, (sis.id, "u-1"), (sis.id, WAITING), by="a registrar", reason="a make-up test")
    await district.settle()
    assert await told_of(district) == {"Ben": days("long before", "between"), "Zoe": days("enrolled", "since")}


async def test_an_enrollment_that_comes_late_says_who_was_there(district: District) -> None:
    sis = await handed_over(district, "users", "results")
    assert (await told_of(district))[None] == days("between", "enrolled", "since")  # told in the course of that day
    await district.take(sis, "enrollments", PAGES["enrollments"], datetime.now(UTC) + timedelta(minutes=1))
    await district.settle()
    whose = {"Ben": days("long before"), "Zoe": days("enrolled", "since"), None: days("between")}
    assert await told_of(district) == whose


async def test_after_a_summer_in_which_nobody_read_what_is_long_before_waits_too(district: District) -> None:
    """A source that was read last a hundred days ago says nothing of the days since."""
    long_ago = datetime.now(UTC) - timedelta(days=100)
    sis = await district.source("sis", "oneroster")
    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run(
            """INSERT INTO run (tenant_id, source_id, kind, state, counts, started_at)
               VALUES (%(tenant)s, %(source)s, 'pull', 'done', '{}', %(at)s)""",
            source=sis.id,
            at=long_ago,
        )
    await district.take(sis, "users", [BEN], long_ago)
    await district.settle()
    for stream, records in PAGES.items():
        await district.take(sis, stream, records, datetime.now(UTC))
    await district.settle()
    assert await told_of(district) == {
        "Zoe": days("enrolled", "since"),
        None: days("long before", "between"),
        "Ben": set(),
    }


async def test_what_was_told_of_the_first_before_stays_the_firsts(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [BEN], MORNING)
    await district.take(sis, "results", [result("between", DAYS["between"])], datetime.now(UTC) - timedelta(days=8))
    await district.settle()
    again = {**result("between", DAYS["between"]), "score": 10, "dateLastModified": f"{TODAY}T09:00:00.000Z"}
    await district.take(sis, "users", [ZOE], datetime.now(UTC))
    await district.take(sis, "results", [again], datetime.now(UTC))
    await district.settle()
    assert await told_of(district) == {"Ben": days("between"), "Zoe": set()}
