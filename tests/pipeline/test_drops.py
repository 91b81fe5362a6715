"""Files that others drop: taken one by one, once each, the oldest first; none that is still on its way."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import asyncssh
import pytest

from app.errors import ConfigError
from app.pipeline.drops import DroppedFileResult, FileOutcome, take_drop
from app.sources.source import Source
from connectors.errors import SourceDenied, Unavailable
from connectors.kit.drops import Access, Drop, DroppedFile, SftpDrop, open_drop
from tests.support.assessment import READING_CHECK
from tests.support.district import District
from tests.support.sftp import sftp_server

HEADER = "Student ID,Date,Words per minute\n"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
async def check(district: District) -> Source:
    return await district.source("rc", "assessment_file", layouts=[READING_CHECK])


def put(folder: Path, name: str, rows: str, *, minutes: int) -> Path:
    """Drop a file that changed so many minutes ago."""
    path = folder / name
    path.write_text(HEADER + rows, "utf-8")
    changed = NOW.timestamp() - 60 * minutes
    os.utime(path, (changed, changed))
    return path


async def looked(district: District, source: Source, drop: Drop) -> list[DroppedFileResult]:
    return [taken async for taken in take_drop(district.db, source, drop, now=NOW)]


def fates(looks: list[DroppedFileResult]) -> list[tuple[str, FileOutcome]]:
    return [(look.file.name, look.fate) for look in looks]


async def taking(
    district: District, source: Source, address: str, access: Access | None = None
) -> list[DroppedFileResult]:
    async with open_drop(address, access or Access()) as drop:
        return await looked(district, source, drop)


async def test_files_are_taken_once_each_the_oldest_first(district: District, check: Source, tmp_path: Path) -> None:
    put(tmp_path, "b.csv", "100001,09/08/2025,95\n", minutes=5)
    put(tmp_path, "a.csv", "100001,09/08/2025,80\n", minutes=3)
    assert fates(await taking(district, check, str(tmp_path))) == [
        ("b.csv", FileOutcome.TAKEN),
        ("a.csv", FileOutcome.TAKEN),
    ]
    assert await taking(district, check, str(tmp_path)) == []
    put(tmp_path, "b.csv", "100001,09/08/2025,99\n", minutes=2)
    [again] = await taking(district, check, str(tmp_path))
    assert again.report is not None
    assert again.report.streams["rc"].counts["updated"] == 1


async def test_what_is_still_on_its_way_waits(district: District, check: Source, tmp_path: Path) -> None:
    put(tmp_path, "a.csv.filepart", "100001,09/08/2025,80\n", minutes=9)
    put(tmp_path, "b.csv", "100002,09/08/2025,90\n", minutes=0)
    (tmp_path / ".hidden.csv").write_text("x")
    (tmp_path / "folder").mkdir()
    first = await taking(district, check, str(tmp_path))
    assert fates(first) == [("a.csv.filepart", FileOutcome.WAITS), ("b.csv", FileOutcome.WAITS)]
    (tmp_path / "a.csv.filepart").rename(tmp_path / "a.csv")
    put(tmp_path, "b.csv", "100002,09/08/2025,90\n", minutes=2)
    assert fates(await taking(district, check, str(tmp_path))) == [
        ("a.csv", FileOutcome.TAKEN),
        ("b.csv", FileOutcome.TAKEN),
    ]


class _Growing:
    """A drop whose file grows while it is read."""

    def __init__(self, drop: Drop, path: Path) -> None:
        self._drop, self._path = drop, path
        self.files = drop.files

    async def fetch(self, file: DroppedFile, target: Path) -> None:
        await self._drop.fetch(file, target)
        put(self._path.parent, self._path.name, "100001,09/08/2025,80\n100002,09/08/2025,90\n", minutes=3)


async def test_a_file_that_grows_while_it_is_read_waits(district: District, check: Source, tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "100001,09/08/2025,80\n", minutes=5)
    async with open_drop(str(tmp_path), Access()) as drop:
        assert fates(await looked(district, check, _Growing(drop, path))) == [("a.csv", FileOutcome.WAITS)]
        assert fates(await looked(district, check, drop)) == [("a.csv", FileOutcome.TAKEN)]


async def test_what_is_refused_is_said_once_and_stops_no_other(
    district: District, check: Source, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("Lunch,Price\nsoup,2\n")
    (tmp_path / "guide.pdf").write_bytes(b"%PDF")
    os.utime(tmp_path / "a.csv", (NOW.timestamp() - 900, NOW.timestamp() - 900))
    put(tmp_path, "b.csv", "100001,09/08/2025,80\n", minutes=5)
    [refused, taken] = await taking(district, check, str(tmp_path))
    assert (refused.fate, taken.fate) == (FileOutcome.REFUSED, FileOutcome.TAKEN)
    assert "no layout knows this header" in refused.words
    assert await taking(district, check, str(tmp_path)) == []


@pytest.mark.enable_socket
async def test_an_sftp_drop_is_taken_like_a_folder(district: District, check: Source, tmp_path: Path) -> None:
    served, keys = tmp_path / "served", tmp_path / "keys"
    (served / "drop").mkdir(parents=True)
    keys.mkdir()
    put(served / "drop", "b.csv", "100001,09/08/2025,95\n", minutes=5)
    put(served / "drop", "a.csv", "100002,09/08/2025,80\n", minutes=3)
    put(served / "drop", "c.csv.part", "100003,09/08/2025,70\n", minutes=3)
    async with sftp_server(served, keys) as server:
        access = Access(key=server.key, known_hosts=server.known_hosts)
        looks = await taking(district, check, server.address, access)
        assert fates(looks) == [
            ("b.csv", FileOutcome.TAKEN),
            ("a.csv", FileOutcome.TAKEN),
            ("c.csv.part", FileOutcome.WAITS),
        ]
        by_password = Access(password="right", known_hosts=server.known_hosts)
        assert fates(await taking(district, check, server.address, by_password)) == [("c.csv.part", FileOutcome.WAITS)]
        with pytest.raises(SourceDenied, match="refuses vendor"):
            await taking(district, check, server.address, Access(password="wrong", known_hosts=server.known_hosts))
        with pytest.raises(SourceDenied, match="known hosts"):
            await taking(district, check, server.address, Access(key=server.key))
    with pytest.raises(Unavailable, match="does not answer"):
        await taking(district, check, server.address, access)


@pytest.mark.parametrize("address", ["/no/such/folder", "ftp://vendor@host/x", "sftp://host/x", "sftp://a:b@host/x"])
async def test_an_address_that_is_none_is_refused(district: District, check: Source, address: str) -> None:
    with pytest.raises(ConfigError):
        await taking(district, check, address)


class _Odd:
    """A server's list of files, with names that would lead elsewhere."""

    async def readdir(self, _folder: str) -> list[asyncssh.SFTPName]:
        attrs = asyncssh.SFTPAttrs(type=asyncssh.FILEXFER_TYPE_REGULAR, size=1, mtime=1)
        names = ("../../etc/x.csv", "..", "a\\b.csv", "a\0.csv", ".hidden", "good.csv")
        return [asyncssh.SFTPName(name, attrs=attrs) for name in names]


async def test_names_that_lead_elsewhere_are_no_files() -> None:
    drop = SftpDrop(cast(asyncssh.SFTPClient, _Odd()), "drop")
    assert [file.name for file in await drop.files()] == ["good.csv"]
