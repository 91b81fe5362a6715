"""The documentation as a site: it builds without a complaint, has all that the code has, and is served."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.access.scopes import SCOPES
from app.records.event_types import EVENT_TYPES
from app.settings import Settings
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("the documentation's tools are not here: make docs installs them (.ci/run does it)")
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return folder


def test_the_reference_has_what_the_code_has(site: Path) -> None:
    pages = {path.stem: path.read_text() for path in (site / "reference").glob("*.html")}
    for name in Settings.model_fields:
        assert name.upper() in pages["settings"], name
    assert all(name in pages["events"] for name in EVENT_TYPES)
    assert all(scope in pages["scopes"] for scope in SCOPES)
    for problem in ("not-found", "missing-scope", "too-many-keys", "source-paused", "another-source"):
        assert f"<code>{problem}</code>" in pages["problems"], problem
    assert "tessera_http_requests" in pages["metrics"]
    assert "tessera source remove" in pages["commands"]
    assert "GET /v1/events" in pages["api"]
    assert {path.stem for path in (site / "reference" / "connectors").glob("*.html")} >= {"oneroster", "canvas"}


def test_nothing_of_it_comes_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text()
        for tag in ('src="http', 'rel="stylesheet" href="http', "fonts.googleapis"):
            assert tag not in text, path


async def test_it_is_served_at_help(site: Path, database: TestDatabase, tmp_path: Path) -> None:
    async with serving(settings_for(database, tmp_path, help=site)) as (_, http):
        assert (await http.get("/help")).headers["location"] == "/help/"
        start = await http.get("/help/")
        assert start.status_code == 200
        assert "Documentation" in start.text
        assert "script-src 'self'" in start.headers["content-security-policy"]
        assert (await http.get("/help/reference/settings.html")).status_code == 200
        assert (await http.get("/help/search/search_index.json")).status_code == 200
        assert (await http.get("/help/../../etc/passwd")).status_code == 404


async def test_without_a_copy_it_says_so(api: Api) -> None:
    answer = await api.http.get("/help")
    assert answer.status_code == 404
    assert "/docs" in answer.text
