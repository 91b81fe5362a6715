"""Why a record is in quarantine, in the reader's language.

Connectors say it in English, field by field, and the API keeps that.
A page says it again; what was sent stays as it is.
"""

import re

from app.web.district.fault_sentences import COMPLAINTS, SENTENCES, TWICE
from app.web.kit.again import Sentences, pattern
from app.web.kit.words import _, later

IN_FIELD = later("field '%(field)s'")
LEFT_OUT = "… "


KINDS = (
    (
        re.compile(r"(identif|nam)\w+ nobody|stands for no number|say whose it is|^no account|nobody can tell|^whose"),
        later("It does not say whose it is"),
    ),
    (
        re.compile(r"missing|blank|says? no|names no\b|nothing is shown|^is not in this|needs an?\b|has no\b"),
        later("Something that is needed is missing"),
    ),
    (
        re.compile(r"is not one of|is none of|is not in\b|is unknown|a role of this site|verb"),
        later("It has a word that is not known here"),
    ),
    (
        re.compile(
            r"is not|is no\b|should|between|cannot be read|not a record|rounded|NUL|nested|characters|bytes|longer|two|"
            r"same key|above|outside|before|after|holds|values|may be read|says \d"
        ),
        later("A value is not what it should be"),
    ),
)
"""Kinds of faults, in words that need no knowledge of a source's fields: of those that fit a reason, the first."""
OTHER = later("Something does not fit")


def kind(reason: str) -> str:
    """What kind of fault a reason tells of, as the catalog has it."""
    return next((words for shape, words in KINDS if shape.search(reason)), OTHER)


def translated(reason: str, *, values: bool = True) -> str:
    """A reason in the reader's language; without `values`, as it is alike for all records that have this fault."""
    if (sentence := WHOLE.translated(reason)) is not None:
        return sentence
    if (complaint := _of_field(reason, values)) is not None:
        return complaint
    for split in re.finditer("; ", reason):
        first, rest = reason[: split.start()], reason[split.end() :]
        if (sentence := WHOLE.translated(first) or _of_field(first, values)) is not None:
            return f"{sentence}; {translated(rest, values=values)}"
    return _(reason)


def _of_field(reason: str, values: bool) -> str | None:
    """What is said of one field: where, what was sent, and what is wrong with it. None where it is nothing known."""
    place = PLACE.match(reason)
    rest = reason[place.end() :] if place else reason
    for shape, complaint in SHAPES:
        if match := shape.fullmatch(rest):
            slots = {name: text for name, text in match.groupdict().items() if name != "sent"}
            sent = match["sent"] or ""
            return _place(place) + (sent if values or not sent else LEFT_OUT) + _(complaint, **slots)
    return None


def _place(place: re.Match[str] | None) -> str:
    if place is None or place["field"] is None:
        return place[0] if place else ""
    return _(IN_FIELD, field=place["field"]) + place["colon"]


PLACE = re.compile(r"field '(?P<field>[^']*)'(?P<colon>:? )|[^\s:';]+: ")
SHAPES = [
    (re.compile(r"(?P<sent>.*? )??" + pattern(complaint).pattern, re.DOTALL | re.IGNORECASE), complaint)
    for complaint in sorted(COMPLAINTS, key=len, reverse=True)
]
WHOLE = Sentences(SENTENCES, readers={"rest": translated}, first=TWICE)
"""What is said of a record as a whole."""
