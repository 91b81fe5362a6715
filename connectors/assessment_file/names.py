"""Names of columns: compared without case, spaces and punctuation, and by patterns with `*`."""

import re
from collections.abc import Iterable
from functools import lru_cache

AGAIN = re.compile(r" \(\d+\)$")
"""How the name of a column ends that the header has once more."""


@lru_cache(maxsize=65_536)
def plain(column: str) -> str:
    """A column's name as it is compared."""
    return "".join(c for c in column.casefold() if c.isalnum())


def is_pattern(entry: str) -> bool:
    """Whether an entry names all columns of a shape."""
    return "*" in entry


@lru_cache(maxsize=2048)
def _expression(entries: tuple[str, ...]) -> re.Pattern[str]:
    """One expression for all patterns: it is asked of every name of a header that no layout has."""
    return re.compile("|".join(".*".join(map(re.escape, map(plain, entry.split("*")))) for entry in entries))


class Columns(frozenset[str]):
    """Columns by name, and all others that one of the `patterns` takes and that are not `without`."""

    _pattern: re.Pattern[str] | None
    _without: "frozenset[str]"
    _known: dict[str, bool]

    @classmethod
    def of(
        cls, names: Iterable[str], patterns: Iterable[str] = (), without: "frozenset[str]" = frozenset()
    ) -> "Columns":
        """Columns by their names and by patterns."""
        made = cls(names)
        made._pattern = _expression(tuple(patterns)) if patterns else None
        made._without = without
        made._known = {}
        return made

    def __contains__(self, name: object) -> bool:
        known = self._known.get(name)  # type: ignore[call-overload]
        if known is None:
            known = self._known[str(name)] = self._has(str(name))
            if len(self._known) > 20_000:
                self._known.clear()
        return bool(known)

    def _has(self, name: str) -> bool:
        if frozenset.__contains__(self, name):
            return True
        if self._pattern is None or name in self._without:
            return False
        return self._pattern.fullmatch(plain(name)) is not None
