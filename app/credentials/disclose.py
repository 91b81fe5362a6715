"""Make ecdsa-sd-2023: sign so that parts can be shown, and show some (W3C VC Data Integrity ECDSA 1.0, section 3.6).

    sign    every statement by itself, but for what must always be shown; the proof is its holder's alone (a base proof)
    derive  what a holder chooses, with a proof of that; it tells nothing of what is left out

Checking is in `app.credentials.selective`.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.credentials import cbor
from app.credentials.errors import DataRefused, KeyRefused, ProofRefused
from app.credentials.jsonld import canonize
from app.credentials.jsonld.named import Named, named, plain, select
from app.credentials.jsonld.rdfc import issued, lines_under
from app.credentials.jsonld.statements import statements
from app.credentials.jsonld.work import Work
from app.credentials.keys import SigningKey, multikey_bytes
from app.credentials.proof import defined, options, proofs
from app.credentials.selective import BASE, DERIVED, SUITE, base64url, decoded, is_base

MOST = 5000
"""Statements of one credential: each has a signature of its own."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base proof, read apart. `secret`: what labels of unnamed objects are made by; `mandatory`: JSON pointers."""

    signature: bytes
    public: bytes
    secret: bytes
    signatures: tuple[bytes, ...]
    mandatory: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labeled:
    """A document with its statements, sorted, and the label of each unnamed object."""

    document: Named
    labels: dict[str, str]
    lines: list[str]

    def lines_of(self, pointers: Sequence[str]) -> set[str]:
        """The lines that JSON pointers choose."""
        return set(lines_under(statements(select(self.document, pointers)), self.labels)) if pointers else set()


def sign(document: dict[str, Any], key: SigningKey, created: datetime, mandatory: Sequence[str]) -> dict[str, Any]:
    """The document with a base proof. `mandatory`: JSON pointers to what must always be shown.

    DataRefused where it cannot be signed so; KeyRefused for a key that is none of P-256.
    """
    if proofs(document):
        raise DataRefused("proof: it is signed already, and a proof of parts stands alone")
    document = defined(document)
    own = ec.generate_private_key(ec.SECP256R1())
    proof = options(key, created) | {"cryptosuite": SUITE}
    whole = _labeled(document, secret := secrets.token_bytes(32))
    if len(whole.lines) > MOST:
        raise DataRefused(f"it says {len(whole.lines):,} things, and {MOST:,} can be shown one by one: choose fewer")
    always = whole.lines_of(mandatory)
    head = hashlib.sha256("".join(line for line in whole.lines if line in always).encode()).digest()
    options_hash = hashlib.sha256(canonize({"@context": document["@context"], **proof})).digest()
    public = multikey_bytes(own.public_key())
    parts = [
        _signed(key.private, options_hash + public + head),
        public,
        secret,
        [_signed(own, line.encode()) for line in whole.lines if line not in always],
        list(mandatory),
    ]
    return document | {"proof": proof | {"proofValue": _written(BASE, parts)}}


def derive(document: dict[str, Any], pointers: Sequence[str]) -> dict[str, Any]:
    """What JSON pointers choose of a document with a base proof, and what must always be shown, with a proof of that.

    ProofRefused where it has no base proof; DataRefused for a pointer to what is not there.
    """
    proof = next((candidate for candidate in proofs(document) if is_base(candidate)), None)
    if proof is None:
        raise ProofRefused("proof: it is not signed so that a part of it can be shown")
    base = read(proof.get("proofValue"))
    whole = _labeled({name: value for name, value in document.items() if name != "proof"}, base.secret)
    always, chosen = whole.lines_of(base.mandatory), [*base.mandatory, *pointers]
    others = [line for line in whole.lines if line not in always]
    if len(others) != len(base.signatures):
        raise ProofRefused("proof: the document is not the one that was signed")
    part = select(whole.document, chosen)
    quads = statements(part)
    visible = set(lines_under(quads, whole.labels))
    if visible - set(whole.lines):
        raise DataRefused("of an ordered list all is shown, or nothing")
    canonical = issued(list(dict.fromkeys(quads)), Work())
    parts = [
        base.signature,
        base.public,
        [signature for line, signature in zip(others, base.signatures, strict=True) if line in visible],
        {
            int(name.removeprefix("_:c14n")): decoded(whole.labels[node].removeprefix("_:"))
            for node, name in canonical.items()
        },
        [number for number, line in enumerate(line for line in whole.lines if line in visible) if line in always],
    ]
    shown_document: dict[str, Any] = plain(part)
    return shown_document | {"proof": proof | {"proofValue": _written(DERIVED, parts)}}


def read(value: Any) -> Base:
    """A base proof, read apart. ProofRefused where it is none."""
    data = decoded(value)
    if not data.startswith(BASE):
        raise ProofRefused("proof: proofValue is no base proof")
    match cbor.load(data[len(BASE) :]):
        case [bytes(signature), bytes(public), bytes(secret), list(signatures), list(mandatory)]:
            if all(isinstance(part, bytes) for part in signatures) and all(isinstance(part, str) for part in mandatory):
                return Base(signature, public, secret, tuple(signatures), tuple(mandatory))
    raise ProofRefused("proof: proofValue is not made as the standard says")


def _labeled(document: dict[str, Any], secret: bytes) -> Labeled:
    """A document with labels that only who knows the secret can compute (section 3.4.4)."""
    whole = named(document)
    quads = list(dict.fromkeys(statements(whole)))
    labels = {node: f"_:{_label(secret, name)}" for node, name in issued(quads, Work()).items()}
    return Labeled(whole, labels, sorted(lines_under(quads, labels)))


def _label(secret: bytes, name: str) -> str:
    return f"u{base64url(hmac.digest(secret, name.removeprefix('_:').encode(), 'sha256'))}"


def _signed(key: Any, data: bytes) -> bytes:
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.key_size != 256:
        raise KeyRefused(f"{SUITE} signs with P-256 keys, and this is another kind")
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def _written(head: bytes, parts: list[Any]) -> str:
    return f"u{base64url(head + cbor.dump(parts))}"
