"""What is said against a credential in a way that nobody foresaw clears nobody: it is read, or told as not read.

The matrix respells, part by part, whatever says that a credential or its key was taken back: none makes it valid.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from app.credentials import bake, status
from app.credentials.errors import CredentialError
from app.credentials.keys import SigningKey, did_key_method
from app.credentials.proof import sign
from app.credentials.verify import IssuerList, verify
from tests.credentials.test_carried import PIXEL
from tests.support.credential_samples import CREATED, ISSUER, badge, controller, key
from tests.support.credential_world import World
from tests.support.forgeries import parts, spelled
from tests.support.ob2 import ADDRESS, BADGE, CONTEXT, PROFILE, SITE, assertion
from tests.support.verifying import LIST, NOW, finding, issuers_world, look, public, signed, token

REVOKED = f"{SITE}/revoked"
LISTING = {"@context": CONTEXT, "type": "RevocationList", "id": REVOKED, "issuer": f"{SITE}/issuer"}
UPLOADED = f"{SITE}/uploads/eve.png"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"></svg>'


def school(listing: Any, **profile: Any) -> World:
    """A school of Open Badges 2 that keeps a list of what it took back."""
    documents = {f"{SITE}/issuer": PROFILE | {"revocationList": REVOKED} | profile, f"{SITE}/badge": BADGE}
    return World({**documents, ADDRESS: assertion(), REVOKED: listing})


EVES = assertion(id=UPLOADED, recipient={"type": "email", "hashed": False, "identity": "eve@example.org"})


@pytest.mark.parametrize(
    "content",
    [
        bake.bake(PIXEL, json.dumps(EVES)),
        bake.bake(SVG, json.dumps(EVES)),
        json.dumps([EVES]).encode(),
        json.dumps(json.dumps(EVES)).encode(),
        json.dumps({"credential": EVES}).encode(),
        token(EVES).encode(),
    ],
)
async def test_what_somebody_uploaded_to_a_host_is_no_badge_of_its_host(content: bytes) -> None:
    """A picture on the issuer's site is whose who uploaded it: an issuer publishes a badge as JSON."""
    world = school(LISTING | {"revokedAssertions": []})
    world[UPLOADED] = content
    for handed in (json.dumps(EVES), UPLOADED):
        report = await verify(handed, NOW, fetch=world.fetch)
        assert report.verdict != "valid", report.summary


NAMED = [{"@id": ADDRESS}, [ADDRESS], {"id": [ADDRESS]}, {"url": ADDRESS}, {"assertion": ADDRESS}, {"uid": ADDRESS}]


@pytest.mark.parametrize("entry", NAMED)
async def test_a_list_names_a_badge_in_several_ways(entry: Any) -> None:
    report = await look(assertion(), school(LISTING | {"revokedAssertions": [entry]}).fetch)
    assert finding(report, "status").startswith("failed: It was revoked")


@pytest.mark.parametrize(
    "listing",
    [
        LISTING | {"revokedAssertions": [7]},
        LISTING | {"revokedAssertions": {f"{ADDRESS}0": "by mistake"}},
        LISTING | {"revokedAssertions": [], "id": f"{SITE}/another"},
        LISTING,
        {"error": "not found"},
        {},
        PROFILE,
    ],
)
async def test_what_is_no_such_list_clears_no_badge(listing: Any) -> None:
    report = await look(assertion(), school(listing).fetch)
    assert finding(report, "status").startswith("unknown")
    assert report.verdict == "unconfirmed"


async def test_all_lists_of_an_issuer_are_asked() -> None:
    hit, none = LISTING | {"revokedAssertions": [ADDRESS]}, LISTING | {"id": f"{SITE}/2", "revokedAssertions": []}
    several: Any = ([f"{SITE}/2", REVOKED], [REVOKED], {"@id": REVOKED}, [{"id": REVOKED}])
    for lists in several:
        world = school(hit, revocationList=lists)
        world[f"{SITE}/2"] = none
        assert finding(await look(assertion(), world.fetch), "status").startswith("failed")
    for odd in ([f"{SITE}/{number}" for number in range(9)], [7]):
        report = await look(assertion(), school(hit, revocationList=odd).fetch)
        assert finding(report, "status").startswith("unknown")


