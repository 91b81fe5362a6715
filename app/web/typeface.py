"""Type for paper: which font writes which letter, so that no name loses any without a word.

Latin, Greek and Cyrillic letters are in the font that is shipped and go with the file. Chinese, Japanese and Korean are
written in the fonts that PDF readers bring themselves (Adobe's CJK collections). Any other letter is shown as missing.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

FONTS = Path(__file__).parent / "fonts"
TEXT, BOLD = "Roboto", "Roboto-Bold"
CHINESE, JAPANESE, KOREAN = "STSong-Light", "HeiseiKakuGo-W5", "HYGothic-Medium"
MISSING = "\N{REPLACEMENT CHARACTER}"
"""What stands for a letter that no font has."""
HAN = ((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))
KANA = ((0x3040, 0x30FF), (0x31F0, 0x31FF))
HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))


class Pen:
    """Writes texts as a paragraph's markup, and remembers what its readers should be told of the letters."""

    def __init__(self) -> None:
        self._known = _known()
        self._missing = self._borrowed = False

    def write(self, text: str) -> str:
        """The markup of a plain text."""
        asian = _asian(text)
        runs: list[tuple[str | None, str]] = []
        for letter in text:
            font, shown = self._set(letter, asian)
            if runs and runs[-1][0] == font:
                runs[-1] = (font, runs[-1][1] + shown)
            else:
                runs.append((font, shown))
        return "".join(f'<font name="{font}">{escape(run)}</font>' if font else escape(run) for font, run in runs)

    def notes(self) -> Iterator[str]:
        """What is to be said at the end of the paper."""
        if self._missing:
            yield f"{MISSING} stands for a letter that this paper has no type for: the page at the address shows it."
        if self._borrowed:
            yield "Chinese, Japanese and Korean are written in fonts of the program that shows this paper."

    def _set(self, letter: str, asian: str) -> tuple[str | None, str]:
        """The font of a letter (None: the paragraph's own), and what is shown of it."""
        code = ord(letter)
        if code in self._known or letter.isspace():
            return None, letter
        if _within(code, HANGUL) or _within(code, KANA) or _within(code, HAN):
            self._borrowed = True
            return KOREAN if _within(code, HANGUL) else asian, letter
        if unicodedata.category(letter)[0] == "C":
            return None, " "  # a mark of direction, a zero-width joiner: nothing to be seen
        self._missing = True
        return None, MISSING


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
