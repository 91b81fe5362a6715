"""The law of paging: whatever a server does, a walk ends within a bound of requests, and loses no record it can see."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from connectors import HttpSettings
from connectors.errors import Unavailable
from connectors.kit import Patience, client, cursor_pages, link_pages, numbered_pages
from connectors.kit.http import only_list
from connectors.kit.offsets import STALE, STALE_BELOW_TOTAL, Known, Slice, Stretch, walk
from connectors.kit.paging import EMPTY

BASE = "https://sis.example.org/v1"


@dataclass
class Server:
    """A list and the ways in which it is served. `rows` may repeat; `restamp`: each answer has a time of its own."""

    rows: Sequence[str]
    clamps: Sequence[int] = (1000,)
    heeds: bool = True
    past_end: str = "empty"
    restamp: bool = False
    total: int | None = None
    asked: list[int] = field(default_factory=list)

    async def fetch(self, offset: int) -> Slice:
        clamp = self.clamps[len(self.asked) % len(self.clamps)]
        self.asked.append(offset)
        begin = offset if self.heeds else 0
        if begin >= len(self.rows) and self.past_end == "last page":
            begin = max(len(self.rows) - clamp, 0)
        elif begin >= len(self.rows) and self.past_end == "first page":
            begin = 0
        stamp = len(self.asked) if self.restamp else 0
        return Slice([f"{row}@{stamp}".encode() for row in self.rows[begin : begin + clamp]], self.total)


def id_of(record: bytes) -> str:
    return record.decode().partition("@")[0]


async def walked(server: Server, overlap: int = 5) -> list[Stretch]:
    return [stretch async for stretch in walk("users", server.fetch, id_of, overlap=overlap)]


def ids(stretches: list[Stretch]) -> list[str]:
    return [id_of(record) for stretch in stretches for record in stretch.records]


def bound(distinct: int) -> int:
    """The most requests of a walk: for each new record a page, one more without overlap, and what brings nothing."""
    return (STALE_BELOW_TOTAL + 2) * (distinct + 1)


names = st.lists(st.integers(0, 12).map("u{}".format), max_size=30)
servers = st.builds(
    Server,
    rows=names,
    clamps=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    heeds=st.booleans(),
    past_end=st.sampled_from(["empty", "last page", "first page"]),
    restamp=st.booleans(),
    total=st.none() | st.integers(0, 60),
)


@given(servers, st.sampled_from([0, 1, 5]))
async def test_a_walk_always_ends(server: Server, overlap: int) -> None:
    try:
        came = ids(await walked(server, overlap))
    except Unavailable:
        came = []
    assert len(server.asked) <= bound(len(set(server.rows)))
    assert set(came) <= set(server.rows)


@given(
    st.dictionaries(st.integers(0, 10**6).map("u{}".format), st.integers(1, STALE - 1), max_size=20),
    st.lists(st.integers(1, 12), min_size=1, max_size=4),
    st.sampled_from(["empty", "last page"]),
    st.booleans(),
    st.sampled_from([0, 1, 5]),
)
async def test_a_walk_loses_no_record(runs, clamps, past_end, restamp, overlap) -> None:
    rows = [row for row, times in runs.items() for _ in range(times)]
    server = Server(rows, clamps, past_end=past_end, restamp=restamp)
    if past_end == "last page" and set(rows[: max(clamps)]) == set(rows):
        return  # one page alone, again and again: nobody knows whether that is all, and the walk says so
    came = ids(await walked(server, overlap))
    assert set(came) == set(rows)


@pytest.mark.parametrize("total", [None, 6, 7])
@pytest.mark.parametrize("restamp", [False, True])
async def test_a_list_whose_last_record_is_listed_twice_ends(total, restamp) -> None:
    server = Server(["u1", "u2", "u3", "u4", "u5", "u6", "u6"], total=total, restamp=restamp)
    stretches = await walked(server)
    assert set(ids(stretches)) == {f"u{n}" for n in range(1, 7)}
    assert len(server.asked) <= 4
    assert not any(stretch.short for stretch in stretches)


async def test_a_list_shorter_than_its_own_total_is_not_complete() -> None:
    stretches = await walked(Server([f"u{n}" for n in range(30)], [10], total=32))
    assert len(ids(stretches)) == 30
    assert stretches[-1].short == "users: the list ended after 30 of the 32 records it says it has"


async def test_a_service_that_gives_its_last_page_again_has_ended() -> None:
    server = Server([f"u{n}" for n in range(23)], [10], past_end="last page")
    assert set(ids(await walked(server))) == {f"u{n}" for n in range(23)}


async def test_what_is_listed_again_with_other_words_is_given_too() -> None:
    rows = ["u1", "u2", "u3"]

    async def fetch(offset: int) -> Slice:
        return Slice(
            [f"{row}@{offset + position}".encode() for position, row in enumerate([*rows, "u3"][offset : offset + 3])]
        )

    came = [record async for s in walk("users", fetch, id_of) for record in s.records]
    assert came == [b"u1@0", b"u2@1", b"u3@2", b"u3@3"]


@given(st.lists(st.lists(st.integers(0, 300).map(str), max_size=20), max_size=60), st.integers(0, 300).map(str))
def test_known_ids_are_known(pages: list[list[str]], other: str) -> None:
    known = Known()
    for page in pages:
        known.add(page)
    every = {id_ for page in pages for id_ in page}
    assert all(id_ in known for id_ in every)
    assert (other in known) == (other in every)


def source() -> httpx.AsyncClient:
    async def at_once(_seconds: float) -> None:
        """Wait no time."""

    return client(HttpSettings(base_url=BASE), patience=Patience(sleep=at_once))


@respx.mock
async def test_links_that_lead_on_for_ever_through_what_was_read_end() -> None:
    numbers = count(2)

    def answer(request: httpx.Request) -> httpx.Response:
        page = next(numbers)
        rows = [{"id": page % 7}, {"id": (page * 3) % 7}]
        return httpx.Response(200, json=rows, headers={"Link": f'<{BASE}/users?page={page}>; rel="next"'})

    route = respx.get(f"{BASE}/users").mock(side_effect=answer)
    came: set[bytes] = set()

    async def read() -> None:
        async for page in link_pages(source(), "/users", params={}):
            came.update(bytes(record) for record in page.records)

    with pytest.raises(Unavailable, match="nothing new"):
        await read()
    assert came == {f'{{"id":{n}}}'.encode() for n in range(7)}
    assert route.call_count <= 7 + EMPTY + 1


@respx.mock
@pytest.mark.parametrize("past_end", ["404", "last page", "empty", "204"])
async def test_numbered_pages_without_a_total_end_in_every_way(past_end) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        if page > 3 and past_end == "404":
            return httpx.Response(404, json={"detail": "Invalid page."})
        if page > 3 and past_end == "204":
            return httpx.Response(204)
        results = [] if page > 3 and past_end == "empty" else [{"id": min(page, 3)}]
        return httpx.Response(200, json={"results": results})

    route = respx.get(f"{BASE}/users").mock(side_effect=answer)
    records = [json.loads(r) async for page in numbered_pages(source(), "/users", params={}) for r in page.records]
    assert records == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert route.call_count <= 3 + STALE


@respx.mock
@pytest.mark.parametrize("turns", [1, 3])
async def test_parameters_for_the_next_page_that_lead_back_end_in_an_error(turns) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("cursor", 0))
        return httpx.Response(200, json={"results": [{"id": page}], "more": {"cursor": str((page + 1) % turns)}})

    def more(response: httpx.Response) -> dict[str, str] | None:
        return dict(response.json()["more"])

    route = respx.get(f"{BASE}/content").mock(side_effect=answer)
    came: list[bytes] = []

    async def read() -> None:
        params = {"cursor": "0"}
        async for page in cursor_pages(source(), "/content", params=params, collection="results", following=more):
            came.extend(page)

    with pytest.raises(Unavailable, match="leads back"):
        await read()
    assert came == [f'{{"id":{n}}}'.encode() for n in range(turns)]
    assert route.call_count == turns


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"data":[{"id":1}],"total":1}', "data"),
        (b'{"count":0,"items":[]}', "items"),
        (b'{"users":[{"id":1}],"imsx_errorDetails":[{"a":1}],"tags":["x"]}', "users"),
    ],
)
def test_the_only_list_of_an_answer_is_found(body, name) -> None:
    assert only_list(body)[0] == name


@pytest.mark.parametrize(
    "body", [b'{"errors":[{"message":"no"}]}', b'{"a":[{}],"b":[{}]}', b'{"statusInfoSet":[{}]}', b"{}"]
)
def test_a_list_of_errors_or_one_of_two_is_no_list_of_records(body) -> None:
    with pytest.raises(Unavailable, match="no one list of records"):
        only_list(body)
