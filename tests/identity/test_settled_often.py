"""Who is whom depends on what was told and decided, not on how often or when in between it was settled."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from app.db.identity.persons import Ref
from app.db.sources import sources
from app.identity.decisions import link, undo, unlink
from app.sources.source import Source, open_source
from tests.support.district import MORNING, VAULT, District, user
from tests.support.hostile import pushed
from tests.support.identity_worlds import TABLES, outcome
from tests.support.limits import LOOPBACK

SLUGS = {"sis": "oneroster", "east": "oneroster", "tutor": "evidence", "club": "evidence"}
NAMES = ("Mia", "Leo", "Ana")
REMEMBERED = ("record_history", "succession", "former_identifier", "held_number")

few = st.integers(0, 1)
maybe = st.none() | few
names = st.integers(0, 2)
NUMBERED = [(slug, f"district:number{n}") for slug in ("tutor", "club") for n in (0, 1)]
KEYS = [*((slug, f"u-{n}") for slug in ("sis", "east") for n in (0, 1)), *NUMBERED]
Step = tuple[Any, ...]
Steps = list[tuple[Step, bool]]
"""What is told or decided, and whether it is settled after that."""
keys = st.sampled_from(KEYS)
STEPS = st.one_of(
    st.tuples(st.just("user"), st.sampled_from(["sis", "east"]), few, maybe, names),
    st.tuples(
        st.just("push"), st.sampled_from(["tutor", "club"]), st.integers(0, 3), few, st.none() | st.integers(0, 2)
    ),
    st.tuples(
        st.just("person"), st.sampled_from([link, link, unlink, undo]), st.sampled_from(KEYS), st.sampled_from(KEYS)
    ),
)


async def take(district: District, made: dict[str, Source], step: Step, moment: datetime) -> None:
    match step:
        case ("user", slug, key, number, name):
            row = user(f"u-{key}", NAMES[name], f"Family{name}", dateLastModified=moment.isoformat())
            row.pop("identifier", None)
            if number is not None:
                row["identifier"] = f"number{number}"
            await district.take(made[slug], "users", [row], moment)
        case ("push", slug, key, number, name):
            learner: dict[str, Any] = {"identifiers": [{"type": "district", "value": f"number{number}"}]}
            if name is not None:
                learner["name"] = {"given": NAMES[name], "family": f"Family{name}"}
            await district.take(made[slug], "evidence", [pushed(f"p-{key}", learner=learner)], moment)
        case (_, how, left, right) if left != right:
            refs: list[Ref] = [(made[slug].id, key) for slug, key in (left, right)]
            async with district.db.transaction(district.tenant.id) as tx:
                more = {} if how is undo else {"reason": "they told us"}
                await how(tx, *refs, by="registrar", **more)


async def tell(district: District, steps: Steps, *, often: bool, decided_last: bool) -> dict[str, Any]:
    async with district.db.transaction(district.tenant.id) as tx:
        for table in (*TABLES, *REMEMBERED):
            await tx.conn.execute(f"DELETE FROM {table}".encode())
        made = {row.slug: open_source(row, VAULT, LOOPBACK) for row in await sources.listed(tx)}
    if not made:
        made = {slug: await district.source(slug, connector) for slug, connector in SLUGS.items()}
    timed = [(step, settled, MORNING + timedelta(hours=n)) for n, (step, settled) in enumerate(steps)]
    if decided_last:
        timed.sort(key=lambda each: each[0][0] == "person")
    for step, settled, moment in timed:
        await take(district, made, step, moment)
        if settled and often:
            await district.settle()
    for _ in range(3 if often else 1):
        await district.settle()
        if often:
            await touch_all(district)
            await district.settle()
    return await outcome(district)


async def touch_all(district: District) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run(
            """INSERT INTO touched (tenant_id, source_id, persons, refs)
               SELECT tenant_id, source_id, array_agg(DISTINCT key), '{}' FROM person GROUP BY 1, 2"""
        )


JOINED_BY_A_NUMBER = [
    (("user", "sis", 0, None, 0), False),
    (("user", "sis", 1, 0, 0), False),
    (("push", "club", 1, 0, 1), False),
    (("push", "tutor", 0, 0, None), False),
    (("person", link, ("tutor", "district:number0"), ("sis", "u-0")), True),
]
"""The tutor's number is said to be the first row's, and joins it with the second, which has it as another child has."""


ONE_NO_MORE = [
    (("user", "sis", 0, None, 0), False),
    (("user", "sis", 1, 0, 0), False),
    (("person", link, ("sis", "u-0"), ("sis", "u-1")), False),
    (("push", "tutor", 0, 0, None), True),
    (("user", "sis", 1, 1, 0), False),
    (("user", "east", 0, 0, 1), False),
    (("push", "tutor", 1, 0, None), True),
    (("person", undo, ("sis", "u-0"), ("sis", "u-1")), False),
    (("person", link, ("tutor", "district:number0"), ("sis", "u-0")), True),
]
"""Of the two rows that were one learner until now, one has had the number: that said whose it was for one settling."""


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(STEPS, st.booleans()), min_size=4, max_size=12))
@example(JOINED_BY_A_NUMBER)
@example(ONE_NO_MORE)
async def test_settling_often_is_settling_once(district: District, steps: Steps) -> None:
    once = await tell(district, steps, often=False, decided_last=False)
    event(f"{len(once['bytes'])} learners")
    assert await tell(district, steps, often=True, decided_last=False) == once
    assert await tell(district, steps, often=True, decided_last=True) == once
