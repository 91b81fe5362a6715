"""Paging: nothing is lost when a server clamps, forgets its headers or ends oddly; nothing goes round forever."""

import json
from collections.abc import Callable

import httpx
import msgspec
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from connectors import HttpSettings
from connectors.errors import Unavailable
from connectors.kit import Patience, Refused, client, header_next, link_pages, members, numbered_pages, offset_pages
from connectors.kit.offsets import STALE

BASE = "https://sis.example.org/v1"


async def at_once(_seconds: float) -> None:
    """Wait no time."""


def source() -> httpx.AsyncClient:
    return client(HttpSettings(base_url=BASE), patience=Patience(sleep=at_once))


def clamping(total: int, most: int) -> Callable[[httpx.Request], httpx.Response]:
    """A server with `total` users that gives at most `most` of them at a time, and says nothing about it."""

    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        users = [{"sourcedId": f"u{n}"} for n in range(offset, min(total, offset + min(limit, most)))]
        return httpx.Response(200, json={"users": users})

    return answer


@given(total=st.integers(0, 40), most=st.integers(1, 12), limit=st.integers(1, 12), start=st.integers(0, 5))
async def test_offset_pages_bring_everyone_whatever_the_server_clamps(
    total: int, most: int, limit: int, start: int
) -> None:
    with respx.mock:
        respx.get(f"{BASE}/users").mock(side_effect=clamping(total, most))
        pages = [
            page
            async for page in offset_pages(
                source(), "/users", collection="users", params={"sort": "sourcedId"}, limit=limit, start=start
            )
        ]
    sourced_ids = [json.loads(record)["sourcedId"] for page in pages for record in page.records]
    assert sourced_ids == [f"u{n}" for n in range(start, total)]
    assert [page.offset for page in pages][-1:] == ([total] if total > start else [])


@respx.mock
async def test_offset_pages_of_a_server_that_ignores_the_offset_end_in_an_error() -> None:
    route = respx.get(f"{BASE}/users").respond(json={"users": [{"sourcedId": "u1"}]})
    with pytest.raises(Unavailable, match="the same page again"):
        async for _ in offset_pages(source(), "/users", collection="users", params={}):
            pass
    assert route.call_count == 1 + STALE


@respx.mock
async def test_a_refusal_carries_its_status_for_the_connector_to_judge() -> None:
    respx.get(f"{BASE}/users").respond(400, json={"imsx_description": "filter not supported"})
    with pytest.raises(Refused, match=r"400 .'filter not supported'.") as raised:
        async for _ in offset_pages(source(), "/users", collection="users", params={"filter": "x"}):
            pass
    assert raised.value.status == 400


def linked(body: object, target: str | None, rel: str = 'rel="next"') -> httpx.Response:
    return httpx.Response(200, json=body, headers={"Link": f"<{target}>; {rel}"} if target else {})


@respx.mock
async def test_link_pages_follow_as_written_through_empty_pages() -> None:
    respx.get(f"{BASE}/users?page=bookmark:%2Bx%3D;y&per_page=2").mock(return_value=linked([], "?page=3", 'rel="Next"'))
    respx.get(f"{BASE}/users?page=3").mock(return_value=linked([{"id": 2}], None))
    respx.get(f"{BASE}/users", params={"per_page": "2"}).mock(
        return_value=linked([{"id": 1}], f"{BASE}/users?page=bookmark:%2Bx%3D;y&per_page=2", "rel=next")
    )
    pages = [page async for page in link_pages(source(), "/users", params={"per_page": 2})]
    assert [list(page.records) for page in pages] == [[b'{"id":1}'], [], [b'{"id":2}']]
    assert [page.next for page in pages] == [
        f"{BASE}/users?page=bookmark:%2Bx%3D;y&per_page=2",
        f"{BASE}/users?page=3",
        None,
    ]
    assert [str(call.request.url) for call in respx.calls][1] == f"{BASE}/users?page=bookmark:%2Bx%3D;y&per_page=2"


