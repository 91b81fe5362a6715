"""Type for paper: which font writes which letter, so that no name loses any without a word.

Latin, Greek and Cyrillic letters are in the font that is shipped; for others there are those that are installed
(`.letters`), and all of them go with the file. Where none is, Chinese, Japanese and Korean are written in the fonts
that PDF readers bring themselves (Adobe's CJK collections), and any other letter is shown as missing.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph

from app.web.paper.letters import Font, Typecase
from app.web.paper.shaping import Letter, Lines, levels

FONTS = Path(__file__).parent / "fonts"
TEXT, BOLD = "Roboto", "Roboto-Bold"
CHINESE, JAPANESE, KOREAN = "STSong-Light", "HeiseiKakuGo-W5", "HYGothic-Medium"
MISSING = "\N{REPLACEMENT CHARACTER}"
"""What stands for a letter that no font has."""
JOINER = "\N{ZERO WIDTH JOINER}"
JOINERS = {0x200C, ord(JOINER), *range(0xE0020, 0xE0080)}
"""What is not seen and belongs to the letter before: whether it joins, the region of a flag."""
VARIANTS = {0xFE0E: None, 0xFE0F: None}
"""Marks that ask for a picture, or for none: what there is of either is shown."""
HAN = ((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))
KANA = ((0x3040, 0x30FF), (0x31F0, 0x31FF))
HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))


class Set(NamedTuple):
    """A letter as it is shown, its font (None: the paragraph's own), and whether it has to be shaped."""

    shown: str
    font: Font | None
    shaped: bool = False


class Pen:
    """Writes paragraphs, and remembers what their readers should be told of the letters."""

    def __init__(self, case: Typecase) -> None:
        self._known, self._case = _known(), case
        self._missing = self._borrowed = False

    def paragraph(self, text: str, style: ParagraphStyle, title: str = "") -> Flowable:
        """A paragraph of plain text; `title` stands before it, in bold."""
        title, text = _whole(title), _whole(text)
        said = f"{title}: {text}" if title else text
        letters = self._set(said)
        if any(shaped for _, _, shaped in letters):
            base, runs = levels("".join(letter.shown for letter in letters))
            own = [BOLD] * len(title) + [style.fontName] * (len(said) - len(title))
            told = zip(letters, own, runs, strict=True)
            return Lines([Letter(shown, font or plain, level) for (shown, font, _), plain, level in told], base, style)
        bold = _markup(letters[: len(title)])
        return Paragraph((f"<b>{bold}</b>" if title else "") + _markup(letters[len(title) :]), style)

    def notes(self) -> Iterator[str]:
        """What is to be said at the end of the paper."""
        if self._missing:
            yield f"{MISSING} stands for a letter that this paper has no type for: the page at the address shows it."
        if self._borrowed:
            yield "Chinese, Japanese and Korean are written in fonts of the program that shows this paper."

    def _set(self, text: str) -> list[Set]:
        asian, found = _asian(text), list[Set]()
        for letter in text:
            found.append(self._one(letter, asian, found[-1] if found else None))
        return found

    def _one(self, letter: str, asian: str, before: Set | None) -> Set:
        code = ord(letter)
        joined = before.font if before and before.shaped else None
        kind = unicodedata.category(letter)[0]
        holds = kind == "M" or code in JOINERS or (before and before.shown == JOINER and kind != "C")
        if joined and holds and self._case.font_of(code, joined) == joined:
            return Set(letter, joined, shaped=True)
        if code in self._known or letter.isspace():
            return Set(letter if letter.isprintable() else " ", None)
        if _within(code, HANGUL) or _within(code, KANA) or _within(code, HAN):
            own = self._case.asian(code)
            self._borrowed = self._borrowed or own is None
            return Set(letter, own or (KOREAN if _within(code, HANGUL) else asian))
        if kind == "C":
            return Set(" ", None)  # a mark of direction, a zero-width joiner: nothing to be seen
        if font := self._case.font_of(code, joined):
            return Set(letter, font, shaped=True)
        self._missing = True
        return Set(MISSING, None)


def _whole(text: str) -> str:
    """A text with its letters and their marks in one, where there is such a letter: some systems keep them apart."""
    return unicodedata.normalize("NFC", text.translate(VARIANTS))


def _markup(letters: Iterable[Set]) -> str:
    runs = groupby(letters, key=lambda letter: letter.font)
    told = ((font, escape("".join(letter.shown for letter in run))) for font, run in runs)
    return "".join(f'<font name="{font}">{run}</font>' if font else run for font, run in told)


def _asian(text: str) -> str:
    """The font for Chinese characters in a text: Japanese beside kana, Korean beside hangul."""
    codes = [ord(letter) for letter in text]
    if any(_within(code, KANA) for code in codes):
        return JAPANESE
    return KOREAN if any(_within(code, HANGUL) for code in codes) else CHINESE


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


@cache
def _known() -> frozenset[int]:
    """The letters that both shipped fonts have; they and the readers' fonts are registered at the first call."""
    made = [TTFont(TEXT, FONTS / "Roboto-Regular.ttf"), TTFont(BOLD, FONTS / "Roboto-Bold.ttf")]
    for font in (*made, *map(UnicodeCIDFont, (CHINESE, JAPANESE, KOREAN))):
        pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(TEXT, normal=TEXT, bold=BOLD, italic=TEXT, boldItalic=BOLD)
    for name in (CHINESE, JAPANESE, KOREAN):
        pdfmetrics.registerFontFamily(name, normal=name, bold=name, italic=name, boldItalic=name)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in made))
