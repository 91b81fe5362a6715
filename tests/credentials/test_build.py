"""What we build validates, verifies here and in the independent library, and tells no more than it should."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.credentials import build, jwt, status
from app.credentials.errors import DataRefused
from app.credentials.issue import issue, issue_token
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.model import Award, Issuer, Subject, hashed_email, pairwise
from app.credentials.verify import Person, verify
from tests.support import independent
from tests.support.build import ADA, AWARD, DISTRICT, FRACTIONS, GRADE, LIST, record
from tests.support.credential_samples import CREATED, ISSUER, controller, key
from tests.support.credential_world import World

NOW = datetime(2026, 9, 2, tzinfo=UTC)


def issued(award: Award = AWARD) -> dict[str, Any]:
    return issue(build.open_badge(award, DISTRICT), key(), CREATED)


@pytest.fixture
def world() -> World:
    listed = status.bitstring_credential(LIST, ISSUER, "revocation", {8: 1}, CREATED)
    return World({ISSUER: controller(key()), LIST: issue(listed, key(), CREATED)})


async def test_a_badge_is_valid_here(world: World) -> None:
    person = Person(frozenset({"ada.sample@example.org"}))
    report = await verify(json.dumps(issued()), NOW, fetch=world.fetch, person=person)
    assert report.verdict == "valid", report.as_json()
    assert report.leniencies == ()
    assert [check.outcome for check in report.checks] == ["passed"] * 9
    assert report.facts.name == report.facts.achievement == "Fractions"


async def test_a_record_is_valid_here(world: World) -> None:
    endorser = SigningKey(did_key_method(public(key(9))), key(9).private)
    stated = build.endorsement(
        "urn:uuid:5a6ad7d2-2c0e-4f37-9d0e-8f4b4a7b1c09",
        FRACTIONS.id,
        "Good.",
        Issuer(did_key(public(key(9))), "Board"),
        CREATED,
    )
    badge = build.open_badge(AWARD, DISTRICT)
    badge["credentialSubject"]["achievement"]["endorsement"] = [issue(stated, endorser, CREATED)]
    whole = issue(build.clr(record(issue(badge, key(), CREATED)), DISTRICT), key(), CREATED)
    report = await verify(json.dumps(whole), NOW, fetch=world.fetch)
    assert report.verdict == "valid", report.as_json()
    assert [child.verdict for child in report.children] == ["valid"]
    assert [endorsement.verdict for endorsement in report.children[0].endorsements] == ["valid"]


async def test_a_token_is_valid_here(world: World) -> None:
    report = await verify(issue_token(build.open_badge(AWARD, DISTRICT), key()), NOW, fetch=world.fetch)
    assert report.verdict == "valid", report.as_json()


def public(signer: SigningKey) -> Any:
    assert isinstance(signer.private, Ed25519PrivateKey)
    return signer.private.public_key()


def test_all_of_it_verifies_in_the_independent_library(node: independent.Node) -> None:
    method = controller(key())["verificationMethod"][0] | {"@context": "https://w3id.org/security/multikey/v1"}
    node.give({key().id: method, ISSUER: controller(key())})
    plain = replace(AWARD, status=())
    badge = issued(plain)
    whole = issue(build.clr(record(badge), DISTRICT), key(), CREATED)
    listed = issue(status.bitstring_credential(LIST, ISSUER, "revocation", {8: 1}, CREATED), key(), CREATED)
    for document in (badge, whole, listed):
        assert node.ask("verify", credential=document, now=NOW.isoformat()) is True


def test_no_address_and_no_name_is_told() -> None:
    text = json.dumps(issued())
    assert "ada" not in text.lower()
    assert "@example.org" not in text
    assert pairwise(b"secret", ISSUER, "17") != pairwise(b"secret", "https://other.example", "17")
    assert pairwise(b"secret", ISSUER, "17") == ADA.id
    assert hashed_email(" Ada.Sample@Example.org ", "salt") == ADA.identities[0]


@pytest.mark.parametrize(
    ("award", "reason"),
    [
        (replace(AWARD, id="no url"), "id: 'no url' is no URL"),
        (replace(AWARD, valid_until=datetime(2020, 1, 1, tzinfo=UTC)), "validUntil lies before validFrom"),
        (replace(AWARD, subject=Subject("ada@example.org")), "is no URL"),
        (replace(AWARD, achievement=replace(FRACTIONS, type="Medal")), "achievementType"),
    ],
)
def test_what_others_would_refuse_is_not_issued(award: Award, reason: str) -> None:
    with pytest.raises(DataRefused, match=reason):
        issued(award)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=4), st.floats(0.001, 1e6), st.booleans())
async def test_whatever_is_built_can_be_signed_and_verified(
    name: str, narrative: str, values: list[str], credits: float, token: bool
) -> None:
    achievement = replace(
        FRACTIONS, name=name, results=(replace(GRADE, allowed=tuple(values)),), tags=tuple(values), credits=credits
    )
    award = replace(AWARD, achievement=achievement, narrative=narrative, results=(), status=(), credits=credits)
    document = build.open_badge(award, DISTRICT)
    content = issue_token(document, key()) if token else json.dumps(issue(document, key(), CREATED))
    report = await verify(content, NOW, fetch=World({ISSUER: controller(key())}).fetch)
    assert report.verdict == "valid", report.as_json()
    if token:
        assert jwt.read(content).document == document
