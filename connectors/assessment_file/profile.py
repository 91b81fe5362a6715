"""What a column of an unknown file looks like, by its name and by what its cells say."""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Literal

from connectors.assessment_file.layout_files import shared_codes
from connectors.assessment_file.names import plain
from connectors.assessment_file.reading import coded, meaning
from connectors.assessment_file.sources import one_order
from connectors.dates import EXCEL, LATEST, day_parser, is_serial

Role = Literal[
    "state id",
    "district id",
    "account id",
    "username",
    "sourced id",
    "email",
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
    "objective",
    "answer",
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
    "%d.%m.%y",
    "%d %b %Y",
    "%d %B %Y",
    "%A, %B %d, %Y",
    "%Y/%m/%d",
    "%Y-%m-%d",
    "%m%d%y",
)
"""Ways to write dates, the usual first. Month first where both are possible: the draft says so."""

NEARLY_ALL = 0.95
"""The share of a column's cells that its ways to write dates must read."""

MOST_FORMS = 5

ENOUGH = 0.8
"""The share of a column's filled cells that must be of a kind."""

_DATED = re.compile(r"(?<!candi)(?<!up)(?<!man)date|dob|birth|taken|completed|started|day|begin|^end|end$|submitted")
_OF_A_TERM = re.compile(r"year|term|window|period|season|semester|wave")
_NO_SCORE = re.compile(
    r"id$|code|number|version|order|num$|year|cohort|^age|agein|filler|sequence|attempt|recordtype|errorband|minmax"
)
_STATES = re.compile(
    r"status|flag|option|scoreopt|indicator|invalid|exclu|makeup|retest|eligib|entered$|^manual|exempt|reason(?!ing)|nonscore|noscore"
)
"""Names of columns that say how it stands with a test, in numbers perhaps."""

_OF_MANY = re.compile(
    r"^(n|mean|average|avg|median|min|max|std|stddev|count)$|^totalnumberof(probes|lessons|tests)"
    r"|(class|school|district|state|national|group|section|cohort)(wide)?(average|avg|mean|median)"
)
"""Names of columns that say how many learners did together: no learner's score."""

_ASKS = re.compile(r"(?:is|has|was)[ _]|(?:Is|Has|Was)(?=[A-Z])")
"""Beginnings of names that ask yes or no, which no score answers."""

_CODE = re.compile(r"0\d+|\d{6,}")
"""Cells that are digits of a code, such as a district's: a score has no zero before it, and is not so large."""

_LEVEL_NUMBER = re.compile(r"[0-9]")
"""A level by its number."""

_LASTS = re.compile(
    r"duration|minutes|seconds|^time|time(spent|on)?$|totaltime|timein|testlength|lengthof|(?<![a-z])mins$"
)
"""Names of columns that say how long a test took."""

_SCALE_SCORE = re.compile(r"[a-z0-9A-Z_](?<!S)(SS|RS)$")
"""Names like MathSS and MathRS, also of a column without a filled cell."""

LEARNER_IDS: frozenset[Role] = frozenset({"district id", "state id", "sourced id", "username", "account id"})
"""Roles of columns that number learners."""

_OF_OTHERS = re.compile(
    r"^hs|school|district|corp|campus|building|teacher|staff|class|section|course|group|test|assess|item|form|session"
    r"|record|row|document|batch|barcode|litho|status|option|entry|admin|report|booklet|event|attempt|response|account"
    r"|municipal|organi|program|match|applic|country|lang|grade|level|reason|version|^(sprp)?lea(?!r)|^state(code|abbr)"
)
_BARE = re.compile(r"student|stu|pupil|learner")
_OF_LEARNERS = re.compile(r"student|stdnt|pupil|learner|child|candidate|examinee|person|testtaker|participant")
_OF_A_TEST = re.compile(
    r"barcode|precode|litho|(test|assessment|session|record|event|response|form|report|row|document|association)(uu|gu)?id(entifier)?$"
)


