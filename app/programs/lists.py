"""Lists: a table of who did what, pasted or as a file, read row by row into submissions, with what is wrong by line.

Purely told: what a column means is guessed by what it is called; nothing is looked up.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from app.programs import submission
from app.programs.submission import Artifact, Guardian, Learner, Number, Submission
from connectors.dates import LATEST, Month, day_parser
from connectors.evidence.files import COLUMNS as EVIDENCE
from connectors.evidence.files import DATES
from connectors.ids import undressed
from connectors.kit.tables import Table
from schemas.addresses import is_web_address

OWN: dict[str, tuple[str, ...]] = {
    "achievement": ("badge", "award", "achievement", "insignia"),
    "guardian": ("guardian", "guardianname", "parent", "parentname", "padre", "tutor"),
    "contact": ("guardiancontact", "parentcontact", "parentemail", "guardianemail", "parentphone", "guardianphone"),
    "school": ("school", "schoolname", "escuela"),
    "reflection": ("reflection", "learnerwords", "reflexion"),
    "team": ("team", "group", "equipo"),
}
SPANISH: dict[str, tuple[str, ...]] = {
    "full": ("nombre", "estudiante", "alumno", "alumna"),
    "given": ("nombres",),
    "family": ("apellido", "apellidos"),
    "birth_date": ("fechadenacimiento", "nacimiento"),
    "grade": ("grado",),
    "title": ("actividad", "proyecto", "titulo"),
    "date": ("fecha",),
    "narrative": ("nota", "notas", "descripcion"),
    "url": ("enlace",),
    "place": ("lugar",),
}
TITLE = tuple(name for name in EVIDENCE["title"] if name not in OWN["achievement"])
COLUMNS: dict[str, tuple[str, ...]] = {
    **{name: (*names, *SPANISH.get(name, ())) for name, names in EVIDENCE.items()},
    "title": (*TITLE, *SPANISH["title"]),
    "narrative": tuple(n for n in (*EVIDENCE["narrative"], *SPANISH["narrative"]) if n not in OWN["reflection"]),
    **OWN,
}
"""What a column is called, without case, accents, blanks and punctuation."""
WHO = ("full", "given", "family", "district", "state", "program", "username", "email")
NUMBERS = ("district", "state", "program", "username", "email")
MOST = 2000
"""Rows of one list."""
WORDS = {
    "full": "Name",
    "given": "First name",
    "family": "Last name",
    "title": "Activity",
    "narrative": "What they did",
    "date": "Date",
    "birth_date": "Birth date",
    "grade": "Grade",
    "school": "School",
    "url": "Link",
    "place": "Place",
    "achievement": "Badge",
    "assessor": "Mentor",
    "reflection": "Reflection",
    "guardian": "Guardian",
    "contact": "Guardian's contact",
    "team": "Team",
    "district": "Student number",
    "state": "State id",
    "program": "Member number",
    "username": "User name",
    "email": "E-mail",
    "id": "Own id",
}
"""What the columns are called on the page."""


class Row(Struct, frozen=True, omit_defaults=True):
    """A row of a list: its line, what it says, or what is wrong with it; `cells` as they were, to mend them."""

    line: int
    cells: tuple[str, ...]
    told: Submission | None = None
    wrong: str | None = None


class Read(Struct, frozen=True, omit_defaults=True):
    """A list as it was read: which column was taken for what, and its rows."""

    header: tuple[str, ...]
    columns: dict[str, str]
    rows: tuple[Row, ...]


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Read).decode


def header_of(table: Table) -> tuple[int, dict[str, int]] | None:
    """After how many rows a list begins, and where what is in it; None where it says neither who nor what."""
    for after, row in enumerate(table.first[:20], 1):
        shapes = [_shape(cell) for cell in row]
        at: dict[str, int] = {}
        for what, names in COLUMNS.items():
            place = next((shapes.index(name) for name in names if name in shapes), None)
            if place is not None and place not in at.values():
                at[what] = place
        if any(who in at for who in WHO) and ("title" in at or "narrative" in at or "achievement" in at):
            return after, at
    return None


def read(table: Table, achievements: Mapping[str, UUID], usual: UUID | None, today: date) -> Read | None:
    """Read a list. `achievements` are the program's by name, `usual` the one where a row names none."""
    found = header_of(table)
    if found is None:
        return None
    after, at = found
    names = tuple(cell or f"column {n}" for n, cell in enumerate(table.first[after - 1], 1))
    rows: list[Row] = []
    for page in table.pages(after, names):
        rows += [Row(_line(reject.position), (), wrong=reject.reason) for reject in page.rejects]
        for body, line in zip(page.records, page.lines, strict=True):
            cells = tuple(cell.strip() for cell in msgspec.json.decode(body, type=list[str]))
            rows.append(_row(line, cells, at, achievements, usual, today))
    rows = sorted(rows, key=lambda row: row.line)[: MOST + 1]
    columns = {names[place]: WORDS.get(what, what) for what, place in at.items() if what in WORDS}
    return Read(names, columns, tuple(_apart(rows)))


