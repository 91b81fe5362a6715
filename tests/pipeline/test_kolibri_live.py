"""A sync of a real Kolibri server, all the way to its learners' records."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.pipeline.pull import pull
from tests.support.district import District
from tests.support.kolibri import LEARNERS, Live, running

pytestmark = [pytest.mark.live, pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("kolibri")) as server:
        yield server


async def test_a_sync_yields_the_counts_of_kolibris_own_exports(live: Live, district: District, tmp_path: Path) -> None:
    source = await district.source("kolibri", "kolibri", **live.settings)
    report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    await district.settle()

    users = live.export(tmp_path / "users.csv", "bulkexportusers")
    summary = live.export(tmp_path / "summary.csv", "exportlogs")
    tries = [row for row in summary if row["Content kind"] == "exercise"]  # one each, as seeded
    records = await district.records()
    assert len(records) == LEARNERS == len([row for row in users if row["User type (USER_TYPE)"] == "LEARNER"])
    assert sum(len(record["results"]) for record in records.values()) == len(summary) + len(tries)
    counts = report.counts()
    assert counts["summary_logs"]["new"] == len(summary)
    assert counts["mastery_logs"]["new"] == len(tries)

    again = await pull(district.db, source, full=True)
    for stream in ("accounts", "memberships", "summary_logs", "mastery_logs"):
        assert again.counts()[stream] == {"unchanged": counts[stream]["new"]}
    assert (await district.settle()).persons == 0
