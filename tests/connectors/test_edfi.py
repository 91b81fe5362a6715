"""The Ed-Fi connector against an ODS/API of our own: paging, change queries, key changes, deletes, rights."""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from app.pipeline.pull import pull
from app.pipeline.report import Report
from app.sources import testing
from app.sources.source import Source
from connectors import Page
from connectors.edfi import EdFiSettings, connector
from connectors.errors import MappingError
from connectors.fields import Fields
from tests.support.district import District
from tests.support.edfi_server import small_district, student
from tests.support.limits import LOOPBACK
from tests.support.pulled import JSON, fixture

pytestmark = pytest.mark.enable_socket
FIVE = ["schools", "courseOfferings", "sections", "students", "studentSchoolAssociations", "studentSectionAssociations"]


async def _source(district: District, settings: dict[str, Any], **more: Any) -> Source:
    return await district.source("ods", "edfi", **{"resources": FIVE, "page_size": 2, **settings, **more})


def _count(report: Report, stream: str) -> dict[str, int]:
    words = ("new", "updated", "unchanged", "withdrawn", "retracted")
    return {word: count for word, count in report.counts().get(stream, {}).items() if word in words and count}


async def _records(district: District) -> dict[str, dict[str, Any]]:
    await district.settle()
    return await district.records()


@pytest.mark.parametrize("paging", ["cursor", "offset", "auto"])
async def test_everything_is_read_and_an_idle_sync_is_one_request_a_stream(district: District, paging: str) -> None:
    server, _ = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings, paging=paging)
        report = await pull(district.db, source)
        assert (report.state, report.message) == ("done", None)
        assert _count(report, "students") == {"new": 5}
        server.asked.clear()
        again = await pull(district.db, source)
        assert again.state == "done"
        assert server.times("availableChangeVersions") == len(FIVE)
        assert len([path for path in server.asked if "oauth" not in path]) == len(FIVE)
    records = await _records(district)
    assert len(records) == 5
    assert {record["enrollments"][0]["class"]["title"] for record in records.values()} == {"ALG-1 ALG-A"}


async def test_partitions_are_read_at_once_and_few_requests_are_spent(district: District) -> None:
    server, _ = small_district(40)
    async with server.listening() as settings:
        source = await _source(district, settings, page_size=5, partitions=4, resources=["students"])
        report = await pull(district.db, source)
    assert _count(report, "students") == {"new": 40}
    pages = [path for path in server.asked if path.endswith("/students")]
    assert len(pages) == 8 + 4  # as many as there are pages, and an empty one at the end of each partition
    assert server.most_at_once > 1


async def test_changes_deletes_and_key_changes_come_and_the_person_stays(district: District) -> None:
    server, ids = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings)
        await pull(district.db, source)
        before = await _records(district)
        learner_of = {record["names"][0]["value"]: learner for learner, record in before.items()}
        server.change_key("students", ids["604800"], studentUniqueId="999800")
        server.put("students", student("604801", "Changed"), ids["604801"])
        server.delete("studentSectionAssociations", ids["section-604802"])
        report = await pull(district.db, source)
        assert report.state == "done"
        assert _count(report, "students") == {"updated": 2}
    after = await _records(district)
    assert after.keys() == before.keys()
    renamed = after[learner_of["Given0 Sample"]]
    assert "999800" in {each["value"] for each in renamed["identifiers"]}
    assert after[learner_of["Given1 Sample"]]["names"][0]["value"] == "Changed Sample"
    assert after[learner_of["Given2 Sample"]]["sections"]["enrollments"]["retracted"] == 1


async def test_a_key_change_that_is_told_alone_has_the_record_read(district: District) -> None:
    server, ids = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings, resources=["students"])
        await pull(district.db, source)
        version = server.changed[ids["604800"]]
        server.change_key("students", ids["604800"], studentUniqueId="999800")
        server.changed[ids["604800"]] = version  # a release that does not list it among what changed
        report = await pull(district.db, source)
    assert _count(report, "students") == {"updated": 1}
    assert server.times(f"students/{ids['604800']}") == 1


