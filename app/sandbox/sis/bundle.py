"""The same school records as a OneRoster 1.2 bundle: a folder or a zip of CSV files (CSV Binding 1.2, bulk mode)."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from app.sandbox import district as sample
from app.sandbox.district import District
from app.sandbox.sis.collection import GRADEBOOKS, ROSTERING
from app.sandbox.sis.roster import Base, Json

Cell = Callable[[Json], Any]
Rows = Iterable[Sequence[Any]]

_NOWHERE = Base("", "")
_COLLECTIONS = {collection.path: collection for collection in (*ROSTERING, *GRADEBOOKS)}
_HEAD = ("sourcedId", "status", "dateLastModified")
_WRITTEN = (1980, 1, 1, 0, 0, 0)
"""What a zip says of when its files were written: always the same, so that the same district is the same bytes."""


def write_bundle(district: District, target: Path, *, flawed: bool = True) -> int:
    """Write the bundle to `target`: a zip if its name ends so, else a folder. Returns how many records there are."""
    count = 0
    with _sink(target) as put:
        put("manifest.csv", ("propertyName", "value"), _manifest())
        for name, (columns, rows) in FILES.items():
            counted = _Counted(rows(district, flawed))
            put(f"{name}.csv", columns, counted)
            count += counted.count
    return count


class _Counted:
    """Rows that remember how many they were."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self.rows:
            self.count += 1
            yield row


@contextmanager
def _sink(target: Path) -> Iterator[Callable[[str, Sequence[str], Rows], None]]:
    """Where files go: into a zip, or a folder, one after the other, never whole in memory."""
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "w") as bundle:

            def into_zip(name: str, columns: Sequence[str], rows: Rows) -> None:
                entry = zipfile.ZipInfo(name, _WRITTEN)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with bundle.open(entry, "w") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
                    _write(text, columns, rows)

            yield into_zip
    else:
        target.mkdir(parents=True, exist_ok=True)

        def into_folder(name: str, columns: Sequence[str], rows: Rows) -> None:
            with (target / name).open("w", encoding="utf-8", newline="") as text:
                _write(text, columns, rows)

        yield into_folder


def _write(text: TextIO, columns: Sequence[str], rows: Rows) -> None:
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)


def _reader(path: str) -> Cell:
    """The value at a dotted path of a record, lists joined with commas; blank where there is none."""
    name, _, inner = path.partition(".")
    if not inner:
        return lambda record: _text(record.get(name, ""))

    def inside(record: Json) -> Any:
        value = record.get(name)
        if isinstance(value, list):
            return ",".join(str(item[inner]) for item in value)
        return value[inner] if value else ""

    return inside


def _text(value: Any) -> Any:
    return ",".join(map(str, value)) if isinstance(value, list) else value


def _user_ids(record: Json) -> str:
    return ",".join(f"{{{item['type']}:{item['identifier']}}}" for item in record.get("userIds", ()))


def _scale_values(record: Json) -> str:
    return ",".join(f"{{{value['itemValueLHS']}:{value['itemValueRHS']}}}" for value in record["scoreScaleValue"])


def _records(path: str, district: District, flawed: bool) -> Iterator[Json]:
    """The records of a collection that are not withdrawn: a bulk file says who is there."""
    collection = _COLLECTIONS[path]
    for item in collection.every(district, flawed):
        record = collection.record(_NOWHERE, district, item)
        if record["status"] == "active":
            yield record


def _plain(path: str, cells: dict[str, str | Cell]) -> tuple[tuple[str, ...], Callable[[District, bool], Rows]]:
    """A file with one row per record of a collection. In bulk mode, status and dateLastModified are blank."""
    read = [_reader(cell) if isinstance(cell, str) else cell for cell in cells.values()]

    def rows(district: District, flawed: bool) -> Rows:
        for record in _records(path, district, flawed):
            yield [record["sourcedId"], "", "", *(cell(record) for cell in read)]

    return (*_HEAD, *cells), rows


def _each(
    path: str, columns: Sequence[str], split: Callable[[Json], Iterator[Sequence[Any]]]
) -> tuple[tuple[str, ...], Callable[[District, bool], Rows]]:
    """A file with several rows for one record of a collection, numbered below its id."""

    def rows(district: District, flawed: bool) -> Rows:
        for record in _records(path, district, flawed):
            for n, values in enumerate(split(record), 1):
                yield [f"{record['sourcedId']}.{path}{n}", "", "", *values]

    return (*_HEAD, *columns), rows


def _roles(record: Json) -> Iterator[Sequence[Any]]:
    for role in record["roles"]:
        dates = role.get("beginDate", ""), role.get("endDate", "")
        yield record["sourcedId"], role["roleType"], role["role"], *dates, role["org"]["sourcedId"], ""


def _item_objectives(record: Json) -> Iterator[Sequence[Any]]:
    for objectives in record.get("learningObjectiveSet", ()):
        for objective in objectives["learningObjectiveIds"]:
            yield record["sourcedId"], objectives["source"], objective


