"""A real browser, looking at a service that serves what the demo made: its pages, and what is wrong with them."""

import asyncio
import json
import os
import shutil
import threading
import time
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
from app.cli.demo import play
from app.cli.demo_credentials import FILE
from app.cli.sample import SLUG, key
from app.cli.serve import answering, listening, opened, working
from app.db.access import tenants
from app.main import create_app
from app.sandbox.district import District
from app.settings import Settings
from tests.conftest import TestDatabase
from tests.support.independent import NODE

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

    def learner(self, clr: dict[str, Any] | None = None) -> str:
        """The learner whom a CLR is about; without one, the demo's."""
        return str(self.api.get(f"/v1/credentials/{bare(clr or self.clr)}").json()["learner"])

    def another(self) -> dict[str, Any]:
        """A CLR of another learner."""
        found = self.api.get("/v1/learners").json()["learners"]
        other = next(one["id"] for one in found if one["id"] != self.learner())
        issued = self.post(f"/v1/learners/{other}/credentials", {"kind": "ClrCredential"})
        return dict(issued["credentials"][0]["document"])

    def share(self, clr: dict[str, Any] | None = None, **more: Any) -> Any:
        """A link to a CLR; without one, to the demo's."""
        wanted = {"items": [bare(clr or self.clr)], "purpose": "A place in the summer academy", **more}
        return self.post(f"/v1/learners/{self.learner(clr)}/shares", wanted)

    def end(self, credential: dict[str, Any], state: str) -> None:
        """Suspend or revoke a credential."""
        self.post(f"/v1/credentials/{bare(credential)}/state", {"state": state, "reason": "A test"})

    def batch(self, wanted: Any) -> None:
        """Have a batch of credentials issued, and wait for it."""
        path = f"/v1/credentials/batches/{self.post('/v1/credentials/batches', wanted)['id']}"
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
        if not AXE.is_file():
            pytest.skip(f"axe is not installed: run 'npm ci' in {NODE}")
        if not self.page.evaluate("() => 'axe' in window"):
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
            data=folder,
            port=port,
            requests_per_second=1e6,
            log_level="warning",
            database_url=SecretStr(module_database.owner_url),
            service_database_url=SecretStr(module_database.service_url),
        )
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
        async with opened(app) as service, answering(app, settings, taken) as (url, _), working(service, wanted=True):
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
