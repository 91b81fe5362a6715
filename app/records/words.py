"""The words people find a learner by: of every name that is told, without accents and case. Pure."""

import re
import unicodedata
from collections.abc import Iterable

from app.records.document import Header

WORD = re.compile(r"\w+")
MOST, LONGEST = 40, 60
"""How many words of one learner are kept, and how long each may be: a source may say anything."""


def words_of(header: Header) -> list[str]:
    """The words of a learner's names, each once."""
    names: Iterable[str] = (name.value for name in header.names)
    return list(dict.fromkeys(word for name in names for word in folded(name)))[:MOST]


def folded(text: str) -> list[str]:
    """The words of a text as they are compared: `Nguyễn-Müller` has `nguyen` and `muller`."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return [word[:LONGEST] for word in WORD.findall(plain.casefold())]
