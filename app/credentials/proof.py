"""Data Integrity proofs: make eddsa-rdfc-2022, check it and its relatives (W3C VC Data Integrity EdDSA 1.0).

Here is only the cryptography: that a key signed this document. Whose key it is, `app.credentials.verify` finds out.

Pure.
"""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.base58 import base58
from app.credentials import selective
from app.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, DATA_INTEGRITY
from app.credentials.errors import DataRefused, KeyRefused, ProofRefused
from app.credentials.jsonld import Quota, canonize
from app.credentials.keys import PublicKey, SigningKey, from_multibase

SUITE = "eddsa-rdfc-2022"
DRAFT = "eddsa-2022"
"""The name that eddsa-rdfc-2022 had in drafts; some issuers still write it."""
OLD = "Ed25519Signature2020"
"""The suite of the data model 1.1, checked and no longer made."""
DEFINING = {DATA_INTEGRITY, "https://w3id.org/security/data-integrity/v1", CREDENTIALS_V2}
"""Contexts that define what a Data Integrity proof says."""
KEPT_LETTERS, KEPT_TEXTS = 500, 20
"""Letters of the longest text in the options of a proof whose hash is kept, and how many texts it may have."""


def sign(document: dict[str, Any], key: SigningKey, created: datetime, **more: str) -> dict[str, Any]:
    """The document with a proof added: eddsa-rdfc-2022, for the purpose of an assertion unless `more` says another.

    DataRefused where the document holds what a signature would not cover.
    """
    if not isinstance(key.private, Ed25519PrivateKey):
        raise KeyRefused(f"{SUITE} signs with Ed25519 keys, and '{key.id}' is another kind")
    document = defined(document)
    proof = options(key, created) | more
    existing = proofs(document)
    unsecured = _unsecured(document, proof)
    signature = key.private.sign(_rdfc_data(unsecured, proof, "sha256"))
    proof["proofValue"] = "z" + base58(signature)
    return document | {"proof": [*existing, proof] if existing else proof}


def defined(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what its proof will say defined: the data model 1.1 did not (Data Integrity, section 2.4.1)."""
    value = document.get("@context")
    contexts = value if isinstance(value, list) else [value]
    if contexts[:1] != [CREDENTIALS_V1] or any(context in DEFINING for context in contexts if isinstance(context, str)):
        return document
    return document | {"@context": [*contexts, DATA_INTEGRITY]}


def options(key: SigningKey, created: datetime) -> dict[str, Any]:
    """A proof before it has a value."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": key.id,
        "proofPurpose": "assertionMethod",
    }


