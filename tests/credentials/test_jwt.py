"""VC-JWT: made and checked, and the ways in which tokens lie."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.credentials import jwt
from app.credentials.errors import KeyRefused, ProofRefused, Unreadable
from app.credentials.keys import SigningKey, from_jwk
from tests.support.credential_samples import badge, key


def public(signer: SigningKey) -> Ed25519PublicKey:
    assert isinstance(signer.private, Ed25519PrivateKey)
    return signer.private.public_key()


def encoded(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes = b"") -> str:
    body = f"{encoded(header)}.{encoded(claims)}"
    return f"{body}.{encoded(hmac.digest(secret, body.encode(), hashlib.sha256) if secret else b'x')}"


@pytest.fixture(scope="module")
def rsa_key() -> SigningKey:
    return SigningKey("https://issuer.example/keys#rsa", rsa.generate_private_key(65537, 2048))


def test_eddsa_and_rs256_there_and_back(rsa_key: SigningKey) -> None:
    document = badge(validUntil="2030-01-01T00:00:00Z")
    for signer, algorithm in ((key(), "EdDSA"), (rsa_key, "RS256")):
        token = jwt.read(jwt.sign(document, signer))
        jwt.check(token, signer.private.public_key())
        assert token.header == {"alg": algorithm, "kid": signer.id, "typ": "JWT"}
        assert token.document == document
        assert {name: token.claims[name] for name in ("iss", "jti", "sub")} == {
            "iss": document["issuer"]["id"],
            "jti": document["id"],
            "sub": document["credentialSubject"]["id"],
        }
        assert jwt.moment(token.claims, "exp").isoformat() == "2030-01-01T00:00:00+00:00"


def test_a_changed_token_is_refused() -> None:
    header, claims, signature = jwt.sign(badge(), key()).split(".")
    other = encoded(badge(name="Other"))
    for text in (f"{header}.{other}.{signature}", f"{header}.{claims}.{encoded(b'x' * 64)}"):
        with pytest.raises(ProofRefused, match="does not fit"):
            jwt.check(jwt.read(text), public(key()))
    with pytest.raises(ProofRefused, match="does not fit"):
        jwt.check(jwt.read(jwt.sign(badge(), key())), public(key(2)))


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS256", "HS512", "", None, 7, ["EdDSA"]])
def test_only_signatures_with_public_keys_count(algorithm: Any) -> None:
    with pytest.raises((ProofRefused, Unreadable)):
        jwt.read(forged({"alg": algorithm}, badge()))


def test_an_unsigned_token_is_refused() -> None:
    with pytest.raises(ProofRefused, match="not signed"):
        jwt.read(forged({"alg": "none"}, badge()).rpartition(".")[0] + ".")


def test_a_public_key_is_no_shared_secret(rsa_key: SigningKey) -> None:
    """Key confusion: the RSA public key used as the secret of HS256, and an algorithm of another kind of key."""
    assert isinstance(rsa_key.private, rsa.RSAPrivateKey)
    pem = rsa_key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ProofRefused, match="HS256"):
        jwt.read(forged({"alg": "HS256"}, badge(), pem))
    for algorithm, other in (
        ("RS256", public(key())),
        ("EdDSA", rsa_key.private.public_key()),
        ("ES256", public(key())),
    ):
        with pytest.raises(ProofRefused, match="does not fit"):
            jwt.check(jwt.read(forged({"alg": algorithm}, badge())), other)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"crit": ["b64"], "b64": False}, "demands an extension"),
        ({"b64": True}, "demands an extension"),
        ({"typ": "at+jwt"}, "another purpose"),
        ({"typ": "dpop+jwt"}, "another purpose"),
        ({"typ": 7}, "another purpose"),
    ],
)
def test_headers_that_are_refused(header: dict[str, Any], reason: str) -> None:
    with pytest.raises(ProofRefused, match=reason):
        jwt.read(forged({"alg": "EdDSA", **header}, badge()))


@pytest.mark.parametrize("claim", ["iss", "jti", "sub"])
def test_a_claim_that_contradicts_the_credential_is_refused(claim: str) -> None:
    with pytest.raises(ProofRefused, match=f"claim {claim}"):
        jwt.read(forged({"alg": "EdDSA"}, badge() | {claim: "urn:other"}))
    with pytest.raises(ProofRefused, match=f"claim {claim}"):
        jwt.read(forged({"alg": "EdDSA"}, {"vc": badge(), claim: "urn:other"}))


def test_a_token_of_the_old_data_model_is_completed_by_its_claims() -> None:
    document = {"@context": [], "type": ["VerifiableCredential"], "credentialSubject": {"type": "AchievementSubject"}}
    claims = {
        "vc": document,
        "iss": "urn:iss",
        "jti": "urn:jti",
        "sub": "urn:sub",
        "nbf": 1262304000,
        "exp": 1893456000,
    }
    token = jwt.read(forged({"alg": "EdDSA"}, claims))
    assert token.old
    assert token.document == document | {
        "id": "urn:jti",
        "issuer": "urn:iss",
        "issuanceDate": "2010-01-01T00:00:00+00:00",
        "expirationDate": "2030-01-01T00:00:00+00:00",
        "credentialSubject": {"type": "AchievementSubject", "id": "urn:sub"},
    }


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.", "!!.e30.x", "e30.W10.x", "e30.eyJhIjoxLCJhIjoyfQ.x"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises((Unreadable, ProofRefused)):
        jwt.read(text)


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        [],
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "RSA"},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "d": "A" * 43},
    ],
)
def test_jwks_that_are_refused(jwk: Any) -> None:
    with pytest.raises(KeyRefused):
        from_jwk(jwk)


def test_a_short_rsa_key_is_refused() -> None:
    short = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    numbers = {"n": encoded(short.n.to_bytes(128)), "e": "AQAB"}
    with pytest.raises(KeyRefused, match="too short"):
        from_jwk({"kty": "RSA", **numbers})
