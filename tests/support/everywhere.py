"""What tests share of everywhere."""

import json
from typing import Any

import pytest

from app.issuing.batch import issue_batch
from tests.support.api import Api
from tests.support.issuing import checked

AWARD = {"name": "Robotics 1", "description": "Robots", "criteria": "Built a robot."}


class Everywhere:
    """A badge that staff awarded, shared by a link, and all the places where its state is told."""

    def __init__(self, api: Api, headers: dict[str, str], learner: str, document: dict[str, Any]) -> None:
        self.api, self.headers, self.learner, self.document = api, headers, learner, document
        self.id = document["id"].removeprefix("urn:uuid:")
        self.link = ""

    async def change(self, state: str) -> None:
        order = {"state": state, "reason": "For a test"}
        answer = await self.api.http.post(f"/v1/credentials/{self.id}/state", json=order, headers=self.headers)
        assert answer.status_code == 200, answer.text

    async def share(self) -> None:
        order = {"items": [self.id], "purpose": "A test"}
        answer = await self.api.http.post(f"/v1/learners/{self.learner}/shares", json=order, headers=self.headers)
        self.link = answer.json()["url"].removeprefix("http://127.0.0.1:8000")

    async def told(self) -> dict[str, Any]:
        """What each place says."""
        http = self.api.http
        body = (await http.get(f"/v1/credentials/{self.id}", headers=self.headers)).json()
        listed = (await http.get(f"/v1/learners/{self.learner}/credentials", headers=self.headers)).json()
        page = await http.post("/verify", data={"credential": json.dumps(self.document)})
        order = {"verifiableCredential": self.document}
        ended = (await http.get("/t/sample/revocations")).json()["revokedCredential"]
        return {
            "credential": body["state"],
            "list": [credential["state"] for credential in listed["credentials"] if credential["id"] == self.id],
            "verification": (await checked(self.api, self.document)).verdict,
            "verify page": "<h1>Valid</h1>" in page.text,
            "VC-API": (await http.post("/credentials/verify", json=order, headers=self.headers)).json()["verified"],
            "share page": "Valid as of now" in (await http.get(self.link)).text,
            "revocations": [entry["revocationReason"] for entry in ended],
        }


@pytest.fixture
async def everywhere(api: Api) -> Everywhere:
    headers = await api.pusher()
    learner = await api.learner(headers)
    order = {"award": AWARD, "learners": [learner]}
    batch = (await api.http.post("/v1/credentials/batches", json=order, headers=headers)).json()["id"]
    await issue_batch(api.app.state.service, api.tenant, batch)
    (holding,) = (await api.http.get(f"/v1/learners/{learner}/credentials", headers=headers)).json()["credentials"]
    document = (await api.http.get(f"/v1/credentials/{holding['id']}", headers=headers)).json()["document"]
    issued = Everywhere(api, headers, learner, document)
    await issued.share()
    return issued
