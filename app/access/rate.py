"""How often somebody may ask: a token bucket per name, in this process."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_NAMES = 10_000
"""Names remembered: the one longest not heard of is forgotten first, and starts anew with a full bucket."""


class Buckets:
    """Lets each name ask `per_second` times a second on average, and up to `burst` times at once."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # name: (what is left, as of when)

    @property
    def policy(self) -> tuple[int, int]:
        """How many may be asked in how many seconds, as it is told: a full bucket, and its refilling."""
        return int(self._burst), max(1, round(self._burst / self._per_second))

    def left(self, name: Hashable) -> int:
        """How many a name may ask at once, as of when it last asked."""
        return int(self._left.get(name, (self._burst, 0.0))[0])

    def take(self, name: Hashable, amount: float = 1) -> float:
        """Take from a name's bucket: 0 where there was enough, else how many seconds until there is."""
        now = self._clock()
        left, then = self._left.pop(name, (self._burst, now))
        left = min(self._burst, left + (now - then) * self._per_second)
        wait = max(0.0, (amount - left) / self._per_second)
        self._left[name] = (left if wait else left - amount, now)
        if len(self._left) > MOST_NAMES:
            self._left.popitem(last=False)
        return wait

    def give_back(self, name: Hashable) -> None:
        """Put back what was taken for something that shall not count."""
        if name in self._left:
            left, then = self._left[name]
            self._left[name] = (min(self._burst, left + 1), then)
