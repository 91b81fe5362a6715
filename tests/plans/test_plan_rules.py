"""Plans and credit, purely: what counts as reached, and what never does."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plans.credit import Need, Rule, judge
from app.plans.plans import Badge, Goal, Link, Plan, Step, goals_seen, read, written
from app.plans.reached import Reached
from app.records.document import CredentialEntry

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LEVELS = ("Beginning", "Developing", "Proficient", "Advanced")
BADGE = ("club", "badge-1")
EARNED: dict[str, Any] = {
    "type": "credential",
    "id": "club/badges/badge-1",
    "setting": "after-school",
    "name": "Line Follower",
    "achievement": {"name": "Line Follower", "uri": "https://badges.example.org/7"},
    "issuer": {"name": "Robotics Club"},
    "date": "2026-10-03T16:30:00Z",
    "from": [
        {
            "source": "club",
            "sourceName": "Robotics Club",
            "stream": "badges",
            "rawKey": "badge-1",
            "kind": "credential",
            "sourceId": "badge-1",
            "receivedAt": "2026-10-03T17:00:00Z",
        }
    ],
}


def earned(**changed: Any) -> list[CredentialEntry]:
    return [msgspec.convert({**EARNED, **changed}, CredentialEntry)]


def reaches(badge: Badge, credentials: list[CredentialEntry]) -> bool:
    plan = Plan("x", (Goal("a", "A", "year", steps=(Step(achievement=badge),)),))
    [goal] = goals_seen(plan, {}, credentials, frozenset(), NOW)
    return goal.reached


@pytest.mark.parametrize(
    ("badge", "reached"),
    [
        (Badge(name="line follower"), True),
        (Badge(name="Line Follower", issuer="robotics club"), True),
        (Badge(uri="https://badges.example.org/7"), True),
        (Badge(uri="https://badges.example.org/8", name="Line Follower"), False),
        (Badge(name="Line Follower", issuer="Another Club"), False),
        (Badge(name="Line"), False),
    ],
)
def test_an_achievement_is_known_by_its_address_or_by_name_and_issuer(badge: Badge, reached: bool) -> None:
    assert reaches(badge, earned()) is reached
    assert not reaches(badge, [])


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({"revoked": True}, False),
        ({"verification": "failed"}, False),
        ({"verification": "unverified"}, True),
        ({"expires": (NOW - timedelta(seconds=1)).isoformat()}, False),
        ({"expires": (NOW + timedelta(days=1)).isoformat()}, True),
        ({"date": None}, True),
        ({"issuer": {}}, True),
    ],
)
def test_what_was_taken_back_or_is_over_does_not_count(changed: dict[str, Any], counts: bool) -> None:
    assert reaches(Badge(name="Line Follower"), earned(**changed)) is counts


def where(n: int, rank: int | None, mastery: int) -> Reached:
    level = None if rank is None else LEVELS[rank]
    met = rank is not None and rank >= mastery
    return Reached(UUID(int=n), f"C.{n}", f"Statement {n}", "general", "p 1", LEVELS, level, met)


ranks = st.one_of(st.none(), st.integers(0, 3))
wishes = st.one_of(st.none(), st.integers(0, 3))


@given(st.lists(st.tuples(ranks, wishes), min_size=1, max_size=6), st.integers(0, 3), st.integers(1, 6))
def test_a_goal_and_a_rule_are_reached_by_the_same_levels(
    steps: list[tuple[int | None, int | None]], mastery: int, most: int
) -> None:
    """A level is reached where at least it was shown; a goal wants all of its steps, a rule so many of its needs."""
    standings = {UUID(int=n): where(n, rank, mastery) for n, (rank, _) in enumerate(steps)}
    targets = [(UUID(int=n), None if wish is None else LEVELS[wish]) for n, (_, wish) in enumerate(steps)]
    expected = [rank is not None and rank >= (mastery if wish is None else wish) for rank, wish in steps]
    goal = Goal("a", "A", "year", steps=tuple(Step(competency, level) for competency, level in targets))
    [seen] = goals_seen(Plan("x", (goal,)), standings, (), frozenset(), NOW)
    assert [step.reached for step in seen.steps] == expected
    assert [step.lacks is None for step in seen.steps] == expected
    assert seen.reached is all(expected)
    least = min(most, len(steps))
    needs = tuple(Need(competency, level) for competency, level in targets)
    judged = judge(Rule("x", 1, "credit", "Shop", UUID(int=9), needs, least), standings)
    assert (judged.have, judged.eligible) == (sum(expected), sum(expected) >= least)
    assert [need.code for need in judged.basis()] == [f"C.{n}" for n, met in enumerate(expected) if met]


def test_a_goal_without_steps_never_closes_itself_and_a_lost_competency_is_not_reached() -> None:
    gone = Goal("b", "B", "term", steps=(Step(UUID(int=1), words="Something private"),))
    empty, lost = goals_seen(Plan("x", (Goal("a", "A", "week"), gone)), {}, (), frozenset(), NOW)
    assert (empty.reached, lost.reached) == (False, False)
    assert lost.sensitive, "nobody knows any more what it was"


def test_a_plan_is_kept_as_it_was_written() -> None:
    link = Link("My robot", source="club", raw_key="badge-1")
    steps = (Step(UUID(int=1), "Proficient", evidence=(link,)), Step(achievement=Badge(name="O'Brien's badge")))
    plan = Plan("Grade 6 — Ada's", (Goal("a", "A", "long", NOW.date(), "because", True, steps),))
    assert read(written(plan)) == plan


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({BADGE}, [True, True]),
        (set(), [True, False]),
        ({("tutor", "badge-1")}, [True, False]),
        ({("club", "badge-2")}, [True, False]),
    ],
)
def test_evidence_is_found_where_the_record_has_what_that_source_calls_so(
    known: set[tuple[str, str]], expected: list[bool]
) -> None:
    """An address is never looked for; what another source calls the same is another thing."""
    links = (Link("My page", url="https://robots.example.org"), Link("My robot", source=BADGE[0], raw_key=BADGE[1]))
    steps = (Step(UUID(int=1), evidence=links), Step(achievement=Badge(name="Line Follower"), evidence=links))
    [goal] = goals_seen(Plan("x", (Goal("a", "A", "year", steps=steps),)), {}, earned(), known, NOW)
    assert [list(step.found) for step in goal.steps] == [expected, expected]
