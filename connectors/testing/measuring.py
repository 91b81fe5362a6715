"""What syncs of a source cost, by stream, measured on its server: requests of a full sync and of one with nothing new.

A source is asked class by class, several classes at a time, or list by list: its server is made with several numbers of
classes, each list on one page, and the requests have to be as many as one of these ways takes.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.testing.syncing import Store, Sync, sync
from connectors.testing.world import LOOPBACK, Proxy, World

Sized = Callable[[int], World]
"""Makes a source with so many classes, where it is asked class by class."""

SIZES = (2, 7, 41)
MOST = 50  # classes that are asked for in one request, at the most


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests of a sync: so many, and so many for each class, or each few classes; further pages take one each."""

    once: int
    each: int = 0
    of: int = 1

    def __str__(self) -> str:
        classes = "a class" if self.of == 1 else f"for {self.of} classes"
        parts = [str(self.once)] if self.once or not self.each else []
        return " + ".join([*parts, *([f"{self.each} {classes}"] if self.each else [])])

    def requests(self, classes: int) -> int:
        """How many it is for so many classes."""
        return self.once + self.each * -(-classes // self.of)


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one stream: what a full sync costs, and one with nothing new; whether that hands over all records again."""

    full: Cost
    idle: Cost
    everything: bool


async def measured(make: Sized) -> Mapping[str, Measured]:
    """What each stream of a source costs. What several streams need is counted where it is asked for first."""
    sizes = SIZES if make(SIZES[0]).by_class else SIZES[:1]
    runs = [await _run(make(size)) for size in sizes]
    return {
        name: Measured(
            _cost([full[name] for full, _, _, _ in runs]),
            _cost([idle[name] for _, idle, _, _ in runs]),
            all(again.handed[name] >= first.handed[name] for _, _, first, again in runs),
        )
        for name in runs[0][2].handed
    }


async def _run(world: World) -> tuple[Counter[str], Counter[str], Sync, Sync]:
    """The requests of a full sync and of one after it, by stream, and what became of both."""
    store, proxy = Store(), Proxy(world)
    async with proxy.listening() as url:
        full, first = await _requests(proxy, url, store)
        idle, again = await _requests(proxy, url, store)
        settings = world.of.settings.model_validate({"base_url": url, **world.settings}).within(LOOPBACK)
    pulled = [stream.name for stream in world.of.streams_for(settings) if stream.pull is not None]
    blank = [name for name in pulled if not first.handed[name]]
    assert not blank, f"{world.connector}: nothing comes of {blank}, so that nothing can be measured"
    return full, idle, first, again


async def _requests(proxy: Proxy, url: str, store: Store) -> tuple[Counter[str], Sync]:
    marks: list[tuple[str, int]] = []
    proxy.asked.clear()
    outcome = await sync(proxy.world, url, store, begins=lambda stream: marks.append((stream, len(proxy.asked))))
    assert outcome.clean, outcome.words
    ends = [position for _, position in marks[1:]] + [len(proxy.asked)]
    return Counter({stream: end - begin for (stream, begin), end in zip(marks, ends, strict=True)}), outcome


def _cost(requests: list[int]) -> Cost:
    """The cost that explains how many requests there were for each size: as few a step as do, for most classes."""
    alike = requests[0] if requests[0] == requests[-1] else None
    ways = (Cost(0, each, of) for each in range(1, MOST) for of in range(MOST, 0, -1))
    shifted = (Cost(requests[0] - way.requests(SIZES[0]), way.each, way.of) for way in ways)
    for cost in (Cost(alike),) if alike is not None else shifted:
        if cost.once >= 0 and [cost.requests(size) for size in SIZES[: len(requests)]] == requests:
            return cost
    raise AssertionError(f"{requests} requests for {SIZES} classes: neither so many a class, nor so many for a few")
