"""A layout is compiled into a mapping function once; after that a row costs little more than its filled cells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from connectors import Map
from connectors.assessment_file import reading
from connectors.assessment_file.layout import (
    READINGS,
    Bounded,
    Coded,
    Fixed,
    Layout,
    OrgColumns,
    ResultColumns,
    Source,
    Threshold,
)
from connectors.assessment_file.reading import Read
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import AcademicSession, Alignment, AnyRecord, Identifier, LineItem, Name, Org, Person, Result, Role
from schemas.codes import OrgType

Row = dict[str, str]
Cell = tuple[str, str, Read]  # the target, the column, how its text is read
Get = Callable[[Fields, Row], Any]  # the value a row has for a target, or None

TOLD = frozenset({"score", "text_score", "level", "passed", "narrative"})
"""A row tells a result where it fills a column of one of these."""

_OBJECTIVE = {
    "objective_name": "name",
    "objective_code": "code",
    "objective_framework": "framework",
    "objective_url": "url",
}


@dataclass(frozen=True, slots=True)
class _ResultPlan:
    """How one result is read from a row. `told` are the columns of which one must be filled for it to exist.

    `when`: only of rows whose column has one of these cells.
    """

    layout: str
    when: tuple[str, frozenset[str]] | None
    key: tuple[str, ...]
    suffix: str
    told: tuple[str, ...]
    fixed: dict[str, Any]
    cells: tuple[Cell, ...]
    objective: dict[str, str]
    objective_cells: tuple[Cell, ...]
    keep: tuple[str, ...]


def mapping(layout: Layout) -> Map:
    """Compile the pure function that says a row of this layout in canonical records."""
    columns, blank = layout.columns, frozenset(layout.blank)
    orgs, person, session, item = _orgs(layout), _person(layout), _session(layout), _item(layout)
    plans = tuple(_plan(layout, result) for result in layout.results)
    kinds = _kinds(plans)

    def records(f: Fields) -> Iterable[AnyRecord]:
        row = f.cells(columns)
        if blank:
            row = {column: cell for column, cell in row.items() if cell not in blank}
        for column, known in kinds.items():
            if (cell := _needed(row, column)) not in known:
                raise f.wrong(column, cell, f"is what no result is for (`when` knows {', '.join(sorted(known))})")
        school, district = orgs(row)
        learner = person(f, row, school.key if school else None)
        term = session(f, row)
        test = item(f, row, term.key if term else None)
        for plan in plans:
            if any(column in row for column in plan.told) and _is_for(plan, row):
                yield _result(plan, f, row, learner.key, test)
        yield from (record for record in (learner, school, district, term, test) if record)

    return records


def _kinds(plans: Iterable[_ResultPlan]) -> dict[str, set[str]]:
    """The columns that tell what kind of row it is, with all they may say; none, where a result is for every row."""
    found: dict[str, set[str]] = {}
    for plan in plans:
        if plan.when is None:
            return {}
        found.setdefault(plan.when[0], set()).update(plan.when[1])
    return found


def _is_for(plan: _ResultPlan, row: Row) -> bool:
    return plan.when is None or row.get(plan.when[0]) in plan.when[1]


def _result(plan: _ResultPlan, f: Fields, row: Row, person: str, test: LineItem) -> Result:
    values = plan.fixed.copy()
    for target, column, read in plan.cells:
        if column in row:
            values[target] = read(f, column, row[column])
    if plan.objective or plan.objective_cells:
        objective = plan.objective.copy()
        for target, column, read in plan.objective_cells:
            if column in row:
                objective[target] = read(f, column, row[column])
        if not objective:
            raise MappingError(f"field '{plan.objective_cells[0][1]}' is blank, and its score needs it")
        values["alignments"] = (Alignment(**objective),)
        values.setdefault("title", objective.get("name"))
    else:
        values.setdefault("title", test.title)
    if kept := {column: row[column] for column in plan.keep if column in row}:
        values["extensions"] = kept
    key = "|".join([plan.layout, *[_needed(row, column) for column in plan.key]]) + plan.suffix
    return Result(key=key, person=person, line_item=test.key, **values)


def _plan(layout: Layout, result: ResultColumns) -> _ResultPlan:
    own = {target: source for target, _, source in result.targets()}
    sources = {target: source for target, _, source in layout.common.targets()} | own
    fixed: dict[str, Any] = {}
    objective: dict[str, str] = {}
    cells: list[Cell] = []
    objective_cells: list[Cell] = []
    for target, source in sources.items():
        name = _OBJECTIVE.get(target)
        if isinstance(source, Fixed):
            if name:
                objective[name] = str(source.fixed)
            else:
                fixed[target] = source.fixed
        else:
            (objective_cells if name else cells).append((name or target, *_read(layout, target, source)))
    return _ResultPlan(
        layout=layout.name,
        when=(result.when.column, frozenset(result.when.cells)) if result.when else None,
        key=result.key or layout.key,
        suffix=f"#{result.suffix}" if result.suffix else "",
        told=tuple(column for target, column, _ in cells if target in TOLD and target in own),
        fixed=fixed,
        cells=tuple(cells),
        objective=objective,
        objective_cells=tuple(objective_cells),
        keep=result.keep,
    )


def _person(layout: Layout) -> Callable[[Fields, Row, str | None], Person]:
    columns = layout.person
    born = _get(layout, "scored_on", columns.birth_date)
    grade = _get(layout, "title", columns.grade)
    given, family, middle, email = (
        _get(layout, "title", column) for column in (columns.given, columns.family, columns.middle, columns.email)
    )

    def person(f: Fields, row: Row, school: str | None) -> Person:
        identifiers = tuple(
            Identifier(type=one.type, value=reading.identifier(f, one.column, row[one.column]), issuer=one.issuer)
            for one in columns.identifiers
            if one.column in row and row[one.column].strip("0")  # zeros stand for "none" and would join strangers
        )
        if not identifiers:
            tried = ", ".join(one.column for one in columns.identifiers)
            raise MappingError(f"the row identifies nobody: {tried} are all blank or zero")
        name = Name(given=given(f, row), family=family(f, row), middle=middle(f, row))
        grades = grade(f, row)
        first = identifiers[0]
        return Person(
            key=f"{first.type}:{first.value}" + (f"@{first.issuer}" if first.issuer else ""),
            identifiers=identifiers,
            names=(name,) if name.given or name.family else (),
            roles=(Role(role="student", org=school),),
            email=email(f, row),
            birth_date=born(f, row),
            grades=(grades,) if grades else (),
            primary_org=school,
        )

    return person


def _orgs(layout: Layout) -> Callable[[Row], tuple[Org | None, Org | None]]:
    def orgs(row: Row) -> tuple[Org | None, Org | None]:
        district = _org(layout.district, row, "district", None)
        return _org(layout.school, row, "school", district.key if district else None), district

    return orgs


def _org(columns: OrgColumns | None, row: Row, kind: OrgType, parent: str | None) -> Org | None:
    if columns is None or columns.name not in row:
        return None
    name = row[columns.name]
    code = row[columns.id] if columns.id and columns.id in row else None
    return Org(key=f"{kind}:{code or name}", name=name, type=kind, identifier=code, parent=parent)


def _session(layout: Layout) -> Callable[[Fields, Row], AcademicSession | None]:
    columns = layout.session
    if columns is None:
        return lambda _f, _row: None
    begins, ends = (_get(layout, "scored_on", column) for column in (columns.begins, columns.ends))
    year = _get(layout, "title", columns.school_year)

    def session(f: Fields, row: Row) -> AcademicSession | None:
        if not all(column in row for column in columns.title):
            return None
        title = " ".join(row[column] for column in columns.title)
        return AcademicSession(
            key=f"session:{title}",
            title=title,
            type=columns.type,
            begins=begins(f, row),
            ends=ends(f, row),
            school_year=year(f, row),
        )

    return session


def _item(layout: Layout) -> Callable[[Fields, Row, str | None], LineItem]:
    columns = layout.item
    title, category = _get(layout, "title", columns.title), _get(layout, "title", columns.category)
    shown = columns.title if isinstance(columns.title, str) else getattr(columns.title, "column", "")

    def item(f: Fields, row: Row, session: str | None) -> LineItem:
        name = title(f, row)
        if name is None:
            raise MappingError(f"field '{shown}' is missing or blank, and is required")
        key = "|".join([layout.name, *[row[column] for column in columns.key if column in row]])
        return LineItem(key=key, title=name, category=category(f, row), session=session)

    return item


def _get(layout: Layout, target: str, source: Source | None) -> Get:
    """The getter of a value that may be absent."""
    if source is None:
        return lambda _f, _row: None
    if isinstance(source, Fixed):
        fixed = source.fixed
        return lambda _f, _row: fixed
    column, read = _read(layout, target, source)
    return lambda f, row: read(f, column, row[column]) if column in row else None


def _read(layout: Layout, target: str, source: str | Coded | Threshold | Bounded) -> tuple[str, Read]:
    match source:
        case Coded():
            return source.column, reading.coded(source.codes, layout.codes[source.codes])
        case Threshold():
            return source.column, reading.reached(source.at_least)
        case Bounded():
            return source.column, reading.bounded(source.least, source.most)
    if target == "percentile":
        return source, reading.percentile
    return source, reading.reader(READINGS[target], layout.dates)


def _needed(row: Row, column: str) -> str:
    if column not in row:
        raise MappingError(f"field '{column}' is missing or blank, and is required")
    return row[column]
