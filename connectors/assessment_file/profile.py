"""What a column of an unknown file looks like, by its name and by what its cells say."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from connectors.assessment_file.layout_files import shared_codes
from connectors.assessment_file.names import plain
from connectors.assessment_file.reading import coded, meaning
from connectors.dates import LATEST, day_parser

Role = Literal[
    "state id",
    "district id",
    "account id",
    "username",
    "sourced id",
    "given",
    "family",
    "middle",
    "name",
    "birth",
    "grade",
    "school",
    "school id",
    "district",
    "district number",
    "date",
    "session",
    "test",
    "attempt",
    "score",
    "level",
    "percentile",
    "standard error",
    "demographic",
    "roster",
    "blank",
    "other",
]

FORMS = (
    "iso",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%m-%d-%Y",
    "%m%d%Y",
    "%Y%m%d",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%m/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%m%d%y",
)
"""Ways to write dates, the usual first. Month first where both are possible: the draft says so."""

ENOUGH = 0.8
"""The share of a column's filled cells that must be of a kind."""

_DATED = re.compile(r"date|dob|birth|taken|completed|started|day|begin|^end|end$|submitted")
_NO_SCORE = re.compile(r"id$|code|number|version|duration|minutes|time|order|num$")


@cache
def _patterns() -> tuple[tuple[Role, re.Pattern[str]], ...]:
    """What columns are called, in the order in which it is asked."""
    text = files("connectors.assessment_file").joinpath("column_names.toml").read_text("utf-8")
    return tuple((entry["role"], re.compile(entry["like"])) for entry in tomllib.loads(text)["names"])


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, its role, its different cells with their counts, and how its dates are written."""

    name: str
    role: Role
    cells: Counter[str]
    filled: int
    form: str | None = None
    grade: bool = False

    @property
    def numeric(self) -> bool:
        """Whether its cells are numbers, but for words that stand in their place."""
        return self.filled > 0 and _share(self.cells, _number) >= ENOUGH


def profiled(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
    """Each column of a table with what it looks like."""
    return [
        _column(name, [row[index].strip() for row in rows if index < len(row)]) for index, name in enumerate(header)
    ]


def _column(name: str, cells: Sequence[str]) -> Column:
    counts = Counter(cell for cell in cells if cell)
    filled = sum(counts.values())
    shape = plain(name)
    looks = filled and (_DATED.search(shape) or any(sign in next(iter(counts)) for sign in "/-"))
    form = date_form(counts) if looks else None
    role: Role = next((role for role, pattern in _patterns() if pattern.search(shape)), "other")
    return Column(
        name, _settled(role, shape, counts, filled, form), counts, filled=filled, form=form, grade=_grades(counts)
    )


def _settled(role: Role, shape: str, counts: Counter[str], filled: int, form: str | None) -> Role:
    """The role of a name, where the cells do not say otherwise."""
    if form is not None and role not in ("birth", "session", "demographic", "roster"):
        return "other" if re.search(r"enroll|withdraw|birth|entry|first(?=enrolled)|exit", shape) else "date"
    if not filled:
        return role if role != "other" else "blank"
    numbers = _share(counts, _number)
    if role in ("score", "percentile", "standard error") and numbers < ENOUGH:
        return "level" if role == "score" and len(counts) <= 40 else "other"
    if role == "level" and numbers >= ENOUGH and re.search(r"score|points|total|percent", shape):
        return "score"
    if role == "grade" and not _grades(counts):
        return "level" if numbers < ENOUGH else "score"
    if role == "other" and numbers >= ENOUGH and not _NO_SCORE.search(shape):
        return "score"
    if role == "birth" and form is None:
        return "other"
    return role


def date_form(cells: Counter[str]) -> str | None:
    """The first way to write dates that nearly all cells are written in; None where they are no dates."""
    return next((form for form in FORMS if _share(cells, _written(form)) >= 0.95), None)


def _written(form: str) -> Callable[[str], bool]:
    parsed = day_parser((form,))

    def is_so(cell: str) -> bool:
        if form != "iso" and re.match(r"\d{4}-", cell):
            return False
        return (not cell.isdigit() or len(cell) in (5, 6, 7, 8)) and parsed(cell, LATEST) is not None

    return is_so


def _number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,9}(\.\d+)?", cell) is not None


def _share(cells: Counter[str], test: Callable[[str], bool]) -> float:
    counted = {cell: count for cell, count in cells.items() if meaning(cell) is None}
    total = sum(counted.values())
    return sum(count for cell, count in counted.items() if test(cell)) / total if total else 0.0


def _grades(cells: Counter[str]) -> bool:
    read = coded("grade", shared_codes()["grade"])

    def known(cell: str) -> bool:
        try:
            return bool(read(cell))
        except ValueError:
            return False

    return bool(cells) and _share(cells, known) >= 0.9
