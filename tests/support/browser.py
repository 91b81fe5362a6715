"""A real browser, looking at a service that serves what the demo made: its pages, and what is wrong with them."""

import asyncio
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright
from pydantic import SecretStr

from app.access.scopes import SCOPES
from app.cli.demo import play
from app.cli.demo_credentials import FILE
from app.cli.sample import SLUG, key
from app.cli.serve import api_server, job_worker, listening, opened_service
from app.db.access import tenants
from app.main import create_app
from app.people.roles import Role
from app.sandbox.district import District
from app.settings import Settings
from tests.conftest import TestDatabase, copied
from tests.support.independent import NODE
from tests.support.people import sign_in

T = TypeVar("T")
Wait = Callable[[], Awaitable[None]]
"""Says that a service answers, and returns when it is needed no more."""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = NODE / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}
MADE = 60
"""Learners of the district: enough that one is known to all its systems."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The inside of a service in a thread: its app, the demo's tenant, the loop it runs on, and a key to all."""

    app: FastAPI
    tenant: int
    loop: asyncio.AbstractEventLoop
    opens: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """A service that serves what the demo made: a client that may do everything, and the CLR the demo has issued."""

    url: str
    api: httpx.Client
    clr: dict[str, Any]
    inside: Inside | None = None

    def run(self, work: Callable[[FastAPI, int], Coroutine[Any, Any, T]]) -> T:
        """Do something inside the service, with its app and the demo's tenant."""
        assert self.inside is not None, "this service runs in a process of its own"
        return asyncio.run_coroutine_threadsafe(work(self.inside.app, self.inside.tenant), self.inside.loop).result(60)

    def session(self, *roles: Role, **more: Any) -> str:
        """The cookie of a new account with these roles: see `tests.support.people.sign_in`."""

        async def entered(app: FastAPI, tenant: int) -> str:
            _, opened = await sign_in(app, tenant, *roles, **more)
            return opened.cookie

        return self.run(entered)

    def post(self, path: str, body: Any) -> Any:
        """What the API answers to a request that it should not refuse."""
        answer = self.api.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def learner(self, clr: dict[str, Any] | None = None) -> str:
        """The learner whom a CLR is about; without one, the demo's."""
        return str(self.api.get(f"/v1/credentials/{bare(clr or self.clr)}").json()["learner"])

    def another(self) -> dict[str, Any]:
        """A CLR of another learner."""
        learners = self.api.get("/v1/learners").json()["learners"]
        other = next(learner["id"] for learner in learners if learner["id"] != self.learner())
        issued = self.post(f"/v1/learners/{other}/credentials", {"kind": "ClrCredential"})
        return dict(issued["credentials"][0]["document"])

    def share(self, clr: dict[str, Any] | None = None, **more: Any) -> Any:
        """A link to a CLR; without one, to the demo's."""
        order = {"items": [bare(clr or self.clr)], "purpose": "A place in the summer academy", **more}
        return self.post(f"/v1/learners/{self.learner(clr)}/shares", order)

    def end(self, credential: dict[str, Any], state: str) -> None:
        """Suspend or revoke a credential."""
        self.post(f"/v1/credentials/{bare(credential)}/state", {"state": state, "reason": "A test"})

    def batch(self, order: Any) -> None:
        """Have a batch of credentials issued, and wait for it."""
        path = f"/v1/credentials/batches/{self.post('/v1/credentials/batches', order)['id']}"
        while (state := self.api.get(path).json()["state"]) != "done":
            assert state in ("waiting", "running"), state
            time.sleep(0.05)


def bare(credential: dict[str, Any]) -> str:
    """The id of a credential as the API has it."""
    return str(credential["id"]).removeprefix("urn:uuid:")