@respx.mock
async def test_a_next_link_in_the_body_is_read_by_the_connector_s_own_function() -> None:
    respx.get(f"{BASE}/students?starting_after=a").respond(json={"data": [], "next": None})
    respx.get(f"{BASE}/students").respond(json={"data": [{"id": "a"}], "next": "/v1/students?starting_after=a"})

    def after(response: httpx.Response) -> str | None:
        return msgspec.json.decode(members(response.content)["next"], type=str | None)

    pages = [page async for page in link_pages(source(), "/students", params={}, collection="data", next_link=after)]
    assert [list(page.records) for page in pages] == [[b'{"id":"a"}'], []]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://a/?x=1;y=2,3>; rel="next"', "https://a/?x=1;y=2,3"),
        ('<https://a/1>; rel="prev", <https://a/3>; title="a, b; rel=x"; rel="next last"', "https://a/3"),
        ("<https://a/3>;rel=next,<https://a/9>;rel=last", "https://a/3"),
        ('<https://a/1>; rel="first", <https://a/9>; rel="last"', None),
        ('<https://a/1>; title="; rel=next', None),
        ("<" * 50_000, None),
        ("", None),
    ],
)
def test_the_next_link_is_found_among_others(header: str, target: str | None) -> None:
    assert header_next(httpx.Response(200, headers={"Link": header})) == target


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.invalid/p2",
        "https://evil.invalid/v1/users",
        "http://sis.example.org/v1/users",
        "https://sis.example.org:444/v1/users",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
    ],
)
@respx.mock
async def test_a_next_link_to_another_host_is_named_and_not_followed(target: str) -> None:
    respx.get(f"{BASE}/users").mock(return_value=linked([{"id": 1}], target))
    with pytest.raises(Unavailable, match=r"the next link leads to another host, .*: not following"):
        async for _ in link_pages(source(), "/users", params={}):
            pass
    assert len(respx.calls) == 1


@pytest.mark.parametrize("back", [f"{BASE}/users", f"{BASE}/users?page=2"])
@respx.mock
async def test_a_next_link_that_leads_back_ends_in_an_error(back: str) -> None:
    respx.get(f"{BASE}/users?page=2").mock(return_value=linked([{"id": 2}], back))
    respx.get(f"{BASE}/users").mock(return_value=linked([{"id": 1}], f"{BASE}/users?page=2"))
    with pytest.raises(Unavailable, match="leads back"):
        async for _ in link_pages(source(), "/users", params={}):
            pass
    assert len(respx.calls) == 2


@respx.mock
async def test_numbered_pages_end_at_the_stated_total() -> None:
    for number in (1, 2, 3):
        respx.get(f"{BASE}/users", params={"page": str(number), "page_size": "2"}).respond(
            json={"page": number, "total_pages": 3, "results": [] if number == 2 else [{"id": number}]}
        )
    pages = [page async for page in numbered_pages(source(), "/users", params={"page_size": 2})]
    assert [(page.number, list(page.records)) for page in pages] == [(1, [b'{"id":1}']), (3, [b'{"id":3}'])]


@respx.mock
async def test_numbered_pages_without_a_total_end_at_an_empty_one() -> None:
    respx.get(f"{BASE}/users", params={"page": "3"}).respond(json={"results": []})
    for number in (1, 2):
        respx.get(f"{BASE}/users", params={"page": str(number)}).respond(json={"results": [{"id": number}]})
    assert [page.number async for page in numbered_pages(source(), "/users", params={})] == [1, 2]


@respx.mock
async def test_a_numbered_page_that_is_not_found_is_no_end_where_there_are_said_to_be_more() -> None:
    respx.get(f"{BASE}/users", params={"page": "2"}).respond(404)
    respx.get(f"{BASE}/users", params={"page": "1"}).respond(json={"page": 1, "total_pages": 3, "results": [{"id": 1}]})
    with pytest.raises(Refused, match="404"):
        async for _ in numbered_pages(source(), "/users", params={}):
            pass


@respx.mock
async def test_a_numbered_page_that_is_another_is_an_error() -> None:
    respx.get(f"{BASE}/users").respond(json={"page": 1, "total_pages": 2, "results": [{"id": 1}]})
    with pytest.raises(Unavailable, match="was asked for page 2 and gave another"):
        async for _ in numbered_pages(source(), "/users", params={}):
            pass
