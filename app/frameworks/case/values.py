"""Reads single values of a CASE object: as they are where CASE 1.1 allows them, mended where that is plain, else None.

A reader that gives back the very value it got has found nothing wrong with it.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

Reader = Callable[[Any], Any]

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""A UUID of any version (RFC 9562), as CASE 1.0 has it. The pattern of CASE 1.1 knows versions 1 to 5 alone: providers
write version 7 all the same.
"""

ASSOCIATION_TYPES = (
    "isChildOf",
    "isPeerOf",
    "isPartOf",
    "exactMatchOf",
    "precedes",
    "isRelatedTo",
    "replacedBy",
    "exemplar",
    "hasSkillLevel",
    "isTranslationOf",
)
_SPOKEN = {name.lower(): name for name in ASSOCIATION_TYPES}
_EXTENSION = re.compile(r"ext:[a-zA-Z0-9.\-_]+")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:.")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?")
_URI_SAFE = "%/:=&?~#+!$,;'@()*[]"


def text(value: Any) -> Any:
    """A string; a number is written out."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def uri(value: Any) -> Any:
    """An absolute URI (RFC 3986); what a URI may not hold is percent-encoded."""
    if not isinstance(value, str) or not _SCHEME.match(value.strip()):
        return None
    return quote(value.strip(), safe=_URI_SAFE)


def identifier(value: Any) -> Any:
    """A UUID, in small letters; any other name becomes a UUID made of it, always the same one."""
    if not isinstance(value, str) or not value.strip():
        return None
    match = UUID.search(value.lower())
    return match[0] if match else str(uuid5(NAMESPACE_URL, value.strip()))


def moment(value: Any) -> Any:
    """A date-time of RFC 3339; without an offset it is taken as UTC, without a time as midnight."""
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    day, clock, zone = match[1], match[2] or "00:00:00", match[3] or "Z"
    clock = clock if clock.count(":") == 2 else f"{clock}:00"
    zone = zone if zone == "Z" or ":" in zone else f"{zone[:3]}:{zone[3:]}"
    return f"{day}T{clock}{zone}"


def date(value: Any) -> Any:
    """A full date; the time of a date-time is cut off."""
    return value[:10] if isinstance(value, str) and _MOMENT.fullmatch(value) else None


def integer(value: Any) -> Any:
    """A whole number, also as digits or as 3.0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value) else None


def number(value: Any) -> Any:
    """A number, also as digits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return float(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", value) else None


def texts(value: Any) -> Any:
    """A list of strings; a single string is a list of one."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        return None
    return value if all(isinstance(v, str) for v in value) else [t for v in value if (t := text(v)) is not None]


def version(value: Any) -> Any:
    """CASE 1.1's name of itself: the field says nothing else."""
    return value if value == "1.1" else None


def association_type(value: Any) -> Any:
    """A type of CASE 1.1, as it is or as it is spoken ('Is Child Of'); any other becomes an extension of its name."""
    return _from_list(value, ASSOCIATION_TYPES, _SPOKEN)


def target_type(value: Any) -> Any:
    """What a node is: CASE, or an extension."""
    return _from_list(value, ("CASE",), {"case": "CASE"})


def extensions(value: Any) -> Any:
    """Proprietary fields: anything, in an object."""
    return value if isinstance(value, dict) else None


def extension_list(value: Any) -> Any:
    """Proprietary fields of a criterion level: CASE 1.1 has a list there."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) and all(isinstance(v, dict) for v in value) else None


def _from_list(value: Any, known: tuple[str, ...], spoken: dict[str, str]) -> Any:
    if not isinstance(value, str) or not value.strip():
        return None
    if value in known or _EXTENSION.search(value):
        return value
    plain = re.sub(r"[^a-zA-Z0-9.\-_]", "", value)
    return spoken.get(plain.lower()) or (f"ext:{plain}" if plain else None)
