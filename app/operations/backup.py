"""A backup: one file with every row, what programs handed in and, under a passphrase, the instance's key.

It is made while the service works. The file is a zip archive: `rows/…` in PostgreSQL's binary COPY format, `evidence/…`
as it lies in the data folder, each file sealed, and `manifest.json` with the schema, what each entry holds and its
SHA-256. Restored on an empty server, roles included, it is the same instance again.
"""

import base64
import hashlib
import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec
import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.db.server import dump, key
from app.db.server.dump import Dumped, Part
from app.db.server.migrate import alone, upgrade_for, upgrade_within
from app.errors import ConfigError
from app.programs.files import FOLDER
from app.secrets import KEY_FILE, Vault, decoded, read_vault, write_key
from app.settings import Settings
from app.start import known_vault, owner_url

FORMAT = 1
MANIFEST = "manifest.json"

_FILE = re.compile(rf"{FOLDER}/\d+/[0-9a-f]{{2}}/[0-9a-f]{{64}}\.[0-9a-f-]{{36}}")
"""Where a file of a submission lies in the data folder (app.programs.files); a half written one has another name."""
SCRYPT = {"length": 32, "n": 2**16, "r": 8, "p": 1}


class SealedKey(msgspec.Struct):
    """The instance's key under a passphrase: scrypt's salt, and nonce and ciphertext of AES-256-GCM, in base64."""

    salt: str
    sealed: str


class Entry(msgspec.Struct):
    """What one entry of the archive holds."""

    table: str
    columns: list[str]
    name: str
    rows: int
    sha256: str


class FileEntry(msgspec.Struct):
    """A file of a submission in the archive: where it lies in the data folder, which is its entry's name, too."""

    name: str
    sha256: str


class Manifest(msgspec.Struct):
    """What a backup is of, and what it holds."""

    format: int
    schema: str
    made_at: datetime
    fingerprint: str
    entries: list[Entry]
    sequences: dict[str, int]
    files: list[FileEntry] = []
    key: SealedKey | None = None


@dataclass(frozen=True, slots=True)
class BackedUp:
    """How many rows a backup holds, of how many tables, how many files, and its size in bytes."""

    rows: int
    tables: int
    files: int
    size: int
    fingerprint: str


def back_up(settings: Settings, path: Path, passphrase: str | None) -> BackedUp:
    """Write a backup; None leaves the key out. ConfigError where the file cannot be written."""
    with owner_url(settings) as owner, psycopg.connect(owner, autocommit=True) as connection:
        schema = dump.schema(connection)
        if schema is None:
            raise ConfigError("there is nothing to back up: this database is empty")
        vault = known_vault(settings, connection)
        if vault is None:
            raise ConfigError("this instance has no key yet, so that there is nothing to back up")
        part = path.with_name(path.name + ".part")
        try:
            with _private(part) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                manifest = _written(connection, archive, schema, vault.fingerprint())
                manifest.files = list(_files(settings.data, archive))  # after the rows: each row's file is there
                manifest.key = None if passphrase is None else _seal(vault, passphrase)
                archive.writestr(MANIFEST, msgspec.json.encode(manifest))
            part.replace(path)
        except OSError as why:
            raise ConfigError(f"{path} cannot be written: {why} (make room, or name another file)") from why
        finally:
            part.unlink(missing_ok=True)
        dump.backed_up(connection)
        return _backed_up(manifest, path)


