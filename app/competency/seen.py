"""Reads what the views of mastery need, of one learner or a group, now or as of a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.competency import mastery as judging
from app.competency import perspectives
from app.competency.inforce import Rulebook, rulebook
from app.competency.outline import OUTLINED, Outline, outline
from app.competency.perspectives import Gap, Scope
from app.db import Tx, frameworks, mastery
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
