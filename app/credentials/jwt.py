"""Credentials as compact JWS: make and check VC-JWT (Open Badges 3.0 section 8.2, VC-JOSE-COSE; `vc` of VC 1.1 read).

The header is the attacker's word: it chooses neither the key nor, beyond a fixed list, the algorithm. A key in it
(`jwk`) counts only if the issuer publishes the same one.

Pure.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from app.credentials import moments, sd_jwt, strict_json
from app.credentials.errors import DataRefused, KeyRefused, ProofRefused, Unreadable, Unsupported
from app.credentials.keys import PrivateKey, PublicKey, SigningKey, from_jwk

ALGORITHMS = ("EdDSA", "Ed25519", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
CLAIMS = ("iss", "sub", "jti", "nbf", "exp", "iat", "aud", "cnf", "_sd_alg")
"""Registered claims that stand beside the credential in its token."""
SPOKEN = frozenset({*CLAIMS, "vc", "vp", "_sd", "status"} - {"aud", "cnf"})
"""Claims that are the token's own to say, of which readers take their word for the credential's."""
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799
"""Seconds since 1970 of the years 1 to 9999."""
PARTIAL = {"vc+sd-jwt", "vc+ld+json+sd-jwt", "dc+sd-jwt"}
"""Types of tokens whose holder chooses what to show of them (SD-JWT, RFC 9901)."""
FORMATS = {"jwt_vc", "jwt_vp", "jwt_vc_json", "jwt_vp_json"}
"""How OpenID4VCI and Presentation Exchange call tokens of the data model 1.1; some issuers write it as their type."""
TYPES = {"jwt", "jose", "vc+jwt", "vc+ld+jwt", "vc+ld+json+jwt", "vc-ld+jwt", "vp+jwt", "vp-ld+jwt"} | FORMATS | PARTIAL
HOLDERS = "kb+jwt"
OTHERS = ("ES256K", "ES256K-R", "ES512", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
"""Algorithms by which others sign credentials, and which are not known here."""


class _Registry(jws.JWSRegistry):
    """The algorithms of joserfc with EdDSA as another name of Ed25519, and room for whole records."""

    algorithms = jws.JWSRegistry.algorithms | {"EdDSA": jws.JWSRegistry.algorithms["Ed25519"]}
    max_header_length = 8_192
    max_payload_length = strict_json.LONGEST


REGISTRY = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A compact JWS read apart, and not believed yet: its header, its claims, the credential in it.

    Of an SD-JWT: `presented`, all before its holder's own token, and `holder`, that token.
    """

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]
    document: dict[str, Any]
    presented: str = ""
    holder: str = ""

    @property
    def old(self) -> bool:
        """Whether the credential stands under `vc` (data model 1.1)."""
        return "vc" in self.claims


def sign(document: dict[str, Any], key: SigningKey) -> str:
    """A credential as a compact JWS: EdDSA or RS256, as the key is; the registered claims as Open Badges wants them.

    DataRefused where the credential itself says what only its token may: under `vc` readers would find another one.
    """
    if own := document.keys() & SPOKEN:
        raise DataRefused(f"'{min(own)}' is a claim of the token, and no word of a credential: leave it out")
    header = {"alg": _algorithm(key), "kid": key.id, "typ": "JWT"}
    payload = msgspec.json.encode(document | _claims(document))
    return jws.serialize_compact(header, payload, _jwk(key.private), registry=REGISTRY)


def read(text: str) -> Token:
    """Read a token apart. Unreadable or ProofRefused where it will not do."""
    issued, *disclosures = text.strip().split("~")
    holder = disclosures.pop() if disclosures else ""
    parts = issued.split(".")
    if len(parts) != 3:
        raise Unreadable("a text that is no JSON should be a compact JWS: header.payload.signature")
    if not parts[2]:
        raise ProofRefused("token: it is not signed")
    header = strict_json.load_object(_decoded(parts[0], "header"), "token header")
    _check_header(header)
    claims = strict_json.load_object(_decoded(parts[1], "payload"), "token payload")
    presented = text.strip()[: -len(holder) or None]
    if "~" in text or kind_of(header) in PARTIAL:
        claims = sd_jwt.disclosed(claims, disclosures)
    return Token(issued, header, claims, document=_document(claims), presented=presented, holder=holder)


def holder_token(token: Token) -> dict[str, Any] | None:
    """What a holder's own token says (RFC 9901, section 4.3); None without one.

    ProofRefused where the key that the issuer bound the credential to did not sign it, or it is for another one.
    """
    if not token.holder:
        return None
    parts = token.holder.split(".")
    if len(parts) != 3:
        raise ProofRefused("token: that of its holder is no compact JWS")
    header = strict_json.load_object(_decoded(parts[0], "header"), "token header")
    claims = strict_json.load_object(_decoded(parts[1], "payload"), "token payload")
    confirmed = token.claims.get("cnf")
    if kind_of(header) != HOLDERS or header.get("alg") not in ALGORITHMS or "crit" in header:
        raise ProofRefused("token: that of its holder is of another kind")
    if not isinstance(confirmed, dict) or "jwk" not in confirmed:
        raise ProofRefused("token: its holder signed it, and its issuer names no key of the holder's")
    check(Token(token.holder, header, claims, {}), from_jwk(confirmed["jwk"]))
    if claims.get("sd_hash") != sd_jwt.hash_of(token.claims, token.presented):
        raise ProofRefused("token: its holder signed it for something else than is shown")
    return claims


