"""Names, addresses and secrets stay out of what many may see: logs, metrics, the queue, process lists, errors."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.db.server.embedded import start
from app.start import running
from tests.support.load import set_up
from tests.support.served import Served, served

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]

NAME, EMAIL, NUMBER, STORY = "Canaria Quillfeather", "canaria@family.example", "CANARY-7731", "Canarystory"
SECRET = "canary-secret-9f27"
PRIVATE = (*NAME.split(), EMAIL, NUMBER, STORY, SECRET)


def item(key: str, **more: Any) -> dict[str, Any]:
    """Evidence of a child whose name, address and number we would know again anywhere."""
    identifiers = [{"type": "district", "value": NUMBER}, {"type": "email", "value": EMAIL}]
    given_name, family = NAME.split()
    learner = {"identifiers": identifiers, "name": {"given": given_name, "family": family}}
    return {"id": key, "learner": learner, "narrative": STORY, **more}


async def test_nothing_private_is_told_in_passing(folder: Path, sis: str) -> None:
    with served(folder, TESSERA_LOG_LEVEL="debug") as service:
        async with running(service.settings) as inside:
            with start(folder / "postgres") as server:
                owner = make_conninfo(server.admin_url, dbname="tessera")
                _, key = await set_up(inside.db, owner, folder, sis)
        await asyncio.to_thread(service.start)
        with psycopg.connect(owner, autocommit=True) as database:
            database.execute("ALTER TABLE record ADD CHECK (key <> 'fault')")
            outputs = await ask(service, key)
            outputs["the queue"] = str(database.execute("SELECT * FROM procrastinate_jobs").fetchall())
            outputs["the queue's events"] = str(database.execute("SELECT * FROM procrastinate_events").fetchall())
            outputs["the history"] = str(database.execute("SELECT * FROM run").fetchall())
            outputs["the client's keys"] = str(database.execute("SELECT * FROM access_key").fetchall())
        outputs["processes"] = processes(service)
        assert await asyncio.to_thread(service.stop) == 0
        outputs["the log"] = service.log.read_text()
        outputs["the database's log"] = (folder / "postgres" / "server.log").read_text()
    assert "unforeseen" in outputs["the log"]
    leaks = {(where, word) for where, words in outputs.items() for word in (*PRIVATE, key) if word in words}
    assert leaks == set()


async def ask(service: Served, key: str) -> dict[str, str]:
    """Do all that may go wrong, and right; what was answered, where an answer has no business to repeat it."""
    outputs = {}
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=service.url, timeout=30) as http:

        async def post(path: str, body: Any, **more: Any) -> httpx.Response:
            return await http.post(path, json=body, headers={**headers, **more})

        assert (await post("/v1/evidence", item("1"))).status_code == 201
        assert (await post("/v1/evidence", [item("2"), item("3", result={})])).status_code == 200
        fault = await post("/v1/evidence", item("fault"))
        assert fault.status_code == 500
        outputs["an unforeseen error"] = fault.text
        source = {
            "slug": "far",
            "name": "Far",
            "connector": "oneroster",
            "settings": {"base_url": "https://127.0.0.1:1", "auth": "bearer", "token": SECRET},
        }
        made = await post("/v1/sources", source)
        assert made.status_code == 201
        outputs["a source"] = made.text
        unfit = await post("/v1/sources", {**source, "slug": "x", "settings": {**source["settings"], "nme": SECRET}})
        assert unfit.status_code == 422
        outputs["a source that will not do"] = unfit.text
        number = made.json()["id"]
        outputs["a test of it"] = (await post(f"/v1/sources/{number}/test", None)).text
        assert (await post(f"/v1/sources/{number}/sync", {})).status_code == 202
        assert (await post("/v1/sources/1/sync", {})).status_code == 202
        runs: list[Any] = []
        while not all(run["state"] != "running" for run in runs) or len(runs) < 2:
            runs = [
                run
                for source in (1, number)
                for run in (await http.get(f"/v1/sources/{source}/runs", headers=headers)).json()["runs"]
            ]
            await asyncio.sleep(0.2)
        for form in ({"client_secret": key}, {"client_secret": SECRET}, {"client_secret": key, "scope": NUMBER}):
            refused = {"grant_type": "client_credentials", "client_id": "00000000-0000-4000-8000-000000000000", **form}
            outputs[f"a token refused {len(outputs)}"] = (await http.post("/oauth/token", data=refused)).text
        wrong = await http.get(f"/v1/learners/{NUMBER}", headers={"Authorization": f"Bearer {SECRET}"})
        outputs["a stranger"] = wrong.text
        answer = await http.get("/v1/learners", params={"identifier": f"district:{NUMBER}"}, headers=headers)
        assert answer.status_code == 200
        outputs["metrics"] = (await http.get("/metrics")).text
    return outputs


def processes(service: Served) -> str:
    """The command lines of the service and its database, as anybody on the machine may list them."""
    assert service.process is not None
    lines = []
    for pid in (service.process.pid, *service.database()):
        with suppress(FileNotFoundError):  # it has ended meanwhile
            lines.append((Path("/proc") / str(pid) / "cmdline").read_text())
    return "\n".join(lines)
