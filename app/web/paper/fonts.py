"""Fonts of papers: the shipped ones and those installed beside, and which letters they have.

Roboto is shipped, with Latin, Greek and Cyrillic letters. Other scripts are in fonts that Debian's packages install:
Noto (fonts-noto-core), Noto Color Emoji (fonts-noto-color-emoji), Droid Sans Fallback (fonts-droid-fallback) for
Chinese and Japanese, Nanum Gothic (fonts-nanum) for Korean. The container image has them. Nothing is fetched.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from threading import Lock

import typst
import uharfbuzz

SHIPPED = Path(__file__).parent / "fonts"
INSTALLED = Path("/usr/share/fonts/truetype")
"""Where Debian puts them."""
FAMILIES = ("Roboto", "Noto Sans", "Noto Color Emoji", "Droid Sans Fallback", "NanumGothic")
"""The families that are tried in this order before any other."""
FILES = ("noto/*.ttf", "droid/DroidSansFallbackFull.ttf", "nanum/NanumGothic*.ttf")
MISSING = "\N{REPLACEMENT CHARACTER}"
"""What stands for a letter that no font has."""
UNSEEN = frozenset({0x200C, 0x200D, 0xFE0E, 0xFE0F, *range(0xE0020, 0xE0080)})
"""Joiners, variants and tags: they belong to the letter before and are never missing."""


@dataclass(frozen=True)
class Fonts:
    """The shipped fonts and those below a folder; without one, the shipped ones alone."""

    folder: Path | None = INSTALLED

    @cached_property
    def files(self) -> list[Path]:
        """All font files."""
        files = [file for pattern in FILES for file in sorted(self.folder.glob(pattern))] if self.folder else []
        return [*sorted(SHIPPED.glob("*.ttf")), *files]

    @cached_property
    def letters(self) -> frozenset[int]:
        """The code points that any of the fonts has."""
        return frozenset[int]().union(*(_letters(file) for file in self.files))

    @cached_property
    def compiler(self) -> typst.Compiler:
        """The typesetter with these fonts: they are looked through once. One paper at a time (`alone`)."""
        folders = [SHIPPED, *(self.folder / part for part in ("noto", "droid", "nanum"))] if self.folder else [SHIPPED]
        return typst.Compiler(font_paths=[folder for folder in folders if folder.is_dir()], ignore_system_fonts=True)

    @cached_property
    def alone(self) -> Lock:
        """A lock that is held while a paper is typeset."""
        return Lock()

    def readable(self, text: str) -> str:
        """The text as it can be set: composed, without control characters, `MISSING` for letters that no font has."""
        return "".join(map(self._readable, unicodedata.normalize("NFC", text)))

    def _readable(self, letter: str) -> str:
        code = ord(letter)
        if code in self.letters or code in UNSEEN:
            return letter
        if letter.isspace() or unicodedata.category(letter)[0] == "C":
            return " "
        return MISSING


@cache
def installed() -> Fonts:
    """The fonts of this machine."""
    return Fonts()


@cache
def _letters(file: Path) -> frozenset[int]:
    return frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(file))).unicodes)