def kind_of(header: dict[str, Any]) -> str:
    """The type that a header names, in small letters."""
    return str(header.get("typ", "JWT")).lower().removeprefix("application/")


def check(token: Token, key: PublicKey) -> None:
    """Check that the key signed the token. ProofRefused where it did not."""
    algorithm = token.header["alg"]
    try:
        jws.deserialize_compact(token.text, _jwk(key), registry=REGISTRY)
    except JoseError as error:
        raise ProofRefused(f"token: the {algorithm} signature does not fit the issuer's key: {error}") from None


def _algorithm(key: SigningKey) -> str:
    if isinstance(key.private, ec.EllipticCurvePrivateKey):
        return "ES256"
    return "EdDSA" if isinstance(key.private, Ed25519PrivateKey) else "RS256"


def _jwk(key: PublicKey | PrivateKey) -> OKPKey | RSAKey | ECKey:
    """A key for joserfc: its kind decides which algorithms it takes, so that none is confused with another."""
    if isinstance(key, Ed25519PublicKey | Ed25519PrivateKey):
        return OKPKey.import_key(key)
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        return ECKey.import_key(key)
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return RSAKey.import_key(key)
    raise KeyRefused("token: a key of this kind signs no tokens")


def _check_header(header: dict[str, Any]) -> None:
    algorithm = header.get("alg")
    if algorithm in OTHERS:
        raise Unsupported(f"token: it is signed by an algorithm that is not known here ({algorithm})")
    if algorithm not in ALGORITHMS:
        raise ProofRefused(f"token: the algorithm {algorithm!r} proves nothing here: it should be EdDSA or RS256")
    if "crit" in header or "b64" in header:
        raise ProofRefused("token: its header demands an extension (crit), and none is known here")
    if kind_of(header) not in TYPES:
        raise ProofRefused(f"token: its type is {header.get('typ')!r}, so it was signed for another purpose")


def _decoded(part: str, what: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"token: its {what} is no base64url") from None


def _document(claims: dict[str, Any]) -> dict[str, Any]:
    """The credential in the claims. ProofRefused where a claim says otherwise than the credential."""
    embedded = claims.get("vc", claims.get("vp"))
    if embedded is not None and ("credentialSubject" in claims or {"vc", "vp"} <= claims.keys()):
        raise ProofRefused("token: it holds two credentials, one of them under 'vc', so readers see different ones")
    if embedded is None:
        document = {name: value for name, value in claims.items() if name not in CLAIMS}
    elif isinstance(embedded, dict):
        document = _completed(embedded, claims) if "vc" in claims else _presentation(embedded, claims)
    else:
        raise Unreadable("token: 'vc' is no object")
    implied = {} if "vp" in claims else _claims(document)  # what hands credentials over has an id of no importance
    for name in ("iss", "jti", "sub"):
        if name in claims and name in implied and claims[name] != implied[name]:
            raise ProofRefused(
                f"token: its claim {name} is {claims[name]!r}, and the credential says {implied[name]!r}"
            )
    return document


def _completed(document: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """A credential of the data model 1.1, with what its claims say in its place."""
    new = "validFrom" in document
    dates = {"validFrom" if new else "issuanceDate": "nbf", "validUntil" if new else "expirationDate": "exp"}
    filled = {"id": claims.get("jti"), "issuer": claims.get("iss")}
    filled |= {name: moment(claims, claim).isoformat() for name, claim in dates.items() if claim in claims}
    missing = {name: value for name, value in filled.items() if value is not None and name not in document}
    subject = document.get("credentialSubject")
    if isinstance(subject, dict) and "id" not in subject and "sub" in claims:
        missing["credentialSubject"] = subject | {"id": claims["sub"]}
    return document | missing


def _presentation(document: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    """A presentation of the data model 1.1: who issues its token is its holder. ProofRefused for another's."""
    holder = document.get("holder", claims.get("iss"))
    own = holder.get("id") if isinstance(holder, dict) else holder
    if "iss" in claims and own != claims["iss"]:
        raise ProofRefused(f"token: its claim iss is {claims['iss']!r}, and the presentation's holder is {own!r}")
    filled = {"id": claims.get("jti"), "holder": claims.get("iss")}
    return document | {name: value for name, value in filled.items() if value is not None and name not in document}


def _claims(document: dict[str, Any]) -> dict[str, Any]:
    """The registered claims that a credential implies."""
    issuer, subject = document.get("issuer"), document.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        subject = subject[0]
    implied = {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "sub": subject.get("id") if isinstance(subject, dict) else None,
        "jti": document.get("id"),
        "nbf": _seconds(document.get("validFrom", document.get("issuanceDate"))),
        "exp": _seconds(document.get("validUntil", document.get("expirationDate"))),
    }
    return {name: value for name, value in implied.items() if value is not None}


def _seconds(value: Any) -> int | None:
    instant = moments.moment(value)  # where it is none, the schema says it better
    return None if instant is None else int(instant.timestamp())


def moment(claims: dict[str, Any], name: str) -> datetime:
    """A claim that is a time. ProofRefused where it is none."""
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not EARLIEST <= value <= LATEST:
        raise ProofRefused(f"token: its claim {name} is {value!r}, which is no time in seconds")
    return datetime.fromtimestamp(value, UTC)
