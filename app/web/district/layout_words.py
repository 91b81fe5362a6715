"""Words of the page on layouts: what a column is, what becomes of it, what a row becomes."""

from dataclasses import dataclass

from app.web.kit.words import _, later
from connectors.assessment_file.looking import Tried
from connectors.assessment_file.profile import Role
from schemas import Person, Result

ROLES: dict[Role, str] = {
    "district id": later("Learner's number in the district"),
    "state id": later("Learner's number in the state"),
    "sourced id": later("Learner's sourcedId (OneRoster)"),
    "account id": later("Learner's number at the vendor"),
    "username": later("User name"),
    "email": later("E-mail address"),
    "given": later("First name"),
    "family": later("Last name"),
    "middle": later("Middle name"),
    "name": later("Whole name"),
    "birth": later("Birth date"),
    "grade": later("Grade"),
    "school": later("School"),
    "school id": later("School's number"),
    "district": later("District"),
    "district number": later("District's number"),
    "date": later("Day of the test"),
    "session": later("School year or term"),
    "test": later("Name of the test"),
    "attempt": later("Number of the try"),
    "score": later("Score"),
    "level": later("Level"),
    "percentile": later("Percentile"),
    "standard error": later("Standard error"),
    "objective": later("Standard or skill that the row is of"),
    "other": later("Kept as it is"),
    "blank": later("Blank: kept where it is filled"),
    "answer": later("Left out: an answer to a question"),
    "demographic": later("Left out: demographics, programs"),
    "roster": later("Left out: class, teacher"),
}
"""What a column is, for the choice of a person."""

FATES = {"mapped": later("read"), "kept": later("kept"), "ignored": later("left out"), "unknown": later("not known")}
"""What becomes of a column."""


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """A learner's row before and after: its cells, whose it is, its results in words, and what was told."""

    cells: list[tuple[str, str]]
    person: str
    results: list[tuple[str, str]]
    told: list[str]


def trial(tried: Tried) -> ShownTrial:
    """A row before and after, in words."""
    person = next((_person(record) for record in tried.records if isinstance(record, Person)), "")
    results = [_result(record) for record in tried.records if isinstance(record, Result)]
    return ShownTrial(list(tried.row.items()), person, results, tried.told)


def _person(person: Person) -> str:
    name = next(iter(person.names), None)
    called = " ".join(filter(None, (name.given, name.middle, name.family))) or name.full if name else None
    numbers = [f"{identifier.type} {identifier.value}" for identifier in person.identifiers]
    born = _("born %(day)s", day=person.birth_date) if person.birth_date else None
    grade = _("grade %(grade)s", grade=", ".join(person.grades)) if person.grades else None
    return " · ".join(filter(None, (called, *numbers, born, grade)))


def _result(result: Result) -> tuple[str, str]:
    """A result's name, and what it says."""
    name = result.title or next((a.name or a.code or "" for a in result.alignments), "") or _("Result")
    score = None if result.score is None else f"{result.score:g}" + (f" {result.unit}" if result.unit else "")
    rank = None if result.percentile is None else f"{result.percentile:g}"
    values = (score, result.text_score, result.level, rank and _("percentile %(n)s", n=rank))
    day = str(result.scored_on) if result.scored_on else _("no day")
    return name, " · ".join((*filter(None, values), day))
