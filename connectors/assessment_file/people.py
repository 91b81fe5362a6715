"""Who was tested: a row's learner, by the identifiers it has."""

from collections.abc import Callable
from datetime import date

from connectors.assessment_file.cells import Row, getter, spared
from connectors.assessment_file.columns import NameColumn
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.sources import Cell, column_of
from connectors.dates import LATEST, LATEST_BIRTH, NO_DAY, Month, day_parser, not_of
from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.ids import stands_for_none, undressed
from schemas import Identifier, Name, Org, Person, Role

Born = Callable[[Fields, Row], tuple[date | None, int | None]]
"""A row's birth date, or the year alone where it says no day."""


def undresser(layout: Layout) -> Callable[[Fields, Row], Row]:
    """Compile the function that undresses a row's identifiers. MappingError for one whose digits are gone."""
    identifiers = tuple(dict.fromkeys(identifier.column for identifier in layout.person.identifiers))

    def undress(f: Fields, row: Row) -> Row:
        for column in identifiers:
            if column in row:
                try:
                    row[column] = undressed(row[column])
                except ValueError as why:
                    raise f.wrong(column, row[column], str(why)) from None
        return row

    return undress


def people(layout: Layout) -> Callable[[Fields, Row, Org | None], Person]:
    """Compile the function that says whose row it is. MappingError where it is nobody's."""
    columns, born, name = layout.person, _born(layout), _name(layout)
    grade, email = getter(layout, "title", columns.grade), getter(layout, "title", columns.email)
    about = _about_learner(layout)

    def person(f: Fields, row: Row, school: Org | None) -> Person:
        identifiers = tuple(
            Identifier(type=column.type, value=row[column.column], issuer=column.issuer)
            for column in columns.identifiers
            if column.column in row and not stands_for_none(row[column.column])
        )
        if not identifiers:
            tried = ", ".join(column.column for column in columns.identifiers)
            cells = ", ".join(repr(row[column.column]) for column in columns.identifiers if column.column in row)
            words = f"{tried}: {cells} stands for no number" if cells else f"{tried} are all blank"
            raise MappingError(f"the row identifies nobody: {words}")
        grades, (birth_date, birth_year), first = grade(f, row), born(f, row), identifiers[0]
        address = email(f, row)
        if address and not any(each.type == "email" for each in identifiers):
            identifiers = (*identifiers, Identifier(type="email", value=address))
        made = Person(
            key=f"{first.type}:{first.value}" + (f"@{first.issuer}" if first.issuer else ""),
            identifiers=identifiers,
            names=name(f, row),
            roles=(Role(role="student", org=school.key if school else None),),
            email=address,
            birth_date=birth_date,
            birth_year=birth_year,
            grades=(grades,) if grades else (),
            primary_org=school.key if school else None,
        )
        for column, tells in about:
            if column in row and not tells(made, row[column]):
                made.extensions[column] = row[column]
        return made

    return person


def _about_learner(layout: Layout) -> list[tuple[str, Callable[[Person, str], bool]]]:
    """Columns about the learner, each with whether the person says what it says: if not, the cell is kept as it is."""
    columns = layout.person
    about: list[tuple[str, Callable[[Person, str], bool]]] = []
    if column := column_of(columns.birth_date):
        about.append((column, lambda person, _: person.birth_date is not None))
    if column := column_of(columns.grade):
        about.append((column, lambda person, _: bool(person.grades)))
    names = (columns.given, columns.family, columns.middle)
    about += [(source.column, lambda _person, _cell: False) for source in names if isinstance(source, Cell)]
    about += [(identifier.column, _identifies) for identifier in columns.identifiers]
    return about


def _identifies(person: Person, cell: str) -> bool:
    return any(identifier.value == cell for identifier in person.identifiers)


def _name(layout: Layout) -> Callable[[Fields, Row], tuple[Name, ...]]:
    columns = layout.person
    given_name, family_name, middle = (
        getter(layout, "title", source) for source in (columns.given, columns.family, columns.middle)
    )
    whole = columns.name

    def name(f: Fields, row: Row) -> tuple[Name, ...]:
        parts = Name(given=given_name(f, row), family=family_name(f, row), middle=middle(f, row))
        if parts.given or parts.family or parts.middle:
            return (parts,)
        if whole is not None and whole.column in row:
            return (_parted(whole, row[whole.column]),)
        return ()

    return name


def _parted(column: NameColumn, cell: str) -> Name:
    """A whole name in its parts, where its form tells them apart for certain."""
    if column.form == "family, given" and cell.count(",") == 1:
        family_name, given_name = (part.strip() for part in cell.split(","))
        if family_name and given_name:
            return Name(given=given_name, family=family_name)
    if column.form == "given family" and len(words := cell.split()) == 2:
        return Name(given=words[0], family=words[1])
    return Name(full=cell)


def _born(layout: Layout) -> Born:
    source = layout.person.birth_date
    column = column_of(source)
    if source is None or column is None:
        return lambda _f, _row: (None, None)
    formats = source.dates if isinstance(source, Cell) and source.dates else layout.dates
    parsed = day_parser(formats)
    latest = _latest(layout)

    def born(f: Fields, row: Row) -> tuple[date | None, int | None]:
        if column not in row:
            return None, None
        value = parsed(row[column], latest(row))
        if value is None:
            spared(f, column, row[column], ValueError(not_of(formats, row[column])))
            return None, None
        if value in NO_DAY:
            spared(f, column, row[column], ValueError("is what stands for no birth date"))
            return None, None
        if value.year > latest(row):
            spared(f, column, row[column], ValueError("is a birth date after the test"))
            return None, None
        return (None, value.year) if isinstance(value, Month) else (value, None)

    return born


def _latest(layout: Layout) -> Callable[[Row], int]:
    """The last year in which a row's learner can be born: that of the test."""
    tested = [column_of(result.scored_on) for result in (layout.common, *layout.results)]
    columns = [column for column in dict.fromkeys(tested) if column is not None]
    parsed = day_parser(layout.dates)

    def latest(row: Row) -> int:
        days = (parsed(row[column], LATEST) for column in columns if column in row)
        return min((day.year for day in days if day is not None and day not in NO_DAY), default=LATEST_BIRTH)

    return latest
