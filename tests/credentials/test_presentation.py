"""Presentations: signed by their holder for an occasion; and our own issuers' documents."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws

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


HOLDERS_DID = did_key(public(key(7)))


def as_token(claims: dict[str, Any], *, signer: SigningKey = HOLDER, **header: Any) -> str:
    pair = {"alg": "EdDSA", "kid": HOLDER.id, **header}
    return jws.serialize_compact(pair, json.dumps(claims).encode(), jwt._jwk(signer.private), registry=jwt.REGISTRY)


def claims_of_2(**more: Any) -> dict[str, Any]:
    """VC-JOSE-COSE: the presentation is the token's own claims."""
    document = {name: value for name, value in presented(signed()).items() if name != "proof"}
    return document | {"nonce": "c1", "aud": "school.example", **more}


def claims_of_1(**more: Any) -> dict[str, Any]:
    """The data model 1.1: under `vp`, with credentials as tokens in it."""
    vp = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [jwt.sign(badge(), key())],
    }
    return {"vp": vp, "iss": HOLDERS_DID, "nonce": "c1", "aud": ["school.example"], **more}


@pytest.mark.parametrize("claims", [claims_of_1, claims_of_2])
async def test_a_presentation_as_a_token(claims: Callable[..., dict[str, Any]]) -> None:
    """Signed by its holder, for an occasion, at a time; the same answers as of one with a proof."""
    occasion = Occasion("c1", "school.example")
    world, later = issuers_world(), int(NOW.timestamp())

    async def on(token: str, occasion: Occasion = occasion) -> Report:
        return await verify(token, NOW, fetch=world.fetch, occasion=occasion)

    good = await on(as_token(claims()))
    assert good.verdict == "valid", good.as_json()
    assert [child.verdict for child in good.children] == ["valid"]
    assert finding(good, "proof").startswith("passed")
    assert (await on(as_token(claims(), typ="vp+jwt"))).verdict == "valid"
    assert "another occasion" in finding(await on(as_token(claims(nonce="c2"))), "proof")
    assert "another occasion" in finding(await on(as_token(claims(aud="other.example"))), "proof")
    assert (await on(as_token(claims(exp=later - 3600)))).verdict == "invalid"
    assert (await on(as_token(claims(nbf=later + 3600)))).verdict == "invalid"
    assert (await on(as_token(claims(iat=later + 3600)))).verdict == "unconfirmed"
    other = SigningKey(did_key_method(public(key(8))), key(8).private)
    assert (await on(as_token(claims(), signer=other))).verdict == "invalid"
    assert (await on(as_token(claims(), signer=other, kid=other.id))).verdict != "valid"
    header, _, signature = as_token(claims()).split(".")
    another = as_token(claims(jti="urn:uuid:1", id="urn:uuid:1")).split(".")[1]
    assert (await on(f"{header}.{another}.{signature}")).verdict == "invalid"


async def test_tokens_as_wallets_write_them() -> None:
    """Of walt.id: the type is the name of the format, and `jti` another than the id of the presentation."""
    fetch = issuers_world().fetch
    claims = claims_of_1(jti="urn:uuid:1")
    claims["vp"]["id"] = "urn:uuid:2"
    assert (await verify(as_token(claims, typ="jwt_vp_json"), NOW, fetch=fetch)).verdict == "valid"
    badge_claims = {"vc": badge(), "iss": badge()["issuer"]["id"]}
    token = as_token(badge_claims, signer=key(), kid=key().id, typ="jwt_vc_json")
    assert (await verify(token, NOW, fetch=fetch)).verdict == "valid"
    both = as_token(badge_claims | claims_of_1() | {"iss": badge_claims["iss"]}, signer=key(), kid=key().id)
    assert "two credentials" in finding(await verify(both, NOW, fetch=fetch), "parse")


async def test_a_token_of_one_holder_that_names_another() -> None:
    elsewhere = claims_of_1(vp={**claims_of_1()["vp"], "holder": "did:example:eve"})
    report = await verify(as_token(elsewhere), NOW, fetch=issuers_world().fetch)
    assert "holder" in finding(report, "parse")
    assert report.verdict == "invalid"


async def test_a_token_that_names_no_holder_is_whoever_issued_it_s_and_no_other_key_s() -> None:
    claims = {name: value for name, value in claims_of_2().items() if name != "holder"}
    fetch = issuers_world().fetch
    occasion = Occasion("c1", "school.example")

    async def on(**more: Any) -> Report:
        return await verify(as_token({**claims, **more}), NOW, fetch=fetch, occasion=occasion)

    assert (await on()).verdict == "valid"  # its signer's own
    assert (await on(iss=HOLDERS_DID)).verdict == "valid"
    assert (await on(iss="did:web:victim.example")).verdict != "valid"
