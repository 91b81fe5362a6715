"""What a row stands in: its school and district, its term, the test it is of."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.assessment_file.cells import Row, getter
from connectors.assessment_file.columns import ItemColumns, OrgColumns, SessionColumns
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.sources import column_of
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import AcademicSession, AnyRecord, LineItem, Org
from schemas.codes import OrgType


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a row stands in, and the columns whose cells are in it."""

    school: Org | None
    item: LineItem
    records: tuple[AnyRecord, ...]
    columns: frozenset[str]


def surroundings(layout: Layout) -> Callable[[Fields, Row], Surroundings]:
    """Compile the function that says what a row stands in."""
    term = session(layout, layout.session)
    test = item(layout, layout.item)
    columns = _columns(layout)

    def around(f: Fields, row: Row) -> Surroundings:
        district = _org(layout.district, row, "district", None)
        school = _org(layout.school, row, "school", district.key if district else None)
        in_term = term(f, row)
        line_item = test(f, row, in_term.key if in_term else None)
        records = tuple(record for record in (school, district, in_term, line_item) if record is not None)
        return Surroundings(school, line_item, records, columns[in_term is not None])

    return around


def _columns(layout: Layout) -> tuple[frozenset[str], frozenset[str]]:
    """The columns whose cells are in the surroundings and the learner, of a row without a term and of one with it."""
    names: set[str | None] = {column_of(layout.item.title), column_of(layout.item.category)}
    for org in (layout.school, layout.district):
        names.update((org.name, org.id) if org else ())
    person = layout.person
    sources = (person.given, person.family, person.middle, person.birth_date, person.grade)
    names.update(column_of(source) for source in sources)
    names.update((person.email, person.name.column if person.name and not (person.given or person.family) else None))
    if layout.session:
        titles = {title for title in layout.session.title if isinstance(title, str)}
        with_term = names | titles | session_columns(layout.session)
    else:
        with_term = names
    return frozenset(name for name in names if name), frozenset(name for name in with_term if name)


def session_columns(columns: SessionColumns) -> set[str | None]:
    """The columns a term's cells are in, besides its title."""
    return {columns.school_year, columns.begins, columns.ends}


def _org(columns: OrgColumns | None, row: Row, kind: OrgType, parent: str | None) -> Org | None:
    if columns is None:
        return None
    code = row[columns.id] if columns.id and columns.id in row else None
    name = row.get(columns.name, code)
    if name is None:
        return None
    return Org(key=f"{kind}:{code or name}", name=name, type=kind, identifier=code, parent=parent)


def session(layout: Layout, columns: SessionColumns | None) -> Callable[[Fields, Row], AcademicSession | None]:
    """Compile the function that says a row's term; None for a row that does not name it."""
    if columns is None:
        return lambda _f, _row: None
    begins, ends = (getter(layout, "scored_on", column) for column in (columns.begins, columns.ends))
    year = getter(layout, "title", columns.school_year)
    parts = [(part, "") if isinstance(part, str) else ("", str(part.fixed)) for part in columns.title]
    named = [column for column, _ in parts if column]

    def term(f: Fields, row: Row) -> AcademicSession | None:
        if named and not any(column in row for column in named):
            return None
        title = " ".join(words for column, fixed in parts if (words := fixed or row.get(column)))
        return AcademicSession(
            key=f"session:{title}",
            title=title,
            type=columns.type,
            begins=begins(f, row),
            ends=ends(f, row),
            school_year=year(f, row),
        )

    return term


def item(layout: Layout, columns: ItemColumns) -> Callable[[Fields, Row, str | None], LineItem]:
    """Compile the function that says the test. MappingError for a row that does not name it."""
    title, category = getter(layout, "title", columns.title), getter(layout, "title", columns.category)
    title_column = column_of(columns.title) or ""
    suffix = f"#{columns.suffix}" if columns.suffix else ""
    days = layout.tidy_days

    def test(f: Fields, row: Row, session: str | None) -> LineItem:
        name = title(f, row)
        if name is None:
            raise MappingError(f"field '{title_column}' is missing or blank, and is required")
        parts = [
            days[column](row[column]) if column in days else row[column] for column in columns.key if column in row
        ]
        key = "|".join([layout.name, *parts]) + suffix
        return LineItem(key=key, title=str(name), category=category(f, row), session=session)

    return test
