"""Presentations: signed by their holder for an occasion; and our own issuers' documents."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from app.credentials import did, jwt
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.credentials.verify import Occasion, Report, verify
from app.credentials.verify.resolve import location
from tests.support.credential_samples import CREATED, badge, key
from tests.support.credential_world import World
from tests.support.verifying import NOW, finding, issuers_world, look, public, revoked, signed

HOLDER = SigningKey(did_key_method(public(key(7))), key(7).private)


def presented(*credentials: Any, signer: SigningKey = HOLDER, **options: str) -> dict[str, Any]:
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": did_key(public(key(7))),
        "verifiableCredential": list(credentials),
    }
    more = {"proofPurpose": "authentication", "challenge": "c1", "domain": "school.example", **options}
    return sign(document, signer, CREATED, **more)


async def report_on(document: dict[str, Any], occasion: Occasion | None = None) -> Report:
    world = issuers_world()
    return await verify(
        json.dumps(document), NOW, fetch=world.fetch, occasion=occasion or Occasion("c1", "school.example")
    )


async def test_a_presentation_of_a_good_credential() -> None:
    report = await report_on(presented(signed()))
    assert report.verdict == "valid", report.as_json()


@pytest.mark.parametrize("occasion", [Occasion("c2"), Occasion(domain="other.example")])
async def test_one_made_for_another_occasion_is_refused(occasion: Occasion) -> None:
    assert "another occasion" in finding(await report_on(presented(signed()), occasion), "proof")


async def test_one_that_somebody_else_signed_is_refused() -> None:
    other = SigningKey(did_key_method(public(key(8))), key(8).private)
    assert (await report_on(presented(signed(), signer=other))).verdict == "invalid"
    stolen = presented(signed(), proofPurpose="assertionMethod")
    assert "another purpose" in finding(await report_on(stolen), "proof")


async def test_one_that_names_no_holder_is_its_signers() -> None:
    document = presented(signed())
    del document["holder"], document["proof"]
    more = {"proofPurpose": "authentication", "challenge": "c1", "domain": "school.example"}
    assert (await report_on(sign(document, HOLDER, CREATED, **more))).verdict == "valid"
    nobody = sign({**document, "holder": {}}, HOLDER, CREATED, **more)
    assert (await report_on(nobody)).verdict == "invalid"


async def test_a_bad_credential_in_it_is_told() -> None:
    report = await report_on(presented(signed(), revoked(id="urn:uuid:8")))
    assert report.verdict == "invalid"
    assert [child.verdict for child in report.children] == ["valid", "invalid"]


async def test_an_enveloped_token_is_opened() -> None:
    envelope = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:application/vc+jwt,{jwt.sign(badge(), key())}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert (await report_on(presented(envelope))).verdict == "valid"


async def test_an_unsigned_one_says_nothing_about_its_holder() -> None:
    document = presented(signed())
    del document["proof"]
    assert (await report_on(document)).verdict == "unconfirmed"


async def test_what_our_did_lists_is_believed() -> None:
    """Keys made, replaced, and taken back."""
    me = did.did_web("issuer.example:8443", "t", "district")
    assert me == "did:web:issuer.example%3A8443:t:district"
    rsa_key = rsa.generate_private_key(65537, 2048)
    keys = [
        did.PublishedKey("1", public(key())),
        did.PublishedKey("2", public(key(2)), revoked=datetime(2026, 8, 1, tzinfo=UTC)),
        did.PublishedKey("rsa", rsa_key.public_key()),
    ]
    address = location(me)
    assert address == "https://issuer.example:8443/t/district/did.json"
    world = World({address: did.document(me, keys, also=["https://issuer.example/"])})
    document = badge(issuer={"id": me, "type": ["Profile"], "name": "Sample District"})
    for name, pair, verdict in (("1", key(), "valid"), ("2", key(2), "invalid"), ("3", key(3), "invalid")):
        signer = SigningKey(did.method_id(me, name), pair.private)
        assert (await look(sign(document, signer, CREATED), world.fetch)).verdict == verdict
    token = jwt.sign(document, SigningKey(did.method_id(me, "rsa"), rsa_key))
    assert (await look(token, world.fetch)).verdict == "valid"
