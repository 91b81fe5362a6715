"""A learner of whom very much is asserted: states go on from their tallies, and are what all there is adds up to."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.db.mastery import mastery as stored
from app.db.mastery.mastery import PolicyScope
from app.frameworks.frameworks import import_package
from app.mastery import judging
from app.mastery.judging import MANY
from app.mastery.policies import Policy
from app.mastery.rules import (
    AnyRule,
    AverageOfLast,
    Bkt,
    DecayingAverage,
    Highest,
    HighestOfLast,
    InARow,
    Latest,
    Mode,
    NTimes,
    PowerLaw,
)
from tests.support.district import MORNING, District
from tests.support.frameworks import full, ident, item

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
RULES: dict[str, AnyRule] = {
    "R.1": Latest(),
    "R.2": Highest(),
    "R.3": NTimes(5),
    "R.4": NTimes(5, "canvas-2015"),
    "R.5": InARow(3),
    "R.6": DecayingAverage(),
    "R.7": AverageOfLast(4),
    "R.8": HighestOfLast(9, 3),
    "R.9": PowerLaw(),
    "R.10": Mode(),
    "R.11": Bkt(),
}


def tried(n: int, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": name or f"try-{n}",
        "learner": {"identifiers": [{"type": "district", "value": "1001"}]},
        "name": f"Try {n}",
        "occurredAt": (BEGIN + timedelta(hours=n)).isoformat(),
        "result": {"score": n % 11, "max": 10, "method": "summative"},
        "alignments": [{"code": code} for code in RULES],
        **more,
    }


LATER: dict[str, list[dict[str, Any]]] = {
    "one more": [tried(400)],
    "three more, in one page": [tried(404), tried(403), tried(402)],
    "one from before them all": [tried(-100)],
    "another day's": [tried(405)],
    "it counts by no policy": [tried(406, result={"score": 9, "max": 10, "method": "self"})],
    "another level, again and again": [tried(n, result={"score": 3, "max": 10}) for n in range(410, 470)],
    "nobody dates it": [tried(500, occurredAt=None)],
    "of next year": [tried(9000)],
    "the last is taken back": [{"id": "try-469", "withdrawn": True}],
    "one in the middle is corrected": [tried(150, result={"score": 10, "max": 10})],
    "one more after all that": [tried(480)],
    "it is of something else now": [tried(480, alignments=[{"code": "R.1"}])],
    "and the last": [tried(490)],
}


async def states(district: District) -> dict[UUID, tuple[Any, ...]]:
    """All that is kept of each state, in the database's own words."""
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(f"SELECT {stored.MASTERY}, tally FROM mastery WHERE tenant_id = %s", district.tenant.id)
    return {row[1]: row for row in rows}


async def judged_anew(district: District) -> int:
    """How many states are not what all there is adds up to."""
    before = await states(district)
    async with district.db.transaction(district.tenant.id) as tx:
        [learner] = {row[0] for row in before.values()}
        changed = await judging.judge(tx, [learner], datetime.now(UTC))
    assert (changed == 0) == (before == await states(district))
    return changed


async def test_whatever_comes_beside_very_many_each_rule_says_what_all_of_it_says(district: District) -> None:
    package = full()
    package["CFItems"] += [item(code, f"Makes {code}") for code in RULES]
    async with district.db.transaction(district.tenant.id) as tx:
        await import_package(tx, json.dumps(package).encode(), origin="test", base="https://x.org", at=MORNING)
        for code, rule in RULES.items():
            scope, body = PolicyScope(competency=UUID(ident(code))), msgspec.json.encode(Policy(rule=rule))
            await stored.add_policy(tx, code, scope, body, begins=MORNING, by="a test")
    tool = await district.source("tool", "evidence")
    for n, items in enumerate([[tried(n) for n in range(MANY + 50)], *LATER.values()]):
        await district.take(tool, "evidence", items, MORNING + timedelta(minutes=n))
        await district.settle()
        assert await judged_anew(district) == 0, list(LATER)[n - 1]
    stored_states = await states(district)
    assert {ident(code) for code in RULES} == {str(competency) for competency, row in stored_states.items() if row[-1]}
    async with district.db.transaction(district.tenant.id) as tx:  # as a release would that knows no tallies
        await tx.run("UPDATE mastery SET shown = shown + 1, value = 0.123 WHERE tenant_id = %s", tx.tenant)
    assert not any(row[-1] for row in (await states(district)).values())
    await district.take(tool, "evidence", [tried(495)], MORNING + timedelta(minutes=50))
    await district.settle()
    assert await judged_anew(district) == 0
    async with district.db.transaction(district.tenant.id) as tx:  # as such a release ends what did not decide
        await tx.run("UPDATE assertion SET ended_at = now() WHERE tenant_id = %s AND raw_key = 'try-200'", tx.tenant)
    assert not any(row[-1] for row in (await states(district)).values())
    await district.take(tool, "evidence", [tried(496)], MORNING + timedelta(minutes=51))
    await district.settle()
    assert await judged_anew(district) == 0
    async with district.db.transaction(district.tenant.id) as tx:
        for code in RULES:
            scope, body = PolicyScope(competency=UUID(ident(code))), msgspec.json.encode(Policy(rule=DecayingAverage()))
            await stored.add_policy(tx, code, scope, body, begins=MORNING + timedelta(minutes=1), by="a test")
    await district.take(tool, "evidence", [tried(491)], MORNING + timedelta(hours=1))
    await district.settle()
    assert await judged_anew(district) == 0
    values = {row[4] for row in (await states(district)).values()}
    assert len(values) == 2, "all by one policy now; of one competency there is one result more"
