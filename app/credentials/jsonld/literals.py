"""Values as RDF literals in canonical N-Quads (JSON-LD 1.1 API section 8.2, RDFC-1.0 section 5).

Numbers that two processors write differently are refused: a signature over them would hold in one place only.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import rfc8785

from app.credentials.errors import DataRefused
from app.credentials.jsonld.iri import ABSOLUTE, I18N, RDF, XSD

EXACT = 2**53 - 1
"""The greatest integer that every JSON reader keeps exactly."""
SMALLEST = 1e-6
"""Below it JavaScript writes exponents, and its JSON-LD processor takes 1e-7 for an integer."""
SPECIAL = re.compile(r'[\x00-\x1f"\\\x7f]')
ESCAPES = {
    **{chr(code): f"\\u{code:04X}" for code in (*range(0x20), 0x7F)},
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
    '"': '\\"',
    "\\": "\\\\",
}
STRING, BOOLEAN, INTEGER, DOUBLE = XSD + "string", XSD + "boolean", XSD + "integer", XSD + "double"
JSON = f"^^<{RDF}JSON>"


def quoted(text: str) -> str:
    """A string in the quotes and escapes of canonical N-Quads."""
    if SPECIAL.search(text):
        text = SPECIAL.sub(lambda match: ESCAPES[match[0]], text)
    return f'"{text}"'


def json_literal(value: Any) -> str:
    """A JSON value as one literal, in the canonical form of RFC 8785."""
    try:
        return quoted(rfc8785.dumps(value).decode()) + JSON
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise DataRefused(f"a value of type JSON cannot be written in one way only: {error}") from None


def literal(value: Any, datatype: str | None, language: str | None = None, direction: str | None = None) -> str:
    """A string, number, true or false, with its datatype or its language and direction."""
    if isinstance(value, str):
        if datatype is not None:
            return _typed_text(value, datatype)
        if direction is not None:
            return f"{quoted(value)}^^<{I18N}{language or ''}_{direction}>"
        return quoted(value) if language is None else f"{quoted(value)}@{language}"
    if isinstance(value, bool):
        return _typed("true" if value else "false", datatype or BOOLEAN)
    if isinstance(value, int):
        return _integer(value, datatype)
    return _fraction(value, datatype)


def _typed_text(value: str, datatype: str) -> str:
    if datatype == DOUBLE:
        raise DataRefused(f"{value!r} is a double written as text: processors differ about it, write a number")
    return _typed(value, datatype)


def _typed(text: str, datatype: str) -> str:
    if datatype == STRING:
        return quoted(text)
    if not ABSOLUTE(datatype):
        raise DataRefused(f"the type '{datatype}' of {text!r} is no absolute IRI")
    return f"{quoted(text)}^^<{datatype}>"


def _integer(value: int, datatype: str | None) -> str:
    if not -EXACT <= value <= EXACT:
        raise DataRefused(f"{value} is beyond 2^53: not every reader keeps it, so write it as text")
    return _typed(_double(float(value)) if datatype == DOUBLE else str(value), datatype or INTEGER)


def _fraction(value: float, datatype: str | None) -> str:
    if value.is_integer():
        return _integer(int(value), datatype)
    if not SMALLEST <= abs(value) <= EXACT:  # also infinity, and what is not a number
        raise DataRefused(f"{value} is a number that processors write differently, so write it as text")
    return _typed(_double(value), datatype or DOUBLE)


def _double(value: float) -> str:
    """The canonical form of XML Schema: 16 digits at most, ties away from zero as ECMAScript's toExponential(15)."""
    with localcontext(prec=16, rounding=ROUND_HALF_UP):
        number = +Decimal(value)
    sign, digits, _ = number.as_tuple()
    first, rest = str(digits[0]), "".join(map(str, digits[1:])).rstrip("0")
    return f"{'-' if sign else ''}{first}.{rest or '0'}E{number.adjusted() if number else 0}"
