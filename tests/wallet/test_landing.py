"""What learners' apps hand in stands in the learner's record: received, verified, kept as it came."""

import asyncio
import json
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import jwt
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.db.identity import persons
from app.db.sources import sources
from app.identity import decisions
from app.pipeline.verbatim import raw_records
from app.wallet.envelopes import content_of
from app.wallet.received import verify_received
from tests.support.api import Api, bearer
from tests.support.landing import (
    hand_in,
    learner,  # noqa: F401  (fixtures)
    listed,
    record,
)
from tests.support.received import badge, nowhere
from tests.support.wallet import BADGE, OB
from tests.support.wallets import registered


async def test_what_an_app_hands_in_is_in_the_record_and_verified(api: Api, learner: UUID) -> None:
    document = listed(badge(Ed25519PrivateKey.generate()))
    assert (await hand_in(api, learner, document)).status_code == 201
    sections = await record(api, learner)
    assert sections["id"] == str(learner)
    (credential,) = sections["credentials"]
    assert (credential["name"], credential["verification"]) == ("Robotics 1", "unverified")
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    (credential,) = (await record(api, learner))["credentials"]
    assert credential["verification"] == "unknown issuer", credential
    answer = await api.http.get(f"/v1/learners/{learner}/credentials", headers=bearer(await api.key()))
    (received,) = answer.json()["credentials"]
    assert (received["way"], received["state"]) == ("handed in", "unknown issuer")


async def test_its_bytes_are_kept_as_they_came_json_or_token(api: Api, learner: UUID) -> None:
    key = Ed25519PrivateKey.generate()
    headers = await (await registered(api)).headers(learner)
    body = json.dumps(listed(badge(key)), indent=3, ensure_ascii=False).replace("Robots", "R\\u006fbots 🤖").encode()
    await api.http.post(
        f"{OB}/credentials", content=body, headers={**headers, "Content-Type": "application/json"}
    )  # changed, so it would not verify: it is kept all the same
    issuer = {**BADGE["issuer"], "id": did_key(key.public_key())}
    token = jwt.sign({**BADGE, "id": "urn:uuid:9", "issuer": issuer}, SigningKey(did_key_method(key.public_key()), key))
    assert (await hand_in(api, learner, token)).status_code == 201
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows(
            "SELECT raw_id, raw_pos FROM record WHERE tenant_id = %s AND kind = 'credential' ORDER BY raw_id", tx.tenant
        )
        assert [content_of(raw_record) for raw_record in await raw_records(tx, rows)] == [body, token.encode()]


async def test_a_newer_one_takes_its_place_and_an_older_one_changes_nothing(api: Api, learner: UUID) -> None:
    key = Ed25519PrivateKey.generate()
    newer = listed(badge(key, name="Robotics 2", validFrom="2026-11-01T00:00:00Z"))
    for document, status in ((listed(badge(key)), 201), (newer, 200), (listed(badge(key)), 304)):
        assert (await hand_in(api, learner, document)).status_code == status
    (credential,) = (await record(api, learner))["credentials"]
    assert credential["name"] == "Robotics 2"


async def test_the_name_in_it_ties_nobody_and_each_learner_has_their_own(api: Api, learner: UUID) -> None:
    headers = bearer(await api.key(source=1))
    eve = {"identifiers": [{"type": "district", "value": "200"}], "name": {"full": "Eve Other"}}
    other = UUID(await api.learner(headers, id="robotics-2", learner=eve))
    identity = {"type": "IdentityObject", "hashed": False, "identityHash": "100482", "identityType": "sourcedId"}
    subject = {**BADGE["credentialSubject"], "identifier": [identity]}
    assert (
        await hand_in(api, other, listed(badge(Ed25519PrivateKey.generate(), credentialSubject=subject)))
    ).status_code == 201
    assert (await record(api, learner))["credentials"] == []
    assert len((await record(api, other))["credentials"]) == 1


async def test_staff_can_part_it_from_the_learner_and_it_stays_parted(api: Api, learner: UUID) -> None:
    key = Ed25519PrivateKey.generate()
    await hand_in(api, learner, listed(badge(key)))
    assert len((await record(api, learner))["credentials"]) == 1
    async with api.db.transaction(api.tenant) as tx:
        source = await sources.by_slug(tx, "_consented")
        assert source is not None
        theirs = (source.id, f"account:{learner}")
        (mine,) = [ref for ref in await persons.neighbors(tx, [theirs], ("district",)) if ref != theirs]
        await decisions.unlink(tx, mine, theirs, by="staff", reason="handed in by mistake")
    assert (await record(api, learner))["credentials"] == []
    await hand_in(api, learner, listed(badge(key, validFrom="2026-11-01T00:00:00Z")))
    assert (await record(api, learner))["credentials"] == []


async def test_no_source_of_staff_can_take_its_place(api: Api, learner: UUID) -> None:
    body = {"slug": "_consented", "name": "Mine", "connector": "open_badges", "settings": {}}
    made = await api.http.post("/v1/sources", json=body, headers=bearer(await api.key()))
    assert made.status_code == 422


async def test_many_at_once_are_all_there_and_tied_once(api: Api, learner: UUID) -> None:
    headers = await (await registered(api)).headers(learner)
    key = Ed25519PrivateKey.generate()
    documents = [listed(badge(key, id=f"urn:uuid:{n % 6}", name=f"Badge {n % 6}")) for n in range(12)]
    answers = await asyncio.gather(
        *(api.http.post(f"{OB}/credentials", json=document, headers=headers) for document in documents)
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 6 + [304] * 6
    assert len((await record(api, learner))["credentials"]) == 6
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.one("SELECT count(*) FROM decision WHERE tenant_id = %s AND rule = 'person'", tx.tenant) == 1
        assert await tx.one("SELECT count(*) FROM source WHERE tenant_id = %s AND slug = '_consented'", tx.tenant) == 1
