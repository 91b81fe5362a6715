"""What a file is, whatever it is called: what no reader takes is told by what it is, with the way that it goes."""

import zipfile
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.sources.recognize import recognized

MVPA = Path(__file__).parents[2] / "connectors/assessment_file/fixtures/mvpa/page.csv"
USERS = "sourcedId,status,givenName,familyName,role\nu1,active,Ada,One,student\n"
BADGE = '[{"type": ["VerifiableCredential", "OpenBadgeCredential"]}]'


@pytest.mark.parametrize(
    ("name", "content", "connector"),
    [
        ("users.csv", USERS.encode(), "oneroster"),
        ("results of the year.txt", MVPA.read_bytes(), "assessment_file"),
        ("list.csv", b"Name,Email,Activity,Date\nAda One,ada@x.org,Robotics,3/1/2026\n", "evidence"),
    ],
)
def test_a_file_is_read_by_what_it_holds(name: str, content: bytes, connector: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert recognized(tmp_path / name, []) == connector


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.txt", "a", "a.jwt", "a.png"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"CFDocument": {}, "CFItems": []}', "is a competency framework: import it with"),
        (b"identifier,fullStatement,humanCodingScheme\n1,Count to 10,K.CC.1\n", "is a competency framework"),
        (BADGE.encode(), "is a badge or credential: post it to /v1/badges"),
        (BADGE.encode("utf-16"), "is a badge or credential: post it to /v1/badges"),
        (b"eyJhbGciOiJSUzI1NiJ9.eyJ2YyI6e319.c2ln", "is a badge or credential: post it to /v1/badges"),
        (b"\x89PNG\r\n\x1a\n\0\0tEXtopenbadges\0", "is a picture with a badge in it: post it"),
        (b"\xff\xd8\xff\xe0", "is a picture, and no badge is in it"),
        (b"", "is empty"),
        (USERS.encode(), "has the columns of a OneRoster bundle's users.csv: give it that name"),
    ],
)
def test_what_goes_another_way_is_told_whatever_it_is_called(
    name: str, content: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        recognized(tmp_path / name, [])


def test_what_is_none_of_all_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "weather.csv").write_text("Date,Temperature\n2025-01-01,3\n")
    with pytest.raises(ConfigError, match=r"say whose file it is: .* It is no roster and no evidence"):
        recognized(tmp_path / "weather.csv", [])


def test_a_picture_beside_the_data_changes_nothing(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("a logo.png", b"\x89PNG")
        archive.writestr("results.csv", MVPA.read_bytes())
    assert recognized(tmp_path / "export.zip", []) == "assessment_file"
