"""A state that goes on from its tally is the one that all there is adds up to, to the last bit, and so is the tally."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from app.mastery import tallies
from app.mastery.judge import Asserted, Judge, State
from app.mastery.policies import Policy
from app.mastery.rules import (
    AnyRule,
    AverageOfLast,
    Bkt,
    DecayingAverage,
    Elo,
    Highest,
    HighestOfLast,
    InARow,
    Khan,
    Latest,
    MedianOfLast,
    Mode,
    MOfN,
    NTimes,
    PowerLaw,
)
from schemas.codes import Method

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
RULES: dict[str, AnyRule] = {
    "latest": Latest(),
    "highest": Highest(),
    "n-times": NTimes(3),
    "n-times, 2015": NTimes(3, "canvas-2015"),
    "m-of-n": MOfN(3, 5),
    "in a row": InARow(3),
    "decaying": DecayingAverage(),
    "decaying, 2015": DecayingAverage(0.6, "canvas-2015"),
    "iterated": DecayingAverage(0.7, "iterated"),
    "average": AverageOfLast(3),
    "median": MedianOfLast(4),
    "highest of last": HighestOfLast(5, 2),
    "power law": PowerLaw(),
    "at least the average": PowerLaw("at-least-average"),
    "mode": Mode(),
    "khan": Khan(),
    "bkt": Bkt(),
    "elo": Elo(),
}
WEIGHTS: dict[Method, float] = {"summative": 2.5, "formative": 0.3}


@st.composite
def lives(draw: DrawFn) -> list[list[Asserted]]:
    """What is asserted of one competency, in the groups in which it arrives: mostly in its order, and sometimes not."""
    ids = draw(st.permutations(range(1, 25)))
    pieces = [
        Asserted(
            id_,
            BEGIN + timedelta(days=draw(st.sampled_from([n // 2, n // 2, n // 2, 11 - n, 40]))),
            draw(st.sampled_from([None, 0.0, 1 / 3, 0.55, 0.7, 0.95, 1.0])),
            draw(st.sampled_from([None, "self", "summative", "formative"])),
            expires=draw(st.sampled_from([None, None, None, BEGIN + timedelta(days=9)])),
            undated=draw(st.sampled_from([False, False, False, False, True])),
            hash=draw(st.integers(-(2**63), 2**63 - 1)),
            doubt=draw(st.sampled_from([None, None, None, "it is too much"])),
            level=draw(st.sampled_from([None, None, "proficient"])),
        )
        for n, id_ in enumerate(ids)
    ]
    groups: list[list[Asserted]] = [[]]
    for piece in pieces[: draw(st.integers(1, len(pieces)))]:
        if draw(st.booleans()):
            groups.append([])
        groups[-1].append(piece)
    return groups


def judge_by(rule: AnyRule, days: int | None = None) -> Judge:
    return Judge(Policy(rule=rule, weights=WEIGHTS, days=days))


@given(lives(), st.sampled_from(sorted(RULES)), st.sampled_from([None, None, 6]))
def test_a_state_that_goes_on_is_the_one_made_of_all(groups: list[list[Asserted]], rule: str, days: int | None) -> None:
    judge, seen = judge_by(RULES[rule], days), list[Asserted]()
    state, begun = judge.judge(seen, BEGIN), None
    for n, group in enumerate(groups):
        on, seen = BEGIN + timedelta(days=n // 2, hours=13), [*seen, *group]
        goes_on = begun is not None and (state.until is None or state.until > on)
        continued = tallies.go_on(judge, begun, group, on) if begun is not None and goes_on else None
        before, state, made = state, judge.judge(seen, on), tallies.tally(judge, seen, on)
        if continued is not None:
            assert made is not None
            assert _whole(before, continued) == state
            assert tallies.written(continued.tally, 1, 2) == tallies.written(made, 1, 2)
        begun = None if made is None else tallies.read(tallies.written(made, 1, 2))


def _whole(before: State, continued: tallies.Continued) -> State:
    deciding = [*before.deciding, *continued.state.deciding] if continued.appends else continued.state.deciding
    return continued.state._replace(deciding=deciding)


@pytest.mark.parametrize("rule", RULES)
def test_whatever_comes_in_its_order_goes_on(rule: str) -> None:
    judge, on = judge_by(RULES[rule]), BEGIN + timedelta(days=40)
    seen = [Asserted(n, BEGIN + timedelta(hours=n), n % 11 / 10) for n in range(300)]
    before = tallies.tally(judge, seen[:200], on)
    for piece in seen[200:]:
        assert before is not None
        now = tallies.go_on(judge, before, [piece], on)
        assert now is not None
        before = tallies.read(tallies.written(now.tally, 1, 2))


def test_a_tally_of_other_code_is_not_read() -> None:
    begun = tallies.tally(judge_by(Latest()), [Asserted(1, BEGIN, 0.5)], BEGIN)
    assert begun is not None
    body = tallies.written(begun, 1, 2)
    assert tallies.read(body) == msgspec.structs.replace(begun, policy=1, shown=2)
    assert tallies.read(body.replace(b"\x01", b"\x63", 1)) is None
