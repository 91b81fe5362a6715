"""Files a source hands over: a zip archive, a folder or a single file, opened without trusting any of them."""

import gzip
import io
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, BinaryIO, Protocol, Self, cast

from connectors.errors import ConfigError, Unavailable


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a bundle may hold: files, bytes when unpacked, and, past `small` bytes, bytes out per byte in."""

    files: int = 10_000
    size: int = 32 * 1024**3
    ratio: int = 200
    small: int = 16 * 1024**2


class Bundle(Protocol):
    """Some named files. Names are relative, with "/" between folders; hidden files, and a Mac's own, are left out."""

    def names(self) -> list[str]:
        """The names of the files, sorted."""

    def open(self, name: str) -> BinaryIO:
        """One file's bytes, decompressed as they are read; the bundle closes it. Unavailable for an unknown name."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


_USUAL = Limits()
_DOCUMENTS = (".xlsx", ".xlsm", ".xlsb", ".ods", ".odt", ".docx", ".pptx")
_DEEPEST = 2


def open_bundle(path: Path, limits: Limits = _USUAL) -> Bundle:
    """Open a zip archive, a folder, or a single file as a bundle of one. To be used in a `with`.

    Unavailable for an archive that is broken, encrypted, or unsafe: bombs, paths that lead outside, links.
    """
    if path.is_dir():
        return Nested(_Folder(path, _walk(path, limits)), limits)
    if not path.is_file():
        raise ConfigError(f"{path} is neither a file nor a folder")
    if zipfile.is_zipfile(path) and not _is_document(path):
        return Nested(_Zip(path, limits), limits)
    if path.suffix.lower() == ".zip":
        raise Unavailable(f"{path.name} is no zip archive, or is cut short")
    return Nested(_Folder(path.parent, [path.name]), limits)


def _is_document(path: Path) -> bool:
    """Whether an archive is one document: a workbook or a text, in the form of a zip."""
    if path.suffix.lower() in _DOCUMENTS:
        return True
    with suppress(zipfile.BadZipFile, OSError), zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        return "[Content_Types].xml" in names or {"mimetype", "content.xml"} <= names
    return False


class Nested:
    """A bundle with what is packed in it unpacked: archives in it by "inner.zip/name", gzip without ".gz"."""

    def __init__(self, outer: "Bundle", limits: Limits, depth: int = 0) -> None:
        self._outer = outer
        self._limits = limits
        self._opened = ExitStack()
        self._names: dict[str, tuple[Bundle, str]] = {}
        try:
            for name in outer.names():
                self._add(name, depth)
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def _add(self, name: str, depth: int) -> None:
        suffix = Path(name).suffix.lower()
        if suffix == ".zip":
            if depth >= _DEEPEST:
                raise Unavailable(f"'{name}' is an archive in more than {_DEEPEST} others")
            inner = self._opened.enter_context(Nested(_Zip(self._spooled(name), self._limits), self._limits, depth + 1))
            self._names.update({f"{name}/{member}": (inner, member) for member in inner.names()})
        else:
            self._names[name.removesuffix(".gz") if suffix == ".gz" else name] = (self._outer, name)
        if len(self._names) > self._limits.files:
            raise Unavailable(f"there are more than {self._limits.files:,} files in it")

    def _spooled(self, name: str) -> Path:
        """An archive in an archive, unpacked to a file of its own: the outer one's limits hold for its size."""
        folder = Path(self._opened.enter_context(tempfile.TemporaryDirectory()))
        target = folder / Path(name).name
        with target.open("wb") as file:
            shutil.copyfileobj(self._outer.open(name), file)
        return target

    def names(self) -> list[str]:
        return sorted(self._names)

    def open(self, name: str) -> BinaryIO:
        if name not in self._names:
            return self._outer.open(name)
        bundle, inner = self._names[name]
        opened = bundle.open(inner)
        if bundle is not self._outer or not (inner.lower().endswith(".gz") or _is_gzip(opened)):
            return opened
        unpacked = _Member(cast(IO[bytes], gzip.GzipFile(fileobj=opened)), f"'{inner}'", _most(opened, self._limits))
        return cast(BinaryIO, io.BufferedReader(unpacked, 1 << 16))

    def __enter__(self) -> Self:
        self._outer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()
        self._outer.__exit__(kind, error, trace)


