"""From pushed evidence to mastery and back: aligned, judged, corrected, withdrawn, merged, expired; and as of a day."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.db.frameworks import alignments
from app.db.mastery import assertions
from app.db.mastery import mastery as stored
from app.db.mastery.assertions import AssertionRow
from app.db.mastery.mastery import MasteryRow, PolicyScope
from app.db.plans import credit
from app.frameworks import alignment
from app.frameworks.frameworks import import_package
from app.identity.decisions import unlink
from app.mastery import judging
from app.mastery.assertions import asserted
from app.mastery.explaining import explain
from app.mastery.judge import Asserted, Judge
from app.mastery.policies import Policy
from app.pipeline.statement import RecordSource, Statement
from schemas import Alignment, Result
from tests.support.district import MORNING, District, user
from tests.support.frameworks import full, ident, item

BASE = "https://records.example.org/ims/case/v1p1"
NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)


def piece(key: str, code: str = "M.1", score: float = 8, **more: Any) -> dict[str, Any]:
    """Evidence of a competency."""
    return {
        "id": key,
        "learner": {"identifiers": [{"type": "district", "value": "1001"}]},
        "name": f"Unit {key}",
        "setting": "after-school",
        "occurredAt": f"2026-09-{int(key):02d}T10:00:00Z",
        "result": {"score": score, "max": 10, "method": "summative"},
        "alignments": [{"code": code}],
        **more,
    }


async def framework(district: District, package: dict[str, Any] | None = None) -> None:
    """The maker profile."""
    async with district.db.transaction(district.tenant.id) as tx:
        await import_package(tx, json.dumps(package or full()).encode(), origin="test", base=BASE, at=MORNING)


async def states(district: District) -> list[MasteryRow]:
    """What stands now of everybody."""
    async with district.db.transaction(district.tenant.id) as tx:
        learners = [
            learner for (learner,) in await tx.rows("SELECT id FROM learner WHERE body IS NOT NULL ORDER BY id")
        ]
        return await stored.of_learners(tx, learners, None)


async def judge_all(district: District, at: datetime) -> int:
    """Ask for everything to be judged anew, and do it."""
    async with district.db.transaction(district.tenant.id) as tx:
        await judging.judge_again(tx, at)
    return await judging.judge_all(district.db, district.tenant.id, at)


async def history(district: District) -> list[AssertionRow]:
    """Every assertion there is or was of the one learner."""
    async with district.db.transaction(district.tenant.id) as tx:
        [learner] = {row[0] for row in await tx.rows("SELECT learner_id FROM assertion WHERE learner_id IS NOT NULL")}
        ids = [row[0] for row in await tx.rows("SELECT id FROM assertion ORDER BY id")]
        by_id = {row.id: row for row in await assertions.of_learner(tx, learner)}
    return [by_id[id_] for id_ in ids if id_ in by_id]


async def test_evidence_becomes_mastery_and_says_which_decided(district: District) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1", score=4), piece("2", score=9), piece("3", "M.2", 5)])
    await district.settle()
    first, second = sorted(await states(district), key=lambda state: state.value or 0)
    assert (first.competency_id, first.met, first.level, first.shown) == (UUID(ident("M.2")), False, 1, 1)
    assert (second.competency_id, second.met, second.value, second.shown) == (UUID(ident("M.1")), True, 0.9, 2)
    [decided] = [row for row in await history(district) if row.id in second.deciding]
    assert (decided.detail["title"], decided.method) == ("Unit 2", "summative")
    assert decided.detail["setting"] == "after-school"


async def test_a_correction_supersedes_and_a_withdrawal_ends(district: District) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1", score=9)])
    await district.settle()
    [was] = await states(district)
    await district.take(vendor, "evidence", [piece("1", score=3)], MORNING + timedelta(days=1))
    await district.settle()
    [now] = await states(district)
    assert (was.met, now.met) == (True, False)
    [current] = await history(district)
    assert current.supersedes == was.deciding[0]
    async with district.db.transaction(district.tenant.id) as tx:
        assert await tx.rows("SELECT share, ended_at IS NULL FROM assertion ORDER BY id") == [(0.9, False), (0.3, True)]
    await district.take(vendor, "evidence", [piece("1", score=3, withdrawn=True)], MORNING + timedelta(days=2))
    await district.settle()
    assert await states(district) == []


async def test_what_did_not_change_stays_as_it_is(district: District) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1"), piece("2", "M.2")])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        before = await tx.rows("SELECT id, recorded_at FROM assertion ORDER BY id")
        marks = await tx.rows("SELECT xmin::text, competency_id FROM mastery ORDER BY competency_id")
    await district.take(vendor, "evidence", [piece("3", "M.2")])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        assert (await tx.rows("SELECT id, recorded_at FROM assertion ORDER BY id"))[:2] == before
        again = await tx.rows("SELECT xmin::text, competency_id FROM mastery ORDER BY competency_id")
    assert [now == was for now, was in zip(again, marks, strict=True)].count(False) == 1


async def test_what_two_sources_show_of_one_learner_comes_together_and_apart_again(district: District) -> None:
    await framework(district)
    sis, vendor = await district.source("sis", "oneroster"), await district.source("tutor", "evidence")
    club = await district.source("club", "evidence")
    await district.take(sis, "users", [user("u-1", identifier="1001")])
    await district.take(vendor, "evidence", [piece("1", score=3)])
    await district.take(club, "evidence", [piece("2", score=9)])
    await district.settle()
    [together] = await states(district)
    assert (together.shown, together.met) == (2, True)
    async with district.db.transaction(district.tenant.id) as tx:
        for other in ((sis.id, "u-1"), (vendor.id, "district:1001")):
            await unlink(tx, (club.id, "district:1001"), other, by="registrar", reason="it was the cousin")
    await district.settle()
    assert sorted((state.shown, state.met) for state in await states(district)) == [(1, False), (1, True)]


async def test_what_nobody_knows_waits_and_is_never_lost(district: District) -> None:
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1", "M.1"), piece("2", "X-9 Whittling something that works")])
    await district.settle()
    assert await states(district) == []
    async with district.db.transaction(district.tenant.id) as tx:
        assert [row.assertions for row in await alignments.queue(tx, ["waiting"], after=0, limit=10)] == [1, 1]
    await framework(district)
    async with district.db.transaction(district.tenant.id) as tx:
        learners = await alignment.match_again(tx, NOON)
        assert await judging.judge(tx, learners, NOON) == 1
        [left] = await alignments.queue(tx, ["waiting"], after=0, limit=10)
        [suggested, *_] = await alignment.suggested(tx, left.code or "", left.code, 3)
        assert suggested.id == UUID(ident("M.1"))
        await alignments.settle(tx, [(left.id, suggested.id, "mostly", "decided")], "registrar", NOON)
        await judging.judge(tx, await alignments.learners(tx, [left.id]), NOON)
    [state] = await states(district)
    assert state.shown == 2


async def test_one_code_in_two_frameworks_waits_unless_the_framework_is_named(district: District) -> None:
    other = full()
    other["CFDocument"] |= {"identifier": ident("Other"), "title": "Sample Wood Shop Standards"}
    other["CFItems"] = [item("W.1", "Planes a board", alternativeLabel="M.1")]
    other["CFAssociations"] = []
    await framework(district)
    await framework(district, other)
    vendor = await district.source("tutor", "evidence")
    named = piece("2", alignments=[{"code": "M.1", "framework": "SWSS"}])
    await district.take(vendor, "evidence", [piece("1"), named])
    await district.settle()
    [state] = await states(district)
    assert state.competency_id == UUID(ident("W.1"))
    async with district.db.transaction(district.tenant.id) as tx:
        assert len(await alignments.queue(tx, ["waiting"], after=0, limit=10)) == 1


@pytest.mark.parametrize("result", [{"status": "exempt", "score": 0, "max": 10}, {"status": "not submitted"}])
async def test_an_exempt_or_missing_result_is_no_zero(district: District, result: dict[str, Any]) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1", result=result)])
    await district.settle()
    assert all(state.value is None for state in await states(district))


async def test_policies_are_in_force_from_a_day_and_rewrite_no_history(district: District) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1", score=9), piece("2", score=4)])
    await district.settle()
    [latest] = await states(district)
    async with district.db.transaction(district.tenant.id) as tx:
        highest = await stored.add_policy(
            tx,
            "highest",
            PolicyScope(competency=UUID(ident("M.1"))),
            b'{"rule": {"rule": "highest"}}',
            begins=NOON,
            by="registrar",
        )
        again = await stored.add_policy(
            tx, "highest", PolicyScope(competency=UUID(ident("M.1"))), b'{"days": 5}', begins=NOON, by="registrar"
        )
        assert (highest.version, again.version) == (1, 2)
        await tx.run("DELETE FROM policy WHERE id = %s", again.id)
    assert await judge_all(district, NOON - timedelta(days=1)) == 0
    assert await judge_all(district, NOON) == 1
    [best] = await states(district)
    assert (latest.met, best.met, best.policy_id) == (False, True, highest.id)


async def test_what_expires_is_judged_again_when_it_is_due(district: District) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    async with district.db.transaction(district.tenant.id) as tx:
        await stored.add_policy(
            tx, "month", PolicyScope(UUID(ident("Maker Profile"))), b'{"days": 30}', begins=MORNING, by="registrar"
        )
    await district.take(vendor, "evidence", [piece("1", score=9)])
    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run("SELECT 1")
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        await judging.judge(tx, [state.learner_id for state in await states(district)], NOON - timedelta(days=5))
        assert await judging.judge_overdue(tx, NOON - timedelta(days=2)) == 0
        assert await judging.judge_overdue(tx, NOON) == 1
    [state] = await states(district)
    assert (state.level, state.met, state.shown) == (None, False, 1)


async def test_what_is_dated_ahead_counts_when_its_time_has_come(district: District) -> None:
    """A day told without a time begins at midnight UTC, which is still to come for who is ahead of it."""
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await district.take(vendor, "evidence", [piece("1", score=9, occurredAt=tomorrow.isoformat())], datetime.now(UTC))
    await district.settle()
    [state] = await states(district)
    assert (state.level, state.until) == (None, tomorrow)
    async with district.db.transaction(district.tenant.id) as tx:
        assert await judging.judge_overdue(tx, tomorrow - timedelta(minutes=1)) == 0
        showing = await credit.showing(tx, [state.competency_id], 1, UUID(int=0), 9, tomorrow)
        assert showing == [state.learner_id], "who proposes credit looks again, too"
        assert await judging.judge_overdue(tx, tomorrow) == 1
    [state] = await states(district)
    assert state.met


async def test_what_expires_ends_with_its_result(district: District) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1", score=9, expiresAt="2026-09-15T00:00:00Z")])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        [learner] = {row[0] for row in await tx.rows("SELECT learner_id FROM assertion")}
        explained = await explain(tx, learner, UUID(ident("M.1")), NOON, None, "all")
    assert explained is not None
    assert (explained.level, explained.assertions[0].why) == (None, "it expired on 2026-09-15")


@pytest.mark.parametrize("least", [{}, {"learner": piece("1")["learner"]}])
async def test_the_least_withdrawal_is_enough(district: District, least: dict[str, Any]) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [piece("1", score=9)])
    await district.settle()
    assert len(await states(district)) == 1
    outcome = await district.take(vendor, "evidence", [{"id": "1", "withdrawn": True, **least}], NOON)
    await district.settle()
    assert outcome.counts["withdrawn"] == 1
    assert await states(district) == []


async def test_what_is_dated_far_ahead_is_a_mistake_and_never_counts(district: District) -> None:
    await framework(district)
    vendor = await district.source("tutor", "evidence")
    await district.take(
        vendor, "evidence", [piece("1", score=9, occurredAt="2027-09-01T10:00:00Z"), piece("2", score=2)]
    )
    await district.settle()
    [state] = await states(district)
    assert (state.level, state.until) == (0, None)
    async with district.db.transaction(district.tenant.id) as tx:
        later = await explain(tx, state.learner_id, state.competency_id, datetime(2028, 1, 1, tzinfo=UTC), None, "all")
    assert later is not None
    [decided, doubted] = later.assertions
    assert (decided.decided, doubted.decided) == (True, False)
    assert doubted.why.startswith("it is dated 2027-09-01, and was received on 20")


def test_what_is_below_its_scale_does_not_count() -> None:
    """A 0 on a rubric from 1 to 4: an LMS writes it for what was not assessed."""
    aligned = (Alignment(code="M.1"),)
    scored = Result(key="r", person="p", score=0, minimum=1, maximum=4, scored_at=MORNING, alignments=aligned)
    statement = Statement(RecordSource(1, "lms", "LMS", 1, "in-school"), "results", "r", 0, MORNING, "current", scored)
    [assertion] = asserted([statement], lambda *_: None)
    assert assertion.doubt == "0 is below its scale, which begins at 1"
    state, [reason] = Judge(Policy()).explain([Asserted(1, MORNING, 0.0, doubt=assertion.doubt)], NOON)
    assert (state.level, reason.decided) == (None, False)
    assert reason.why.startswith("0 is below its scale")


@pytest.mark.parametrize(
    ("result", "share"),
    [
        ({"score": 85, "unit": "%"}, 0.85),
        ({"score": 98, "unit": "Percent"}, 0.98),
        ({"text_score": "98,5 %"}, 0.985),
        ({"score": 0.85, "maximum": 1, "unit": "%"}, 0.85),
        ({"text_score": "98"}, None),
        ({"score": 98}, None),
    ],
)
def test_percent_is_of_a_hundred_however_it_is_called(result: dict[str, Any], share: float | None) -> None:
    scored = Result(key="r", person="p", scored_at=MORNING, alignments=(Alignment(code="M.1"),), **result)
    statement = Statement(RecordSource(1, "lms", "LMS", 1, "in-school"), "results", "r", 0, MORNING, "current", scored)
    assert [assertion.share for assertion in asserted([statement], lambda *_: None)] == [share]
