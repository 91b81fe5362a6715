"""A file is known by its header: which layout it has, what each column is called there, and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from connectors.assessment_file.layout import Layout
from connectors.assessment_file.names import plain
from connectors.errors import ConfigError

NEAR = 0.5
"""The share of a header that a layout must know to be named as near: less is another vendor's file."""


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
        summary = f"layout {self.layout.name}: {known} of {len(self.columns)} columns known"
        return f"{summary}; not known: {', '.join(self.unknown[:8])}" if self.unknown else summary

    def hint(self, column: str) -> str:
        """A column that is missing, with the one of the header that looks like it."""
        shapes = {plain(own): own for own in self.unknown}
        like = get_close_matches(plain(column), shapes, n=1, cutoff=0.6)
        return f"{column}; is it '{shapes[like[0]]}'?" if like else column

    @property
    def is_near(self) -> bool:
        """Whether it may be the same vendor's file: half of the header is known, and half of what tells the layout."""
        needed = {*self.layout.key, *self.layout.signature}
        return self.share >= NEAR and 2 * len(self.missing) <= len(needed)

    @property
    def share(self) -> float:
        """How much of the header the layout knows, from 0 to 1."""
        return 1 - len(self.unknown) / max(1, len(self.columns))


def recognize(header: Sequence[str], layouts: Iterable[Layout], name: str) -> Match:
    """Find the layout a header has: of those that miss nothing, the one that knows most of it.

    ConfigError for a header no layout fits, with the nearest layouts and what each misses, and for one that two fit
    equally well. `name` is the file's, for the message.
    """
    matches = ranked(header, layouts)
    fitting = [m for m in matches if not m.missing]
    if not fitting:
        raise ConfigError(f"{name}: no layout knows this header of {len(header)} columns. {_nearest(matches)}")
    if len(fitting) > 1 and len(fitting[0].unknown) == len(fitting[1].unknown):
        raise ConfigError(
            f"{name}: layouts {fitting[0].layout.name} and {fitting[1].layout.name} fit this header equally well: "
            "make the `signature` of one of them longer"
        )
    return fitting[0]


def ranked(header: Sequence[str], layouts: Iterable[Layout]) -> list[Match]:
    """The layouts as matches of a header, the best first. Those of fixed width have no header and are left out."""
    matches = (match(header, layout) for layout in layouts if not layout.positions)
    return sorted(matches, key=lambda m: (len(m.missing), len(m.unknown), m.layout.name))


def _nearest(matches: Iterable[Match]) -> str:
    """What a person can do about a header that no layout fits."""
    near = sorted((m for m in matches if m.is_near), key=lambda m: (len(m.unknown), len(m.missing)))[:3]
    if not near:
        return (
            "None is near: it is a file of a kind that is new here. Write a layout for it: "
            "`tessera layout draft FILE` makes a first one."
        )
    words = "; ".join(f"{m.layout.name} (misses {', '.join(map(m.hint, m.missing))})" for m in near)
    return (
        f"Nearest: {words}. Add an alias to the layout, or a layout to the source's settings "
        "(see connectors/assessment_file/README.md)."
    )


def distinct(header: Sequence[str]) -> tuple[str, ...]:
    """A header's names, told apart where the file has one twice: "Error", then "Error (2)"."""
    names: dict[str, None] = {}
    for position, column in enumerate(header, start=1):
        own = name = column.strip() or f"column {position}"
        times = 1
        while name in names:
            times += 1
            name = f"{own} ({times})"
        names[name] = None
    return tuple(names)


def match(header: Sequence[str], layout: Layout) -> Match:
    """Hold a header against a layout. Case, spaces and punctuation do not count; a column's own name beats an alias."""
    names = dict(layout.shapes)
    taken = {names[shape] for column in header if (shape := plain(column)) in names}
    for column, aliases in layout.aliases.items():
        if column not in taken:
            for alias in reversed(aliases):
                names.setdefault(plain(alias), column)
    columns: list[str] = []
    unknown: list[str] = []
    seen: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for position, column in enumerate(header, start=1):
        known = names.get(plain(column))
        if known is None or seen[known]:
            own = column.strip() or f"column {position}"
            known = own
            while seen[known]:
                times[own] += 1
                known = f"{own} ({times[own] + 1})"
            if known not in layout.ignored and known not in layout.columns:
                unknown.append(known)
        seen[known] += 1
        columns.append(known)
    needed = dict.fromkeys((*layout.key, *layout.signature))
    missing = tuple(column for column in needed if column not in seen)
    learner = [identifier.column for identifier in layout.person.identifiers]
    if not any(column in seen for column in learner):
        missing = (*missing, learner[0])
    return Match(layout, tuple(columns), missing, tuple(unknown))
