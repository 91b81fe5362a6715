"""Token buckets: so many at once, so many per second, each name by itself."""

from hypothesis import given
from hypothesis import strategies as st

from app.access.rate import MOST_NAMES, Buckets


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_and_then_a_steady_flow() -> None:
    clock = Clock()
    buckets = Buckets(per_second=2, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0
    clock.now = 0.5
    assert [buckets.take("a") for _ in range(2)] == [0, 0.5]
    clock.now = 60
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


@given(st.lists(st.floats(0, 3), max_size=60))
def test_nobody_ever_gets_more_than_burst_and_flow(steps: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(per_second=1, burst=5, clock=clock)
    taken = 0
    for step in steps:
        clock.now += step
        wait = buckets.take("a")
        taken += wait == 0
        assert taken <= 5 + clock.now + 1e-6
        assert wait <= 1


def test_the_names_remembered_are_bounded() -> None:
    buckets = Buckets(per_second=1, burst=1, clock=Clock())
    for n in range(MOST_NAMES + 10):
        buckets.take(n)
    assert len(buckets._left) == MOST_NAMES
    assert buckets.take(MOST_NAMES + 9) > 0
    assert buckets.take(0) == 0
