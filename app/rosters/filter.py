"""The `filter` of OneRoster: comparisons joined by AND and OR; AND binds closer, and parentheses closer yet.

Source: OneRoster 1.2 Rostering Service, section 3.4 (filtering): `field<predicate>'value'` with `=`, `!=`, `>`, `>=`,
`<`, `<=` and `~` (contains); a field inside another is named with a dot; a list takes values with commas. Names of
fields and texts are compared in any case.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from app.db.rosters.conditions import Comparison, Condition, Every, Field, Operator, Some

LONGEST = 4000
MOST = 50
"""How long a filter may be, and how many comparisons it may have."""
_TOKEN = re.compile(
    r"""\s*(?:(?P<bracket>[()])
    |(?P<word>AND|OR)(?=[\s(]|$)
    |(?P<field>[A-Za-z][\w.\-]*)\s*(?P<operator>!=|>=|<=|=|>|<|~)\s*'(?P<value>(?:[^'\\]|\\.|'')*)')""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_MOMENTS = frozenset({"assigndate", "duedate"})


class Unfilterable(ValueError):
    """A filter that cannot be followed, and why."""


def parse(text: str, fields: Mapping[str, Field]) -> Condition:
    """A filter as a condition. Unfilterable names what is wrong."""
    if len(text) > LONGEST:
        raise Unfilterable(f"it has {len(text)} characters, and {LONGEST} are the most")
    if "\x00" in text:
        raise Unfilterable("it holds a NUL character")
    tokens = _tokens(text)
    reader = _Reader(tokens, fields)
    condition = reader.some()
    if reader.position < len(tokens):
        raise Unfilterable(f"AND or OR is expected before {reader.words()}")
    return condition


def _tokens(text: str) -> list[re.Match[str]]:
    tokens, position = [], 0
    text = text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise Unfilterable(f"\"field='value'\" is expected at {text[position : position + 40]!r}")
        tokens.append(token)
        position = token.end()
    if not tokens:
        raise Unfilterable("it is empty")
    if sum(token["bracket"] == "(" for token in tokens) > MOST:
        raise Unfilterable(f"it has more than {MOST} parentheses")
    if sum(token["field"] is not None for token in tokens) > MOST:
        raise Unfilterable(f"it has more than {MOST} comparisons")
    return tokens


class _Reader:
    """Reads tokens from the first to the last."""

    def __init__(self, tokens: list[re.Match[str]], fields: Mapping[str, Field]) -> None:
        self.tokens, self.fields, self.position = tokens, fields, 0

    def some(self) -> Condition:
        parts = [self.every()]
        while self._take("word", "OR"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def every(self) -> Condition:
        parts = [self.single()]
        while self._take("word", "AND"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def single(self) -> Condition:
        if self._take("bracket", "("):
            condition = self.some()
            if not self._take("bracket", ")"):
                raise Unfilterable("a parenthesis is not closed")
            return condition
        if self.position >= len(self.tokens) or (name := self.tokens[self.position]["field"]) is None:
            raise Unfilterable(f"a comparison is expected at {self.words()}")
        token = self.tokens[self.position]
        self.position += 1
        field = self.fields.get(name.lower())
        if field is None:
            raise Unfilterable(f"there is no field '{name[:80]}'")
        value = re.sub(r"\\(.)|''", lambda escape: escape[1] or "'", token["value"], flags=re.DOTALL)
        return _comparison(field, cast(Operator, token["operator"]), value)

    def words(self) -> str:
        """What is next, for a complaint."""
        return repr(self.tokens[self.position][0].strip()[:40]) if self.position < len(self.tokens) else "the end"

    def _take(self, group: str, word: str) -> bool:
        if self.position < len(self.tokens) and (self.tokens[self.position][group] or "").upper() == word:
            self.position += 1
            return True
        return False


def _comparison(field: Field, operator: Operator, value: str) -> Comparison:
    name = ".".join(field.path)
    match field.kind:
        case "status":
            if operator not in ("=", "!=") or value.lower() not in ("active", "tobedeleted"):
                raise Unfilterable("'status' is compared by = or != with 'active' or 'tobedeleted'")
            return Comparison(field, operator, value.lower() == "active")
        case "modified":
            if operator == "~":
                raise Unfilterable(f"'{name}' is a time: '~' does not apply")
            return Comparison(field, operator, _moment(name, value))
        case "number" if operator != "~":
            try:
                return Comparison(field, operator, float(value))
            except ValueError:
                raise Unfilterable(f"'{name}' is a number, and '{value[:40]}' is none") from None
        case "texts":
            return Comparison(field, operator, tuple(each.strip() for each in value.split(",")))
    if name.lower() in _MOMENTS and operator != "~":
        moment = _moment(name, value)
        value = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    return Comparison(field, operator, value)


def _moment(name: str, value: str) -> datetime:
    """A time in UTC: a date is its beginning; no offset is UTC."""
    try:
        moment = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unfilterable(f"'{name}' is a time, and '{value[:40]}' is none like 2026-09-01T08:00:00Z") from None
