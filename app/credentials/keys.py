"""Keys as credentials write them: Multikey, did:key and JWK (W3C Controlled Identifiers 1.0, section 2.2). Pure."""

import base64
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from app.base58 import ALPHABET, base58
from app.credentials.errors import KeyRefused

PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

NONE = 255
VALUES = bytes(ALPHABET.find(chr(code)) % (NONE + 1) for code in range(256))
"""What each letter of base58 counts, by its code; NONE for what is no letter of it."""
LONGEST = 200
"""Characters of the longest base58 text read: decoding takes time with the square of the length."""
ED25519_PUBLIC, ED25519_PRIVATE = b"\xed\x01", b"\x80\x26"
P256_PUBLIC, P384_PUBLIC = b"\x80\x24", b"\x81\x24"
RSA_BITS, RSA_MOST = 2048, 8192
"""Bits of the shortest and of the longest RSA key: shorter ones are broken, longer ones cost too much to check."""
LONGEST_JWK = 4000
ENCRYPTS = ("ECDH", "RSA-OAEP", "RSA1_5")
"""How the algorithms begin by which keys of these kinds encrypt (RFC 7518, section 4.1)."""
JWK_KINDS: dict[str, type[OKPKey | ECKey | RSAKey]] = {"OKP": OKPKey, "EC": ECKey, "RSA": RSAKey}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key to sign with. `id` is the verification method that others find its public part at."""

    id: str
    private: PrivateKey


def from_base58(text: str) -> bytes:
    """The bytes of a base58 text. KeyRefused where it is none, or too long for any key or signature."""
    if len(text) > LONGEST:
        raise KeyRefused(f"a base58 text of {len(text)} characters is no key and no signature")
    values = text.encode("ascii", "replace").translate(VALUES)
    if NONE in values:
        raise KeyRefused(f"{text[values.index(NONE)]!r} is no letter of base58")
    number = 0
    padded = bytes(-len(values) % 5) + values
    for first, second, third, fourth, fifth in zip(*[iter(padded)] * 5, strict=True):  # they fit a machine word
        number = number * 58**5 + (((first * 58 + second) * 58 + third) * 58 + fourth) * 58 + fifth
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def from_multibase(text: Any) -> bytes:
    """The bytes of a multibase text in base58 (`z…`). KeyRefused for any other."""
    if not isinstance(text, str) or not text.startswith("z"):
        raise KeyRefused(f"{text!r} is no multibase text in base58: it should begin with z")
    return from_base58(text[1:])


def multikey(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> str:
    """An Ed25519 or P-256 public key as a Multikey (`z6Mk…`, `zDna…`)."""
    return "z" + base58(multikey_bytes(key))


def multikey_bytes(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> bytes:
    """The bytes of a Multikey: what kind it is, and the key."""
    if isinstance(key, Ed25519PublicKey):
        return ED25519_PUBLIC + key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return P256_PUBLIC + key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def from_multikey(text: Any) -> PublicKey:
    """The public key of a Multikey: Ed25519, P-256 or P-384. KeyRefused for any other."""
    if not isinstance(text, str):
        raise KeyRefused(f"{text!r} is no text, so it is no Multikey")
    return _multikey_read(text)


@lru_cache(maxsize=512)  # the same few issuers sign everything
def _multikey_read(text: str) -> PublicKey:
    data = from_multibase(text)
    prefix, raw = data[:2], data[2:]
    try:
        if prefix == ED25519_PUBLIC:
            return Ed25519PublicKey.from_public_bytes(raw)
        if prefix in (P256_PUBLIC, P384_PUBLIC):
            curve = ec.SECP256R1() if prefix == P256_PUBLIC else ec.SECP384R1()
            return ec.EllipticCurvePublicKey.from_encoded_point(curve, raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"'{text}' is no valid public key: {error}") from None
    raise KeyRefused(f"'{text}' is no Multikey of a public Ed25519, P-256 or P-384 key")


def private_from_multikey(text: str) -> Ed25519PrivateKey:
    """An Ed25519 private key from its Multikey (`z3u2…`), as published vectors write them."""
    data = from_multibase(text)
    if data[:2] != ED25519_PRIVATE or len(data) != 34:
        raise KeyRefused("this is no Multikey of a private Ed25519 key")
    return Ed25519PrivateKey.from_private_bytes(data[2:])


def did_key(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> str:
    """The did:key of a public key."""
    return f"did:key:{multikey(key)}"


def did_key_method(key: Ed25519PublicKey | ec.EllipticCurvePublicKey) -> str:
    """The one verification method of a did:key."""
    return f"{did_key(key)}#{multikey(key)}"


def from_did_key(identifier: str) -> PublicKey:
    """The public key in a did:key, or in its verification method. KeyRefused where the two differ."""
    did, _, fragment = identifier.partition("#")
    text = did.removeprefix("did:key:")
    if text == did or (fragment and fragment != text):
        raise KeyRefused(f"'{identifier}' is no did:key")
    return from_multikey(text)


def from_did_jwk(identifier: str) -> PublicKey:
    """The public key in a did:jwk, or in its one verification method, `#0`. KeyRefused where it is none."""
    did, _, fragment = identifier.partition("#")
    text = did.removeprefix("did:jwk:")
    if text == did or fragment not in ("", "0") or len(text) > LONGEST_JWK:
        raise KeyRefused(f"'{identifier[:80]}' is no did:jwk")
    try:
        value = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        raise KeyRefused(f"'{identifier[:80]}' is no did:jwk: it holds no JWK") from None
    return from_jwk(value)


def self_contained(identifier: str) -> PublicKey | None:
    """The key that an id itself is (did:key, did:jwk), or None. KeyRefused where it is a malformed one."""
    if identifier.startswith("did:key:"):
        return from_did_key(identifier)
    return from_did_jwk(identifier) if identifier.startswith("did:jwk:") else None


def from_jwk(value: Any) -> PublicKey:
    """The public key of a JWK. KeyRefused for private and symmetric keys, and for what is no key."""
    if not isinstance(value, dict) or str(value.get("kty")) not in JWK_KINDS:
        raise KeyRefused("this JWK is no public key of kind OKP, EC or RSA")
    if value.keys() & {"d", "p", "q", "k"}:
        raise KeyRefused("this JWK holds a private key, which is no longer a secret: the issuer must replace it")
    if not _signs(value):
        raise KeyRefused("this JWK is a key to encrypt with, and signs nothing")
    if value["kty"] == "RSA" and len(str(value.get("n"))) * 6 < RSA_BITS - 6:
        raise KeyRefused(f"this RSA key is too short: {RSA_BITS} bits is the least")
    try:
        key = JWK_KINDS[value["kty"]].import_key(dict(value)).public_key
    except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"this JWK is no valid public key: {error}") from None
    return checked(key)


def _signs(value: dict[str, Any]) -> bool:
    """Whether a JWK may be one that signatures are checked with, as far as it says (RFC 7517, 4.2 to 4.4)."""
    use, operations, algorithm = (value.get(name) for name in ("use", "key_ops", "alg"))
    if use not in (None, "sig") or not isinstance(algorithm, str | None) or str(algorithm).startswith(ENCRYPTS):
        return False
    return operations is None or (isinstance(operations, list) and bool({"verify", "sign"} & set(map(str, operations))))


def checked(key: Any) -> PublicKey:
    """A public key of a kind and size that is trusted here."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_BITS:
            raise KeyRefused(f"an RSA key of {key.key_size} bits is too short: {RSA_BITS} is the least")
        if key.key_size > RSA_MOST:
            raise KeyRefused(f"an RSA key of {key.key_size} bits is too long: {RSA_MOST} is the most")
        return key
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
        return key
    raise KeyRefused("only Ed25519, P-256, P-384 and RSA keys sign credentials here")


def same(key: PublicKey, other: PublicKey) -> bool:
    """Whether two public keys are the same key."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == other.public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
