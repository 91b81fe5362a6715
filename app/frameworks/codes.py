"""One code for the many ways of writing it: `CCSS.MATH.CONTENT.6.NS.A.1`, `6.NS.A.1`, `6-NS-A-1`, `6.NS.1`.

Publishers, vendors and a framework's own site write the same standard with dots or dashes, with and without what its
framework puts before codes, and with or without the letter of its cluster. What may be left out is the framework's own
matter (`Writing`): `CC.` before a code is Pennsylvania's, and means nothing elsewhere. Two codes of one framework are
one where any of their forms agree.

Pure.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

_SITE = re.compile(r"^https?://(www\.)?")
_GRADE = r"(?:K|\d{1,2}|HS[A-Z]?|[A-Z])"
_CLUSTERED = re.compile(rf"^({_GRADE}\.[A-Z]{{1,4}})\.[A-Z]\.(\d.*)$")
_HIGH_SCHOOL = re.compile(r"^HS([A-Z])\.(.+)$")
OURS = "urn:code:"
"""How a code without a framework's name is written as a URI here."""


class Writing(NamedTuple):
    """How a framework writes its codes: `prefixes` are left out as often as not, the longest first.

    `clusters`: codes are also written without the letter of their cluster, and those of high school without `HS`.
    """

    prefixes: tuple[str, ...] = ()
    clusters: bool = False


PLAIN = Writing()


def writing(prefixes: Iterable[str], *, clusters: bool = False) -> Writing:
    """A way of writing codes, with these prefixes however they are spelled."""
    spelled = {normal(prefix) for prefix in prefixes} - {""}
    return Writing(tuple(sorted(spelled, key=lambda prefix: (-len(prefix), prefix))), clusters)


def parted(code: str) -> tuple[str | None, str]:
    """The framework a code names before its last colon, if any, and the code: `CCSS-M:6.NS.A.1`."""
    text = code.strip()
    if text.lower().startswith(OURS):
        return None, unquote(text[len(OURS) :])
    before, colon, last = text.rpartition(":")
    if not colon or not last or "/" in last:
        return None, text
    return before.rpartition(":")[2] or None, unquote(last)


def normal(code: str) -> str:
    """A code in capitals, its parts between single dots."""
    dotted = re.sub(r"[^A-Z0-9+]+", ".", code.strip().upper()).strip(".")
    return re.sub(r"(\d)([A-Z])$", r"\1.\2", dotted)


def forms(code: str, written: Writing = PLAIN) -> list[str]:
    """Every form a code is found by in a framework that writes so, the fullest first."""
    first = normal(code)
    if not first:
        return []
    prefix = next((known for known in written.prefixes if first.startswith(f"{known}.")), None)
    spellings = [first] if prefix is None else [first, first[len(prefix) + 1 :]]
    if written.clusters:
        spellings += [f"{school[1]}.{school[2]}" for form in spellings if (school := _HIGH_SCHOOL.match(form))]
        spellings += [f"{parts[1]}.{parts[2]}" for form in spellings if (parts := _CLUSTERED.match(form))]
    return spellings


def address(url: str) -> str:
    """An address without what the same page has and has not: `https://`, `www.`, a slash at its end, capitals."""
    return _SITE.sub("", url.strip().lower()).rstrip("/")


def aliases(codes: Iterable[str | None], written: Writing = PLAIN) -> list[str]:
    """All forms of some codes of one competency, each once, the fullest first."""
    return list(dict.fromkeys(form for code in codes if code for form in forms(code, written)))


def endings(code: str) -> list[str]:
    """What a code ends with, without one and without two of its parts: what else it may be called."""
    parts = normal(code).split(".")
    return [".".join(parts[n:]) for n in (0, 1, 2) if len(parts) - n > 1]
