"""A source that is over: what it tells of now ends, its past stays, and it may begin again."""

from typing import Any

import pytest

from app.db.sources import sources
from app.errors import Conflict
from app.pipeline.pull import pull
from app.pipeline.replay import replay
from app.pipeline.retire import retire
from app.sources import configure
from app.sources.source import Source
from tests.support.district import District, class_, enrollment, user
from tests.support.roster_server import RosterServer

pytestmark = pytest.mark.enable_socket

ACTIVE = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}


def roster() -> RosterServer:
    result = {
        "student": {"sourcedId": "u-1", "type": "user", "href": "x"},
        "lineItem": {"sourcedId": "l-1", "type": "lineItem", "href": "x"},
        "score": 9,
        "scoreDate": "2026-09-03",
        "scoreStatus": "fully graded",
    }
    return RosterServer(
        {
            "orgs": [{**ACTIVE, "type": "school", "sourcedId": "o-1", "name": "Harbor School"}],
            "academicSessions": [],
            "courses": [],
            "classes": [class_("c-1", "Algebra")],
            "users": [user("u-1")],
            "enrollments": [enrollment("e-1", "u-1", "c-1")],
            "lineItems": [],
            "results": [{**ACTIVE, "sourcedId": "r-1", **result}],
        }
    )


async def states(district: District) -> dict[str, Any]:
    (record,) = (await district.records()).values()
    past = {section: [entry["state"] for entry in record.get(section, [])] for section in ("enrollments", "results")}
    return {**past, "schools": [bool(school.get("ends")) for school in record["schools"]]}


async def state_of(district: District, source: Source) -> str:
    async with district.db.transaction(district.tenant.id) as tx:
        row = await sources.by_id(tx, source.id)
    assert row is not None
    return row.state


async def test_what_a_retired_source_told_is_past_and_current_again_where_it_begins_again(district: District) -> None:
    server = roster()
    collections = ["orgs", "classes", "users", "enrollments", "lineItems", "results"]
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings, collections=collections)
        await pull(district.db, sis)
        await district.settle()
        running = {"enrollments": ["current"], "results": ["current"], "schools": [False]}
        assert await states(district) == running

        report = await retire(district.db, sis)
        await district.settle()
        assert report.state == "done"
        assert await state_of(district, sis) == "retired"
        assert await states(district) == {"enrollments": ["ended"], "results": ["unlisted"], "schools": [True]}
        before = await district.bytes()
        await replay(district.db, sis)
        await district.settle()
        assert await district.bytes() == before
        with pytest.raises(Conflict, match="retired already"):
            await retire(district.db, sis)

        async with district.db.transaction(district.tenant.id) as tx:
            await configure.resume(tx, "sis")
        await pull(district.db, sis)
        await district.settle()
        assert await states(district) == running


async def test_what_is_pushed_is_retired_too(district: District) -> None:
    club = await district.source("club", "evidence")
    item = {
        "id": "n-1",
        "learner": {"identifiers": [{"type": "district", "value": "100001"}]},
        "name": "A robot",
        "occurredAt": "2026-09-02T00:00:00Z",
    }
    await district.take(club, "evidence", [item])
    await retire(district.db, club)
    await district.settle()
    (record,) = (await district.records()).values()
    assert [(entry["name"], entry["state"]) for entry in record["evidence"]] == [("A robot", "unlisted")]