async def test_a_key_change_of_a_record_that_is_not_found_has_everything_read(district: District) -> None:
    """A 404 is no delete: `deletes` does not tell of it, and the list has the record with its new key."""
    server, ids = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings, resources=["students"])
        await pull(district.db, source)
        version = server.changed[ids["604800"]]
        server.change_key("students", ids["604800"], studentUniqueId="999800")
        server.changed[ids["604800"]] = version
        server.hidden.add(ids["604800"])
        report = await pull(district.db, source)
        assert report.state == "done", report.message
        assert _count(report, "students")["updated"] == 1
        server.change_key("students", ids["604800"], studentUniqueId="999801")
        server.changed[ids["604800"]] = version
        server.delete("students", ids["604800"])
        server.asked.clear()
        report = await pull(district.db, source, allow_shrink=True)
        assert _count(report, "students")["withdrawn"] == 1
        assert server.times("partitions") == 0, "what is deleted indeed leads to no reading of everything"


async def test_changes_are_asked_for_in_windows(district: District) -> None:
    server, _ = small_district(1)
    async with server.listening() as settings:
        source = await _source(district, settings, resources=["students"], window=100, paging="offset")
        await pull(district.db, source)
        for n in range(250):
            server.put("students", student(f"7{n:05}", f"New{n}"))
        server.asked.clear()
        report = await pull(district.db, source)
    assert _count(report, "students") == {"new": 250}
    assert server.times("/deletes") == 3


@pytest.mark.parametrize("lost", ["no change queries", "purged", "restored"])
async def test_where_changes_are_not_known_everything_is_read_again(district: District, lost: str) -> None:
    server, ids = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings)
        server.change_queries = lost != "no change queries"
        await pull(district.db, source)
        server.put("students", student("604800", "Changed"), ids["604800"])
        if lost == "purged":
            server.oldest = server.version + 5
            server.version += 9
        elif lost == "restored":
            server.version = 1
        report = await pull(district.db, source)
        assert report.state == "done"
        assert _count(report, "students") == {"updated": 1, "unchanged": 4}


async def test_a_delete_whose_id_is_written_with_hyphens_is_the_same_records(district: District) -> None:
    """ODS-5101: some releases write the ids of deletes otherwise than those of records."""
    server, ids = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings)
        await pull(district.db, source)
        server.delete("studentSectionAssociations", ids["section-604802"])
        deleted = server.deletes["studentSectionAssociations"][0]
        deleted["id"] = str(UUID(deleted["id"])).upper()
        await pull(district.db, source)
    records = await _records(district)
    assert sorted(each["sections"]["enrollments"]["retracted"] for each in records.values()) == [0, 0, 0, 0, 1]


async def test_rows_that_leave_a_window_while_it_is_read_hide_none_of_the_others(district: District) -> None:
    """What edfi_api_client reads pages backwards for: a row that changes meanwhile moves those behind it forward."""
    server, ids = small_district(1)
    async with server.listening() as settings:
        source = await _source(district, settings, resources=["students"], page_size=10, paging="offset")
        await pull(district.db, source)
        numbers = [f"7{n:05}" for n in range(40)]
        for number in numbers:
            ids[number] = server.put("students", student(number, f"New{number}"))

        def change(page: int) -> None:
            if page < 3:
                server.put("students", student(numbers[page], "Changed meanwhile"), ids[numbers[page]])

        server.after_page = change
        await pull(district.db, source)
        server.after_page = None
        await pull(district.db, source)
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows("SELECT body->'names'->0->>'given' FROM record WHERE kind = 'person'")
    assert len(rows) == 41
    assert [name for (name,) in rows].count("Changed meanwhile") == 3


async def test_a_right_that_lacks_costs_its_resource_and_is_named(district: District) -> None:
    server, _ = small_district()
    server.refused.add("studentSectionAssociations")
    async with server.listening() as settings:
        source = await _source(district, settings)
        trial = await testing.test_source(source)
        report = await pull(district.db, source)
    assert report.state == "partial"
    assert "Read on ed-fi/studentSectionAssociations" in str(report.message)
    assert [each.stream for each in trial.streams if not each.ok] == ["studentSectionAssociations"]
    assert _count(report, "students") == {"new": 5}


