"""What every connector that pulls must keep to, whatever its source does wrong: a pull ends, and nothing is lost by it.

`pytest --pyargs connectors.testing.misbehavior --world acme.testing:world` runs it for a connector of any distribution:
`world` is a function without arguments that gives a `connectors.testing.world.World`, a small server of the connector's
own. Each fault meets some kinds of requests, each in a sync of its own; with `--every-kind`, all.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from connectors import SourceSettings, Stream
from connectors.errors import RateLimited, SourceDenied
from connectors.testing.faults import BUDGET, FAULTS, RIGHTS, Fault
from connectors.testing.syncing import Store, Sync, sync
from connectors.testing.world import LOOPBACK, Proxy, Reply, Spoil, World, as_it_is, reply

pytestmark = pytest.mark.enable_socket

ENDS = 120
"""Seconds within which any sync of these small worlds has ended, however busy the machine is."""

PATIENCE = 3
"""Seconds a request may take where the source keeps silent: no other answer of these worlds takes nearly as long."""

PART = 6
"""Each fault meets one in so many kinds of requests, beginning with another one than the fault before it."""

MakeWorld = Callable[[], World]


class Stand:
    """A world behind its proxy, and what an undisturbed sync of it gives."""

    def __init__(self, make: MakeWorld) -> None:
        self.world = make()
        self.proxy = Proxy(self.world)
        self.undisturbed = Store()
        self.kinds: list[str] = []
        self.asks: dict[str, set[str]] = {}
        self.url = ""

    async def look(self) -> None:
        """Sync once without any fault; note which stream asks for what."""
        first = await self.sync(self.undisturbed)
        assert first.clean, f"the world itself is at fault: {first.words}"
        self.kinds = list(dict.fromkeys(self.proxy.asked))
        for name in self.undisturbed.cursors | dict.fromkeys(self.undisturbed.records):
            self.proxy.asked.clear()
            await self.sync(Store(), only=name)
            self.asks[name] = set(self.proxy.asked)

    async def sync(self, store: Store, spoil: Spoil | None = None, **more: Any) -> Sync:
        """One sync, in which answers are spoiled so; it ends."""
        self.proxy.asked.clear()
        self.proxy.spoil = spoil
        try:
            async with asyncio.timeout(ENDS):
                return await sync(self.world, self.url, store, **more)
        finally:
            self.proxy.spoil = None

    def touched(self, kind: str) -> set[str]:
        """The streams that ask for what is spoiled, and those that need them."""
        hit = {name for name, kinds in self.asks.items() if kind in kinds}
        for stream in self.streams:
            if hit & set(stream.needs):
                hit.add(stream.name)
        return hit

    @property
    def settings(self) -> SourceSettings:
        """The settings of the source."""
        return self.world.of.settings.model_validate({"base_url": self.url, **self.world.settings}).within(LOOPBACK)

    @property
    def streams(self) -> list[Stream]:
        """The streams that are pulled."""
        return [stream for stream in self.world.of.streams_for(self.settings) if stream.pull is not None]

    @asynccontextmanager
    async def without(self, right: str) -> AsyncIterator[None]:
        """Ask with a token to which this right lacks."""
        unspoiled = self.world
        assert unspoiled.lacking is not None, f"{unspoiled.connector}: its world does not enforce rights"
        self.world = self.proxy.world = replace(unspoiled, answer=unspoiled.lacking(right))
        try:
            yield
        finally:
            self.world = self.proxy.world = unspoiled

    async def tested(self, right: str) -> bool:
        """Whether a test of the source tells that a right lacks: the source's own, or that of a stream it is for."""
        connector = self.world.of
        assert connector.client is not None
        assert connector.check is not None
        probes = [stream.probe for stream in self.streams if stream.probe is not None and right in stream.rights]
        async with connector.client(self.settings) as http:
            for probe in (connector.check, *probes):
                try:
                    await probe(http)
                except SourceDenied:
                    return True
        return False


