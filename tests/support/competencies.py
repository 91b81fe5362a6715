"""What tests share of competencies."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.frameworks.frameworks import import_package
from app.records.settle import settle
from tests.support.api import Api
from tests.support.frameworks import association, ident, item, made

FRAMEWORK = ident("Shop")


SVG = "{http://www.w3.org/2000/svg}"


def shop() -> dict[str, Any]:
    """A framework of two domains; cutting comes before planing, planing before joining."""
    items = [
        item("W", "Wood"),
        item("W.1", "Cuts along a line"),
        item("W.2", "Planes a board <b>flat</b>"),
        item("W.3", "Joins two boards"),
        item("P", "People"),
        item("P.1", "Shares tools", extensions={"tessera": {"sensitivity": "sel"}}),
        item("P.2", "Explains a plan"),
    ]
    tree = [("W.1", "W"), ("W.2", "W"), ("W.3", "W"), ("P.1", "P"), ("P.2", "P")]
    links = [association("isChildOf", child, parent, n) for n, (child, parent) in enumerate(tree)]
    links += [association("precedes", "W.1", "W.2"), association("precedes", "W.2", "W.3")]
    document = made("CFDocuments", "Shop", creator="Sample District", title="Shop & Studio", caseVersion="1.1")
    return {"CFDocument": document, "CFItems": items, "CFAssociations": links}


async def taken_in(api: Api) -> None:
    """The framework, in the district."""
    async with api.db.transaction(api.tenant) as tx:
        await import_package(tx, json.dumps(shop()).encode(), origin="test", base="https://x.org", at=datetime.now(UTC))


def piece(key: str, code: str, score: float, setting: str, method: str = "summative") -> dict[str, Any]:
    return {
        "id": key,
        "learner": {"identifiers": [{"type": "district", "value": "100482"}]},
        "name": f"Piece {key}",
        "setting": setting,
        "occurredAt": f"2026-09-{int(key):02d}T10:00:00Z",
        "result": {"score": score, "max": 10, "method": method},
        "alignments": [{"code": code}],
    }


PUSHED = [
    piece("1", "W.1", 6, "in-school"),
    piece("2", "W.1", 9.5, "after-school"),
    piece("3", "W.1", 8, "home", "adaptive"),
    piece("4", "W.2", 5, "in-school"),
    piece("5", "P.1", 9, "in-school"),
]


@pytest.fixture
async def learner(api: Api) -> tuple[str, dict[str, str]]:
    """A learner who has shown something in three places, and the headers of who may look."""
    async with api.db.transaction(api.tenant) as tx:
        await import_package(tx, json.dumps(shop()).encode(), origin="test", base="https://x.org", at=datetime.now(UTC))
    headers = await api.pusher()
    pushed = await api.http.post("/v1/evidence", json=PUSHED, headers=headers)
    assert pushed.status_code in (200, 207), pushed.text
    await settle(api.db, api.tenant)
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    return answer.json()["learners"][0]["id"], headers
