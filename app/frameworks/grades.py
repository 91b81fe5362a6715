"""Grades as people write them (`4`, `K`, `Grade 4`, `6-8`), as codes of CEDS (`04`, `KG`). Pure."""

import re
from collections.abc import Iterable

from schemas.grades import GRADES

SPOKEN = {
    "infant": "IT", "toddler": "IT", "preschool": "PR", "prekindergarten": "PK", "prek": "PK", "p": "PK",
    "transitionalkindergarten": "TK", "kindergarten": "KG", "kinder": "KG", "k": "KG", "postsecondary": "PS",
    "ungraded": "UG", "first": "01", "second": "02", "third": "03", "fourth": "04", "fifth": "05", "sixth": "06",
    "seventh": "07", "eighth": "08", "ninth": "09", "tenth": "10", "eleventh": "11", "twelfth": "12",
}  # fmt: skip
SCHOOLS = {"ms": ("06", "08"), "middleschool": ("06", "08"), "hs": ("09", "12"), "highschool": ("09", "12")}
_RANGE = re.compile(r"(?<=[\w.])\s*(?:[-\u2013\u2014]|\bto\b|\bthrough\b)\s*(?=\w)", re.IGNORECASE)
_POINTED = re.compile(r"\d\d(\.\d\d)+", re.ASCII)
"""Codes of CEDS whose commas a spreadsheet made points: 09.10 is 09 and 10."""
_PREK = re.compile(r"pre[\s-]*k(?![a-z])", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,3})(?:st|nd|rd|th|\.0+)?", re.ASCII)


def code(word: str) -> str | None:
    """The code of one grade; None where it is none: `1-2` are two grades, and `1.2` is a version of something."""
    bare = re.sub(r"grades?[\s._-]*|gr\.?\s*(?=\d)", "", word.casefold().strip()).strip(" ._")
    if (number := _NUMBER.fullmatch(bare)) is not None:
        grade = f"{int(number[1]):02d}"
        return grade if grade in GRADES else None
    bare = re.sub(r"[\s._-]", "", bare)
    if not bare.isalpha():
        return None
    return bare.upper() if bare.upper() in GRADES else SPOKEN.get(bare)


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
    if _POINTED.fullmatch(part):
        return codes(part.replace(".", ","))
    ends = _RANGE.split(_PREK.sub("prek", part))
    school = SCHOOLS.get(re.sub(r"[^a-z]", "", part.casefold()))
    first, last = school or (code(ends[0]), code(ends[-1]) if len(ends) == 2 else None)
    if first is None or last is None or GRADES.index(first) > GRADES.index(last):
        return None
    between = GRADES[GRADES.index(first) : GRADES.index(last) + 1]
    return [grade for grade in between if grade != "TK" or grade in (first, last)]
