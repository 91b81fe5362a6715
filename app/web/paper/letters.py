"""Fonts for letters that the shipped ones have not: those that Debian's packages install, and what each of them writes.

Noto (fonts-noto-core) for the world's scripts, Noto Color Emoji (fonts-noto-color-emoji), Droid Sans Fallback
(fonts-droid-fallback) for Chinese and Japanese, Nanum Gothic (fonts-nanum) for Korean. The container image has them;
where they are not, nothing is known of these letters. Nothing is fetched, and nothing written.
"""

from functools import cache, cached_property
from pathlib import Path
from threading import Lock

import uharfbuzz
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

INSTALLED = Path("/usr/share/fonts/truetype")
"""Where Debian puts them."""
PICTURES = 0x1F000
"""From here on, Unicode has pictures: they are shown as such even where a font has them as outlines."""

Font = str | Path
"""A font that reportlab writes in, by its name; one of pictures, by its file."""


class Typecase:
    """The fonts below a folder."""

    def __init__(self, folder: Path) -> None:
        self.alone = Lock()
        """Held while a paper is written: fonts note what is written with them."""
        self._asian = [folder / "droid" / "DroidSansFallbackFull.ttf", folder / "nanum" / "NanumGothic.ttf"]
        self._emoji = folder / "noto" / "NotoColorEmoji.ttf"
        found = (folder / "noto").glob("Noto*-Regular.ttf")
        self._files = sorted(
            found, key=lambda file: (file.stem != "NotoSans-Regular", "Sans" not in file.stem, file.stem)
        )

    def font_of(self, code: int, before: Font | None = None) -> Font | None:
        """The font for a letter: where it can, that of the letter `before`, for they may have to be joined."""
        file = self._written.get(code)
        if isinstance(before, Path) and code in _letters(before):
            return before
        if code >= PICTURES and code in self._pictures:
            return self._emoji
        if isinstance(before, str) and (own := self._by_name.get(before)) and code in _letters(own):
            return before
        if file is not None:
            return registered(file)
        return self._emoji if code in self._pictures else None

    def asian(self, code: int) -> str | None:
        """The font for a letter of Chinese, Japanese or Korean."""
        return next((registered(file) for file in self._asian if file.is_file() and code in _letters(file)), None)

    @cached_property
    def _pictures(self) -> frozenset[int]:
        return _letters(self._emoji) if self._emoji.is_file() else frozenset()

    @cached_property
    def _by_name(self) -> dict[str, Path]:
        return {file.stem: file for file in self._files}

    @cached_property
    def _written(self) -> dict[int, Path]:
        """Which font writes which letter: the general one before those of scripts."""
        return {code: file for file in reversed(self._files) for code in _letters(file)}


@cache
def installed() -> Typecase:
    """The fonts of this machine."""
    return Typecase(INSTALLED)


@cache
def registered(file: Path) -> str:
    """The name of a font, which reportlab knows from now on."""
    pdfmetrics.registerFont(TTFont(file.stem, file))
    pdfmetrics.registerFontFamily(file.stem, normal=file.stem, bold=file.stem, italic=file.stem, boldItalic=file.stem)
    return file.stem


@cache
def face(file: Path) -> uharfbuzz.Face:
    """A font, to be shaped by."""
    return uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(file)))


@cache
def _letters(file: Path) -> frozenset[int]:
    return frozenset(face(file).unicodes)
