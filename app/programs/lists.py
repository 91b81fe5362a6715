"""Lists: a table of who did what, pasted or as a file, read row by row into submissions, with what is wrong by line.

Purely told: what a column means is guessed by what it is called; nothing is looked up.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct, field

from app.programs import consent
from app.programs.columns import Heading, heading, shape
from app.programs.days import NUMBERED, Order, day_of, is_numbered, order_of
from app.programs.lines import Line, dated, each_ones, finished, name, parted, with_done
from app.programs.submission import STAGES, Artifact, Guardian, Learner, Number, Stage, Submission, canonical, wrongs
from connectors.dates import NO_DAY
from connectors.ids import undressed
from connectors.kit.table import Table
from schemas.addresses import is_web_address
from schemas.records import share_defaults

NUMBERS = ("district", "state", "program", "username", "email")
MOST = 2000
"""Rows of one list."""
HERE = {"date", "day", "dob", "birthdate", "dateofbirth", "birthday", "timestamp", "sessiondate", "eventdate"} | {
    *("datecompleted", "completiondate", "dateearned", "activitydate", "completed", "dateofactivity", "dateofevent")
}
"""What a column of days is called where the month comes first."""
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
    "consent": "Consent",
    "done": "Completed",
    "team": "Team",
    "opportunity": "Part of",
    "stage": "Stage",
    "district": "Student number",
    "state": "State id",
    "program": "Member number",
    "username": "User name",
    "email": "E-mail",
    "id": "Own id",
}
"""What the columns are called on the page."""


class Row(Struct, frozen=True, omit_defaults=True):
    """A row of a list: its line, what it says, or what is wrong with it; `cells` as they were, to mend them.

    `consent` is who agreed that it is kept. Of a child for whom nobody did, nothing is: neither what it says nor cells.
    """

    line: int
    cells: tuple[str, ...]
    submission: Submission | None = field(default=None, name="told")
    wrong: str | None = None
    consent: str | None = None


class Read(Struct, frozen=True, omit_defaults=True):
    """A list as it was read: which column was taken for what, its rows, and the lines that are no rows (`aside`).

    `order` is how its days were read where they are two numbers and a year.
    """

    header: tuple[str, ...]
    columns: dict[str, str]
    rows: tuple[Row, ...]
    aside: tuple[int, ...] = ()
    order: Order = "unknown"

    def __post_init__(self) -> None:
        """See `share_defaults`."""
        share_defaults(self)


class Terms(NamedTuple):
    """What a list is read with: the program's achievements by name, the `usual` one where a row names none, the day.

    `offers` are what it offers, by title; `part_of` the one that a row is part of, where it names none.

    `named` is what the usual one is called. `consent` is who agreed for all children of the list; a row's own "no"
    counts more.
    """

    achievements: Mapping[str, UUID]
    usual: UUID | None
    today: date
    order: Order | None = None
    consent: str | None = None
    named: str = ""
    offers: Mapping[str, UUID] = {}
    part_of: UUID | None = None


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Read).decode
SPANISH: Mapping[Stage, str] = {
    "passion": "pasion",
    "pitch": "propuesta",
    "plan": "plan",
    "project": "proyecto",
    "product": "producto",
    "presentation": "presentacion",
}
"""The stages of a project as Spanish lists call them, without accents."""
DATED = ("birth_date", "date")
BROKEN = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|ERROR!)|=.+")
"""A cell in which a spreadsheet shows an error, or a formula in place of what it gives."""


NOT_DONE = "the list says that this is not done: it is not handed in"


def read(table: Table, terms: Terms) -> Read | None:
    """Read a list; None where it is none."""
    head = heading(table, names_do=terms.usual is not None)
    if head is None:
        return None
    rows: list[Row] = []
    cells: list[tuple[int, tuple[str, ...]]] = []
    for page in table.pages(head.after, head.names):
        rows += [Row(_line(reject.position), (), wrong=reject.reason) for reject in page.rejects]
        for body, number in zip(page.records, page.lines, strict=True):
            cells.append((number, tuple(cell.strip() for cell in msgspec.json.decode(body, type=list[str]))))
    aside, lines = parted(cells, head)
    lines = each_ones([line._replace(values=dated(line)) for line in with_done(lines)])
    orders = _orders(lines, head, terms.order)
    rows += [_row(line, terms, orders) for line in islice(lines, MOST + 1)]
    rows = sorted(rows, key=lambda row: row.line)[: MOST + 1]
    columns = {head.names[place]: WORDS.get(what, what) for what, place in head.places.items() if what in WORDS}
    numbered = any(NUMBERED.match(line.values.get(what, "")) for line in lines for what in DATED)
    return Read(
        head.names,
        columns,
        tuple(_apart(_numbers_apart(rows))),
        tuple(aside),
        orders["date"] if numbered else "unknown",
    )


def _orders(lines: Sequence[Line], head: Heading, chosen: Order | None) -> dict[str, Order]:
    """How each column of days is to be read: as was said, as its rows say, as the other column's do.

    Where none does: month first, as here, unless days are written with dots or headings in another language.
    """
    if chosen is not None:
        return dict.fromkeys(DATED, chosen)
    cells = {what: [line.values[what] for line in lines if what in line.values] for what in DATED}
    own = {what: order_of(days) for what, days in cells.items()}
    known = {order for order in own.values() if order != "unknown"}
    dotted = any(is_numbered(cell, ".") for days in cells.values() for cell in days)
    ours = all(shape(head.names[head.places[what]]) in HERE for what in DATED if what in head.places)
    usual: Order = "month-first" if ours and not dotted else "unknown"
    other: Order = known.pop() if len(known) == 1 else "both" if known else usual
    return {what: other if order == "unknown" else order for what, order in own.items()}


def _row(line: Line, terms: Terms, orders: Mapping[str, Order]) -> Row:
    try:
        broken = next((cell for cell in line.values.values() if BROKEN.fullmatch(cell)), None)
        if broken:
            raise ValueError(f"'{broken[:40]}' is an error or a formula of the spreadsheet: mend it there")
        if (words := line.values.get("done")) is not None and not finished(words):
            raise ValueError(
                NOT_DONE if finished(words) is False else f"'{words[:40]}' does not say whether it is done"
            )
        submission, agreed = canonical(_submission(line.values, terms, orders)), _agreed(line.values, terms)
    except ValueError as why:
        return Row(line.number, line.cells, wrong=str(why))
    if not agreed and consent.needed(submission.learner.birth_date, terms.today):
        return Row(line.number, (), wrong=consent.REQUIRED)
    if wrong := next(iter(wrongs(submission, terms.today)), None):
        return Row(line.number, line.cells, wrong=wrong[1])
    return Row(line.number, line.cells, submission=submission, consent=agreed)


def _stage(cell: str) -> Stage | None:
    """The stage that a cell names, in English or Spanish."""
    word = shape(cell)
    return next((stage for stage in STAGES if word in (stage, SPANISH[stage])), None)


def _agreed(values: Mapping[str, str], terms: Terms) -> str | None:
    """Who agreed that a row is kept: as its own cell says, or else as is said of the whole list."""
    cell = values.get("consent")
    if cell is None:
        return terms.consent
    agreed = consent.agreed(cell)
    if agreed is None:
        raise ValueError(f"'{cell[:40]}' says neither yes nor no: whether a parent or guardian has agreed")
    return (values.get("guardian") or consent.AS_SAID) if agreed else None


def _born(day: date) -> date | None:
    """A birth date; none where a spreadsheet shows the first day of its calendar for it."""
    return None if day in NO_DAY else day


def _submission(values: Mapping[str, str], terms: Terms, orders: Mapping[str, Order]) -> Submission:
    achievement = terms.usual
    if named := values.get("achievement"):
        achievement = terms.achievements.get(" ".join(named.casefold().split()))
        if achievement is None:
            known = ", ".join(sorted(terms.achievements)) or "none"
            raise ValueError(f"the program has no badge '{named[:60]}': it has {known}")
    opportunity = terms.part_of
    if terms.offers and (named := values.get("opportunity")):  # else it is another list's word
        opportunity = terms.offers.get(" ".join(named.casefold().split()))
        if opportunity is None:
            known = ", ".join(sorted(terms.offers)) or "nothing"
            raise ValueError(f"the program offers no '{named[:60]}': it offers {known}")
    stage = _stage(values.get("stage", ""))
    if values.get("stage") and stage is None and opportunity:
        raise ValueError(f"'{values['stage'][:60]}' is no stage of a project: they are {', '.join(STAGES)}")
    url = values.get("url")
    if url and not is_web_address(url):
        raise ValueError(f"'{url[:60]}' is no address: it begins with https://")
    numbers: list[Any] = [Number(kind, undressed(values[kind])) for kind in NUMBERS if kind in values]  # type: ignore[arg-type]
    return Submission(
        learner=Learner(
            name=name(values),
            birth_date=_born(day_of(values["birth_date"], orders["birth_date"])) if "birth_date" in values else None,
            grade=values.get("grade"),
            school=values.get("school"),
            numbers=tuple(numbers),
            guardian=Guardian(values.get("guardian"), values.get("contact")),
        ),
        title=values.get("title") or values.get("achievement") or values.get("narrative", "")[:60] or terms.named,
        done=values.get("narrative"),
        on=day_of(values["date"], orders["date"]) if "date" in values else None,
        place=values.get("place"),
        achievement=achievement,
        opportunity=opportunity,
        stage=stage,
        evidence=(Artifact("link", url),) if url else (),
        reflection=values.get("reflection"),
        mentor=values.get("assessor"),
        team=values.get("team"),
        own_id=values.get("id") if not re.fullmatch(r"\d{1,4}", values.get("id", "")) else None,
    )


def _numbers_apart(rows: Sequence[Row]) -> list[Row]:
    """Rows with a number that stands beside another name, too: it is told, for the number would decide whose it is."""
    first: dict[Number, Row] = {}
    marked = []
    for row in rows:
        learner = row.submission.learner if row.submission else Learner()
        numbers = [number for number in learner.numbers if number.type in ("district", "state")]
        before = next((first[number] for number in numbers if number in first), None)
        first |= {number: row for number in numbers if number not in first}
        other = before.submission.learner.name if before and before.submission else None
        if before and other and learner.name and shape(other) != shape(learner.name):
            words = f"line {before.line} has the same number for another name: one of the two is a slip"
            row = Row(row.line, row.cells, wrong=words)  # noqa: PLW2901  # the row as it is told
        marked.append(row)
    return marked


def _apart(rows: Sequence[Row]) -> list[Row]:
    """Rows that say another row's case, with something else in it, are told: one of the two is a slip."""
    first: dict[str, Row] = {}
    marked = []
    for row in rows:
        if row.submission is None:
            marked.append(row)
            continue
        before = first.setdefault(row.submission.key, row)
        if before is row or before.submission == row.submission:
            marked.append(row)
        else:
            words = f"line {before.line} has the same learner, activity and day: tell them apart, or take one out"
            marked.append(Row(row.line, row.cells, wrong=words))
    return marked


def _line(position: str | None) -> int:
    match = re.search(r"line (\d+)", position or "")
    return int(match[1]) if match else 0