def numbers_others(shape: str) -> bool:
    """Whether a column numbers schools, tests or sessions by its name: many learners share it, or one has many."""
    return _OF_A_TEST.search(shape) is not None or (
        _OF_OTHERS.search(shape) is not None and _OF_LEARNERS.search(shape) is None
    )


def is_dated(name: str) -> bool:
    """Whether a column has a date or a time by its name."""
    return _DATED.search(spoken(name)) is not None


def spoken(name: str) -> str:
    """A column's name as it is compared, with the signs that say a word."""
    return plain(name.replace("#", " number").replace("%", " percent"))


_UNITS = ("min", "mins", "minutes", "sec", "secs", "seconds", "hr", "hrs", "hours", "pts", "points", "wpm")
"""Words behind a number that are no part of it."""


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
    forms: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether its cells are numbers, but for words that stand in their place."""
        return self.filled > 0 and _share(self.cells, _number) >= ENOUGH

    @property
    def is_edition(self) -> bool:
        """Whether it says which edition of a test it is, and not which test."""
        return re.search(r"version|form|type|edition", plain(self.name)) is not None

    @property
    def is_told_apart(self) -> bool:
        """Whether most of its cells are different ones with digits in them, and none is of words: numbers are so."""
        return 2 * len(self.cells) >= self.filled and self.is_of_numbers

    @property
    def is_of_numbers(self) -> bool:
        """Whether each of its cells has digits in it, and no blanks, as what numbers something does."""
        return all(any(map(str.isdigit, cell)) and " " not in cell for cell in self.cells)

    def dressed(self) -> dict[str, str | bool | list[str]]:
        """What its numbers have on them besides digits, as a layout says it: percent signs, thousands, units."""
        written = [shape for cell in self.cells if (shape := _NUMBER.fullmatch(cell))]
        units = sorted({shape["unit"] for shape in written if shape["unit"] and shape["unit"] != "%"})
        dress: dict[str, str | bool | list[str]] = {}
        if any(shape["unit"] == "%" for shape in written):
            dress["percent"] = True
        if any("," in shape["whole"] for shape in written):
            dress["thousands"] = ","
        return dress | ({"units": units} if units else {})


def profiled(
    header: Sequence[str], rows: Sequence[Sequence[str]], roles: Mapping[str, Role] | None = None
) -> list[Column]:
    """Each column of a table with what it looks like; or with one of the `roles`, where a person says what it is."""
    columns = [
        _column(name, [row[index].strip() for row in rows if index < len(row)]) for index, name in enumerate(header)
    ]
    return [_as_said(column, (roles or {}).get(column.name, column.role)) for column in columns]


def _as_said(column: Column, role: Role) -> Column:
    if role == column.role:
        return column
    forms = column.forms or (date_forms(column.cells, dated=True) if role in ("date", "birth") else ())
    return replace(column, role=role, forms=forms)


def _column(name: str, cells: Sequence[str]) -> Column:
    counts = Counter(cell for cell in cells if cell)
    filled = sum(counts.values())
    shape = spoken(name)
    looks = filled and (_DATED.search(shape) or any(sign in next(iter(counts)) for sign in "/-"))
    forms = date_forms(counts, dated=_DATED.search(shape) is not None) if looks else ()
    role: Role = next((role for role, pattern in _patterns() if pattern.search(shape)), "other")
    if role == "other" and _SCALE_SCORE.search(name):
        role = "score"
    if role in LEARNER_IDS and numbers_others(shape):
        role = "attempt" if _OF_A_TEST.search(shape) else "other"
    if role == "district id" and _BARE.fullmatch(shape) and not any(c.isdigit() for cell in counts for c in cell):
        role = "name"
    return Column(name, _settled(role, name, counts, filled, dated=bool(forms)), counts, filled=filled, forms=forms)


def _settled(role: Role, name: str, counts: Counter[str], filled: int, *, dated: bool) -> Role:
    """The role of a name, where the cells do not say otherwise."""
    shape = spoken(name)
    if role == "session" and dated and "date" in shape and not _OF_A_TERM.search(shape):
        role = "date"
    if dated and role not in ("birth", "session", "demographic", "roster"):
        return "other" if re.search(r"enroll|withdraw|birth|entry|first(?=enrolled)|exit", shape) else "date"
    if not filled:
        return role if role != "other" else "blank"
    if role in ("score", "other") and (_LASTS.search(shape) or shape.endswith("range")):
        return "other"
    if role == "score" and "errorband" in shape:
        return "other"
    if role == "score" and _STATES.search(shape) and all(len(cell) == 1 for cell in counts):
        return "other"
    if role in ("score", "other") and _OF_MANY.search(shape):
        return "other"
    numbers = _share(counts, _number)
    if role == "score" and numbers < ENOUGH and _STATES.search(shape):
        return "other"
    if role in ("score", "percentile", "standard error") and numbers < ENOUGH:
        return "level" if role == "score" and len(counts) <= 40 else "other"
    if (
        role == "level"
        and numbers >= ENOUGH
        and not (shape.endswith("level") and all(_LEVEL_NUMBER.fullmatch(cell) for cell in counts))
        and (re.search(r"score|points|total|percent", shape) or any(cell.endswith("%") for cell in counts))
    ):
        return "score"
    if role == "grade" and not _grades(counts):
        return "level" if numbers < ENOUGH else "score"
    if (
        role == "other"
        and numbers >= ENOUGH
        and not (_NO_SCORE.search(shape) or _STATES.search(shape) or _ASKS.match(name))
        and not all(map(_CODE.fullmatch, counts))
    ):
        return "score"
    if role == "birth" and not dated:
        return "other"
    return role


def date_forms(cells: Counter[str], *, dated: bool) -> tuple[str, ...]:
    """The first way to write dates that nearly all cells are written in; of a column that is `dated` by its name,
    several ways where it takes several; () where they are no dates.
    """
    if single := next((form for form in FORMS if _share(cells, _written(form)) >= NEARLY_ALL), None):
        return (single,)
    if not dated:
        return ()
    if _share(cells, is_serial) >= NEARLY_ALL:
        return (EXCEL,)
    forms: list[str] = []
    left = Counter({cell: count for cell, count in cells.items() if meaning(cell) is None})
    least = left.total() * (1 - NEARLY_ALL)
    while left.total() > least and len(forms) < MOST_FORMS:
        possible = [form for form in FORMS if not _contradicts(form, forms)]
        best = max(possible, key=lambda form: sum(n for cell, n in left.items() if _written(form)(cell)))
        rest = Counter({cell: count for cell, count in left.items() if not _written(best)(cell)})
        if rest.total() == left.total():
            return ()
        forms.append(best)
        left = rest
    return tuple(forms) if left.total() <= least else ()


def _contradicts(form: str, forms: Sequence[str]) -> bool:
    """Whether 03/04 would have two meanings."""
    try:
        one_order((*forms, form))
    except ValueError:
        return True
    return False


@cache
def _written(form: str) -> Callable[[str], bool]:
    parsed = day_parser((form,))

    def is_so(cell: str) -> bool:
        if form not in ("iso", "%Y-%m-%d") and re.match(r"\d{4}-", cell):
            return False
        return (not cell.isdigit() or len(cell) in (5, 6, 7, 8)) and parsed(cell, LATEST) is not None

    return is_so


_NUMBER = re.compile(
    rf"(?P<whole>[+-]?(?:\d{{1,9}}|\d{{1,3}}(?:,\d{{3}})+))(?:\.\d+)?\s*(?P<unit>%|{'|'.join(_UNITS)})?", re.IGNORECASE
)


def _number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


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
