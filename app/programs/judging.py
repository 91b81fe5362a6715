"""From assessors' reviews to a decision: one alone, two who agree, a third who breaks a tie, a panel's majority.

A criterion's level is the median of what the assessors gave; of two in the middle the lower one, so that nothing is
said of a learner that half of them did not see.

Pure.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from app.programs.rubric import ASSESSORS, Criterion, Definition

Verdict = Literal["accept", "needs work", "reject"]


class Mark(NamedTuple):
    """What an assessor decided of one criterion, and why."""

    criterion: str
    level: str
    comment: str | None = None


class Review(NamedTuple):
    """What one assessor decided of a submission."""

    assessor: str
    verdict: Verdict
    marks: tuple[Mark, ...] = ()
    feedback: str | None = None


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
    if len(standing) < needed:
        return Decision(None, lacking=needed - len(standing))
    counted = Counter(review.verdict for review in standing)
    verdict, most = counted.most_common(1)[0]
    if most * 2 <= len(standing):
        return Decision(None, lacking=1)
    return Decision(verdict, _reached(definition, [review for review in standing if review.verdict == verdict]))


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
