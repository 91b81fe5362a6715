"""Whose key it is: credentials that anybody could have made are told from the issuer's own."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import OKPKey, RSAKey

from app.credentials import jwt
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.credentials.verify.resolve import location
from tests.support.credential_samples import CREATED, ISSUER, badge, controller, key
from tests.support.credential_world import World
from tests.support.verifying import finding, issuers_world, look, public, signed


@pytest.fixture
def world() -> World:
    return issuers_world()


async def test_a_key_in_the_name_of_the_method_proves_nothing(world: World) -> None:
    """https://issuer#z6Mk… with the forger's own key: the signature fits, the issuer does not list it."""
    report = await look(sign(badge(), key(2), CREATED), world.fetch)
    assert report.verdict == "invalid"
    assert finding(report, "proof").startswith("passed")
    assert "does not list the key" in finding(report, "issuer key")


async def test_without_the_issuer_a_self_made_one_stays_unconfirmed() -> None:
    report = await look(sign(badge(), key(2), CREATED), World().fetch)
    assert report.verdict == "unconfirmed"
    assert "keys are not known" in finding(report, "issuer key")


async def test_a_key_of_another_is_refused(world: World) -> None:
    for stranger in (SigningKey(did_key_method(public(key(2))), key(2).private), key(2, "https://forger.example/me")):
        world[str(stranger.id.partition("#")[0])] = controller(stranger, id="https://forger.example/me")
        report = await look(sign(badge(), stranger, CREATED), world.fetch)
        assert report.verdict == "invalid"
        assert "failed" in finding(report, "issuer key")
    offline = await look(sign(badge(), key(2, "did:web:forger.example"), CREATED), World().fetch)
    assert "failed: The key" in finding(offline, "issuer key")


@pytest.mark.parametrize("self_standing", [did_key_method(public(key(2))), "did:jwk"])
async def test_a_key_that_stands_for_itself_is_nobody_elses_while_the_issuer_cannot_be_asked(
    self_standing: str, world: World
) -> None:
    """Only the issuer's own document could say that the key is not its own: until then nothing speaks against it."""
    name = self_standing if "#" in self_standing else f"{did_jwk()}#0"
    signer = SigningKey(name, (key(2) if "#" in self_standing else key(5)).private)
    credential = sign(badge(), signer, CREATED)
    about_another = {"id": "https://issuer.example/other", "type": "Profile"}
    for issuer in (404, 503, b"<html>Welcome</html>", about_another):
        unreachable = World({ISSUER: issuer})
        for document in (credential, jwt.sign(badge(), signer)):
            report = await look(document, unreachable.fetch)
            assert report.verdict == "unconfirmed", report.as_json()
            assert "nothing can say that" in finding(report, "issuer key")
            assert not report.known
    silent = World({ISSUER: {"id": ISSUER, "type": "Profile"}})
    assert (await look(credential, silent.fetch)).verdict == "invalid"
    assert (await look(credential, world.fetch)).verdict == "invalid"
    changed = await look(credential | {"name": "PhD"}, World().fetch)
    assert changed.verdict == "invalid"


@pytest.mark.parametrize("kid", ["did:ebsi:1234key-1", "key-1", "did:ebsi:1234#key-1", "https://other.example/key"])
async def test_of_an_issuer_that_cannot_be_looked_up_nobody_knows_the_keys(kid: str) -> None:
    """Tokens of EBSI's pilots name their keys in several ways; how its DIDs are looked up is not known here."""
    token = jwt.sign(badge(issuer="did:ebsi:1234"), SigningKey(kid, key(2).private))
    assert (await look(token, World().fetch)).verdict == "unconfirmed"


async def test_a_key_document_may_not_name_another_as_its_controller(world: World) -> None:
    forger = SigningKey("https://forger.example/key", key(2).private)
    world["https://forger.example/key"] = {
        "id": "https://forger.example/key",
        "type": "Multikey",
        "controller": ISSUER,
        "publicKeyMultibase": key(2).id.rpartition("#")[2],
    }
    for documents in (
        world.documents,
        {name: document for name, document in world.documents.items() if name != ISSUER},
    ):
        report = await look(sign(badge(), forger, CREATED), World(documents).fetch)
        assert "failed" in finding(report, "issuer key")


MALLORY = "https://issuer.example/mallory"