def _row(
    line: int,
    cells: tuple[str, ...],
    at: Mapping[str, int],
    achievements: Mapping[str, UUID],
    usual: UUID | None,
    today: date,
) -> Row:
    told = {what: cells[place] for what, place in at.items() if place < len(cells) and cells[place]}
    try:
        given = submission.canonical(_submission(told, achievements, usual))
    except ValueError as why:
        return Row(line, cells, wrong=str(why))
    wrong = next(iter(submission.wrongs(given, today)), None)
    return Row(line, cells, wrong=wrong[1]) if wrong else Row(line, cells, told=given)


def _submission(told: Mapping[str, str], achievements: Mapping[str, UUID], usual: UUID | None) -> Submission:
    name = told.get("full") or " ".join(filter(None, (told.get("given"), told.get("family"))))
    achievement = usual
    if named := told.get("achievement"):
        achievement = achievements.get(named.casefold())
        if achievement is None:
            known = ", ".join(sorted(achievements)) or "none"
            raise ValueError(f"the program has no badge '{named[:60]}': it has {known}")
    url = told.get("url")
    if url and not is_web_address(url):
        raise ValueError(f"'{url[:60]}' is no address: it begins with https://")
    numbers: list[Any] = [Number(kind, undressed(told[kind])) for kind in NUMBERS if kind in told]  # type: ignore[arg-type]
    return Submission(
        learner=Learner(
            name=_turned(name) or None,
            birth_date=_day(told["birth_date"]) if "birth_date" in told else None,
            grade=told.get("grade"),
            school=told.get("school"),
            numbers=tuple(numbers),
            guardian=Guardian(told.get("guardian"), told.get("contact")),
        ),
        title=told.get("title") or told.get("achievement") or told.get("narrative", "")[:60],
        done=told.get("narrative"),
        on=_day(told["date"]) if "date" in told else None,
        place=told.get("place"),
        achievement=achievement,
        evidence=(Artifact("link", url),) if url else (),
        reflection=told.get("reflection"),
        mentor=told.get("assessor"),
        team=told.get("team"),
        own_id=told.get("id") if not re.fullmatch(r"\d{1,4}", told.get("id", "")) else None,
    )


def _apart(rows: Sequence[Row]) -> list[Row]:
    """Rows that say another row's case, with something else in it, are told: one of the two is a slip."""
    first: dict[str, Row] = {}
    found = []
    for row in rows:
        if row.told is None:
            found.append(row)
            continue
        before = first.setdefault(row.told.key, row)
        if before is row or before.told == row.told:
            found.append(row)
        else:
            words = f"line {before.line} has the same learner, activity and day: tell them apart, or take one out"
            found.append(Row(row.line, row.cells, wrong=words))
    return found


def _turned(name: str) -> str:
    """A name as it is said: 'Sample, Ada' is Ada Sample."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() and "," not in given else name


def _shape(cell: str) -> str:
    plain = cell.casefold().translate(str.maketrans("áéíóúüñ", "aeiouun"))
    return re.sub(r"[^a-z0-9]", "", plain)


def _line(position: str | None) -> int:
    found = re.search(r"line (\d+)", position or "")
    return int(found[1]) if found else 0


_parsed = day_parser(DATES)


def _day(cell: str) -> date:
    day = _parsed(cell, LATEST)
    if day is None or isinstance(day, Month):
        raise ValueError(f"'{cell[:40]}' is no date like 10/03/2026 or 2026-10-03")
    return day