async def test_the_lists_of_the_first_standards_are_empty_where_nothing_was_revoked() -> None:
    first = {
        "uid": "1",
        "recipient": "ada@example.org",
        "badge": f"{SITE}/badge",
        "verify": {"type": "hosted", "url": ADDRESS},
    }
    for listing, verdict in (({}, "valid"), ({"2": "by mistake"}, "valid"), ({"1": "by mistake"}, "invalid")):
        world = school(listing)
        world[ADDRESS] = first
        assert (await look(first, world.fetch)).verdict == verdict


def keys(**more: Any) -> World:
    """An issuer with one key, of which it says more."""
    document = controller(key())
    document["verificationMethod"][0] |= more
    return World({ISSUER: document})


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ({"revoked": "2020-01-01"}, "invalid"),
        ({"revoked": 1_577_836_800}, "invalid"),
        ({"expires": "2020-01-01"}, "invalid"),
        ({"revoked": True}, "unconfirmed"),
        ({"revoked": "yes"}, "unconfirmed"),
        ({"revoked": {"@value": "2020-01-01T00:00:00Z"}}, "unconfirmed"),
        ({"expires": ["2020-01-01T00:00:00Z"]}, "unconfirmed"),
        ({"revoked": None, "expires": ""}, "valid"),
        ({"revoked": False}, "valid"),
        ({"controller": ["https://eve.example/p"]}, "invalid"),
        ({"controller": {"id": "https://eve.example/p"}}, "invalid"),
        ({"controller": [ISSUER, "https://eve.example/p"]}, "invalid"),
        ({"controller": 5}, "invalid"),
        ({"controller": [ISSUER]}, "valid"),
        ({"controller": f"{ISSUER}/"}, "valid"),
    ],
)
async def test_what_is_said_of_a_key(words: dict[str, Any], verdict: str) -> None:
    assert (await look(signed(), keys(**words).fetch)).verdict == verdict


JWK = {"kty": "OKP", "crv": "Ed25519", "x": "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w", "kid": "k1"}
"""The key of `tests.support.credential_samples`."""


@pytest.mark.parametrize("form", ["a set", "a method"])
@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ({}, "valid"),
        ({"use": "sig", "key_ops": ["verify"], "alg": "EdDSA"}, "valid"),
        ({"use": "enc"}, "unconfirmed"),
        ({"use": ["enc"]}, "unconfirmed"),
        ({"key_ops": ["deriveBits"]}, "unconfirmed"),
        ({"alg": "ECDH-ES+A128KW"}, "unconfirmed"),
        ({"exp": 1_577_836_800}, "invalid"),
        ({"revoked": {"revoked_at": 1_577_836_800, "reason": "compromised"}}, "invalid"),
        ({"revoked": {}}, "unconfirmed"),
    ],
)
async def test_what_a_jwk_says_of_itself(words: dict[str, Any], verdict: str, form: str) -> None:
    """RFC 7517, sections 4.2 to 4.4; OpenID Federation 1.0 for its end."""
    jwk = JWK | words
    method = {"id": f"{ISSUER}#k1", "type": "JsonWebKey", "controller": ISSUER, "publicKeyJwk": jwk}
    described = {"id": ISSUER, "verificationMethod": [method], "assertionMethod": [method["id"]]}
    world = World({ISSUER: {"keys": [jwk]} if form == "a set" else described})
    assert (await look(token(badge(), kid=f"{ISSUER}#k1"), world.fetch)).verdict == verdict


@pytest.mark.parametrize("word", [True, "true", 1])
async def test_an_identifier_that_was_given_up(word: Any) -> None:
    world = World({ISSUER: controller(key()) | {"deactivated": word}})
    assert (await look(signed(), world.fetch)).verdict == "unconfirmed"


@pytest.mark.parametrize("number", ["1e400", "-1E999", "17" * 200 + ".0e9"])
async def test_a_number_that_no_reader_can_hold(number: str) -> None:
    """What is shown, stored and handed on would be no JSON."""
    text = json.dumps(badge(maximumScore="@")).replace('"@"', number)
    for handed in (text, token(text)):
        report = await verify(handed, NOW, fetch=issuers_world().fetch)
        assert (report.verdict, "too large for a number" in report.summary) == ("invalid", True)


