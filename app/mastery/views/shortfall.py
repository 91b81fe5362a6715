"""The gaps of a group: competency by competency, who has not met it. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.mastery.views.inputs import FrameworkView, Target
from app.mastery.views.perspectives import Gap, View


class ShortfallLearner(View, frozen=True):
    """A learner who has not met a competency: their level, if any, and what should be met first and is not.

    `overridden`: a teacher of record set the level.
    """

    learner: UUID
    name: str | None = None
    level: str | None = None
    after: list[UUID] = []
    overridden: bool = False


class Shortfall(View, frozen=True):
    """A competency that some of a group have not met. `met` and `of` are numbers of learners.

    `needs` is the level a target profile asks for.
    """

    competency: UUID
    statement: str
    domain: str
    met: int
    of: int
    learners: list[ShortfallLearner]
    code: str | None = None
    needs: str | None = None


def shortfall(
    seen: FrameworkView,
    learners: Sequence[UUID],
    grades: Sequence[str],
    called: Mapping[UUID, str],
    target: Target | None = None,
) -> list[Shortfall]:
    """What of a framework or target profile some learners have not met, in an order in which it can be learned.

    `called` are the learners' names.
    """
    by_competency: dict[UUID, list[tuple[UUID, Gap]]] = {}
    for learner in learners:
        for gap in seen.gaps(learner, grades, target):
            by_competency.setdefault(gap.competency, []).append((learner, gap))
    return [
        _short(by_competency[competency], len(learners), called) for competency in seen.outline.in_order(by_competency)
    ]


def _short(lacking: Sequence[tuple[UUID, Gap]], of: int, called: Mapping[UUID, str]) -> Shortfall:
    gap = lacking[0][1]
    learners = [
        ShortfallLearner(learner, called.get(learner), lack.level, lack.after, lack.overridden)
        for learner, lack in lacking
    ]
    return Shortfall(
        gap.competency,
        gap.statement,
        gap.domain,
        met=of - len(lacking),
        of=of,
        learners=learners,
        code=gap.code,
        needs=gap.needs,
    )
