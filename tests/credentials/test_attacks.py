"""Credentials that lie: each is refused, and for the reason that it lies about."""

import json
from copy import deepcopy
from typing import Any

import pytest

from app.credentials import build, status
from app.credentials.contexts import CLR, CREDENTIALS_V2, OPEN_BADGES
from app.credentials.jsonld import canonize
from app.credentials.jsonld.disguise import DECIDING, names
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.model import Issuer
from app.credentials.proof import sign
from app.credentials.verify import verify
from app.credentials.verify.resolve import MOST
from tests.support.credential_samples import CREATED, ISSUER, badge, key
from tests.support.credential_world import World
from tests.support.verifying import LIST, NOW, finding, issuers_world, look, public, revoked, signed

CRED = "https://www.w3.org/2018/credentials#"


@pytest.fixture
def world() -> World:
    return issuers_world()


async def test_the_honest_one_is_valid(world: World) -> None:
    assert (await look(signed(), world.fetch)).verdict == "valid"
    assert "revoked" in finding(await look(revoked(), world.fetch), "status")


# The same statements as other JSON


def disguises() -> list[tuple[dict[str, Any], str]]:
    """A revoked, expired credential rewritten so that its signature holds, and a careless reader sees neither."""
    entry = status.bitstring_entry(LIST, 7, "revocation")
    honest = sign(
        badge(
            validUntil="2026-09-01T09:00:00Z",
            credentialStatus=entry,
            endorsement=[
                {"id": "urn:uuid:9", "type": ["VerifiableCredential"], "credentialSubject": {"id": badge()["id"]}}
            ],
        ),
        key(),
        CREATED,
    )
    documents = []
    under_iri = deepcopy(honest)
    under_iri[f"{CRED}credentialStatus"] = under_iri.pop("credentialStatus")
    documents.append((under_iri, "another way to write 'credentialStatus'"))
    late = deepcopy(honest)
    late[f"{CRED}validUntil"] = {"@value": late.pop("validUntil"), "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
    documents.append((late, "another way to write 'validUntil'"))
    renamed = deepcopy(honest)
    renamed["@context"] = [*renamed["@context"], {"state": {"@id": f"{CRED}credentialStatus", "@type": "@id"}}]
    renamed["state"] = renamed.pop("credentialStatus")
    documents.append((renamed, "'state' is another way to write 'credentialStatus'"))
    prefixed = deepcopy(honest)
    prefixed["@context"] = [*prefixed["@context"], {"c": CRED}]
    prefixed["c:credentialStatus"] = prefixed.pop("credentialStatus")
    documents.append((prefixed, "'c:credentialStatus' is another way"))
    moved = deepcopy(honest)
    moved["endorsement"][0]["credentialSubject"] |= {
        "type": ["VerifiableCredential"],
        "credentialStatus": moved.pop("credentialStatus"),
    }
    documents.append((moved, "described in two places"))
    hidden = {
        "@context": honest["@context"],
        "@graph": [{k: v for k, v in honest.items() if k not in ("@context", "proof")}],
    }
    documents.append((hidden | {"proof": honest["proof"]}, "type: 'VerifiableCredential' is not among"))
    return documents


@pytest.mark.parametrize("number", range(6))
async def test_what_the_signature_covers_may_not_be_hidden(world: World, number: int) -> None:
    document, words = disguises()[number]
    report = await look(document, world.fetch)
    assert report.verdict == "invalid"
    assert any(words in check.message for check in report.checks if check.outcome == "failed"), report.as_json()


def test_each_deciding_property_has_one_name() -> None:
    assert {aliases for iri in DECIDING for aliases in [names()[iri.strip("<>")]] if len(aliases) != 1} == set()


@pytest.mark.parametrize("split", ["credentialSubject", "achievement"])
async def test_a_subject_may_not_be_told_in_two_parts(world: World, split: str) -> None:
    """The same statements in two values of a list, of which readers take the first: the result would be hidden.

    An issuer may write so as well, so nothing speaks against it; nor is it valid.
    """
    subject = badge()["credentialSubject"]
    result = [{"type": ["Result"], "value": "F", "status": "Failed"}]
    honest = signed(credentialSubject=subject | {"result": result})
    assert (await look(honest, world.fetch)).verdict == "valid"
    achievement = subject["achievement"]
    bare = {name: achievement[name] for name in ("id", "type", "name")}
    if split == "credentialSubject":
        rest = {"id": subject["id"], "type": subject["type"], "achievement": {"id": achievement["id"]}}
        hidden: Any = [subject, rest | {"result": result}]
    else:
        hidden = subject | {"result": result, "achievement": [bare, achievement]}
    forged = honest | {"credentialSubject": hidden}
    report = await look(forged, world.fetch)
    assert report.verdict == "unconfirmed"
    assert "described twice" in finding(report, "context")


async def test_an_achievement_in_a_list_of_one_is_shown(world: World) -> None:
    subject = badge()["credentialSubject"]
    report = await look(signed(credentialSubject=subject | {"achievement": [subject["achievement"]]}), world.fetch)
    assert (report.verdict, report.facts.achievement) == ("valid", "Fractions")


async def test_what_is_not_signed_is_refused(world: World) -> None:
    report = await look(signed() | {"grade": "A+"}, world.fetch)
    assert "'grade' is not defined" in finding(report, "context")
    assert finding(report, "proof").startswith("unknown")
    assert report.verdict == "invalid"


async def test_an_unknown_context_is_refused_and_not_fetched(world: World) -> None:
    evil = "https://evil.example/context"
    world[evil] = {"@context": {"name": "https://schema.org/description"}}
    report = await look(signed() | {"@context": [*badge()["@context"], evil]}, world.fetch)
    assert f"'{evil}' is not one of the" in finding(report, "context")
    assert report.verdict == "unconfirmed"
    assert evil not in world.asked


async def test_a_poison_graph_is_refused(world: World) -> None:
    people = [
        {"id": f"_:p{n}", "https://x.example/knows": [{"id": f"_:p{m}"} for m in range(8) if m != n]} for n in range(8)
    ]
    document = signed() | {"https://x.example/people": people}
    report = await look(document, world.fetch)
    assert report.verdict == "invalid"
    assert "refer to each other in too many ways" in report.summary


# Inside others


def record(*children: Any, **more: Any) -> dict[str, Any]:
    document = {
        "@context": [CREDENTIALS_V2, CLR, OPEN_BADGES],
        "id": "https://issuer.example/records/1",
        "type": ["VerifiableCredential", "ClrCredential"],
        "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Sample District"},
        "validFrom": "2026-09-01T08:00:00Z",
        "name": "Record",
        "credentialSubject": {"id": "urn:uuid:1", "type": ["ClrSubject"], "verifiableCredential": list(children)},
        **more,
    }
    return sign(document, key(), CREATED)


