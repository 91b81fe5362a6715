"""What can be seen of mastery in a framework: gaps, what comes next, progress. Pure, and without any average.

A level's `rank` is its position in the levels of the policy that judged it, from 0.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.db.mastery.mastery import MasteryRow
from app.frameworks.outline import Outline, plain
from app.mastery.in_force import InForce

Policies = Callable[[int], InForce]
"""The policy of a state, by its id."""


Scope = Literal["general", "all"]
"""Whether a view shows only what is general, or also what is sensitive (social and emotional, behavior, health)."""


Moment = Annotated[datetime, Meta(tz=True)]
"""A time with its offset from UTC, which the API's description calls a `date-time`."""


class View(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Part of an answer."""


class RolledUp(View, frozen=True):
    """A competency that stands for this one, how strongly by the crosswalk, and where the learner stands in it."""

    competency: UUID
    strength: str
    met: bool
    level: str | None = None


class CompetencyStanding(View, frozen=True):
    """Where a learner stands in a competency. `level` is left out where nothing that counts was shown.

    `via` is the equivalent competency it was shown in, `part_of` the whole that is mastered, where that is another one.
    `overridden`: a teacher of record set the level. `parts` are its parts that decided, where it stands by these.
    """

    competency: UUID
    statement: str
    met: bool
    sensitivity: str
    code: str | None = None
    level: str | None = None
    rank: int | None = None
    value: float | None = None
    at: Moment | None = None
    shown: int = 0
    policy: str | None = None
    via: UUID | None = None
    part_of: UUID | None = None
    rolled_up: list[RolledUp] = []
    overridden: bool = False
    parts: list[UUID] = []


class Gap(View, frozen=True):
    """A competency not met yet; `needs`: the level a target profile asks for; `after`: what should be met first.

    `overridden`: a teacher of record set the level.
    """

    competency: UUID
    statement: str
    domain: str
    code: str | None = None
    level: str | None = None
    rank: int | None = None
    needs: str | None = None
    after: list[UUID] = []
    overridden: bool = False


class Progress(View, frozen=True):
    """How far a learner has come in a part of a framework: counts, never a mean."""

    id: UUID
    title: str
    met: int
    begun: int
    of: int
    competencies: list[CompetencyStanding]


def standing(outline: Outline, competency: UUID, state: MasteryRow | None, policies: Policies) -> CompetencyStanding:
    """One competency of a learner."""
    row = outline.competencies[competency]
    statement = plain(row.statement)
    if state is None:
        return CompetencyStanding(competency, statement, met=False, sensitivity=row.sensitivity, code=row.code)
    policy = policies(state.policy_id)
    level = None if state.level is None else policy.judge.policy.levels[state.level].name
    return CompetencyStanding(
        competency,
        statement,
        state.met,
        row.sensitivity,
        row.code,
        level=level,
        rank=state.level,
        value=state.value,
        at=state.at,
        shown=state.shown,
        policy=f"{policy.name} {policy.version}",
        overridden=state.overridden,
    )


def gaps(
    outline: Outline, levels: Mapping[UUID, str | None], states: Mapping[UUID, MasteryRow], policies: Policies
) -> list[Gap]:
    """What of the wanted competencies is not met, what precedes first.

    `levels` has the level a target profile asks for, by its name; None: mastery.
    """
    missing = [
        competency
        for competency, level in levels.items()
        if competency not in states or not _reached(states[competency], level, policies)
    ]
    met = {competency for competency, state in states.items() if state.met}
    open_gaps = []
    for competency in outline.in_order(missing):
        here = standing(outline, competency, states.get(competency), policies)
        open_gaps.append(
            Gap(
                competency,
                here.statement,
                title(outline, outline.domain(competency)),
                code=here.code,
                level=here.level,
                rank=here.rank,
                needs=levels[competency],
                after=[before for before in outline.before.get(competency, ()) if before not in met],
                overridden=here.overridden,
            )
        )
    return open_gaps


def upcoming(missing: Sequence[Gap], outline: Outline, met: Collection[UUID]) -> list[Gap]:
    """Of gaps, those a learner is ready for: all that precedes is met. What was unlocked so comes first, then begun."""
    ready = [gap for gap in missing if not gap.after]
    return sorted(
        ready,
        key=lambda gap: (not {*met} & {*outline.before.get(gap.competency, ())}, gap.rank is None, -(gap.rank or 0)),
    )


def progress(
    outline: Outline, competencies: Sequence[UUID], states: Mapping[UUID, MasteryRow], policies: Policies
) -> list[Progress]:
    """How far a learner has come with the wanted competencies, by parts of a framework (a graduate profile)."""
    parts: dict[UUID, list[CompetencyStanding]] = {}
    for competency in competencies:
        state = standing(outline, competency, states.get(competency), policies)
        parts.setdefault(outline.domain(competency), []).append(state)
    return [
        Progress(
            part,
            title(outline, part),
            sum(reached.met for reached in standings),
            begun=sum(reached.rank is not None and not reached.met for reached in standings),
            of=len(standings),
            competencies=standings,
        )
        for part, standings in parts.items()
    ]


def _reached(state: MasteryRow, level: str | None, policies: Policies) -> bool:
    if level is None or state.level is None:
        return state.met and level is None
    names = [step.name for step in policies(state.policy_id).judge.policy.levels]
    return level in names[: state.level + 1]


def title(outline: Outline, competency: UUID) -> str:
    """What a competency says, without markup."""
    return plain(outline.competencies[competency].statement)
