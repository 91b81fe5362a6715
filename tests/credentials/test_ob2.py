"""Badges before 3.0: hosted and signed, revoked, forged, and the oldest of all."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import RSAKey

from app.credentials import jwt
from app.credentials.verify import Person, Report, verify
from app.credentials.verify.recipient import hashed
from tests.support.credential_world import World
from tests.support.ob2 import ADDRESS, BADGE, PROFILE, SITE, assertion
from tests.support.verifying import NOW, finding


@pytest.fixture
def world() -> World:
    return World({f"{SITE}/issuer": PROFILE, f"{SITE}/badge": BADGE, ADDRESS: assertion()})


async def look(document: Any, world: World, person: Person | None = None) -> Report:
    content = document if isinstance(document, str) else json.dumps(document)
    return await verify(content, NOW, fetch=world.fetch, person=person)


async def test_a_hosted_badge(world: World) -> None:
    report = await look(assertion(), world, Person(frozenset({"ada@example.org"})))
    assert report.verdict == "valid", report.as_json()
    assert finding(report, "recipient").startswith("passed")
    assert (report.facts.name, report.facts.issuer_name, report.facts.format) == (
        "Robots",
        "Sample School",
        "Open Badges 2.0",
    )
    other = await look(assertion(), world, Person(frozenset({"bob@example.org"})))
    assert other.verdict == "invalid"


async def test_an_address_alone_is_followed_once(world: World) -> None:
    assert (await look(ADDRESS, world)).verdict == "valid"
    world[ADDRESS] = b"https://issuer.example/other"
    assert "leads only to another address" in (await look(ADDRESS, world)).summary


async def test_offline_it_stays_unconfirmed() -> None:
    report = await look(assertion(), World())
    assert report.verdict == "unconfirmed"
    assert "Its issuer could not be asked" in finding(report, "proof")


@pytest.mark.parametrize(
    ("published", "check", "words"),
    [
        (410, "status", "failed: It was revoked"),
        (404, "proof", "no longer hosts it (status 404)"),
        (b"<html>", "proof", "there is no badge"),
        (assertion(revoked=True, revocationReason="by mistake"), "status", "by mistake"),
        (assertion(issuedOn="2020-01-01T00:00:00Z"), "proof", "other things than its issuer publishes: issuedOn"),
        (assertion(recipient={"type": "email", "identity": "x"}), "proof", "publishes: recipient"),
        (assertion(badge=f"{SITE}/other"), "proof", "publishes: badge"),
    ],
)
async def test_what_the_issuer_publishes_counts(world: World, published: Any, check: str, words: str) -> None:
    world[ADDRESS] = published
    report = await look(assertion(), world)
    assert report.verdict == "invalid"
    assert words in finding(report, check)


@pytest.mark.parametrize(
    ("verification", "valid"),
    [
        ({}, False),
        ({"allowedOrigins": ["cdn.example", "issuer.example"]}, True),
        ({"allowedOrigins": "issuer.example"}, False),
        ({"allowedOrigins": ["HTTPS://CDN.example/"]}, True),
        ({"allowedOrigins": ["https://cdn.example.evil.example/"]}, False),
        ({"allowedOrigins": "CDN.Example"}, True),
        ({"startsWith": "https://cdn.example/"}, True),
        ({"startsWith": ["https://cdn.example/no", "https://cdn.example/b"]}, True),
        ({"startsWith": "https://cdn.example/no"}, False),
        ({"startsWith": "https://cdn.ex"}, False),
    ],
)
async def test_where_an_issuer_hosts(world: World, verification: dict[str, Any], valid: bool) -> None:
    """Somebody else's site may not publish in an issuer's name, unless the issuer's profile says so."""
    elsewhere = assertion(id="https://cdn.example/b/1")
    world["https://cdn.example/b/1"] = elsewhere
    world[f"{SITE}/issuer"] = PROFILE | {"verification": verification}
    report = await look(elsewhere, world)
    assert (report.verdict == "valid") is valid, finding(report, "issuer key")


async def test_a_profile_must_be_the_issuers(world: World) -> None:
    world[f"{SITE}/issuer"] = PROFILE | {"id": "https://other.example/issuer"}
    assert "calls itself" in finding(await look(assertion(), world), "issuer key")
    world[f"{SITE}/issuer"] = PROFILE | {"type": "Criteria"}
    assert "is no issuer" in finding(await look(assertion(), world), "issuer key")


