"""The Kolibri connector against a real Kolibri server, counted against that server's own CSV exports."""

import csv
import os
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from connectors.kolibri import connector
from tests.connectors.pulled import pages, raws, said

pytestmark = [pytest.mark.live, pytest.mark.enable_socket, pytest.mark.timeout(300)]

LEARNERS = 40
LOOPBACK = {"KOLIBRI_LISTEN_ADDRESS": "127.0.0.1", "KOLIBRI_DISABLE_PING": "1", "KOLIBRI_ZEROCONF_ENABLED": "0"}


class Live(NamedTuple):
    """A running server, and its own command beside it."""

    url: str
    command: Path
    env: dict[str, str]

    def export(self, file: Path, *order: str) -> list[dict[str, str]]:
        """The rows of one of Kolibri's own CSV exports."""
        subprocess.run(
            [self.command, "manage", "--skip-update", *order, "--", *EXPORTS[order[0]], "-w", "-O", file],
            env=self.env, check=True, capture_output=True,
        )  # fmt: skip
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return list(csv.DictReader(opened))


EXPORTS: dict[str, tuple[str, ...]] = {
    "bulkexportusers": (),
    "exportlogs": ("--log-type", "summary", "--start_date", "2001-01-01T00:00:00", "--end_date", "2099-01-01T00:00:00"),
}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    prepared = os.environ.get("TESSERA_KOLIBRI", "")
    if not prepared:
        pytest.skip('no Kolibri: TESSERA_KOLIBRI is not set (TESSERA_KOLIBRI="$(.ci/kolibri)" makes one)')
    command = Path(prepared, "venv", "bin", "kolibri")
    env = {**os.environ, **LOOPBACK, "KOLIBRI_HOME": str(Path(prepared, "home").resolve())}
    port, other = free_port(), free_port()
    log = tmp_path_factory.mktemp("kolibri") / "server.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [command, "start", "--foreground", "--port", str(port), "--zip-port", str(other)],
            env=env, stdout=written, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server, log)
        yield Live(url, command, env)
    finally:
        server.terminate()
        server.wait(60)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        try:
            if httpx.get(f"{url}/api/public/info/", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        if server.poll() is not None:
            break
        time.sleep(0.5)
    pytest.fail(f"Kolibri did not start:\n{log.read_text()[-2000:]}")


async def everything(live: Live) -> dict[str, tuple[list[dict[str, Any]], list[Any]]]:
    """Each stream's raw records and canonical records, pulled live; nothing left over or set apart."""
    assert connector.client is not None
    settings = connector.settings.model_validate(
        {"base_url": live.url, "username": "admin", "password": "adminpass", "allow_private_network": True}
    )
    found = {}
    async with connector.client(settings) as http:
        for stream in connector.streams:
            got = await pages(stream, http)
            records, left = said(stream, got)
            assert left == {}, stream.name
            assert not [reject for page in got for reject in page.rejects], stream.name
            found[stream.name] = (raws(got), records)
    return found


async def test_a_sync_yields_the_counts_of_kolibris_own_exports(live: Live, tmp_path: Path) -> None:
    found = await everything(live)
    users = live.export(tmp_path / "users.csv", "bulkexportusers")
    summary = live.export(tmp_path / "summary.csv", "exportlogs")
    persons = {record["key"]: record for record in found["accounts"][1]}

    ids = {row["Database ID (UUID)"] for row in users}
    learners = {key for key, person in persons.items() if person["roles"][0]["role"] == "student"}
    assert len(learners) == LEARNERS == len([row for row in users if row["User type (USER_TYPE)"] == "LEARNER"])
    assert persons.keys() - ids == {key for key, person in persons.items() if "systemAdministrator" in str(person)}
    assert ids <= persons.keys()
    numbers = Counter(i["value"] for p in persons.values() for i in p["identifiers"] if i["type"] == "district")
    assert numbers == Counter(row["Identifier (IDENTIFIER)"] for row in users if row["Identifier (IDENTIFIER)"])

    classes = {raw["id"] for raw in found["classrooms"][0]}
    enrolled = [record for record in found["memberships"][1] if record["class_"] in classes]
    listed = [row["Learner enrollment (ENROLLED_IN)"].split(",") for row in users]
    assert len(enrolled) == len([title for titles in listed for title in titles if title])

    assert len(found["summary_logs"][1]) == len(summary) > LEARNERS
    assert Counter((raw["Username"], raw["Content id"], raw["Progress (0-1)"]) for raw in found["summary_logs"][0]) == (
        Counter((row["Username"], row["Content id"], row["Progress (0-1)"]) for row in summary)
    )
    tries = found["mastery_logs"][1]
    assert len(tries) == len([row for row in summary if row["Content kind"] == "exercise"])  # one try each, as seeded
    progressed = {(record["person"], record["line_item"]) for record in found["summary_logs"][1]}
    assert {(record["person"], record["line_item"]) for record in tries} <= progressed


async def test_a_second_sync_says_the_same_bytes(live: Live) -> None:
    first, second = await everything(live), await everything(live)
    for name, (raw, records) in first.items():
        assert (raw, records) == second[name], name
