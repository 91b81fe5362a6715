"""Policies against golden vectors, each with where the rule is written down; and what holds for all of them."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ConfigError
from app.mastery.assertions import share_of
from app.mastery.judge import Asserted, Judge
from app.mastery.policies import KHAN_LEVELS, Level, Policy, Rounding, parse
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

BEGIN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
LATER = BEGIN + timedelta(days=1000)
FOURTHS = tuple(Level(f"{n}", n / 4) for n in range(4))


def series(shares: list[float], **more: object) -> list[Asserted]:
    """Assertions a day apart."""
    return [Asserted(n, BEGIN + timedelta(days=n), share, **more) for n, share in enumerate(shares)]  # type: ignore[arg-type]


def points(value: float | None, possible: float) -> str | None:
    """A share as points to two places, halves up: as Canvas shows it."""
    return None if value is None else str(Decimal(value * possible).quantize(Decimal("0.01"), ROUND_HALF_UP))


# Canvas LMS: app/models/rollup_score.rb (2015, and at 05fbfcc), its outcomes' rollup specs, and its successor with
# standard_decaying_average. Scores are of 5 points, mastery at 3.
# Otus: "Definitions of mastery settings". Scores are of 4 points.
AVERAGES: list[tuple[AnyRule, list[float], float, str | None]] = [
    (Latest(), [5, 1, 4], 5, "4.00"),
    (Highest(), [2, 4, 3], 5, "4.00"),
    (DecayingAverage(0.65), [1, 2, 3, 4, 5], 5, "4.13"),
    (DecayingAverage(0.65), [3], 5, "3.00"),
    (DecayingAverage(0.65, "canvas-2015"), [3], 5, None),
    (DecayingAverage(0.65, "canvas-2015"), [1, 2, 3, 4, 5], 5, "4.13"),
    (DecayingAverage(0.75), [4, 5, 1], 5, "1.88"),  # .75·1 + .25·4.5 = 1.875
    (DecayingAverage(0.65, "iterated"), [1, 2, 3, 4, 5], 5, "4.47"),
    (DecayingAverage(0.65, "iterated"), [1, 2, 3, 4], 4, "3.48"),  # Otus: 3.48
    (DecayingAverage(0.65, "iterated"), [2, 3, 4], 4, "3.53"),  # Otus: 3.5275
    (NTimes(3), [1, 2, 3, 4, 5], 5, "4.00"),
    (NTimes(4), [1, 2, 3, 4, 5], 5, None),
    (NTimes(3, "canvas-2015"), [1, 2, 3, 4, 5], 5, "4.00"),
    (NTimes(4, "canvas-2015"), [1, 2, 3, 4, 5], 5, "3.50"),
    (NTimes(6, "canvas-2015"), [1, 2, 3, 4, 5], 5, None),
]


@pytest.mark.parametrize(("rule", "scores", "possible", "expected"), AVERAGES)
def test_averages_as_canvas_and_otus_have_them(
    rule: AnyRule, scores: list[float], possible: float, expected: str | None
) -> None:
    state = Judge(Policy(rule=rule, mastery=3 / 5)).judge(series([score / possible for score in scores]), LATER)
    assert points(state.value, possible) == expected


# Kolibri: m of the last n right; k in a row is k of k (core/assets exerciseConstants, MasteryModelGenerators).
RUNS: list[tuple[AnyRule, str, bool, list[int]]] = [
    (InARow(3), "rrwrr", False, [2, 3, 4]),
    (InARow(3), "rwrrr", True, [2, 3, 4]),
    (InARow(3), "rrrww", True, [0, 1, 2]),
    (InARow(2), "r", False, [0]),
    (MOfN(3, 5), "rwwrwr", False, [1, 2, 3, 4, 5]),
    (MOfN(3, 5), "rwrwr", True, [0, 1, 2, 3, 4]),
    (MOfN(3, 5), "rrr", True, [0, 1, 2]),
    (MOfN(4, 4), "rrrw", False, [0, 1, 2, 3]),
]


@pytest.mark.parametrize(("rule", "answers", "met", "deciding"), RUNS)
def test_runs_as_kolibri_has_them(rule: AnyRule, answers: str, met: bool, deciding: list[int]) -> None:
    state = Judge(Policy(rule=rule)).judge(series([float(a == "r") for a in answers]), LATER)
    assert (state.met, state.deciding) == (met, deciding)


# Otus: "Mode: the grading scale level most frequently received"; ties are ours: the level shown last.
@pytest.mark.parametrize(
    ("shares", "level", "deciding"),
    [
        ([0.75] * 5 + [0.55] * 4 + [0.1] * 2, "Proficient", [0, 1, 2, 3, 4]),
        ([0.75, 0.55, 0.78, 0.56], "Developing", [1, 3]),
        ([1.0], "Advanced", [0]),
    ],
)
def test_mode_as_otus_has_it(shares: list[float], level: str, deciding: list[int]) -> None:
    policy = Policy(rule=Mode())
    state = Judge(policy).judge(series(shares), LATER)
    assert state.level is not None
    assert (policy.levels[state.level].name, state.deciding) == (level, deciding)


# Khan Academy help center, "How do Khan Academy's Mastery levels work?": e an exercise, m a mixed-skill assessment.
@pytest.mark.parametrize(
    ("steps", "level"),
    [
        ("e69", "Attempted"),
        ("e70", "Familiar"),
        ("e99", "Familiar"),
        ("e100", "Proficient"),
        ("e100 m100", "Mastered"),
        ("m100", "Familiar"),
        ("m0", "Attempted"),
        ("e69 m100", "Familiar"),
        ("e70 m100", "Proficient"),
        ("e70 m0", "Attempted"),
        ("e100 m0", "Familiar"),
        ("e100 m100 m0", "Proficient"),
        ("e100 m100 e80", "Proficient"),
        ("e100 m100 e100", "Mastered"),
        ("e100 e80", "Familiar"),
        ("e100 e50", "Familiar"),
        ("e80 e50", "Attempted"),
        ("e100 e100", "Proficient"),
    ],
)
def test_levels_as_khan_academy_has_them(steps: str, level: str) -> None:
    policy = Policy(rule=Khan(), levels=KHAN_LEVELS, mastery=0.75)
    asserted = [
        Asserted(n, BEGIN + timedelta(days=n), int(step[1:]) / 100, "summative" if step[0] == "m" else "formative")
        for n, step in enumerate(steps.split())
    ]
    state = Judge(policy).judge(asserted, LATER)
    assert state.level is not None
    assert policy.levels[state.level].name == level
    assert state.met == (level in {"Proficient", "Mastered"})


# Corbett and Anderson 1995, equations 1 to 3, by hand:
#   right: .4·.9 / (.4·.9 + .6·.2) = .75; then .75 + .25·.1 = .775
#   wrong: .775·.1 / (.775·.1 + .225·.8) = .300971; then .300971 + .699029·.1 = .370874
def test_bkt_by_hand() -> None:
    judge = Judge(Policy(rule=Bkt(known=0.4, learns=0.1, guesses=0.2, slips=0.1)))
    assert judge.judge(series([1.0]), LATER).value == pytest.approx(0.775)
    assert judge.judge(series([1.0, 0.0]), LATER).value == pytest.approx(0.370874, abs=1e-6)
    assert judge.judge(series([1.0] * 4), LATER).met


# Pelánek 2016, with U(n) = 1 / (1 + .05 n), by hand:
#   0 + 1·(1 - .5) = .5; .5 + (0 - .6224593) / 1.05 = -.0928184; logistic(-.0928184) = .4768121
def test_elo_by_hand() -> None:
    judge = Judge(Policy(rule=Elo()))
    assert judge.judge(series([1.0]), LATER).value == pytest.approx(0.6224593)
    assert judge.judge(series([1.0, 0.0]), LATER).value == pytest.approx(0.4768121, abs=1e-6)


def test_weights_by_method() -> None:
    policy = Policy(rule=NTimes(2), weights={"self": 0, "peer": 0.5})
    mine = [Asserted(1, BEGIN, 0.9, "self"), Asserted(2, BEGIN, 0.9, "peer"), Asserted(3, BEGIN, 0.9, "summative")]
    state, reasons = Judge(policy).explain(mine, LATER)
    assert (state.met, state.deciding) == (False, [2, 3])
    assert reasons[0].why == "'self' does not count in this policy"
    assert Judge(policy).judge([*mine, Asserted(4, BEGIN, 0.9, "peer")], LATER).met


def test_expiry_and_as_of() -> None:
    judge = Judge(Policy(rule=Highest(), days=30))
    assertions = [
        Asserted(1, BEGIN, 0.9),
        Asserted(2, BEGIN + timedelta(days=20), 0.4, expires=BEGIN + timedelta(days=40)),
    ]
    assert judge.judge(assertions, BEGIN + timedelta(days=10)).deciding == [1]
    middle = judge.judge(assertions, BEGIN + timedelta(days=25))
    assert (middle.met, middle.until) == (True, BEGIN + timedelta(days=30))
    later, reasons = judge.explain(assertions, BEGIN + timedelta(days=31))
    assert (later.met, later.deciding, later.until) == (False, [2], BEGIN + timedelta(days=40))
    assert reasons[0].why == "it expired on 2026-10-01"
    assert judge.judge(assertions, BEGIN - timedelta(days=1)).level is None


def test_every_assertion_has_a_reason() -> None:
    policy = Policy(rule=Latest(), confidence=0.5, conversions={"RIT": ((0, "Beginning"), (210, "Proficient"))})
    assertions = [
        Asserted(1, BEGIN, value=209, unit="RIT"),
        Asserted(2, BEGIN, value=500, unit="Lexile"),
        Asserted(3, BEGIN, level="Superb"),
        Asserted(4, BEGIN),
        Asserted(5, BEGIN, 0.9, confidence=0.3),
        Asserted(6, BEGIN, level="exceeds"),
        Asserted(7, LATER + timedelta(1), 1.0),
    ]
    state, reasons = Judge(policy).explain(assertions, LATER)
    assert (state.level, state.deciding) == (3, [6])
    assert [reason.why for reason in sorted(reasons, key=lambda reason: reason.id)] == [
        "an earlier one, or of the same time and showing less: only the latest counts",
        "the scale 'Lexile' has no conversion in this policy",
        "'Superb' is a word of its source's own, which this policy does not know",
        "it is told in words alone",
        "its confidence 0.3 is below 0.5",
        "decided",
        f"it is dated {LATER + timedelta(1):%Y-%m-%d}, after the time asked for",
    ]


def test_a_negative_assertion_takes_back() -> None:
    assertions = [Asserted(1, BEGIN, 0.9), Asserted(2, BEGIN + timedelta(1), positive=False)]
    state = Judge(Policy(rule=Latest())).judge(assertions, LATER)
    assert (state.met, state.deciding) == (False, [2])


RULES = [
    Latest(),
    Highest(),
    NTimes(2),
    NTimes(2, "canvas-2015"),
    MOfN(2, 3),
    InARow(2),
    DecayingAverage(),
    DecayingAverage(0.65, "canvas-2015"),
    DecayingAverage(0.65, "iterated"),
    AverageOfLast(),
    MedianOfLast(),
    HighestOfLast(4, 2),
    PowerLaw(),
    PowerLaw("at-least-average"),
    Mode(),
    Khan(),
    Bkt(),
    Elo(),
]
shares = st.lists(st.floats(0, 1), max_size=12)


@given(st.sampled_from(RULES), shares)
def test_what_holds_for_every_rule(rule: AnyRule, given_shares: list[float]) -> None:
    judge = Judge(Policy(rule=rule))
    assertions = series(given_shares)
    state, reasons = judge.explain(assertions, LATER)
    assert state.value is None or -1e-9 <= state.value <= 1 + 1e-9
    assert len(reasons) == len(assertions)
    assert {reason.id for reason in reasons if reason.decided} == set(state.deciding)
    assert (state.level is None) == (not assertions)
    if state.level is not None:
        assert state.met == (judge.policy.levels[state.level].at >= 0.7)
    assert judge.judge(assertions, LATER) == state


@given(st.sampled_from(RULES), shares, st.integers(0, 11))
def test_what_comes_later_does_not_change_what_was(rule: AnyRule, given_shares: list[float], day: int) -> None:
    judge, assertions, on = Judge(Policy(rule=rule)), series(given_shares), BEGIN + timedelta(days=day)
    seen, then = judge.judge(assertions, on), judge.judge(assertions[: day + 1], on)
    assert seen._replace(until=None) == then._replace(until=None)
    assert seen.until == min((assertion.at for assertion in assertions if assertion.at > on), default=then.until), (
        "and says when it comes"
    )


def test_nothing_is_too_late_to_be_judged() -> None:
    """A hundred years after the last day there is, an exception is waiting."""
    last = Asserted(1, datetime(9999, 12, 30, tzinfo=UTC), 0.8)
    state = Judge(Policy(days=36_500)).judge([last], datetime(9999, 12, 31, tzinfo=UTC))
    assert (state.met, state.until) == (True, None)


def test_policies_are_written_as_json() -> None:
    body = b'{"rule": {"rule": "decaying-average", "latest": 0.7}, "weights": {"formative": 0.5}, "days": 365}'
    policy = parse(body)
    assert policy.rule == DecayingAverage(0.7)
    assert parse(msgspec.json.encode(policy)) == policy


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"rule": {"rule": "average"}}', "average"),
        (b'{"rule": {"rule": "n-times", "n": 0}}', ">= 1"),
        (b'{"rules": {}}', "unknown field"),
        (b'{"levels": [{"name": "A", "at": 0.5}, {"name": "B", "at": 0.2}]}', "rise from 0"),
        (b'{"conversions": {"RIT": [[200, "Superb"]]}}', "RIT"),
        (b'{"conversions": {"RIT": []}}', "RIT"),
        (b'{"conversions": {"RIT": [[200, "Proficient"], [200, "Advanced"]]}}', "RIT"),
        (b'{"conversions": {"RIT": [[200, "Advanced"], [220, "Proficient"]]}}', "RIT"),
        (b'{"mastery": 0.8}', "begins at a level above the first"),
        (b'{"mastery": 0}', "begins at a level above the first"),
        (b'{"rule": {"rule": "m-of-n", "m": 5, "n": 3}}', "5 of 3"),
        (b'{"levels": [{"name": "A", "at": 0}, {"name": "A", "at": 0.7}]}', "two levels are called 'A'"),
        (b'{"levels": [{"name": "A", "at": 0}, {"name": "a", "at": 0.7}]}', "means two levels: 'A' and 'a'"),
        (b'{"levels": [{"name": "A", "at": 0, "aliases": ["b"]}, {"name": "B", "at": 0.7}]}', "means two levels"),
        (b'{"levels": [{"name": " ", "at": 0}, {"name": "B", "at": 0.7}]}', "without a letter"),
    ],
)
def test_what_is_no_policy_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse(body)


ANY_TIME = st.builds(
    lambda day, undated, share, method, expires: {
        "at": BEGIN + timedelta(days=day),
        "undated": undated,
        "share": share,
        "method": method,
        "expires": None if expires is None else BEGIN + timedelta(days=expires),
    },
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from([0.0, 0.3, 0.6, 0.75, 1.0]),
    st.sampled_from([None, "summative", "formative", "self"]),
    st.none() | st.integers(1, 300),
)


@given(st.lists(ANY_TIME, min_size=1, max_size=9), st.sampled_from(RULES), st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(drawn: list[dict[str, Any]], rule: AnyRule, chance: Random) -> None:
    judge = Judge(Policy(rule=rule, weights={"self": 0.5}))
    first = [Asserted(n, hash=n * 7919 % 11, **fields) for n, fields in enumerate(drawn)]
    state, reasons = judge.explain(first, LATER)
    again = [assertion._replace(at=LATER - timedelta(1)) if assertion.undated else assertion for assertion in first]
    chance.shuffle(again)  # what has no date came at another time, and everything in another order
    other, others = judge.explain(again, LATER)
    assert (other.level, other.value, other.met, other.deciding) == (
        state.level,
        state.value,
        state.met,
        state.deciding,
    )
    assert [assertion.id for assertion in others] == [reason.id for reason in reasons]


def test_of_one_time_the_better_counts_and_what_has_no_date_is_the_oldest() -> None:
    day, judge = BEGIN + timedelta(5), Judge(Policy())
    assert judge.judge([Asserted(1, day, 1.0), Asserted(2, day, 0.25)], LATER).deciding == [1]
    assert judge.judge([Asserted(2, day, 0.25), Asserted(1, day, 1.0)], LATER).deciding == [1]
    assert judge.judge([Asserted(1, BEGIN, 0.25), Asserted(2, day, 1.0, undated=True)], LATER).deciding == [1]


# Great Schools Partnership, JumpRope and New Hampshire's PACE: of four levels, 3 meets the standard.
@pytest.mark.parametrize(
    ("score", "level"), [(1, "Beginning"), (2, "Developing"), (3, "Proficient"), (3.5, "Proficient"), (4, "Advanced")]
)
def test_a_rubric_from_1_to_4_is_judged_by_its_levels(score: float, level: str) -> None:
    judge = Judge(Policy())
    state = judge.judge([Asserted(1, BEGIN, share_of(score, 1, 4), value=score, least=1, most=4)], LATER)
    assert state.level is not None
    assert judge.policy.levels[state.level].name == level


def test_a_rubric_of_as_many_steps_as_levels_is_judged_by_position_wherever_these_are_cut() -> None:
    cuts = (0, 0.3, 0.55, 0.85, 0.95)
    policy = Policy(levels=tuple(Level(f"L{n}", cut) for n, cut in enumerate(cuts, 1)), mastery=0.85)
    for score in range(1, 6):
        assertion = Asserted(1, BEGIN, share_of(score, 1, 5), value=score, least=1, most=5)
        assert Judge(policy).judge([assertion], LATER).level == score - 1


def test_nobody_masters_by_their_own_word_unless_the_policy_says_so() -> None:
    mine = [Asserted(1, BEGIN, 1.0, "self")]
    state, [reason] = Judge(Policy()).explain(mine, LATER)
    assert (state.level, state.met) == (None, False)
    assert reason.why == "it is the learner's own assessment, which counts only where a policy says so"
    assert Judge(Policy(weights={"self": 1})).judge(mine, LATER).met


def test_what_canvas_rounds_is_compared_as_canvas_compares_it() -> None:
    """2.998 of 4 points is 3.00 to Canvas (app/models/rollup_score.rb, PRECISION = 2), and mastery at 3."""
    rule, assertions = DecayingAverage(0.65), series([2.99 / 4, 3 / 4, 3 / 4])
    exact = Judge(Policy(rule=rule, mastery=0.75, levels=FOURTHS)).judge(assertions, LATER)
    canvas = Judge(Policy(rule=rule, mastery=0.75, levels=FOURTHS, rounding=Rounding("canvas", 4))).judge(
        assertions, LATER
    )
    assert (exact.value, exact.met) == (pytest.approx(0.7495625), False)
    assert (canvas.value, canvas.met) == (0.75, True)


@given(shares, st.sampled_from([3, 4, 5, 10]))
def test_rounding_moves_a_value_by_less_than_a_hundredth_of_a_point(given_shares: list[float], points: float) -> None:
    exact = Judge(Policy(rule=DecayingAverage())).judge(series(given_shares), LATER)
    rounded = Judge(Policy(rule=DecayingAverage(), rounding=Rounding("canvas", points))).judge(
        series(given_shares), LATER
    )
    assert (exact.value is None) == (rounded.value is None)
    if exact.value is not None and rounded.value is not None:
        assert abs(exact.value - rounded.value) * points <= 0.005 + 1e-9