async def test_a_snapshot_is_asked_for_and_its_lack_is_told(district: District) -> None:
    server, _ = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings, snapshot=True, resources=["students"])
        assert (await pull(district.db, source)).state == "done"
        server.snapshots = False
        assert (await pull(district.db, source)).state != "done"


async def test_a_token_that_ended_is_renewed(district: District) -> None:
    server, _ = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings, resources=["students"])
        await pull(district.db, source)
        server.tokens.clear()
        assert (await pull(district.db, source)).state == "done"


async def test_a_passing_failure_is_tried_again(district: District) -> None:
    server, _ = small_district()
    async with server.listening() as settings:
        source = await _source(district, settings, resources=["students"])
        server.failing = 1
        report = await pull(district.db, source)
    assert (report.state, server.failing) == ("done", 0)
    assert _count(report, "students") == {"new": 5}


async def test_a_killed_pull_goes_on_where_it_stopped() -> None:
    server, _ = small_district(20)
    async with server.listening() as settings:
        for paging in ("cursor", "offset"):
            configured = EdFiSettings(**settings, paging=paging, page_size=5, partitions=2, resources=["students"])
            (stream,) = [each for each in connector.streams_for(configured.within(LOOPBACK)) if each.name == "students"]
            async with connector.client(configured.within(LOOPBACK)) as http:  # type: ignore[misc]
                begun = [page async for page in first(stream.pull(http, None), 1)]  # type: ignore[misc]
                rest = [page async for page in stream.pull(http, begun[-1].cursor)]  # type: ignore[misc]
            ids = [json.loads(record)["id"] for page in (*begun, *rest) for record in page.records]
            assert len(ids) == len(set(ids)) == 20, paging


async def first(pages: AsyncIterator[Page], count: int) -> AsyncIterator[Page]:
    """So many pages, and no more."""
    async for page in pages:
        yield page
        if not (count := count - 1):
            return


@given(st.data())
def test_any_record_maps_or_is_refused(data: st.DataObject) -> None:
    stream = data.draw(st.sampled_from(connector.streams))
    (row, *_) = json.loads(fixture(connector, stream.name))
    for name in data.draw(st.lists(st.sampled_from(sorted(row)), max_size=3)):
        row[name] = data.draw(JSON)
    with suppress(MappingError):
        list(stream.map(Fields(row)))


def test_data_standard_4_calls_contacts_parents() -> None:
    settings = EdFiSettings(base_url="https://x.example", client_id="a", client_secret="b", data_standard="4")  # type: ignore[arg-type]
    assert settings.path("contacts") == "data/v3/ed-fi/parents"
    assert settings.path("studentContactAssociations") == "data/v3/ed-fi/studentParentAssociations"
    assert settings.path("students") == "data/v3/ed-fi/students"
    assert settings.token_address() == "https://x.example/oauth/token"


def test_a_reference_without_its_link_says_what_to_turn_on() -> None:
    (stream,) = [stream for stream in connector.streams if stream.name == "studentSectionAssociations"]
    row = {
        "id": "1" * 32,
        "studentReference": {"studentUniqueId": "1"},
        "sectionReference": {},
        "beginDate": "2026-08-17",
    }
    with pytest.raises(MappingError, match="ResourceLinks"):
        list(stream.map(Fields(row)))


NAMES = {
    "gradebookEntries": "gradebookEntry",
    "localEducationAgencies": "localEducationAgency",
    "staffs": "staff",
    "studentGradebookEntries": "studentGradebookEntry",
}


@pytest.mark.parametrize("stream", [stream.name for stream in connector.streams])
def test_fixtures_are_as_the_official_document_has_them(shared: Path, stream: str) -> None:
    official = yaml.load((shared / "data/edfi/resources-ds-5.0.yml").read_text(), Loader=yaml.CSafeLoader)
    name = "edFi_" + NAMES.get(stream, stream.removesuffix("s"))
    validator = Draft4Validator({**official["components"]["schemas"][name], "components": official["components"]})
    older = ("parentUniqueId", "parentReference")  # Data Standard 4
    rows = [row for row in json.loads(fixture(connector, stream)) if "keyValues" not in row]
    checked = [row for row in rows if not any(field in row for field in older)]
    assert checked
    for row in checked:
        row["id"] = row["id"].replace("-", "")
        assert [error.message for error in validator.iter_errors(row)] == []
