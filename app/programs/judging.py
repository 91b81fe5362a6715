"""From assessors' reviews to a decision: one alone, two who agree, a third who breaks a tie, a panel's majority, or a
moderator, who decides among the assessors before.

A criterion's level is the median of what the assessors gave; of two in the middle the lower one, so that nothing is
said of a learner that half of them did not see.

Pure.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from app.programs.rubric import ASSESSORS, Criterion, Definition

Verdict = Literal["accept", "needs work", "reject"]
MODERATED = 2
"""Assessors before a moderator decides."""


class Mark(NamedTuple):
    """What an assessor decided of one criterion, and why."""

    criterion: str
    level: str
    comment: str | None = None


class Review(NamedTuple):
    """What one assessor decided of a submission. `outside`: by a link to this project, so that they moderate nobody."""

    assessor: str
    verdict: Verdict
    marks: tuple[Mark, ...] = ()
    feedback: str | None = None
    outside: bool = False


class Reached(NamedTuple):
    """The level of a criterion that assessors settled on, and whether that is enough."""

    criterion: Criterion
    level: str
    met: bool


class Decision(NamedTuple):
    """What assessors decided together, and on what levels; `verdict` None: another one has to look (`lacking`)."""

    verdict: Verdict | None
    reached: tuple[Reached, ...] = ()
    lacking: int = 0


def decide(definition: Definition, reviews: Sequence[Review]) -> Decision:
    """What these reviews decide, the first first; who reviewed again counts by the last word."""
    standing = list({review.assessor: review for review in reviews}.values())
    needed = ASSESSORS[definition.assessing]
    if definition.assessing == "moderated":
        moderator = _moderator(standing)
        if moderator is None:
            return Decision(None, lacking=max(needed - len(standing), 1))
        return Decision(moderator.verdict, _reached(definition, [moderator]))
    if len(standing) < needed:
        return Decision(None, lacking=needed - len(standing))
    counted = Counter(review.verdict for review in standing)
    verdict, most = counted.most_common(1)[0]
    if most * 2 <= len(standing):
        return Decision(None, lacking=1)
    return Decision(verdict, _reached(definition, [review for review in standing if review.verdict == verdict]))


def to_moderate(definition: Definition, reviews: Sequence[Review]) -> bool:
    """Whether all assessors have had their say of what a moderator decides, so that it is a moderator's turn."""
    standing = list({review.assessor: review for review in reviews}.values())
    return definition.assessing == "moderated" and len(standing) >= MODERATED and _moderator(standing) is None


def agreed(definition: Definition, reviews: Sequence[Review]) -> dict[str, str]:
    """The level of each criterion (by its id) that every assessor gave alike."""
    levels = {
        criterion.id: {mark.level for review in reviews for mark in review.marks if mark.criterion == criterion.id}
        for criterion in definition.rubric
    }
    return {criterion: next(iter(alike)) for criterion, alike in levels.items() if len(alike) == 1}


def _moderator(standing: Sequence[Review]) -> Review | None:
    """The first of the district's own after the assessors."""
    return next((review for review in standing[MODERATED:] if not review.outside), None)


def _reached(definition: Definition, reviews: Sequence[Review]) -> tuple[Reached, ...]:
    reached = []
    for criterion in definition.rubric:
        ranks = sorted(
            criterion.rank(mark.level) for review in reviews for mark in review.marks if mark.criterion == criterion.id
        )
        if ranks:
            level = criterion.levels[ranks[(len(ranks) - 1) // 2]].name
            reached.append(Reached(criterion, level, criterion.met(level)))
    return tuple(reached)


def wrongs(definition: Definition, review: Review) -> list[tuple[str, str]]:
    """(JSON Pointer, what is wrong) of a review: every criterion has one level, and what is accepted is met.

    Where the achievement is awarded in part, one met criterion will do.
    """
    problems: list[tuple[str, str]] = []
    counts = Counter(mark.criterion for mark in review.marks)
    met = []
    for index, mark in enumerate(review.marks):
        criterion = definition.criterion(mark.criterion)
        if criterion is None:
            problems.append((f"/marks/{index}/criterion", f"the rubric has no criterion '{mark.criterion}'"))
        elif mark.level not in [level.name for level in criterion.levels]:
            names = ", ".join(level.name for level in criterion.levels)
            problems.append((f"/marks/{index}/level", f"'{mark.level}' is none of its levels: {names}"))
        elif counts[mark.criterion] > 1:
            problems.append((f"/marks/{index}/criterion", "it is decided twice"))
        else:
            met.append(criterion.met(mark.level))
    if problems or review.verdict != "accept":
        if review.verdict == "needs work" and not (review.feedback or any(mark.comment for mark in review.marks)):
            problems.append(("/feedback", "say what is to be mended"))
        return problems
    missing = [criterion.name for criterion in definition.rubric if not counts[criterion.id]]
    if missing:
        problems.append(("/marks", f"not decided: {', '.join(missing)}"))
    elif definition.rubric and not (any(met) if definition.partial else all(met)):
        problems.append(("/verdict", "a criterion is below the level wanted: ask for more work, or mend the level"))
    return problems
