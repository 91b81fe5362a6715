"""A list that a program keeps of who did what, as a file: each row becomes the evidence its program would push."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from connectors import Page, Part, Reject
from connectors.date_order import Order
from connectors.dates import LATEST, NO_DAY, Month, day_parser
from connectors.errors import ConfigError, Unavailable
from connectors.ids import stands_for_none, undressed
from connectors.kit.files import open_bundle
from connectors.kit.joined import without_headers
from connectors.kit.table import Table
from connectors.kit.tables import is_guide, is_prose, tables
from connectors.kit.turned import turned

DATES = (
    *("%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%m-%d-%y", "%m.%d.%Y", "%Y/%m/%d"),
    *("%b %d, %Y", "%b %d %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "iso"),
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "district": ("studentid", "studentnumber", "localid", "localstudentid", "studentno", "districtid", "pupilid"),
    "state": ("stateid", "statestudentid", "ssid", "stateidentifier"),
    "program": ("memberid", "membernumber", "participantid", "programid", "campid", "clubid"),
    "username": ("username", "login"),
    "email": ("email", "studentemail", "emailaddress"),
    "given": ("firstname", "given", "givenname", "first"),
    "family": ("lastname", "family", "familyname", "last", "surname"),
    "full": ("name", "studentname", "fullname", "student", "participant", "learner"),
    "birth_date": ("birthdate", "dateofbirth", "dob", "birthday"),
    "grade": ("grade", "gradelevel"),
    "id": ("id", "evidenceid", "submissionid", "recordid", "rowid"),
    "title": (
        "activity",
        "title",
        "project",
        "badge",
        "award",
        "evidence",
        "workshop",
        "event",
        "program",
        "club",
        "skill",
    ),
    "date": ("date", "day", "occurred", "occurredat", "activitydate", "completed", "dateearned", "issuedon"),
    "narrative": (
        "note",
        "notes",
        "narrative",
        "description",
        "comment",
        "comments",
        "whattheydid",
        "reflection",
        "summary",
    ),
    "url": ("url", "link", "address", "evidencelink", "evidenceurl"),
    "place": ("place", "location", "site"),
    "assessor": ("mentor", "coach", "assessor", "instructor", "leader", "staff"),
    "level": ("level", "rating", "result"),
    "score": ("score", "points"),
    "subject": ("subject", "area"),
    "code": ("standard", "competency", "competencycode", "standardcode", "code"),
}
"""What a column is called, without case, spaces and punctuation; the first that a header has is taken."""

_WHO = ("district", "state", "program", "username", "email")
_COUNTED = re.compile(r"\d{1,4}")
"""What counts the rows of a list is no name of what they say: the next list begins with 1 again."""

_WHAT = ("title", "narrative", "url")


@dataclass(frozen=True, slots=True)
class Header:
    """Where what is in a list: by what it is, the position of its column; after how many rows the list begins."""

    columns: dict[str, int]
    names: tuple[str, ...]
    after: int


def parts(path: Path, _settings: object) -> Iterator[Part]:
    """One part for each list. ConfigError where a file is none, before any row is read."""
    with open_bundle(path) as bundle:
        names = [name for name in bundle.names() if not is_guide(name)]
        try:
            every = [table for name in names for table in tables(partial(bundle.open, name), name)]
        except Unavailable as why:
            raise ConfigError(str(why)) from None
        lists = [table for table in every if not (table.name.lower().endswith(".txt") and is_prose(table))]
        if not lists:
            raise ConfigError(f"{path.name} holds no list of who did what: a CSV file or workbook with a header")
        for table, header in [(table, _needed(table)) for table in lists]:
            yield Part("evidence", f"{table.name} (evidence)", _pages(table, header), distinct=True)


def is_evidence(table: Table) -> bool:
    """Whether a table says who did what."""
    return _header(table) is not None


def _needed(table: Table) -> Header:
    header = _header(table)
    if header is None:
        raise ConfigError(
            f"{table.name} does not say who did what: it needs a column that names the learner (Student ID, State ID, "
            "Member ID, Username or Email) and one that says what was done (Activity, Title, Note or Link)"
        )
    return header


def _header(table: Table) -> Header | None:
    for after, row in enumerate(table.first[:20], 1):
        shapes = [re.sub(r"[^a-z0-9]", "", cell.casefold()) for cell in row]
        columns = {
            what: shapes.index(name)
            for what, names in COLUMNS.items()
            if (name := next((name for name in names if name in shapes), None)) is not None
        }
        if any(who in columns for who in _WHO) and any(what in columns for what in _WHAT):
            return Header(columns, tuple(cell or f"column {n}" for n, cell in enumerate(row, 1)), after)
    return None


def _pages(table: Table, header: Header) -> Iterator[Page]:
    again = partial(table.pages, header.after, header.names)
    usual: dict[int, Order] = {
        header.columns[what]: "month-first" for what in ("date", "birth_date") if what in header.columns
    }
    dates = turned(table, again, usual, dict(enumerate(header.names)))
    notes = [*table.notes, *dates.notes]
    for page in map(dates.page, without_headers(again(), table.first[header.after - 1])):
        records: list[bytes] = []
        lines: list[int] = []
        rejects = list(page.rejects)
        for body, line in zip(page.records, page.lines, strict=True):
            cells = [cell.strip() for cell in msgspec.json.decode(body, type=list[str])]
            try:
                records.append(msgspec.json.encode(item(header, cells)))
                lines.append(line)
            except ValueError as why:
                rejects.append(Reject(bytes(body), str(why), f"{table.name} line {line}"))
        yield replace(page, records=records, lines=lines, rejects=rejects, notes=[*notes, *page.notes], columns=None)
        notes = []


def item(header: Header, cells: Sequence[str]) -> dict[str, Any]:
    """A row as the evidence item it is. ValueError says what of it will not do."""
    row = {what: cells[index] for what, index in header.columns.items() if index < len(cells) and cells[index]}
    numbers = {kind: undressed(row[kind]) for kind in _WHO if kind in row}
    identifiers = [{"type": kind, "value": value} for kind, value in numbers.items() if not stands_for_none(value)]
    if not identifiers:
        named = ", ".join(header.names[header.columns[kind]] for kind in _WHO if kind in header.columns)
        none = f" ({', '.join(map(repr, numbers.values()))} stands for no number)" if numbers else ""
        raise ValueError(f"the row names nobody: {named}{none}")
    more = {header.names[index]: cell for index, cell in _unknown(header, cells)}
    when = _day_cell("date", row, header, more)
    made = {
        "learner": _learner(row, identifiers, _day_cell("birth_date", row, header, more)),
        "name": row.get("title"),
        "narrative": row.get("narrative"),
        "url": row.get("url"),
        "place": row.get("place"),
        "assessor": row.get("assessor"),
        "subject": row.get("subject"),
        "occurredAt": when,
        "setting": "after-school",
        "result": _result(row),
        "alignments": [{"code": row["code"]}] if "code" in row else None,
    }
    key = row.get("id", "")
    if not key or _COUNTED.fullmatch(key):
        label = row.get("title") or row.get("narrative", "")[:60]
        key = "|".join([identifiers[0]["value"], label, when or row.get("date", "")])
    return {"id": key, **{name: value for name, value in made.items() if value is not None}, **_unlike(more, made)}


def _unlike(more: dict[str, str], made: dict[str, Any]) -> dict[str, str]:
    """What else the row says, under names that are not an item's own."""
    return {name if name not in made and name != "id" else f"{name} (column)": cell for name, cell in more.items()}


