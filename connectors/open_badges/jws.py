"""Read what a compact JWS carries, without believing it: the signature is not looked at here."""

import base64
import binascii
from typing import Any

import msgspec

from connectors.errors import MappingError

CLAIMS = ("iss", "sub", "jti", "nbf", "exp", "iat", "aud", "cnf")
"""Registered claims that may stand beside a credential in its token."""


class _Token(msgspec.Struct):
    """A token in the data model 1.1: the credential under `vc`, some of its fields as claims."""

    vc: dict[str, Any] | None = None
    iss: str | None = None
    jti: str | None = None
    nbf: float | None = None
    exp: float | None = None


def document(token: str) -> dict[str, Any]:
    """The credential in a token: the payload itself or, in the data model 1.1, its `vc` completed by its claims."""
    parts = token.strip().split(".")
    if len(parts) != 3:
        raise MappingError("credential: a text should be a compact JWS of three parts, header.payload.signature")
    _json(parts[0], "header")
    payload = _json(parts[1], "payload")
    try:
        claims = msgspec.convert(payload, _Token)
    except msgspec.ValidationError as error:
        raise MappingError(f"credential: the token's claims will not do ({error})") from None
    if claims.vc is None:
        return {name: value for name, value in payload.items() if name not in CLAIMS}
    registered = {"id": claims.jti, "issuer": claims.iss, "issuanceDate": claims.nbf, "expirationDate": claims.exp}
    seconds = {name: int(value) if isinstance(value, float) else value for name, value in registered.items()}
    return {name: value for name, value in seconds.items() if value is not None} | claims.vc


def _json(part: str, what: str) -> dict[str, Any]:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(decoded, type=dict[str, Any])
    except (binascii.Error, ValueError, RecursionError) as error:
        raise MappingError(f"credential: the token's {what} is not JSON in base64url ({error})") from None