# What is handed in names the address, and nothing else


async def test_a_class_written_into_a_copy_is_not_the_issuers(world: World) -> None:
    forged = assertion(badge=BADGE | {"name": "PhD in Physics", "criteria": {"narrative": "defended a thesis"}})
    report = await look(forged, world)
    assert report.verdict == "invalid"
    assert "badge.name, badge.criteria" in finding(report, "proof")
    assert report.facts.name == "Robots"
    assert report.document
    assert report.document["badge"]["name"] == "Robots"
    assert report.document["badge"]["issuer"]["name"] == "Sample School"
    assert (await look(assertion(badge=BADGE), world)).verdict == "valid"
    issuer = assertion(badge=BADGE | {"issuer": PROFILE | {"name": "Old Ivy University"}})
    assert "issuer.name" in finding(await look(issuer, world), "proof")


async def test_a_class_with_an_address_is_what_stands_there_even_if_the_hosted_copy_writes_it_out(world: World) -> None:
    world[ADDRESS] = assertion(badge=BADGE | {"name": "An older name"})
    report = await look(assertion(), world)
    assert (report.verdict, report.facts.name) == ("valid", "Robots")
    world[f"{SITE}/badge"] = 404
    assert (await look(assertion(), world)).verdict == "unconfirmed"


async def test_a_class_without_an_address_is_as_the_hosted_copy_writes_it(world: World) -> None:
    own = {name: value for name, value in BADGE.items() if name != "id"}
    for named in ({}, {"id": "urn:uuid:7"}):
        world[ADDRESS] = assertion(badge=own | named)
        assert (await look(assertion(badge=own | named), world)).verdict == "valid"
        report = await look(assertion(badge=own | named | {"name": "PhD"}), world)
        assert (report.verdict, report.facts.name) == ("invalid", "Robots")


@pytest.mark.parametrize(
    ("hosted", "handed", "check", "words"),
    [
        ({"expires": "2021-01-01T00:00:00Z"}, {}, "period", "expired on 2021-01-01"),
        ({"revoked": False}, {"expires": "2099-01-01T00:00:00Z"}, "proof", "publishes: expires"),
        ({"revoked": False}, {"evidence": f"{SITE}/more"}, "proof", "publishes: evidence"),
        ({}, {"revoked": True}, "proof", "publishes: revoked"),
        ({"id": f"{SITE}/assertions/2"}, {}, "proof", "calls itself"),
        ({"verification": {"type": "SignedBadge"}}, {}, "proof", "comes without a signature"),
    ],
)
async def test_a_copy_that_says_other_things_is_told(
    world: World, hosted: dict[str, Any], handed: dict[str, Any], check: str, words: str
) -> None:
    world[ADDRESS] = assertion(**hosted)
    report = await look(assertion(**handed), world)
    assert report.verdict == "invalid"
    assert words in finding(report, check)


async def test_an_address_that_answers_with_another_kind_of_thing_publishes_no_badge(world: World) -> None:
    world[ADDRESS] = {"id": ADDRESS, "type": "Profile", "name": "Somebody"}
    assert "it is no assertion" in finding(await look(assertion(), world), "proof")
    world[ADDRESS] = {"id": ADDRESS, "revoked": True}
    assert "failed: It was revoked" in finding(await look(assertion(), world), "status")


async def test_ways_of_writing_the_same_are_no_forgery(world: World) -> None:
    moment, day, written = "2024-05-01T00:00:00Z", "2024-05-01", "2024-05-01T02:00:00.000+02:00"
    world[ADDRESS] = assertion(issuedOn=moment, evidence={"id": f"{SITE}/e"}, image={"id": f"{SITE}/i.png"})
    for issued in (moment, day, written):
        handed = assertion(
            issuedOn=issued, evidence=[f"{SITE}/e"], image="data:image/png;base64,AA", type=["Assertion"]
        )
        report = await look(handed | {"id": ADDRESS.replace("https", "http")}, world)
        assert report.verdict in ("valid", "unconfirmed"), report.as_json()
    left_out = {name: value for name, value in assertion().items() if name != "recipient"}
    report = await look(left_out, world)
    assert report.verdict == "valid"
    assert any("leaves out" in words and "recipient" in words for words in report.leniencies)