def _unknown(header: Header, cells: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The filled cells of columns that say nothing an item has."""
    known = set(header.columns.values())
    yield from ((index, cell) for index, cell in enumerate(cells[: len(header.names)]) if cell and index not in known)


def _day_cell(what: str, row: dict[str, str], header: Header, more: dict[str, str]) -> str | None:
    """The day in a cell; what is none is kept with the rest of the row as it is."""
    if what not in row:
        return None
    day = _parsed(row[what], LATEST)
    if day is None or isinstance(day, Month) or day in NO_DAY:
        more[header.names[header.columns[what]]] = row[what]
        return None
    return day.isoformat()


def _learner(row: dict[str, str], identifiers: list[dict[str, str]], born: str | None) -> dict[str, Any]:
    name: dict[str, str] | None = {part: row[part] for part in ("given", "family") if part in row} or (
        {"full": row["full"]} if "full" in row else None
    )
    made = {"identifiers": identifiers, "name": name, "birthDate": born, "grade": row.get("grade")}
    return {part: value for part, value in made.items() if value is not None}


def _result(row: dict[str, str]) -> dict[str, Any] | None:
    if "level" not in row and "score" not in row:
        return None
    result: dict[str, Any] = {"level": row["level"]} if "level" in row else {}
    if "score" in row:
        try:
            result["score"] = float(row["score"])
        except ValueError:
            result["narrative"] = row["score"]
    return result


_parsed = day_parser(DATES)
