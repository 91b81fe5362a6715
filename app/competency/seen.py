"""Reads what the views of mastery need, of one learner or a group, now or as of a time."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.competency import mastery as judging
from app.competency import perspectives
from app.competency.charts import MARKS, Mark
from app.competency.inforce import InForce, Rulebook, rulebook
from app.competency.outline import OUTLINED, Outline, outline
from app.competency.perspectives import Gap, Growth, Scope
from app.competency.policies import Asserted, Level
from app.db import Tx, assertions, frameworks, mastery
from app.db.assertions import AssertionRow
from app.db.mastery import MasteryRow


@dataclass(frozen=True, slots=True)
class Seen:
    """A framework and where learners stand in it, by learner."""

    outline: Outline
    states: Mapping[UUID, Sequence[MasteryRow]]
    rules: Rulebook

    def of(self, learner: UUID) -> dict[UUID, MasteryRow]:
        """A learner's states by competency."""
        return {state.competency_id: state for state in self.states.get(learner, ())}

    def gaps(self, learner: UUID, grades: Sequence[str] = ()) -> list[Gap]:
        """What a learner has not met of the framework, or of its competencies for some grades."""
        return perspectives.gaps(self.outline, self.outline.leaves(grades), self.of(learner), self.rules.by_id)

    def upcoming(self, learner: UUID, grades: Sequence[str] = ()) -> list[Gap]:
        """What a learner is ready for."""
        met = [competency for competency, state in self.of(learner).items() if state.met]
        return perspectives.upcoming(self.gaps(learner, grades), self.outline, met)


async def outline_of(tx: Tx, framework: UUID, scope: Scope) -> Outline | None:
    """The outline of a framework the tenant has; what the scope leaves out is no gap."""
    row = await frameworks.by_id(tx, framework)
    if row is None:
        return None
    items = [
        item for item in await frameworks.competencies(tx, framework) if scope == "all" or item.sensitivity == "general"
    ]
    return outline(framework, row.title, items, await frameworks.links(tx, framework, OUTLINED))


async def see(
    tx: Tx,
    framework: UUID,
    learners: Sequence[UUID],
    *,
    now: datetime,
    scope: Scope = "general",
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Seen | None:
    """Learners in a framework: as stored, or judged as of a time from what was shown and known then."""
    found = await outline_of(tx, framework, scope)
    if found is None:
        return None
    when = as_of or now
    wanted = list(found.competencies)
    rules = await rulebook(tx, when, wanted)
    if as_of is None and known_at is None:
        await judging.judge_overdue(tx, now, learners)
        states = await mastery.of_learners(tx, learners, wanted)
    else:
        states = []
        for learner in learners:
            rows = await mastery.shown_of(tx, learner, wanted, known_at)
            states += [MasteryRow(*state) for state in judging.judged(rows, rules, when)]
    by_learner: dict[UUID, list[MasteryRow]] = {}
    for state in states:
        by_learner.setdefault(state.learner_id, []).append(state)
    return Seen(found, by_learner, rules)


async def growth(tx: Tx, seen: Seen, learner: UUID, competencies: Iterable[UUID], until: datetime) -> list[Growth]:
    """Competencies of a learner over time, each by the policy that is in force."""
    wanted = [competency for competency in competencies if competency in seen.outline.competencies]
    shown: dict[UUID, list[Asserted]] = {}
    for row in await mastery.shown_of(tx, learner, wanted, None):
        shown.setdefault(row[1], []).append(Asserted(*row[2:]))
    return [
        perspectives.growth(seen.outline, competency, shown[competency], seen.rules.of(competency), until)
        for competency in wanted
        if competency in shown
    ]


async def marks(tx: Tx, seen: Seen, learner: UUID) -> dict[UUID, list[Mark]]:
    """All that was shown in the framework, by competency: where it was, and how high it stood by itself."""
    found: dict[UUID, list[Mark]] = {}
    for row in await assertions.of_learner(tx, learner):
        if row.competency_id in seen.outline.competencies:
            policy = seen.rules.of(row.competency_id)
            found.setdefault(row.competency_id, []).append(Mark(_place(row), _height(row, policy)))
    return found


def _place(row: AssertionRow) -> str:
    setting = str(row.detail.get("setting"))
    return "adaptive" if row.method == "adaptive" else setting if setting in MARKS else "in-school"


def _height(row: AssertionRow, policy: InForce) -> float | None:
    """A share as a height in levels: the whole levels below it, and how far it is up its own."""
    shown = Asserted(row.id, row.at, row.share, positive=row.positive, level=row.level, value=row.value, unit=row.unit)
    share = policy.judge.share(shown)
    return None if share is None else height(share, policy.judge.policy.levels)


def height(share: float, levels: Sequence[Level]) -> float:
    """A share of a scale as a height in levels."""
    cuts = [level.at for level in levels]
    rank = bisect_right(cuts, share) - 1
    top = cuts[rank + 1] if rank + 1 < len(cuts) else 1.0
    return rank + (min(1.0, (share - cuts[rank]) / (top - cuts[rank])) if top > cuts[rank] else 0.5)
