"""The transcript: every letter of a name is on the paper or told to be missing, whatever its length and script."""

import re
import unicodedata
from typing import Any

import pypdfium2
import pytest
from PIL import ImageOps

from app.credentials.grouping import GROUPS
from app.sharing.readable import ReadableCredential, ReadableLine
from app.web import templates
from app.web.kit.words import speak
from app.web.paper.fonts import INSTALLED, MISSING, Fonts
from app.web.paper.paper import Cover, transcript

ADDRESS = "https://records.example.org/t/sample/s/IczEwQiQqyqf15IbwSxi4Xi1R8JIEiQT"
SHIPPED = Fonts(None)
"""No font but the shipped ones."""
PART = ReadableCredential(
    "Badge", "Unit test 1", "District", None, None, None, None, "3 October 2026", None, None, None, "urn:1"
)


def readable(**more: Any) -> ReadableCredential:
    fields: dict[str, Any] = {
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
    return ReadableCredential(**fields | more)


def paper(
    credential: ReadableCredential, learner: str | None, fonts: Fonts, inside: dict[str, str] | None = None
) -> bytes:
    chapter = (credential, "valid on the day of printing", inside or {})
    return transcript(Cover("District", learner, "A place", "22 November 2026", ADDRESS), [chapter], fonts)


def ink(name: str, fonts: Fonts) -> int:
    """How wide a name's ink is, in pixels."""
    page = pypdfium2.PdfDocument(paper(readable(), name, fonts))[0]
    text, scale = page.get_textpage(), 4
    above, below = (text.get_charbox(text.search(words).get_next()[0]) for words in ("Learner record", "Shared for"))
    top, bottom = (int((page.get_height() - edge) * scale) for edge in (above[1] - 2, below[3] + 2))
    line = ImageOps.invert(page.render(scale=scale).to_pil().convert("L")).crop((0, top, 1600, bottom))
    left, _, right, _ = line.getbbox()
    return int(right - left)


def pages(
    credential: ReadableCredential,
    learner: str | None = None,
    inside: dict[str, str] | None = None,
    fonts: Fonts = SHIPPED,
) -> list[str]:
    """The words of a transcript, page by page."""
    document = pypdfium2.PdfDocument(paper(credential, learner, fonts, inside))
    text_boundeds = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return text_boundeds


@pytest.mark.parametrize(
    "name",
    ["Zoë O'Brien-N\u2019Diaye", "Nguyễn Thị Hằng", "Лев Щукин", "Ωμέγα", "Ada <b>& Co</b>", "#strong[Ada] *Co* $x$"],
)
def test_a_name_is_written_whole(name: str) -> None:
    (page,) = pages(readable(), name)
    assert name in page
    assert "has no type for" not in page


def test_marks_that_a_system_keeps_apart_stand_on_their_letters() -> None:
    (page,) = pages(readable(), unicodedata.normalize("NFD", "Nguyễn Thị Hằng"))
    assert "Nguyễn Thị Hằng" in page


@pytest.mark.parametrize("name", ["محمد علي", "יעל", "अनाया", "王小明"])
def test_letters_that_are_missing_are_told(name: str) -> None:
    (page,) = pages(readable(), f"Ada {name}")
    assert "Ada" in page
    assert "stands for a letter that this paper has no type for" in page


def test_what_was_taken_back_and_where_to_check_is_there() -> None:
    credential = readable(
        name="Learner record", inside=(PART, readable(name="Reading", results=(ReadableLine("Reading", "93 of 100"),)))
    )
    (page,) = pages(credential, inside={"urn:1": "Revoked"})
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
    credential = readable(
        name=long, narrative=long, inside=tuple(readable(name=long, description=long) for _ in range(30))
    )
    printed = pages(credential, long)
    assert len(printed) > 3
    assert f"Page {len(printed)}" in printed[-1]
    assert "".join(printed).count("Donaudampf") > 240


def test_competencies_are_in_the_order_of_their_codes_and_every_page_says_whose_it_is() -> None:
    codes = [f"6.NS.{number}" for number in range(1, 41)]
    inside = tuple(
        readable(name="Divides", code=code, group="Competencies", description="Interprets") for code in sorted(codes)
    )
    printed = pages(readable(name="Learner record", inside=inside), "Ada Sample")
    assert re.findall(r"6\.NS\.\d+", " ".join(printed)) == codes
    assert all("Ada Sample" in page and f"Page {n}/{len(printed)}" in page for n, page in enumerate(printed, 1))
    assert [page.count("Interprets") for page in printed] == [page.count("6.NS.") for page in printed]


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    """The fonts that .ci/run and the container image install."""
    for part in ("noto/NotoSans-Regular.ttf", "noto/NotoColorEmoji.ttf", "droid", "nanum"):
        if not (INSTALLED / part).exists():
            pytest.skip(f"there is no {INSTALLED / part} here: install the fonts that .ci/run names")
    return Fonts(INSTALLED)


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
def test_with_the_fonts_installed_a_name_of_any_script_is_written_whole(name: str, fonts: Fonts) -> None:
    (page,) = pages(readable(), name, fonts=fonts)
    assert name.replace(" ", "") in page.replace(" ", "")
    assert MISSING not in page


def test_pictures_and_their_parts_are_one_picture(fonts: Fonts) -> None:
    """A robot, an astronaut, a flag, a heart: each as wide as one, in color, and none in pieces."""
    robot, family = (ink(name, fonts) for name in ("\U0001f916", "\U0001f469\U0001f3fd\u200d\U0001f680"))
    assert family < 1.2 * robot
    page = pypdfium2.PdfDocument(paper(readable(), "\U0001f1fa\U0001f1f8 \u2764\ufe0f", fonts))[0]
    assert any(max(pixel) - min(pixel) > 100 for _, pixel in page.render(scale=2).to_pil().getcolors(2**24))
    assert MISSING not in page.get_textpage().get_text_bounded()


@pytest.mark.parametrize("name", ["يوسف", "क्षितिज"])
def test_letters_are_joined(name: str, fonts: Fonts) -> None:
    """The ink of a name is other and less wide than that of its letters one by one."""
    apart = "\u200c".join(name)
    assert ink(name, fonts) < ink(apart, fonts)


def test_who_reads_from_the_right_begins_there(fonts: Fonts) -> None:
    document = pypdfium2.PdfDocument(paper(readable(), "Ada (יעל 12) Sample", fonts))
    text = document[0].get_textpage()
    ada, yod, ayin, lamed, number, sample = (
        text.get_charbox(text.search(word).get_next()[0])[0] for word in ("Ada", *"יעל", "12", "Sample")
    )
    assert ada < number < lamed < ayin < yod < sample


def test_it_is_set_in_the_language_of_whoever_prints_it() -> None:
    evidence = [ReadableLine("Evidence", "A photo")]
    whole = readable(
        expires="4 October 2027", inside=(PART,), evidence=tuple(evidence), results=(ReadableLine("Score"),)
    )
    speak("es")
    try:
        spanish = " ".join("".join(pages(whole, "Ada")).split())
    finally:
        speak("en")
    for words in (
        "Registro del estudiante",
        "Compartido para:",
        "Impreso el",
        "Página 1",
        "hasta el 4 de octubre de 2027",
        "emitida",
    ):
        assert words in spanish, spanish
    for words in (
        "Learner record",
        "Shared for",
        "Printed",
        "Page ",
        "until ",
        "issued",
        "October",
        "proves",
        "inside",
    ):
        assert words not in spanish, spanish


@pytest.mark.parametrize(
    ("description", "about"),
    [
        (None, None),
        ("Robotics 1", None),
        ("R.1: Robotics 1", None),
        ("Robotics 1 (Northside School)", "Northside School"),
        ("Robotics 1 (spring (late))", "Robotics 1 (spring (late))"),
        ("Robotics 1 (spring) and (fall)", "Robotics 1 (spring) and (fall)"),
        ("Builds robots.", "Builds robots."),
    ],
)
def test_a_description_says_nothing_of_the_name_again(description: str | None, about: str | None) -> None:
    assert readable(code="R.1", description=description).about == about


def test_the_page_and_the_paper_say_the_same_in_the_same_order() -> None:
    """An admissions officer may have either: groups, parts, what they are about, outcomes."""
    parts = [
        readable(id=f"urn:{group}{n}", name=f"{group} {n}", description=f"{group} {n} (in {group})", group=group)
        for group in reversed(GROUPS)
        for n in (2, 1)
    ]
    record = readable(kind="Learner record", name="Record", inside=tuple(parts))
    html = str(templates().get_template("sheet.html").module.body(record))  # type: ignore[attr-defined]
    page = re.sub(r"<[^>]+>", " ", re.sub(r"<details.*?<summary>|</summary>.*?</details>", " ", html, flags=re.DOTALL))
    words = [*GROUPS, *(part.name for part in parts), *(f"in {group}" for group in GROUPS)]

    def order(text: str) -> list[str]:
        places = [(match.start(), word) for word in words for match in re.finditer(rf"{word}(?! \\d)", text)]
        return [word for _, word in sorted(places)]

    assert len(order(page)) >= len(words)
    assert order(" ".join(page.split())) == order(" ".join("".join(pages(record)).split()))
