"""The Clever connector against a small Clever: listings, the Events feed, and where the feed does not reach."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given

from connectors.clever import connector
from connectors.errors import DeltaRefused, MappingError, SourceDenied, SourceError
from connectors.fields import Fields
from tests.support.clever_server import TOKEN, CleverServer, school, section, student
from tests.support.pulled import JSON, mapped_pages, pages, raws, stream_of

BASE = "https://api.clever.com/v3.1"
NAMES = [stream.name for stream in connector.streams]


@pytest.fixture
def server() -> Iterator[CleverServer]:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        made = school()
        router.route().mock(side_effect=made)
        yield made


@pytest.fixture
async def http(server: CleverServer) -> AsyncIterator[httpx.AsyncClient]:
    async with client(TOKEN) as opened:
        yield opened


def client(token: str) -> httpx.AsyncClient:
    assert connector.client is not None
    return connector.client(connector.settings.model_validate({"token": token}))


async def cursor_after(name: str, http: httpx.AsyncClient, cursor: str | None = None) -> str | None:
    return (await pages(stream_of(connector, name), http, cursor))[-1].cursor


async def people(name: str, http: httpx.AsyncClient, cursor: str | None = None) -> list[dict[str, Any]]:
    records, left = mapped_pages(stream_of(connector, name), await pages(stream_of(connector, name), http, cursor))
    assert left == {}
    return records


async def test_a_listing_is_read_page_by_page_and_once(http: httpx.AsyncClient, server: CleverServer) -> None:
    listed = raws(await pages(stream_of(connector, "users"), http))
    assert [row["id"] for row in listed] == ["u1", "u2", "u3", "u8", "u9"]
    assert server.asked == ["events", "users", "users", "users"]


@pytest.mark.parametrize("name", NAMES)
async def test_where_nothing_has_changed_a_second_sync_brings_nothing(
    name: str, http: httpx.AsyncClient, server: CleverServer
) -> None:
    cursor = await cursor_after(name, http)
    server.asked.clear()
    assert raws(await pages(stream_of(connector, name), http, cursor)) == []
    assert [path.partition("/")[0] for path in server.asked] == ["events", "events"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_listing_that_was_interrupted_goes_on_where_it_was(
    name: str, http: httpx.AsyncClient, server: CleverServer
) -> None:
    whole = await pages(stream_of(connector, name), http)
    for n, page in enumerate(whole[:-1]):
        assert raws(await pages(stream_of(connector, name), http, page.cursor)) == raws(whole[n + 1 :])


async def test_what_changes_while_everything_is_read_comes_with_the_next_sync(
    http: httpx.AsyncClient, server: CleverServer
) -> None:
    stream = stream_of(connector, "users")
    assert stream.pull is not None
    listing = aiter(stream.pull(http, None))
    await anext(listing)
    server.put("users", student(1, email="changed@example.org"))  # listed already, on the first page
    cursor = [page.cursor async for page in listing][-1]
    (changed,) = await people("users", http, cursor)
    assert changed["email"] == "changed@example.org"


async def test_events_tell_who_is_new_who_changed_and_who_is_shared_no_more(
    http: httpx.AsyncClient, server: CleverServer
) -> None:
    cursor = await cursor_after("users", http)
    server.put("users", student(4))
    server.put("users", student(2, email="two@example.org"))
    server.delete("users", "u3")
    new, changed, deleted = await people("users", http, cursor)
    assert (new["key"], changed["key"], changed["email"]) == ("u4", "u2", "two@example.org")
    assert (deleted["key"], deleted["ended"], deleted.get("withdrawn", False)) == ("u3", True, False)


async def test_who_left_a_section_has_an_enrollment_that_ended(http: httpx.AsyncClient, server: CleverServer) -> None:
    cursor = await cursor_after("enrollments", http)
    server.put("sections", section(["u1", "u4"], teacher="u7", teachers=["u7", "u8"]))
    enrollments = {row["key"]: row.get("ended", False) for row in await people("enrollments", http, cursor)}
    assert enrollments == {
        "k1|u2|student": True,
        "k1|u3|student": True,
        "k1|u1|student": False,
        "k1|u4|student": False,
        "k1|u7|teacher": False,
        "k1|u8|teacher": False,
    }
    cursor = await cursor_after("enrollments", http, cursor)
    server.put("sections", section(["u1", "u3", "u4"], teacher="u7", teachers=["u7", "u8"]))
    returned = {row["key"]: row.get("ended", False) for row in await people("enrollments", http, cursor)}
    assert returned["k1|u3|student"] is False
    cursor = await cursor_after("enrollments", http, cursor)
    server.delete("sections", "k1")
    assert all(row["ended"] for row in await people("enrollments", http, cursor))


async def test_a_feed_that_reaches_back_no_further_is_a_reason_to_read_everything(
    http: httpx.AsyncClient, server: CleverServer
) -> None:
    cursor = await cursor_after("users", http)
    server.forget_events()
    with pytest.raises(DeltaRefused, match="reach back no further"):
        await pages(stream_of(connector, "users"), http, cursor)


async def test_where_no_events_are_told_each_sync_reads_everything(
    http: httpx.AsyncClient, server: CleverServer
) -> None:
    """An application may read no events, or nobody has enabled them: an empty feed says nothing of what changed."""
    server.forget_events()
    server.feed = False
    cursor = await cursor_after("users", http)
    server.put("users", student(1, email="changed@example.org"))
    assert len(raws(await pages(stream_of(connector, "users"), http, cursor))) == 5


async def test_events_that_cannot_be_read_are_told_and_cost_no_sync(
    http: httpx.AsyncClient, server: CleverServer
) -> None:
    server.refusals = [httpx.Response(403, json={"error": "this application may not read events"})]
    read = await pages(stream_of(connector, "users"), http)
    assert len(raws(read)) == 5
    (note,) = {note for page in read for note in page.notes}
    assert note.startswith("users: Clever's events cannot be read (")
    assert note.endswith("): each sync reads everything")


async def test_check_names_the_district_and_says_whether_there_are_events(
    http: httpx.AsyncClient, server: CleverServer
) -> None:
    assert connector.check is not None
    assert await connector.check(http) == "api.clever.com answers: Sample District; there are events."
    server.forget_events()
    assert "each sync reads everything" in await connector.check(http)


async def test_a_passing_failure_is_tried_again_and_a_rate_limit_waited_out(
    http: httpx.AsyncClient, server: CleverServer
) -> None:
    server.refusals = [httpx.Response(502), httpx.Response(429, headers={"Retry-After": "0"})]
    assert len(raws(await pages(stream_of(connector, "users"), http))) == 5
    assert server.refusals == []


async def test_a_kind_that_is_not_shared_is_found_out_beforehand(http: httpx.AsyncClient, server: CleverServer) -> None:
    probe = stream_of(connector, "users").probe
    assert probe is not None
    await probe(http)
    server.refusals = [httpx.Response(403, json={"message": "not in the application's scopes"})]
    with pytest.raises(SourceError, match="not in the application's scopes"):
        await probe(http)


async def test_a_wrong_token_is_denied(server: CleverServer) -> None:
    assert connector.check is not None
    async with client("wrong") as http:
        with pytest.raises(SourceDenied):
            await connector.check(http)


@pytest.mark.parametrize(
    ("written", "day"), [("9/3/2014", "2014-09-03"), ("09/30/2014", "2014-09-30"), ("2014-09-03", "2014-09-03")]
)
def test_birth_dates_are_month_first(written: str, day: str) -> None:
    row = student(1)
    row["roles"]["student"]["dob"] = written
    (person,) = connector.streams[4].map(Fields(row))
    assert str(person.birth_date) == day  # type: ignore[union-attr]


@pytest.mark.parametrize("written", ["30/9/2014", "9/31/2014", "9/3/14", "soon"])
def test_a_birth_date_that_is_none_is_refused_and_named(written: str) -> None:
    row = student(1)
    row["roles"]["student"]["dob"] = written
    with pytest.raises(MappingError, match=r"roles\.student\.dob"):
        list(connector.streams[4].map(Fields(row)))


@given(JSON)
def test_any_record_is_read_or_refused(value: Any) -> None:
    for stream in connector.streams:
        row = {"id": "1", "name": "x", "district": "d", "school": "s", "section": "k", "user": "u", "role": "student"}
        for name in (*row, "roles", "students", "last_modified", "grade", "deleted"):
            with suppress(MappingError):
                list(stream.map(Fields({**row, name: value})))
