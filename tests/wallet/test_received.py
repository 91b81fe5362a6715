"""Badges that programs push: verified as a job, and the finding shown in the record without touching what was sent."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import build, jwt, model
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.credentials.verify import Fetched
from app.db.wallet import received
from app.records.settle import settle
from app.wallet.received import verify_received
from tests.support.api import Api, bearer
from tests.support.received import ENVELOPE, badge, badges, called, nowhere
from tests.support.wallet import BADGE


async def pushed(api: Api, credential: Any, **learner: Any) -> dict[str, Any]:
    """Push a badge, settle, verify, settle again; the credential as the learner's record shows it."""
    headers = bearer(await api.key(source=await api.source("open_badges", "badges")))
    body = {**ENVELOPE, "learner": {**ENVELOPE["learner"], **learner}, "credential": credential}
    answer = await api.http.post("/v1/badges", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    await settle(api.db, api.tenant)
    before = await record_of(api, headers)
    assert before["verification"] == "unverified"
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    assert await verify_received(api.db, api.tenant, nowhere) == 0
    await settle(api.db, api.tenant)
    return await record_of(api, headers)


async def record_of(api: Api, headers: dict[str, str]) -> dict[str, Any]:
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    (learner,) = answer.json()["learners"]
    record = (await api.http.get(f"/v1/learners/{learner['id']}/record/full", headers=headers)).json()
    (credential,) = record["credentials"]
    return dict(credential)


async def test_a_badge_with_a_good_proof_of_nobody_known_is_shown_as_that(api: Api) -> None:
    entry = await pushed(api, badge(Ed25519PrivateKey.generate()))
    assert entry["verification"] == "unknown issuer", entry
    assert "valid" in entry["verificationNote"]


async def test_a_badge_that_was_changed_is_shown_as_failed_with_the_reason(api: Api) -> None:
    entry = await pushed(api, {**badge(Ed25519PrivateKey.generate()), "name": "Robotics 9"})
    assert entry["verification"] == "failed"
    assert "changed" in entry["verificationNote"]


async def test_a_token_is_verified_too(api: Api) -> None:
    key = Ed25519PrivateKey.generate()
    document = {**BADGE, "issuer": {**BADGE["issuer"], "id": did_key(key.public_key())}}
    entry = await pushed(api, jwt.sign(document, SigningKey(did_key_method(key.public_key()), key)))
    assert entry["verification"] == "unknown issuer", entry


async def test_an_issuer_that_cannot_be_reached_leaves_it_open_and_it_is_tried_again(api: Api) -> None:
    key = Ed25519PrivateKey.generate()
    signer = SigningKey("did:web:badges.example.org#k", key)
    document = {**BADGE, "issuer": {**BADGE["issuer"], "id": "did:web:badges.example.org"}}
    entry = await pushed(api, sign(document, signer, datetime(2026, 10, 3, 17, tzinfo=UTC)))
    assert entry["verification"] == "unverified"
    assert "not known" in entry["verificationNote"]
    async with api.db.transaction(api.tenant) as tx:
        assert not await received.waiting(tx, datetime.now(UTC))
        assert await received.waiting(tx, datetime(2099, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("address", "expected"), [("ada@example.org", "unknown issuer"), ("eve@example.org", "unverified")]
)
async def test_whom_it_names_is_compared_with_whom_it_was_pushed_for(api: Api, address: str, expected: str) -> None:
    identity = {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": "ada@example.org",
        "identityType": "emailAddress",
    }
    subject = {**BADGE["credentialSubject"], "identifier": [identity]}
    identifiers = [*ENVELOPE["learner"]["identifiers"], {"type": "email", "value": address}]
    entry = await pushed(api, badge(Ed25519PrivateKey.generate(), credentialSubject=subject), identifiers=identifiers)
    assert entry["verification"] == expected, entry


async def test_a_corrected_badge_is_verified_anew(api: Api) -> None:
    await pushed(api, badge(Ed25519PrivateKey.generate()))
    headers = bearer(await api.key(source=1))
    body = {**ENVELOPE, "credential": {**badge(Ed25519PrivateKey.generate()), "name": "changed"}}
    assert (await api.http.post("/v1/badges", json=body, headers=headers)).status_code == 200
    await settle(api.db, api.tenant)
    assert (await record_of(api, headers))["verification"] == "unverified"
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    await settle(api.db, api.tenant)
    assert (await record_of(api, headers))["verification"] == "failed"


def learner_record(key: Ed25519PrivateKey, *inside: Any) -> dict[str, Any]:
    document = build.clr(
        model.LearnerRecord(
            id="urn:uuid:clr",
            name="Spring",
            subject=model.Subject("urn:uuid:somebody"),
            valid_from=datetime(2026, 10, 3, tzinfo=UTC),
            credentials=inside,
            associations=(model.Association("precedes", "urn:a", "urn:b"),),
        ),
        model.Issuer(did_key(key.public_key()), "Robotics Club"),
    )
    return sign(document, SigningKey(did_key_method(key.public_key()), key), datetime(2026, 10, 3, 17, tzinfo=UTC))


async def test_each_credential_in_a_learner_record_is_an_entry_with_its_own_finding(api: Api) -> None:
    key = Ed25519PrivateKey.generate()
    good = badge(key, id="urn:uuid:1", name="Good")
    bad = {**badge(key, id="urn:uuid:2", name="Good, too"), "name": "Changed"}
    headers = bearer(await api.key(source=await api.source("open_badges", "badges")))
    whole = learner_record(key, good, bad)
    answer = await api.http.post("/v1/badges", json={**ENVELOPE, "credential": whole}, headers=headers)
    assert answer.status_code == 201, answer.text
    await settle(api.db, api.tenant)
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    await settle(api.db, api.tenant)
    learners = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    (learner,) = learners.json()["learners"]
    record = (await api.http.get(f"/v1/learners/{learner['id']}/record/full", headers=headers)).json()
    findings = {
        credential["name"]: (credential["verification"], credential["format"]) for credential in record["credentials"]
    }
    assert findings == {
        "Spring": ("failed", "CLR 2.0, VC 2.0"),
        "Good": ("unknown issuer", "OB 3.0, VC 2.0"),
        "Good, too": ("failed", "OB 3.0, VC 2.0"),
    }
    listing = await api.http.get(f"/v1/learners/{learner['id']}/credentials", headers=headers)
    (credential_row,) = listing.json()["credentials"]
    assert (credential_row["kind"], credential_row["way"]) == ("ClrCredential", "received")


async def verifications(api: Api, headers: dict[str, str]) -> dict[str, str]:
    await settle(api.db, api.tenant)
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    (learner,) = answer.json()["learners"]
    record = (await api.http.get(f"/v1/learners/{learner['id']}/record/full", headers=headers)).json()
    return {credential["name"]: credential["verification"] for credential in record["credentials"]}


async def test_one_badge_never_stops_another(api: Api) -> None:
    """A moment at the end of time, an answer that nobody foresaw, a text that no database keeps: each costs itself."""
    good = [badge(Ed25519PrivateKey.generate(), id=f"urn:uuid:{n}", name=f"Good {n}") for n in range(3)]
    forever = badge(Ed25519PrivateKey.generate(), name="Forever", validUntil="9999-12-31T23:59:59Z")
    key = Ed25519PrivateKey.generate()
    issuer = {**BADGE["issuer"], "id": "did:web:badges.example.org"}
    elsewhere = {**BADGE, "credentialSubject": called("Elsewhere"), "issuer": issuer}
    odd = sign(elsewhere, SigningKey("did:web:badges.example.org#k", key), datetime(2026, 10, 3, 17, tzinfo=UTC))

    async def broken(address: str) -> Fetched:
        raise RuntimeError("a mistake of ours")

    headers = await badges(api, good[0], forever, odd, *good[1:])
    assert await verify_received(api.db, api.tenant, broken) == 5
    assert await verify_received(api.db, api.tenant, broken) == 0
    assert await verifications(api, headers) == {
        "Good 0": "unknown issuer",
        "Forever": "unknown issuer",
        "Elsewhere": "unverified",
        "Good 1": "unknown issuer",
        "Good 2": "unknown issuer",
    }


async def test_a_badge_whose_raw_record_is_gone_is_set_aside(api: Api) -> None:
    good = [badge(Ed25519PrivateKey.generate(), id=f"urn:uuid:{n}", name=f"Good {n}") for n in range(2)]
    headers = await badges(api, *good)
    async with api.db.transaction(api.tenant) as tx:
        await tx.run(
            """UPDATE record SET raw_pos = 99 WHERE tenant_id = %s AND kind = 'credential'
               AND body ->> 'name' = 'Good 0'""",
            api.tenant,
        )
    assert await verify_received(api.db, api.tenant, nowhere) == 2
    assert await verify_received(api.db, api.tenant, nowhere) == 0
    assert await verifications(api, headers) == {"Good 0": "unverified", "Good 1": "unknown issuer"}
