"""The lines of a list: which are rows, by which headings each is read, and what says yes or no in it.

Pure.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.programs.columns import COLUMNS, WHO, Heading, meant, shape
from app.programs.yes_no import yes_or_no

TOTAL = re.compile(r"(?:grand |sub)?-?(?:totals?|average|promedio|gesamt|summe)\b[\s\w]*:?.*", re.IGNORECASE)
"""How a line begins that counts the others."""
SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
FINISHED = frozenset(("completed", "complete", "done", "finished", "earned", "passed", "present", "attended", "100%"))
UNFINISHED = frozenset(
    ("in progress", "incomplete", "not started", "started", "absent", "dropped", "withdrawn", "failed", "not earned")
) | {"n/a", "na", "partial", "not complete", "not completed", "ongoing", "en curso", "ausente"}
"""What a list writes of what is done, and of what is not, beside yes and no."""
ONE_PERSONS = ("email", "username", "program")
"""What names a learner only where no other row has it: a club may write its own."""


class Line(NamedTuple):
    """A line below the headings, and what its cells mean; `head` are the headings it is read by."""

    number: int
    cells: tuple[str, ...]
    values: Mapping[str, str]
    head: Heading


def parted(cells: Sequence[tuple[int, tuple[str, ...]]], head: Heading) -> tuple[list[int], list[Line]]:
    """The lines that are no rows of a list, and those that are, each read by the headings above it.

    A file may have several lists below one another, each with headings and a title of its own.
    """
    aside: list[int] = []
    lines: list[Line] = []
    for number, row in cells:
        if places := meant(row):
            head = Heading(number, tuple(row), places)
            if lines and sum(map(bool, lines[-1].cells)) == 1:
                aside.append(lines.pop().number)
        values = {what: row[place] for what, place in head.places.items() if place < len(row) and row[place]}
        line = Line(number, row, values, head)
        if places or _aside(line):
            aside.append(number)
        else:
            lines.append(line)
    return sorted(aside), lines


def _aside(line: Line) -> bool:
    """Whether a line is no row of a list: nobody is named in it, it counts the others, or is part of the frame."""
    head = line.head
    if not line.values.keys() - {"id"} or not re.search(r"\w", "".join(line.cells)):
        return True
    if all(shape(cell) == shape(head.names[head.places[what]]) for what, cell in line.values.items()):
        return True
    who = [line.values[meaning] for meaning in WHO if meaning in line.values]
    first = next(filter(None, line.cells), "")
    return bool(TOTAL.fullmatch(who[0] if who else first)) or not (
        who or line.values.keys() & {"title", "narrative", "achievement", "birth_date"}
    )


def with_done(lines: Sequence[Line]) -> list[Line]:
    """Lines with what a column of yes and no says under `done`; also one that is called `Completed` or `Badge earned`.

    A blank in such a column is a no: where anybody has written in it.
    """
    read_lines = [line._replace(values=_moved(line)) for line in lines]
    if any(_of_something_else(line) for line in read_lines):
        named = [{what: cell for what, cell in line.values.items() if what != "done"} for line in read_lines]
        return [line._replace(values=values) for line, values in zip(read_lines, named, strict=True)]
    ticked = any("done" in line.values for line in read_lines)
    blank = {**dict.fromkeys(("done",), "no")} if ticked else {}
    return [line._replace(values={**blank, **line.values}) for line in read_lines]


def _of_something_else(line: Line) -> bool:
    """Whether a column that is called `Status` tells of something else: of a member, not of what was done."""
    cell, place = line.values.get("done", ""), line.head.places.get("done")
    unsaid = bool(cell) and finished(cell) is None and not re.search(r"\d", cell)
    return unsaid and place is not None and shape(line.head.names[place]) in ("status", "estado")


def _moved(line: Line) -> Mapping[str, str]:
    for what in ("date", "achievement"):
        cell = line.values.get(what, "")
        called = shape(line.head.names[line.head.places[what]]) if cell else ""
        if called in COLUMNS["done"] and finished(cell) is not None:
            return {**{other: value for other, value in line.values.items() if other != what}, "done": cell}
    return line.values


def dated(line: Line) -> Mapping[str, str]:
    """A line in which `done` is a day: that it was done, and when, where nothing else says so."""
    cell = line.values.get("done", "")
    if finished(cell) is None and re.search(r"\d", cell):
        return {"date": cell, **line.values, "done": "yes"}
    return line.values


def finished(cell: str) -> bool | None:
    return yes_or_no(cell, FINISHED, UNFINISHED)


def each_ones(lines: Sequence[Line]) -> list[Line]:
    """Lines without what is written for learners of different names: an address or number of the club's own."""
    names: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        for kind in ONE_PERSONS:
            if kind in line.values:
                names.setdefault((kind, line.values[kind].casefold()), set()).add(shape(name(line.values) or ""))
    alone = []
    for line in lines:
        own = {
            what: value
            for what, value in line.values.items()
            if what not in ONE_PERSONS
            or (len(names[what, value.casefold()]) == 1 and (what != "email" or "@" in value))
        }
        alone.append(line._replace(values=own))
    return alone


def name(values: Mapping[str, str]) -> str | None:
    """A learner's name, whichever columns it is in: 'Name' beside 'Last name' is the first name alone."""
    full, family = values.get("full", ""), values.get("family", "")
    if full and family and "given" not in values and family.casefold() not in full.casefold():
        return f"{full} {family}"
    return _turned(full) or " ".join(filter(None, (values.get("given"), family))) or None


def _turned(name: str) -> str:
    """A name as it is said: `Sample, Ada` is Ada Sample, and `Smith, Jr., John` is John Smith Jr."""
    parts = [part.strip() for part in name.split(",")]
    suffix = ""
    if len(parts) > 1 and SUFFIX.fullmatch(parts[-1]):
        suffix = f" {parts.pop()}"
    elif len(parts) == 3 and SUFFIX.fullmatch(parts[1]):
        suffix = f" {parts.pop(1)}"
    if len(parts) == 1 or (len(parts) == 2 and all(parts)):
        return " ".join(reversed(parts)) + suffix
    return name
