"""The lock of a mapping: what it says counts, not how it is written, where it is, or what else is in its folder."""

from pathlib import Path

import pytest

from connectors.testing.lock import of_folder

MAPPING = '"""Maps."""\nfrom acme.codes import ROLE\n\n\ndef user(f):\n    yield Person(role=f.one_of("role", ROLE))\n'


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A connector's folder."""
    folder = tmp_path / "acme"
    (folder / "fixtures").mkdir(parents=True)
    (folder / "mapping.py").write_text(MAPPING)
    (folder / "codes.py").write_text("ROLE = {'s': 'student'}\n")
    (folder / "client.py").write_text("import httpx\n")
    (folder / "words.toml").write_text("a = 1  # one\n")
    return folder


def changed(folder: Path, file: str, text: str, package: str = "acme") -> set[str]:
    """Which hashes change with a file."""
    before = of_folder(folder, 1, [f"{package}.mapping"]).files
    (folder / file).write_text(text)
    after = of_folder(folder, 1, [f"{package}.mapping"]).files
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def test_what_a_mapping_is_written_in(acme: Path) -> None:
    assert list(of_folder(acme, 1, ["acme.mapping", "elsewhere.x"]).files) == ["codes.py", "mapping.py", "words.toml"]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mapping.py", MAPPING.replace("Maps.", "Says what a user is.") + "# the end\n"),
        ("mapping.py", MAPPING.replace("(f):\n    yield", "(f):\n\n    # who\n    yield")),
        ("codes.py", 'ROLE = {\n    "s": "student",\n}\n'),
        ("client.py", "import asyncio\n"),
        ("words.toml", "a = 1\n"),
        ("fixtures/x.toml", "a = 2\n"),
    ],
)
def test_what_makes_no_difference(acme: Path, file: str, text: str) -> None:
    assert changed(acme, file, text) == set()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mapping.py", MAPPING.replace('"role", ', '"roles", ')),
        ("codes.py", "ROLE = {'s': 'student', 't': 'teacher'}\n"),
        ("words.toml", "a = 2\n"),
        ("more.toml", "a = 1\n"),
    ],
)
def test_what_makes_a_difference(acme: Path, file: str, text: str) -> None:
    assert changed(acme, file, text) == {file}


def test_a_connector_that_moves_says_the_same(acme: Path) -> None:
    before = of_folder(acme, 1, ["acme.mapping"])
    for path in acme.glob("*.py"):
        path.write_text(path.read_text().replace("acme.", "connectors.acme."))
    assert of_folder(acme, 1, ["connectors.acme.mapping"]) == before
