"""Data Integrity proofs: the published vectors byte for byte, the independent library both ways, and forgeries."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.credentials.errors import DataRefused, KeyRefused, ProofRefused
from app.credentials.jsonld import canonize
from app.credentials.keys import SigningKey, did_key_method, from_multikey, private_from_multikey
from app.credentials.proof import check, proofs, sign
from tests.support import independent
from tests.support.credential_samples import CREATED, ISSUER, badge, controller, key

UNSHIPPED = "https://w3id.org/citizenship/v4rc1"  # a draft context that some vectors use


def test_the_w3c_vector_of_eddsa_rdfc_2022_byte_for_byte(published: Path) -> None:
    folder = published / "vectors" / "w3c-vc-di-eddsa"
    pair = json.loads((folder / "keyPair.json").read_text())
    private = private_from_multikey(pair["privateKeyMultibase"])
    unsigned = json.loads((folder / "unsigned.json").read_text())
    assert canonize(unsigned).decode() == (folder / "eddsa-rdfc-2022" / "canonDocDataInt.txt").read_text()
    method = did_key_method(private.public_key())
    signed = sign(unsigned, SigningKey(method, private), datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC))
    assert signed == json.loads((folder / "eddsa-rdfc-2022" / "signedDataInt.json").read_text())


def test_the_1edtech_vector_byte_for_byte(published: Path) -> None:
    folder = published / "vectors" / "1edtech-impl-guide" / "obv3p0"
    document = badge(id="http://example.com/credentials/3527", validFrom="2010-01-01T00:00:00Z", name="Teamwork Badge")
    document["issuer"] = {
        "id": "https://example.edu/issuers/565049",
        "type": "Profile",
        "name": "Example Corp",
        "url": "https://www.imsglobal.org",
    }
    document["credentialSubject"] = json.loads((published / "samples" / "ob30" / "simple.json").read_text())[
        "credentialSubject"
    ]
    assert canonize(document).decode() == (folder / "document-canon.txt").read_text()
    options = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "created": "2010-01-01T19:23:24Z",
        "verificationMethod": "https://example.edu/issuers/565049#z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
        "cryptosuite": "eddsa-rdfc-2022",
        "proofPurpose": "assertionMethod",
    }
    assert canonize(options).decode() == (folder / "proof-canon.txt").read_text()


def test_every_signed_w3c_vector_verifies(published: Path) -> None:
    checked = 0
    for path in sorted((published / "vectors").glob("w3c-vc-di-e*/**/signed*.json")):
        document = json.loads(path.read_text())
        if UNSHIPPED in document["@context"]:
            continue
        for proof in proofs(document):
            check(document, proof, from_multikey(proof["verificationMethod"].rpartition("#")[2]))
            checked += 1
    assert checked == 17


def public(signer: SigningKey) -> Ed25519PublicKey:
    assert isinstance(signer.private, Ed25519PrivateKey)
    return signer.private.public_key()


def test_what_we_sign_verifies_in_the_independent_library(node: independent.Node) -> None:
    signed = sign(badge(), key(), CREATED)
    method = controller(key())["verificationMethod"][0] | {"@context": "https://w3id.org/security/multikey/v1"}
    node.give({key().id: method, ISSUER: controller(key())})
    assert node.ask("verify", credential=signed, now="2026-09-02T00:00:00Z") is True
    assert "Invalid signature" in node.ask("verify", credential=signed | {"name": "Other"}, now="2026-09-02T00:00:00Z")


def test_what_the_independent_library_signs_verifies_here(node: independent.Node, published: Path) -> None:
    pair = json.loads((published / "vectors" / "w3c-vc-di-eddsa" / "keyPair.json").read_text())
    private = private_from_multikey(pair["privateKeyMultibase"])
    method = did_key_method(private.public_key())
    pair_of_keys = {
        "id": method,
        "controller": method.partition("#")[0],
        "type": "Multikey",
        "publicKeyMultibase": pair["publicKeyMultibase"],
        "secretKeyMultibase": pair["privateKeyMultibase"],
    }
    document = badge(issuer=method.partition("#")[0])
    signed = node.ask("issue", credential=document, key=pair_of_keys, created="2026-09-01T08:00:00Z")
    check(signed, signed["proof"], private.public_key())
    assert signed == sign(document, SigningKey(method, private), CREATED)


def changed(document: dict[str, Any], **proof: Any) -> dict[str, Any]:
    return document | {"proof": document["proof"] | proof}


def test_a_changed_document_or_proof_is_refused() -> None:
    signed = sign(badge(), key(), CREATED)
    check(signed, signed["proof"], public(key()))
    forged = [
        signed | {"name": "Other"},
        changed(signed, created="2026-09-01T08:00:01Z"),
        changed(signed, proofPurpose="authentication"),
        changed(signed, verificationMethod=key(2).id),
        changed(signed, challenge="x"),
    ]
    for document in forged:
        with pytest.raises(ProofRefused, match="does not fit"):
            check(document, document["proof"], public(key()))
    with pytest.raises(ProofRefused, match="does not fit"):
        check(signed, signed["proof"], public(key(2)))


def test_swapped_proofs_are_refused() -> None:
    first, other = sign(badge(), key(), CREATED), sign(badge(name="Decimals"), key(), CREATED)
    with pytest.raises(ProofRefused, match="does not fit"):
        check(first | {"proof": other["proof"]}, other["proof"], public(key()))


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ({"cryptosuite": "eddsa-2021"}, "is not supported"),
        ({"type": "Other"}, "is not supported"),
        ({"type": "eddsa-rdfc-2022"}, "is not supported"),
        ({"cryptosuite": "Ed25519Signature2020"}, "is not supported"),
        ({"cryptosuite": ["eddsa-rdfc-2022"]}, "is not supported"),
        ({"cryptosuite": "ecdsa-rdfc-2019"}, "wants a P-256"),
        ({"proofValue": None}, "no multibase text"),
        ({"proofValue": "uAAAA"}, "no multibase text"),
        ({"proofValue": "z0"}, "no letter of base58"),
        ({"proofValue": "z" + "2" * 100_000}, "is no key and no signature"),
        ({"proofValue": "z2"}, "does not fit"),
        ({"proofPurpose": None}, "proofPurpose is missing"),
        ({"previousProof": "urn:uuid:none"}, "which is not there"),
        ({"@context": "https://w3id.org/security/data-integrity/v2"}, "how the document's own begins"),
    ],
)
def test_malformed_proofs_are_refused(proof: dict[str, Any], reason: str) -> None:
    document = changed(sign(badge(), key(), CREATED), **proof)
    with pytest.raises(ProofRefused, match=reason):
        check(document, document["proof"], public(key()))


def test_what_is_not_defined_is_not_signed() -> None:
    with pytest.raises(DataRefused, match="'grade' is not defined"):
        sign(badge(grade="A"), key(), CREATED)


def test_a_chain_signs_the_proofs_before_it() -> None:
    first = sign(badge(), key(), CREATED, id="urn:uuid:11111111-1111-4111-8111-111111111111")
    proof = first["proof"]
    chain = sign(first, key(2), CREATED, previousProof=proof["id"])
    for link, signer in zip(proofs(chain), (key(), key(2)), strict=True):
        check(chain, link, public(signer))
    changed_first = chain | {"proof": [proof | {"created": "2026-01-01T00:00:00Z"}, proofs(chain)[1]]}
    with pytest.raises(ProofRefused):
        check(changed_first, proofs(changed_first)[1], public(key(2)))
    both = sign(first, key(2), CREATED)
    for link, signer in zip(proofs(both), (key(), key(2)), strict=True):
        check(both, link, public(signer))
    broken = both | {"proof": [proof | {"created": "2026-01-01T00:00:00Z"}, proofs(both)[1]]}
    check(broken, proofs(broken)[1], public(key(2)))  # a set: the second says nothing about the first
    with pytest.raises(ProofRefused):
        check(broken, proofs(broken)[0], public(key()))


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "z",
        "z1",
        "z6Mk",
        "u7QEAAA",
        "z6MkjZRsdasZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi",
        "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq",
        "z" + "1" * 300,
    ],
)
def test_malformed_keys_are_refused(text: Any) -> None:
    with pytest.raises(KeyRefused):
        from_multikey(text)
