"""Bundles: a zip, a folder or a file, read without being led outside, blown up or lied to."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import ConfigError, Unavailable
from connectors.kit import Limits, csv_pages, open_bundle

FILES = {"users.csv": b"sourcedId\nu1\n", "more/orgs.csv": b"sourcedId\no1\n"}
LITTER = {
    "__MACOSX/._users.csv": b"x",
    "Thumbs.db": b"x",
    "desktop.ini": b"x",
    "~$users.xlsx": b"x",
    ".DS_Store": b"x",
    "more/.git/config": b"x",
}


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[..., Path]:
    """Make a zip archive of some files."""

    def make(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "bundle.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content, compression)
        return path

    return make


def test_a_zip_a_folder_and_a_file_read_alike(zipped: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name, content in (FILES | LITTER).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for path in (zipped(FILES | LITTER | {"more/": b""}), folder):
        with open_bundle(path) as bundle:
            assert bundle.names() == ["more/orgs.csv", "users.csv"]
            assert {name: bundle.open(name).read() for name in bundle.names()} == FILES
            (page,) = csv_pages(bundle.open("users.csv"), "users.csv")
            assert list(page.records) == [b'["u1"]']
    with open_bundle(folder / "users.csv") as bundle:
        assert bundle.names() == ["users.csv"]
        assert bundle.open("users.csv").read() == FILES["users.csv"]


@pytest.mark.parametrize("name", ["../secret.csv", "/etc/passwd", "users.CSV", "more", ""])
def test_only_listed_names_are_opened(zipped: Callable[..., Path], tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.csv").write_bytes(b"s")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "users.csv").write_bytes(b"u")
    for path in (zipped(FILES), folder):
        with open_bundle(path) as bundle, pytest.raises(Unavailable, match="holds no"):
            bundle.open(name)


@pytest.mark.parametrize(
    "name", ["../users.csv", "a/../../users.csv", "/etc/users.csv", "..\\users.csv", "C:/users.csv", "a\\b.csv"]
)
def test_a_path_that_may_lead_outside_is_refused(zipped: Callable[..., Path], name: str) -> None:
    with pytest.raises(Unavailable, match="may lead outside"):
        open_bundle(zipped({name: b"x"}))


def test_links_that_lead_outside_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("users.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Unavailable, match="holds a link"):
        open_bundle(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "users.csv").symlink_to("/etc/passwd")
    with pytest.raises(Unavailable, match="a link that leads outside"):
        open_bundle(folder)


def test_a_bomb_is_refused_by_its_ratio_before_it_is_read(zipped: Callable[..., Path]) -> None:
    path = zipped({"users.csv": b"0" * 20_000_000})
    with pytest.raises(Unavailable, match="20,000,000 bytes: it looks like a zip bomb"):
        open_bundle(path)


def test_small_files_may_be_as_dull_as_they_like(zipped: Callable[..., Path]) -> None:
    with open_bundle(zipped({"users.csv": b"0" * 10_000_000})) as bundle:
        assert len(bundle.open("users.csv").read()) == 10_000_000


def test_entries_that_share_their_bytes_are_a_bomb_too(zipped: Callable[..., Path]) -> None:
    path = zipped({f"{n:03}.csv": b"0" * 100_000 for n in range(200)}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    shared = bytearray(data[directory:])
    for offset in range(len(shared) - 46):
        if shared[offset : offset + 4] == b"PK\x01\x02":
            struct.pack_into("<I", shared, offset + 42, 0)  # every entry begins where the first does
    first = data[: data.index(b"PK\x03\x04", 4)]
    end = shared.index(b"PK\x05\x06")
    struct.pack_into("<I", shared, end + 16, len(first))
    path.write_bytes(first + bytes(shared))
    with pytest.raises(Unavailable, match="it looks like a zip bomb"):
        open_bundle(path, Limits(ratio=20, small=1_000_000))


def test_a_size_that_is_a_lie_is_found_while_reading(zipped: Callable[..., Path]) -> None:
    path = zipped({"users.csv": b"0" * 1_000_000})
    data = bytearray(path.read_bytes())
    index = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, index + 24, 1000)
    path.write_bytes(data)
    with open_bundle(path) as bundle, pytest.raises(Unavailable, match=r"'users\.csv' is damaged"):
        bundle.open("users.csv").read()


def test_a_damaged_or_cut_archive_says_so(zipped: Callable[..., Path]) -> None:
    path = zipped({"users.csv": bytes(range(256)) * 100}, zipfile.ZIP_STORED)
    whole = path.read_bytes()
    path.write_bytes(whole[:500] + b"XX" + whole[502:])
    with open_bundle(path) as bundle, pytest.raises(Unavailable, match="is damaged"):
        bundle.open("users.csv").read()
    path.write_bytes(whole[:1000])
    with pytest.raises(Unavailable, match="is no zip archive, or is cut short"):
        open_bundle(path)


def test_an_encrypted_archive_is_told_apart(zipped: Callable[..., Path]) -> None:
    path = zipped(FILES)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(Unavailable, match="is encrypted"):
        open_bundle(path)


def test_other_methods_than_deflate_are_refused(zipped: Callable[..., Path]) -> None:
    with pytest.raises(Unavailable, match="another method than deflate"):
        open_bundle(zipped(FILES, zipfile.ZIP_BZIP2))


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("users.csv", "a")
        archive.writestr("./users.csv", "b")
    with pytest.raises(Unavailable, match=r"holds 'users\.csv' twice"):
        open_bundle(path)


def test_too_many_files_are_refused(zipped: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="holds 2 files, more than 1"):
        open_bundle(zipped(FILES), Limits(files=1))
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in "abc":
        (folder / name).touch()
    with pytest.raises(Unavailable, match="holds more than 2 files"):
        open_bundle(folder, Limits(files=2))


def test_nothing_there_is_for_the_operator_to_mend(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="neither a file nor a folder"):
        open_bundle(tmp_path / "missing.zip")


def test_an_archive_is_streamed(zipped: Callable[..., Path]) -> None:
    path = zipped({"users.csv": b"sourcedId,name\n" + b"".join(b"u%d,Ada Sample\n" % n for n in range(50_000))})
    with open_bundle(path) as bundle:
        opened = bundle.open("users.csv")
        assert isinstance(opened, io.BufferedReader)
        assert sum(len(page.records) for page in csv_pages(opened, "users.csv")) == 50_000
