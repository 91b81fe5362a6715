"""Files of submissions: cleaned, then kept outside the database by their hash, each sealed with a key of its own.

The key stands in the database, sealed with the instance's: a file whose submission is withdrawn or taken back is
deleted, and without its key even a forgotten copy opens no more.
"""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.db import Tx
from app.db.programs import ways_in as stored
from app.db.programs.ways_in import FileRow
from app.errors import Invalid, NoRoom, NotFound
from app.programs.cleaning import Clean, cleaned
from app.secrets import Vault
from app.settings import Settings

__all__ = ["FileRow"]
FOLDER = "evidence"
MOST = 5
"""Files of one submission."""
LEFT_AFTER = timedelta(days=1)
"""How old a file has to be that belongs to no submission: a younger one may be about to be handed in."""
AT_ONCE, FEW = 1000, 20
"""Files looked up together; so many are deleted without a look at how many there are."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file somebody hands in, cleaned, and the SHA-256 it is known by."""

    name: str
    clean: Clean
    sha256: str


async def clean(content: bytes, name: str) -> NewFile:
    """A file as it may be kept. Invalid where it may not."""
    cleaned_file = await asyncio.to_thread(cleaned, content)
    return NewFile(plain_name(name), cleaned_file, hashlib.sha256(cleaned_file.body).hexdigest())


async def keep(
    tx: Tx, vault: Vault, settings: Settings, submission: UUID, new_files: Sequence[NewFile], now: datetime
) -> None:
    """Keep files for a submission. Invalid where it would have too many, NoRoom where the disk takes no more."""
    had = {row.sha256 for row in await stored.files(tx, submission)}
    if len(had | {file.sha256 for file in new_files}) > MOST:
        raise Invalid(f"At most {MOST} files: hand in the others as links.")
    for file in new_files:
        if file.sha256 in had:
            continue
        key = AESGCM.generate_key(256)
        row = FileRow(
            submission_id=submission,
            sha256=file.sha256,
            name=file.name,
            media_type=file.clean.media_type,
            size=len(file.clean.body),
            sealed=vault.seal(tx.tenant, key),
            made_at=now,
        )
        if await stored.add_file(tx, row):
            place = _place(settings, tx.tenant, row)
            tx.unneeded.discard(place)
            try:
                await asyncio.to_thread(_write, place, _sealed(key, file.clean.body))
            except OSError as why:
                log.error("a file of a submission cannot be written", tenant=tx.tenant, error=why.strerror)  # noqa: TRY400
                raise NoRoom("The file cannot be kept at the moment, and nothing was stored. Try again later.") from why


async def of_submission(tx: Tx, submission: UUID) -> list[FileRow]:
    """The files of a submission."""
    return await stored.files(tx, submission)


async def content(tx: Tx, vault: Vault, settings: Settings, submission: UUID, sha256: str) -> tuple[FileRow, bytes]:
    """A file of a submission and what is in it. NotFound where it has none of that hash."""
    row = next((file for file in await stored.files(tx, submission) if file.sha256 == sha256), None)
    if row is None:
        raise NotFound
    try:
        body = await asyncio.to_thread(_place(settings, tx.tenant, row).read_bytes)
    except FileNotFoundError:
        raise NotFound("The file is no longer kept.") from None
    return row, AESGCM(vault.open(tx.tenant, row.sealed)).decrypt(body[:12], body[12:], None)


async def forget(tx: Tx, settings: Settings, submissions: Sequence[UUID]) -> None:
    """Delete the keys that files of submissions were sealed with and, once that is committed, the files."""
    tx.unneeded.update(_place(settings, tx.tenant, row) for row in await stored.forget_files(tx, submissions))


async def sweep(tx: Tx, settings: Settings, now: datetime) -> int:
    """Delete what a process that died left behind: files of no submission, and half-written ones; how many.

    Where a tenth of all files or more are left, none is deleted: then it is the database that is another one.
    """
    old = await asyncio.to_thread(_older_than, settings.data / FOLDER / str(tx.tenant), now - LEFT_AFTER)
    known: set[str] = set()
    for begin in range(0, len(old), AT_ONCE):
        known |= await stored.known_files(tx, [path.name for path in old[begin : begin + AT_ONCE]])
    left = [path for path in old if path.name not in known]
    if len(left) > max(FEW, len(old) // 10):
        log.warning("files of no submission are not deleted: there are too many", files=len(left), of=len(old))
        return 0
    tx.unneeded.update(left)
    return len(left)


def plain_name(name: str) -> str:
    """A file's name as it is shown: its last part, printable, and not long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable() and c not in '<>"')[:120].strip() or "file"


def _sealed(key: bytes, body: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + AESGCM(key).encrypt(nonce, body, None)


def _write(place: Path, body: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_name(f"{place.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)


def _place(settings: Settings, tenant: int, row: FileRow) -> Path:
    """Where a file is: by its hash and its submission, which two files never share."""
    return settings.data / FOLDER / str(tenant) / row.sha256[:2] / f"{row.sha256}.{row.submission_id}"


def _older_than(folder: Path, moment: datetime) -> list[Path]:
    """The files below a folder that were written before a moment."""
    old = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # it was deleted meanwhile
            if path.is_file() and path.stat().st_mtime < moment.timestamp():
                old.append(path)
    return old
