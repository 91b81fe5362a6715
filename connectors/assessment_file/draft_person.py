"""Whose a row is, in a drafted layout: the columns that number learners and name them."""

import re

from connectors.assessment_file.draft_results import in_list, in_text
from connectors.assessment_file.draft_sheet import Sheet
from connectors.assessment_file.names import plain
from connectors.assessment_file.owning import own
from connectors.assessment_file.profile import Column, Role, numbers_others, spoken
from connectors.errors import ConfigError
from connectors.ids import stands_for_none

_NOBODYS: frozenset[Role] = frozenset(
    {"score", "level", "percentile", "standard error", "grade", "date", "birth", "demographic", "roster", "answer"}
)
"""Roles of columns that number nobody, unless they are called so."""

_NAMING: frozenset[Role] = frozenset({"given", "family", "middle", "name", "birth", "grade", "email", "demographic"})
_BORN = re.compile(r"dob|birth", re.IGNORECASE)
_NUMBERING = re.compile(
    r"(?i:^(id|ref|number)\b|(?<![a-z])(id|ref|no|number)$|^(pupil|student|learner|child))"
    r"|(?<=[a-z])(ID|Id|No|Ref|Number)$"
)
"""Names that end in a word for a number: not `Financial Aid`."""

_WHO: tuple[Role, ...] = ("given", "family", "name", "birth")
"""Roles of columns that say who a learner is."""

IDS: dict[Role, str] = {
    "state id": "state",
    "district id": "district",
    "sourced id": "sourced",
    "username": "username",
    "account id": "account",
}
"""Kinds of identifiers, by the roles of their columns, the strongest first. Districts give numbers away again."""


_ONE = frozenset({"district", "state"})
"""Kinds of which a learner has one: a second number, taken for one, may be another child's."""


def person_of(sheet: Sheet) -> list[str]:
    """Whose a row is, in TOML. ConfigError for a file that numbers no learners."""
    lines = ["", "[person]", "identifiers = ["]
    ids = [(column, _kind(sheet, column, role)) for role in IDS for column in sorted(sheet.by[role], key=_is_bare)]
    ids.sort(key=lambda pair: list(IDS.values()).index(pair[1]))
    filled = _owned(sheet, [(column, kind) for column, kind in ids if _numbers(column)]) or ids
    if not filled:
        guess = _nobodys_number(sheet)
        sheet.doubts.append(f"no column looks like a learner's number: {guess.name!r} is a guess")
        filled = [(guess, "other")]
    numbered: set[str] = set()
    for whose, own_kind in filled:
        kind = "account" if own_kind in numbered & _ONE else own_kind
        numbered.add(kind)
        sheet.taken.add(whose.name)
        lines.append(f"  {{ type = {in_text(kind)}, column = {in_text(whose.name)} }},")
    lines.append("]")
    names: tuple[Role, ...] = ("given", "family", "middle")
    lines += [f"{target} = {in_text(column.name)}" for target in names if (column := sheet.take(target))]
    if not (sheet.by["given"] or sheet.by["family"]) and (column := sheet.take("name")):
        comma = sum("," in cell for cell in column.cells) * 2 > len(column.cells)
        form = "family, given" if comma else "full"
        lines.append(f"name = {{ column = {in_text(column.name)}, form = {in_text(form)} }}")
    if column := sheet.take("email"):
        lines.append(f"email = {in_text(column.name)}")
    if column := sheet.take("birth"):
        lines.append(f"birth_date = {in_text(column.name)}")
    if column := sheet.take("grade"):
        lines.append(f'grade = {{ column = {in_text(column.name)}, codes = "grade" }}')
    return lines


_NOBODY = re.compile(r"student, ?test|test[, ] ?student|points possible|preview, ?student", re.IGNORECASE)
"""Who stands in a gradebook and is nobody: what a teacher looks at the course as, and the row of possible points."""


def nobodys_rows(sheet: Sheet) -> list[str]:
    """The rows to pass over, in TOML: those of a gradebook's test student."""
    rules = [
        f"  {{ column = {in_text(column.name)}, is = {in_list(nobody)} }},"
        for column in sheet.by["name"]
        if (nobody := sorted(cell for cell in column.cells if _NOBODY.fullmatch(cell)))
    ]
    return ["skip = [", *rules, "]"] if rules else []


def _numbers(column: Column) -> bool:
    """Whether some cell of a column is a number: zeros alone are nobody's."""
    return not all(map(stands_for_none, column.cells))


def _kind(sheet: Sheet, column: Column, role: Role) -> str:
    """Whose number it is: `Student ID` beside `Local ID` is the vendor's, or nobody knows."""
    has_other = any(not _is_bare(other) for other in sheet.by[role])
    return "account" if role == "district id" and has_other and _is_bare(column) else IDS[role]


def _is_bare(column: Column) -> bool:
    """Whether a column's name leaves open whose number of a learner it is: the one that says so comes first."""
    return re.search(r"local|district|sis|state|unique", plain(column.name)) is None


def _owned(sheet: Sheet, ids: list[tuple[Column, str]]) -> list[tuple[Column, str]]:
    """Those of the columns that may number learners whose numbers are each one learner's."""
    named = [sheet.header.index(c.name) for role in _WHO for c in sheet.by[role]]
    learners = [tuple(row[i].casefold() if i < len(row) else "" for i in named) for row in sheet.rows]
    owned = own([sheet.cells(column) for column, _ in ids], learners)
    shared = [column.name for index, (column, _) in enumerate(ids) if index not in owned]
    if shared:
        names = ", ".join(shared[:4])
        sheet.doubts.append(f"{names}: called like a learner's number, and is not one learner's alone")
    return [ids[index] for index in owned] or ids[:1]


def _nobodys_number(sheet: Sheet) -> Column:
    """The column that most likely numbers learners, where none says so: never one of schools, classes or tests."""
    own = [c for c in sheet.columns if c.filled and not numbers_others(spoken(c.name)) and not _BORN.search(c.name)]
    numbers = [c for c in own if c.role not in _NAMING and c.is_of_numbers and _NUMBERING.search(c.name)]
    others = [column for column in own if column.role not in _NOBODYS and column.is_told_apart]
    if not numbers and not others and sheet.by["email"]:
        raise ConfigError(
            f"{sheet.title}: learners are told by {sheet.by['email'][0].name!r} alone, and an e-mail address is no "
            "learner's number. Export the file with the number that the district gives (student ID, SIS ID), or add it"
        )
    if not numbers and not others:
        raise ConfigError(
            f"{sheet.title}: no column numbers learners. A file of totals is about schools or groups, not about "
            "learners: ask for the one with a row for each"
        )
    return max(numbers or others, key=lambda column: len(column.cells))
