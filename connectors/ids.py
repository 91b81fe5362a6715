"""Identifiers as spreadsheets dress them: undressed where that is certain, refused where digits are gone."""

import re

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
_ORDINARY = re.compile(r"\d+|[A-DF-Za-df-z0-9_-]+|[A-Za-z]\w+", re.ASCII).fullmatch
_WHOLE = re.compile(r"(\d{1,15})\.0+")
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,3})", re.IGNORECASE)
_FORMULA = re.compile(r"=\s*(?:T\(\s*(?P<of>\"+[^\"]+\"+)\s*\)|(?P<bare>\"+[^\"]+\"+))", re.IGNORECASE)
_DRESSES = (("='", "'"), ('"', '"'), ("'", "'"), ("\u201c", "\u201d"))
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+", re.ASCII)
_FOR_NONE = frozenset(
    {
        *("n/a", "na", "n.a.", "#n/a", "none", "null", "nil", "nan", "undefined", "blank", "missing", "not available"),
        *("unknown", "unk", "tbd", "tba", "test", "temp", "new", "pending", "unassigned", "no id", "noid", "x"),
    }
)


def stands_for_none(value: str) -> bool:
    """Whether a number stands for none ("0", "N/A", "999999", "***", "All students"): strangers would share it."""
    value = value.strip().casefold()
    if not any(map(str.isalnum, value)) or (any(map(str.isspace, value)) and not any(map(str.isdigit, value))):
        return True  # a mark, such as of what is suppressed; or words, such as of a total or of a second header
    return value in _FOR_NONE or not value.strip("0.") or (len(value) > 3 and not value.strip("9"))


def undressed(text: str) -> str:
    """The identifier below what a spreadsheet put on it: `'100001`, `="0100002"`, `100003.0`, `100,004`, odd spaces.

    A formula that says a text and nothing else is that text: `= "0100002"`, `=T("0100002")`, too.
    ValueError where digits are gone (`6.05E+08`): rounded, it would name many people at once.
    """
    if _ORDINARY(text):
        return text
    plain = _ascii_digits(visible(text).strip())
    if formula := _FORMULA.fullmatch(plain):
        plain = formula["of"] or formula["bare"]
    for begins, ends in _DRESSES:
        if len(plain) > len(begins) + len(ends) and plain.startswith(begins) and plain.endswith(ends):
            plain = plain[len(begins) : -len(ends)].strip()
    if plain[:1] in ("'", "\u2019", "`") and plain[1:].strip():
        plain = plain[1:].strip()
    if _GROUPED.fullmatch(plain):
        return plain.replace(",", "")
    if whole := _WHOLE.fullmatch(plain):
        return whole[1]
    if rounded := _SCIENTIFIC.fullmatch(plain):
        return _digits(rounded[1], rounded[2], int(rounded[3]), plain)
    return plain


def _ascii_digits(text: str) -> str:
    """A text with the digits of other scripts, and full-width ones, as 0 to 9."""
    return text if text.isascii() else "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def visible(text: str) -> str:
    """A text without invisible characters, and with plain spaces only."""
    return text if text.isascii() else " ".join(text.translate(_INVISIBLE).split())


def _digits(first: str, decimals: str | None, exponent: int, text: str) -> str:
    """All digits of a number in scientific notation. ValueError where it does not show them all.

    Without a decimal point (`12E5`, `1E05`) it may as well be an identifier with a letter: kept as it is.
    """
    if decimals is None and "+" not in text:
        return text
    decimals = decimals or ""
    if len(decimals) < exponent:
        raise ValueError("is an id that a spreadsheet has rounded: export the file again, do not open it")
    if decimals[exponent:].strip("0"):
        raise ValueError("is not an id: it has a fraction")
    return first + decimals[:exponent]


def undressed_or_same(text: str) -> str:
    """The undressed identifier; the text itself where digits are gone: another place reports that."""
    try:
        return undressed(text)
    except ValueError:
        return text
