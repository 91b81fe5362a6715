"""Joins a row's learning objectives, which CSV bundles keep in a file of their own, to the row they belong to.

A result's objectives cannot stand alone: they name no person. So a bundle's objective rows wait in a temporary
database (they may be many), and each line item or result takes its own as one more column.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from connectors import Page, Reject
from connectors.oneroster.codes import WITHDRAWN
from connectors.oneroster.gradebook import JOINED

_ROWS = 500  # rows looked up at a time: SQLite takes a limited number of parameters
_decode = msgspec.json.Decoder(list[str]).decode


class Objectives:
    """The rows of one objectives file, by the line item or result they belong to. To be closed."""

    def __init__(self, stream: str, name: str, parent: str) -> None:
        self._stream = stream
        self._name = name
        self._parent = parent
        self._db = sqlite3.connect("", isolation_level=None)  # "": a private file, gone when it is closed
        self._db.execute("CREATE TABLE objective (id TEXT, parent TEXT, body BLOB, source TEXT, item TEXT, taken INT)")

    def close(self) -> None:
        """Forget all rows."""
        self._db.close()

    def read(self, pages: Iterator[Page]) -> Page:
        """Take in the file's rows. What is wrong with any of them comes back as a page of rejects and notes."""
        rejects: list[Reject] = []
        notes: list[str] = []
        for page in pages:
            names = page.columns or ()
            rejects += page.rejects
            notes += page.notes
            for record in page.records:
                row = dict(zip(names, _decode(record), strict=True))
                if complaint := self._complaint(row):
                    rejects.append(Reject(record, complaint, f"{self._name} {row.get('sourcedId', '')}"))
                else:
                    self._insert(row, record)
        self._db.execute("CREATE INDEX by_parent ON objective (parent)")
        return Page((), rejects=rejects, notes=notes)

    def join(self, page: Page) -> Page:
        """The page with one more column: each row's learning objective set, as JSON; "" where it has none."""
        names = page.columns or ()
        if "sourcedId" not in names:
            return page
        index = names.index("sourcedId")
        rows = [_decode(record) for record in page.records]
        sets: dict[str, str] = {}
        for begin in range(0, len(rows), _ROWS):
            sets |= self._sets([row[index].strip() for row in rows[begin : begin + _ROWS]])
        records = [msgspec.json.encode([*row, sets.get(row[index].strip(), "")]) for row in rows]
        return replace(page, columns=(*names, JOINED), records=records)

    def orphans(self) -> list[Reject]:
        """The rows that no row of the bundle took."""
        rows = self._db.execute("SELECT id, body, parent FROM objective WHERE taken IS NULL ORDER BY rowid")
        return [
            Reject(
                body,
                f"its {self._parent} '{parent}' is not in this bundle's {self._stream}.csv"
                " (send the row it belongs to in the same bundle)",
                f"{self._name} {id_}",
            )
            for id_, body, parent in rows
        ]

    def _complaint(self, row: dict[str, str]) -> str:
        missing = [name for name in (self._parent, "source", "learningObjectiveId") if not row.get(name, "").strip()]
        if missing:
            return f"field '{missing[0]}' is missing or blank, and is required"
        status = row.get("status", "").strip().lower()
        return (
            "" if not status or status in WITHDRAWN else f"field 'status': '{status}' is none of {', '.join(WITHDRAWN)}"
        )

    def _insert(self, row: dict[str, str], record: bytes) -> None:
        item: Any = row["learningObjectiveId"].strip()
        if self._stream == "results":
            item = {"learningObjectiveId": item, "score": row.get("score", ""), "textScore": row.get("textScore", "")}
        gone = WITHDRAWN.get(row.get("status", "").strip().lower(), False)
        self._db.execute(
            "INSERT INTO objective VALUES (?, ?, ?, ?, ?, NULL)",
            (
                row.get("sourcedId", ""),
                row[self._parent].strip(),
                record,
                row["source"].strip(),
                None if gone else msgspec.json.encode(item).decode(),
            ),
        )

    def _sets(self, parents: Sequence[str]) -> dict[str, str]:
        marks = ",".join("?" * len(parents))
        self._db.execute(f"UPDATE objective SET taken = 1 WHERE parent IN ({marks})", parents)  # noqa: S608 (marks only)
        rows = self._db.execute(
            f"SELECT parent, source, item FROM objective WHERE item IS NOT NULL AND parent IN ({marks}) ORDER BY rowid",  # noqa: S608
            parents,
        )
        by_parent: dict[str, dict[str, list[Any]]] = {}
        for parent, source, item in rows:
            by_parent.setdefault(parent, {}).setdefault(source, []).append(msgspec.json.decode(item))
        under = "learningObjectiveResults" if self._stream == "results" else "learningObjectiveIds"
        return {
            parent: msgspec.json.encode([{"source": source, under: items} for source, items in sets.items()]).decode()
            for parent, sets in by_parent.items()
        }
