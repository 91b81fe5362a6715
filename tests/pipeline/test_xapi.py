"""xAPI statements through the pipeline: to mastery, taken back in whatever order, and never by another source."""

import json
from typing import Any
from uuid import UUID

import pytest

from app.db.mastery import mastery as stored
from app.db.sources import sources
from app.frameworks.frameworks import import_package
from app.pipeline.replay import replay, replay_quarantine
from app.sources.source import open_source
from tests.support.district import MORNING, VAULT, District, user
from tests.support.frameworks import ROOT, full, ident
from tests.support.limits import LOOPBACK

ADL, TLA = "http://adlnet.gov/expapi/verbs/", "https://w3id.org/xapi/tla/verbs/"
HOMES = {"https://sis.example.org": "district"}


def number(n: int) -> str:
    return f"7a8f1c00-0000-4000-8000-{n:012d}"


def statement(n: int, verb: str = TLA + "asserted", scaled: float = 0.9, **more: Any) -> dict[str, Any]:
    """A statement of the one learner about the competency M.1."""
    return {
        "id": number(n),
        "actor": {"name": "Ada Sample", "account": {"homePage": "https://sis.example.org", "name": "1001"}},
        "verb": {"id": verb},
        "object": {"id": f"{ROOT}/CFItems/{ident('M.1')}"},
        "result": {"score": {"scaled": scaled}},
        "timestamp": f"2026-09-{n:02d}T10:00:00Z",
        **more,
    }


def voids(n: int, other: int) -> dict[str, Any]:
    taken = {"objectType": "StatementRef", "id": number(other)}
    return statement(n, ADL + "voided", object=taken, actor={"mbox": "mailto:registrar@example.org"}, result=None)


async def shares(district: District) -> list[float | None]:
    """What each learner's standing is made of."""
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            "SELECT share FROM assertion WHERE ended_at IS NULL AND learner_id IS NOT NULL ORDER BY at"
        )
    return [share for (share,) in rows]


async def test_statements_become_mastery_of_the_learner_the_school_knows(district: District) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await import_package(
            tx, json.dumps(full()).encode(), origin="test", base="https://records.example.org", at=MORNING
        )
    sis, tool = await district.source("sis", "oneroster"), await district.source("tool", "xapi", homes=HOMES)
    await district.take(sis, "users", [user("u-1", identifier="1001")])
    await district.take(tool, "statements", [statement(1, scaled=0.4), statement(2, scaled=0.9)])
    await district.settle()
    [(learner, record)] = (await district.records()).items()
    assert {source["source"] for source in record["sources"]} == {"sis", "tool"}
    async with district.db.transaction(district.tenant.id) as tx:
        [state] = await stored.of_learners(tx, [UUID(learner)], None)
    assert (state.competency_id, state.met, state.shown) == (UUID(ident("M.1")), True, 2)


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
async def test_a_voided_statement_is_withdrawn_whichever_came_first(district: District, order: list[int]) -> None:
    tool = await district.source("tool", "xapi", homes=HOMES)
    handed = [statement(1, scaled=0.4), statement(2, scaled=0.9), voids(3, 1)]
    for n in order:
        await district.take(tool, "statements", [handed[n]])
    await district.settle()
    assert await shares(district) == [0.9]
    before = await district.bytes()
    await district.take(tool, "statements", handed)  # what was voided stays so when it is sent again
    await district.settle()
    assert await district.bytes() == before
    await replay(district.db, tool)
    await district.settle()
    assert await district.bytes() == before
    [record] = (await district.records()).values()
    assert record["sections"]["results"]["retracted"] == 1


async def test_all_in_one_page_and_a_correction_of_what_was_voided_stays_voided(district: District) -> None:
    tool = await district.source("tool", "xapi", homes=HOMES)
    await district.take(tool, "statements", [voids(3, 1), statement(1, scaled=0.4), statement(2, scaled=0.9)])
    await district.settle()
    assert await shares(district) == [0.9]
    await district.take(tool, "statements", [statement(1, scaled=0.5)])
    await district.settle()
    assert await shares(district) == [0.9]


async def test_nobody_voids_what_another_source_said_nor_a_voiding(district: District) -> None:
    tool, other = await district.source("tool", "xapi", homes=HOMES), await district.source("other", "xapi")
    await district.take(tool, "statements", [statement(1), voids(4, 3), voids(3, 2), statement(2, scaled=0.4)])
    await district.take(other, "statements", [voids(9, 1)])
    await district.settle()
    assert await shares(district) == [0.9]


async def test_a_verb_nobody_knows_waits_and_is_taken_in_once_the_source_says_what_it_means(district: District) -> None:
    aced = statement(1, "https://tool.example.org/verbs/aced", result=None)
    tool = await district.source("tool", "xapi", homes=HOMES)
    outcome = await district.take(tool, "statements", [aced, statement(2)])
    assert (outcome.counts["rejected"], outcome.counts["new"]) == (1, 1)
    assert "is no verb we know" in outcome.rejected[0].reason
    settings = {"homes": HOMES, "verbs": {"https://tool.example.org/verbs/aced": "met"}}
    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run("UPDATE source SET settings = %s::jsonb WHERE id = %s", json.dumps(settings), tool.id)
        row = await sources.by_id(tx, tool.id)
    assert row is not None
    await replay_quarantine(district.db, open_source(row, VAULT, LOOPBACK))
    await district.settle()
    [record] = (await district.records()).values()
    assert [result["passed"] for result in record["results"] if "passed" in result] == [True]
