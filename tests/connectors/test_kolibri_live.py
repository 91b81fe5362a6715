"""The Kolibri connector against a real Kolibri server, counted against that server's own CSV exports."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.kolibri import connector
from tests.support.kolibri import LEARNERS, Live, running
from tests.support.limits import LOOPBACK
from tests.support.pulled import mapped_pages, pages, raws

pytestmark = [pytest.mark.live, pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(tmp_path_factory.mktemp("kolibri")) as server:
        yield server


async def everything(live: Live) -> dict[str, tuple[list[dict[str, Any]], list[Any]]]:
    """Each stream's raw records and canonical records, pulled live; nothing left over or set apart."""
    assert connector.client is not None
    settings = connector.settings.model_validate(live.settings).within(LOOPBACK)
    collections = {}
    async with connector.client(settings) as http:
        for stream in connector.streams:
            answers = await pages(stream, http)
            records, left = mapped_pages(stream, answers)
            assert left == {}, stream.name
            assert not [reject for page in answers for reject in page.rejects], stream.name
            collections[stream.name] = (raws(answers), records)
    return collections


async def test_a_sync_yields_the_counts_of_kolibris_own_exports(live: Live, tmp_path: Path) -> None:
    collections = await everything(live)
    users = live.export(tmp_path / "users.csv", "bulkexportusers")
    summary = live.export(tmp_path / "summary.csv", "exportlogs")
    persons = {record["key"]: record for record in collections["accounts"][1]}

    ids = {row["Database ID (UUID)"] for row in users}
    learners = {key for key, person in persons.items() if person["roles"][0]["role"] == "student"}
    assert len(learners) == LEARNERS == len([row for row in users if row["User type (USER_TYPE)"] == "LEARNER"])
    assert persons.keys() - ids == {key for key, person in persons.items() if "systemAdministrator" in str(person)}
    assert ids <= persons.keys()
    numbers = Counter(i["value"] for p in persons.values() for i in p["identifiers"] if i["type"] == "district")
    assert numbers == Counter(row["Identifier (IDENTIFIER)"] for row in users if row["Identifier (IDENTIFIER)"])

    classes = {raw["id"] for raw in collections["classrooms"][0]}
    enrolled = [record for record in collections["memberships"][1] if record["class_"] in classes]
    listed = [row["Learner enrollment (ENROLLED_IN)"].split(",") for row in users]
    assert len(enrolled) == len([title for titles in listed for title in titles if title])

    assert len(collections["summary_logs"][1]) == len(summary) > LEARNERS
    assert Counter(
        (raw["Username"], raw["Content id"], raw["Progress (0-1)"]) for raw in collections["summary_logs"][0]
    ) == (Counter((row["Username"], row["Content id"], row["Progress (0-1)"]) for row in summary))
    tries = collections["mastery_logs"][1]
    assert len(tries) == len([row for row in summary if row["Content kind"] == "exercise"])  # one try each, as seeded
    progressed = {(record["person"], record["line_item"]) for record in collections["summary_logs"][1]}
    assert {(record["person"], record["line_item"]) for record in tries} <= progressed


async def test_a_second_sync_says_the_same_bytes(live: Live) -> None:
    first, second = await everything(live), await everything(live)
    for name, (raw, records) in first.items():
        assert (raw, records) == second[name], name
