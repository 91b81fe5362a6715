"""The jagged profile: a learner's levels by domain, strengths first. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from app.mastery.standing import Evidenced, ItemStanding, by_domain
from app.mastery.views.perspectives import Moment, RolledUp

Rolled = Callable[[UUID], Sequence[RolledUp]]
"""Which others roll up to a competency."""


class Part(Struct, frozen=True, kw_only=True, rename="camel"):
    """Part of a profile or of growth; what nobody tells is null."""


class NamedCompetency(Part, frozen=True):
    """A competency: `competency` is its CASE identifier, or our own id for what no framework held has."""

    competency: UUID
    code: str | None
    statement: str
    framework: str
    domain: str
    sensitivity: str
    retired: Annotated[bool, Meta(description="its framework had it, and has it no more")]


class LevelReached(Part, frozen=True):
    """A level of the policy's scale, counted from 1."""

    name: str
    number: int
    of: int


class LevelCount(Part, frozen=True):
    """How many competencies stand at a level; null: no level yet."""

    level: str | None
    count: int


class EvidenceCount(Part, frozen=True):
    """How much evidence came from a setting by a method."""

    setting: str | None
    method: str | None
    count: int


class CrosswalkStanding(Part, frozen=True):
    """Another competency that stands for one by a crosswalk, how strongly, and where the learner stands in it."""

    competency: UUID
    strength: str
    met: bool
    level: str | None


class OverrideInForce(Part, frozen=True):
    """Who set a level, why, and until when."""

    by: str
    reason: str
    until: Moment | None


class ProfileCompetency(NamedCompetency, frozen=True):
    """Where a learner stands in a competency; level null: there is evidence, and no level can be told from it."""

    level: LevelReached | None
    mastered: bool
    last_shown: Moment | None
    holds_until: Annotated[
        Moment | None,
        Meta(description="when this may change though nothing new comes: evidence expires, or its time has come"),
    ]
    policy: str
    override: Annotated[OverrideInForce | None, Meta(description="where a teacher of record set the level")]
    evidence: list[EvidenceCount]
    via: Annotated[
        UUID | None, Meta(description="the equivalent competency it was shown in, where that is another one")
    ]
    part_of: Annotated[UUID | None, Meta(description="the whole that is mastered, where it stands by that")]
    parts: Annotated[
        list[UUID], Meta(description="its parts that decided, where it stands by these by its policy's rule")
    ]
    rolled_up: list[CrosswalkStanding]


class ProfileDomain(Part, frozen=True):
    """A domain of a framework: its competencies, strengths first."""

    framework: str
    domain: str
    levels: list[LevelCount]
    competencies: list[ProfileCompetency]


class Profile(Part, frozen=True):
    """A learner's jagged profile, strengths first."""

    as_of: Moment
    domains: list[ProfileDomain]
    unaligned: Annotated[list[ProfileCompetency], Meta(description="what no framework held has, in its source's words")]


def profile(standings: Sequence[ItemStanding], on: datetime, rolled_up: Rolled = lambda _: ()) -> Profile:
    """Levels by domain, strengths first. What no framework has yet stands apart, in its source's words."""
    aligned = [standing for standing in standings if standing.item.aligned]
    waiting = [standing for standing in standings if not standing.item.aligned]
    return Profile(
        as_of=on,
        domains=[
            ProfileDomain(
                framework=framework,
                domain=domain,
                levels=levels(group),
                competencies=[_competency(standing, rolled_up(standing.item.id)) for standing in group],
            )
            for framework, domain, group in by_domain(aligned)
        ],
        unaligned=[_competency(standing, ()) for _, _, group in by_domain(waiting) for standing in group],
    )


def levels(standings: Sequence[ItemStanding]) -> list[LevelCount]:
    """How many competencies stand at each level, the highest first; those without a level last, as null."""
    counted = Counter(
        (-1 if standing.state.level is None else standing.state.level, standing.level) for standing in standings
    )
    return [LevelCount(level=name, count=count) for (_, name), count in sorted(counted.items(), reverse=True)]


def _competency(standing: ItemStanding, rolled_up: Sequence[RolledUp]) -> ProfileCompetency:
    item = standing.item
    return ProfileCompetency(
        competency=item.id,
        code=item.code,
        statement=item.statement,
        framework=item.framework_title,
        domain=item.domain,
        sensitivity=item.sensitivity,
        retired=item.retired,
        level=_level(standing),
        mastered=standing.state.met,
        last_shown=standing.state.at,
        holds_until=standing.state.until,
        policy=standing.policy,
        override=_override(standing),
        evidence=_evidence([piece for piece in standing.evidence if not piece.asserted.override]),
        via=standing.via,
        part_of=standing.part_of,
        parts=list(standing.parts),
        rolled_up=[
            CrosswalkStanding(competency=other.competency, strength=other.strength, met=other.met, level=other.level)
            for other in rolled_up
        ],
    )


def _level(standing: ItemStanding) -> LevelReached | None:
    if standing.level is None or standing.state.level is None:
        return None
    return LevelReached(name=standing.level, number=standing.state.level + 1, of=len(standing.levels))


def _override(standing: ItemStanding) -> OverrideInForce | None:
    decided = standing.override
    if decided is None:
        return None
    return OverrideInForce(by=decided.source, reason=decided.narrative or "", until=decided.asserted.expires)


def _evidence(evidence: Sequence[Evidenced]) -> list[EvidenceCount]:
    """How much evidence there is, by where it was learned and how it came about; the most first."""
    counted = Counter((piece.setting, piece.asserted.method) for piece in evidence)
    return [
        EvidenceCount(setting=setting, method=method, count=count)
        for (setting, method), count in sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))
    ]
