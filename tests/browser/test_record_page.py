"""The record page in a real browser: by axe's rules, on a phone and on a desk, with scripts and without."""

import asyncio
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Browser

from app.db.access import tenants
from app.frameworks.frameworks import import_package
from app.records.settle import settle
from app.settings import Settings
from tests.conftest import TestDatabase
from tests.support.api import BADGE, Api, serving, settings_for
from tests.support.browser import DESK, Look, Served, looking
from tests.support.commands import ROOT
from tests.support.competencies import PUSHED, piece, shop
from tests.support.district import District, class_, enrollment, user
from tests.support.frameworks import ident

PHONE = {"width": 360, "height": 780}
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
pytestmark = [pytest.mark.enable_socket]


@dataclass(frozen=True, slots=True)
class Pages:
    """A service in a process of its own, and the links to one learner's page: one that works, one taken back."""

    served: Served
    works: str
    over: str


@pytest.fixture(scope="module")
def pages(module_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A learner whom school, tool and club know under two names, served."""
    settings = settings_for(module_database, tmp_path_factory.mktemp("served"))
    with ThreadPoolExecutor(1) as apart:  # the browser's driver has this thread
        works, over = apart.submit(lambda: asyncio.run(_filled(settings))).result()
    environment = {
        "PATH": os.environ["PATH"],
        "TESSERA_DATA": str(settings.data),
        "DATABASE_URL": module_database.owner_url,
        "TESSERA_SERVICE_DATABASE_URL": module_database.service_url,
    }
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        home = re.search(r"http://127\.0\.0\.1:\d+", ready)
        assert home, ready
        with httpx.Client(base_url=home[0]) as http:
            yield Pages(Served(home[0], http, {}), home[0] + works, home[0] + over)
        process.kill()


async def _filled(settings: Settings) -> tuple[str, str]:
    """The paths of two links to the page of a learner; the second is taken back."""
    async with serving(settings) as (app, http):
        owner = await tenants.add(app.state.service.db, "sample", "Sample District")
        api = Api(app, http, app.state.service.db, owner.id, owner.id)
        async with api.db.transaction(owner.id) as tx:
            await import_package(
                tx, json.dumps(shop()).encode(), origin="test", base="https://x.org", at=datetime.now(UTC)
            )
        district = District(api.db, owner)
        sis = await district.source("sis", "oneroster")
        await district.take(sis, "users", [user("u-1", "Ada", "O'Sample-Nguyễn", identifier="100482")])
        await district.take(sis, "classes", [class_("c-1", "Wood 1")])
        await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1")])
        headers = await api.pusher()
        long = piece("12", "W.2", 8, "after-school") | {"narrative": "Planed a board flat, twice. " * 12}
        odd = piece("13", "X-9", 8, "home") | {"name": "Averyveryverylongnamewithoutanyspacesinitatall" * 2}
        await api.http.post("/v1/evidence", json=[*PUSHED, long, odd], headers=headers)
        badges = await api.pusher("open_badges", "robotics")
        pushed = await api.http.post("/v1/badges", json=[BADGE], headers=badges)
        assert pushed.is_success, pushed.text
        await settle(api.db, owner.id)
        listed = await http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
        learner = f"/v1/learners/{listed.json()['learners'][0]['id']}"
        for path, body in _planned(learner):
            written = await http.post(path, json=body, headers=headers)
            assert written.is_success, written.text
        path = f"{learner}/record-link"
        made = [(await http.post(path, json={"reader": "the family"}, headers=headers)).json() for _ in range(2)]
        await http.delete(f"/v1/record-links/{made[1]['id']}", headers=headers)
    return tuple(httpx.URL(link["url"]).path for link in made)  # type: ignore[return-value]


def _planned(learner: str) -> Iterator[tuple[str, Any]]:
    """What makes a plan, a note that is open, and a credit that is begun."""
    writer = {"name": "Ada Sample", "role": "learner"}
    steps = [{"competency": ident("W.1")}, {"achievement": {"name": "Cabinet Maker"}}]
    goal = {"id": "shop", "title": "Build a cabinet", "horizon": "year", "by": "2027-06-11", "steps": steps}
    yield f"{learner}/plans", {"title": "This year in the shop", "goals": [goal], "writer": writer}
    yield f"{learner}/notes", {"kind": "interest", "words": "How old doors hang", "open": True, "writer": writer}
    needs = [{"competency": ident("W.1")}, {"competency": ident("W.2"), "level": "Advanced"}]
    rule = {
        "title": "Wood 1",
        "amount": 0.5,
        "unit": "credit",
        "subject": "Shop",
        "framework": shop()["CFDocument"]["identifier"],
    }
    yield "/v1/credit-rules", {**rule, "needs": needs, "writer": {"name": "Kim Sample", "role": "teacher"}}


@contextmanager
def opened(
    browser: Browser, pages: Pages, address: str, size: Any, shots: Path | None = None, **more: Any
) -> Iterator[Look]:
    """An address in the browser; pictured for a person to look at, where there is a folder for that."""
    with looking(browser, pages.served, size, **more) as look:
        look.at(address)
        if shots is not None:
            over = "-over" if address == pages.over else ""
            look.page.screenshot(path=shots / f"record{over}-{size['width']}.png", full_page=True)
        yield look


@SIZES
def test_axe_finds_nothing_wrong(browser: Browser, pages: Pages, size: Any, shots: Path | None) -> None:
    with opened(browser, pages, pages.works, size, shots) as look:
        assert look.page.inner_text("h1") == "Ada O'Sample-Nguyễn"
        assert look.overflow() <= 0
        for details in look.page.locator("details").all():
            details.locator("summary").click()
        assert look.violations() == []
    with opened(browser, pages, pages.over, size, shots) as look:
        assert (look.status, "was taken back" in look.text) == (404, True)
        assert look.violations() == []


@SIZES
def test_without_scripts_all_of_it_is_there(browser: Browser, pages: Pages, size: Any) -> None:
    with opened(browser, pages, pages.works, size, java_script_enabled=False) as look:
        pictures = [picture for picture in look.page.locator("svg[role=img]").all() if picture.is_visible()]
        assert len(pictures) == 2, "the profile and the growth, each in the size that fits"
        for part in ("Profile", "Plan", "Credit", "Growth", "Evidence", "Sources"):
            look.page.get_by_role("navigation").get_by_role("link", name=part).click()
        look.page.locator("details summary").first.click()
        assert look.page.get_by_text("Decided the level").first.is_visible()
        for text in (
            "Build a cabinet",
            "How old doors hang",
            "Wood 1",
            "Robotics 1",
            "Planed a board flat",
            "Robotics-Club",
            "SIS",
            "after school",
        ):
            assert text in look.text


def test_on_paper_nothing_is_folded(browser: Browser, pages: Pages) -> None:
    with looking(browser, pages.served, DESK) as look:
        look.at(pages.works)
        folded = look.page.locator("details.why li strong").first.text_content() or ""
        document = pypdfium2.PdfDocument(io.BytesIO(look.page.pdf(format="Letter")))
        paper = " ".join(page.get_textpage().get_text_range() for page in document)
    assert folded
    assert folded in " ".join(paper.split())
    assert "Decided the level" in paper
