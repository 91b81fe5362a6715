"""The state the fake systems share: which day it is in the district, and what they made of it so far."""

from collections.abc import Callable
from typing import Any, TypeVar

from app.sandbox.district import District

T = TypeVar("T")


class World:
    """A district on its current day, as the fakes see it at each request.

    `flawed` says whether each system also serves a few deliberately wrong records. `throttled` is how many of the next
    LMS requests are refused, and `throttle_status` with which status (Canvas: 403 until 2025, 429 since).
    """

    def __init__(self, district: District, *, flawed: bool = True) -> None:
        self.district = district
        self.flawed = flawed
        self.throttled = 0
        self.throttle_status = 429
        self._made: dict[Any, Any] = {}

    def advance(self, day: int) -> None:
        """Move the district to another day, and forget what was made of the last."""
        self.district = self.district.day(day)
        self._made.clear()

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` returns, made once a day."""
        if key not in self._made:
            self._made[key] = make()
        value: T = self._made[key]
        return value
