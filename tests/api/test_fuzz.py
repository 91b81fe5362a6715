"""Schemathesis reads our own description and tries to break what it describes, over real HTTP."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings

from app.db.access import tenants
from app.main import create_app
from app.settings import Settings
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
ALL_IS_GOOD = schemathesis.checks.positive_data_acceptance
"""It expects whatever fits the schema to be accepted: also cursors we did not give, and sources that do not exist."""
PATIENCE = 120
"""How long an answer may take, in seconds: a busy machine is no fault of the service's."""
schema = schemathesis.openapi.from_dict(create_app(Settings()).openapi())


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    return str(value).encode(errors="replace")


@pytest.fixture(scope="module")
def served(module_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The service on a port of this machine: its URL, and a key that may do everything."""
    folder = tmp_path_factory.mktemp("served")
    service: dict[str, str] = {}
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with serving(settings_for(module_database, folder)) as (app, http):
            db = app.state.service.db
            tenant = await tenants.add(db, "sample", "Sample District")
            api = Api(app, http, db, tenant.id, 0)
            async with db.connection() as conn:
                await conn.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + '1 day')")
            service["key"] = await api.key(source=await api.source())
            with socket.create_server(("127.0.0.1", 0)) as taken:
                server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
                running = asyncio.create_task(server.serve(sockets=[taken]))
                service["url"] = f"http://127.0.0.1:{taken.getsockname()[1]}"
                ready.set()
                await asyncio.to_thread(done.wait)
                server.should_exit = True
                await running

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(60)
    yield service["url"], service["key"]
    done.set()
    thread.join()


@schema.parametrize()
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_breaks(case: schemathesis.Case, served: tuple[str, str]) -> None:
    url, key = served
    headers = {"Authorization": f"Bearer {key}"}
    case.call_and_validate(base_url=url, headers=headers, timeout=PATIENCE, excluded_checks=[ALL_IS_GOOD])
