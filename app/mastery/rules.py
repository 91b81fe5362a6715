"""The rules of mastery: from what was shown, in order of time, to one value. Pure, and each with its source.

Every rule gets shares (0 to 1) of the scale something was shown on, and tells its value, whether that is mastery where
the rule itself says so (None: the policy's threshold does), and which of the things shown decided it, by position.
"""

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, NamedTuple

from msgspec import Meta, Struct

from app.mastery.running import (
    AnyRunning,
    Best,
    BestFew,
    Blended,
    Decaying,
    Known,
    Lifted,
    Passed,
    Rating,
    Run,
    ScoredEvidence,
    Trend,
    Votes,
)

Count = Annotated[int, Meta(ge=1, le=100)]
Part = Annotated[float, Meta(ge=0, le=1)]


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

    def begin(self) -> AnyRunning | None:
        """What it remembers of all that counts, before anything is shown; None where the last few decide."""
        return None

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        """What it makes of it all."""
        running = self.begin()
        assert running is not None
        for n, piece in enumerate(pieces):
            running.add(piece, n)
        return RuleResult(*running.outcome(), running.used)


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

    def begin(self) -> AnyRunning:
        return Best()


class NTimes(Rule, frozen=True, tag="n-times"):
    """Enough of them at mastery, `n` times (Canvas `n_mastery`); their weights add up to the count.

    `canvas`: the mean of those at mastery, none while there are too few. `canvas-2015`: of at least n results the
    mean of the n best, whether at mastery or not.
    """

    spare: ClassVar[str] = "below mastery: only results at mastery count"
    n: Count = 5
    variant: Literal["canvas", "canvas-2015"] = "canvas"

    def begin(self) -> AnyRunning:
        return Passed(n=self.n) if self.variant == "canvas" else BestFew(n=self.n)


class MOfN(Rule, frozen=True, tag="m-of-n"):
    """At least `m` of some `n` in a row at mastery; once reached it stays (Kolibri `m_of_n`; `do_all` is m = n)."""

    spare: ClassVar[str] = "outside the run that decided"
    m: Count = 3
    n: Count = 5

    def begin(self) -> AnyRunning:
        return Run(needed=self.m, length=max(self.m, self.n))


class InARow(Rule, frozen=True, tag="k-in-a-row"):
    """`k` in a row at mastery; once reached it stays (Kolibri `num_correct_in_a_row_k`)."""

    spare: ClassVar[str] = "outside the run that decided"
    k: Count = 5

    def begin(self) -> AnyRunning:
        return Run(needed=self.k, length=self.k)


class DecayingAverage(Rule, frozen=True, tag="decaying-average"):
    """The latest has the share `latest`, those before it the rest (Canvas; Otus).

    `canvas`: the rest goes to the mean of all before; a single result is its own value (Canvas since 2016, called
    weighted average since 2023). `canvas-2015`: the same, but no value for a single result. `iterated`: every result
    is blended with the value before it (Canvas `standard_decaying_average`, 2023).
    """

    spare: ClassVar[str] = "does not count"
    latest: Part = 0.65
    variant: Literal["canvas", "canvas-2015", "iterated"] = "canvas"

    def begin(self) -> AnyRunning:
        return Blended(latest=self.latest) if self.variant == "iterated" else Decaying(latest=self.latest)

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        return NOTHING if len(pieces) == 1 and self.variant == "canvas-2015" else super().judge(pieces)


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

    def begin(self) -> AnyRunning:
        return Trend(floor=self.variant == "at-least-average")


def _mean(pieces: Sequence[ScoredEvidence], used: Sequence[int]) -> RuleResult:
    """The mean of some of what was shown, by weight."""
    if not used:
        return NOTHING
    total = math.fsum(pieces[n].weight for n in used)
    return RuleResult(math.fsum(pieces[n].share * pieces[n].weight for n in used) / total, None, used)


class Mode(Rule, frozen=True, tag="mode"):
    """The level shown most often, by weight (Otus, PowerTeacher Pro); of levels as often, the one shown last."""

    spare: ClassVar[str] = "another level was shown more often"

    def begin(self) -> AnyRunning:
        return Votes()

    def judge(self, pieces: Sequence[ScoredEvidence]) -> RuleResult:
        running = Votes()
        for n, piece in enumerate(pieces):
            running.add(piece, n)
        used = [n for n, piece in enumerate(pieces) if piece.level == running.most]
        return RuleResult(*running.outcome(), used)


class Khan(Rule, frozen=True, tag="khan"):
    """Attempted 0.25, familiar 0.5, proficient 0.75, mastered 1 (Khan Academy, "How do Mastery levels work?").

    An exercise below 70 % is attempted, below 100 % familiar, else proficient. A mixed-skill assessment lifts by one
    level (from attempted to familiar, …, only so to mastered), and a miss on it lowers by one. Where an exercise with
    misses meets a higher level, the level falls by one, and no lower than the exercise itself stands.
    """

    spare: ClassVar[str] = "does not count"

    def begin(self) -> AnyRunning:
        return Lifted()


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

    def begin(self) -> AnyRunning:
        return Known(value=self.known, learns=self.learns, guesses=self.guesses, slips=self.slips, mastery=self.mastery)


class Elo(Rule, frozen=True, tag="elo"):
    """Elo rating: the expected share on a task of difficulty 0 (Pelánek 2016, section 2).

    The step shrinks with experience, `step` / (1 + `calming` · n): the uncertainty function with its published values.
    """

    spare: ClassVar[str] = "does not count"
    start: float = 0
    step: Annotated[float, Meta(gt=0, le=10)] = 1
    calming: Annotated[float, Meta(ge=0, le=10)] = 0.05
    mastery: Part = 0.8

    def begin(self) -> AnyRunning:
        return Rating(
            skill=float(self.start), step=float(self.step), calming=float(self.calming), mastery=float(self.mastery)
        )


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
