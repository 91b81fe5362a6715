"""The connector of learning record stores against a small one: pages, what is new, order, credentials."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import MappingError, RateLimited, SourceDenied
from connectors.fields import Fields
from connectors.lrs import connector
from connectors.xapi import connector as xapi
from schemas import Gone
from tests.support.pulled import JSON
from tests.support.record_store import RecordStore, statement, voiding

BASE = "https://lrs.example.org/data/xAPI/"
[STREAM] = connector.streams


@pytest.fixture
def store() -> Iterator[RecordStore]:
    made = RecordStore([statement(n, f"2026-10-0{n}T10:00:00Z") for n in range(1, 6)])
    with respx.mock(assert_all_called=False) as router:
        router.get(url__startswith=BASE + "statements").mock(side_effect=made)
        yield made


@pytest.fixture
async def http(store: RecordStore) -> AsyncIterator[httpx.AsyncClient]:
    del store
    async with opened() as client:
        yield client


def opened(**more: Any) -> httpx.AsyncClient:
    assert connector.client is not None
    settings = {"base_url": BASE, "key": "key", "secret": "secret", **more}
    return connector.client(connector.settings.model_validate(settings))


async def walk(http: httpx.AsyncClient, cursor: str | None = None) -> list[tuple[list[int], str | None]]:
    """Each page's statements, by number, and its cursor."""
    assert STREAM.pull is not None
    return [
        ([int(msgspec.json.decode(body)["id"][-12:]) for body in page.records], page.cursor)
        async for page in STREAM.pull(http, cursor)
    ]


async def test_all_pages_are_read_the_oldest_first(http: httpx.AsyncClient) -> None:
    assert [numbers for numbers, _ in await walk(http)] == [[1, 2], [3, 4], [5], []]


async def test_the_next_sync_asks_for_what_was_stored_since_by_the_stores_own_clock(
    http: httpx.AsyncClient, store: RecordStore
) -> None:
    cursor = (await walk(http))[-1][1]
    store.asked.clear()
    store.statements.append(statement(6, "2026-11-30T11:55:00Z"))  # stored before, and visible since
    assert [numbers for numbers, _ in await walk(http, cursor)] == [[6], []]
    assert [query["since"] for query in store.asked] == ["2026-11-30T11:50:00.000000Z"]


@pytest.mark.parametrize("clock", [None, "soon"])
async def test_a_store_that_tells_no_time_is_asked_from_its_latest_statement_on(
    clock: str | None, http: httpx.AsyncClient, store: RecordStore
) -> None:
    store.clock = clock
    cursor = (await walk(http))[-1][1]
    assert [numbers for numbers, _ in await walk(http, cursor)] == [[5], []]


async def test_a_killed_walk_is_resumed_and_none_is_missing(http: httpx.AsyncClient) -> None:
    pages = await walk(http)
    for n, (_, cursor) in enumerate(pages[:-1]):
        if cursor:
            read = [number for numbers, _ in pages[: n + 1] for number in numbers]
            rest = [number for numbers, _ in await walk(http, cursor) for number in numbers]
            assert sorted({*read, *rest}) == [1, 2, 3, 4, 5]
            assert (await walk(http, cursor))[-1][1] == pages[-1][1], "what began earlier is kept"


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_where_the_store_heeds_no_order_a_killed_walk_begins_again(
    size: int, http: httpx.AsyncClient, store: RecordStore
) -> None:
    store.ascending, store.size = False, size
    pages = await walk(http)
    assert [number for numbers, _ in pages for number in numbers] == [5, 4, 3, 2, 1]
    assert [cursor for _, cursor in pages[:-1] if cursor] == []


async def test_only_what_was_stored_from_a_time_on(store: RecordStore) -> None:
    async with opened(stored_from="2026-10-03T12:00:00+02:00") as client:
        assert [numbers for numbers, _ in await walk(client)] == [[4, 5], []]
    assert store.asked[0]["since"] == "2026-10-03T10:00:00.000000Z"


async def test_refused_credentials_are_denied_and_good_ones_are_told(store: RecordStore) -> None:
    assert connector.check is not None
    async with opened() as client:
        assert await connector.check(client) == "the credentials read statements"
    store.statements.clear()
    async with opened() as client:
        assert await connector.check(client) == "the credentials read statements (there is none yet)"
    async with opened(secret="wrong") as client:
        with pytest.raises(SourceDenied):
            await connector.check(client)


async def test_a_passing_wait_is_the_runners() -> None:
    with respx.mock() as router:
        router.get(url__startswith=BASE).mock(return_value=httpx.Response(429, headers={"Retry-After": "900"}))
        async with opened() as client:
            with pytest.raises(RateLimited):
                await walk(client)


@pytest.mark.parametrize("credentials", [{}, {"key": "key"}, {"secret": "secret"}])
def test_credentials_are_needed(credentials: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="give key and secret, or a token"):
        connector.settings.model_validate({"base_url": BASE, **credentials})


def test_a_voided_statement_is_withdrawn_by_the_one_that_voids_it() -> None:
    [gone] = STREAM.map(Fields(voiding(2, "2026-10-02T10:00:00Z", 1)))
    assert (type(gone), gone.key) == (Gone, statement(1, "")["id"])


def test_it_says_what_pushed_statements_do() -> None:
    [pulled, pushed] = [
        list(stream.map(Fields(statement(1, "2026-10-01T10:00:00Z")))) for stream in (STREAM, *xapi.streams)
    ]
    assert pulled == pushed != []
    assert (connector.version, connector.rank) == (xapi.version, xapi.rank)


@given(st.dictionaries(st.sampled_from([*statement(1, "2026-10-01T10:00:00Z")]), JSON, max_size=4))
def test_any_record_maps_or_says_why_not(spoiled: dict[str, Any]) -> None:
    with suppress(MappingError):
        list(STREAM.map(Fields(statement(1, "2026-10-01T10:00:00Z") | spoiled)))
