"""Places where others drop files: a folder, or a folder of an SFTP server (with the extra `sftp`)."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from connectors.errors import ConfigError, SourceDenied, Unavailable
from connectors.kit.files import is_litter

if TYPE_CHECKING:
    from asyncssh import SFTPClient

PARTIAL = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".uploading", ".lock", ".swp")
"""How files are called while they are still being sent."""

SECONDS = 30
"""So long an SFTP server may take to answer."""


class DroppedFile(NamedTuple):
    """A file in a drop: its name, its bytes, and when it changed last, in seconds since 1970."""

    name: str
    size: int
    modified: int

    @property
    def is_partial(self) -> bool:
        """Whether its name says that it is still being sent."""
        return self.name.lower().endswith(PARTIAL)


class Drop(Protocol):
    """A place where others drop files. Folders in it are not looked into."""

    async def files(self) -> list[DroppedFile]:
        """The files that are there, without what systems leave beside them."""

    async def fetch(self, file: DroppedFile, target: Path) -> None:
        """Copy a file. Unavailable where it cannot be read."""


@dataclass(frozen=True, slots=True)
class FolderDrop:
    """A folder of this machine."""

    root: Path

    async def files(self) -> list[DroppedFile]:
        try:
            entries = [path for path in self.root.iterdir() if path.is_file() and not is_litter(path.name)]
            return [DroppedFile(path.name, (facts := path.stat()).st_size, int(facts.st_mtime)) for path in entries]
        except OSError as error:
            raise Unavailable(f"{self.root} cannot be read ({error.strerror})") from None

    async def fetch(self, file: DroppedFile, target: Path) -> None:
        try:
            shutil.copyfile(self.root / file.name, target)
        except OSError as error:
            raise Unavailable(f"{self.root / file.name} cannot be read ({error.strerror})") from None


@dataclass(frozen=True, slots=True)
class SftpDrop:
    """A folder of an SFTP server."""

    client: "SFTPClient"
    folder: str

    async def files(self) -> list[DroppedFile]:
        from asyncssh import FILEXFER_TYPE_REGULAR, SFTPError

        try:
            entries = await self.client.readdir(self.folder)
        except (SFTPError, OSError) as error:
            raise Unavailable(f"the folder {self.folder} cannot be listed ({error})") from None
        return [
            DroppedFile(str(entry.filename), entry.attrs.size or 0, entry.attrs.mtime or 0)
            for entry in entries
            if entry.attrs.type == FILEXFER_TYPE_REGULAR and _is_plain(str(entry.filename))
        ]

    async def fetch(self, file: DroppedFile, target: Path) -> None:
        from asyncssh import SFTPError

        try:
            await self.client.get(f"{self.folder}/{file.name}", target)
        except (SFTPError, OSError) as error:
            raise Unavailable(f"{self.folder}/{file.name} cannot be read ({error})") from None


def _is_plain(name: str) -> bool:
    """Whether a server's name of a file is one that can be a file's here, and none of what systems leave."""
    return not any(sign in name for sign in "/\\\0") and not is_litter(name)


@dataclass(frozen=True, slots=True)
class Access:
    """How to sign in to an SFTP server: a private key, or a password; and the file of host keys that are trusted."""

    key: Path | None = None
    password: str | None = None
    known_hosts: Path | None = None


def _folder(address: str) -> FolderDrop:
    root = Path(address)
    if not root.is_dir():
        raise ConfigError(f"'{address}' is no folder, and no address like sftp://user@host/folder")
    return FolderDrop(root)


@asynccontextmanager
async def open_drop(address: str, access: Access) -> AsyncIterator[Drop]:
    """Open a drop by its address: a folder, or `sftp://user@host:port/folder`.

    ConfigError for an address that is neither; SourceDenied where the server refuses, or is none that is trusted;
    Unavailable where it does not answer.
    """
    if "://" not in address:
        yield _folder(address)
        return
    parts = urlsplit(address)
    if parts.scheme != "sftp" or not parts.hostname or not parts.username or parts.password:
        raise ConfigError("an SFTP address is like sftp://user@host:22/folder, without a password in it")
    try:
        import asyncssh
    except ImportError:
        raise ConfigError("an SFTP drop needs an extra library: pip install 'tessera[sftp]'") from None
    try:
        connection = await asyncssh.connect(
            parts.hostname,
            parts.port or 22,
            username=unquote(parts.username),
            password=access.password,
            client_keys=[str(access.key)] if access.key else None,
            known_hosts=str(access.known_hosts) if access.known_hosts else (),
            login_timeout=SECONDS,
            connect_timeout=SECONDS,
            agent_path=None,
            config=None,
        )
    except asyncssh.HostKeyNotVerifiable as error:
        words = f"{parts.hostname} is not in the known hosts: add its key there ({error})"
        raise SourceDenied(words) from None
    except asyncssh.PermissionDenied:
        raise SourceDenied(f"{parts.hostname} refuses {parts.username}: check the key or the password") from None
    except (asyncssh.Error, OSError, TimeoutError) as error:
        raise Unavailable(f"{parts.hostname} does not answer ({error})") from None
    async with connection, connection.start_sftp_client() as client:
        yield SftpDrop(client, unquote(parts.path).rstrip("/") or ".")
