"""The district's archive of last school year: what its SIS listed in June, and what it lists of that in November.

Two OneRoster bundles. By the second the year is over: its classes, enrollments and results are listed no more, and one
quiz that had been entered for the wrong class is taken back, record by record.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.sandbox.catalog import GRADES
from app.sandbox.district import District
from app.sandbox.people import Learner

TITLE, CLASS = "Last year's SIS", "Mathematics"
BEGINS, ENDS, EXAM, QUIZ = "2025-08-25", "2026-06-13", "2026-05-20", "2026-03-10"  # ends: the day after the last
JUNE, NOVEMBER = "2026-06-15T06:00:00.000Z", "2026-11-16T06:00:00.000Z"
MISTAKEN = 41
"""Of so many learners one had a quiz entered that was not theirs."""
FILES: dict[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "status", "dateLastModified", "name", "type", "identifier"),
    "academicSessions": (
        "sourcedId",
        "status",
        "dateLastModified",
        "title",
        "type",
        "startDate",
        "endDate",
        "schoolYear",
    ),
    "courses": ("sourcedId", "status", "dateLastModified", "title", "orgSourcedId"),
    "classes": (
        "sourcedId",
        "status",
        "dateLastModified",
        "title",
        "courseSourcedId",
        "classType",
        "schoolSourcedId",
        "termSourcedIds",
    ),
    "users": ("sourcedId", "status", "dateLastModified", "enabledUser", "givenName", "familyName", "identifier"),
    "roles": ("sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "orgSourcedId"),
    "enrollments": (
        "sourcedId",
        "status",
        "dateLastModified",
        "classSourcedId",
        "schoolSourcedId",
        "userSourcedId",
        "role",
        "beginDate",
        "endDate",
    ),
    "lineItems": (
        "sourcedId",
        "status",
        "dateLastModified",
        "title",
        "assignDate",
        "dueDate",
        "classSourcedId",
        "resultValueMin",
        "resultValueMax",
    ),
    "results": (
        "sourcedId",
        "status",
        "dateLastModified",
        "lineItemSourcedId",
        "studentSourcedId",
        "scoreStatus",
        "score",
        "scoreDate",
    ),
}
Row = Sequence[str]


def write_last_year(district: District, folder: Path, *, over: bool) -> None:
    """Write the bundle as it was in June or, with `over`, as it is in November, into a new folder."""
    folder.mkdir()
    properties = [
        ("manifest.version", "1.0"),
        ("oneroster.version", "1.2"),
        *((f"file.{name}", "bulk") for name in FILES),
    ]
    _write(folder / "manifest.csv", ("propertyName", "value"), properties)
    for name, columns in FILES.items():
        _write(folder / f"{name}.csv", columns, _rows(district, name, over=over))


def _rows(district: District, name: str, *, over: bool) -> Iterator[Row]:
    if name == "orgs":
        yield ("ly-district", "", "", "Sample Valley, archive", "district", "")
    elif name == "academicSessions":
        yield ("ly-2026", "", "", "School year 2025-2026", "schoolYear", BEGINS, ENDS, "2026")
    elif name == "courses":
        yield from ((f"ly-crs-{grade}", "", "", f"{CLASS}, grade {grade}", "ly-district") for grade in GRADES)
    elif name == "classes":
        term = ("scheduled", "ly-district", "ly-2026")
        yield from (
            () if over else ((f"ly-cls-{g}", "", "", f"{CLASS} {g}, last year", f"ly-crs-{g}", *term) for g in GRADES)
        )
    elif name == "lineItems":
        scale = ("ly-cls-" + GRADES[0], "0", "10")
        yield ("ly-quiz", "", "", "Quiz on ratios", QUIZ, QUIZ, *scale)
        if not over:
            yield from (
                (f"ly-exam-{g}", "", "", f"{CLASS} exam, grade {g}", EXAM, EXAM, f"ly-cls-{g}", "0", "100")
                for g in GRADES
            )
    else:
        for learner in district.learners:
            if learner.grade > 0:  # they were here last year
                yield from _of(learner, name, over=over)


def _of(learner: Learner, name: str, *, over: bool) -> Iterator[Row]:
    key, grade = f"ly-{learner.number}", GRADES[learner.grade - 1]
    score = 40 + round(60 * learner.ability)
    gone = ("tobedeleted", NOVEMBER) if over else ("active", JUNE)
    if name == "users":
        yield (key, "", "", "true", learner.given, learner.family, learner.number)
    elif name == "roles":
        yield (f"{key}-r", "", "", key, "primary", "student", "ly-district")
    elif name == "results" and learner.index % MISTAKEN == 7:
        yield (f"{key}-quiz", *gone, "ly-quiz", key, "fully graded", str(score // 10), QUIZ)
    if over:
        return
    if name == "results":
        yield (f"{key}-exam", "active", JUNE, f"ly-exam-{grade}", key, "fully graded", str(score), EXAM)
    elif name == "enrollments":
        yield (f"{key}-e", "active", JUNE, f"ly-cls-{grade}", "ly-district", key, "student", BEGINS, ENDS)


def _write(path: Path, columns: Row, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows(rows)
