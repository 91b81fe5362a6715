"""The rules of mastery: from what was shown, in order of time, to one value. Pure, and each with its source.

Every rule gets shares (0 to 1) of the scale something was shown on, and tells its value, whether that is mastery where
the rule itself says so (None: the policy's threshold does), and which of the things shown decided it, by position.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar, Literal, NamedTuple

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=1, le=100)]
Part = Annotated[float, Meta(ge=0, le=1)]
NEAR = 1e-9
"""Shares are quotients: two that are nearer than this are equal."""


class ScoredEvidence(NamedTuple):
    """One thing shown: its share of its scale, whether that is enough by the policy, and how much it counts.

    `level` is the position of the policy's level it stands on; `mixed`: other skills were asked at the same time.
    """

    at: datetime
    share: float
    met: bool
    level: int = 0
    weight: float = 1
    mixed: bool = False


class RuleResult(NamedTuple):
    """What a rule makes of it all."""

    value: float | None
    met: bool | None
    used: Sequence[int]


NOTHING = RuleResult(None, None, ())


class Rule(Struct, frozen=True, tag_field="rule", forbid_unknown_fields=True):
    """A rule: `judge` takes what was shown, oldest first; `spare` says why what counts in general did not decide."""

    spare: ClassVar[str]

    @property
    def newest(self) -> int | None:
        """How many of the last of what counts decide, whatever was before them; None: all that counts does."""
        return None


class Latest(Rule, frozen=True, tag="latest"):
    """The latest assertion decides (Canvas `latest`)."""

    spare: ClassVar[str] = "an earlier one, or of the same time and showing less: only the latest counts"

    @property
    def newest(self) -> int:
        return 1

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        return RuleResult(pieces[-1].share, None, (len(pieces) - 1,)) if pieces else NOTHING


class Highest(Rule, frozen=True, tag="highest"):
    """The best one, and of equals the first (Canvas `highest`)."""

    spare: ClassVar[str] = "another one is as high or higher"

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if not pieces:
            return NOTHING
        best = max(range(len(pieces)), key=lambda n: (pieces[n].share, -n))
        return RuleResult(pieces[best].share, None, (best,))


class NTimes(Rule, frozen=True, tag="n-times"):
    """Enough of them at mastery, `n` times (Canvas `n_mastery`); their weights add up to the count.

    `canvas`: the mean of those at mastery, none while there are too few. `canvas-2015`: of at least n results the
    mean of the n best, whether at mastery or not.
    """

    spare: ClassVar[str] = "below mastery: only results at mastery count"
    n: Count = 5
    variant: Literal["canvas", "canvas-2015"] = "canvas"

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if self.variant == "canvas-2015":
            if len(pieces) < self.n:
                return RuleResult(None, False, range(len(pieces)))
            used = sorted(sorted(range(len(pieces)), key=lambda n: (-pieces[n].share, n))[: self.n])
            return RuleResult(sum(pieces[n].share for n in used) / self.n, None, used)
        used = [n for n, piece in enumerate(pieces) if piece.met]
        total = sum(pieces[n].weight for n in used)
        if total < self.n - NEAR:
            return RuleResult(None, False, used)
        return RuleResult(sum(pieces[n].share * pieces[n].weight for n in used) / total, True, used)


class MOfN(Rule, frozen=True, tag="m-of-n"):
    """At least `m` of some `n` in a row at mastery; once reached it stays (Kolibri `m_of_n`; `do_all` is m = n)."""

    spare: ClassVar[str] = "outside the run that decided"
    m: Count = 3
    n: Count = 5

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        return _window(pieces, self.m, max(self.m, self.n))


class InARow(Rule, frozen=True, tag="k-in-a-row"):
    """`k` in a row at mastery; once reached it stays (Kolibri `num_correct_in_a_row_k`)."""

    spare: ClassVar[str] = "outside the run that decided"
    k: Count = 5

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        return _window(pieces, self.k, self.k)


def _window(pieces: Sequence[ScoredEvidence], needed: int, length: int) -> RuleResult:
    """The first run of this length that has enough; while there is none, how far the last run got."""
    if not pieces:
        return NOTHING
    count = 0
    for end, piece in enumerate(pieces):
        count += piece.met
        if end >= length:
            count -= pieces[end - length].met
        if count >= needed:
            return RuleResult(1.0, True, range(max(0, end + 1 - length), end + 1))
    return RuleResult(count / needed, False, range(max(0, len(pieces) - length), len(pieces)))


class DecayingAverage(Rule, frozen=True, tag="decaying-average"):
    """The latest has the share `latest`, those before it the rest (Canvas; Otus).

    `canvas`: the rest goes to the mean of all before; a single result is its own value (Canvas since 2016, called
    weighted average since 2023). `canvas-2015`: the same, but no value for a single result. `iterated`: every result
    is blended with the value before it (Canvas `standard_decaying_average`, 2023).
    """

    spare: ClassVar[str] = "does not count"
    latest: Part = 0.65
    variant: Literal["canvas", "canvas-2015", "iterated"] = "canvas"

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if not pieces or (len(pieces) == 1 and self.variant == "canvas-2015"):
            return NOTHING
        used = range(len(pieces))
        if len(pieces) == 1:
            return RuleResult(pieces[0].share, None, used)
        if self.variant == "iterated":
            value = pieces[0].share
            for piece in pieces[1:]:
                part = self.latest * min(1.0, piece.weight)
                value = value * (1 - part) + piece.share * part
            return RuleResult(value, None, used)
        older = pieces[:-1]
        before = sum(piece.share * piece.weight for piece in older) / sum(piece.weight for piece in older)
        return RuleResult(pieces[-1].share * self.latest + before * (1 - self.latest), None, used)


class AverageOfLast(Rule, frozen=True, tag="average-of-last"):
    """The mean of the last `n`, by weight; of fewer, of those there are (TeacherEase *Average of Recent Scores*)."""

    spare: ClassVar[str] = "only the last ones count"
    n: Count = 3

    @property
    def newest(self) -> int:
        return self.n

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        return _mean(pieces, range(max(0, len(pieces) - self.n), len(pieces)))


class MedianOfLast(Rule, frozen=True, tag="median-of-last"):
    """The middle of the last `n` by size, the mean of two middle ones (TeacherEase *Median of Recent Scores*)."""

    spare: ClassVar[str] = "only the last ones count, and of these the middle"
    n: Count = 5

    @property
    def newest(self) -> int:
        return self.n

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if not pieces:
            return NOTHING
        last = sorted(range(max(0, len(pieces) - self.n), len(pieces)), key=lambda n: (pieces[n].share, n))
        used = sorted({last[(len(last) - 1) // 2], last[len(last) // 2]})
        return RuleResult(sum(pieces[n].share for n in used) / len(used), None, used)


class HighestOfLast(Rule, frozen=True, tag="highest-of-last"):
    """The mean of the best `best` of the last `n` (Educate *Average of 3 Highest*; 1: the best one of them)."""

    spare: ClassVar[str] = "others of the last ones are as high or higher, or it is before them"
    n: Count = 100
    best: Count = 1

    @property
    def newest(self) -> int:
        return self.n

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        last = range(max(0, len(pieces) - self.n), len(pieces))
        return _mean(pieces, sorted(sorted(last, key=lambda n: (-pieces[n].share, n))[: self.best]))


class PowerLaw(Rule, frozen=True, tag="power-law"):
    """Where the curve y = a·x^b through all of them stands at the last one (Marzano 2000; PowerSchool Learning, Aspen).

    x is 1 for the first, 2 for the second …; a and b are those of the least squares between the logarithms (as
    Ascender writes it down). A zero has no logarithm and counts as a hundredth of its scale; fewer than three have no
    trend, and their mean counts. `at-least-average`: the mean where that is higher (Ascender).
    """

    spare: ClassVar[str] = "does not count"
    variant: Literal["trend", "at-least-average"] = "trend"

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        mean = _mean(pieces, range(len(pieces)))
        if len(pieces) < LEAST_TREND or mean.value is None:
            return mean
        value = min(1.0, _trend([piece.share for piece in pieces]))
        return RuleResult(
            max(value, mean.value) if self.variant == "at-least-average" else value, None, range(len(pieces))
        )


LEAST_TREND = 3
LEAST_SHARE = 0.01
"""What a share of nothing counts as where its logarithm is needed."""


def _trend(shares: Sequence[float]) -> float:
    """Where the power curve of least squares between logarithms stands at the last of them."""
    x = [math.log(n) for n in range(1, len(shares) + 1)]
    y = [math.log(max(share, LEAST_SHARE)) for share in shares]
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    across = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    slope = across / math.fsum((a - mean_x) ** 2 for a in x)
    return math.exp(mean_y + slope * (x[-1] - mean_x))


def _mean(pieces: Sequence[ScoredEvidence], used: Sequence[int]) -> RuleResult:
    """The mean of some of what was shown, by weight."""
    if not used:
        return NOTHING
    total = math.fsum(pieces[n].weight for n in used)
    return RuleResult(math.fsum(pieces[n].share * pieces[n].weight for n in used) / total, None, used)


class Mode(Rule, frozen=True, tag="mode"):
    """The level shown most often, by weight (Otus, PowerTeacher Pro); of levels as often, the one shown last."""

    spare: ClassVar[str] = "another level was shown more often"

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if not pieces:
            return NOTHING
        votes: dict[int, float] = {}
        last: dict[int, int] = {}
        for n, piece in enumerate(pieces):
            votes[piece.level] = votes.get(piece.level, 0) + piece.weight
            last[piece.level] = n
        most = max(votes, key=lambda level: (votes[level], last[level]))
        return RuleResult(pieces[last[most]].share, None, [n for n, piece in enumerate(pieces) if piece.level == most])


class Khan(Rule, frozen=True, tag="khan"):
    """Attempted 0.25, familiar 0.5, proficient 0.75, mastered 1 (Khan Academy, "How do Mastery levels work?").

    An exercise below 70 % is attempted, below 100 % familiar, else proficient. A mixed-skill assessment lifts by one
    level (from attempted to familiar, …, only so to mastered), and a miss on it lowers by one. Where an exercise with
    misses meets a higher level, the level falls by one, and no lower than the exercise itself stands.
    """

    spare: ClassVar[str] = "does not count"

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if not pieces:
            return NOTHING
        level = 0
        for piece in pieces:
            perfect = piece.share >= 1 - NEAR
            if piece.mixed:
                level = max(2, min(4, level + 1)) if perfect else max(1, level - 1)
                continue
            earned = 3 if perfect else 2 if piece.share >= 0.7 - NEAR else 1
            level = earned if earned >= level else level if perfect else max(earned, level - 1)
        return RuleResult(level / 4, None, range(len(pieces)))


class Bkt(Rule, frozen=True, tag="bkt"):
    """Bayesian Knowledge Tracing: the probability that the skill is known (Corbett and Anderson 1995).

    `known` before anything is shown; `learns` at each opportunity; `guesses` right unknown; `slips` wrong known.
    """

    spare: ClassVar[str] = "does not count"
    known: Part = 0.4
    learns: Part = 0.1
    guesses: Part = 0.2
    slips: Part = 0.1
    mastery: Part = 0.95

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if not pieces:
            return NOTHING
        value = self.known
        for piece in pieces:
            if piece.met:
                right, wrong = value * (1 - self.slips), (1 - value) * self.guesses
            else:
                right, wrong = value * self.slips, (1 - value) * (1 - self.guesses)
            after = right / (right + wrong) if right + wrong > 0 else value
            value = after + (1 - after) * self.learns
        return RuleResult(value, value >= self.mastery - NEAR, range(len(pieces)))


class Elo(Rule, frozen=True, tag="elo"):
    """Elo rating: the expected share on a task of difficulty 0 (Pelánek 2016, section 2).

    The step shrinks with experience, `step` / (1 + `calming` · n): the uncertainty function with its published values.
    """

    spare: ClassVar[str] = "does not count"
    start: float = 0
    step: Annotated[float, Meta(gt=0, le=10)] = 1
    calming: Annotated[float, Meta(ge=0, le=10)] = 0.05
    mastery: Part = 0.8

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        if not pieces:
            return NOTHING
        skill = self.start
        for n, piece in enumerate(pieces):
            skill += self.step / (1 + self.calming * n) * (piece.share - _logistic(skill))
        value = _logistic(skill)
        return RuleResult(value, value >= self.mastery - NEAR, range(len(pieces)))


def _logistic(skill: float) -> float:
    return 1 / (1 + math.exp(-skill)) if skill > -700 else 0.0


AnyRule = (
    Latest
    | Highest
    | NTimes
    | MOfN
    | InARow
    | DecayingAverage
    | AverageOfLast
    | MedianOfLast
    | HighestOfLast
    | PowerLaw
    | Mode
    | Khan
    | Bkt
    | Elo
)
