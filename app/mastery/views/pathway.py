"""Pathways: what a learner has yet to show of a framework, in order; what is skipped, and why. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.frameworks.outline import plain
from app.mastery.standing import Evidenced
from app.mastery.summaries import Piece, piece
from app.mastery.views.inputs import FrameworkView
from app.mastery.views.perspectives import Gap, Moment, View, title

Basis = Literal["all", "diagnostic"]
"""What counts: all that was shown, or only what diagnostics say."""


class SkippedCompetency(View, frozen=True):
    """A competency that is met, and by what: the level, the policy, and the assertions that decided.

    `shown_in` is the competency they are of, where that is another one: an equivalent one, or one it is a part of.
    """

    competency: UUID
    statement: str
    domain: str
    why: str
    deciding: list[Piece]
    code: str | None = None
    level: str | None = None
    policy: str | None = None
    shown_in: UUID | None = None


class Diagnostic(View, frozen=True):
    """A diagnostic that decided something, and of how many competencies."""

    source: str
    at: Moment
    competencies: int
    title: str | None = None


class Pathway(View, frozen=True):
    """A learner's way through a framework, from where they stand: what to learn, in order, and what is skipped."""

    framework: UUID
    title: str
    as_of: Moment
    basis: Basis
    diagnostics: list[Diagnostic]
    steps: list[Gap]
    skipped: list[SkippedCompetency]


def deciding_assertions(seen: FrameworkView, learner: UUID) -> list[int]:
    """The assertions a pathway has to tell of: all that decided anything."""
    return [assertion for state in seen.of(learner).states.values() for assertion in state.deciding]


def pathway(
    seen: FrameworkView,
    learner: UUID,
    grades: Sequence[str],
    evidence: Mapping[int, Evidenced],
    as_of: datetime,
    basis: Basis,
) -> Pathway:
    """A learner's pathway. `evidence` are the assertions that `wanted` names."""
    outline = seen.outline
    steps = seen.steps(learner, grades)
    missing = {step.competency for step in steps}
    skipped = [_skipped(seen, learner, c, evidence) for c in outline.leaves(grades) if c not in missing]
    return Pathway(
        outline.framework,
        outline.title,
        as_of,
        basis=basis,
        diagnostics=_diagnostics(evidence.values()),
        steps=steps,
        skipped=[skip for skip in skipped if skip],
    )


def _skipped(
    seen: FrameworkView, learner: UUID, competency: UUID, evidence: Mapping[int, Evidenced]
) -> SkippedCompetency | None:
    outline, standing = seen.outline, seen.of(learner).standings.get(competency)
    if standing is None or not standing.state.met:
        return None
    state, whole = standing.state, standing.part_of
    policy = seen.rules.by_id(state.policy_id)
    level = None if state.level is None else policy.judge.policy.levels[state.level].name
    why = f"mastered: {level} by the policy '{policy.name} {policy.version}'"
    if state.overridden:
        why = f"mastered: a teacher of record set {level}"
    if standing.parts:
        why += ", by its parts"
    if whole is not None:
        above = outline.competencies.get(whole)  # it may be a part of something in another framework
        why += f", in what it is a part of{f' ({above.code or plain(above.statement)})' if above else ''}"
    if standing.via is not None:
        why += ", shown in an equivalent competency"
    row = outline.competencies[competency]
    return SkippedCompetency(
        competency,
        plain(row.statement),
        title(outline, outline.domain(competency)),
        why=why,
        deciding=[piece(evidence[assertion]) for assertion in state.deciding if assertion in evidence],
        code=row.code,
        level=level,
        policy=f"{policy.name} {policy.version}",
        shown_in=standing.shown_in,
    )


def _diagnostics(evidence: Iterable[Evidenced]) -> list[Diagnostic]:
    diagnostics: dict[tuple[str, datetime, str | None], int] = {}
    for evidenced in evidence:
        if evidenced.asserted.method == "diagnostic":
            key = (evidenced.source, evidenced.when, evidenced.title)
            diagnostics[key] = diagnostics.get(key, 0) + 1
    return [
        Diagnostic(source, occurred, count, name)
        for (source, occurred, name), count in sorted(diagnostics.items(), key=lambda pair: pair[0][1])
    ]
