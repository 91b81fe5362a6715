"""The transcript: every letter of a name is on the paper or told to be missing, whatever its length and script."""

from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.registrar.sheet import Line, Sheet
from app.web.paper import transcript

ADDRESS = "https://records.example.org/t/sample/s/IczEwQiQqyqf15IbwSxi4Xi1R8JIEiQT"
PART = Sheet("Badge", "Unit test 1", "District", None, None, None, None, "3 October 2026", None, None, None, "urn:1")


def sheet(**more: Any) -> Sheet:
    told: dict[str, Any] = {
        "kind": "Badge", "name": "Robotics 1", "issuer": "District", "issuer_address": None, "description": None,
        "criteria": None, "narrative": None, "awarded": "3 October 2026", "expires": None, "image": None,
        "achievement": None,
    }  # fmt: skip
    return Sheet(**told | more)


def pages(one: Sheet, learner: str | None = None, inside: dict[str, str] | None = None) -> list[str]:
    """The words of a transcript, page by page."""
    content = transcript(
        "District",
        learner,
        "A place",
        "22 November 2026",
        ADDRESS,
        [(one, "valid on the day of printing", inside or {})],
    )
    document = pypdfium2.PdfDocument(content)
    found = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return found


@pytest.mark.parametrize(
    "name",
    [
        "Zoë O'Brien-N\u2019Diaye",
        "Nguyễn Thị Hằng",
        "Лев Щукин",
        "Ωμέγα",
        "田中さくら",
        "김민수",
        "王小明",
        "Ada <b>& Co</b>",
    ],
)
def test_a_name_is_written_whole(name: str) -> None:
    (page,) = pages(sheet(), name)
    assert name in page
    assert "has no type for" not in page


@pytest.mark.parametrize("name", ["محمد علي", "יעל", "अनाया"])
def test_letters_that_are_missing_are_told(name: str) -> None:
    (page,) = pages(sheet(), f"Ada {name}")
    assert "Ada" in page
    assert "stands for a letter that this paper has no type for" in page


def test_what_was_taken_back_and_where_to_check_is_there() -> None:
    one = sheet(name="Learner record", inside=(PART, sheet(name="Reading", results=(Line("Reading", "93 of 100"),))))
    (page,) = pages(one, inside={"urn:1": "Revoked"})
    for words in (
        "2 credentials inside it",
        "Unit test 1",
        "Revoked",
        "93 of 100",
        "proves nothing by itself",
        "Page 1",
    ):
        assert words in page
    assert page.count(ADDRESS) == 2


def test_what_is_long_wraps_and_goes_on_over_the_page() -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk " * 80
    one = sheet(name=long, narrative=long, inside=tuple(sheet(name=long, description=long) for _ in range(30)))
    found = pages(one, long)
    assert len(found) > 3
    assert f"Page {len(found)}" in found[-1]
    assert "".join(found).count("Donaudampf") > 240


@settings(max_examples=25)
@given(st.text(max_size=60), st.text(max_size=400))
def test_nothing_that_strangers_write_stops_the_press(name: str, words: str) -> None:
    child = sheet(name=name, narrative=words, results=(Line(name, words),), evidence=(Line(words, name),))
    assert pages(sheet(name=words, description=name, alignments=(Line(words),), inside=(child,)), name or None)