def proofs(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The proofs embedded in a document. ProofRefused where one is no object."""
    value = document.get("proof", [])
    value = value if isinstance(value, list) else [value]
    if not all(isinstance(proof, dict) for proof in value):
        raise ProofRefused("proof: it should be an object, or a list of objects")
    return value


def suite(proof: dict[str, Any]) -> str:
    """The name of a proof's suite. ProofRefused where it is not one that is checked here."""
    kind = proof.get("type")
    name = proof.get("cryptosuite") if kind == "DataIntegrityProof" else kind
    if name == selective.SUITE and not selective.is_base(proof):
        return selective.SUITE
    if not isinstance(name, str) or name not in SUITES or (kind == name) != (name == OLD):
        raise ProofRefused(f"proof: the suite {name!r} is not supported; supported are {', '.join(sorted(SUITES))}")
    return name


def check(document: dict[str, Any], proof: dict[str, Any], key: PublicKey, quota: Quota | None = None) -> None:
    """Check that the key signed the document. ProofRefused where it did not; DataRefused, TooMuchWork as `canonize`."""
    name = suite(proof)
    if not isinstance(proof.get("proofPurpose"), str):
        raise ProofRefused("proof: proofPurpose is missing")
    if name == selective.SUITE:
        selective.check(document, proof, key, quota)
        return
    kind = SUITES[name]
    try:
        signature = from_multibase(proof.get("proofValue"))
    except KeyRefused as error:
        raise ProofRefused(f"proof: proofValue: {error}") from None
    unsecured = _unsecured(document, proof)
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    if "@context" in config:
        unsecured["@context"] = _context(document, config["@context"])
    try:
        kind.verify(key, signature, kind.data(unsecured, config, _algorithm(key), quota))
    except InvalidSignature:
        raise ProofRefused(
            "proof: the signature does not fit: the credential was changed, or another key signed it"
        ) from None


def _context(document: dict[str, Any], contexts: Any) -> Any:
    """The context that a proof names for itself must be how the document's begins."""
    whole, part = ([value] if not isinstance(value, list) else value for value in (document.get("@context"), contexts))
    if whole[: len(part)] != part:
        raise ProofRefused("proof: its @context is not how the document's own begins")
    return contexts


def _unsecured(document: dict[str, Any], proof: dict[str, Any]) -> dict[str, Any]:
    """What a proof signs: the document without its proofs, but with those that this one builds on."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    previous = _previous(document, proof)
    return unsecured | {"proof": previous} if previous else unsecured


def _previous(document: dict[str, Any], proof: dict[str, Any]) -> list[dict[str, Any]]:
    """The proofs of a chain that this one signs too. ProofRefused where one is missing."""
    value = proof.get("previousProof", [])
    ids = value if isinstance(value, list) else [value]
    previous = [other for other in proofs(document) if other.get("id") in ids and other is not proof]
    if len(previous) < len(ids):
        raise ProofRefused(f"proof: it builds on {', '.join(map(str, ids))}, which is not there")
    return previous


def _algorithm(key: PublicKey) -> str:
    return "sha384" if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size == 384 else "sha256"


def _rdfc_data(unsecured: dict[str, Any], config: dict[str, Any], algorithm: str, quota: Quota | None = None) -> bytes:
    """What is signed: the hash of the proof's options, then that of the document, both canonical."""
    digest = getattr(hashlib, algorithm)
    document = digest(canonize(unsecured, algorithm, quota)).digest()
    contexts = unsecured.get("@context")
    if quota is not None and isinstance(contexts, list) and all(map(_plain, (contexts, config, config.values()))):
        return _options_digest(tuple(contexts), tuple(config.items()), algorithm) + bytes(document)
    return bytes(digest(canonize({"@context": contexts, **config}, algorithm, quota)).digest() + document)


def _plain(values: Collection[Any]) -> bool:
    """Whether values are few and short texts: what is kept of what anybody hands in is bounded."""
    return len(values) <= KEPT_TEXTS and all(type(value) is str and len(value) <= KEPT_LETTERS for value in values)


@lru_cache(maxsize=256)
def _options_digest(contexts: tuple[str, ...], options: tuple[tuple[str, str], ...], algorithm: str) -> bytes:
    """The hash of a proof's options, kept: a class's badges, and those of a learner record, are signed in one second.

    Whoever signs has a new moment each time, and a template for many at once.
    """
    return bytes(
        getattr(hashlib, algorithm)(canonize({"@context": list(contexts), **dict(options)}, algorithm)).digest()
    )


def _jcs_data(unsecured: dict[str, Any], config: dict[str, Any], algorithm: str, quota: Quota | None = None) -> bytes:
    del quota  # it costs no more than reading did
    digest = getattr(hashlib, algorithm)
    try:
        return bytes(digest(rfc8785.dumps(config)).digest() + digest(rfc8785.dumps(unsecured)).digest())
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise DataRefused(f"the document has no canonical JSON form: {error}") from None


def _eddsa(key: PublicKey, signature: bytes, data: bytes) -> None:
    if not isinstance(key, Ed25519PublicKey):
        raise ProofRefused("proof: its suite wants an Ed25519 key, and the key is another kind")
    key.verify(signature, data)


def _ecdsa(key: PublicKey, signature: bytes, data: bytes) -> None:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ProofRefused("proof: its suite wants a P-256 or P-384 key, and the key is another kind")
    half = key.key_size // 8
    if len(signature) != 2 * half:
        raise ProofRefused(f"proof: the signature has {len(signature)} bytes, and {2 * half} are expected")
    encoded = encode_dss_signature(int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    key.verify(encoded, data, ec.ECDSA(hashes.SHA384() if half == 48 else hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class Suite:
    """How a suite makes the data that is signed, and checks the signature."""

    data: Callable[[dict[str, Any], dict[str, Any], str, Quota | None], bytes]
    verify: Callable[[PublicKey, bytes, bytes], None]


SUITES = {
    SUITE: Suite(_rdfc_data, _eddsa),
    DRAFT: Suite(_rdfc_data, _eddsa),
    OLD: Suite(_rdfc_data, _eddsa),
    "eddsa-jcs-2022": Suite(_jcs_data, _eddsa),
    "ecdsa-rdfc-2019": Suite(_rdfc_data, _ecdsa),
    "ecdsa-jcs-2019": Suite(_jcs_data, _ecdsa),
}
OF_TEXT = frozenset(name for name, suite in SUITES.items() if suite.data is _jcs_data)
"""Suites that sign the JSON as it is written, and not what its words mean."""
