"""Raw that newer versions replaced is deleted after a time, and nothing that is told depends on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.pipeline import superseded
from app.errors import Conflict
from app.jobs.retention import retain_all
from app.pipeline.replay import replay
from app.pipeline.superseded import drop_superseded
from app.pipeline.undo import undo
from app.settings import Settings
from app.sources.source import Source
from app.start import Service
from tests.support.district import MORNING, VAULT, District, user


async def scores(district: District) -> dict[str, Any]:
    """The score of each result, by the day it is of."""
    [record] = (await district.records()).values()
    return {result["date"][-1]: result["score"] for result in record["results"]}


async def gradebook(district: District) -> Source:
    """A student information system that knows one learner."""
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1")])
    return sis


async def graded(district: District, source: Source, at: datetime, results: dict[int, int]) -> int:
    """A run in which the results of these days were sent; its number."""
    run = await district.begin(source)
    items = [
        {
            "sourcedId": f"r-{day}",
            "status": "active",
            "dateLastModified": at.isoformat(),
            "student": {"sourcedId": "u-1", "type": "user", "href": "x"},
            "lineItem": {"sourcedId": "l-1", "type": "lineItem", "href": "x"},
            "score": score,
            "scoreDate": f"2026-09-0{day}",
            "scoreStatus": "fully graded",
        }
        for day, score in results.items()
    ]
    await district.take(source, "results", items, at, run=run)
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        await tx.run("UPDATE run SET state = 'done', started_at = %s, finished_at = %s WHERE id = %s", at, at, run)
    return run


async def places(district: District) -> list[tuple[int, int]]:
    """How many raw records each chunk holds, and how many of them are empty."""
    async with district.db.transaction(district.tenant.id) as tx:
        return await tx.rows(
            """SELECT cardinality(ends), (SELECT count(*)::int FROM generate_subscripts(ends, 1) i
                   WHERE ends[i] = coalesce(ends[i - 1], 0)) FROM raw WHERE stream = 'results' ORDER BY id"""
        )


async def test_what_was_replaced_long_ago_goes_and_what_stands_is_told_as_before(district: District) -> None:
    sis = await gradebook(district)
    days = [MORNING + timedelta(days=n) for n in (0, 10, 25)]
    first = await graded(district, sis, days[0], {1: 1, 2: 1, 3: 1})
    await graded(district, sis, days[1], {1: 2})
    last = await graded(district, sis, days[2], {2: 3})
    before, standing = await district.bytes(), await scores(district)
    assert await drop_superseded(district.db, sis, MORNING + timedelta(days=20)) == 1
    assert await places(district) == [(3, 1), (1, 0), (1, 0)]
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before
    with pytest.raises(Conflict, match=r"began before 2026-09-21, .*\(TESSERA_RAW_DAYS\)"):
        await undo(district.db, sis, first)
    await undo(district.db, sis, last)
    await district.settle()
    assert await scores(district) == standing | {"2": 1}


async def test_the_job_deletes_what_the_setting_says_and_nothing_without_it(district: District) -> None:
    sis = await gradebook(district)
    for day in range(2):
        await graded(district, sis, MORNING + timedelta(days=day), {1: day})
    now = MORNING + timedelta(days=40)
    await retain_all(Service(Settings(), district.db, VAULT), now)
    assert len(await places(district)) == 2
    await retain_all(Service(Settings(raw_days=39), district.db, VAULT), now)
    assert len(await places(district)) == 2
    await retain_all(Service(Settings(raw_days=38), district.db, VAULT), now)
    assert len(await places(district)) == 1


async def test_what_tells_who_somebody_is_stays(district: District) -> None:
    """Whose a key was at a time is worked out from all that was said of it."""
    sis = await gradebook(district)
    await district.take(sis, "users", [user("u-1", "Adah")], MORNING + timedelta(days=1))
    await district.settle()
    assert await drop_superseded(district.db, sis, MORNING + timedelta(days=9)) == 0


async def test_a_chunk_of_which_nothing_stands_goes_as_a_whole(district: District) -> None:
    sis = await gradebook(district)
    await graded(district, sis, MORNING, {1: 1})
    await graded(district, sis, MORNING + timedelta(days=1), {1: 2})
    await graded(district, sis, MORNING + timedelta(days=2), {1: 3})
    assert await drop_superseded(district.db, sis, datetime.now(UTC)) == 2
    assert await places(district) == [(1, 0)]
    async with district.db.transaction(district.tenant.id) as tx:
        history = await tx.rows("SELECT body->>'score' FROM record_history WHERE kind = 'result' ORDER BY since")
        assert await superseded.floor(tx, sis.id) is not None
    await replay(district.db, sis)
    async with district.db.transaction(district.tenant.id) as tx:
        assert (
            await tx.rows("SELECT body->>'score' FROM record_history WHERE kind = 'result' ORDER BY since") == history
        )
    assert len(history) == 2