@pytest.mark.parametrize("controlled", [{}, {"controller": MALLORY}, {"controller": ISSUER}])
async def test_a_key_of_another_on_the_same_host_is_nobodys(world: World, controlled: dict[str, str]) -> None:
    """Platforms have many issuers on one host: where the issuer lists keys, only those count."""
    stranger = SigningKey(f"{MALLORY}#k1", key(3).private)
    world[MALLORY] = controller(key(3, MALLORY), id=MALLORY)
    world.documents[MALLORY]["verificationMethod"][0] = {
        "id": stranger.id,
        "type": "Multikey",
        "publicKeyMultibase": key(3).id.rpartition("#")[2],
        **controlled,
    }
    world.documents[MALLORY]["assertionMethod"] = [stranger.id]
    token = jwt.sign(badge(), stranger)
    for document in (sign(badge(), stranger, CREATED), token):
        report = await look(document, world.fetch)
        assert report.verdict == "invalid"
        assert "does not list the key" in finding(report, "issuer key")
    world[ISSUER] = {"id": ISSUER, "type": "Profile", "name": "An issuer that lists no keys"}
    for document in (sign(badge(), stranger, CREATED), token):
        assert (await look(document, world.fetch)).verdict == (
            "invalid" if MALLORY in controlled.values() else "unconfirmed"
        )


async def test_a_key_that_the_issuer_lists_by_its_address_must_name_the_issuer_as_its_controller(world: World) -> None:
    hosted = SigningKey("https://issuer.example/keys/1", key(3).private)
    own = {
        "id": hosted.id,
        "type": "Multikey",
        "controller": ISSUER,
        "publicKeyMultibase": key(3).id.rpartition("#")[2],
    }
    world[hosted.id] = own
    world.documents[ISSUER]["assertionMethod"].append(hosted.id)
    assert (await look(sign(badge(), hosted, CREATED), world.fetch)).verdict == "valid"
    world[hosted.id] = own | {"controller": "https://issuer.example/other"}
    assert "controls" in finding(await look(sign(badge(), hosted, CREATED), world.fetch), "issuer key")
    world[hosted.id] = {name: value for name, value in own.items() if name != "controller"}
    assert (await look(sign(badge(), hosted, CREATED), world.fetch)).verdict == "unconfirmed"


async def test_a_listed_key_that_another_controls_is_not_the_issuers(world: World) -> None:
    world.documents[ISSUER]["verificationMethod"][0]["controller"] = MALLORY
    report = await look(signed(), world.fetch)
    assert f"which '{MALLORY}' controls" in finding(report, "issuer key")
    assert report.verdict == "invalid"


async def test_a_relative_id_of_a_key_is_read_at_either_place(world: World) -> None:
    fragment = f"#{key().id.rpartition('#')[2]}"
    world.documents[ISSUER]["verificationMethod"][0]["id"] = fragment
    assert (await look(signed(), world.fetch)).verdict == "valid"
    world.documents[ISSUER]["assertionMethod"] = [fragment]
    assert (await look(signed(), world.fetch)).verdict == "valid"


def did_jwk(**more: str) -> str:
    public_jwk = OKPKey.import_key(key(5).private).as_dict(private=False)
    return "did:jwk:" + base64.urlsafe_b64encode(json.dumps(public_jwk | more).encode()).decode().rstrip("=")


async def test_a_did_jwk_is_its_own_issuer_too() -> None:
    for did, verdict in ((did_jwk(), "valid"), (did_jwk(use="enc"), "invalid")):
        signer = SigningKey(f"{did}#0", key(5).private)
        assert (await look(sign(badge(issuer=did), signer, CREATED), World().fetch)).verdict == verdict
        assert (await look(jwt.sign(badge(issuer=did), signer), World().fetch)).verdict == verdict
        forged = sign(badge(issuer=did), SigningKey(f"{did}#0", key(6).private), CREATED)
        assert (await look(forged, World().fetch)).verdict == "invalid"
    other = sign(badge(), SigningKey(f"{did_jwk()}#0", key(5).private), CREATED)
    assert (await look(other, issuers_world().fetch)).verdict == "invalid"
    assert (await look(badge(issuer="did:jwk:e30") | {"proof": other["proof"]}, World().fetch)).verdict == "invalid"


async def test_withdrawn_and_expired_keys(world: World) -> None:
    for field, words in (("revoked", "withdrew this key"), ("expires", "had expired")):
        document = controller(key())
        document["verificationMethod"][0][field] = "2026-08-01T00:00:00Z"
        world[ISSUER] = document
        assert words in finding(await look(signed(), world.fetch), "issuer key")


