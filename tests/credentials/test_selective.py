"""Selective disclosure (ecdsa-sd-2023): the W3C's vectors, a part shown of a badge, parts that were tampered with."""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from app.base58 import base58
from app.credentials import cbor, selective
from app.credentials.errors import ProofRefused
from app.credentials.jsonld import canonize
from app.credentials.jsonld.rdfc import issued, labeled_lines
from app.credentials.jsonld.statements import statements
from app.credentials.jsonld.work import Work
from app.credentials.keys import P256_PUBLIC, from_multikey
from tests.support.credential_samples import badge
from tests.support.credential_world import World
from tests.support.verifying import finding, look

KEY, OWN = (ec.derive_private_key(number, ec.SECP256R1()) for number in (7, 11))


def multikey(key: ec.EllipticCurvePrivateKey) -> bytes:
    return P256_PUBLIC + key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


DID = f"did:key:z{base58(multikey(KEY))}"


@pytest.mark.parametrize("name", ["prc", "employ"])
def test_the_w3c_vectors(published: Path, name: str) -> None:
    folder = published / "vectors" / "w3c-vc-di-ecdsa" / "ecdsa-sd-2023"
    lines = json.loads((folder / name / "verifyNQuads.json").read_text())
    document = json.loads((folder / name / "verifyCreateVerifyData.json").read_text())
    proof = json.loads((folder / name / "derivedRevealDocument.json").read_text())["proof"]
    key = from_multikey(json.loads((folder / "SDKeyMaterial.json").read_text())["baseKeyPair"]["publicKeyMultibase"])
    disclosure = selective.read(proof["proofValue"])
    apart = json.loads((folder / name / "verifyDerivedProofValue.json").read_text())
    assert disclosure.signature.hex() == apart["baseSignature"]
    assert sorted(disclosure.mandatory) == sorted(apart["mandatoryIndexes"])
    assert disclosure.labels == {f"_:{canonical}": f"_:{label}" for canonical, label in apart["labelMap"]}
    selective.verify(disclosure, lines, bytes.fromhex(document["proofHash"]), key)
    for wrong in (lines[:-1], [*lines, lines[0]], [lines[0], *lines[:-1]], lines[::-1]):
        with pytest.raises(ProofRefused):
            selective.verify(disclosure, wrong, bytes.fromhex(document["proofHash"]), key)
    with pytest.raises(ProofRefused):
        selective.verify(disclosure, lines, bytes(32), key)


def signed(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def packed(value: Any) -> bytes:
    """A value in CBOR."""
    if isinstance(value, int):
        return _head(0, value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, dict):
        return _head(5, len(value)) + b"".join(packed(part) for pair in value.items() for part in pair)
    return _head(4, len(value)) + b"".join(map(packed, value))


def _head(kind: int, length: int) -> bytes:
    if length < 24:
        return bytes([kind << 5 | length])
    return bytes([kind << 5 | 25]) + length.to_bytes(2)


def derived(
    document: dict[str, Any], always: str = "#issuer>", signer: ec.EllipticCurvePrivateKey = KEY
) -> dict[str, Any]:
    """The document with a proof of a part, as its holder would derive it; `always`: what marks the mandatory."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "ecdsa-sd-2023",
        "created": "2026-09-01T08:00:00Z",
        "verificationMethod": f"{DID}#{DID.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
    }
    quads = list(dict.fromkeys(statements(document)))
    names = issued(quads, Work())
    labels = {int(name.removeprefix("_:c14n")): os.urandom(32) for name in names.values()}
    texts = {f"_:c14n{n}": f"_:u{urlsafe_b64encode(label).decode().rstrip('=')}" for n, label in labels.items()}
    lines = sorted(labeled_lines(quads, texts, Work()))
    mandatory = [number for number, line in enumerate(lines) if always in line]
    options = hashlib.sha256(canonize({"@context": document["@context"], **proof})).digest()
    head = hashlib.sha256("".join(lines[number] for number in mandatory).encode()).digest()
    base = signed(signer, options + multikey(OWN) + head)
    others = [signed(OWN, line.encode()) for number, line in enumerate(lines) if number not in mandatory]
    parts = packed([base, multikey(OWN), others, labels, mandatory])
    text = urlsafe_b64encode(selective.DERIVED + parts).decode().rstrip("=")
    return {**document, "proof": proof | {"proofValue": f"u{text}"}}


def part() -> dict[str, Any]:
    """What is shown of a badge."""
    return badge(issuer={"id": DID, "type": ["Profile"], "name": "Sample District"})


async def test_a_part_that_is_shown_is_valid_and_told_to_be_a_part() -> None:
    report = await look(derived(part()), World().fetch)
    assert report.verdict == "valid", report.as_json()
    assert report.leniencies == ("its holder shows a part of it: what else it says is not told",)


async def test_what_was_added_changed_or_signed_by_another_is_not_valid() -> None:
    good = derived(part())
    for more in (
        {"name": "Algebra"},
        {"validUntil": "2099-01-01T00:00:00Z"},
        {"issuer": DID},
        {"proof": good["proof"] | {"created": "2026-09-02T08:00:00Z"}},
    ):
        report = await look(good | more, World().fetch)
        assert (report.verdict, finding(report, "proof").startswith("failed")) == ("invalid", True)
    less = {name: value for name, value in good.items() if name != "name"}
    assert (await look(less, World().fetch)).verdict == "invalid"
    assert (await look(derived(part(), signer=OWN), World().fetch)).verdict == "invalid"


async def test_a_proof_that_was_not_derived_leaves_it_unconfirmed() -> None:
    good = derived(part())
    own = good | {"proof": good["proof"] | {"proofValue": "u2V0AhVhA"}}
    assert (await look(own, World().fetch)).verdict == "unconfirmed"


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    for content in (data, b"\x85" + data, b"\x9f" + data, b"\xbb" + data):
        with suppress(ProofRefused):
            cbor.load(content)
        text = urlsafe_b64encode(selective.DERIVED + content).decode().rstrip("=")
        with pytest.raises(ProofRefused):
            selective.read(f"u{text}")


@pytest.mark.parametrize("value", [None, 7, "", "z3", "u!", "u", "u2V0B", "u" + "A" * 500_000])
def test_texts_that_are_no_proof(value: Any) -> None:
    with pytest.raises(ProofRefused):
        selective.read(value)
