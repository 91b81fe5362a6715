"""Running: what a rule has to remember of all that counted, so that it goes on with the next alone. Pure.

A rule judges very many results by these, and one more beside them: the same sums in the same order, so that both are
the same to the last bit.
"""

import math
from datetime import datetime
from typing import ClassVar, NamedTuple

from msgspec import Struct

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


Outcome = tuple[float | None, bool | None]
"""A rule's value, and whether that is mastery where the rule itself says so."""


class Running(Struct, tag=True):
    """What a rule remembers. `used` are the keys of what decides: all of it where the rule `chooses` it anew with each
    that is added, else those that were added since `used` was emptied. `turned`: what decided before does no more.

    `add` goes on with the next thing shown, which `used` calls by its `key`; `outcome` is what all of it adds up to.
    """

    chooses: ClassVar[bool] = False
    used: list[int] = []
    turned: bool = False


class Best(Running, kw_only=True):
    """The first of the best ones."""

    chooses: ClassVar[bool] = True
    share: float | None = None

    def add(self, piece: ScoredEvidence, key: int) -> None:
        if self.share is None or piece.share > self.share:
            self.share, self.used = piece.share, [key]

    def outcome(self) -> Outcome:
        return self.share, None


class BestFew(Running, kw_only=True):
    """The `n` best, of equals the first; nothing while there are fewer."""

    chooses: ClassVar[bool] = True
    n: int
    shares: list[float] = []

    def add(self, piece: ScoredEvidence, key: int) -> None:
        if len(self.used) == self.n:
            least = min(self.shares)
            if piece.share <= least:
                return
            last = self.n - 1 - self.shares[::-1].index(least)
            del self.used[last], self.shares[last]
        self.used.append(key)
        self.shares.append(piece.share)

    def outcome(self) -> Outcome:
        return (sum(self.shares) / self.n, None) if len(self.used) == self.n else (None, False)


class Passed(Running, kw_only=True):
    """The mean of those at mastery, once their weights add up to `n`."""

    n: int
    weights: float = 0.0
    weighted: float = 0.0

    def add(self, piece: ScoredEvidence, key: int) -> None:
        if piece.met:
            self.used.append(key)
            self.weights += piece.weight
            self.weighted += piece.share * piece.weight

    def outcome(self) -> Outcome:
        return (None, False) if self.weights < self.n - NEAR else (self.weighted / self.weights, True)


class Run(Running, kw_only=True):
    """The first `length` in a row of which enough are at mastery; while there is none, how far the last run got."""

    chooses: ClassVar[bool] = True
    needed: int
    length: int
    met: list[bool] = []

    def add(self, piece: ScoredEvidence, key: int) -> None:
        if sum(self.met) >= self.needed:
            return
        self.met = [*self.met, piece.met][-self.length :]
        self.used = [*self.used, key][-self.length :]

    def outcome(self) -> Outcome:
        if not self.met:
            return None, None
        count = sum(self.met)
        return (1.0, True) if count >= self.needed else (count / self.needed, False)


class Decaying(Running, kw_only=True):
    """The last one, and the mean of all before it."""

    latest: float
    share: float | None = None
    weight: float = 0.0
    weights: float = 0.0
    weighted: float = 0.0

    def add(self, piece: ScoredEvidence, key: int) -> None:
        if self.share is not None:
            self.weighted += self.share * self.weight
            self.weights += self.weight
        self.share, self.weight = piece.share, piece.weight
        self.used.append(key)

    def outcome(self) -> Outcome:
        if self.share is None or not self.weights:
            return self.share, None
        return self.share * self.latest + self.weighted / self.weights * (1 - self.latest), None


class Blended(Running, kw_only=True):
    """Each one blended with the value before it."""

    latest: float
    value: float | None = None

    def add(self, piece: ScoredEvidence, key: int) -> None:
        part = self.latest * min(1.0, piece.weight)
        self.value = piece.share if self.value is None else self.value * (1 - part) + piece.share * part
        self.used.append(key)

    def outcome(self) -> Outcome:
        return self.value, None


LEAST_TREND = 3
LEAST_SHARE = 0.01
"""What a share of nothing counts as where its logarithm is needed."""


