"""The competency gradebook: learner by competency, with a district's own marks in place of levels where it wants."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.competency.standing import Item

Json = dict[str, Any]


class Cell(NamedTuple):
    """Where a learner stands in a competency: the level by its rank, of so many, how much evidence, the newest."""

    level: str | None
    rank: int | None
    of: int
    met: bool
    at: datetime | None
    shown: int


Cells = Mapping[tuple[UUID, UUID], Cell]
"""By learner and competency."""


class BadMarks(ValueError):
    """A conversion table that does not fit the scale: the message says how many marks it needs."""


def gradebook(
    learners: Sequence[tuple[UUID, str]], items: Sequence[Item], cells: Cells, marks: Sequence[str], on: datetime
) -> Json:
    """Rows of learners, columns of competencies; a competency nobody has shown anything of is an empty column.

    `marks` stand for the levels, the lowest first; without any, levels go by their names.
    """
    check(cells.values(), marks)
    return {
        "asOf": on,
        "competencies": [
            {"competency": str(item.id), "code": item.code, "statement": item.statement, "domain": item.domain}
            for item in items
        ],
        "learners": [
            {
                "learner": str(who),
                "name": name,
                "cells": [_cell(cells.get((who, item.id)), marks) for item in items],
            }
            for who, name in learners
        ],
        "marks": list(marks),
    }


def as_csv(learners: Sequence[tuple[UUID, str]], items: Sequence[Item], cells: Cells, marks: Sequence[str]) -> str:
    """The same as CSV (RFC 4180): a line for each learner, a column for each competency by its code."""
    check(cells.values(), marks)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["learner", "name", *(_harmless(item.code or item.statement) for item in items)])
    for who, name in learners:
        row = (cells.get((who, item.id)) for item in items)
        writer.writerow([who, _harmless(name), *(_harmless(mark(cell, marks) or "") if cell else "" for cell in row)])
    return text.getvalue()


def check(cells: Iterable[Cell], marks: Sequence[str]) -> None:
    """BadMarks where there are marks, and another number of them than a scale in use has levels."""
    if marks and (other := next((cell.of for cell in cells if cell.of != len(marks)), None)) is not None:
        raise BadMarks(f"{len(marks)} marks for a scale of {other} levels: give one for each level, the lowest first")


def mark(cell: Cell, marks: Sequence[str]) -> str | None:
    """What stands in a cell: the level's mark or name; None where there is no level yet."""
    if cell.rank is None:
        return None
    return marks[cell.rank] if marks else cell.level


def _cell(cell: Cell | None, marks: Sequence[str]) -> Json | None:
    if cell is None:
        return None
    return {"mark": mark(cell, marks), "mastered": cell.met, "lastShown": cell.at, "evidence": cell.shown}


def _harmless(words: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r")) else words
