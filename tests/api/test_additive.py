"""A column that is added to any table under a running service breaks nothing: the next release may add some."""

from typing import Any

import psycopg
import pytest

from app.main import create_app
from app.settings import Settings
from tests.conftest import TestDatabase
from tests.support.api import BADGE, EVIDENCE, Api, bearer

GETS = sorted(path for path, methods in create_app(Settings()).openapi()["paths"].items() if "get" in methods)
NOBODY = "5f0c1f0e-6f1e-4c39-9d0a-4f8a2f1f3a5d"
PAGES = ("/t/sample/about", "/verify", "/ims/case/v1p1/CFDocuments", "/t/sample/did.json")


async def filled(api: Api) -> tuple[dict[str, str], dict[str, str]]:
    """A tenant with something of most kinds: headers of who may read all, and what fills a path's parameters."""
    headers = await api.pusher()
    learner = await api.learner(headers)
    badges = await api.pusher("open_badges", "badges")
    await api.http.post("/v1/badges", json=BADGE, headers=badges)
    await api.http.post("/v1/evidence", json=[{"id": "bad"}], headers=headers)
    await api.http.post("/v1/frameworks/shipped/ccss-math", headers=headers)
    issued = await api.http.post(f"/v1/learners/{learner}/credentials", json={"kind": "ClrCredential"}, headers=headers)
    await api.http.post(f"/v1/learners/{learner}/record-link", json={"reader": "x"}, headers=headers)
    source = (await api.http.get("/v1/sources", headers=headers)).json()["sources"][0]["id"]
    framework = (await api.http.get("/v1/frameworks", headers=headers)).json()["frameworks"][0]
    client = (await api.http.get("/v1/clients", headers=headers)).json()["clients"][0]["id"]
    known: dict[str, Any] = {
        "learner": learner,
        "source": source,
        "framework": framework["id"],
        "client": client,
        "tenant": "sample",
        "record": 1,
    }
    if issued.is_success:
        known["credential"] = issued.json()["credentials"][0]["id"]
    return headers, {name: str(value) for name, value in known.items()}


def address(path: str, known: dict[str, str]) -> str:
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, known.get(part.strip("{}").partition(":")[0], NOBODY))
    return path


async def answers(api: Api, headers: dict[str, str], known: dict[str, str]) -> dict[str, int]:
    paths = [address(path, known) for path in GETS if path != "/readyz"] + list(PAGES)
    return {path: (await api.http.get(path, headers=headers)).status_code for path in paths}


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_a_column_more_in_every_table_changes_no_answer(api: Api, database: TestDatabase) -> None:
    headers, known = await filled(api)
    before = await answers(api, headers, known)
    assert not {path: status for path, status in before.items() if status >= 500}
    assert sum(status == 200 for status in before.values()) > 30
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        tables = owner.execute(
            """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                 AND relname NOT LIKE 'procrastinate%' AND relname <> 'alembic_version'"""
        ).fetchall()
        for (table,) in tables:
            owner.execute(f'ALTER TABLE "{table}" ADD COLUMN future text')  # type: ignore[call-overload]
    after = await answers(api, headers, known)
    assert after == before
    assert (await api.http.post("/v1/evidence", json={**EVIDENCE, "id": "r-2"}, headers=headers)).status_code == 201
    again = await api.learner(headers, id="r-3")
    assert again == known["learner"]
    made = await api.http.post("/v1/clients", json={"name": "X", "scopes": ["learners.read"]}, headers=headers)
    assert made.status_code == 201
    assert (await api.http.get("/v1/learners", headers=bearer(made.json()["key"]["key"]))).status_code in (200, 422)
