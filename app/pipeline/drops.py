"""Drops: files that others leave in a folder or on an SFTP server, taken in one by one, once each, the oldest first."""

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from app.db import Database
from app.db.sources import sources
from app.errors import ConfigError
from app.pipeline.file import load
from app.pipeline.report import Report
from app.sources.source import Source
from connectors.errors import Unavailable
from connectors.kit.drops import Drop, DroppedFile
from connectors.kit.tables import is_guide

QUIET = timedelta(seconds=60)
"""So long a file must not have changed: until then it may still be on its way."""

MEMORY = "drop"
"""Under this name a source remembers how far it has come with its drop, beside its streams."""


class FileOutcome(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    HELD = "held"
    REFUSED = "refused"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class DroppedFileResult:
    """A file of a drop that was looked at: what became of it, why, and the run's report if there was one."""

    file: DroppedFile
    fate: FileOutcome
    words: str
    report: Report | None = None


async def take_drop(db: Database, source: Source, drop: Drop, *, now: datetime) -> AsyncIterator[DroppedFileResult]:
    """Take in what is new in a drop, file by file, the oldest first; each is said.

    A file is known by its name, size and time: sent again with another of these, it is taken again. What is refused or
    held is not tried again until it changes, and stops no other. What may still be on its way is left for the next
    look.
    """
    files = sorted(await drop.files(), key=lambda file: (file.modified, file.name))
    known = await _known(db, source)
    for file in files:
        if known.get(file.name) == _stamp(file) or is_guide(file.name):
            continue
        looked = await _look(db, source, drop, file, now)
        if looked.fate is not FileOutcome.WAITS:
            known[file.name] = _stamp(file)
            names = {present.name for present in files}
            await _remember(db, source, {name: stamp for name, stamp in known.items() if name in names})
        yield looked


async def _look(db: Database, source: Source, drop: Drop, file: DroppedFile, now: datetime) -> DroppedFileResult:
    if file.is_partial:
        return DroppedFileResult(file, FileOutcome.WAITS, "its name says that it is still being sent")
    if now.timestamp() - file.modified < QUIET.total_seconds():
        return DroppedFileResult(file, FileOutcome.WAITS, f"it changed less than {QUIET.seconds} seconds ago")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        await drop.fetch(file, copy)
        if copy.stat().st_size != file.size or file not in await drop.files():
            return DroppedFileResult(file, FileOutcome.WAITS, "it changed while it was being read")
        try:
            report = await load(db, source, copy, dry_run=False)
        except (ConfigError, Unavailable) as why:
            return DroppedFileResult(file, FileOutcome.REFUSED, str(why))
    if report.state == "held":
        return DroppedFileResult(file, FileOutcome.HELD, "; ".join(report.messages), report)
    return DroppedFileResult(file, FileOutcome.TAKEN, "", report)


def _stamp(file: DroppedFile) -> str:
    return f"{file.size} {file.modified}"


async def _known(db: Database, source: Source) -> dict[str, str]:
    """The files that a source has taken, refused or held, with their stamps."""
    async with db.transaction(source.tenant) as tx:
        cursor = (await sources.stream_state(tx, source.id, MEMORY)).cursor
    return msgspec.json.decode(cursor, type=dict[str, str]) if cursor else {}


async def _remember(db: Database, source: Source, known: dict[str, str]) -> None:
    async with db.transaction(source.tenant) as tx:
        state = await sources.stream_state(tx, source.id, MEMORY)
        await sources.save_stream(tx, source.id, replace(state, cursor=msgspec.json.encode(known).decode()))
