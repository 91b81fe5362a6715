"""Plans: goals with steps, and where they stand. Pure.

A step is a competency at a level, or an achievement. What is reached is told by mastery and by the record's
credentials, never by the plan. A goal all of whose steps are reached proposes to close itself; a person closes it, and
how its steps stood then is kept beside what they show later.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from app.plans.reached import GONE, Cited, Held
from app.records.document import CredentialEntry

Horizon = Literal["week", "term", "year", "long"]


class StoredPart(Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """Part of a plan as it is kept."""


class Badge(StoredPart, frozen=True):
    """An achievement to earn: known by its address (`uri`), or by its name and who issues it."""

    uri: str | None = None
    name: str | None = None
    issuer: str | None = None


class Link(StoredPart, frozen=True):
    """Evidence: an address, or what a source calls a thing in the record (`source`, `raw_key`)."""

    title: str
    url: str | None = None
    source: str | None = None
    raw_key: str | None = None


class Step(StoredPart, frozen=True):
    """A competency (at a level, or mastered), or an achievement; exactly one of the two."""

    competency: UUID | None = None
    level: str | None = None
    achievement: Badge | None = None
    words: str | None = None
    evidence: tuple[Link, ...] = ()


class Goal(StoredPart, frozen=True):
    """What a learner wants to reach: `id` is its name within the plan, `by` the day to reach it by."""

    id: str
    title: str
    horizon: Horizon
    by: date | None = None
    why: str | None = None
    sensitive: bool = False
    steps: tuple[Step, ...] = ()


class Plan(StoredPart, frozen=True):
    """A plan as somebody wrote it."""

    title: str
    goals: tuple[Goal, ...] = ()

    @property
    def competencies(self) -> list[UUID]:
        """The competencies that are steps, each once."""
        steps = (step.competency for goal in self.goals for step in goal.steps)
        return list(dict.fromkeys(competency for competency in steps if competency is not None))


read = msgspec.json.Decoder(Plan).decode
written = msgspec.json.Encoder().encode


class KeptStep(Struct, frozen=True, kw_only=True):
    """How a step stood when its goal was closed or opened again, as it is kept with that."""

    title: str
    code: str | None = None
    reached: bool
    level: str | None = None
    at: datetime | None = None
    evidence: tuple[Cited, ...] = ()


kept_steps = msgspec.json.Decoder(tuple[KeptStep, ...]).decode


class StepSeen(NamedTuple):
    """A step and where it stands: what it is called, whether it is reached, on which evidence; if not, what lacks."""

    step: Step
    title: str
    code: str | None
    reached: bool
    level: str | None
    at: datetime | None
    cited: Sequence[Cited]
    lacks: str | None
    found: Sequence[bool]
    sensitive: bool


class GoalSeen(NamedTuple):
    """A goal and its steps. `sensitive`: somebody said so, or a step is a sensitive competency."""

    goal: Goal
    steps: Sequence[StepSeen]

    @property
    def reached(self) -> bool:
        """Whether all of it is reached; a goal without steps never is by itself."""
        return bool(self.steps) and all(step.reached for step in self.steps)

    @property
    def sensitive(self) -> bool:
        """Whether it is shown only where sensitive things are asked for."""
        return self.goal.sensitive or any(step.sensitive for step in self.steps)

    def basis(self) -> list[KeptStep]:
        """How the steps stand, to be kept."""
        return [
            KeptStep(
                title=step.title,
                code=step.code,
                reached=step.reached,
                level=step.level,
                at=step.at,
                evidence=tuple(step.cited),
            )
            for step in self.steps
        ]


def goals_seen(
    plan: Plan,
    standings: Held,
    credentials: Sequence[CredentialEntry],
    known: AbstractSet[tuple[str, str]],
    now: datetime,
) -> list[GoalSeen]:
    """A plan's goals as they stand: `held` are the competencies a learner has reached, `credentials` what they earned.

    `known` are the things (source, raw key) that the plan names, as far as the learner's record has them.
    """
    badges = [entry for entry in credentials if _counts(entry, now)]
    return [GoalSeen(goal, [_step(step, standings, badges, known) for step in goal.steps]) for goal in plan.goals]


def _step(
    step: Step, standings: Held, badges: Sequence[CredentialEntry], known: AbstractSet[tuple[str, str]]
) -> StepSeen:
    linked = [link.source is None or (link.source, link.raw_key) in known for link in step.evidence]
    if step.achievement is not None:
        return _badge(step, step.achievement, badges, linked)
    where = standings.get(step.competency) if step.competency else None
    if where is None:
        return StepSeen(
            step=step,
            title=step.words or "A competency",
            code=None,
            reached=False,
            level=None,
            at=None,
            cited=(),
            lacks=GONE,
            found=linked,
            sensitive=True,
        )
    lacks = where.lacks(step.level)
    return StepSeen(
        step=step,
        title=where.statement,
        code=where.code,
        reached=lacks is None,
        level=where.level,
        at=where.at,
        cited=where.cited,
        lacks=lacks,
        found=linked,
        sensitive=where.sensitive,
    )


def _badge(step: Step, badge: Badge, badges: Sequence[CredentialEntry], linked: Sequence[bool]) -> StepSeen:
    title = badge.name or badge.uri or ""
    for entry in badges:
        if _is(entry, badge):
            earned_at = datetime.fromisoformat(entry.date) if entry.date else None
            cited = (Cited(entry.name or title, earned_at, entry.from_[0].source_name),)
            return StepSeen(
                step=step,
                title=title,
                code=None,
                reached=True,
                level=None,
                at=earned_at,
                cited=cited,
                lacks=None,
                found=linked,
                sensitive=False,
            )
    return StepSeen(
        step=step,
        title=title,
        code=None,
        reached=False,
        level=None,
        at=None,
        cited=(),
        lacks="not in the record yet",
        found=linked,
        sensitive=False,
    )


def _is(entry: CredentialEntry, badge: Badge) -> bool:
    """Whether a credential is the achievement: by its address where one is wanted, else by name and issuer."""
    achievement = entry.achievement
    if badge.uri is not None:
        return achievement is not None and badge.uri == achievement.uri
    names = {name.casefold() for name in (entry.name, achievement and achievement.name) if name}
    issuer = (entry.issuer.name or "").casefold() if entry.issuer else ""
    return (badge.name or "").casefold() in names and (badge.issuer is None or badge.issuer.casefold() == issuer)


def _counts(entry: CredentialEntry, now: datetime) -> bool:
    """A credential that was taken back, whose proof failed, which expired or is in doubt is nothing reached."""
    if entry.revoked or entry.verification == "failed" or entry.doubt:
        return False
    return entry.expires is None or datetime.fromisoformat(entry.expires) > now


def wrongs(plan: Plan, standings: Held, before: Plan | None = None) -> list[tuple[str, str]]:
    """(JSON Pointer, what is wrong) of a plan somebody wrote, given the competencies that are held.

    What stood in the plan before may stay, also where no framework has it any more, or no policy its level.
    """
    ids: set[str] = set()
    agreed = {(step.competency, step.level) for goal in (before.goals if before else ()) for step in goal.steps}
    complaints = []
    for position, goal in enumerate(plan.goals):
        if goal.id in ids:
            complaints.append((f"/goals/{position}/id", "another goal of this plan has this id"))
        ids.add(goal.id)
        for n, step in enumerate(goal.steps):
            stays = (step.competency, step.level) in agreed
            complaints += [
                (f"/goals/{position}/steps/{n}{place}", why) for place, why in _step_wrongs(step, standings, stays)
            ]
    return complaints


def _step_wrongs(step: Step, standings: Held, stays: bool) -> Iterable[tuple[str, str]]:
    if (step.competency is None) == (step.achievement is None):
        yield "", "a step is a competency or an achievement, and one of the two"
    if step.level is not None and step.competency is None:
        yield "/level", "only a competency has a level"
    if step.competency is not None and not stays:
        where = standings.get(step.competency)
        if where is None or where.retired:
            yield "/competency", "no framework has it: import its framework first"
        elif step.level is not None and step.level not in where.levels:
            yield "/level", f"the policy in force has the levels {', '.join(where.levels)}"
    if step.achievement is not None and step.achievement.uri is None and step.achievement.name is None:
        yield "/achievement", "its uri or its name is wanted"
    for n, link in enumerate(step.evidence):
        if (link.url is None) == (link.source is None) or (link.source is None) != (link.raw_key is None):
            yield f"/evidence/{n}", "either a url, or source and rawKey as the record's statements have them"
