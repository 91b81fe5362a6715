"""Whose key it is: credentials that anybody could have made are told from the issuer's own."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import OKPKey, RSAKey

from app.credentials import jwt
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.credentials.verify.resolve import location
from tests.credentials.looking import issuers_world, look, public, said, signed
from tests.credentials.samples import CREATED, ISSUER, badge, controller, key
from tests.credentials.world import World


@pytest.fixture
def world() -> World:
    return issuers_world()


async def test_a_key_in_the_name_of_the_method_proves_nothing(world: World) -> None:
    """https://issuer#z6Mk… with the forger's own key: the signature fits, the issuer does not list it."""
    report = await look(sign(badge(), key(2), CREATED), world.fetch)
    assert report.verdict == "invalid"
    assert said(report, "proof").startswith("passed")
    assert "does not list the key" in said(report, "issuer key")


async def test_without_the_issuer_a_self_made_one_stays_unconfirmed() -> None:
    report = await look(sign(badge(), key(2), CREATED), World().fetch)
    assert report.verdict == "unconfirmed"
    assert "keys are not known" in said(report, "issuer key")


async def test_a_key_of_another_is_refused(world: World) -> None:
    for one in (SigningKey(did_key_method(public(key(2))), key(2).private), key(2, "https://forger.example/me")):
        world[str(one.id.partition("#")[0])] = controller(one, id="https://forger.example/me")
        report = await look(sign(badge(), one, CREATED), world.fetch)
        assert report.verdict == "invalid"
        assert "failed" in said(report, "issuer key")
    offline = await look(sign(badge(), key(2, "did:web:forger.example"), CREATED), World().fetch)
    assert "failed: The key" in said(offline, "issuer key")


async def test_a_key_document_may_not_name_another_as_its_controller(world: World) -> None:
    forger = SigningKey("https://forger.example/key", key(2).private)
    world["https://forger.example/key"] = {
        "id": "https://forger.example/key",
        "type": "Multikey",
        "controller": ISSUER,
        "publicKeyMultibase": key(2).id.rpartition("#")[2],
    }
    for documents in (world.documents, {name: found for name, found in world.documents.items() if name != ISSUER}):
        report = await look(sign(badge(), forger, CREATED), World(documents).fetch)
        assert "failed" in said(report, "issuer key")


async def test_a_key_on_the_issuers_site_counts_and_is_told(world: World) -> None:
    one = SigningKey("https://issuer.example/keys/1", key(3).private)
    world["https://issuer.example/keys/1"] = {
        "id": one.id,
        "type": "Multikey",
        "controller": ISSUER,
        "publicKeyMultibase": key(3).id.rpartition("#")[2],
    }
    report = await look(sign(badge(), one, CREATED), world.fetch)
    assert report.verdict == "valid"
    assert report.leniencies == (
        f"the issuer does not list the key '{one.id}' itself; it was found on the issuer's site",
    )
    world.documents[one.id]["controller"] = "https://issuer.example/other"
    assert "belongs to another" in said(await look(sign(badge(), one, CREATED), world.fetch), "issuer key")


async def test_withdrawn_and_expired_keys(world: World) -> None:
    for field, words in (("revoked", "withdrew this key"), ("expires", "had expired")):
        document = controller(key())
        document["verificationMethod"][0][field] = "2026-08-01T00:00:00Z"
        world[ISSUER] = document
        assert words in said(await look(signed(), world.fetch), "issuer key")


async def test_a_key_for_another_purpose_is_refused(world: World) -> None:
    document = controller(key(), key(4))
    document["assertionMethod"] = [key(4).id]
    document["authentication"] = [key().id]
    world[ISSUER] = document
    assert "does not list the key" in said(await look(signed(), world.fetch), "issuer key")
    presented = sign(badge(), key(4), CREATED, proofPurpose="authentication")
    assert "another purpose" in said(await look(presented, world.fetch), "proof")


async def test_the_document_at_the_issuers_address_must_be_about_the_issuer(world: World) -> None:
    world[ISSUER] = controller(key(2)) | {"id": "https://other.example/"}
    report = await look(sign(badge(), key(2), CREATED), world.fetch)
    assert "is about 'https://other.example/'" in said(report, "issuer key")
    assert report.verdict == "unconfirmed"


async def test_a_did_key_is_its_own_issuer() -> None:
    one = SigningKey(did_key_method(public(key(5))), key(5).private)
    report = await look(sign(badge(issuer=did_key(public(key(5)))), one, CREATED), World().fetch)
    assert report.verdict == "valid"


async def test_a_header_key_is_self_asserted(world: World) -> None:
    mine = rsa.generate_private_key(65537, 2048)
    token = _with_jwk(mine)
    report = await look(token, world.fetch)
    assert report.verdict == "invalid"
    assert "the issuer does not list it" in said(report, "issuer key")
    offline = await look(token, World().fetch)
    assert offline.verdict == "unconfirmed"
    assert "brings its own key" in said(offline, "issuer key")


def _with_jwk(private: rsa.RSAPrivateKey) -> str:
    one = RSAKey.import_key(private)
    header = {"alg": "RS256", "typ": "JWT", "jwk": one.as_dict(private=False)}
    return jws.serialize_compact(header, json.dumps(badge()).encode(), one, registry=jwt.REGISTRY)


async def test_a_token_without_a_key_is_checked_with_the_only_one(world: World) -> None:
    one = OKPKey.import_key(key().private)
    token = jws.serialize_compact({"alg": "EdDSA"}, json.dumps(badge()).encode(), one, registry=jwt.REGISTRY)
    assert (await look(token, world.fetch)).verdict == "valid"
    world[ISSUER] = controller(key(), key(2))
    assert "which of 2 keys" in said(await look(token, world.fetch), "issuer key")


async def test_a_token_that_expired_is_expired_whatever_the_credential_says(world: World) -> None:
    one = OKPKey.import_key(key().private)
    for claims, words in (
        ({"exp": 1_600_000_000}, "expired on 2020"),
        ({"nbf": 2_000_000_000}, "not valid before 2033"),
    ):
        header = {"alg": "EdDSA", "kid": key().id}
        token = jws.serialize_compact(header, json.dumps(badge() | claims).encode(), one, registry=jwt.REGISTRY)
        assert words in said(await look(token, world.fetch), "period")
    token = jws.serialize_compact(header, json.dumps(badge() | {"exp": "x"}).encode(), one, registry=jwt.REGISTRY)
    assert "no time in seconds" in (await look(token, world.fetch)).summary


@pytest.mark.parametrize(
    ("identifier", "address"),
    [
        ("did:web:example.org", "https://example.org/.well-known/did.json"),
        ("did:web:example.org%3A8443:a:b", "https://example.org:8443/a/b/did.json"),
        ("did:web:example.org%2Fx", None),
        ("did:web:user%40example.org", None),
        ("did:web:example.org:..%2Fx", None),
        ("did:web:", None),
        ("https://example.org/a#b", "https://example.org/a"),
        ("file:///etc/passwd", None),
        ("urn:uuid:1", None),
    ],
)
def test_where_identifiers_lead(identifier: str, address: str | None) -> None:
    assert location(identifier) == address
