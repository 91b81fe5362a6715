"""The edge: request ids, the access log, proxies that are trusted and those that are not, links, and HSTS."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from app.api.kit.origin import Proxies
from app.cli.punctual import HEADER_BYTES, Punctual
from app.db.access import tenants
from tests.conftest import TestDatabase
from tests.support.api import EVIDENCE, Api, bearer, problem_of, serving, settings_for


async def test_a_request_has_an_id_which_answer_log_and_audit_share(api: Api) -> None:
    client, key = await api.client()
    with capture_logs() as lines:
        made = await api.http.post(
            "/v1/clients", json={"name": "Ada's", "scopes": ["learners.read"]}, headers=bearer(key)
        )
    request = made.headers["request-id"]
    assert re.fullmatch("[0-9a-f]{32}", request)
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["request"], line["status"], line["by"]) == (request, 201, f"client {client}")
    assert "Ada" not in str(lines)
    changes = (await api.http.get("/v1/audit", headers=bearer(key))).json()["changes"]
    assert changes[0]["request"] == request
    refused = await api.http.get("/v1/learners/x", headers=bearer(key))
    assert refused.headers["request-id"] != request


async def test_the_log_says_whose_every_kind_of_request_was(api: Api) -> None:
    """Also where the key is checked in the round trip that does the work: pushes, and a learner's record."""
    client, key = await api.client(source=await api.source())
    with capture_logs() as lines:
        pushed = await api.http.post("/v1/evidence", json=[EVIDENCE], headers=bearer(key))
        await api.http.get(f"/v1/learners/{uuid4()}", headers=bearer(key))
        await api.http.get("/ims/oneroster/rostering/v1p2/users", headers=bearer(key))
        await api.http.get("/v1/xapi/statements", headers=bearer(key))
        await api.http.get("/v1/sources", headers=bearer(key))
    assert pushed.is_success
    assert {line["by"] for line in lines if line["event"] == "request"} == {f"client {client}"}


def scope(client: str, **headers: str) -> Scope:
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": (client, 1), "scheme": "http", "headers": lines}


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),  # what stands first anybody can write
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),  # two proxies, one behind the other
        ("10.0.0.1", "127.0.0.1, nonsense", "127.0.0.1"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),  # a stranger's word
    ],
)
def test_who_asks_is_told_by_a_trusted_proxy_alone(client: str, forwarded: str, address: str) -> None:
    coming = scope(client, x_forwarded_for=forwarded, x_forwarded_proto="https")
    Proxies(["10.0.0.0/24"]).resolve(coming)
    assert coming["client"][0] == address
    assert coming["scheme"] == ("https" if client == "10.0.0.1" else "http")
    assert coming["state"]["forwarded"]


async def test_metrics_are_not_served_to_who_comes_through_a_proxy(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    assert (await api.http.get("/metrics")).status_code == 200
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        problem_of(await api.http.get("/metrics", headers={header: "127.0.0.1"}), 404)
    public = settings_for(database, tmp_path, public_url="https://records.example.org")
    async with serving(public) as (_, http):  # a proxy that says nothing looks like this machine
        problem_of(await http.get("/metrics"), 404)


async def test_no_link_names_the_host_that_a_request_names(api: Api) -> None:
    headers = {**bearer(await api.key()), "Host": "attacker.example"}
    answer = await api.http.get("/ims/case/v1p1/CFDocuments", headers=headers)
    learner = await api.learner(await api.pusher())
    made = await api.http.post(f"/v1/learners/{learner}/record-link", json={"reader": "x"}, headers=headers)
    assert made.status_code == 201
    for response in (answer, made):
        assert "attacker" not in response.text + str(response.headers)
    assert made.json()["url"].startswith("http://127.0.0.1:8000/record/")


async def test_browsers_are_held_to_https_where_the_public_address_is(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    assert "strict-transport-security" not in (await api.http.get("/livez")).headers
    async with serving(settings_for(database, tmp_path, public_url="https://records.example.org")) as (_, http):
        assert (await http.get("/livez")).headers["strict-transport-security"] == "max-age=31536000"


async def test_families_behind_a_trusted_proxy_are_not_one_visitor(database: TestDatabase, tmp_path: Path) -> None:
    async with serving(settings_for(database, tmp_path, trusted_proxies=("127.0.0.1",))) as (app, http):
        await tenants.add(app.state.service.db, "sample", "Sample District")
        for _ in range(70):
            last = await http.get("/record/x", headers={"X-Forwarded-For": "203.0.113.9"})
        assert last.status_code == 429
        other = await http.get("/record/x", headers={"X-Forwarded-For": "203.0.113.10"})
        assert other.status_code != 429


class Hasty(Punctual):
    """Waits only a moment."""

    header_seconds: ClassVar[float] = 0.3  # type: ignore[misc]


async def hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[int]:
    """The port at which an app is served by our protocol."""
    server = uvicorn.Server(uvicorn.Config(app, http=Hasty, lifespan="off", log_level="error", port=0))
    running = asyncio.create_task(server.serve())
    for _ in range(1000):
        if server.started:
            break
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await running


@pytest.mark.enable_socket
async def test_a_connection_that_says_nothing_in_time_is_closed() -> None:
    async with listening(hello) as port:
        for request in (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            answered = await asyncio.wait_for(reader.read(), 30)
            assert answered.count(b"200 OK") == request.count(b"\r\n\r\n")
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * (HEADER_BYTES + 10) + b"\r\n\r\n")
        assert b"431" in await asyncio.wait_for(reader.read(), 30)
        writer.close()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert [(await http.get("/")).text for _ in range(3)] == ["ok"] * 3


@pytest.mark.enable_socket
async def test_a_client_that_closes_its_half_is_answered_and_half_a_request_is_not() -> None:
    """Whoever has said all may say so, and still reads what became of it (RFC 9112, 9.6)."""
    ended: list[str] = []

    async def slow(_scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
        ended.append(message["type"])
        await asyncio.sleep(0.1)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2000000")]})
        await send({"type": "http.response.body", "body": b"x" * 2_000_000})

    async with listening(slow) as port:
        post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
        for request, bytes_read in ((post + b"[{}]", 2_000_000), (post + b"[{", 0), (post[:20], 0)):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            writer.write_eof()
            answer = await asyncio.wait_for(reader.read(), 30)
            assert len(answer.partition(b"\r\n\r\n")[2]) == bytes_read, request
            writer.close()
    assert ended == ["http.request", "http.disconnect"]
