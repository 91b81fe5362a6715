"""A file is known by its header: which layout it has, what each column is called there, and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.assessment_file.layout import Layout
from connectors.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Match:
    """What a header is in one layout: `columns` in the layout's names, those it does not know in their own."""

    layout: Layout
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def why(self) -> str:
        """In words, for the operator: the layout and how much of the header it knows."""
        known = len(self.columns) - len(self.unknown)
        said = f"layout {self.layout.name}: {known} of {len(self.columns)} columns known"
        return f"{said}; not known: {', '.join(self.unknown[:8])}" if self.unknown else said


def recognize(header: Sequence[str], layouts: Iterable[Layout], name: str) -> Match:
    """Find the layout a header has: of those that miss nothing, the one that knows most of it.

    ConfigError for a header no layout fits, with the nearest layouts and what each misses, and for one that two fit
    equally well. `name` is the file's, for the message.
    """
    matches = sorted(
        (match(header, layout) for layout in layouts), key=lambda m: (len(m.missing), len(m.unknown), m.layout.name)
    )
    fitting = [m for m in matches if not m.missing]
    if not fitting:
        nearest = sorted(matches, key=lambda m: (len(m.unknown), len(m.missing)))[:3]
        near = "; ".join(f"{m.layout.name} (misses {', '.join(m.missing)})" for m in nearest)
        raise ConfigError(
            f"{name}: no layout knows this header of {len(header)} columns. Nearest: {near}. "
            "Add a layout to the source's settings (see connectors/assessment_file/README.md), or an alias to one."
        )
    if len(fitting) > 1 and len(fitting[0].unknown) == len(fitting[1].unknown):
        raise ConfigError(
            f"{name}: layouts {fitting[0].layout.name} and {fitting[1].layout.name} fit this header equally well: "
            "make the `signature` of one of them longer"
        )
    return fitting[0]


def match(header: Sequence[str], layout: Layout) -> Match:
    """Hold a header against a layout. Case, spaces and punctuation do not count; a column's own name beats an alias."""
    names = {_plain(column): column for column in layout.columns | layout.ignored}
    taken = {names[plain] for column in header if (plain := _plain(column)) in names}
    for column, aliases in layout.aliases.items():
        if column not in taken:
            names.update({_plain(alias): column for alias in reversed(aliases)})
    columns: list[str] = []
    unknown: list[str] = []
    seen: Counter[str] = Counter()
    for position, column in enumerate(header, start=1):
        known = names.get(_plain(column))
        if known is None or seen[known]:
            own = column.strip() or f"column {position}"
            known = f"{own} ({seen[own] + 1})" if seen[own] else own
            unknown.append(known)
        seen[known] += 1
        columns.append(known)
    needed = dict.fromkeys((*layout.key, *layout.signature))
    missing = tuple(column for column in needed if column not in seen)
    return Match(layout, tuple(columns), missing, tuple(unknown))


def _plain(column: str) -> str:
    return "".join(c for c in column.casefold() if c.isalnum())
