"""A number that changes hands: what was told by the number alone stays with whose it was when it was received."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.db.records import learners
from app.db.sources import sources as stored
from app.pipeline.replay import replay
from app.records import as_of
from app.records.removal import remove
from app.sources.source import Source
from tests.support.district import MORNING, District, user

ANN: dict[str, Any] = {"name": {"given": "Ann", "family": "Lee"}, "birthDate": "2010-01-01"}
BEN: dict[str, Any] = {"name": {"given": "Ben", "family": "Kim"}, "birthDate": "2011-02-02"}
NUMBER = "100001"
Step = tuple[str, Any]
STREAMS = {"sis": "users", "both": "users", "club": "evidence", "chess": "evidence"}

SIS_ANN, SIS_BEN = (
    user(f"u-{given_name}", given_name, family, identifier=NUMBER)
    for given_name, family in (("Ann", "Lee"), ("Ben", "Kim"))
)


def evidence(
    key: str, who: dict[str, Any] | None = None, kind: str = "district", happened: str | None = "2026-09-02T00:00:00Z"
) -> dict[str, Any]:
    learner = {"identifiers": [{"type": kind, "value": NUMBER}], **(who or {})}
    return {"id": key, "learner": learner, "name": key, "occurredAt": happened}


def late(key: str, moment: str) -> dict[str, Any]:
    """What happened at a time, received whenever."""
    return evidence(key, happened=moment)


def numbered(row: dict[str, Any], number: str, day: int) -> dict[str, Any]:
    return {**row, "identifier": number, "dateLastModified": f"2026-09-{day:02}T20:00:00.000Z"}


LIVES: dict[str, tuple[Sequence[Step], dict[str, list[str]]]] = {
    "the district gives it to a second child": (
        [("sis", SIS_ANN), ("club", evidence("n1")), ("sis", SIS_BEN), ("club", evidence("n2"))],
        {"Ann Lee": ["n1"], "Ben Kim": [], "nobody": ["n2"]},
    ),
    "it was told by number before the district told of anybody": (
        [("club", evidence("n1")), ("sis", SIS_ANN), ("sis", SIS_BEN), ("club", evidence("n2"))],
        {"Ann Lee": ["n1"], "Ben Kim": [], "nobody": ["n2"]},
    ),
    "a program names another child under the number that the district has given": (
        [("sis", SIS_ANN), ("club", evidence("n1")), ("club", evidence("b", BEN)), ("club", evidence("n2"))],
        {"Ann Lee": ["n1", "n2"], "Ben Kim": ["b"]},
    ),
    "a program names both": (
        [
            ("club", evidence("a", ANN)),
            ("club", evidence("n1")),
            ("club", evidence("b", BEN)),
            ("club", evidence("n2")),
        ],
        {"Ann Lee": ["a", "n1"], "Ben Kim": ["b"], "nobody": ["n2"]},
    ),
    "one program names both, and another one neither": (
        [
            ("club", evidence("a", ANN)),
            ("chess", evidence("n1")),
            ("club", evidence("b", BEN)),
            ("chess", evidence("n2")),
        ],
        {"Ann Lee": ["a", "n1"], "Ben Kim": ["b"], "nobody": ["n2"]},
    ),
    "programs have numbers of the state": (
        [
            ("club", evidence("a", ANN, "state")),
            ("chess", evidence("n1", None, "state")),
            ("club", evidence("b", BEN, "state")),
            ("chess", evidence("n2", None, "state")),
        ],
        {"Ann Lee": ["a", "n1"], "Ben Kim": ["b"], "nobody": ["n2"]},
    ),
    "the district takes it from the second child again": (
        [
            ("sis", SIS_ANN),
            ("club", evidence("n1")),
            ("sis", SIS_BEN),
            ("club", evidence("n2")),
            ("sis", {**SIS_BEN, "identifier": "200002", "dateLastModified": "2026-09-01T20:00:00.000Z"}),
        ],
        {"Ann Lee": ["n1", "n2"], "Ben Kim": []},
    ),
    "it is told of both in one run, so that nobody knows whose it was": (
        [("club", evidence("n1")), ("both", [SIS_ANN, SIS_BEN]), ("club", evidence("n2"))],
        {"Ann Lee": [], "Ben Kim": [], "nobody": ["n1", "n2"]},
    ),
    "the district corrects it away from the first child": (
        [("sis", SIS_ANN), ("club", evidence("n1")), ("sis", numbered(SIS_ANN, "200002", 1)), ("club", evidence("n2"))],
        {"Ann Lee": ["n1"], "nobody": ["n2"]},
    ),
    "and gives it to a second child later": (
        [
            ("sis", SIS_ANN),
            ("club", evidence("n1")),
            ("sis", numbered(SIS_ANN, "200002", 1)),
            ("chess", evidence("n2")),
            ("sis", SIS_BEN),
            ("club", evidence("n3")),
        ],
        {"Ann Lee": ["n1"], "Ben Kim": ["n3"], "nobody": ["n2"]},
    ),
    "it changes hands in one run": (
        [
            ("sis", [SIS_ANN, numbered(SIS_BEN, "200002", 1)]),
            ("club", evidence("n1")),
            ("sis", [numbered(SIS_BEN, NUMBER, 2), numbered(SIS_ANN, "200002", 2)]),
            ("club", evidence("n2")),
        ],
        {"Ann Lee": ["n1"], "Ben Kim": ["n2"]},
    ),
    "a third child has it, and then the first again": (
        [
            ("sis", SIS_ANN),
            ("club", evidence("n1")),
            ("sis", numbered(SIS_ANN, "200002", 1)),
            ("sis", SIS_BEN),
            ("club", evidence("n2")),
            ("sis", numbered(SIS_BEN, "300003", 2)),
            ("sis", numbered(SIS_ANN, NUMBER, 3)),
            ("club", evidence("n3")),
        ],
        {"Ann Lee": ["n1", "n3"], "Ben Kim": ["n2"]},
    ),
    "a child who has left had it": (
        [
            ("sis", SIS_ANN),
            ("club", evidence("n1")),
            ("sis", {**numbered(SIS_ANN, NUMBER, 1), "status": "tobedeleted"}),
            ("club", evidence("n2")),
            ("sis", SIS_BEN),
            ("club", evidence("n3")),
        ],
        {"Ann Lee": ["n1", "n2"], "Ben Kim": ["n3"]},
    ),
    "a program has named the first child": (
        [
            ("sis", SIS_ANN),
            ("club", evidence("a", ANN)),
            ("club", evidence("n1")),
            ("sis", numbered(SIS_ANN, "200002", 1)),
            ("sis", SIS_BEN),
            ("club", evidence("n2")),
        ],
        {"Ann Lee": ["a", "n1"], "Ben Kim": [], "nobody": ["n2"]},
    ),
    "a program names one child and then, corrected, another one": (
        [
            ("club", evidence("a", ANN)),
            ("chess", evidence("n1")),
            ("club", evidence("a", BEN)),
            ("chess", evidence("n2")),
        ],
        {"Ben Kim": ["a", "n2"], "nobody": ["n1"]},
    ),
    "a program stops telling names, and the number is another child's": (
        [("club", evidence("a", ANN)), ("club", {**evidence("a"), "place": "Library"}), ("club", evidence("b", BEN))],
        {"Ben Kim": ["b"], "nobody": ["a"]},
    ),
    "what was told before is told again, corrected": (
        [
            ("sis", SIS_ANN),
            ("club", evidence("n1")),
            ("sis", SIS_BEN),
            ("club", {**evidence("n1"), "place": "Library"}),
        ],
        {"Ann Lee": ["n1"], "Ben Kim": []},
    ),
}


HANDED_OVER: Sequence[Step] = [
    ("sis", SIS_ANN),
    ("club", late("before", "2026-09-01T08:20:00Z")),
    ("sis", {**SIS_ANN, "identifier": "200002", "dateLastModified": "2026-09-01T20:00:00.000Z"}),
    ("sis", numbered(SIS_BEN, NUMBER, 1)),
]
"""Ann has the number from 08:00 until 10:00, Ben from 11:00."""

LIVES |= {
    "what happened before it changed hands comes after": (
        [
            *HANDED_OVER,
            ("club", late("n1", "2026-09-01T09:30:00Z")),
            ("club", late("n2", "2026-09-01T10:30:00Z")),
            ("club", late("n3", "2026-09-01T11:30:00Z")),
            ("club", late("n4", "2025-05-05T10:00:00Z")),
            ("club", evidence("n5", happened=None)),
        ],
        {"Ann Lee": ["before", "n1", "n4"], "Ben Kim": ["n3", "n5"], "nobody": ["n2"]},
    ),
    "of what happened on the day it changed hands nobody knows whose it is": (
        [*HANDED_OVER, ("club", late("n1", "2026-09-01T00:00:00Z")), ("club", late("n2", "2026-08-31T00:00:00Z"))],
        {"Ann Lee": ["before", "n2"], "Ben Kim": [], "nobody": ["n1"]},
    ),
    "what is told to happen later than it came is told of when it came": (
        [*HANDED_OVER[:2], ("club", late("n1", "2027-01-01T00:00:00Z")), *HANDED_OVER[2:]],
        {"Ann Lee": ["before", "n1"], "Ben Kim": []},
    ),
    "one who has left had it, and another had it when it came": (
        [
            ("sis", SIS_ANN),
            ("sis", {**numbered(SIS_ANN, NUMBER, 1), "status": "tobedeleted"}),
            ("club", late("n1", "2026-09-01T09:30:00Z")),
            ("sis", numbered(SIS_BEN, NUMBER, 2)),
            ("club", late("n2", "2026-09-01T10:30:00Z")),
            ("club", late("n3", "2026-09-01T08:30:00Z")),
        ],
        {"Ann Lee": ["n1", "n3"], "Ben Kim": [], "nobody": ["n2"]},
    ),
}


async def live(district: District, steps: Sequence[Step], *, often: bool) -> dict[str, Source]:
    sources = {
        name: await district.source(name, "oneroster" if STREAMS[name] == "users" else "evidence")
        for name in sorted({name for name, _ in steps})
    }
    for hours, (name, step) in enumerate(steps):
        moment, records = MORNING + timedelta(hours=hours), step if isinstance(step, list) else [step]
        run = await district.begin(sources[name])
        for minutes, record in enumerate(records):
            await district.take(sources[name], STREAMS[name], [record], moment + timedelta(minutes=minutes), run=run)
        if often:
            await district.settle()
    await district.settle()
    return sources


async def of_whom(district: District) -> dict[str, list[str]]:
    return {
        " & ".join(name["value"] for name in record["names"]) or "nobody": sorted(
            entry["name"] for entry in record.get("evidence", [])
        )
        for record in (await district.records()).values()
    }


async def of_whom_then(district: District, known_at: datetime) -> dict[str, list[str]]:
    """The same as it was known at a time."""
    whose = {}
    for learner in await district.records():
        async with district.db.transaction(district.tenant.id) as tx:
            record = await as_of.record(tx, UUID(learner), day=None, known_at=known_at, whole=True)
        names = " & ".join(name.value for name in record.names) or "nobody"
        whose[names] = sorted(entry.name or "" for entry in record.evidence)
    return whose


@pytest.mark.parametrize(
    ("life", "often"), [*((life, True) for life in LIVES), *((life, False) for life in list(LIVES)[::2])]
)
async def test_what_was_told_by_number_stays_with_whom_it_was_of(district: District, life: str, *, often: bool) -> None:
    steps, expected = LIVES[life]
    sources = await live(district, steps, often=often)
    assert await of_whom(district) == expected
    assert await of_whom_then(district, MORNING + timedelta(days=1)) == expected
    before = await district.bytes()
    for source in sources.values():
        await replay(district.db, source)
    await district.settle()
    assert await district.bytes() == before


async def test_a_number_that_changed_hands_leads_to_who_has_it_now(district: District) -> None:
    await live(district, LIVES["and gives it to a second child later"][0], often=True)
    async with district.db.transaction(district.tenant.id) as tx:
        (listed,) = await learners.by_identifier(tx, "district", NUMBER, None)
    records = await district.records()
    assert [name["value"] for name in records[str(listed.id)]["names"]] == ["Ben Kim"]
    (ann,) = [record for record in records.values() if [n["value"] for n in record["names"]] == ["Ann Lee"]]
    assert {i["value"] for i in ann["identifiers"] if i["type"] == "district"} == {"200002"}


async def test_where_the_roster_is_removed_what_a_number_told_joins_no_second_child(district: District) -> None:
    """The first child had the number by the roster alone; a program names a second one under it."""
    steps: list[Step] = [("sis", SIS_ANN), ("club", evidence("n1")), ("club", evidence("b", BEN))]
    sources = await live(district, steps, often=True)
    assert await of_whom(district) == {"Ann Lee": ["n1"], "Ben Kim": ["b"]}
    await removed(district, "sis")
    apart = {"nobody": ["n1"], "Ben Kim": ["b"]}
    assert await of_whom(district) == apart
    before = await district.bytes()
    await replay(district.db, sources["club"])
    await district.settle()
    assert await district.bytes() == before

    new = await district.source("new", "oneroster")
    await district.take(new, "users", [SIS_BEN], MORNING + timedelta(hours=9))
    await district.settle()
    assert await of_whom(district) == apart
    assert [row.reason for row in await district.near_matches()] == [
        "they share a district id, but it was another one's, of whom a source told that was removed"
    ]


async def test_where_the_roster_is_removed_two_children_of_one_number_stay_two(district: District) -> None:
    steps: list[Step] = [
        ("sis", SIS_ANN),
        ("club", evidence("n1")),
        ("sis", numbered(SIS_ANN, "200002", 3)),
        ("sis", numbered(SIS_BEN, NUMBER, 4)),
        ("club", evidence("n2")),
    ]
    await live(district, steps, often=True)
    assert await of_whom(district) == {"Ann Lee": ["n1"], "Ben Kim": ["n2"]}
    await removed(district, "sis")
    evidence_of = [[e["name"] for e in r["evidence"]] for r in (await district.records()).values()]
    assert sorted(evidence_of) == [["n1"], ["n2"]]


async def removed(district: District, slug: str) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        row = await stored.by_slug(tx, slug)
    assert row is not None
    await remove(district.db, row, at=MORNING + timedelta(hours=8))
