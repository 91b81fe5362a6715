"""What is suspended, reinstated or revoked is told everywhere from the next request on."""

import json
from typing import Any

import pytest

from app.credentials.status import unpacked, value
from app.issuing.batch import issue_batch
from tests.api.conftest import Api
from tests.credentials_service.test_issuing import badge, checked

AWARD = {"name": "Robotics 1", "description": "Robots", "criteria": "Built a robot."}


class Everywhere:
    """A badge that staff awarded, shared by a link, and all the places where its state is told."""

    def __init__(self, api: Api, headers: dict[str, str], learner: str, document: dict[str, Any]) -> None:
        self.api, self.headers, self.learner, self.document = api, headers, learner, document
        self.id = document["id"].removeprefix("urn:uuid:")
        self.link = ""

    async def change(self, state: str) -> None:
        told = {"state": state, "reason": "For a test"}
        answer = await self.api.http.post(f"/v1/credentials/{self.id}/state", json=told, headers=self.headers)
        assert answer.status_code == 200, answer.text

    async def share(self) -> None:
        wanted = {"items": [self.id], "purpose": "A test"}
        answer = await self.api.http.post(f"/v1/learners/{self.learner}/shares", json=wanted, headers=self.headers)
        self.link = answer.json()["url"].removeprefix("http://127.0.0.1:8000")

    async def told(self) -> dict[str, Any]:
        """What each place says."""
        http = self.api.http
        one = (await http.get(f"/v1/credentials/{self.id}", headers=self.headers)).json()
        listed = (await http.get(f"/v1/learners/{self.learner}/credentials", headers=self.headers)).json()
        page = await http.post("/verify", data={"credential": json.dumps(self.document)})
        wanted = {"verifiableCredential": self.document}
        ended = (await http.get("/t/sample/revocations")).json()["revokedCredential"]
        return {
            "credential": one["state"],
            "list": [one["state"] for one in listed["credentials"] if one["id"] == self.id],
            "verification": (await checked(self.api, self.document)).verdict,
            "verify page": "<h1>Valid</h1>" in page.text,
            "VC-API": (await http.post("/credentials/verify", json=wanted, headers=self.headers)).json()["verified"],
            "share page": "Valid as of now" in (await http.get(self.link)).text,
            "revocations": [one["revocationReason"] for one in ended],
        }


@pytest.fixture
async def everywhere(api: Api) -> Everywhere:
    headers = await api.pusher()
    learner = await api.learner(headers)
    asked = {"award": AWARD, "learners": [learner]}
    batch = (await api.http.post("/v1/credentials/batches", json=asked, headers=headers)).json()["id"]
    await issue_batch(api.app.state.service, api.tenant, batch)
    (held,) = (await api.http.get(f"/v1/learners/{learner}/credentials", headers=headers)).json()["credentials"]
    document = (await api.http.get(f"/v1/credentials/{held['id']}", headers=headers)).json()["document"]
    found = Everywhere(api, headers, learner, document)
    await found.share()
    return found


def all_say(state: str, verdict: str, reasons: list[str], *, good: bool) -> dict[str, Any]:
    return {
        "credential": state,
        "list": [state],
        "verification": verdict,
        "verify page": good,
        "VC-API": good,
        "share page": good,
        "revocations": reasons,
    }


async def test_every_place_tells_the_same_at_once(everywhere: Everywhere) -> None:
    assert await everywhere.told() == all_say("active", "valid", [], good=True)
    await everywhere.change("suspended")
    assert await everywhere.told() == all_say("suspended", "invalid", ["Suspended: For a test"], good=False)
    assert "Suspended for now" in (await everywhere.api.http.get(everywhere.link)).text
    await everywhere.change("active")
    assert await everywhere.told() == all_say("active", "valid", [], good=True)
    await everywhere.change("revoked")
    assert await everywhere.told() == all_say("revoked", "invalid", ["For a test"], good=False)
    page = (await everywhere.api.http.get(everywhere.link)).text
    assert "Revoked" in page
    assert "For a test" in page


async def test_the_achievement_stays_what_it_is_whoever_lost_it(everywhere: Everywhere) -> None:
    path = everywhere.document["credentialSubject"]["achievement"]["id"].removeprefix("http://127.0.0.1:8000")
    before = await everywhere.api.http.get(path)
    await everywhere.change("revoked")
    after = await everywhere.api.http.get(path)
    assert (before.status_code, after.status_code) == (200, 200)
    assert before.text == after.text
    assert everywhere.id not in after.text


async def test_a_bit_of_the_status_list_turns_at_once(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers, status="BitstringStatusListEntry")
    entry = issued["document"]["credentialStatus"]
    path = entry["statusListCredential"].removeprefix("http://127.0.0.1:8000")
    bits = []
    for state in (None, "revoked"):
        if state:
            url = f"/v1/credentials/{issued['id']}/state"
            await api.http.post(url, json={"state": state}, headers=headers)
        listed = (await api.http.get(path)).json()
        assert (await checked(api, listed)).verdict == "valid"
        bits.append(value(unpacked(listed["credentialSubject"]["encodedList"]), int(entry["statusListIndex"])))
    assert bits == [0, 1]
