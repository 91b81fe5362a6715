"""Evaluate: how well scores find who is who, where the truth is known. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from types import MappingProxyType

from app.matching.apart import PersonRef, contradiction
from app.matching.blocking import MOST, keys
from app.matching.groups import facts
from app.matching.guards import SHOWN, Candidate, candidates, stops
from app.matching.traits import Traits
from app.matching.weights import Model, Names

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """A share of some in all, with Wilson's interval of 95 %."""

    some: int
    all: int

    @property
    def value(self) -> float:
        """The share itself; 1 of none."""
        return self.some / self.all if self.all else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """Between what, with 95 % confidence (Wilson 1927)."""
        if not self.all:
            return 0.0, 1.0
        n, p = self.all, self.value
        middle, wide = p + Z95**2 / (2 * n), Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
        return max(0.0, (middle - wide) / (1 + Z95**2 / n)), min(1.0, (middle + wide) / (1 + Z95**2 / n))


@dataclass(slots=True)
class Kind:
    """What became of sign-ups with one kind of error: how many are on the roster, linked, found, asked, mistaken."""

    true: int = 0
    automatic: int = 0
    found: int = 0
    asked: int = 0
    wrong: int = 0


@dataclass(slots=True)
class Evaluation:
    """What scores did with sign-ups whose true person is known, or known to be none.

    `precision` is of automatic links; `automatic` and `found` (also by the first SHOWN of the queue) are of true pairs;
    `queue` is of all sign-ups. `wrong` are the wrong links; `stopped` counts why a person is asked; `kinds` say it by
    what is wrong with a sign-up.
    """

    precision: Share
    automatic: Share
    found: Share
    queue: Share
    wrong: list[tuple[PersonRef, PersonRef]] = field(default_factory=list)
    missed: list[PersonRef] = field(default_factory=list)
    stopped: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, Kind] = field(default_factory=lambda: defaultdict(Kind))


def _count(
    kind: Kind, right_one: PersonRef | None, linked: Candidate | None, asked_about: Collection[PersonRef]
) -> None:
    kind.true += right_one is not None
    kind.asked += linked is None and bool(asked_about)
    if linked is not None:
        kind.wrong += right_one not in linked.refs
        kind.automatic += right_one in linked.refs
        kind.found += right_one in linked.refs
    else:
        kind.found += right_one in asked_about


def _by_number(person: Traits, ranked: Sequence[Candidate]) -> Candidate | None:
    """Whom a number links, where nothing speaks against it: that is decided by rules, before anybody is scored."""
    numbered = [candidate for candidate in ranked if candidate.compared.levels.number == "same"]
    if len(numbered) != 1 or contradiction(facts(person), facts(numbered[0].person)):
        return None
    return numbered[0]


def model_of(roster: Sequence[Traits]) -> Model:
    """The shipped weights, with how common names are among these people."""
    return Model(len(roster), Names(_shares(roster, lambda t: t.firsts()), _shares(roster, lambda t: t.families())))


def _shares(roster: Sequence[Traits], words: Callable[[Traits], frozenset[str]]) -> dict[str, float]:
    counts = Counter(word for person in roster for word in words(person))
    return {word: count / len(roster) for word, count in counts.items()}


def evaluate(
    roster: Sequence[Traits],
    sign_ups: Sequence[Traits],
    truth: Mapping[PersonRef, PersonRef],
    model: Model | None = None,
    kinds: Mapping[PersonRef, Collection[str]] = MappingProxyType({}),
) -> Evaluation:
    """Match sign-ups against a roster, and compare with the truth: whom each sign-up is, if they are on it at all.

    `kinds` are what is wrong with each sign-up, as whoever made the file calls it.
    """
    model = model or model_of(roster)
    index: dict[str, list[Traits]] = defaultdict(list)
    for person in roster:
        for key in keys(person):
            index[key].append(person)
    true = sum(1 for person in sign_ups if person.ref in truth)
    links = right = questions = reached = 0
    result = Evaluation(Share(0, 0), Share(0, 0), Share(0, 0), Share(0, 0))
    for person in sign_ups:
        around = {c.ref: c for key in keys(person) if len(index.get(key, ())) <= MOST for c in index.get(key, ())}
        ranked = candidates(person, list(around.values()), model)
        right_one = truth.get(person.ref)
        stop = stops(person, ranked, list(around.values()), model) if ranked else None
        linked = _by_number(person, ranked) or (ranked[0] if ranked and stop is None else None)
        asked_about = frozenset().union(*(candidate.refs for candidate in ranked[:SHOWN]))
        for kind in kinds.get(person.ref, ()):
            _count(result.kinds[kind], right_one, linked, asked_about)
        if linked:
            links += 1
            right += right_one in linked.refs
            reached += right_one in linked.refs
            if right_one not in linked.refs:
                result.wrong.append((person.ref, linked.person.ref))
            continue
        questions += bool(ranked)
        if stop:
            result.stopped[stop] += 1
        if right_one and right_one in asked_about:
            reached += 1
        elif right_one:
            result.missed.append(person.ref)
    result.precision, result.automatic = Share(right, links), Share(right, true)
    result.found, result.queue = Share(reached, true), Share(questions, len(sign_ups))
    return result
