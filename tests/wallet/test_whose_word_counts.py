"""Whose word a badge is: what nobody stands behind is told as that, decides nothing, and is signed by nobody here."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.frameworks.frameworks import import_package
from app.records.settle import settle
from app.wallet.received import verify_received
from tests.support.api import Api, bearer
from tests.support.competencies import shop
from tests.support.landing import hand_in, learner, listed, record
from tests.support.received import badge, know, nowhere
from tests.support.wallet import BADGE

__all__ = ["learner"]
KEY = Ed25519PrivateKey.generate()
TARGET = [{"type": ["Alignment"], "targetName": "Cuts", "targetCode": "W.1", "targetUrl": "https://x.org/W.1"}]


def aligned(**more: Any) -> dict[str, Any]:
    """A badge that is aligned to a competency, with a result and a piece of evidence in it."""
    achievement = {
        **BADGE["credentialSubject"]["achievement"],
        "alignment": TARGET,
        "resultDescription": [
            {
                "id": "urn:uuid:7b1d",
                "type": ["ResultDescription"],
                "name": "Final exam",
                "resultType": "Percent",
                "alignment": TARGET,
            }
        ],
    }
    result = {"type": ["Result"], "resultDescription": "urn:uuid:7b1d", "value": "98", "alignment": TARGET}
    subject = {**BADGE["credentialSubject"], "achievement": achievement, "result": [result]}
    evidence = [{"type": ["Evidence"], "name": "A film of it", "narrative": "Look."}]
    return badge(KEY, credentialSubject=subject, evidence=evidence, **more)


async def framework(api: Api) -> None:
    async with api.db.transaction(api.tenant) as tx:
        await import_package(tx, json.dumps(shop()).encode(), origin="test", base="https://x.org", at=datetime.now(UTC))


async def checked(api: Api, learner: UUID) -> dict[str, Any]:
    """The record once what came has been verified."""
    await settle(api.db, api.tenant)
    await verify_received(api.db, api.tenant, nowhere)
    return await record(api, learner)


async def mastered(api: Api, learner: UUID) -> list[str]:
    """The codes of the competencies that a profile tells as mastered."""
    answer = await api.http.get(f"/v1/learners/{learner}/profile", headers=bearer(await api.key()))
    assert answer.status_code == 200, answer.text
    items = [item for group in answer.json()["domains"] for item in group["competencies"]]
    return [item["code"] for item in items if item["mastered"]]


async def awardable(api: Api, learner: UUID) -> list[str]:
    answer = await api.http.get(f"/v1/learners/{learner}/awardable", headers=bearer(await api.key()))
    return [item["name"] for item in answer.json()["items"]]


async def pushed(api: Api, learner: UUID, document: Any) -> None:
    headers = bearer(await api.key(source=await api.source("open_badges", "badges")))
    body = {"id": "b1", "learner": {"identifiers": [{"type": "district", "value": "100482"}]}, "credential": document}
    answer = await api.http.post("/v1/badges", json=body, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_what_a_learner_made_for_themselves_decides_nothing_and_is_not_signed_here(
    api: Api, learner: UUID
) -> None:
    await framework(api)
    before = await awardable(api, learner)
    assert (await hand_in(api, learner, listed(aligned()))).status_code == 201
    sections = await checked(api, learner)
    (credential,) = sections["credentials"]
    assert credential["verification"] == "unknown issuer"
    assert "anybody could have made it" in credential["verificationNote"]
    assert "issuer is not known here" in credential["doubt"]
    assert [entry["verification"] for entry in sections["results"]] == ["unknown issuer"]
    assert await mastered(api, learner) == []
    assert await awardable(api, learner) == before
    await know(api, KEY)
    (credential,) = (await checked(api, learner))["credentials"]
    assert (credential["verification"], credential["issuerKnownBy"]) == ("verified", "list")
    assert "doubt" not in credential
    assert await mastered(api, learner) == ["W.1"]
    assert await awardable(api, learner) == before


async def test_what_came_in_a_forged_badge_is_nobodys_result(api: Api, learner: UUID) -> None:
    await framework(api)
    await pushed(api, learner, {**aligned(), "name": "Robotics 9"})
    sections = await checked(api, learner)
    assert [entry["verification"] for entry in sections["credentials"]] == ["failed"]
    assert sections.get("results", []) == []
    assert [entry["name"] for entry in sections["evidence"]] == ["A robot that follows a line"]
    assert await mastered(api, learner) == []


async def test_a_program_that_the_district_lets_push_stands_behind_what_it_pushes(api: Api, learner: UUID) -> None:
    await framework(api)
    await pushed(api, learner, aligned())
    (credential,) = (await checked(api, learner))["credentials"]
    assert (credential["verification"], credential.get("doubt")) == ("unknown issuer", None)
    assert await mastered(api, learner) == ["W.1"]


@pytest.mark.parametrize("known", [False, True])
async def test_a_learner_record_takes_along_what_is_known_alone(api: Api, learner: UUID, known: bool) -> None:
    if known:
        await know(api, KEY)
    await hand_in(api, learner, listed(aligned()))
    await checked(api, learner)
    headers = bearer(await api.key())
    order = {"kind": "ClrCredential", "received": True}
    made = await api.http.post(f"/v1/learners/{learner}/credentials", json=order, headers=headers)
    assert made.status_code == 201, made.text
    inside = made.json()["credentials"][0]["document"]["credentialSubject"]["verifiableCredential"]
    assert ("Robotics 1" in [inner["name"] for inner in inside]) is known
