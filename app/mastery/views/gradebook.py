"""The competency gradebook: learners by competencies, on the scale a school reports. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app.frameworks.outline import plain
from app.mastery.standings import Standing
from app.mastery.views.inputs import FrameworkView
from app.mastery.views.perspectives import View
from app.spreadsheets import csv_text


class GradebookColumn(View, frozen=True):
    """A competency of the gradebook."""

    competency: UUID
    statement: str
    code: str | None = None


class GradebookRow(View, frozen=True):
    """A learner's cells, one for each column: what is reported (null: nothing shown that counts), and whether met.

    `overridden` has the columns, from 0, whose level a teacher of record set.
    """

    learner: UUID
    cells: list[str | None]
    met: list[bool]
    name: str | None = None
    overridden: list[int] = []


class Gradebook(View, frozen=True):
    """A gradebook."""

    competencies: list[GradebookColumn]
    learners: list[GradebookRow]


def columns(seen: FrameworkView, learners: Sequence[UUID], grades: Sequence[str] = ()) -> list[UUID]:
    """The competencies that are columns: parts and wholes where evidence is, in the order of the framework.

    A whole that something was shown of takes the place of its parts, but for those that something was shown of, too.
    """
    anybodys = seen.anybodys(learners, _shown_itself)
    leaves = seen.outline.leaves(grades)
    within = {*seen.outline.of_grades(grades)}
    instead = {
        leaf for leaf in leaves if leaf not in anybodys and not anybodys.isdisjoint(seen.outline.ancestors(leaf))
    }
    chosen = ({*leaves} - instead) | (anybodys & within)
    return [competency for competency in seen.outline.competencies if competency in chosen]


def begun(seen: FrameworkView, learner: UUID) -> set[UUID]:
    """The competencies that a learner has a level in, but for parts that have it from their whole."""
    return seen.anybodys([learner], _shown_itself)


def _shown_itself(standing: Standing) -> bool:
    """Whether somebody has a level in a competency, and not only because they have mastered what it is a part of."""
    return standing.part_of is None and standing.state.level is not None


def gradebook(
    seen: FrameworkView,
    learners: Sequence[UUID],
    competencies: Sequence[UUID],
    conversion: Mapping[str, str] | None,
    called: Mapping[UUID, str] = {},
) -> Gradebook:
    """The gradebook of these learners and competencies. `conversion` is from a level's name to what is reported.

    `called` are learners' names, as far as they are told.

    A level the table does not have is reported by its name: nothing is hidden because a table is short.
    """
    known = seen.outline.competencies
    chosen = [competency for competency in competencies if competency in known]
    table = conversion or {}
    names: dict[int, list[str]] = {}
    rows = []
    for learner in learners:
        cells: list[str | None] = [None] * len(chosen)
        met = [False] * len(chosen)
        overridden = []
        standings = seen.of(learner).standings
        for n, competency in enumerate(chosen):
            standing = standings.get(competency)
            if standing is None or standing.state.level is None:
                continue
            state, level = standing.state, standing.state.level
            if state.policy_id not in names:
                levels = seen.rules.by_id(state.policy_id).judge.policy.levels
                names[state.policy_id] = [table.get(level.name, level.name) for level in levels]
            cells[n] = names[state.policy_id][level]
            met[n] = state.met
            if state.overridden:
                overridden.append(n)
        rows.append(GradebookRow(learner, cells, met, called.get(learner), overridden))
    return Gradebook([GradebookColumn(c, plain(known[c].statement), known[c].code) for c in chosen], rows)


def as_csv(book: Gradebook, *, names: bool) -> str:
    """A gradebook as a table: a learner a row, by id and (`names`) by name; what is not shown stays empty."""
    who = ["learner", "name"] if names else ["learner"]
    header = [*who, *(column.code or column.statement for column in book.competencies)]
    rows = ([row.learner, *([row.name] if names else []), *row.cells] for row in book.learners)
    return csv_text([header, *rows])
