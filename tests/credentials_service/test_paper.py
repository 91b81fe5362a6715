"""The transcript: every letter of a name is on the paper or told to be missing, whatever its length and script."""

import unicodedata
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageOps

from app.sharing.readable import Line, Sheet
from app.web.paper.letters import INSTALLED, Typecase
from app.web.paper.paper import Cover, transcript
from app.web.paper.shaping import levels
from app.web.paper.typeface import MISSING

ADDRESS = "https://records.example.org/t/sample/s/IczEwQiQqyqf15IbwSxi4Xi1R8JIEiQT"
SHIPPED = Typecase(Path("/nowhere"))
"""No font but the shipped ones."""
PART = Sheet("Badge", "Unit test 1", "District", None, None, None, None, "3 October 2026", None, None, None, "urn:1")


def sheet(**more: Any) -> Sheet:
    told: dict[str, Any] = {
        "kind": "Badge",
        "name": "Robotics 1",
        "issuer": "District",
        "issuer_address": None,
        "description": None,
        "criteria": None,
        "narrative": None,
        "awarded": "3 October 2026",
        "expires": None,
        "image": None,
        "achievement": None,
    }
    return Sheet(**told | more)


def paper(one: Sheet, learner: str | None, case: Typecase, inside: dict[str, str] | None = None) -> bytes:
    told = (one, "valid on the day of printing", inside or {})
    return transcript(Cover("District", learner, "A place", "22 November 2026", ADDRESS), [told], case)


def ink(name: str, case: Typecase) -> int:
    """How wide a name's ink is, in pixels."""
    page = pypdfium2.PdfDocument(paper(sheet(), name, case))[0]
    text, scale = page.get_textpage(), 4
    above, below = (text.get_charbox(text.search(words).get_next()[0]) for words in ("Learner record", "Shared for"))
    top, bottom = (int((page.get_height() - edge) * scale) for edge in (above[1] - 2, below[3] + 2))
    line = ImageOps.invert(page.render(scale=scale).to_pil().convert("L")).crop((0, top, 1600, bottom))
    left, _, right, _ = line.getbbox()
    return int(right - left)


def pages(
    one: Sheet, learner: str | None = None, inside: dict[str, str] | None = None, case: Typecase = SHIPPED
) -> list[str]:
    """The words of a transcript, page by page."""
    document = pypdfium2.PdfDocument(paper(one, learner, case, inside))
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


def test_marks_that_a_system_keeps_apart_stand_on_their_letters() -> None:
    (page,) = pages(sheet(), unicodedata.normalize("NFD", "Nguyễn Thị Hằng"))
    assert "Nguyễn Thị Hằng" in page


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


@pytest.fixture(scope="module")
def case() -> Typecase:
    """The fonts that .ci/run and the container image install."""
    for part in ("noto/NotoSans-Regular.ttf", "noto/NotoColorEmoji.ttf", "droid", "nanum"):
        if not (INSTALLED / part).exists():
            pytest.skip(f"there is no {INSTALLED / part} here: install the fonts that .ci/run names")
    return Typecase(INSTALLED)


@pytest.mark.parametrize(
    "name",
    [
        "יעל כהן-לוי",
        "ஸ்ரீ லட்சுமி",
        "สมชาย",
        "ሰላም ተስፋዬ",
        "Արամ Սարգսյան",
        "ნინო ბერიძე",
        "ᏣᎳᎩ",
        "王小明",
        "田中さくら",
        "김민수",
        "བཀྲ་ཤིས",
        "Zoë · 王 · ሰላም",
    ],
)
def test_with_the_fonts_installed_a_name_of_any_script_is_written_whole(name: str, case: Typecase) -> None:
    (page,) = pages(sheet(), name, case=case)
    assert name.replace(" ", "") in page.replace(" ", "")
    assert MISSING not in page
    assert "fonts of the program" not in page


def test_pictures_and_their_parts_are_one_picture(case: Typecase) -> None:
    document = pypdfium2.PdfDocument(paper(sheet(), "Robo 🤖 👩🏽\u200d🚀 🇺🇸 ❤\ufe0f", case))
    images = [one for one in document[0].get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert len(images) == 3, "a robot, an astronaut, a flag"
    assert MISSING not in document[0].get_textpage().get_text_bounded()


@pytest.mark.parametrize("name", ["يوسف", "क्षितिज"])
def test_letters_are_joined(name: str, case: Typecase) -> None:
    """The ink of a name is other and less wide than that of its letters one by one."""
    apart = "\u200c".join(name)
    assert ink(name, case) < ink(apart, case)


def test_who_reads_from_the_right_begins_there(case: Typecase) -> None:
    document = pypdfium2.PdfDocument(paper(sheet(), "Ada (יעל 12) Sample", case))
    text = document[0].get_textpage()
    ada, yod, ayin, lamed, number, sample = (
        text.get_charbox(text.search(one).get_next()[0])[0] for one in ("Ada", *"יעל", "12", "Sample")
    )
    assert ada < number < lamed < ayin < yod < sample


def test_levels_are_those_of_the_standard() -> None:
    """UAX 9: numbers run to the right within what runs to the left; marks of direction count for nothing."""
    assert levels("ab אב 12") == (0, [0, 0, 0, 1, 1, 1, 2, 2])
    assert levels("אב ab") == (1, [1, 1, 1, 2, 2])
    assert levels("") == (0, [])
    assert levels("a\u0378") == (0, [0, 0]), "no letter yet"
    assert levels("\u200d\u202e") == (0, [0, 0])


def test_long_writing_from_the_right_goes_on_over_the_page(case: Typecase) -> None:
    long = "وقد أنجزت روبوتا يتبع الخط (Robot 3) " * 120
    word = "روبوتا" * 500
    found = pages(sheet(narrative=long, description=word, name=long), word, case=case)
    assert len(found) > 1
    assert "".join(found).count("Robot") >= 120


@settings(max_examples=40)
@given(st.text(max_size=60), st.text(max_size=200))
def test_with_the_fonts_nothing_that_strangers_write_stops_the_press(case: Typecase, name: str, words: str) -> None:
    child = sheet(name=name, narrative=words, results=(Line(name, words),), evidence=(Line(words, name),))
    assert pages(
        sheet(name=words, description=name, results=(Line(words, name),), inside=(child,)), name or None, case=case
    )


@settings(max_examples=25)
@given(st.text(max_size=60), st.text(max_size=400))
def test_nothing_that_strangers_write_stops_the_press(name: str, words: str) -> None:
    child = sheet(name=name, narrative=words, results=(Line(name, words),), evidence=(Line(words, name),))
    assert pages(sheet(name=words, description=name, alignments=(Line(words),), inside=(child,)), name or None)
