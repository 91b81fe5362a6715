"""An address that changes hands: what a program tells by it alone is no child's who has it no more.

An e-mail address, a user name or an account links nobody; a person has said whose it is that a program tells of by it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.db import Database
from app.db.access import tenants
from app.identity import decisions
from app.matching.apart import PersonRef
from app.pipeline.replay import replay
from app.sources.source import Source
from tests.support.district import MORNING, District, user

CHILDREN = {"Ann": "Lee", "Ben": "Kim", "Cyd": "Roe"}
KINDS = ("email", "username")
ADDRESS = "ann@example.org"
TOOL = "https://tool.example.org"


def roster_row(child: str, address: str | None, kind: str, at: datetime) -> dict[str, Any]:
    modified = at.isoformat().replace("+00:00", ".000Z")
    return user(f"u-{child}", child, CHILDREN[child], **({kind: address} if address else {}), dateLastModified=modified)


def statement(n: int, kind: str, name: str | None = None, happened: datetime | None = None) -> dict[str, Any]:
    """A statement of a learning record store about whoever has the address, or had it when it happened."""
    agent = {"mbox": f"mailto:{ADDRESS}"} if kind == "email" else {"account": {"homePage": TOOL, "name": ADDRESS}}
    return {
        "id": f"0b6c1b0e-6f0c-4a52-9d0c-2f4f3f1f7a{n:02}",
        "actor": {**agent, **({"name": name} if name else {})},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": f"https://x.example.org/{n}", "definition": {"name": {"en": f"n{n}"}}},
        **({"timestamp": happened.isoformat()} if happened else {}),
    }


async def store_of(district: District, kind: str) -> Source:
    return await district.source("lrs", "xapi", homes={TOOL: kind} if kind == "username" else {})


async def tie(district: District, sis: Source, lrs: Source, child: str, kind: str) -> None:
    """A person says that it is this child of whom the store tells by the address."""
    key = f"{kind}:{ADDRESS}" + ("@" if kind == "username" else "")
    async with district.db.transaction(district.tenant.id) as tx:
        await decisions.link(
            tx, PersonRef(sis.id, f"u-{child}"), PersonRef(lrs.id, key), by="a registrar", reason="the school's list"
        )


async def of_whom(district: District) -> dict[str, list[str]]:
    await district.settle()
    titles: dict[str, list[str]] = {}
    for record in (await district.records()).values():
        whose = " & ".join(sorted({name["value"] for name in record["names"]})) or "nobody"
        titles.setdefault(whose, []).extend(str(result["title"]) for result in record.get("results", []))
    return {whose: sorted(items) for whose, items in titles.items()}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_comes_after_the_district_gave_an_address_to_another_child_is_not_the_firsts(
    district: District, kind: str
) -> None:
    sis, lrs = await district.source("sis", "oneroster"), await store_of(district, kind)
    hours = [MORNING + timedelta(hours=n) for n in range(6)]
    await district.take(sis, "users", [roster_row("Ann", ADDRESS, kind, hours[0])], hours[0])
    await district.take(lrs, "statements", [statement(1, kind)], hours[1])
    await district.settle()
    await tie(district, sis, lrs, "Ann", kind)
    assert await of_whom(district) == {"Ann Lee": ["n1"]}
    await district.take(sis, "users", [roster_row("Ann", f"2{ADDRESS}", kind, hours[2])], hours[2])
    await district.take(lrs, "statements", [statement(2, kind)], hours[3])
    assert await of_whom(district) == {"Ann Lee": ["n1", "n2"]}, "nobody else has it"
    await district.take(sis, "users", [roster_row("Ben", ADDRESS, kind, hours[4])], hours[4])
    await district.take(lrs, "statements", [statement(3, kind)], hours[5])
    assert await of_whom(district) == {"Ann Lee": ["n1"], "Ben Kim": [], "nobody": ["n2", "n3"]}
    reasons = [match.reason for match in await district.near_matches()]
    assert any(f"{'an e-mail address' if kind == 'email' else 'a user name'} that was theirs" in r for r in reasons)
    before = await district.bytes()
    for source in (sis, lrs):
        await replay(district.db, source)
    await district.settle()
    assert await district.bytes() == before


async def test_a_store_that_names_the_first_child_too(district: District) -> None:
    sis, lrs = await district.source("sis", "oneroster"), await store_of(district, "email")
    hours = [MORNING + timedelta(hours=n) for n in range(5)]
    await district.take(sis, "users", [roster_row("Ann", ADDRESS, "email", hours[0])], hours[0])
    await district.take(lrs, "statements", [statement(1, "email", "Ann Lee"), statement(2, "email")], hours[1])
    rows = [roster_row("Ann", None, "email", hours[2]), roster_row("Ben", ADDRESS, "email", hours[2])]
    await district.take(sis, "users", rows, hours[2])
    await district.take(lrs, "statements", [statement(3, "email")], hours[3])
    titles = await of_whom(district)
    assert (titles["Ann Lee"], titles["Ben Kim"], titles["nobody"]) == (["n1", "n2"], [], ["n3"])


async def test_brothers_who_share_an_address_leave_it_where_a_person_has_put_it(district: District) -> None:
    sis, lrs = await district.source("sis", "oneroster"), await store_of(district, "email")
    hours = [MORNING + timedelta(hours=n) for n in range(4)]
    rows = [roster_row(child, ADDRESS, "email", hours[0]) for child in ("Ann", "Ben")]
    await district.take(sis, "users", rows, hours[0])
    await district.take(lrs, "statements", [statement(1, "email")], hours[1])
    await district.settle()
    await tie(district, sis, lrs, "Ann", "email")
    await district.take(lrs, "statements", [statement(2, "email")], hours[2])
    assert await of_whom(district) == {"Ann Lee": ["n1", "n2"], "Ben Kim": []}


async def test_a_user_name_that_another_system_gives_to_somebody_else_says_nothing(district: District) -> None:
    sis, lrs = await district.source("sis", "oneroster"), await store_of(district, "username")
    other = await district.source("other", "oneroster")
    await district.take(sis, "users", [roster_row("Ann", None, "username", MORNING)])
    await district.take(lrs, "statements", [statement(1, "username")])
    await district.settle()
    await tie(district, sis, lrs, "Ann", "username")
    await district.take(other, "users", [roster_row("Ben", ADDRESS, "username", MORNING)])
    await district.take(lrs, "statements", [statement(2, "username")], MORNING + timedelta(hours=1))
    assert await of_whom(district) == {"Ann Lee": ["n1", "n2"], "Ben Kim": []}


@dataclass(frozen=True)
class Given:
    """The district tells who has the address: these children, and of those named here nobody else."""

    who: tuple[tuple[str, bool], ...]


@dataclass
class Model:
    """Who had the address after each step, and what was told by it."""

    now: set[str] = field(default_factory=set)
    had: list[set[str]] = field(default_factory=list)
    items: dict[str, int] = field(default_factory=dict)

    def may_show(self, child: str, item: str) -> bool:
        """Whether a child may show an item: it is theirs, or never another one's while they had it no more."""
        turn = self.items[item]
        return child in self.had[turn] or not self.had[turn] or child not in set().union(*self.had[:turn])

    def must_show(self, child: str, item: str) -> bool:
        """Whether it is for certain the child's of whom a person has said that it is told: who had it then."""
        return child in self.had[self.items[item]]


