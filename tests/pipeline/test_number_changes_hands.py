"""The law of a number that changes hands: no child ever shows what happened while it was another child's.

Histories of numbers given, corrected away, given to others and taken back, and of what programs tell by the number
alone, at once or later, and settled at any time, also where the roster is removed and another one begins. A model that
knows nothing of Tessera's says who had the number when.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.db import Database
from app.db.access import tenants
from app.db.sources import sources as stored
from app.pipeline.replay import replay
from app.records.removal import remove
from tests.support.district import MORNING, District, user

CHILDREN = {"Ann": "Lee", "Ben": "Kim", "Cyd": "Roe"}
NUMBERS = ("100001", "100002", "100003")
KINDS = ("district", "state")


@dataclass(frozen=True)
class Given:
    """The district tells in one run who has which number; None: the child's own, which nobody else ever has."""

    numbers: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Told:
    """A program tells by a number alone of something that happened so many steps ago (None: it does not say when)."""

    program: str
    number: str
    ago: int | None = None


@dataclass(frozen=True)
class Removed:
    """The district's source is removed, and another one begins that has told nothing yet."""


@dataclass
class Model:
    """Who had which number when: the time is a step."""

    now: dict[str, str | None] = field(default_factory=dict)
    had: list[dict[str, str | None]] = field(default_factory=list)
    items: dict[str, tuple[str, int]] = field(default_factory=dict)

    def step(self, step: "Step") -> None:
        """Take a step."""
        if isinstance(step, Given):
            self.now |= dict(step.numbers)
        elif isinstance(step, Told):
            self.items[f"n{len(self.had)}"] = (step.number, max(0, len(self.had) - (step.ago or 0)))
        else:
            self.now = {}
            self._forget()
        self.had.append(dict(self.now))

    def _forget(self) -> None:
        """A number that nobody was told of by, or that one child had, is forgotten with the source."""
        numbers = {number for number, _ in self.items.values()}
        ever = {number: set().union(*(self.holding(number, n) for n in range(len(self.had)))) for number in NUMBERS}
        contested = {number for number in numbers if len(ever[number]) > 1}
        self.had = [{child: number for child, number in had.items() if number in contested} for had in self.had]

    def may_show(self, child: str, item: str) -> bool:
        """Whether a child may show an item, by whose its number was when it happened."""
        number, turn = self.items[item]
        holding = self.holding(number, turn)
        if not holding:
            times = [self.holding(number, n) for n in range(len(self.had))]
            later = next((whose for whose in times[turn:] if whose), set())
            earlier = next((whose for whose in reversed(times[:turn]) if whose), later)
            return child in later & earlier
        return child in holding and (holding == {child} or number == self.now.get(child))

    def must_show(self, item: str) -> str | None:
        """The one child whose an item is for certain: the only one who ever had its number."""
        number, turn = self.items[item]
        ever = set().union(*(self.holding(number, n) for n in range(len(self.had))))
        return next(iter(ever)) if len(ever) == 1 and self.holding(number, turn) else None

    def holding(self, number: str, turn: int) -> set[str]:
        """Who had a number after a step."""
        return {child for child, theirs in self.had[turn].items() if theirs == number}


Step = Given | Told | Removed
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        Given,
        st.dictionaries(
            st.sampled_from(sorted(CHILDREN)), st.sampled_from([*NUMBERS[:2], None]), min_size=1, max_size=3
        ).map(lambda numbers: tuple(sorted(numbers.items()))),
    ),
    st.builds(
        Told,
        st.sampled_from(["club", "chess"]),
        st.sampled_from(NUMBERS[:2]),
        st.sampled_from([None, None, 0, 1, 2, 4]),
    ),
    st.builds(Removed),
)


@settings(
    max_examples=10,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(STEPS, st.booleans()), min_size=4, max_size=12), st.sampled_from(KINDS))
async def test_no_child_shows_what_happened_while_a_number_was_anothers(
    db: Database, life: list[tuple[Step, bool]], kind: str
) -> None:
    district = District(db, await tenants.add(db, f"district-{uuid4().hex[:12]}", "Sample District"))
    sources = {
        "sis": await district.source("sis", "oneroster"),
        "club": await district.source("club", "evidence"),
        "chess": await district.source("chess", "evidence"),
    }
    model = Model()
    for n, (step, settled) in enumerate(life):
        model.step(step)
        moment = MORNING + timedelta(hours=n)
        if isinstance(step, Given):
            run = await district.begin(sources["sis"])
            for minutes, (child, number) in enumerate(step.numbers):
                row = roster_row(child, number, kind, moment)
                await district.take(sources["sis"], "users", [row], moment + timedelta(minutes=minutes), run=run)
        elif isinstance(step, Told):
            happened = None if step.ago is None else MORNING + timedelta(hours=max(0, n - step.ago))
            item = evidence(f"n{n}", step.number, kind, happened)
            await district.take(sources[step.program], "evidence", [item], moment)
        else:
            async with db.transaction(district.tenant.id) as tx:
                roster = await stored.by_slug(tx, sources["sis"].slug)
            assert roster is not None
            await remove(db, roster, at=moment)
            sources["sis"] = await district.source(f"sis-{n}", "oneroster")
        if settled:
            await district.settle()
            await check(district, model)
    await district.settle()
    titles = await check(district, model)
    assert sorted(item for items in titles.values() for item in items) == sorted(model.items), "nothing is lost"
    before = await district.bytes()
    for source in sources.values():
        await replay(district.db, source)
    await district.settle()
    assert await district.bytes() == before


async def check(district: District, model: Model) -> dict[str, list[str]]:
    """Look at every record there is; what each child shows, and what waits under no name."""
    titles: dict[str, list[str]] = {}
    for learner in (await district.records()).values():
        name = "".join(name["given"] for name in learner["names"])
        titles.setdefault(name, []).extend(entry["name"] for entry in learner.get("evidence", []))
    for child in CHILDREN:
        for item in titles.get(child, []):
            assert model.may_show(child, item), f"{child} shows {item}"
    for item in model.items:
        if child := model.must_show(item):
            assert item in titles[child], f"{item} is {child}'s"
    return titles


def roster_row(child: str, number: str | None, kind: str, at: datetime) -> dict[str, Any]:
    number = number or f"9{sorted(CHILDREN).index(child)}{at:%d%H}"
    ids = {"identifier": number} if kind == "district" else {"userIds": [{"type": kind, "identifier": number}]}
    modified = at.isoformat().replace("+00:00", ".000Z")
    return user(f"u-{child}", child, CHILDREN[child], **{**ids, "dateLastModified": modified})


def evidence(key: str, number: str, kind: str, happened: datetime | None) -> dict[str, Any]:
    learner = {"identifiers": [{"type": kind, "value": number}]}
    when = {} if happened is None else {"occurredAt": happened.isoformat()}
    return {"id": key, "learner": learner, "name": key, **when}
