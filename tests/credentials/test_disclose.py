"""Showing a part of a credential: what is chosen verifies, and nothing tells of the rest."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from app.credentials import build, disclose, parts, selective
from app.credentials.errors import DataRefused, KeyRefused, ProofRefused
from app.credentials.issue import issue, issue_selective
from app.credentials.jsonld.named import named, select
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.status import bitstring_entry
from tests.support.build import AWARD, DISTRICT, record
from tests.support.credential_samples import CREATED, key
from tests.support.credential_world import World
from tests.support.verifying import LIST, finding, issuers_world, look

PRIVATE = ec.derive_private_key(7, ec.SECP256R1())
KEY = SigningKey(did_key_method(PRIVATE.public_key()), PRIVATE)
OWNER = replace(DISTRICT, id=did_key(PRIVATE.public_key()))
BADGE = issue_selective(build.open_badge(replace(AWARD, status=()), OWNER), KEY, CREATED)
POINTERS = [part.id for part in parts.parts(BADGE)]


async def test_a_part_verifies_and_tells_nothing_of_the_rest() -> None:
    (result, *_), evidence = [part for part in parts.parts(BADGE) if "/result/" in part.id], "/evidence/0"
    whole = json.dumps(BADGE)
    grade = parts.presented(BADGE, [result.id])
    report = await look(grade, World().fetch)
    assert report.verdict == "valid", report.as_json()
    assert grade["credentialSubject"]["result"] == BADGE["credentialSubject"]["result"][:1]
    assert "evidence" not in grade
    assert BADGE["evidence"][0]["narrative"] in whole
    assert BADGE["evidence"][0]["narrative"] not in json.dumps(grade)
    assert "identifier" not in grade["credentialSubject"]
    assert "evidence" in parts.presented(BADGE, [evidence])
    nothing = parts.presented(BADGE, [])
    assert (nothing["issuer"], nothing["validUntil"]) == (BADGE["issuer"], BADGE["validUntil"])


async def test_one_of_the_data_model_1_1_says_what_its_proof_means() -> None:
    """The contexts of 1.1 do not define a Data Integrity proof, so the signer adds the one that does."""
    first, later = "https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/data-integrity/v2"
    subject = {"id": "did:example:ada"}
    document = {"@context": [first], "type": ["VerifiableCredential"], "issuer": OWNER.id, "credentialSubject": subject}
    whole = disclose.sign(document | {"issuanceDate": "2026-09-01T08:00:00Z"}, KEY, CREATED, ["/issuer"])
    assert whole["@context"] == [first, later]
    derived = disclose.derive(whole, ["/issuanceDate", "/credentialSubject"])
    assert (await look(derived, World().fetch)).verdict == "valid"


async def test_what_its_holder_keeps_is_shown_to_nobody_as_it_is() -> None:
    assert (await look(BADGE, World().fetch)).verdict == "unconfirmed"
    everything = parts.presented(BADGE)
    assert (await look(everything, World().fetch)).verdict == "valid"
    assert {**everything, "proof": None} == {**BADGE, "proof": None}
    assert parts.presented({"proof": {"type": "DataIntegrityProof"}}) == {"proof": {"type": "DataIntegrityProof"}}


@given(st.sets(st.sampled_from(POINTERS)), st.data())
async def test_whatever_is_chosen_holds_and_whatever_is_changed_in_it_does_not(
    chosen: set[str], data: st.DataObject
) -> None:
    derived = parts.presented(BADGE, sorted(chosen))
    assert (await look(derived, World().fetch)).verdict == "valid"
    name = data.draw(st.sampled_from(sorted(set(derived) - {"@context", "proof"})))
    for forged in (
        {other: value for other, value in derived.items() if other != name},
        derived | {name: "https://evil.example/x"},
        derived | {"evidence": [{"type": ["Evidence"], "narrative": "Flew to the moon."}]},
    ):
        assert (await look(forged, World().fetch)).verdict != "valid", name


async def test_proofs_of_two_parts_are_not_one_of_both() -> None:
    """Signatures of another part, or of the same part of another's credential, are of no use."""
    first, second = parts.presented(BADGE, POINTERS[:1]), parts.presented(BADGE, POINTERS[1:])
    other = issue_selective(build.open_badge(replace(AWARD, status=(), id="urn:uuid:2"), OWNER), KEY, CREATED)
    for stolen in (second["proof"], parts.presented(other, POINTERS[:1])["proof"]):
        assert (await look(first | {"proof": stolen}, World().fetch)).verdict == "invalid"


