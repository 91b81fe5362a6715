"""Badges before 3.0, unusually honest and unusually forged: the right verdict of each."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import RSAKey

from app.credentials import jwt
from app.credentials.verify import verify
from tests.support.credential_world import World
from tests.support.ob2 import ADDRESS, BADGE, CONTEXT, PROFILE, SITE, assertion
from tests.support.verifying import NOW, finding, look

PRIVATE = rsa.generate_private_key(65537, 2048)
PEM = jwt._jwk(PRIVATE).as_pem(private=False).decode()
FIRST = "https://w3id.org/openbadges/v1"


def world(**more: Any) -> World:
    """A school with one badge class, and what else stands on its host."""
    named = {f"{SITE}/{path.replace('__', '/')}": document for path, document in more.items()}
    return World({f"{SITE}/issuer": PROFILE, f"{SITE}/badge": BADGE, ADDRESS: assertion(), **named})


def token(**more: Any) -> str:
    """A signed assertion."""
    document = assertion(id="urn:uuid:9b3c0a2e-7d7c-4e0b-9d5e-1c2d3e4f5a6b", **more)
    body = json.dumps({name: value for name, value in document.items() if value is not None}).encode()
    return jws.serialize_compact({"alg": "RS256"}, body, RSAKey.import_key(PRIVATE), registry=jwt.REGISTRY)


@pytest.mark.parametrize("context", [FIRST, None, [FIRST, CONTEXT]])
@pytest.mark.parametrize("whose", ["profile", "class"])
async def test_the_older_words_are_no_way_round_the_keys_that_an_issuer_lists(context: Any, whose: str) -> None:
    """Open Badges 1 lists no keys, so the issuer's host stands for them; a 2.0 issuer's words do not become 1."""
    key = f"{SITE}/media/uploaded.pem"
    written: dict[str, Any] = {
        "id": f"{SITE}/badge",
        "type": "BadgeClass",
        "name": "Doctorate",
        "issuer": PROFILE["id"],
    }
    profile: dict[str, Any] = {"type": "Issuer", "id": PROFILE["id"], "name": "Sample School"}
    if whose == "class":
        written["@context"] = CONTEXT
    else:
        profile = PROFILE
    forged = token(**{"@context": context}, verification=None, verify={"type": "signed", "url": key}, badge=written)
    on_host = world(issuer=profile)
    on_host[key] = PEM.encode()
    report = await look(forged, on_host.fetch)
    assert report.verdict == "unconfirmed", report.as_json()
    assert "only its profile could say" in finding(report, "issuer key")


async def test_a_key_that_the_profile_writes_out_is_the_issuers() -> None:
    own = f"{SITE}/issuer#key"
    written = {"id": own, "type": "CryptographicKey", "owner": f"{SITE}/issuer", "publicKeyPem": PEM}
    profile = PROFILE | {"publicKey": written}
    for verification in ({"type": "SignedBadge", "creator": own}, {"type": "SignedBadge"}):
        signed = token(verification=verification)
        assert (await look(signed, world(issuer=profile).fetch)).verdict == "valid"
        of_other = profile | {"publicKey": written | {"owner": "https://other.example/issuer"}}
        assert "is that of" in finding(await look(signed, world(issuer=of_other).fetch), "issuer key")
        none = profile | {"publicKey": written | {"publicKeyPem": "no key"}}
        assert "no public key" in finding(await look(signed, world(issuer=none).fetch), "proof")


async def test_a_key_that_the_badge_itself_writes_out_is_nobodys() -> None:
    own = f"{SITE}/issuer#key"
    written = {"id": own, "type": "CryptographicKey", "owner": f"{SITE}/issuer", "publicKeyPem": PEM}
    for issuer in (PROFILE | {"publicKey": written}, {"name": "Sample School", "url": SITE, "publicKey": written}):
        forged = token(
            verification={"type": "SignedBadge", "creator": own}, badge=BADGE | {"name": "Doctorate", "issuer": issuer}
        )
        assert (await look(forged, world().fetch)).verdict != "valid"


@pytest.mark.parametrize(
    ("context", "verdict"),
    [
        ("https://issuer.example/contexts/badges", "unconfirmed"),
        (["https://issuer.example/contexts/badges", {"x": "https://x.example/"}], "unconfirmed"),
        ("https://w3id.org/openbadges/invalid", "invalid"),
        ("http://w3id.org/openbadges/v2/", "valid"),
    ],
)
async def test_a_context_that_is_not_known_leaves_it_open(context: Any, verdict: str) -> None:
    document = assertion(**{"@context": context})
    assert (await look(document, world(assertions__1=document).fetch)).verdict == verdict


async def test_the_oldest_badges_live_at_the_address_they_were_found_at() -> None:
    oldest = {
        "recipient": "ada@example.org",
        "badge": {
            "version": "0.5.0",
            "name": "Robots",
            "image": "/robots.png",
            "description": "d",
            "criteria": "/robots",
            "issuer": {"origin": SITE, "name": "Sample School"},
        },
    }
    report = await look(f"{SITE}/oldest", world(oldest=oldest).fetch)
    assert (report.verdict, report.facts.name) == ("valid", "Robots"), report.as_json()
    elsewhere = World({"https://other.example/oldest": oldest})
    assert (await look("https://other.example/oldest", elsewhere.fetch)).verdict == "invalid"
    assert (await look(oldest, world(oldest=oldest).fetch)).verdict == "invalid"


@pytest.mark.parametrize(
    ("issued", "expires", "verdict"),
    [
        ("1398866549", None, "valid"),
        (1398866549000, None, "valid"),
        ("1398866549000", "1398866550", "invalid"),
        (1398866549, 1398866550000, "invalid"),
        ("1398866549", 4_000_000_000_000, "valid"),
        ("20140430", "2999-W01-1", "valid"),
    ],
)
async def test_seconds_are_read_as_they_are_written(issued: Any, expires: Any, verdict: str) -> None:
    document = assertion(issuedOn=issued) | ({"expires": expires} if expires else {})
    published = world(assertions__1=document)
    assert (await verify(json.dumps(document), NOW, fetch=published.fetch)).verdict == verdict