def restore(settings: Settings, path: Path, passphrase: str | None) -> BackedUp:
    """Put a backup into an empty database, and its key into the data folder where it comes with one.

    ConfigError where the database is not empty, the file is not whole, or the key is missing or another one. Nothing is
    changed then.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        text = _key(settings, manifest, passphrase)
        vault = Vault(decoded(text, "the key of the backup")) if text else read_vault(settings.key, settings.data)
        assert vault is not None
        with owner_url(settings) as owner, alone(owner) as connection:
            if not dump.empty(connection):
                raise ConfigError(
                    "the database is not empty: restore into one that is, and nothing is ever overwritten"
                )
            if (schema := dump.schema(connection)) not in (None, manifest.schema):
                raise ConfigError(
                    f"the database has schema {schema} already, and the backup {manifest.schema}: restore into one "
                    "that nothing was made in yet"
                )
            _put_back(settings.data, archive, manifest.files)
            _up(settings, connection, owner, vault, manifest.schema)
            dumped = Dumped(
                [Part(e.table, tuple(e.columns), e.name, e.rows) for e in manifest.entries], manifest.sequences
            )
            dump.load(connection, dumped, archive.open)
            _up(settings, connection, owner, vault, "head")
            key.claim(connection, vault)
    if text and settings.key is None:
        settings.data.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            write_key(settings.data / KEY_FILE, text)
    return _backed_up(manifest, path)


def _backed_up(manifest: Manifest, path: Path) -> BackedUp:
    rows, tables = sum(entry.rows for entry in manifest.entries), len({entry.table for entry in manifest.entries})
    return BackedUp(rows, tables, len(manifest.files), path.stat().st_size, manifest.fingerprint)


def has_key(path: Path) -> bool:
    """Whether a backup comes with its key, so that a passphrase is needed. ConfigError where it is none."""
    with _opened(path) as archive:
        return _manifest(archive, path).key is not None


def _up(settings: Settings, connection: psycopg.Connection, owner: str, vault: Vault, revision: str) -> None:
    if settings.service_database_url is None:
        upgrade_within(connection, owner, vault.password(), revision)
    else:
        upgrade_for(connection, owner, settings.service_database_url.get_secret_value(), revision)


def _written(connection: psycopg.Connection, archive: zipfile.ZipFile, schema: str, fingerprint: str) -> Manifest:
    digests: dict[str, str] = {}

    @contextmanager
    def write(name: str) -> Iterator[IO[bytes]]:
        with archive.open(name, "w", force_zip64=True) as entry:
            hashing = _Hashing(entry)
            yield hashing  # type: ignore[misc]
        digests[name] = hashing.digest.hexdigest()

    made_at = datetime.now(UTC)
    dumped = dump.dump(connection, write)
    entries = [Entry(p.table, list(p.columns), p.entry, p.rows, digests[p.entry]) for p in dumped.parts]
    return Manifest(FORMAT, schema, made_at, fingerprint=fingerprint, entries=entries, sequences=dumped.sequences)


def _files(data: Path, archive: zipfile.ZipFile) -> Iterator[FileEntry]:
    """Copy the files of submissions, but one that is deleted meanwhile: its submission was withdrawn."""
    for path in sorted((data / FOLDER).rglob("*")):
        name = path.relative_to(data).as_posix()
        if not _FILE.fullmatch(name):
            continue
        with suppress(FileNotFoundError), path.open("rb") as file:
            entry = zipfile.ZipInfo(name, time.gmtime()[:6])  # stored as it is: what is sealed gets no smaller
            with archive.open(entry, "w", force_zip64=True) as to:
                hashing = _Hashing(to)
                shutil.copyfileobj(file, hashing)
            yield FileEntry(name, hashing.digest.hexdigest())


def _put_back(data: Path, archive: zipfile.ZipFile, files: Sequence[FileEntry]) -> None:
    """Put the files of submissions where they were in the data folder, before any row says that they are there."""
    for entry in files:
        if not _FILE.fullmatch(entry.name):
            raise ConfigError(f"'{entry.name}' is no file of a submission: this backup was not written by Tessera")
        place = data / entry.name
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with archive.open(entry.name) as file, _private(place) as to:
            shutil.copyfileobj(file, to)


class _Hashing:
    """A file that is written to, and the SHA-256 of what was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self._file.write(data)


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A file only its owner may read, on the disk before it is done with."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, zipfile.BadZipFile, KeyError) as why:
        raise ConfigError(f"{path} is no backup of Tessera that can be read: {why}") from None


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except (KeyError, msgspec.MsgspecError) as why:
        raise ConfigError(f"{path} is no backup of Tessera: it has no manifest that can be read ({why})") from None
    if manifest.format != FORMAT:
        raise ConfigError(f"{path} has format {manifest.format}, and this release reads {FORMAT}: use a newer release")
    digests = [(entry.name, entry.sha256) for entry in manifest.entries]
    digests += [(entry.name, entry.sha256) for entry in manifest.files]
    for name, sha256 in digests:
        digest = hashlib.sha256()
        with archive.open(name) as file:
            while block := file.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != sha256:
            raise ConfigError(f"{path} is damaged: {name} is not what was written. Use another backup")
    return manifest


def _key(settings: Settings, manifest: Manifest, passphrase: str | None) -> str | None:
    """The key that comes with a backup; None where ours is the one it was made with. ConfigError without one."""
    ours = read_vault(settings.key, settings.data)
    if ours is not None and ours.fingerprint() == manifest.fingerprint:
        return None
    if ours is not None:
        raise ConfigError(
            f"the backup belongs to the instance key {manifest.fingerprint}, and the one here is {ours.fingerprint()}: "
            "give the backup's own in TESSERA_KEY, or name an empty data folder"
        )
    if manifest.key is None or passphrase is None:
        raise ConfigError(
            f"the backup came without its key: give the key {manifest.fingerprint} in TESSERA_KEY, for its secrets "
            "open with no other"
        )
    return _unsealed(manifest.key, passphrase)


def _seal(vault: Vault, passphrase: str) -> SealedKey:
    salt, nonce = os.urandom(16), os.urandom(12)
    cipher = AESGCM(Scrypt(salt=salt, **SCRYPT).derive(passphrase.encode()))
    sealed = nonce + cipher.encrypt(nonce, vault.text().encode(), None)
    return SealedKey(base64.b64encode(salt).decode(), base64.b64encode(sealed).decode())


def _unsealed(sealed: SealedKey, passphrase: str) -> str:
    cipher = AESGCM(Scrypt(salt=base64.b64decode(sealed.salt), **SCRYPT).derive(passphrase.encode()))
    raw = base64.b64decode(sealed.sealed)
    try:
        return cipher.decrypt(raw[:12], raw[12:], None).decode()
    except InvalidTag:
        raise ConfigError("this is not the passphrase the backup was made with: nothing was restored") from None