async def test_a_key_for_another_purpose_is_refused(world: World) -> None:
    document = controller(key(), key(4))
    document["assertionMethod"] = [key(4).id]
    document["authentication"] = [key().id]
    world[ISSUER] = document
    assert "does not list the key" in finding(await look(signed(), world.fetch), "issuer key")
    presented = sign(badge(), key(4), CREATED, proofPurpose="authentication")
    assert "another purpose" in finding(await look(presented, world.fetch), "proof")


async def test_the_document_at_the_issuers_address_must_be_about_the_issuer(world: World) -> None:
    world[ISSUER] = controller(key(2)) | {"id": "https://other.example/"}
    report = await look(sign(badge(), key(2), CREATED), world.fetch)
    assert "is about 'https://other.example/'" in finding(report, "issuer key")
    assert report.verdict == "unconfirmed"


async def test_a_did_key_is_its_own_issuer() -> None:
    signer = SigningKey(did_key_method(public(key(5))), key(5).private)
    report = await look(sign(badge(issuer=did_key(public(key(5)))), signer, CREATED), World().fetch)
    assert report.verdict == "valid"


async def test_a_header_key_is_self_asserted(world: World) -> None:
    mine = rsa.generate_private_key(65537, 2048)
    token = _with_jwk(mine)
    report = await look(token, world.fetch)
    assert report.verdict == "invalid"
    assert "the issuer does not list it" in finding(report, "issuer key")
    offline = await look(token, World().fetch)
    assert offline.verdict == "unconfirmed"
    assert "brings its own key" in finding(offline, "issuer key")


def _with_jwk(private: rsa.RSAPrivateKey) -> str:
    pair = RSAKey.import_key(private)
    header = {"alg": "RS256", "typ": "JWT", "jwk": pair.as_dict(private=False)}
    return jws.serialize_compact(header, json.dumps(badge()).encode(), pair, registry=jwt.REGISTRY)


async def test_a_token_without_a_key_is_checked_with_the_only_one(world: World) -> None:
    pair = OKPKey.import_key(key().private)
    token = jws.serialize_compact({"alg": "EdDSA"}, json.dumps(badge()).encode(), pair, registry=jwt.REGISTRY)
    assert (await look(token, world.fetch)).verdict == "valid"
    world[ISSUER] = controller(key(), key(2))
    assert "which of 2 keys" in finding(await look(token, world.fetch), "issuer key")


async def test_a_token_that_expired_is_expired_whatever_the_credential_says(world: World) -> None:
    pair = OKPKey.import_key(key().private)
    for claims, words in (
        ({"exp": 1_600_000_000}, "expired on 2020"),
        ({"nbf": 2_000_000_000}, "not valid before 2033"),
    ):
        header = {"alg": "EdDSA", "kid": key().id}
        token = jws.serialize_compact(header, json.dumps(badge() | claims).encode(), pair, registry=jwt.REGISTRY)
        assert words in finding(await look(token, world.fetch), "period")
    token = jws.serialize_compact(header, json.dumps(badge() | {"exp": "x"}).encode(), pair, registry=jwt.REGISTRY)
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


async def test_a_witness_beside_a_proof_that_is_not_read_decides_nothing(world: World) -> None:
    """The issuer may have signed in the way that is not known here; who signed beside it is only another."""
    witness = key(7, "https://witness.example/w")
    world["https://witness.example/w"] = controller(witness, id="https://witness.example/w")
    beside = sign(badge(), witness, CREATED)["proof"]
    old = {**beside, "type": "Ed25519Signature2018", "verificationMethod": key().id, "jws": "eyJ..x"}
    own = sign(badge(), key(), CREATED)["proof"]
    for proofs, verdict in (([old, beside], "unconfirmed"), ([beside], "invalid"), ([own, beside, old], "valid")):
        assert (await look(badge(proof=proofs), world.fetch)).verdict == verdict
    changed = badge(proof=[old, beside]) | {"validFrom": "2026-09-01T08:00:01Z"}
    assert (await look(changed, world.fetch)).verdict == "invalid"


async def test_an_identifier_that_was_given_up_signs_nothing(world: World) -> None:
    world[ISSUER] = controller(key()) | {"deactivated": True}
    report = await look(sign(badge(), key(), CREATED), world.fetch)
    assert (report.verdict, "gave its identifier up" in report.summary) == ("unconfirmed", True)
