"""One code for the many ways of writing it: `CCSS.MATH.CONTENT.6.NS.A.1`, `6.NS.A.1`, `CCSS-M:6.NS.A.1`, `6.NS.1`.

Publishers, vendors and the standards' own site write the same standard with and without the framework's name, with
dots or dashes, and with or without the letter of its cluster. Two codes are one where any of their forms agree.
"""

import re
from collections.abc import Iterable

_QUALIFIER = re.compile(r"^.*:(?=[^:/]+$)")
"""Whatever stands before the last colon: `CCSS-M:`, `urn:fdc:example.com:ccss:`."""
_SITE = re.compile(r"^https?://(www\.)?")
_FRAMEWORK = re.compile(r"^(CCSS|CC|CCSSM|CCSSI)\.((M|MATH|ELA\.LITERACY|ELALITERACY|ELA)\.)?((CONTENT|PRACTICE)\.)?")
_GRADE = r"(?:K|\d{1,2}|HS[A-Z]?|[A-Z])"
_CLUSTERED = re.compile(rf"^({_GRADE}\.[A-Z]{{1,4}})\.[A-Z]\.(\d.*)$")
_HIGH_SCHOOL = re.compile(r"^HS([A-Z])\.(.+)$")


def normal(code: str) -> str:
    """A code without its framework's name, in capitals, its parts between single dots."""
    bare = _QUALIFIER.sub("", code.strip()).upper()
    dotted = re.sub(r"[^A-Z0-9+]+", ".", bare).strip(".")
    dotted = _FRAMEWORK.sub("", dotted)
    return re.sub(r"(\d)([A-Z])$", r"\1.\2", dotted)


def forms(code: str) -> list[str]:
    """Every form a code is found by: itself; without `HS`; and without the letter of the cluster."""
    first = normal(code)
    if not first:
        return []
    found = [first]
    if school := _HIGH_SCHOOL.match(first):
        found.append(f"{school[1]}.{school[2]}")
    found += [f"{parts[1]}.{parts[2]}" for form in found if (parts := _CLUSTERED.match(form))]
    return found


def address(url: str) -> str:
    """An address without what the same page has and has not: `https://`, `www.`, a slash at its end, capitals."""
    return _SITE.sub("", url.strip().lower()).rstrip("/")


def aliases(codes: Iterable[str | None]) -> list[str]:
    """All forms of some codes of one competency, each once, the fullest first."""
    return list(dict.fromkeys(form for code in codes if code for form in forms(code)))