async def standing(make: MakeWorld, test: Callable[[Stand], Awaitable[None]]) -> None:
    """Try something on a world that was looked at."""
    stand = Stand(make)
    async with stand.proxy.listening() as stand.url:
        await stand.look()
        await test(stand)


def spoiling(fault: Fault, kind: str) -> Spoil:
    """Meets the requests of a kind with a fault."""

    def spoil(of: str, before: int, _request: httpx.Request, response: httpx.Response) -> Reply | None:
        if of != kind or (fault.once and before) or (fault.again and not before):
            return None
        return fault.spoiled(response)

    return spoil


async def test_a_fault_costs_its_stream_and_loses_nothing(
    make_world: MakeWorld, fault: Fault, every_kind: bool
) -> None:
    async def test(stand: Stand) -> None:
        part = stand.kinds[FAULTS.index(fault) % min(PART, len(stand.kinds)) :: PART]
        kinds = part[:1] if fault.slow else stand.kinds if every_kind else part
        more = {"request_seconds": PATIENCE} if fault.slow else {}
        for kind in kinds:
            await _meets(stand, fault, kind, {"response_bytes": BUDGET, **more})

    await standing(make_world, test)


async def _meets(stand: Stand, fault: Fault, kind: str, more: dict[str, Any]) -> None:
    where = f"{fault} at {kind}"
    store = Store()
    outcome = await stand.sync(store, spoiling(fault, kind), **more)
    _check_words(stand, store, outcome, fault, kind)
    healed = await stand.sync(store, full=fault.lies)
    assert healed.clean, f"{where}: the next sync fails, too: {healed.words}"
    assert not any(healed.ended.values()), f"{where}: the next sync takes {healed.ended} to be gone"
    assert _same(store, stand.undisturbed), f"{where}: {_difference(store, stand.undisturbed)}"

    if fault.slow:
        return  # what is late fails as what breaks off does
    store = stand.undisturbed.copy()
    outcome = await stand.sync(store, spoiling(fault, kind), full=True, **more)
    assert not any(outcome.ended.values()), f"{where}: {outcome.ended} were taken to be gone"
    assert _same(store, stand.undisturbed) or fault.lies, f"{where}: {_difference(store, stand.undisturbed)}"


def _check_words(stand: Stand, store: Store, outcome: Sync, fault: Fault, kind: str) -> None:
    """What becomes of a sync that meets a fault: it costs the streams that ask for it, in words."""
    where = f"{fault} at {kind}"
    failed = outcome.failures.keys() | outcome.waited
    stopped = any(isinstance(why, RateLimited) for why in outcome.failures.values())
    assert failed <= stand.touched(kind), f"{where} costs {sorted(failed - stand.touched(kind))}, too: {outcome.words}"
    for name, why in outcome.failures.items():
        assert not fault.told or re.search(fault.told, str(why)), f"{where}: {name} says '{why}'"
    if fault.once and stand.world.reads(kind):
        assert outcome.clean, f"{where}: asking again would have helped: {outcome.words}"
    if not stopped:
        untouched = _filled(stand.undisturbed).keys() - stand.touched(kind)
        assert untouched <= _filled(store).keys(), f"{where}: {sorted(untouched - store.records.keys())} did not come"


async def test_pages_that_come_again_end_and_lose_nothing(make_world: MakeWorld) -> None:
    """A source that does not heed its paging gives the first answer whatever page is asked for."""

    async def test(stand: Stand) -> None:
        for kind in stand.kinds:
            first: dict[str, Reply] = {}

            def again(
                of: str,
                _before: int,
                request: httpx.Request,
                response: httpx.Response,
                kind: str = kind,
                first: dict[str, Reply] = first,
            ) -> Reply | None:
                same = f"{request.method} {request.url.path} {request.content!r}"
                return first.setdefault(same, as_it_is(response)) if of == kind else None

            store = stand.undisturbed.copy()
            outcome = await stand.sync(store, again, full=True)
            assert not any(outcome.ended.values()), f"{kind}: {outcome.ended} were taken to be gone"
            assert len(stand.proxy.asked) < 40 * len(stand.kinds) + 200, f"{kind}: {len(stand.proxy.asked)} requests"
            healed = await stand.sync(store)
            assert healed.clean, f"{kind}: {healed.words}"
            assert _same(store, stand.undisturbed), f"{kind}: {_difference(store, stand.undisturbed)}"

    await standing(make_world, test)


