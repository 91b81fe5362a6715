"""What a run of a source, its guard, or a test of it says, in the reader's language.

The history keeps it in English, sentence by sentence; a page says it again. What the other system said stays as it is.
"""

import re

from app.web.district import fault_words
from app.web.district.run_sentences import PIECES, SENTENCES
from app.web.kit.again import Sentences
from app.web.kit.words import _

STREAM = re.compile(r"(?P<stream>[\w-]+: )(?P<rest>\S.*)", re.DOTALL)


def translated(message: str | None) -> str:
    """A message in the reader's language: one sentence, or several with semicolons between them."""
    words = message or ""
    if (sentence := KNOWN.translated(words)) is not None:
        return sentence
    if named := STREAM.fullmatch(words):
        rest = translated(named["rest"])
        if rest != named["rest"]:
            return named["stream"] + rest
    for split in re.finditer("; ", words):
        first, rest = words[: split.start()], words[split.end() :]
        beginning = translated(first) if "; " not in first else first
        if beginning != first:
            return f"{beginning}; {translated(rest)}"
    return fault_words.translated(words)


def _piece(words: str) -> str:
    """Who, or how many."""
    return AMONG.translated(words) or words


def _schools(words: str) -> str:
    """The counts by school."""
    listed, comma, more = words.rpartition(", and ")
    counts = ", ".join(_piece(count) for count in (listed or words).split(", "))
    return _("%(listed)s, and %(more)s more", listed=counts, more=more.removesuffix(" more")) if comma else counts


AMONG = Sentences(PIECES, readers={"who": _piece})
KNOWN = Sentences(
    SENTENCES,
    readers={
        **dict.fromkeys(("words", "why", "what", "message", "complaints"), translated),
        **dict.fromkeys(("many", "who"), _piece),
        "schools": _schools,
    },
    slots={
        "many": r"(?:all )?[\d,]+(?: of [\d,]+)?",
        "who": r"[a-z]+|with role \S+",
        "status": r"\d{3}.*?",
        "count": r"[\d,]+",
    },
)