STEPS = st.one_of(
    st.builds(
        Given,
        st.dictionaries(st.sampled_from(sorted(CHILDREN)), st.booleans(), min_size=1, max_size=3).map(
            lambda who: tuple(sorted(who.items()))
        ),
    ),
    st.sampled_from([None, 0, 1, 3]),
)
"""Who has the address, or so many steps after it happened something is told by it (None: it does not say when)."""


@settings(
    max_examples=10,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(STEPS, st.booleans()), min_size=3, max_size=10), st.sampled_from(KINDS))
async def test_no_child_shows_what_happened_while_an_address_was_anothers(
    db: Database, life: list[tuple[Given | int | None, bool]], kind: str
) -> None:
    """The law: Ann is whom people have said it is; the address goes from hand to hand."""
    district = District(db, await tenants.add(db, f"district-{uuid4().hex[:12]}", "Sample District"))
    sis, lrs = await district.source("sis", "oneroster"), await store_of(district, kind)
    model = Model()
    first: list[tuple[Given | int | None, bool]] = [(Given((("Ann", True),)), False), (None, True)]
    for n, (step, settled) in enumerate([*first, *life]):
        moment = MORNING + timedelta(hours=n)
        if not isinstance(step, Given):
            turn = max(0, n - (step or 0))
            model.items[f"n{n}"] = turn
            happened = None if step is None else MORNING + timedelta(hours=turn)
            await district.take(lrs, "statements", [statement(n, kind, happened=happened)], moment)
        else:
            model.now = {*model.now - {c for c, has in step.who if not has}, *(c for c, has in step.who if has)}
            rows = [roster_row(c, ADDRESS if has else f"{c}{n}@example.org", kind, moment) for c, has in step.who]
            await district.take(sis, "users", rows, moment)
        model.had.append(set(model.now))
        if settled:
            await district.settle()
        if n == 1:
            await tie(district, sis, lrs, "Ann", kind)
    titles = await of_whom(district)
    assert sorted(item for items in titles.values() for item in items) == sorted(model.items), "nothing is lost"
    for child, family in CHILDREN.items():
        for item in titles.get(f"{child} {family}", ()):
            assert child == "Ann", "nobody has said that it is theirs"
            assert model.may_show(child, item)
    for item in model.items:
        assert not model.must_show("Ann", item) or item in titles["Ann Lee"]
    before = await district.bytes()
    for source in (sis, lrs):
        await replay(district.db, source)
    await district.settle()
    assert await district.bytes() == before
