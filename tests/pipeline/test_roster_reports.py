"""Public reports of roster syncs gone wrong, fed to ours. `tests/reports/rosters.md` tells what came out of each."""

import base64
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.file import load
from app.pipeline.pull import pull
from app.sources.source import Source
from connectors import HttpSettings
from connectors.errors import Unavailable
from connectors.fields import Fields
from connectors.kit import Patience, client, link_pages
from connectors.kit.offsets import Slice, walk
from connectors.oneroster import STREAMS, connector
from connectors.oneroster.settings import OneRosterSettings
from schemas import Demographics
from tests.support.district import MORNING, District, class_, enrollment, user
from tests.support.roster_server import RosterServer

BASE = "https://sis.example.org"
BY_NAME = {stream.name: stream for stream in STREAMS}
LATER = "2026-09-20T08:00:00.000Z"


def a_class_of(students: int) -> RosterServer:
    keys = [f"u-{n}" for n in range(students)]
    org = {"sourcedId": "o-1", "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "type": "school"}
    return RosterServer(
        {
            "orgs": [{**org, "name": "Harbor School"}],
            "academicSessions": [],
            "courses": [],
            "classes": [class_("c-1", "Algebra"), class_("c-2", "Geometry")],
            "users": [user(key) for key in keys],
            "enrollments": [enrollment(f"e-{key}", key, "c-1") for key in keys],
        }
    )


async def states(district: District, source: Source, stream: str) -> dict[str, str]:
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            "SELECT raw_key, state FROM record WHERE source_id = %s AND stream = %s AND n = 0", source.id, stream
        )
    return dict(rows)


@respx.mock
async def test_webwork2_3182_a_large_class_is_read_through_all_its_links() -> None:
    """Only the first 50 of 300 members were read, and the others dropped."""

    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", 1))
        link = {"Link": f'<{BASE}/members?page={page + 1}>; rel="next"'} if page < 6 else {}
        return httpx.Response(200, json=[{"id": page * 50 + n} for n in range(50)], headers=link)

    respx.get(f"{BASE}/members").mock(side_effect=answer)
    http = client(HttpSettings(base_url=BASE), patience=Patience(tries=1))
    members = [r async for page in link_pages(http, "/members", params={}) for r in page.records]
    assert len(members) == 300


@given(st.integers(0, 210), st.integers(1, 64))
async def test_seeyoucm_thief_33_no_record_is_skipped_at_a_page_s_edge(count: int, clamp: int) -> None:
    """The next page was asked for at N + 1 of a list that counts from 0: one user lost at each edge."""
    rows = [str(n).encode() for n in range(count)]

    async def fetch(offset: int) -> Slice:
        return Slice(rows[offset : offset + clamp])

    came = [record async for stretch in walk("users", fetch, bytes.decode) for record in stretch.records]
    assert came == rows


async def test_cli_printing_press_2491_a_full_page_without_a_hint_is_not_the_end() -> None:
    """A sync stopped after the first 100 of 140 where the answer has neither has_more nor a cursor."""
    rows = [str(n).encode() for n in range(140)]

    async def fetch(offset: int) -> Slice:
        return Slice(rows[offset : offset + 100])

    assert sum([len(stretch.records) async for stretch in walk("items", fetch, bytes.decode)]) == 140