def _result_objectives(record: Json) -> Iterator[Sequence[Any]]:
    for objectives in record.get("learningObjectiveSet", ()):
        for item in objectives["learningObjectiveResults"]:
            reached = item.get("score", ""), item.get("textScore", "")
            yield record["sourcedId"], objectives["source"], item["learningObjectiveId"], *reached


def _scales(record: Json) -> Iterator[Sequence[Any]]:
    if "scoreScale" in record:
        yield "Four levels of proficiency", record["sourcedId"], record["scoreScale"]["sourcedId"]


def _from(**cells: str | Cell) -> dict[str, str | Cell]:
    """Columns, each with the path of its value in a record, or with what makes its value."""
    return cells


def _same(names: str) -> dict[str, str | Cell]:
    """Columns that are called as the record's own fields."""
    return {name: name for name in names.split()}


FILES = {
    "academicSessions": _plain(
        "academicSessions",
        _same("title type startDate endDate") | _from(parentSourcedId="parent.sourcedId", schoolYear="schoolYear"),
    ),
    "orgs": _plain("orgs", _same("name type identifier") | _from(parentSourcedId="parent.sourcedId")),
    "courses": _plain(
        "courses",
        _from(schoolYearSourcedId="schoolYear.sourcedId")
        | _same("title courseCode grades")
        | _from(orgSourcedId="org.sourcedId")
        | _same("subjects subjectCodes"),
    ),
    "classes": _plain(
        "classes",
        _same("title grades")
        | _from(courseSourcedId="course.sourcedId")
        | _same("classCode classType location")
        | _from(schoolSourcedId="school.sourcedId", termSourcedIds="terms.sourcedId")
        | _same("subjects subjectCodes periods"),
    ),
    "users": _plain(
        "users",
        _same("enabledUser username")
        | _from(userIds=_user_ids)
        | _same("givenName familyName middleName identifier email sms phone")
        | _from(agentSourcedIds="agents.sourcedId")
        | _same("grades password userMasterIdentifier")
        | _from(preferredGivenName="preferredFirstName", preferredMiddleName="preferredMiddleName")
        | _from(preferredFamilyName="preferredLastName", primaryOrgSourcedId="primaryOrg.sourcedId")
        | _same("pronouns"),
    ),
    "roles": _each(
        "users",
        ("userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"),
        _roles,
    ),
    "enrollments": _plain(
        "enrollments",
        _from(classSourcedId="class.sourcedId", schoolSourcedId="school.sourcedId")
        | _from(userSourcedId="user.sourcedId")
        | _same("role primary beginDate endDate"),
    ),
    "demographics": _plain(
        "demographics",
        _same(
            "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican"
            " nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity"
            " countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus"
        ),
    ),
    "categories": _plain("categories", _same("title weight")),
    "scoreScales": _plain(
        "scoreScales",
        _same("title type")
        | _from(orgSourcedId="org.sourcedId", courseSourcedId="course.sourcedId", classSourcedId="class.sourcedId")
        | _from(scoreScaleValue=_scale_values),
    ),
    "lineItems": _plain(
        "lineItems",
        _same("title description assignDate dueDate")
        | _from(classSourcedId="class.sourcedId", categorySourcedId="category.sourcedId")
        | _from(academicSessionSourcedId="gradingPeriod.sourcedId")
        | _same("resultValueMin resultValueMax")
        | _from(schoolSourcedId="school.sourcedId"),
    ),
    "lineItemLearningObjectiveIds": _each(
        "lineItems", ("lineItemSourcedId", "source", "learningObjectiveId"), _item_objectives
    ),
    "lineItemScoreScales": _each("lineItems", ("title", "lineItemSourcedId", "scoreScaleSourcedId"), _scales),
    "results": _plain(
        "results",
        _from(lineItemSourcedId="lineItem.sourcedId", studentSourcedId="student.sourcedId")
        | _same("scoreStatus score scoreDate comment textScore")
        | _from(classSourcedId="class.sourcedId")
        | _same("inProgress incomplete late missing"),
    ),
    "resultLearningObjectiveIds": _each(
        "results", ("resultSourcedId", "source", "learningObjectiveId", "score", "textScore"), _result_objectives
    ),
    "resultScoreScales": _each("results", ("title", "resultSourcedId", "scoreScaleSourcedId"), _scales),
}
"""The files of the bundle by name: the columns of each, in the binding's order, and what makes its rows."""

ABSENT = ("classResources", "courseResources", "resources", "userProfiles", "userResources")
"""The files of the binding that the bundle does not have."""


def _manifest() -> Rows:
    yield "manifest.version", "1.0"
    yield "oneroster.version", "1.2"
    for name in sorted((*FILES, *ABSENT)):
        yield f"file.{name}", "absent" if name in ABSENT else "bulk"
    yield "source.systemName", sample.NAME
    yield "source.systemCode", sample.KEY