@pytest.mark.parametrize(
    "context",
    [
        "http://w3id.org/openbadges/v2",
        "https://w3id.org/openbadges/v2/",
        "https://www.w3id.org/openbadges/v2#",
        ["https://openbadgespec.org/v2/context.json", {"more": "https://example.org/more"}],
    ],
)
async def test_contexts_as_issuers_write_them(world: World, context: Any) -> None:
    world[ADDRESS] = assertion(**{"@context": context})
    report = await look(world.documents[ADDRESS], world)
    assert (report.verdict, report.facts.format) == ("valid", "Open Badges 2.0")


# Signed


@pytest.fixture(scope="module")
def private() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(private: rsa.RSAPrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(private: rsa.RSAPrivateKey, **more: Any) -> str:
    document = assertion(verification={"type": "signed", "creator": f"{SITE}/key"}, id="urn:uuid:1", **more)
    return jws.serialize_compact(
        {"alg": "RS256"}, json.dumps(document).encode(), RSAKey.import_key(private), registry=jwt.REGISTRY
    )


@pytest.fixture
def signing(world: World, private: rsa.RSAPrivateKey) -> World:
    world[f"{SITE}/key"] = {"type": "CryptographicKey", "owner": f"{SITE}/issuer", "publicKeyPem": pem(private)}
    world[f"{SITE}/issuer"] = PROFILE | {"publicKey": f"{SITE}/key", "revocationList": f"{SITE}/revoked"}
    world[f"{SITE}/revoked"] = {"type": "RevocationList", "revokedAssertions": ["urn:uuid:9"]}
    return world


async def test_a_signed_badge(signing: World, private: rsa.RSAPrivateKey) -> None:
    report = await look(signed(private), signing)
    assert report.verdict == "valid", report.as_json()


async def test_a_forged_signature(signing: World, private: rsa.RSAPrivateKey) -> None:
    other = rsa.generate_private_key(65537, 2048)
    assert "does not hold" in finding(await look(signed(other), signing), "proof")
    header, _, signature = signed(private).split(".")
    _, claims, _ = signed(private, narrative="more").split(".")
    assert "does not hold" in finding(await look(f"{header}.{claims}.{signature}", signing), "proof")


async def test_a_key_of_another(signing: World, private: rsa.RSAPrivateKey) -> None:
    """The forger's own key at the forger's own address: the signature fits, the issuer does not list the key."""
    signing[f"{SITE}/issuer"] = PROFILE | {"publicKey": [f"{SITE}/other"]}
    report = await look(signed(private), signing)
    assert report.verdict == "invalid"
    assert "is not among those of the issuer" in finding(report, "issuer key")
    signing[f"{SITE}/key"] = b"-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----"
    assert "no public key" in finding(await look(signed(private), signing), "proof")
    signing[f"{SITE}/key"] = 404
    assert (await look(signed(private), signing)).verdict == "unconfirmed"


@pytest.mark.parametrize(
    "listed", ["urn:uuid:1", {"id": "urn:uuid:1", "revocationReason": "by mistake"}, {"uid": "urn:uuid:1"}]
)
async def test_a_revoked_signed_badge(signing: World, private: rsa.RSAPrivateKey, listed: Any) -> None:
    signing[f"{SITE}/revoked"] = {"type": "RevocationList", "revokedAssertions": [listed]}
    assert "failed: It was revoked" in finding(await look(signed(private), signing), "status")
    signing[f"{SITE}/revoked"] = 500
    assert (await look(signed(private), signing)).verdict == "unconfirmed"


async def test_it_says_signed_and_comes_without_a_signature(signing: World) -> None:
    document = assertion(verification={"type": "SignedBadge", "creator": f"{SITE}/key"})
    assert "comes without a signature" in finding(await look(document, signing), "proof")


# Older ones, and what issuers get wrong


async def test_open_badges_1_1(world: World) -> None:
    document = {
        "@context": "https://w3id.org/openbadges/v1",
        "type": "Assertion",
        "uid": "1",
        "recipient": {"type": "email", "hashed": False, "identity": "ada@example.org"},
        "issuedOn": 1398866549,
        "badge": f"{SITE}/badge",
        "verify": {"type": "hosted", "url": ADDRESS},
    }
    world[ADDRESS] = document
    report = await look(document, world)
    assert report.verdict == "valid", report.as_json()
    assert report.facts.format == "Open Badges 1.1"


async def test_open_badges_1_0(world: World) -> None:
    document = {
        "uid": "1",
        "recipient": hashed("ada@example.org", "s"),
        "salt": "s",
        "issued_on": "2012-05-01",
        "badge": {"name": "Robots", "issuer": {"origin": SITE, "name": "Sample School"}},
        "verify": {"type": "hosted", "url": ADDRESS},
    }
    world[ADDRESS] = document
    report = await look(document, world, Person(frozenset({"ada@example.org"})))
    assert report.verdict == "valid", report.as_json()
    assert report.facts.format == "Open Badges 1.0"


async def test_what_moodle_writes_is_understood_and_told(world: World) -> None:
    document = assertion(badge=BADGE | {"alignments": []}, verify={"type": "hosted", "url": ADDRESS})
    del document["verification"]
    world[ADDRESS] = document
    report = await look(document, world)
    assert report.verdict == "valid", report.as_json()
    assert len(report.leniencies) == 2


@pytest.mark.parametrize(
    ("more", "check", "words"),
    [
        ({"expires": "2025-01-01T00:00:00Z"}, "period", "expired on 2025-01-01"),
        ({"issuedOn": "2030-01-01T00:00:00Z"}, "period", "not yet"),
        ({"expires": "soon"}, "period", "no date"),
        ({"issuedOn": "yesterday"}, "schema", "no date-time"),
        ({"type": "BadgeClass"}, "schema", "no Assertion"),
        ({"@context": "https://w3id.org/openbadges/v9"}, "context", "no context of Open Badges"),
        ({"id": 7}, "proof", "says neither where"),
        ({"badge": 7}, "issuer key", "What was awarded is not known"),
    ],
)
async def test_what_is_wrong_is_said(world: World, more: dict[str, Any], check: str, words: str) -> None:
    world[ADDRESS] = assertion(**more)
    assert words in finding(await look(assertion(**more), world), check)


@pytest.mark.parametrize("word", [True, "true", "True", 1, "yes", "2026-01-01"])
async def test_revoked_is_told_in_whatever_words(world: World, word: Any) -> None:
    world[ADDRESS] = assertion(revoked=word)
    for handed in (assertion(), assertion(revoked=False)):
        report = await look(handed, world)
        assert (report.verdict, finding(report, "status")[:6]) == ("invalid", "failed")


@pytest.mark.parametrize("more", [{"revoked": None}, {"revoked": "false"}, {"expires": None}, {"expires": ""}])
async def test_what_is_said_to_be_nothing_is_nothing(world: World, more: dict[str, Any]) -> None:
    world[ADDRESS] = assertion(**more)
    report = await look(assertion(**more), world)
    assert report.verdict == "valid", report.as_json()


@pytest.mark.parametrize("answer", [401, 403, 429, 500, 503])
async def test_an_issuer_that_is_out_of_order_leaves_it_unconfirmed(world: World, answer: int) -> None:
    world[ADDRESS] = answer
    assert (await look(assertion(), world)).verdict == "unconfirmed"


@pytest.mark.parametrize(
    "recipient",
    [
        {},
        {"type": "email", "hashed": False},
        {"type": "email", "hashed": False, "identity": None},
        {"type": "email", "hashed": False, "identity": " "},
        {"type": "email", "hashed": True, "identity": "sha256$"},
        None,
        [],
    ],
)
async def test_who_names_nobody_awards_nobody(world: World, recipient: Any) -> None:
    world[ADDRESS] = assertion(recipient=recipient)
    assert (await look(assertion(recipient=recipient), world)).verdict == "invalid"


async def test_a_list_names_an_assertion_in_any_spelling_of_its_address(world: World) -> None:
    world[f"{SITE}/issuer"] = PROFILE | {"revocationList": f"{SITE}/revoked"}
    for named in ("https://ISSUER.example/assertions/1", "http://issuer.example/assertions/1/", {"id": f"{ADDRESS}/"}):
        world[f"{SITE}/revoked"] = {"type": "RevocationList", "revokedAssertions": [named]}
        assert (await look(assertion(), world)).verdict == "invalid", named
    world[f"{SITE}/revoked"] = {"type": "RevocationList", "revokedAssertions": [f"{ADDRESS}0"]}
    assert (await look(assertion(), world)).verdict == "valid"
