"""Refresh: where a credential says so, its newer version takes its place when it is looked at again."""

import json
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials.verify import Fetch, Fetched, Unreachable
from app.records.settle import settle
from app.wallet.received import verify_received
from tests.support.api import Api
from tests.support.received import badge, badges, know
from tests.support.wallet import BADGE, OB
from tests.support.wallets import registered

PLACE = "https://club.example.org/refresh/1"
SERVICE = {
    "@context": [*BADGE["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"],
    "refreshService": {"id": PLACE, "type": "1EdTechCredentialRefresh"},
    "id": "urn:uuid:refreshed",
}
LATER = "2026-10-20T00:00:00Z"


class Issuer:
    """A club that answers where its badges are refreshed."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.answer: Any = 404
        self.asked = 0

    def badge(self, **more: Any) -> dict[str, Any]:
        return badge(self.key, **{**SERVICE, **more})

    @property
    def fetch(self) -> Fetch:
        async def fetch(address: str) -> Fetched:
            if address != PLACE:
                raise Unreachable(f"{address} is not there")
            self.asked += 1
            if isinstance(self.answer, int):
                return Fetched(self.answer, b"")
            return Fetched(200, json.dumps(self.answer).encode())

        return fetch


async def again(api: Api, issuer: Issuer) -> None:
    """Let time pass until all is looked at anew."""
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("UPDATE verification SET due_at = now() WHERE tenant_id = %(tenant)s", x=0)
    service = api.app.state.service
    await verify_received(api.db, api.tenant, issuer.fetch, service.settings, service.vault)
    await settle(api.db, api.tenant)


async def record_of(api: Api, headers: dict[str, str]) -> dict[str, Any]:
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    learner = answer.json()["learners"][0]["id"]
    record = (await api.http.get(f"/v1/learners/{learner}/record/full", headers=headers)).json()
    (credential,) = record["credentials"]
    return dict(credential)


@pytest.fixture
async def issuer(api: Api) -> Issuer:
    club = Issuer()
    await know(api, club.key)
    return club


async def test_a_newer_version_takes_the_place_of_what_was_pushed(api: Api, issuer: Issuer) -> None:
    headers = await badges(api, issuer.badge(validUntil="2026-10-10T00:00:00Z"))
    await again(api, issuer)
    assert issuer.asked == 0, "what is new is not refreshed"
    assert (await record_of(api, headers))["verification"] == "failed", "it has expired"
    issuer.answer = issuer.badge(validFrom=LATER, validUntil="2099-01-01T00:00:00Z")
    await again(api, issuer)
    assert (await record_of(api, headers))["verification"] == "unverified", "what came is looked at as all that is new"
    await again(api, issuer)
    assert ((await record_of(api, headers))["verification"], issuer.asked) == ("verified", 1)
    await again(api, issuer)
    assert ((await record_of(api, headers))["verification"], issuer.asked) == ("verified", 2)


def not_the_same(issuer: Issuer) -> dict[str, Any]:
    """Answers that take no badge's place."""
    newer = issuer.badge(validFrom=LATER)
    subject = newer["credentialSubject"] | {"id": "urn:uuid:4f6d1a5e-3a5b-4a5e-9a64-0f5f1c1e0a12"}
    return {
        "away": 404,
        "broken": 500,
        "no credential": ["no", "credential"],
        "older": issuer.badge(validFrom="2020-01-01T00:00:00Z"),
        "another": issuer.badge(validFrom=LATER, id="urn:uuid:another"),
        "another's": badge(Ed25519PrivateKey.generate(), **{**SERVICE, "validFrom": LATER}),
        "of somebody else": issuer.badge(validFrom=LATER, credentialSubject=subject),
        "changed after it was signed": newer | {"name": "PhD"},
        "signed in a way that is not read": newer | {"name": "PhD", "proof": {"type": "Ed25519Signature2018"}},
    }


@pytest.mark.parametrize("answer", not_the_same(Issuer()))
async def test_nothing_else_takes_its_place(api: Api, issuer: Issuer, answer: str) -> None:
    headers = await badges(api, issuer.badge())
    await again(api, issuer)
    before = await record_of(api, headers)
    issuer.answer = not_the_same(issuer)[answer]
    await again(api, issuer)
    assert issuer.asked == 1
    assert await record_of(api, headers) == before


async def test_what_an_app_handed_in_is_refreshed_for_the_app_too(api: Api, issuer: Issuer) -> None:
    learner = UUID(await api.learner(await api.pusher(slug="sis")))
    app = await (await registered(api)).headers(learner)
    old, new = issuer.badge(), issuer.badge(validFrom=LATER)
    put = await api.http.post(f"{OB}/credentials", json=old, headers=app)
    assert put.status_code == 201, put.text
    await settle(api.db, api.tenant)
    issuer.answer = new
    await again(api, issuer)
    await again(api, issuer)
    assert (await api.http.get(f"{OB}/credentials", headers=app)).json()["credential"] == [new]
