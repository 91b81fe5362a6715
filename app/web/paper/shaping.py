"""Lines of writing that has to be shaped: letters that join, stand over each other, or run from right to left.

Levels of direction are those of the Unicode bidirectional algorithm (UAX 9), letters become glyphs by HarfBuzz. A glyph
that is no letter by itself has beside it the letters it stands for (ActualText, ISO 32000-1, 14.9.4), so that what is
written can be searched, copied and read out.
"""

import re
import unicodedata
from codecs import BOM_UTF16_BE
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple, Self

import uharfbuzz
from bidi import algorithm
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable

from app.web.paper.letters import Font, face

WORD = re.compile(r"\S+\s*|\s+")
TALL = 1.15
"""How much more room the letters of most other scripts need above and below."""


class Letter(NamedTuple):
    """A letter, the font that writes it, and the level of its direction: odd is from right to left."""

    text: str
    font: Font
    level: int


class Glyph(NamedTuple):
    """A glyph: its number in the font, where it stands and how far it moves on, in parts of the type's size.

    `text` is what it stands for; of several that stand for it together, the first has it.
    """

    text: str
    number: int
    x: float
    y: float
    advance: float


Line = Sequence[Letter]


class Lines(Flowable):  # type: ignore[misc]  # untyped
    """A paragraph of letters of any script. `base` is the level of the whole: 1 where it runs from right to left."""

    def __init__(self, letters: Sequence[Letter], base: int, style: ParagraphStyle) -> None:
        super().__init__()
        self._letters, self._base, self._style = letters, base, style
        self._leading = style.leading * TALL
        self._lines: list[Line] = []

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """What it takes, at this width."""
        self._lines = list(_broken(self._letters, width / self._style.fontSize))
        self.width, self.height = width, len(self._lines) * self._leading
        return self.width, self.height

    def split(self, width: float, height: float) -> list[Self]:
        """What fits this height, and the rest; nothing where no line does."""
        self.wrap(width, height)
        some = int(height // self._leading)
        parts = [self._lines[:some], self._lines[some:]]
        if not all(parts):
            return [self] if some else []
        return [type(self)([one for line in part for one in line], self._base, self._style) for part in parts]

    def draw(self) -> None:
        """Write the lines."""
        style = self._style
        right = style.alignment == TA_RIGHT or (self._base == 1 and len(self._lines) > 1 and style.alignment == TA_LEFT)
        self.canv.setFillColor(style.textColor)
        for at, line in enumerate(self._lines):
            runs = _ordered(line)
            shaped = [(font, _shaped(text, font, level)) for text, font, level in runs]
            taken = sum(glyph.advance for _, glyphs in shaped for glyph in glyphs) * style.fontSize
            place = [self.width - taken if right else 0.0, self.height - at * self._leading - style.fontSize * TALL]
            for font, glyphs in shaped:
                _write(self.canv, font, glyphs, style.fontSize, place)


def levels(text: str) -> tuple[int, list[int]]:
    """The level of a paragraph, and that of each of its letters (UAX 9, P2 to I2)."""
    storage: dict[str, Any] = algorithm.get_empty_storage()
    base = storage["base_level"] = algorithm.get_base_level(text)
    storage["base_dir"] = "LR"[base]
    algorithm.get_embedding_levels(text, storage)
    for at, letter in enumerate(storage["chars"]):
        letter["at"] = at
        letter["type"] = letter["type"] or "L"  # what this Python's Unicode does not have yet
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, debug=False)
    algorithm.resolve_implicit_levels(storage, debug=False)
    told = {letter["at"]: letter["level"] for letter in storage["chars"]}
    found: list[int] = []
    for at in range(len(text)):  # joiners and marks of direction have none of their own
        found.append(told.get(at, found[-1] if found else base))
    return base, found


def _broken(letters: Sequence[Letter], width: float) -> Iterator[Line]:
    """The lines of a paragraph, broken between words and, where a word is wider than a line, within it."""
    line: list[Letter] = []
    taken = 0.0
    text = "".join(letter.text for letter in letters)
    for begin, end in [found.span() for found in WORD.finditer(text)]:
        word = letters[begin:end]
        wide = _width(word)
        if taken + _width(_stripped(word)) > width and line:
            yield line
            line, taken = [], 0.0
        if wide <= width:
            line, taken = [*line, *word], taken + wide
            continue
        for cluster in _clusters(word):
            step = _width(cluster)
            if taken + step > width and line:
                yield line
                line, taken = [], 0.0
            line, taken = [*line, *cluster], taken + step
    if line:
        yield line


def _stripped(word: Line) -> Line:
    return [letter for letter in word if not letter.text.isspace()]


