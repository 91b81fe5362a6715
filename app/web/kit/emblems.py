"""A small picture for what has none: the letters and the color that a person or a badge has by its name. Pure."""

from zlib import crc32

COLORS = 6
"""Colors there are: `.h0` and further in tessera.css."""


def initials(name: str) -> str:
    """The first letters of the first and the last word of a name; a star where it has no letters."""
    words = [letters for word in name.split() if (letters := "".join(filter(str.isalnum, word)))]
    first_letters = [words[0][0], *(word[0] for word in words[-1:] if len(words) > 1)] if words else ["★"]
    return "".join(first_letters).upper()


def hue(name: str) -> int:
    """Which color a name has: the same one everywhere and always."""
    return crc32(name.encode()) % COLORS