def _is_gzip(opened: BinaryIO) -> bool:
    """Whether a file is packed by gzip, whatever it is called."""
    return isinstance(opened, io.BufferedReader) and opened.peek(2)[:2] == b"\x1f\x8b"


def _most(opened: BinaryIO, limits: Limits) -> int:
    """The most bytes a gzip file may unpack to."""
    with suppress(OSError, ValueError):
        size = os.fstat(opened.fileno()).st_size
        return min(limits.size, max(limits.small, limits.ratio * size))
    return limits.size


class _Folder:
    def __init__(self, root: Path, names: list[str]) -> None:
        self._root = root
        self._names = names
        self._opened = ExitStack()

    def names(self) -> list[str]:
        return list(self._names)

    def open(self, name: str) -> BinaryIO:
        if name not in self._names:
            raise Unavailable(f"{self._root} holds no '{name}'")
        return self._opened.enter_context((self._root / name).open("rb"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


class _Zip:
    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:  # the last: of several disks
            raise Unavailable(f"{path.name} is a broken zip archive ({error})") from None
        try:
            self._entries = _entries(path, self._archive, limits)
        except Unavailable:
            self._archive.close()
            raise

    def names(self) -> list[str]:
        return sorted(self._entries)

    def open(self, name: str) -> BinaryIO:
        if name not in self._entries:
            raise Unavailable(f"{self._path.name} holds no '{name}'")
        try:
            opened = self._archive.open(self._entries[name])
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # how it is packed; a password
            raise Unavailable(f"{self._path.name}: '{name}' cannot be read ({error})") from None
        return cast(BinaryIO, io.BufferedReader(_Member(opened, f"{self._path.name}: '{name}'"), 1 << 16))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()


class _Member(io.RawIOBase):
    """One file of an archive, whose damage is told in our words. zipfile itself never reads past the declared size."""

    def __init__(self, opened: IO[bytes], what: str, most: int | None = None) -> None:
        self._opened = opened
        self._what = what
        self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._opened.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise Unavailable(f"{self._what} is damaged ({error})") from None
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise Unavailable(f"{self._what} unpacks to more than it should: it looks like a bomb")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._opened.close()
        super().close()


def _entries(path: Path, archive: zipfile.ZipFile, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The archive's files by name, once all of them are found safe."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > limits.files:
        raise Unavailable(f"{path.name} holds {len(infos):,} files, more than {limits.files:,}")
    size, packed = sum(info.file_size for info in infos), path.stat().st_size
    if size > min(limits.size, max(limits.small, limits.ratio * packed)):
        raise Unavailable(f"{path.name} would unpack from {packed:,} to {size:,} bytes: it looks like a zip bomb")
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _safe(path, info)
        if name in entries:
            raise Unavailable(f"{path.name} holds '{name}' twice")
        if not is_litter(name):
            entries[name] = info
    return entries


def _safe(path: Path, info: zipfile.ZipInfo) -> str:
    name = PurePosixPath(info.filename)
    if name.is_absolute() or ".." in name.parts or any(sign in info.filename for sign in "\\:\0"):
        raise Unavailable(f"{path.name} holds a path that may lead outside it: {info.filename!r}")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Unavailable(f"{path.name} holds a link, '{name}'")
    if info.flag_bits & 1:
        raise Unavailable(f"{path.name}: '{name}' is encrypted (send it without a password)")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unavailable(f"{path.name}: '{name}' is packed by another method than deflate")
    return str(name)


def is_litter(name: str) -> bool:
    """Whether a file is what systems leave beside others: hidden, a picture of a folder, an open workbook's lock."""
    path = PurePosixPath(name)
    if path.name.lower() in ("thumbs.db", "desktop.ini") or path.name.startswith("~$"):
        return True
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _walk(root: Path, limits: Limits) -> list[str]:
    names: list[str] = []
    for folder, _, files in os.walk(root):  # does not follow links to folders
        for file in files:
            path = Path(folder, file)
            name = path.relative_to(root).as_posix()
            if is_litter(name):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
                raise Unavailable(f"{root} holds a link that leads outside it, '{name}'")
            names.append(name)
            if len(names) > limits.files:
                raise Unavailable(f"{root} holds more than {limits.files:,} files")
    return sorted(names)