async def test_a_token_with_a_status_of_its_own_kind() -> None:
    """A Token Status List beside the credential (`status`) is not read here: it may say that it was revoked."""
    claim = {"status": {"status_list": {"idx": 7, "uri": f"{SITE}/statuses"}}}
    older = {"vc": badge(), "iss": ISSUER, "jti": badge()["id"], **claim}
    for claims in (badge() | claim, older):
        report = await look(token(claims), issuers_world().fetch)
        assert finding(report, "status").startswith("unknown: Its status is kept in a way that is not known here")
    report = await look(
        token(badge(credentialStatus=status.bitstring_entry(LIST, 7, "revocation")) | claim), issuers_world().fetch
    )
    assert report.verdict == "invalid"


async def test_an_endorsement_by_nobody_is_told_as_one() -> None:
    """Whoever likes endorses as a university: that its signature holds is not who made it."""
    own = SigningKey(did_key_method(public(key(9))), key(9).private)
    endorsement = sign(
        {
            "@context": badge()["@context"],
            "id": "urn:uuid:praise",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": "Praise",
            "issuer": {"id": own.id.partition("#")[0], "type": ["Profile"], "name": "Old Ivy University"},
            "validFrom": "2026-09-01T08:00:00Z",
            "credentialSubject": {"id": badge()["id"], "type": ["EndorsementSubject"], "endorsementComment": "Great"},
        },
        own,
        CREATED,
    )
    text, fetch = json.dumps(signed(endorsement=[endorsement])), issuers_world().fetch
    report = await verify(text, NOW, fetch=fetch)
    assert finding(report, "endorsements").endswith("1 endorsements hold. Who made 1 of them, nobody here knows.")
    known = IssuerList("the list of this service", {own.id.partition("#")[0]: "Old Ivy"})
    assert finding(await verify(text, NOW, fetch=fetch, known=[known]), "endorsements").endswith("1 endorsements hold.")


def taken_back() -> Iterator[tuple[str, Any, World, str]]:
    """What was taken back, handed in; the web that says so, and where there."""
    yield "a list of 2.0", assertion(), school(LISTING | {"revokedAssertions": [ADDRESS]}), REVOKED
    world = school(LISTING | {"revokedAssertions": [ADDRESS]})
    yield "the profile that names a list", assertion(), world, f"{SITE}/issuer"
    yield "the keys", signed(), keys(revoked="2020-01-01T00:00:00Z"), ISSUER
    entry = {"id": f"{SITE}/list", "type": "1EdTechRevocationList"}
    listing = {"id": f"{SITE}/list", "issuer": ISSUER, "revokedCredential": [{"id": badge()["id"], "revoked": True}]}
    world = issuers_world()
    world[f"{SITE}/list"] = listing
    yield "a list of 1EdTech", token(badge(credentialStatus=entry)), world, f"{SITE}/list"


@pytest.mark.parametrize("case", list(taken_back()), ids=lambda case: case[0])
async def test_no_spelling_of_what_was_taken_back_makes_it_valid(case: tuple[str, Any, World, str]) -> None:
    _, handed, world, address = case
    assert (await look(handed, world.fetch)).verdict == "invalid"
    document, wrong, number = world.documents[address], [], 0
    for path in list(parts(document)):
        for spelling in spelled(document, path):
            number += 1
            world[address] = spelling
            if (await look(handed, world.fetch)).verdict == "valid":
                wrong.append((path, spelling))
    assert wrong == []
    assert number > 10


async def test_no_spelling_of_a_status_makes_it_valid() -> None:
    """Each part of the entry, in a token, and of the list, signed anew."""
    world = issuers_world()
    entry = {"credentialStatus": status.bitstring_entry(LIST, 7, "revocation")}
    listing = {name: value for name, value in world.documents[LIST].items() if name != "proof"}
    wrong, number = [], 0
    for path in list(parts(entry)):
        for spelling in spelled(entry, path):
            number += 1
            if (await look(token(badge(**spelling)), world.fetch)).verdict == "valid":
                wrong.append((path, spelling))
    for path in list(parts(listing)):
        for spelling in spelled(listing, path):
            try:
                world[LIST] = sign(spelling, key(), CREATED)
            except CredentialError:  # what nobody can sign stands at no address
                continue
            number += 1
            if (await look(token(badge(**entry)), world.fetch)).verdict == "valid":
                wrong.append((path, spelling))
    assert wrong == []
    assert number > 40
