"""What tests share of naming."""

from typing import Any
from uuid import uuid5

from app.frameworks.case.values import NAMESPACE_URL
from tests.support.api import Api

BASE = "https://case.example.org/ims/case/v1p0"


def ident(name: str) -> str:
    """The identifier of a made-up object."""
    return str(uuid5(NAMESPACE_URL, name))


def package(title: str, *codes: str) -> dict[str, Any]:
    """A framework with these codes."""
    document = {"title": title, "identifier": ident(title), "creator": "Sample State"}
    items = [
        {
            "identifier": ident(f"{title} {code}"),
            "uri": f"{BASE}/CFItems/{ident(f'{title} {code}')}",
            "humanCodingScheme": code,
            "fullStatement": f"{code} of {title}",
        }
        for code in codes
    ]
    return {"CFDocument": document | {"uri": f"{BASE}/CFDocuments/{ident(title)}"}, "CFItems": items}


async def import_(api: Api, headers: dict[str, str], made: dict[str, Any]) -> dict[str, Any]:
    response = await api.http.post("/v1/frameworks/packages", json=made, headers=headers)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def shows(api: Api, headers: dict[str, str], key: str, **alignment: str) -> str:
    """Evidence of a learner of its own, at the top of its scale; the learner."""
    learner = {"identifiers": [{"type": "district", "value": key}]}
    return await api.learner(headers, id=key, learner=learner, result={"score": 4, "max": 4}, alignments=[alignment])


async def mastered(api: Api, headers: dict[str, str], learner: str) -> list[str]:
    """The codes a learner has mastered, by profile."""
    response = await api.http.get(f"/v1/learners/{learner}/profile", headers=headers)
    competencies = [competency for part in response.json()["domains"] for competency in part["competencies"]]
    return [standing["code"] for standing in competencies if standing["mastered"]]