async def test_a_token_that_ends_midway_loses_nothing(make_world: MakeWorld) -> None:
    async def test(stand: Stand) -> None:
        await stand.sync(Store())
        many = len(stand.proxy.asked)
        for ends in sorted({1, 2, many // 3, many // 2, many - 2}):
            answered = 0

            def ended(*_asked: object, ends: int = ends) -> Reply | None:
                nonlocal answered
                answered += 1
                return reply(b'{"message": "The token has ended"}', 401) if answered > ends else None

            for store, full in ((Store(), False), (stand.undisturbed.copy(), True)):
                answered = 0
                outcome = await stand.sync(store, ended, full=full)
                assert outcome.failures, f"after {ends} requests: nothing is told"
                assert not any(outcome.ended.values()), f"after {ends} requests: {outcome.ended} were taken to be gone"
                healed = await stand.sync(store)
                assert healed.clean, healed.words
                assert _same(store, stand.undisturbed), _difference(store, stand.undisturbed)

    await standing(make_world, test)


async def test_a_right_that_lacks_is_told_and_ends_nothing(make_world: MakeWorld) -> None:
    """Each right that a stream names is needed: without it the sync and the source's test say so, and nothing ends."""

    async def test(stand: Stand) -> None:
        unnamed = [stream.name for stream in stand.streams if not stream.rights]
        assert not unnamed, f"{unnamed} name no rights, and no source gives everything to everybody"
        for right in dict.fromkeys(right for stream in stand.streams for right in stream.rights):
            async with stand.without(right):
                await _lacks(stand, right)

    await standing(make_world, test)


async def _lacks(stand: Stand, right: str) -> None:
    store = stand.undisturbed.copy()
    outcome = await stand.sync(store, full=True)
    assert not any(outcome.ended.values()), f"without {right}: {outcome.ended} were taken to be gone"
    assert _same(store, stand.undisturbed), f"without {right}: {_difference(store, stand.undisturbed)}"
    if right in stand.world.untold:
        return
    assert not outcome.clean, f"without {right}: nothing is told"
    assert re.search(f"{re.escape(right)}|{RIGHTS}", outcome.words), f"without {right}: '{outcome.words}'"
    others = {stream.name for stream in stand.streams if right not in stream.rights and not stream.needs}
    assert not others & outcome.failures.keys(), f"without {right} fails what needs it not: {outcome.words}"
    assert await stand.tested(right), f"without {right}: a test of the source finds nothing"


def _same(store: Store, undisturbed: Store) -> bool:
    return _filled(store) == _filled(undisturbed)


def _filled(store: Store) -> dict[str, dict[str, bytes]]:
    return {name: rows for name, rows in store.records.items() if rows}


def _difference(store: Store, undisturbed: Store) -> str:
    """Which records are not as they would be, by stream."""
    differences = []
    for name in sorted(store.records.keys() | undisturbed.records.keys()):
        ours, theirs = store.records.get(name, {}), undisturbed.records.get(name, {})
        changed = [key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]]
        if lacking := theirs.keys() - ours.keys():
            differences.append(f"{name} lacks {sorted(lacking)[:5]}")
        if further := ours.keys() - theirs.keys():
            differences.append(f"{name} has {sorted(further)[:5]} besides")
        if changed:
            differences.append(f"{name} has other bytes of {sorted(changed)[:5]}")
    return "; ".join(differences)
