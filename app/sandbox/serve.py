"""All fake systems on one port of this machine: the student information system, the LMS and the adaptive tool."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from app.sandbox.lms import TOKEN, lms
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET, GRADEBOOK_PATH, ROSTERING_PATH, TOKEN_PATH, sis
from app.sandbox.tool import FACILITY, PASSWORD, USERNAME, tool
from app.sandbox.world import World

LOOPBACK = "127.0.0.1"
_STARTING_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each fake system is, as a connector's settings want it."""

    root: str

    @property
    def rostering(self) -> str:
        """The OneRoster rostering service."""
        return f"{self.root}/sis{ROSTERING_PATH}"

    @property
    def gradebook(self) -> str:
        """The OneRoster gradebook service."""
        return f"{self.root}/sis{GRADEBOOK_PATH}"

    @property
    def token(self) -> str:
        """The SIS's OAuth 2.0 token endpoint."""
        return f"{self.root}/sis{TOKEN_PATH}"

    @property
    def lms(self) -> str:
        """The Canvas instance."""
        return f"{self.root}/lms"

    @property
    def tool(self) -> str:
        """The Kolibri server."""
        return f"{self.root}/tool"


def sandbox(world: World) -> Starlette:
    """The fake systems under `/sis`, `/lms` and `/tool`; `/` tells how to reach them, `POST /day/2` turns the page."""

    async def about(request: Request) -> Response:
        addresses = Addresses(str(request.base_url).rstrip("/"))
        return JSONResponse(
            {
                "day": world.district.today,
                "learners": world.district.size,
                "sis": {
                    "rostering": addresses.rostering,
                    "gradebook": addresses.gradebook,
                    "token": addresses.token,
                    "client_id": CLIENT_ID,
                    "client_secret": CLIENT_SECRET,
                },
                "lms": {"base_url": addresses.lms, "token": TOKEN},
                "tool": {"base_url": addresses.tool, "username": USERNAME, "password": PASSWORD, "facility": FACILITY},
            }
        )

    async def day(request: Request) -> Response:
        try:
            world.advance(request.path_params["day"])
        except ValueError as wrong:
            return JSONResponse({"detail": str(wrong)}, 422)
        return JSONResponse({"day": world.district.today})

    return Starlette(
        routes=[
            Route("/", about),
            Route("/day/{day:int}", day, methods=["POST"]),
            Mount("/sis", sis(world)),
            Mount("/lms", lms(world)),
            Mount("/tool", tool(world)),
        ]
    )


@contextmanager
def serving(world: World, port: int = 0) -> Iterator[Addresses]:
    """Serve the fake systems from a thread while the block runs; port 0 is any free one. Loopback only."""
    config = uvicorn.Config(sandbox(world), log_level="warning", access_log=False, date_header=False, lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server((LOOPBACK, port)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="sandbox", daemon=True)
        thread.start()
        _await_start(server, thread)
        try:
            yield Addresses(f"http://{LOOPBACK}:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            thread.join()


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    """Wait until the server answers. RuntimeError where it does not come up."""
    deadline = time.monotonic() + _STARTING_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError(f"the sandbox did not start within {_STARTING_SECONDS} s: see its log above")
        time.sleep(0.01)
