"""Sorts, filters and pages a collection as CASE 1.1 has it (REST binding, section 3)."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from app.frameworks.case.shapes import CF_DOCUMENT, Json

DEFAULT_LIMIT = 100
FIELDS = frozenset({*CF_DOCUMENT.fields, "CFPackageURI"})
_TERM = r"([A-Za-z][A-Za-z0-9_.]*)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'"
_FILTER = re.compile(rf"^\s*{_TERM}(?:\s+(AND|OR)\s+{_TERM})?\s*$", re.IGNORECASE)
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


class Refused(ValueError):
    """A query that cannot be answered: `code` is CASE's imsx_codeMinorFieldValue for it."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


class Page(NamedTuple):
    """Part of a collection: the objects, how many there are in all, and the Link header."""

    found: list[Json]
    total: int
    link: str


def select(documents: Sequence[Json], parameters: Mapping[str, str], url: str) -> Page:
    """What a request for a collection gets: `parameters` are its query parameters, `url` is where it was asked.

    Refused for a filter or a field selection that makes no sense, and for a limit or offset that is no such number.
    """
    limit, offset = _number(parameters, "limit", DEFAULT_LIMIT, 1), _number(parameters, "offset", 0, 0)
    matching = _filtered(documents, parameters["filter"]) if "filter" in parameters else list(documents)
    matching = _sorted(matching, parameters.get("sort", ""), parameters.get("orderBy", "asc"))
    names = _fields(parameters["fields"]) if "fields" in parameters else None
    page = matching[offset : offset + limit]
    if names is not None:
        page = [{name: document[name] for name in document if name in names} for document in page]
    return Page(page, len(matching), _link(url, parameters, limit, offset, len(matching)))


def collation(text: str) -> tuple[str, str]:
    """A sort key near the Unicode Collation Algorithm's: letters first without, then with accents and case."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.casefold(), text


def _number(parameters: Mapping[str, str], name: str, otherwise: int, least: int) -> int:
    if name not in parameters:
        return otherwise
    if not re.fullmatch(r"\d{1,10}", parameters[name]) or not least <= int(parameters[name]) < 2**31:
        raise Refused("invalid_selection_field", f"{name} is a whole number from {least}")
    return int(parameters[name])


def _filtered(documents: Sequence[Json], expression: str) -> list[Json]:
    parts = _FILTER.match(expression)
    if parts is None:
        raise Refused("invalid_selection_field", "filter reads <field><predicate>'<value>', once or with one AND or OR")
    terms = [parts.group(1, 2, 3)] + ([parts.group(5, 6, 7)] if parts[4] else [])
    for name, _, _ in terms:
        if name.partition(".")[0] not in FIELDS:
            raise Refused("invalid_selection_field", f"invalid_filter_field: a CFDocument has no field '{name}'")
    combine = any if (parts[4] or "").upper() == "OR" else all
    return [document for document in documents if combine(_matches(document, *term) for term in terms)]


def _matches(document: Json, name: str, predicate: str, value: str) -> bool:
    inner: Any = document
    for part in name.split("."):
        inner = inner.get(part) if isinstance(inner, dict) else None
    if inner is None:
        return predicate == "!="
    words = value.casefold()
    if isinstance(inner, list):
        entries = [_plain(entry) for entry in inner]
        if predicate == "~":
            return any(word.strip() in entry for word in words.split(",") for entry in entries)
        return _COMPARE[predicate](",".join(entries), words)
    if predicate == "~":
        return words in _plain(inner)
    return _COMPARE[predicate](_plain(inner), words)


def _plain(value: Any) -> str:
    return str(value.get("title", "") if isinstance(value, dict) else value).casefold()


def _sorted(documents: list[Json], name: str, order: str) -> list[Json]:
    if order not in ("asc", "desc"):
        raise Refused("invalid_sort_field", "orderBy is asc or desc")
    if name not in FIELDS:  # the binding: then the provider's own order
        name = "title"
    with_it = [d for d in documents if name in d]
    with_it.sort(key=lambda d: (collation(_text(d[name])), d["identifier"]), reverse=order == "desc")
    return with_it + [d for d in documents if name not in d]


def _text(value: Any) -> str:
    return ",".join(_text(part) for part in value) if isinstance(value, list) else _plain(value) or str(value)


def _fields(text: str) -> frozenset[str] | None:
    """The fields asked for. The binding: a blank one is refused, one that does not exist means all of them."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise Refused("invalid_selection_field", "fields is a list of field names, and one of them is blank")
    return frozenset(names) if FIELDS.issuperset(names) else None


def _link(url: str, parameters: Mapping[str, str], limit: int, offset: int, total: int) -> str:
    others = {name: value for name, value in parameters.items() if name not in ("limit", "offset")}
    last = max(0, (total - 1) // limit * limit)
    pages = {"first": 0, "last": last}
    if offset + limit < total:
        pages["next"] = offset + limit
    if offset > 0:
        pages["prev"] = max(0, offset - limit)
    return ", ".join(
        f'<{_with(url, {**others, "limit": limit, "offset": start})}>; rel="{rel}"' for rel, start in pages.items()
    )


def _with(url: str, query: Mapping[str, object]) -> str:
    return f"{url}?{urlencode(query)}"
