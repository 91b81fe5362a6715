"""What tests share of plans."""

from typing import Any

import httpx
import pytest

from tests.support.api import Api
from tests.support.frameworks import ident

ADA = {"name": "Ada O'Sample", "role": "learner"}


ROBIN = {"name": "Robin Sample", "role": "advisor"}


SECRET = "I am afraid of the band saw"


def goal(id: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id, "title": f"Goal {id}", "horizon": "year", "steps": list(steps), **more}


def step(code: str, level: str | None = None) -> dict[str, Any]:
    return {"competency": ident(code), **({"level": level} if level else {})}


CUT = goal("cut", step("W.1"))


BUILD = goal("build", step("W.1"), {"achievement": {"name": "Robotics 1"}}, by="2027-06-11")


SHARE = goal("share", step("P.1"))


def plan(*goals: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"title": "Grade 6 in the shop", "goals": list(goals), "writer": ADA, **more}


class Desk:
    """A client at a learner's plans."""

    def __init__(self, api: Api, who: str, headers: dict[str, str]) -> None:
        self.api, self.who, self.headers = api, who, headers

    async def ask(self, method: str, path: str, body: Any = None, tag: str | None = None) -> httpx.Response:
        headers = {**self.headers, **({"If-Match": tag} if tag is not None else {})}
        return await self.api.http.request(method, f"/v1{path}", json=body, headers=headers)

    async def begin(self, *goals: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """A new plan, and its ETag."""
        return tagged(await self.ask("POST", f"/learners/{self.who}/plans", plan(*goals)), 201)

    async def plans(self, who: str | None = None) -> list[dict[str, Any]]:
        answer = await self.ask("GET", f"/learners/{who or self.who}/plans?scope=all")
        assert answer.status_code == 200, answer.text
        listed: list[dict[str, Any]] = answer.json()["plans"]
        return listed

    async def page(self) -> str:
        """The learner's record page."""
        made = await self.ask("POST", f"/learners/{self.who}/record-link", {"reader": "the family"})
        return (await self.api.http.get(made.json()["url"])).text


def tagged(answer: httpx.Response, status: int = 200) -> tuple[dict[str, Any], str]:
    assert answer.status_code == status, answer.text
    return answer.json(), answer.headers["etag"]


@pytest.fixture
async def desk(api: Api, learner: Any) -> Desk:
    return Desk(api, *learner)


async def set_policy(desk: Desk, name: str, policy: dict[str, Any]) -> None:
    answer = await desk.ask("POST", "/policies", {"name": name, "policy": policy})
    assert answer.status_code < 300, answer.text


CLOSE = {"goal": "cut", "state": "reached", "decider": ROBIN}