@respx.mock
async def test_omi_7492_an_offset_that_always_fails_costs_the_collection_and_loses_nothing_before() -> None:
    """Some offsets answer 500, with any limit: what came before is kept, and the list is not taken for whole."""
    rows = [{"sourcedId": f"u{n}"} for n in range(30)]

    def answer(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        if offset <= 17 < offset + 10:
            return httpx.Response(500, json={"detail": "oops"})
        return httpx.Response(200, json={"users": rows[offset : offset + 10]})

    respx.get(f"{BASE}/ims/oneroster/rostering/v1p2/users").mock(side_effect=answer)
    settings = OneRosterSettings.model_validate({"base_url": BASE, "auth": "bearer", "token": "t"})
    [stream] = [stream for stream in connector.streams_for(settings) if stream.name == "users"]
    came: list[Any] = []

    async def read() -> None:
        assert stream.pull is not None
        assert connector.client is not None
        async with client(settings, patience=Patience(tries=1)) as http:
            async for page in stream.pull(http, None):
                came.extend(json.loads(record)["sourcedId"] for record in page.records)

    with pytest.raises(Unavailable, match="answered 500"):
        await read()
    assert came == [f"u{n}" for n in range(15)]


@respx.mock
async def test_aistudio_1310_the_signature_covers_filter_limit_and_offset() -> None:
    """ClassLink answers 401 where the OAuth 1 signature leaves out query parameters."""
    route = respx.get(f"{BASE}/ims/oneroster/v1p1/users").respond(json={"users": []})
    values = {"base_url": BASE, "product": "classlink", "client_id": "k", "client_secret": "s"}
    settings = OneRosterSettings.model_validate(values)
    [stream] = [stream for stream in connector.streams_for(settings) if stream.name == "users"]
    assert stream.pull is not None
    assert connector.client is not None
    async with connector.client(settings) as http:
        async for _ in stream.pull(http, '{"since":"2026-09-01T09:30:00Z"}'):
            pass
    request = route.calls[0].request
    parts = request.headers["Authorization"].removeprefix("OAuth ").split(",")
    signed = {name.strip(): unquote(value.strip('"')) for name, _, value in (part.partition("=") for part in parts)}
    query = parse_qsl(urlsplit(str(request.url)).query)
    assert {name for name, _ in query} >= {"filter", "limit", "offset"}
    pairs = [*query, *((name, value) for name, value in signed.items() if name not in ("oauth_signature", "realm"))]
    joined = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in sorted(pairs))
    base = "&".join(_escaped(part) for part in ("GET", f"{BASE}/ims/oneroster/v1p1/users", joined))
    expected = base64.b64encode(hmac.digest(b"s&", base.encode(), "sha1")).decode()
    assert signed["oauth_signature"] == expected


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")


@pytest.mark.enable_socket
async def test_classroom_2538_the_same_roster_again_doubles_nobody(district: District) -> None:
    """'Update students' made a second account for each of 150 students."""
    async with a_class_of(12).listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        for _ in range(3):
            report = await pull(district.db, sis, full=True)
        assert {word: n for word, n in report.outcome("users").counts.items() if n} == {"unchanged": 12}
        await district.settle()
        assert len(await district.records()) == 12


@pytest.mark.enable_socket
async def test_autolab_894_a_student_who_changes_sections_is_not_dropped(district: District) -> None:
    """A change of section within a course marked the student as dropped."""
    server = a_class_of(6)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["enrollments"][0] = enrollment("e-new", "u-0", "c-2", dateLastModified=LATER)
        assert (await pull(district.db, sis, full=True)).state == "done"
        assert await states(district, sis, "enrollments") | {"e-u-0": "ended", "e-new": "current"} == await states(
            district, sis, "enrollments"
        )
        assert (await states(district, sis, "users"))["u-0"] == "current"


@pytest.mark.enable_socket
async def test_hourglass_426_what_was_registered_wrongly_ends_when_it_is_mended(district: District) -> None:
    """Wrong sections stayed beside the right ones after the next sync."""
    server = a_class_of(6)
    wrong = enrollment("e-wrong", "u-1", "c-2")
    server.collections["enrollments"].append(wrong)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["enrollments"].remove(wrong)
        await pull(district.db, sis, full=True)
        assert (await states(district, sis, "enrollments"))["e-wrong"] == "ended"


async def test_opensis_104_empty_rows_are_none_and_a_bad_date_costs_its_row(district: District, tmp_path: Path) -> None:
    """A spreadsheet's empty records were imported, and bad dates slipped in."""
    (tmp_path / "demographics.csv").write_text(
        "sourcedId,status,dateLastModified,birthDate\nu1,,,2010-06-15\n,,,\n,,,\nu2,,,2010-02-30\nu3,,,31.04.2010\n"
    )
    sis = await district.source("sis", "oneroster")
    report = await load(district.db, sis, tmp_path, dry_run=False)
    counts = report.outcome("demographics").counts
    assert (counts["new"], counts["rejected"]) == (1, 2)


@pytest.mark.parametrize("blank", ["  /  /", "//", "0000-00-00", "00/00/0000"])
def test_onebody_678_slashes_without_numbers_are_no_date(blank: str) -> None:
    """An export writes '/  /' where it has no date."""
    [record] = BY_NAME["demographics"].map(Fields({"sourcedId": "u1", "birthDate": blank}))
    assert isinstance(record, Demographics)
    assert record.birth_date is None
    assert record.extensions == {"birthDate": f"'{blank}' is read as no date"}


