"""What needs are looked for in: what a learner's grades, plan and evidence speak of; a first grader's work is no need
of an eighth grader who never showed any of it. Pure.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from app.frameworks.grades import all_codes
from app.frameworks.outline import Outline
from app.mastery.views import perspectives
from app.mastery.views.gradebook import begun, columns
from app.mastery.views.inputs import FrameworkView
from app.mastery.views.perspectives import Gap


@dataclass(frozen=True, slots=True)
class Focus:
    """By learner, the grades whose competencies are looked at, and the competencies that they plan to reach.

    Who has no grades is looked at by those that evidence of the group speaks of; where it speaks of none, by all.
    """

    grades: Mapping[UUID, Sequence[str]] = field(default_factory=dict)
    planned: Mapping[UUID, Collection[UUID]] = field(default_factory=dict)

    def ready(self, seen: FrameworkView, learners: Sequence[UUID]) -> dict[UUID, list[Gap]]:
        """What each learner is ready for, the most urgent first."""
        spoken = _spoken(seen, learners)
        by_grades: dict[tuple[str, ...], list[UUID]] = {}
        for learner in learners:
            by_grades.setdefault(tuple(self.grades.get(learner) or spoken), []).append(learner)
        ready = {}
        for grades, together in by_grades.items():
            core = set(columns(seen, together, grades))
            for learner in together:
                ready[learner] = _ready(seen, learner, core.union(self.planned.get(learner, ())))
        return {learner: ready[learner] for learner in learners}


def commonest(texts: Iterable[Collection[str]]) -> list[str]:
    """The codes of the grades that most of several texts say: each that at least half as many say as say the first."""
    counts = Counter(code for grades in texts for code in all_codes(grades))
    most = max(counts.values(), default=0)
    return sorted(code for code, count in counts.items() if count * 2 >= most)


def _spoken(seen: FrameworkView, learners: Sequence[UUID]) -> list[str]:
    """The grades of what these learners have begun."""
    return commonest(
        seen.outline.competencies[competency].education for learner in learners for competency in begun(seen, learner)
    )


def _ready(seen: FrameworkView, learner: UUID, core: Collection[UUID]) -> list[Gap]:
    """What of a core, and of what the learner has begun beside it, they are ready for.

    What precedes holds back where it is looked for itself: what is of an earlier grade, and nothing was shown of, is
    taken for granted.
    """
    outline, place = seen.outline, seen.of(learner)
    own = begun(seen, learner)
    targets = [competency for competency in outline.competencies if competency in core or competency in own]
    missing = {gap.competency: gap for gap in seen.gaps(learner, target=dict.fromkeys(targets))}
    met = {competency for competency, state in place.states.items() if state.met}
    started = {outline.domain(competency) for competency in own}
    ordered = [
        msgspec.structs.replace(missing[competency], after=_held_by(outline, competency, missing, met))
        for competency in outline.in_order(missing, started)
    ]
    return perspectives.upcoming(ordered, outline, met)


def _held_by(outline: Outline, competency: UUID, missing: Collection[UUID], met: Collection[UUID]) -> list[UUID]:
    """What of the missing precedes a competency, also behind what is taken for granted."""
    holding: dict[UUID, None] = {}
    passed = {competency}
    waiting = list(outline.before.get(competency, ()))
    while waiting:
        before = waiting.pop()
        if before in passed or before in met:
            continue
        passed.add(before)
        if before in missing:
            holding[before] = None
        else:
            waiting += outline.before.get(before, ())
    return list(holding)
