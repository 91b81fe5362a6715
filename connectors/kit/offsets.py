"""Walks a list by offset to its end, whatever the server does with the offset: a walk always ends, and loses no record.

What is new is told by the records' ids, never by a page's length: servers clamp the limit, list a record twice, give
their last page again past the end, or do not heed the offset at all. Each page asks again for the last records of the
page before, which shows whether the list moved meanwhile. A page without a new id does not count as progress, and so
many of them in a row end the walk: it takes no more requests than a few for each record.
"""

from array import array
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from connectors.errors import Unavailable

OVERLAP = 5
"""How many records of the page before are asked for again, to see that the list has not moved meanwhile."""

STALE = 5
"""So many pages in a row without a record that is new are the end of a list, or the sign that it is not paged."""

STALE_BELOW_TOTAL = 20
"""The same where a list says that it has more."""

MOST = 100_000_000
"""The most records of one list: a server that makes up new ones for ever is stopped there."""

_RUN = 1 << 17  # hashes in one sorted run: what is merged at a time stays small


@dataclass(frozen=True, slots=True)
class Slice:
    """What a list has from an offset on; `total` is how many records it says it has in all."""

    records: Sequence[bytes]
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Records not given before, the offset after them, and the ids of the last ones.

    `short` says, at the end, why the list is not known to be complete: it ended before its own total.
    """

    records: Sequence[bytes]
    offset: int
    tail: tuple[str, ...] = ()
    short: str = ""


Fetch = Callable[[int], Awaitable[Slice]]
"""What a list has from an offset on; nothing past its end."""


class Known:
    """Ids seen before, eight bytes each: sorted runs of their hashes. Unavailable past MOST."""

    def __init__(self, ids: Iterable[str | bytes] = ()) -> None:
        self._runs: list[array[int]] = []
        self._count = 0
        self.add(ids)

    def add(self, ids: Iterable[str | bytes]) -> None:
        """Remember more ids."""
        run = array("q", sorted(map(hash, ids)))
        self._count += len(run)
        if self._count > MOST:
            raise Unavailable(f"a list of more than {MOST:,} records: it does not end")
        while self._runs and len(self._runs[-1]) <= len(run) and len(self._runs[-1]) + len(run) <= _RUN:
            run = array("q", sorted((*self._runs.pop(), *run)))
        if run:
            self._runs.append(run)

    def __contains__(self, id_: str | bytes) -> bool:
        digest = hash(id_)
        for run in self._runs:
            position = bisect_left(run, digest)
            if position < len(run) and run[position] == digest:
                return True
        return False


async def walk(
    name: str,
    fetch: Fetch,
    id_of: Callable[[bytes], str],
    *,
    start: int = 0,
    tail: tuple[str, ...] = (),
    overlap: int = OVERLAP,
) -> AsyncIterator[Stretch]:
    """Everything of a list from an offset on, or from the end of an earlier walk, of which `tail` holds the last ids.

    Unavailable where the list moved so far that its place is lost, or where the server does not heed the offset and so
    nobody knows whether it gave everything; what was yielded until then stands.
    """
    place = _Place(name, start, tail, overlap)
    while True:
        page = await fetch(place.begin)
        if not page.records and not place.back:
            break
        stretch = place.take(page, [id_of(record) for record in page.records])
        if stretch is not None:
            yield stretch
        if place.stuck:
            place.check_heeded()
            break
    if short := place.short():
        yield Stretch((), place.offset, place.tail, short)


@dataclass(slots=True)
class _Place:
    """How far a walk has come, and what it knows by then."""

    name: str
    offset: int
    tail: tuple[str, ...]
    overlap: int
    back: int = 0  # how many records before the offset are asked for again
    stale: int = 0  # pages in a row that had nothing new
    total: int | None = None
    heeded: bool = False
    _reached: int = 0  # the offset after the last page that had something new
    _first: str = ""
    _before: Sequence[bytes] = ()  # the records of the last page that had something new
    _known: Known = field(default_factory=Known)

    def __post_init__(self) -> None:
        self.tail = self.tail[-self.overlap :] if self.overlap else ()
        self.back = min(len(self.tail), self.offset)
        self._reached = self.offset
        self._known.add(self.tail)

    @property
    def begin(self) -> int:
        return self.offset - self.back

    @property
    def stuck(self) -> bool:
        """Whether nothing new has come for so long that nothing will."""
        more = self.total is not None and self.offset < self.total
        return self.stale >= (STALE_BELOW_TOTAL if more else STALE)

    def take(self, page: Slice, ids: list[str]) -> Stretch | None:
        """What a page has that was not given before; None where that is nothing."""
        self.total = page.total if page.total is not None else self.total
        begin = self.begin
        self._look_whether_heeded(begin, ids)
        if self.back:
            repeated = self._overlap(ids)
            fresh = [
                index
                for index in range(len(ids))
                if index >= repeated.stop or (index < repeated.start and ids[index] not in self._known)
            ]
        else:
            fresh = list(range(len(ids)))
        if not self._anything_new([ids[index] for index in fresh]):
            return self._nothing_new(page, begin, ids)
        self._known.add(ids[index] for index in fresh)
        self.stale = 0
        self._stand(begin + len(ids), ids, self.overlap)
        self._reached = self.offset
        self._before = page.records
        return Stretch([page.records[index] for index in fresh], self.offset, self.tail)

    def _nothing_new(self, page: Slice, begin: int, ids: list[str]) -> Stretch | None:
        """The end, or a page no longer than the overlap, or records listed again: asked on without the overlap."""
        if self.back:
            self.back = 0
            return None
        self.stale += 1
        self._stand(begin + len(ids), ids, 0)
        before = frozenset(self._before)
        others = [record for record in page.records if record not in before]  # of a known id, and not the same
        self._before = [*self._before, *others]
        return Stretch(others, self.offset, self.tail) if others else None

    def check_heeded(self) -> None:
        """Unavailable where the same page came again and again, and nothing says that it was all there is."""
        if not self.heeded and (self.total is None or self._reached < self.total):
            raise Unavailable(f"{self.name}: the service gives the same page again: it does not heed 'offset'")

    def short(self) -> str:
        """Why the list is not known to be complete; "" where nothing speaks against it."""
        came = self._reached if self.stuck else self.offset
        if self.total is None or came >= self.total:
            return ""
        return f"{self.name}: the list ended after {came:,} of the {self.total:,} records it says it has"

    def _overlap(self, ids: list[str]) -> range:
        """Where in a page the records are that the page before ended with."""
        last = frozenset(self.tail)
        start = next((index for index, id_ in enumerate(ids) if id_ in last), None)
        if start is None:
            raise Unavailable(
                f"{self.name}: the list moved while it was read (none of {', '.join(self.tail)} is where it was);"
                " the next run begins again. If it happens each time, set 'sort' to a field that does not change"
            )
        most = min(len(ids), start + self.back)
        stop = next((index for index in range(start, most) if ids[index] not in last), most)
        return range(start, stop)

    def _look_whether_heeded(self, begin: int, ids: list[str]) -> None:
        if not begin:
            self._first = ids[0] if ids else ""
        elif not ids:
            self.heeded = True
        elif self._first:
            self.heeded = self.heeded or ids[0] != self._first
        elif self.back:  # a walk taken up again: the page begins where it was asked to
            self.heeded = ids[0] == self.tail[0]

    def _anything_new(self, ids: list[str]) -> bool:
        return any(id_ not in self._known for id_ in reversed(ids))

    def _stand(self, offset: int, ids: list[str], back: int) -> None:
        self.offset = offset
        self.tail = tuple(ids[-self.overlap :]) if self.overlap else ()
        self.back = min(back, len(self.tail), offset)