async def test_a_bad_credential_inside_a_good_record(world: World) -> None:
    good, other = signed(), signed(id="https://issuer.example/credentials/2", name="Decimals")
    forged = sign(badge(id="https://issuer.example/credentials/3"), key(2), CREATED)
    taken_back = revoked(id="https://issuer.example/credentials/4")
    assert (await look(record(good, other), world.fetch)).verdict == "valid"
    for bad in (other | {"proof": good["proof"]}, other | {"name": "Algebra"}, forged, taken_back):
        report = await look(record(good, bad), world.fetch)
        assert report.verdict == "invalid"
        assert [child.verdict for child in report.children] == ["valid", "invalid"]
        assert "1 of the 2 credentials inside it are not valid" in finding(report, "children")


async def test_a_credential_inside_about_another_person_is_told(world: World) -> None:
    other = signed(credentialSubject=badge()["credentialSubject"] | {"id": "urn:uuid:2"})
    whole = record(other)
    report = await look(whole, world.fetch)
    assert "1 of them name another person" in finding(report, "children")
    assert report.leniencies == ("'Fractions' inside it names another person than it does itself",)


async def test_an_unsigned_credential_inside_a_record(world: World) -> None:
    """Its issuer signed the record: covered. Somebody else's: nobody vouches for it."""
    report = await look(record(badge()), world.fetch)
    assert report.verdict == "valid"
    assert "it has no signature of its own; its issuer signed the whole record" in report.children[0].leniencies
    others = badge(issuer={"id": "https://other.example/", "type": ["Profile"]})
    assert (await look(record(others), world.fetch)).verdict == "invalid"
    expired = badge(validUntil="2026-09-01T09:00:00Z")
    assert (await look(record(expired), world.fetch)).verdict == "invalid"


async def test_too_many_or_too_deep_is_refused(world: World) -> None:
    report = await look(record(*(badge(id=f"urn:uuid:{n}") for n in range(450))), world.fetch)
    assert report.verdict == "invalid"
    deep = signed()
    for _ in range(7):
        deep = record(deep)
    assert (await look(deep, world.fetch)).verdict == "invalid"


async def test_no_more_documents_are_fetched_than_sensible(world: World) -> None:
    entries = [status.bitstring_entry(f"https://issuer.example/list/{n}", 1, "revocation") for n in range(200)]
    await look(signed(credentialStatus=entries), world.fetch)
    assert len(world.asked) <= MOST


async def test_an_endorsement_of_something_else_does_not_count(world: World) -> None:
    board = SigningKey(did_key_method(public(key(6))), key(6).private)
    issuer = Issuer(did_key(public(key(6))), "Board")
    for about, outcome in ((badge()["id"], "passed"), ("https://other.example/", "unknown")):
        stated = sign(build.endorsement("urn:uuid:7", about, "Good.", issuer, CREATED), board, CREATED)
        report = await look(signed(endorsement=[stated]), world.fetch)
        assert report.verdict == "valid"
        assert finding(report, "endorsements").startswith(outcome)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"7",
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b"[" * 100_000,
        b"eyJ.eyJ.x",
        b"{}",
        b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":[]}',
        b'{"type":{"a":[[]]}}',
        b"<svg/>",
        b'{"@context":7,"proof":[7],"issuer":[],"credentialSubject":[[]]}',
        b"\x89PNG\r\n\x1a\n",
        b'{"verification":7,"recipient":[]}',
        b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"id":"\\ud800"}',
    ],
)
async def test_nothing_that_comes_in_raises(content: bytes) -> None:
    report = await verify(content, NOW)
    assert report.verdict == "invalid"
    assert json.dumps(report.as_json())


def test_signed_text_is_the_same_whatever_the_order_of_names() -> None:
    document = badge()
    assert canonize(document) == canonize(dict(reversed(document.items())))
