"""What tests share of credit."""

from typing import Any

import pytest

from app.records.settle import settle
from tests.support.api import Api
from tests.support.frameworks import ident
from tests.support.plans import Desk, tagged

KIM = {"name": "Kim O'Sample", "role": "Shop teacher"}


WRITER = {"name": "Kim O'Sample", "role": "teacher"}


def rule(*codes: str, **more: Any) -> dict[str, Any]:
    needs = [{"competency": ident(code.partition(":")[0])} for code in codes]
    for need, code in zip(needs, codes, strict=True):
        if level := code.partition(":")[2]:
            need["level"] = level
    body = {"title": "Shop 1", "amount": 0.5, "unit": "credit", "subject": "Technology", "framework": ident("Shop")}
    return {**body, "needs": needs, "writer": WRITER, **more}


@pytest.fixture
async def desk(api: Api, learner: Any) -> Desk:
    return Desk(api, *learner)


async def write(desk: Desk, *codes: str, **more: Any) -> str:
    made, _ = tagged(await desk.ask("POST", "/credit-rules", rule(*codes, **more)), 201)
    return str(made["id"])


async def credits_(desk: Desk, who: str | None = None, scope: str = "general") -> dict[str, Any]:
    answer = await desk.ask("GET", f"/learners/{who or desk.who}/credits?scope={scope}")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def award(desk: Desk, of: str, version: int = 1, who: str | None = None) -> Any:
    order = {"rule": of, "version": version, "teacherOfRecord": KIM}
    return await desk.ask("POST", f"/learners/{who or desk.who}/credits", order)


async def show(desk: Desk, *items: dict[str, Any]) -> None:
    pushed = await desk.api.http.post("/v1/evidence", json=list(items), headers=desk.headers)
    assert pushed.status_code in (200, 201), pushed.text
    await settle(desk.api.db, desk.api.tenant)
