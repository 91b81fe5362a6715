"""A good signature by a key that nobody knows is no endorsement: who knows the issuer is the first line."""

import json
from typing import Any

import pytest

from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.credentials.verify import IssuerList, Report, verify
from tests.support.credential_samples import CREATED, ISSUER, badge, controller, key
from tests.support.credential_world import World
from tests.support.verifying import NOW, finding, issuers_world, public

KEY = SigningKey(did_key_method(public(key(5))), key(5).private)
DID = did_key(public(key(5)))
SITE = "https://www.oldivy.example"
LINKED = f"{SITE}/.well-known/did-configuration.json"


def university(signer: SigningKey, **more: Any) -> dict[str, Any]:
    """A doctorate, signed by whoever likes to call themselves a university."""
    issuer = {"id": signer.id.partition("#")[0], "type": ["Profile"], "name": "Old Ivy University", "url": SITE, **more}
    return sign(badge(issuer=issuer, name="Doctor of Philosophy"), signer, CREATED)


async def look(document: Any, world: World, *lists: IssuerList) -> Report:
    report = await verify(json.dumps(document), NOW, fetch=world.fetch, known=lists)
    assert report.checks[0].name == "known"
    return report


async def test_a_self_made_university_is_told_as_one() -> None:
    report = await look(university(KEY), World())
    assert report.verdict == "valid"
    assert not report.known
    assert "anybody could have made it" in report.summary
    assert "'Old Ivy University'" in report.summary
    assert report.as_json()["issuer_known"] is False


async def test_a_list_that_somebody_keeps_says_who_it_is() -> None:
    own = IssuerList("the district's own list", {DID: "Riverbend Club"})
    other = IssuerList("the registry 'DCC'", {DID: None})
    report = await look(university(KEY), World(), own, other)
    assert finding(report, "known") == (
        "passed: Its issuer is on the district's own list as 'Riverbend Club';"
        " here it calls itself 'Old Ivy University'."
    )
    assert (
        finding(await look(university(KEY), World(), other), "known") == "passed: Its issuer is on the registry 'DCC'."
    )
    same = await look(university(KEY, name="riverbend club"), World(), own)
    assert finding(same, "known") == "passed: Its issuer is on the district's own list as 'Riverbend Club'."
    assert same.summary == "This credential is valid: Its issuer is on the district's own list as 'Riverbend Club'."


async def test_who_only_claims_to_be_on_a_list_is_not_on_it() -> None:
    """Another's key under a listed name: the list is asked only where the signature is the issuer's."""
    known = IssuerList("the district's own list", {ISSUER: "Sample District"})
    report = await look(sign(badge(), key(2), CREATED), issuers_world(), known)
    assert (report.verdict, report.known) == ("invalid", False)
    assert finding(report, "known") == "unknown: Nothing shows that it is from 'Sample District'."
    assert "does not list the key" in report.summary


@pytest.mark.parametrize(
    ("did", "known", "words"),
    [
        ("did:web:oldivy.example", True, "by its domain alone: whoever holds oldivy.example made it"),
        ("did:web:www.oldivy.example", True, "by its domain alone"),
        ("did:web:badges.example.org:oldivy", False, "which is not that"),
        ("did:web:evil.oldivy.example", False, "which is not that"),
        ("did:web:badges.example.org", False, "which is not that"),
    ],
)
async def test_a_domain_is_known_by_itself_if_it_is_the_issuers_site(did: str, known: bool, words: str) -> None:
    signer = key(5, did)
    host, *path = did.removeprefix("did:web:").split(":")
    where = f"https://{host}/{'/'.join(path)}/did.json" if path else f"https://{host}/.well-known/did.json"
    report = await look(university(signer), World({where: controller(signer, id=did)}))
    assert (report.verdict, report.known) == ("valid", known)
    assert words in finding(report, "known")


@pytest.mark.parametrize("did", ["did:web:badges.example.org:oldivy", DID])
async def test_the_issuers_site_may_name_its_identifier(did: str) -> None:
    signer = KEY if did == DID else key(5, did)
    world = World({"https://badges.example.org/oldivy/did.json": controller(signer, id=did)})
    document = university(signer)
    for named, known in (([], False), ([{"credentialSubject": {"id": "did:web:other"}}, "eyJ.x.y", 7], False)):
        world[LINKED] = {"linked_dids": named}
        assert (await look(document, world)).known is known
    world[LINKED] = {"linked_dids": [{"credentialSubject": {"id": did, "origin": SITE}}]}
    report = await look(document, world)
    assert report.known
    assert "www.oldivy.example says that this identifier is its own" in report.summary
