"""Grades as people write them (`4`, `K`, `Grade 4`, `6-8`), as codes of CEDS (`04`, `KG`). Pure.

CEDS, *Entry Grade Level*: https://ceds.ed.gov/element/000100
"""

import re
from collections.abc import Iterable

CODES = ("IT", "PR", "PK", "TK", "KG", *(f"{n:02d}" for n in range(1, 14)), "PS", "UG")
SPOKEN = {
    "infant": "IT", "toddler": "IT", "preschool": "PR", "prekindergarten": "PK", "prek": "PK", "p": "PK",
    "transitionalkindergarten": "TK", "kindergarten": "KG", "kinder": "KG", "k": "KG", "postsecondary": "PS",
    "ungraded": "UG", "first": "01", "second": "02", "third": "03", "fourth": "04", "fifth": "05", "sixth": "06",
    "seventh": "07", "eighth": "08", "ninth": "09", "tenth": "10", "eleventh": "11", "twelfth": "12",
}  # fmt: skip
SCHOOLS = {"ms": ("06", "08"), "middleschool": ("06", "08"), "hs": ("09", "12"), "highschool": ("09", "12")}
_RANGE = re.compile(r"(?<=[\w.])\s*(?:[-\u2013\u2014]|\bto\b|\bthrough\b)\s*(?=\w)", re.IGNORECASE)
_ORDINAL = re.compile(r"(\d+)(st|nd|rd|th)")


def code(word: str) -> str | None:
    """The code of one grade; None where it is none."""
    bare = re.sub(r"grades?|gr\.?(?=\s*\d)", "", word.casefold())
    bare = _ORDINAL.sub(r"\1", re.sub(r"[\s._-]", "", bare))
    if bare.isdecimal():
        return f"{int(bare):02d}" if f"{int(bare):02d}" in CODES else None
    return bare.upper() if bare.upper() in CODES else SPOKEN.get(bare)


def codes(text: str) -> list[str] | None:
    """The codes of what one cell or one query says: grades, with commas or semicolons between them, and ranges of them.

    None where any of it is no grade.
    """
    grades: list[str] = []
    for part in filter(None, (piece.strip() for piece in re.split(r"[,;/]", text))):
        some = _some(part)
        if some is None:
            return None
        grades += some
    return list(dict.fromkeys(grades))


def all_codes(texts: Iterable[str]) -> list[str]:
    """The codes of all that several texts say; what is no grade stays as it is."""
    return list(dict.fromkeys(code for text in texts for code in (codes(text) or [text])))


def _some(part: str) -> list[str] | None:
    if (single := code(part)) is not None:
        return [single]
    ends = _RANGE.split(part)
    school = SCHOOLS.get(re.sub(r"[^a-z]", "", part.casefold()))
    first, last = school or (code(ends[0]), code(ends[-1]) if len(ends) == 2 else None)
    if first is None or last is None or CODES.index(first) > CODES.index(last):
        return None
    return [grade for grade in CODES[CODES.index(first) : CODES.index(last) + 1] if grade != "TK"]
