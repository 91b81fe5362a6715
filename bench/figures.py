"""A figure, the raw limit beside it, and how several rounds of them are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """What one round measured: `reached` and, where there is one, the raw `limit` of the same round, in the same unit.

    `wanted` is the share of the limit or, without one, the figure aimed at: at least or, with `ceiling`, at most.
    """

    what: str
    unit: str
    reached: float
    limit: float | None = None
    wanted: float | None = None
    ceiling: bool = False

    @property
    def judged(self) -> float:
        """What is held against `wanted`."""
        return self.reached if self.limit is None else self.reached / self.limit


def show(rounds: Sequence[Sequence[Figure]]) -> None:
    """Print all rounds as one table: medians and, in brackets, the least and the most."""
    table = Table("what", "reached", "raw limit", "share of the limit", "wanted", "")
    for same in zip(*rounds, strict=True):
        first, judged = same[0], [figure.judged for figure in same]
        limits = [figure.limit for figure in same if figure.limit is not None]
        met = first.wanted is None or (median(judged) <= first.wanted) == first.ceiling
        table.add_row(
            first.what,
            f"{_spread([figure.reached for figure in same])} {first.unit}",
            _spread(limits) if limits else "",
            _spread(judged) if limits else "",
            "" if first.wanted is None else f"{'at most' if first.ceiling else 'at least'} {_short(first.wanted)}",
            "" if first.wanted is None else "met" if met else "missed",
        )
    Console(width=160).print(table)


def _spread(values: Sequence[float]) -> str:
    middle = _short(median(values))
    return middle if len(values) == 1 else f"{middle} ({_short(min(values))} to {_short(max(values))})"


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