class Trend(Running, kw_only=True):
    """Where the power curve of least squares between logarithms stands at the last one (means and products as Welford
    1962 goes on with them); the mean by weight where there are too few for one, and with `floor` where that is higher.
    """

    floor: bool
    count: int = 0
    weights: float = 0.0
    weighted: float = 0.0
    x: float = 0.0
    y: float = 0.0
    across: float = 0.0
    square: float = 0.0

    def add(self, piece: ScoredEvidence, key: int) -> None:
        self.count += 1
        self.weights += piece.weight
        self.weighted += piece.share * piece.weight
        x, y = math.log(self.count), math.log(max(piece.share, LEAST_SHARE))
        dx = x - self.x
        self.x += dx / self.count
        self.y += (y - self.y) / self.count
        self.across += dx * (y - self.y)
        self.square += dx * (x - self.x)
        self.used.append(key)

    def outcome(self) -> Outcome:
        if not self.count:
            return None, None
        mean = self.weighted / self.weights
        if self.count < LEAST_TREND:
            return mean, None
        value = min(1.0, math.exp(self.y + self.across / self.square * (math.log(self.count) - self.x)))
        return max(value, mean) if self.floor else value, None


class Votes(Running, kw_only=True):
    """How often each level was shown, by weight, and when and with what share it was last."""

    count: int = 0
    votes: dict[int, float] = {}
    last: dict[int, int] = {}
    shares: dict[int, float] = {}

    @property
    def most(self) -> int | None:
        """The level shown most often; of levels as often, the one shown last."""
        return max(self.votes, key=lambda level: (self.votes[level], self.last[level])) if self.votes else None

    def add(self, piece: ScoredEvidence, key: int) -> None:
        before, level = self.most, piece.level
        self.count += 1
        self.votes[level] = self.votes.get(level, 0.0) + piece.weight
        self.last[level], self.shares[level] = self.count, piece.share
        if level == self.most:
            self.used.append(key)
            self.turned = self.turned or before not in (None, level)

    def outcome(self) -> Outcome:
        return (None, None) if self.most is None else (self.shares[self.most], None)


class Lifted(Running, kw_only=True):
    """A level from 1 to 4, by exercises and by assessments of several skills."""

    level: int = 0

    def add(self, piece: ScoredEvidence, key: int) -> None:
        self.level = self._next(piece)
        self.used.append(key)

    def _next(self, piece: ScoredEvidence) -> int:
        perfect = piece.share >= 1 - NEAR
        if piece.mixed:
            return max(2, min(4, self.level + 1)) if perfect else max(1, self.level - 1)
        earned = 3 if perfect else 2 if piece.share >= 0.7 - NEAR else 1
        if earned >= self.level:
            return earned
        return self.level if perfect else max(earned, self.level - 1)

    def outcome(self) -> Outcome:
        return (self.level / 4, None) if self.level else (None, None)


class Known(Running, kw_only=True):
    """The probability that a skill is known."""

    value: float
    learns: float
    guesses: float
    slips: float
    mastery: float
    begun: bool = False

    def add(self, piece: ScoredEvidence, key: int) -> None:
        if piece.met:
            right, wrong = self.value * (1 - self.slips), (1 - self.value) * self.guesses
        else:
            right, wrong = self.value * self.slips, (1 - self.value) * (1 - self.guesses)
        after = right / (right + wrong) if right + wrong > 0 else self.value
        self.value = after + (1 - after) * self.learns
        self.begun = True
        self.used.append(key)

    def outcome(self) -> Outcome:
        return (self.value, self.value >= self.mastery - NEAR) if self.begun else (None, None)


class Rating(Running, kw_only=True):
    """A rating, and how many it is made of."""

    skill: float
    step: float
    calming: float
    mastery: float
    count: int = 0

    def add(self, piece: ScoredEvidence, key: int) -> None:
        self.skill += self.step / (1 + self.calming * self.count) * (piece.share - _logistic(self.skill))
        self.count += 1
        self.used.append(key)

    def outcome(self) -> Outcome:
        value = _logistic(self.skill)
        return (value, value >= self.mastery - NEAR) if self.count else (None, None)


def _logistic(skill: float) -> float:
    return 1 / (1 + math.exp(-skill)) if skill > -700 else 0.0


AnyRunning = Best | BestFew | Passed | Run | Decaying | Blended | Trend | Votes | Lifted | Known | Rating
