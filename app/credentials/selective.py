"""Check ecdsa-sd-2023: a credential of which its holder shows a part (W3C VC Data Integrity ECDSA 1.0, section 3.6).

    issuer signs: the hash of the proof's options, a key made for this credential, the hash of what must always be shown
    that key signs: each other statement by itself, so that any of them may be left out

Unnamed objects have labels that only the issuer could compute, so what is shown tells nothing of what is not.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.base58 import base58
from app.credentials import cbor
from app.credentials.errors import KeyRefused, ProofRefused
from app.credentials.jsonld import Quota, canonize
from app.credentials.jsonld.rdfc import labeled_lines
from app.credentials.jsonld.statements import statements
from app.credentials.jsonld.work import Work
from app.credentials.keys import PublicKey, from_multikey

SUITE = "ecdsa-sd-2023"
BASE, DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
"""How a proof begins that its holder keeps, and one that is made of it to be shown."""
LONGEST = 600_000
SIGNATURE, LABEL = 64, 32


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A proof of a part: `labels` of unnamed objects by their canonical names; `mandatory`: numbers of statements."""

    signature: bytes
    public: bytes
    signatures: tuple[bytes, ...]
    labels: dict[str, str]
    mandatory: frozenset[int]


def is_base(proof: dict[str, Any]) -> bool:
    """Whether a proof is its holder's own: what is shown to others must be derived from it first."""
    value = proof.get("proofValue")
    return isinstance(value, str) and value.startswith("u2V0A")


def check(document: dict[str, Any], proof: dict[str, Any], key: PublicKey, quota: Quota | None = None) -> None:
    """Check what is shown of a credential. ProofRefused where it was not signed; DataRefused as `canonize`."""
    disclosure = read(proof.get("proofValue"))
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    options = {"@context": unsecured.get("@context"), **config}
    work = Work(quota=quota)
    lines = sorted(labeled_lines(statements(unsecured, work), disclosure.labels, work))
    verify(disclosure, lines, hashlib.sha256(canonize(options, quota=quota)).digest(), key)


def verify(disclosure: Disclosure, lines: Sequence[str], options: bytes, key: PublicKey) -> None:
    """Check the signatures over the hash of the proof's options and the statements shown, labeled and sorted."""
    if any(number >= len(lines) for number in disclosure.mandatory):
        raise ProofRefused("proof: something that must always be shown is missing")
    mandatory = [line for number, line in enumerate(lines) if number in disclosure.mandatory]
    others = [line for number, line in enumerate(lines) if number not in disclosure.mandatory]
    if len(others) != len(disclosure.signatures):
        words = f"{len(others)} statements are shown, and {len(disclosure.signatures)} are signed"
        raise ProofRefused(f"proof: {words}: something was added or taken away")
    data = options + disclosure.public + hashlib.sha256("".join(mandatory).encode()).digest()
    own = _public(disclosure.public)
    try:
        _check(key, disclosure.signature, data)
        for line, signature in zip(others, disclosure.signatures, strict=True):
            _check(own, signature, line.encode())
    except InvalidSignature:
        raise ProofRefused(
            "proof: the signature does not fit: the credential was changed, or another key signed it"
        ) from None


def read(value: Any) -> Disclosure:
    """A proof of a part, read apart. ProofRefused where it is none."""
    data = decoded(value)
    if not data.startswith(DERIVED):
        raise ProofRefused("proof: it is not derived to be shown: its holder chooses what to show of it first")
    parts = cbor.load(data[len(DERIVED) :])
    match parts:
        case [bytes(signature), bytes(public), list(signatures), dict(labels), list(mandatory)]:
            pass
        case _:
            raise ProofRefused("proof: proofValue is not made as the standard says")
    sound = all(isinstance(item, bytes) and len(item) == SIGNATURE for item in [signature, *signatures])
    named = all(isinstance(label, bytes) and len(label) == LABEL for label in labels.values())
    if not sound or not named or not all(isinstance(number, int) for number in mandatory):
        raise ProofRefused("proof: proofValue is not made as the standard says")
    texts = {f"_:c14n{number}": f"_:u{base64url(label)}" for number, label in labels.items()}
    if len(set(texts.values())) < len(texts):
        raise ProofRefused("proof: two unnamed objects have one label")
    return Disclosure(signature, public, tuple(signatures), texts, frozenset(mandatory))


def decoded(value: Any) -> bytes:
    """The bytes of a multibase text in base64url. ProofRefused where it is none."""
    if not isinstance(value, str) or not value.startswith("u") or len(value) > LONGEST:
        raise ProofRefused("proof: proofValue is no text in base64url (u…)")
    try:
        return base64.b64decode(value[1:] + "=" * (-len(value[1:]) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ProofRefused("proof: proofValue is no base64url") from None


def base64url(data: bytes) -> str:
    """Bytes in base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _public(multikey: bytes) -> PublicKey:
    try:
        return from_multikey("z" + base58(multikey))
    except KeyRefused as error:
        raise ProofRefused(f"proof: the key made for this credential: {error}") from None


def _check(key: PublicKey, signature: bytes, data: bytes) -> None:
    """InvalidSignature where it does not fit; ProofRefused for a key of another kind."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.key_size != 256:
        raise ProofRefused("proof: its suite wants a P-256 key, and the key is another kind")
    encoded = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    key.verify(encoded, data, ec.ECDSA(hashes.SHA256()))