def _clusters(word: Line) -> Iterator[Line]:
    """Letters with the marks that stand on them."""
    found: list[Letter] = []
    for letter in word:
        if found and unicodedata.category(letter.text)[0] not in "MC":
            yield found
            found = []
        found.append(letter)
    yield found


def _width(line: Line) -> float:
    runs = _runs(line)
    return sum(glyph.advance for run in runs for glyph in _shaped(*run))


def _runs(line: Line) -> list[tuple[str, Font, int]]:
    """Letters of one font and one level, together."""
    grouped = groupby(line, key=lambda letter: letter[1:])
    return [("".join(letter.text for letter in run), font, level) for (font, level), run in grouped]


def _ordered(line: Line) -> list[tuple[str, Font, int]]:
    """The runs of a line from left to right (UAX 9, L2), without the spaces at its end."""
    runs = _runs(line[: len("".join(letter.text for letter in line).rstrip())])
    for level in range(max((run[2] for run in runs), default=0), 0, -1):
        found: list[tuple[str, Font, int]] = []
        for high, some in groupby(runs, key=partial(_reaches, level)):
            together = list(some)
            found += reversed(together) if high else together
        runs = found
    return runs


def _reaches(level: int, run: tuple[str, Font, int]) -> bool:
    return run[2] >= level


def _shaped(text: str, font: Font, level: int) -> list[Glyph]:
    """The glyphs of a run, from left to right."""
    if isinstance(font, str) and not isinstance(pdfmetrics.getFont(font), TTFont):
        return [Glyph(one, ord(one), 0, 0, pdfmetrics.stringWidth(one, font, 1)) for one in text]
    own = _face(font)
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if level % 2 else "ltr"
    buffer.guess_segment_properties()
    uharfbuzz.shape(uharfbuzz.Font(own), buffer, {})
    part = partial(_part, own.upem)
    begun = sorted({info.cluster for info in buffer.glyph_infos})
    told = {begin: text[begin:end] for begin, end in pairwise([*begun, len(text)])}
    return [
        Glyph(told.pop(info.cluster, ""), info.codepoint, part(at.x_offset), part(at.y_offset), part(at.x_advance))
        for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    ]


def _part(whole: int, units: int) -> float:
    return units / whole


def _face(font: Font) -> uharfbuzz.Face:
    return face(font) if isinstance(font, Path) else pdfmetrics.getFont(font).hbFace


def _write(canvas: Any, font: Font, glyphs: Sequence[Glyph], size: float, place: list[float]) -> None:
    """Write glyphs at a place, and move it on."""
    for cluster in _together(glyphs):
        letters = "" if isinstance(font, Path) else "".join(_letter(font, glyph) for glyph in cluster)
        text = cluster[0].text
        if letters != text:
            told = BOM_UTF16_BE + text.encode("utf-16-be", "replace")
            canvas.addLiteral(f"/Span <</ActualText <{told.hex()}>>> BDC")
        for glyph in cluster:
            _set(canvas, font, glyph, size, place)
            place[0] += glyph.advance * size
        if letters != text:
            canvas.addLiteral("EMC")


def _together(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Glyphs that stand for some text together."""
    found: list[Glyph] = []
    for glyph in glyphs:
        if found and glyph.text:
            yield found
            found = []
        found.append(glyph)
    if found:
        yield found


def _set(canvas: Any, font: Font, glyph: Glyph, size: float, place: Sequence[float]) -> None:
    x, y = place[0] + glyph.x * size, place[1] + glyph.y * size
    if isinstance(font, Path):
        _picture(canvas, font, glyph, size, x, y)
    else:
        canvas.setFont(font, size)
        canvas.drawString(x, y, _letter(font, glyph))


def _letter(font: str, glyph: Glyph) -> str:
    """What stands for a glyph in a text: its letter or, where it has none, one for private use."""
    own = pdfmetrics.getFont(font)
    if not isinstance(own, TTFont):
        return chr(glyph.number)
    known = own.face.glyphToChar.get(glyph.number)
    if known:
        return chr(known[0])
    shaped = own.hbFont()
    wide = _part(own.hbFace.upem, shaped.get_glyph_h_advance(glyph.number)) * 1000
    return chr(own.hbAddPrivate(f"glyph {glyph.number}", glyph.number, wide))


def _picture(canvas: Any, font: Path, glyph: Glyph, size: float, x: float, y: float) -> None:
    blob = uharfbuzz.Font(face(font)).get_glyph_color_png(glyph.number)
    if blob is not None and blob.data:
        picture, side = ImageReader(BytesIO(blob.data)), glyph.advance * size
        canvas.drawImage(picture, x, y - 0.2 * size, side, side, mask="auto", preserveAspectRatio=True)
