"""Where the last few of very many decide, only these are read: and it is what all of them add up to."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import Tx
from app.db.mastery import mastery as stored
from app.db.mastery.mastery import MasteryRow, PolicyScope
from app.db.records import entries, learners
from app.db.records.entries import BodyRow, Query
from app.frameworks.frameworks import import_package
from app.mastery import judging
from app.mastery.judge import Asserted, Judge
from app.mastery.judging import MANY, complete_pairs
from app.mastery.policies import Policy, read
from app.mastery.rules import AnyRule, AverageOfLast, Highest, HighestOfLast, Latest, MedianOfLast
from app.records.document import SECTIONS
from app.records.reading import SETTINGS
from tests.support.district import MORNING, District, user
from tests.support.frameworks import full, ident

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=20)
RULES: list[AnyRule] = [Latest(), AverageOfLast(3), MedianOfLast(4), HighestOfLast(5, 2)]
PAIR = (UUID(int=1), UUID(int=2))
ASSERTED = st.builds(
    Asserted,
    st.integers(0, 1000),
    st.integers(0, 24).map(lambda day: BEGIN + timedelta(days=day)),
    st.sampled_from([None, 0.0, 0.4, 0.7, 0.9]),
    st.sampled_from([None, "self", "summative"]),
    expires=st.sampled_from([None, None, BEGIN + timedelta(days=5), NOW + timedelta(days=3)]),
    undated=st.booleans(),
    override=st.just(False),
    doubt=st.sampled_from([None, None, None, "it is too much"]),
)


@given(
    st.lists(ASSERTED, max_size=30, unique_by=lambda a: a.id),
    st.sampled_from(RULES),
    st.sampled_from([None, 4]),
    st.integers(1, 12),
)
def test_the_newest_add_up_to_what_all_do(
    assertions: list[Asserted], rule: AnyRule, days: int | None, limit: int
) -> None:
    judge = Judge(Policy(rule=rule, days=days))
    dated = sorted((a for a in assertions if not a.undated and a.at <= NOW), key=lambda a: a.at, reverse=True)
    newest = complete_pairs([(*PAIR, 1, *a) for a in dated[:limit]], {PAIR: limit}).get(PAIR, [])
    to_come = min((a.at for a in assertions if a.at > NOW and a.doubt is None), default=None)
    state = judge.by_newest(newest, NOW, to_come)
    assert state is None or state == judge.judge(assertions, NOW)


def test_a_rule_by_which_all_decide_is_not_judged_by_the_newest() -> None:
    assertions = [Asserted(n, BEGIN + timedelta(days=n), 0.5) for n in range(9)]
    assert Judge(Policy(rule=Highest())).by_newest(assertions, NOW, None) is None


def tried(n: int, **more: Any) -> dict[str, Any]:
    occurred = BEGIN + timedelta(hours=n)
    return {
        "id": f"try-{n}",
        "learner": {"identifiers": [{"type": "district", "value": "1001"}]},
        "name": f"Try {n}",
        "occurredAt": occurred.isoformat(),
        "result": {"score": n % 11, "max": 10, "method": "summative"},
        "alignments": [{"code": "M.1"}],
        **more,
    }


LATER: dict[str, Sequence[dict[str, Any]]] = {
    "one more": [tried(400)],
    "one from before them all": [tried(-100)],
    "of the same moment": [tried(299, id="again", result={"score": 1, "max": 10})],
    "nobody dates it": [tried(500, occurredAt=None)],
    "of next year": [tried(9000)],
    "it counts by no policy, on a scale without a name": [tried(401, result={"score": 5})],
    "the last is taken back": [{"id": "try-299", "withdrawn": True}],
    "the last few say nothing that counts": [
        tried(n, result={"score": 9, "max": 10, "method": "self"}) for n in range(240, 300)
    ],
}


async def framework(district: District) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await import_package(tx, json.dumps(full()).encode(), origin="test", base="https://x.org", at=MORNING)


async def state_of(district: District) -> MasteryRow:
    async with district.db.transaction(district.tenant.id) as tx:
        [listed] = await learners.listed(tx, after=None, since=None, limit=2)
        [row] = await stored.of_learners(tx, [listed.id], None)
    return row


@pytest.mark.parametrize(
    "policy", [b'{"rule": {"rule": "latest"}}', b'{"rule": {"rule": "average-of-last", "n": 4}, "days": 400}']
)
@pytest.mark.parametrize("later", LATER)
async def test_what_comes_beside_very_many_is_judged_as_all_of_it_is(
    district: District, later: str, policy: bytes
) -> None:
    await framework(district)
    async with district.db.transaction(district.tenant.id) as tx:
        await stored.add_policy(tx, "p", PolicyScope(), policy, begins=MORNING, by="a test")
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [tried(n) for n in range(MANY + 100)])
    await district.settle()
    await district.take(tool, "evidence", list(LATER[later]), MORNING + timedelta(minutes=1))
    await district.settle()
    state = await state_of(district)
    async with district.db.transaction(district.tenant.id) as tx:
        changed = await judging.judge(tx, [state.learner_id], datetime.now(UTC))
    assert (changed, await state_of(district)) == (0, state)
    assert read(policy).rule.newest == len(state.deciding)


async def page(
    tx: Tx, learner: UUID, competency: UUID | None, limit: int, after: tuple[datetime, UUID, int] | None = None
) -> list[BodyRow]:
    query = Query(sections=SECTIONS, settings=SETTINGS, competency=competency, sensitive=True)
    return await entries.page(tx, learner, query, after, limit)


async def test_entries_of_a_competency_are_those_that_mean_it(district: District) -> None:
    await framework(district)
    tool = await district.source("tool", "evidence")
    aims: list[list[dict[str, str]]] = [[], [{"code": "M.1"}], [{"code": "M.2"}], [{"code": "M.1"}, {"code": "M.2"}]]
    await district.take(tool, "evidence", [tried(n, alignments=aims[n % 4]) for n in range(40)])
    await district.settle()
    changed = [tried(1, alignments=aims[2]), tried(2, alignments=aims[0]), {"id": "try-3", "withdrawn": True}]
    await district.take(tool, "evidence", changed, MORNING + timedelta(minutes=1))
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        [listed] = await learners.listed(tx, after=None, since=None, limit=2)
        everything = await page(tx, listed.id, None, 1000)
        for code in ("M.1", "M.2"):
            competency = UUID(ident(code))
            rows, after = [], None
            while more := await page(tx, listed.id, competency, 4, after):
                rows += more
                after = (more[-1].at, more[-1].piece, more[-1].n)
            assert rows
            assert rows == [row for row in everything if f'"{code}"'.encode() in row.body]


async def test_entries_of_a_competency_follow_whose_they_are(district: District) -> None:
    await framework(district)
    tool = await district.source("tool", "evidence")
    await district.take(tool, "evidence", [tried(n) for n in range(3)])
    await district.settle()
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1", identifier="1001")])
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        [listed] = await learners.listed(tx, after=None, since=None, limit=2)
        everything = await page(tx, listed.id, None, 1000)
        assert await page(tx, listed.id, UUID(ident("M.1")), 1000) == everything
        assert await tx.rows("SELECT DISTINCT learner_id FROM entry_target") == [(listed.id,)]