async def test_one_grade_of_a_record_without_the_rest() -> None:
    awards = [replace(AWARD, id=f"urn:uuid:{n}", status=()) for n in range(3)]
    children = [issue(build.open_badge(award, DISTRICT), key(), CREATED) for award in awards]
    whole = issue_selective(build.clr(record(*children), OWNER), KEY, CREATED)
    derived = parts.presented(whole, ["/credentialSubject/verifiableCredential/1"])
    report = await look(derived, issuers_world().fetch)
    assert (report.verdict, len(report.children)) == ("valid", 1), report.as_json()
    assert report.children[0].facts.id == "urn:uuid:1"
    assert "urn:uuid:2" not in json.dumps(derived)


async def test_its_state_is_always_told() -> None:
    taken_back = replace(AWARD, status=(bitstring_entry(LIST, 7, "revocation"),))
    document = issue_selective(build.open_badge(taken_back, OWNER), KEY, CREATED)
    derived = parts.presented(document, [])
    assert "credentialStatus" in derived
    assert finding(await look(derived, issuers_world().fetch), "status") == "failed: It was revoked by its issuer."


def test_what_cannot_be_signed_or_shown_is_refused() -> None:
    unsigned = {name: value for name, value in BADGE.items() if name != "proof"}
    with pytest.raises(KeyRefused, match="P-256"):
        disclose.sign(unsigned, key(), CREATED, ["/issuer"])
    with pytest.raises(DataRefused, match="signed already"):
        disclose.sign(BADGE, KEY, CREATED, ["/issuer"])
    for pointer in ("/nothing", "/evidence/7", "/evidence/-", "issuer", "/@context/0", "/issuer/name/x"):
        with pytest.raises(DataRefused):
            disclose.derive(BADGE, [pointer])
        with pytest.raises(DataRefused):
            disclose.sign(unsigned, KEY, CREATED, [pointer])
    with pytest.raises(ProofRefused, match="not signed so"):
        disclose.derive(parts.presented(BADGE), [])
    with pytest.raises(ProofRefused, match="not the one that was signed"):
        disclose.derive(BADGE | {"evidence": []}, [])
    with pytest.raises(DataRefused, match="ordered list"):
        disclose.derive(BADGE, ["/credentialSubject/achievement/resultDescription/1/allowedValue/0"])


def test_the_w3c_base_proofs_are_read(published: Path) -> None:
    folder = published / "vectors" / "w3c-vc-di-ecdsa" / "ecdsa-sd-2023"
    for name in ("prc", "employ"):
        proof = json.loads((folder / name / "addSignedSDBase.json").read_text())["proof"]
        recovered = json.loads((folder / name / "derivedRecoveredBaseData.json").read_text())
        base = disclose.read(proof["proofValue"])
        assert base.signature.hex() == recovered["baseSignature"]
        assert base.secret.hex() == recovered["hmacKey"]
        assert list(base.mandatory) == recovered["mandatoryPointers"]
        assert len(base.signatures) == len(recovered["signatures"])


def test_a_part_of_a_document_is_what_its_pointers_say() -> None:
    document: dict[str, Any] = {
        "@context": "c",
        "id": "urn:1",
        "a": {"id": "_:b", "type": "T", "x": 1, "y/z": [{"p": 1, "q": 2}, {"p": 3}]},
        "b": 2,
    }
    assert select(named(document), ["/a/y~1z/1"]) == {
        "@context": "c",
        "id": "urn:1",
        "a": {"type": "T", "y/z": [{"p": 3}]},
    }
    assert select(named(document), ["/a/y~1z/0/q", "/a/y~1z/1", "/b"])["a"]["y/z"] == [{"q": 2}, {"p": 3}]
    assert select(named(document), ["/a/x", "/a"])["a"] == document["a"]
    assert select(named(document), [""]) == document


@pytest.mark.parametrize("value", [None, "u2V0B", "u2V0A", "u2V0AhUA", "z2V0A", "u!"])
def test_values_that_are_no_base_proof(value: Any) -> None:
    with pytest.raises(ProofRefused):
        disclose.read(value)
    assert not selective.is_base({"proofValue": None})
