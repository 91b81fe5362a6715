"""A real browser, looking at a service that serves what the demo made: its pages, and what is wrong with them."""

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pydantic import SecretStr

from app.access.scopes import SCOPES
from app.cli.awarded import FILE
from app.cli.demo import play
from app.cli.sample import SLUG, key
from app.cli.serve import answering, listening, opened
from app.db import tenants
from app.main import create_app
from app.sandbox.district import District
from app.settings import Settings
from tests.conftest import TestDatabase
from tests.credentials.independent import NODE

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = NODE / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
MADE = 60
"""Learners of the district: enough that one is known to all its systems."""


@dataclass(frozen=True, slots=True)
class Served:
    """A service that serves what the demo made: a client that may do everything, and the CLR the demo has issued."""

    url: str
    api: httpx.Client
    clr: dict[str, Any]

    def post(self, path: str, told: Any) -> Any:
        """What the API answers to a request that it should not refuse."""
        answer = self.api.post(path, json=told)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def learner(self) -> str:
        """The learner whom the CLR is about."""
        own = self.clr["id"].removeprefix("urn:uuid:")
        return str(self.api.get(f"/v1/credentials/{own}").json()["learner"])

    def share(self, *credentials: str, **more: Any) -> Any:
        """A link to credentials of the learner; without any, to the CLR."""
        items = credentials or (self.clr["id"].removeprefix("urn:uuid:"),)
        wanted = {"items": items, "purpose": "A place in the summer academy", **more}
        return self.post(f"/v1/learners/{self.learner()}/shares", wanted)


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

    def watch(self) -> None:
        """Note every complaint of the browser, and whatever comes from elsewhere."""
        self.page.on("console", lambda told: self.note(told.type, told.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda asked: self.came(asked.url))
        self.page.on("requestfailed", lambda asked: self.complaints.append(f"failed: {asked.url}"))

    def note(self, kind: str, words: str) -> None:
        """A word on the console: of errors and warnings; a status that was meant to be one is none."""
        if kind in ("error", "warning") and "the server responded with a status of" not in words:
            self.complaints.append(words)

    def came(self, address: str) -> None:
        """Something was asked for."""
        if not address.startswith((self.home, "data:", "blob:")):
            self.complaints.append(f"from elsewhere: {address}")

    def violations(self) -> list[str]:
        """What axe finds wrong, by all its rules: the place, the rule and why."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['impact']} {one['id']} at {node['target']}: {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="module")
def served(module_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo played on a small district, then served."""
    folder = tmp_path_factory.mktemp("served")
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        settings = Settings(
            data=folder, port=port, requests_per_second=1e6, worker=False, log_level="warning",
            database_url=SecretStr(module_database.owner_url),
            service_database_url=SecretStr(module_database.service_url),
        )  # fmt: skip
        with _answering(settings, taken) as (url, opens):
            headers = {"Authorization": f"Bearer {opens}"}
            with httpx.Client(base_url=url, headers=headers, timeout=60) as api:
                yield Served(url, api, json.loads((folder / FILE).read_text()))


@contextmanager
def _answering(settings: Settings, taken: Any) -> Iterator[tuple[str, str]]:
    """The demo, then the service, in a thread of its own (the browser's driver has this one): URL, and a key to all."""
    told: list[tuple[str, str]] = []
    up, over = threading.Event(), threading.Event()

    async def main() -> None:
        await play(settings, District(size=MADE))
        app = create_app(settings)
        async with opened(app) as service, answering(app, settings, taken) as (url, _):
            tenant = await tenants.by_slug(service.db, SLUG)
            assert tenant is not None
            told.append((url, await key(service, tenant, "Browser", SCOPES, None)))
            up.set()
            await asyncio.to_thread(over.wait)

    def run() -> None:
        try:
            asyncio.run(main())
        finally:
            up.set()

    thread = threading.Thread(target=run)
    thread.start()
    up.wait()
    try:
        yield told[0]
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


@contextmanager
def looking(browser: Browser, served: Served, size: Any = None, **more: Any) -> Iterator[Look]:
    """A fresh page in the browser, as on a desk unless another size is given; nothing may be wrong with it."""
    context = browser.new_context(viewport=size or DESK, **more)
    look = Look(context.new_page(), served.url)
    look.watch()
    yield look
    context.close()
    assert look.complaints == []
