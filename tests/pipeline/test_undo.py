"""Before and after a pull: a preview changes nothing and says what would change; a run that was wrong is undone."""

from typing import Any

import pytest

from app.db.pipeline import leaving
from app.db.sources import sources
from app.errors import Conflict, NotFound
from app.pipeline.preview import preview
from app.pipeline.pull import pull
from app.pipeline.replay import replay
from app.pipeline.undo import undo
from app.sources.source import Source
from tests.support.district import District, class_, enrollment, user
from tests.support.roster_server import RosterServer

pytestmark = pytest.mark.enable_socket

LATER = "2026-09-05T08:00:00.000Z"
ORG = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "type": "school"}


def roster(students: int = 6) -> RosterServer:
    keys = [f"u-{n}" for n in range(students)]
    return RosterServer(
        {
            "orgs": [{**ORG, "sourcedId": "o-1", "name": "Harbor School"}],
            "academicSessions": [],
            "courses": [],
            "classes": [class_("c-1", "Algebra")],
            "users": [user(key) for key in keys],
            "enrollments": [enrollment(f"e-{key}", key, "c-1") for key in keys],
        }
    )


async def statements(district: District, source: Source) -> list[Any]:
    async with district.db.transaction(district.tenant.id) as tx:
        return await tx.rows(
            "SELECT stream, raw_key, n, state, body::text FROM record WHERE source_id = %s ORDER BY 1, 2, 3", source.id
        )


async def last_run(district: District, source: Source) -> sources.RunRow:
    async with district.db.transaction(district.tenant.id) as tx:
        return (await sources.runs(tx, source.id, 1))[0]


async def test_a_preview_says_by_school_what_would_change_and_changes_nothing(district: District) -> None:
    server = roster()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        before = await statements(district, sis)
        users = server.collections["users"]
        users[0] |= {"givenName": "Adah", "dateLastModified": LATER}
        users += [user("u-9", "Zoe")]
        server.collections["enrollments"].pop()
        report = await preview(district.db, sis)
        assert await statements(district, sis) == before
        assert report.state == "done"
        assert "Harbor School (o-1): 1 changed (u-0), 1 new (u-9)" in report.outcome("users").notes
        assert "Harbor School (o-1): 1 ended (e-u-5)" in report.outcome("enrollments").notes
        run = await last_run(district, sis)
        assert (run.kind, run.message) == ("preview", "preview: nothing was changed")
        assert (await pull(district.db, sis, full=True)).state == "done"
        assert await statements(district, sis) != before


async def test_what_a_preview_shows_can_be_allowed_before_the_pull(district: District) -> None:
    server = roster()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["enrollments"] = server.collections["enrollments"][4:]
        assert (await preview(district.db, sis)).state == "held"
        async with district.db.transaction(district.tenant.id) as tx:
            await leaving.allow(tx, sis.id, [alarm.id for alarm in await leaving.alarms(tx, sis.id)], "a steward")
        assert (await pull(district.db, sis, full=True)).state == "done"


async def test_a_run_is_undone_and_what_came_later_stays(district: District) -> None:
    server = roster()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        first = await statements(district, sis)
        users = server.collections["users"]
        users[0] |= {"givenName": "Wrong", "dateLastModified": LATER}
        wrong = await pull(district.db, sis, full=True)
        users[1] |= {"givenName": "Right", "dateLastModified": LATER}
        await pull(district.db, sis, full=True)
        await undo(district.db, sis, wrong.run)
        now = await statements(district, sis)
        changed = {(row[0], row[1]) for row in now} - {(row[0], row[1]) for row in set(now) & set(first)}
        assert changed == {("users", "u-1")}
        await replay(district.db, sis)
        assert await statements(district, sis) == now
        async with district.db.transaction(district.tenant.id) as tx:
            row = await sources.by_id(tx, sis.id)
        assert row is not None
        assert (row.state, row.state_reason) == ("paused", f"run {wrong.run} was undone: look at the source first")
        users[0] |= {"givenName": "Ada", "dateLastModified": "2026-09-06T08:00:00.000Z"}
        await pull(district.db, sis)  # in full: the cursors were forgotten
        assert any(row[1] == "u-0" and '"Ada"' in row[4] for row in await statements(district, sis))


async def test_only_what_a_run_stored_is_undone_and_once(district: District) -> None:
    async with roster().listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        run = (await pull(district.db, sis)).run
        await undo(district.db, sis, run)
        assert await statements(district, sis) == []
        with pytest.raises(Conflict, match="undone already"):
            await undo(district.db, sis, run)
        with pytest.raises(NotFound, match="no run"):
            await undo(district.db, sis, 10**6)
        with pytest.raises(Conflict, match="is a undo"):
            await undo(district.db, sis, (await last_run(district, sis)).id)