@dataclass
class Look:
    """A page that is open in the browser, and what went wrong with it."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    status: int = 0

    def at(self, address: str) -> "Look":
        """Go to an address."""
        answer = self.page.goto(address)
        assert answer is not None
        self.status = answer.status
        return self

    @property
    def text(self) -> str:
        """What a reader reads."""
        return self.page.inner_text("body")

    @property
    def title(self) -> str:
        """The page's title."""
        return self.page.title()

    def watch(self) -> None:
        """Note every complaint of the browser, and whatever comes from elsewhere."""
        self.page.on("console", lambda message: self.note(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.came(request.url))
        self.page.on("requestfailed", lambda request: self.failed(request.url, request.failure))

    def note(self, kind: str, words: str) -> None:
        """A word on the console: of errors and warnings; a status that was meant to be one is none."""
        if kind in ("error", "warning") and "the server responded with a status of" not in words:
            self.complaints.append(words)

    def failed(self, address: str, why: str | None) -> None:
        """Something did not come; what the reader left before it came is no fault."""
        if why != "net::ERR_ABORTED":
            self.complaints.append(f"failed: {address}")

    def came(self, address: str) -> None:
        """Something was asked for."""
        if not address.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"from elsewhere: {address}")

    def violations(self) -> list[str]:
        """What axe finds wrong, by all its rules: the place, the rule and why."""
        if not AXE.is_file():
            pytest.skip(f"axe is not installed: run 'npm ci' in {NODE}")
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        report = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['impact']} {violation['id']} at {node['target']}: {node['failureSummary']}"
            for violation in report["violations"]
            for node in violation["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo as it was played: its database and data folder, and the socket whose address stands in both."""

    database: TestDatabase
    folder: Path
    bound: socket.socket

    def settings(self, database: TestDatabase, folder: Path) -> Settings:
        return Settings(
            data=folder,
            port=self.bound.getsockname()[1],
            requests_per_second=1e6,
            log_level="warning",
            database_url=SecretStr(database.owner_url),
            service_database_url=SecretStr(database.service_url),
        )


@pytest.fixture(scope="session")
def demo(postgres: str, template: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, played once on a small district; each module's tests have a copy."""
    with copied(postgres, template) as database, listening("127.0.0.1", 0) as bound:
        played = Demo(database, tmp_path_factory.mktemp("demo"), bound)
        with ThreadPoolExecutor(1) as apart:  # the browser's driver has this thread
            settings = played.settings(database, played.folder)
            apart.submit(lambda: asyncio.run(play(settings, District(size=MADE)))).result()
        yield played


@pytest.fixture(scope="module")
def served(postgres: str, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """What the demo made, served."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(demo.folder, folder, dirs_exist_ok=True)
    with (
        copied(postgres, demo.database) as database,
        demo.bound.dup() as taken,
        _answering(demo.settings(database, folder), taken, _played) as (url, inside),
    ):
        headers = {"Authorization": f"Bearer {inside.opens}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as api:
            yield Served(url, api, json.loads((folder / FILE).read_text()), inside)


@pytest.fixture
def empty(database: TestDatabase, tmp_path: Path) -> Iterator[Served]:
    """A service without a district, as an operator finds it at its first start. It may reach this machine."""
    with listening("127.0.0.1", 0) as taken:
        settings = Settings(
            data=tmp_path,
            port=taken.getsockname()[1],
            requests_per_second=1e6,
            log_level="warning",
            private_addresses=("127.0.0.1",),
            database_url=SecretStr(database.owner_url),
            service_database_url=SecretStr(database.service_url),
        )
        with _answering(settings, taken, _nothing) as (url, inside), httpx.Client(base_url=url, timeout=60) as api:
            yield Served(url, api, {}, inside)


async def _played(app: FastAPI) -> tuple[int, str]:
    """The demo's tenant, and a key that may do everything."""
    service = app.state.service
    tenant = await tenants.by_slug(service.db, SLUG)
    assert tenant is not None
    return tenant.id, await key(service, tenant, "Browser", SCOPES, None)


async def _nothing(app: FastAPI) -> tuple[int, str]:
    """There is no tenant yet."""
    assert await tenants.listed(app.state.service.db) == []
    return 0, ""


@contextmanager
def _answering(
    settings: Settings, taken: Any, begin: Callable[[FastAPI], Coroutine[Any, Any, tuple[int, str]]]
) -> Iterator[tuple[str, Inside]]:
    """The service, in a thread of its own: the browser's driver has this."""
    answering: list[tuple[str, Inside]] = []

    async def main(ready: Wait) -> None:
        app = create_app(settings)
        async with (
            opened_service(app) as service,
            api_server(app, settings, taken) as (url, _),
            job_worker(service, enabled=True),
        ):
            tenant, opens = await begin(app)
            answering.append((url, Inside(app, tenant, asyncio.get_running_loop(), opens)))
            await ready()

    with in_another_thread(main):
        yield answering[0]


@contextmanager
def in_another_thread(main: Callable[[Wait], Awaitable[None]]) -> Iterator[None]:
    """While `main` is ready, in a thread of its own: it says so by awaiting what it is given, and ends after that."""
    up, over = threading.Event(), threading.Event()

    async def ready() -> None:
        up.set()
        await asyncio.to_thread(over.wait)

    async def served() -> None:
        await main(ready)

    def run() -> None:
        try:
            asyncio.run(served())
        finally:
            up.set()

    thread = threading.Thread(target=run)
    thread.start()
    up.wait()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: install it (Debian: apt install chromium)")
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield made
        made.close()


@pytest.fixture(scope="session")
def shots() -> Path | None:
    """The folder to put pictures of the pages into, for a person to look at, where TESSERA_SHOTS names one."""
    folder = os.environ.get("TESSERA_SHOTS")
    return Path(folder) if folder else None


@contextmanager
def looking(browser: Browser, served: Served, size: Any = None, **more: Any) -> Iterator[Look]:
    """A fresh page in the browser, as on a desk unless another size is given; nothing may be wrong with it."""
    context = browser.new_context(viewport=size or DESK, **more)
    look = Look(context.new_page(), served.url)
    look.watch()
    yield look
    context.close()
    assert look.complaints == []


@contextmanager
def signed_in(
    browser: Browser, served: Served, *roles: Role, size: Any = None, scripts: bool = True, **more: Any
) -> Iterator[Look]:
    """A page in the browser of somebody signed in with these roles; `more`: see `tests.support.people.sign_in`."""
    cookie = served.session(*roles, **more)
    with looking(browser, served, size, java_script_enabled=scripts) as look:
        look.page.context.add_cookies([{"name": "tessera", "value": cookie, "url": served.url}])
        yield look


def seen_well(look: Look, name: str, shots: Path | None) -> None:
    """At both sizes, light and dark: nothing is wider than the window, axe finds nothing, and a picture is taken."""
    look.page.wait_for_load_state()  # a click ends when the next page has begun to come
    before = look.page.viewport_size
    for size in (DESK, NARROW):
        look.page.set_viewport_size(size)
        assert look.overflow() <= 0, f"{name} is wider than {size['width']}"
        for scheme in ("light", "dark"):
            look.page.emulate_media(color_scheme=scheme)
            if shots is not None:
                look.page.screenshot(path=shots / f"{name}-{size['width']}-{scheme}.png", full_page=True)
            assert look.violations() == [], f"{name}, {scheme}, {size['width']}"
    look.page.emulate_media(color_scheme="light")
    look.page.set_viewport_size(before or DESK)
