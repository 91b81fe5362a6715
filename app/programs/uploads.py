"""Lists handed in: read and shown first, then taken in; taken back while nobody has looked at them.

What a list says is told by its lines: new, already handed in, changed, or to be mended. Nothing of it depends on who is
in anybody's record.
"""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

import msgspec

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.programs import submissions
from app.db.programs import ways_in as stored
from app.db.programs.programs import OpportunityRow
from app.db.programs.ways_in import UploadRow
from app.errors import Conflict, DomainError, Invalid, NotFound, Unavailable
from app.programs import badges, catalogue, definitions, files, lists, programs, rubric, submission, submitting
from app.programs.days import Order
from app.programs.lists import Read, Terms
from app.settings import Settings
from app.spreadsheets import csv_text
from connectors.kit.tables import tables

__all__ = ["UploadRow"]
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Preview:
    """A list as it was read: what each row would do (`new`, `same`, `changed`, `mend`), by its line."""

    row: UploadRow
    read: Read
    does: dict[int, str]

    @property
    def counts(self) -> Counter[str]:
        """How many rows do what."""
        return Counter(self.does.values())


async def keep(
    tx: Tx,
    program: UUID,
    name: str,
    content: bytes,
    usual: UUID | None,
    by: Signature,
    now: datetime,
    *,
    order: Order | None = None,
    consent: str | None = None,
    part_of: UUID | None = None,
) -> UUID:
    """Read a list and keep it to be looked at; its id. `order` is how its days are to be read, where they do not say.

    `part_of` is which of the things it offers a row was part of, where it names none.
    `consent` is who agreed for all children of it: of a child for whom nobody did, nothing is kept.
    Invalid where it is none, or too long.
    """
    await programs.approved(tx, program)
    if len(content) > MOST_BYTES:
        raise Invalid(f"The list is larger than {MOST_BYTES // 1024 // 1024} MB: hand it in by parts.")
    recognized = await definitions.achievements(tx, program)
    named = next((rubric.read(row.body).name for row in recognized if row.id == usual), "")
    offered = await catalogue.opportunities(tx, program)
    terms = Terms(
        badges.by_name(recognized),
        usual if named else None,
        now.date(),
        order=order,
        consent=consent,
        named=named,
        offers=_by_title(offered),
        part_of=part_of if part_of in {row.id for row in offered} else None,
    )
    read, upload = _read(name, content, terms), uuid4()
    await stored.add_upload(
        tx,
        UploadRow(
            id=upload,
            program_id=program,
            name=name[:200],
            rows=msgspec.json.decode(lists.encode(read)),
            made_by=by.made_by,
            made_at=now,
            taken_at=None,
            undone_at=None,
        ),
    )
    return upload


def _by_title(offered: Sequence[OpportunityRow]) -> dict[str, UUID]:
    """What a program offers, by title; not what shares its title with another."""
    titles = [" ".join(catalogue.offer_title(row).casefold().split()) for row in offered]
    return {title: row.id for title, row in zip(titles, offered, strict=True) if titles.count(title) == 1}


def _read(name: str, content: bytes, terms: Terms) -> Read:
    try:
        sheets = tables(partial(io.BytesIO, content), name)
    except (Unavailable, UnicodeDecodeError) as why:
        raise Invalid(f"This cannot be read as a list: {why}") from None
    by_sheet = {table.name: candidate for table in sheets if (candidate := lists.read(table, terms)) is not None}
    if not by_sheet:
        raise Invalid(
            "The list has no line that says what its columns are. It needs a name (Name, or First name and Last name) "
            "or a number, and what was done (Activity, Title or Badge)."
        )
    if len(by_sheet) > 1:
        raise Invalid(
            f"The workbook has {len(by_sheet)} lists: {', '.join(by_sheet)}. Nothing was read. Hand in one sheet at a "
            "time, each saved as a file of its own, or copy them below one another in one sheet."
        )
    (read,) = by_sheet.values()
    if len(read.rows) > lists.MOST:
        raise Invalid(f"The list has more than {lists.MOST} rows: hand it in by parts.")
    return read


async def preview(tx: Tx, program: UUID, upload: UUID) -> Preview:
    """What a list would do. NotFound where the program has none of that id."""
    row = await _own(tx, program, upload)
    read = lists.decode(_body(row))
    does: dict[int, str] = {}
    for line in read.rows:
        if line.submission is None:
            does[line.line] = "mend"
            continue
        before = await submissions.by_key(tx, program, line.submission.key)
        same = before is not None and submission.decode(before.body) == line.submission
        does[line.line] = "new" if before is None else "same" if same else "changed"
    return Preview(row, read, does)


async def take(tx: Tx, program: UUID, upload: UUID, by: Signature, now: datetime) -> Counter[str]:
    """Take a list's good rows in; what became of them. A row that cannot be taken costs only itself."""
    row = await _own(tx, program, upload)
    if row.undone_at is not None:
        raise Conflict("This list was taken back. Hand it in again.", type="undone", title="Taken back")
    counts: Counter[str] = Counter()
    for line in lists.decode(_body(row)).rows:
        if line.submission is None:
            counts["mend"] += 1
            continue
        try:
            async with tx.conn.transaction():
                row_submission = line.submission
                receipt = await submitting.submit(
                    tx, program, row_submission, way="list", by=by, now=now, consent=line.consent, upload=upload
                )
            counts[receipt.outcome] += 1
        except DomainError:
            counts["refused"] += 1
    await stored.mark_upload(tx, upload, now, None)
    return counts


async def undo(tx: Tx, settings: Settings, program: UUID, upload: UUID, now: datetime) -> tuple[int, int]:
    """Take a list back: so many submissions are gone, so many stay, for somebody looks at them or has decided."""
    row = await _own(tx, program, upload)
    brought = await submissions.of_upload(tx, upload)
    seen = await submissions.looked_at(tx, [brought_row.id for brought_row in brought])
    untouched = [
        brought_row.id
        for brought_row in brought
        if brought_row.state in ("draft", "pending") and brought_row.id not in seen
    ]
    await files.forget(tx, settings, untouched)
    await submissions.remove(tx, untouched)
    await stored.mark_upload(tx, upload, row.taken_at, now)
    return len(untouched), len(brought) - len(untouched)


async def listed(tx: Tx, program: UUID) -> list[UploadRow]:
    """A program's lists, newest first."""
    return await stored.uploads(tx, program, 20)


def rows_to_fix(preview: Preview) -> str:
    """The rows to be mended as a list of their own, with what is wrong beside each."""
    header = preview.read.header
    rows = (
        [*[*row.cells, *[""] * (len(header) - len(row.cells))][: len(header)], row.line, row.wrong]
        for row in preview.read.rows
        if row.wrong is not None
    )
    return csv_text([[*header, "Line", "To be mended"], *rows])


def _body(row: UploadRow) -> bytes:
    return msgspec.json.encode(row.rows)


async def _own(tx: Tx, program: UUID, upload: UUID) -> UploadRow:
    row = await stored.upload(tx, upload)
    if row is None or row.program_id != program:
        raise NotFound(f"No list {upload}.")
    return row