@pytest.mark.enable_socket
async def test_studentinsights_271_who_is_not_active_any_more_keeps_the_record(district: District) -> None:
    """Students not actively enrolled vanished, and with them what they had learned."""
    server = a_class_of(8)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["users"].pop()
        server.collections["enrollments"].pop()
        assert (await pull(district.db, sis, full=True)).state == "done"
        await district.settle()
        assert len(await district.records()) == 8
        assert (await states(district, sis, "users"))["u-7"] == "ended"


@pytest.mark.enable_socket
async def test_a_first_listing_of_nobody_is_no_district_without_people(district: District) -> None:
    """Rights that lack look like an empty school: nobody is told that all is well."""
    server = a_class_of(0)
    async with server.listening() as settings:
        source = await district.source("sis", "oneroster", **settings)
        for _ in range(2):
            report = await pull(district.db, source)
            assert report.state == "partial"
            assert "users: the source lists nobody: do the credentials see any school" in (report.message or "")
        server.collections |= a_class_of(3).collections
        report = await pull(district.db, source)
    assert (report.state, report.streams["users"].counts["new"]) == ("done", 3)


async def test_canvas_1402_an_enrollment_deleted_of_one_row_leaves_that_of_the_other(district: District) -> None:
    """Of a user who was there twice one row was deleted with its enrollment: the user was taken out of the course."""
    sis = await district.source("sis", "oneroster")
    rows = [user("u-1", identifier="100001"), user("u-2", identifier="100001")]
    both = [enrollment("e-1", "u-1", "c-1"), enrollment("e-2", "u-2", "c-1")]
    await district.take(sis, "users", rows)
    await district.take(sis, "enrollments", both)
    await district.settle()
    gone = [{"sourcedId": key, "status": "tobedeleted", "dateLastModified": LATER} for key in ("u-2", "e-2")]
    await district.take(sis, "users", gone[:1], MORNING + timedelta(days=1))
    await district.take(sis, "enrollments", gone[1:], MORNING + timedelta(days=1))
    await district.settle()
    (record,) = (await district.records()).values()
    assert [entry["state"] for entry in record["enrollments"]] == ["current"]


async def test_uoj_4_staff_and_students_of_one_number_are_two(district: District) -> None:
    """Numbers of staff and of students were of two series, and clashed: one person was made of both."""
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    teaching = {"roleType": "primary", "role": "teacher", "org": {"sourcedId": "o-1", "type": "org", "href": "x"}}
    teacher = user("t-1", "Tom", "Lake", identifier="1001", roles=[teaching])
    await district.take(sis, "users", [user("u-1", "Ann", "Lee", identifier="1001"), teacher])
    item = {"id": "n-1", "learner": {"identifiers": [{"type": "district", "value": "1001"}]}, "name": "A robot"}
    await district.take(club, "evidence", [{**item, "occurredAt": "2026-09-02T00:00:00Z"}])
    await district.settle()
    (record,) = (await district.records()).values()
    assert [name["value"] for name in record["names"]] == ["Ann Lee"]
    assert [entry["name"] for entry in record["evidence"]] == ["A robot"]


async def test_compair_706_what_one_source_lists_another_does_not_end(district: District) -> None:
    """A course was linked to two systems: refreshing it from one dropped whom only the other one knew."""
    sources = [await district.source(slug, "oneroster") for slug in ("one", "other")]
    for source, key in zip(sources, ("u-1", "u-2"), strict=True):
        await district.listing(source, "users", [user(key, key)])
        await district.listing(source, "enrollments", [enrollment(f"e-{key}", key, "c-1")])
    await district.listing(sources[0], "enrollments", [enrollment("e-u-1", "u-1", "c-1")], MORNING + timedelta(days=1))
    await district.settle()
    records = (await district.records()).values()
    assert [[entry["state"] for entry in record["enrollments"]] for record in records] == [["current"], ["current"]]


async def test_teamster_3955_a_returning_child_with_a_new_number_is_asked_about(district: District) -> None:
    """Who came back was given a fresh number, and had two records under one state number."""
    sis = await district.source("sis", "oneroster")
    state = {"userIds": [{"type": "state", "identifier": "7700123"}]}
    rows = [user("u-1", identifier="100001", **state), user("u-2", identifier="200002", **state)]
    await district.take(sis, "users", rows)
    await district.settle()
    assert len(await district.records()) == 2
    assert [row.reason for row in await district.near_matches()] == [
        "they share a state id, but their district ids differ"
    ]
