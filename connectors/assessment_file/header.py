"""A file is known by its header: which layout it has, what each column is called there, and why."""

from collections import Counter
from collections.abc import Container, Iterable, Sequence
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

    def like(self, column: str) -> str | None:
        """The column of the header that looks like one that is missing."""
        shapes = {plain(own): own for own in self.unknown}
        like = get_close_matches(plain(column), shapes, n=1, cutoff=0.6)
        return shapes[like[0]] if like else None

    def hint(self, column: str) -> str:
        """A column that is missing, with the one of the header that looks like it."""
        like = self.like(column)
        return f"{column}; is it '{like}'?" if like else column

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
    if not any(header):
        raise ConfigError(f"{name} holds no rows: it is empty, or was cut short. Export it again")
    layouts = tuple(layouts)
    shapes = frozenset(map(plain, header))
    fitting = [m for m in ranked(header, (layout for layout in layouts if has_needed(layout, shapes))) if not m.missing]
    if not fitting:
        nearest = _nearest(ranked(header, layouts))
        raise ConfigError(f"{name}: no layout knows this header of {len(header)} columns. {nearest}")
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
    names, others = layout.shapes, layout.columns_of_alias
    taken = {names[shape] for column in header if (shape := plain(column)) in names}
    columns: list[str] = []
    unknown: list[str] = []
    seen: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for position, column in enumerate(header, start=1):
        shape, exact = plain(column), column.strip()
        known = exact if exact in layout.named and not seen[exact] else names.get(shape)
        known = known or next((own for own in others.get(shape, ()) if own not in taken), None)
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
    return Match(layout, tuple(columns), _missing(layout, seen), tuple(unknown))


def has_needed(layout: Layout, shapes: frozenset[str]) -> bool:
    """Whether a header, as names are compared, has a layout's key and signature: quickly told, and most have not."""
    return all(not shapes.isdisjoint(names) for names in layout.needed)


def _missing(layout: Layout, present: Container[str]) -> tuple[str, ...]:
    """What a layout cannot be without: its key and signature, a learner's number, a result, and the keys of results."""
    missing = [column for column in dict.fromkeys((*layout.key, *layout.signature)) if column not in present]
    learner = [identifier.column for identifier in layout.person.identifiers]
    if not any(column in present for column in learner):
        missing.append(learner[0])
    results = [keys for values, keys in layout.told_by if any(value in present for value in values)]
    if layout.told_by and not results:
        missing.append(layout.told_by[0][0][0])
    missing += dict.fromkeys(key for keys in results for key in keys if key not in present)
    return tuple(missing)
