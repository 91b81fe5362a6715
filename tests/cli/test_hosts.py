"""`tessera host`: from registering with a host to what its learners hold there, and back."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from app.wallet import apps
from tests.conftest import TestDatabase
from tests.support.api import Api
from tests.support.commands import Said, Tessera
from tests.support.hosts import agreed, document, home, listening, put, there

pytestmark = pytest.mark.enable_socket

Command = Callable[..., Awaitable[Said]]


@pytest.fixture
async def both(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Api]:
    """Two districts on a port: `sample` fetches, `other` is the host."""
    with capture_logs():  # what a command prints is read from this process's output, and the service is in it too
        async with listening(database, tmp_path) as api:  # its key is in the commands' data folder
            yield api


@pytest.fixture
def command(both: Api, tessera: Tessera, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command of the district `sample` while its service runs."""
    monkeypatch.setenv("TESSERA_PUBLIC_URL", str(both.app.state.service.settings.public_url))

    async def run(*arguments: str) -> Said:
        return await asyncio.to_thread(tessera, "host", *arguments, "--tenant", "sample")

    return run


@pytest.fixture
def register(both: Api, process: Tessera, environment: dict[str, str]) -> Callable[[], Awaitable[Said]]:
    """Register with the host, with an invitation that comes on standard input."""
    environment["TESSERA_PUBLIC_URL"] = str(both.app.state.service.settings.public_url)
    words = ["host", "add", f"{home(both)}/ims/ob/v3p0", "--name", "Next [door]", "--token"]

    async def run() -> Said:
        async with both.db.transaction(both.other) as tx:
            ticket = await apps.invite_app(tx, "the district next door", "test")
        return await asyncio.to_thread(process, *words, "--tenant", "sample", typed=f"{ticket}\n")

    return run


async def test_from_registering_to_what_a_learner_holds_there(both: Api, command: Command, register: Any) -> None:
    assert "There is no host yet" in (await command("list")).plain
    registration = await register()
    assert registration.code == 0, registration.plain
    again = await register()
    assert again.code == 1
    assert "registered at" in again.plain
    learner, theirs = await both.learner(await both.pusher()), await there(both)
    for n in range(3):
        await put(both, theirs, document(n))
    request = await command("ask", "Next [door]", "district:100482")
    assert request.code == 0, request.plain
    wish = {name: value for name, (value,) in parse_qs(urlsplit(request.out.splitlines()[0]).query).items()}
    assert "nothing" in (await command("fetch", "Next [door]")).plain
    assert (await agreed(both, wish, theirs)).status_code == 200
    fetched = await command("fetch", "Next [door]")
    assert (fetched.code, fetched.plain) == (0, "1 of 1 consents fetched by: 3 created")
    listed = await command("list")
    assert "Next [door]" in listed.out
    assert "1 given" in listed.out
    assert max(len(line) for line in listed.out.splitlines() if "http" not in line) <= 80
    (consent,) = json.loads((await command("consents", "Next [door]", "--json")).out)
    assert (consent["learner"], consent["state"], consent["counts"]) == (learner, "given", {"created": 3})
    consents = await command("consents", "Next [door]")
    assert "3 created" in consents.out
    assert max(len(line) for line in consents.out.splitlines()) <= 80
    assert (await command("end", consent["id"])).code == 0
    assert "has not ended" in (await command("end", consent["id"])).plain
    assert "ended by staff" in (await command("consents", "Next [door]")).plain
    assert (await command("remove", "Next [door]", "--yes")).code == 0
    assert json.loads((await command("list", "--json")).out) == []
    answer = await both.http.get(f"/v1/learners/{learner}/credentials", headers=await both.pusher(slug="x"))
    assert len(answer.json()["credentials"]) == 3, "what was fetched stays"


async def test_what_a_host_refuses_is_told_in_a_line(both: Api, command: Command, register: Any) -> None:
    result = await command("add", f"{home(both)}/nothing", "--name", "x")
    assert (result.code, len(result.err.split("error:"))) == (1, 2), result.plain
    inside = await command("add", f"{home(both)}/ims/ob/v3p0", "--name", "x")
    assert inside.code == 1
    assert "Traceback" not in inside.err
    assert (await register()).code == 0
    unknown = await command("consents", "Nowhere")
    assert "no host 'Nowhere': there are Next [door]" in unknown.plain
    nobody = await command("ask", "Next [door]", "district:999")
    assert "district '999' is that of no learner" in nobody.plain
