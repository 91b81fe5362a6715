"""Tokens of which a holder shows chosen claims: SD-JWT (RFC 9901). What is in them is not believed yet.

    issuer's token ~ disclosure ~ disclosure ~ (holder's token, by which the holder shows that the key is theirs)

Each disclosure counts only where the issuer's token has its hash, once.

Pure.
"""

import base64
import binascii
import hashlib
from typing import Any

import msgspec

from app.credentials import strict_json
from app.credentials.errors import ProofRefused, Unsupported

HASHES = {"sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}
MOST = 1000
"""Disclosures of one token."""
DEEPEST = 40
HASHED, HIDDEN = "_sd", "..."
"""Where the hashes of hidden claims stand, and that of a hidden item of a list."""


def disclosed(claims: dict[str, Any], disclosures: list[str]) -> dict[str, Any]:
    """The claims with those that are shown (section 7.1). ProofRefused where one is not the issuer's, or told twice."""
    if len(disclosures) > MOST:
        raise ProofRefused(f"token: it shows {len(disclosures)} claims, and {MOST} is the most")
    digest = _algorithm(claims)
    reader = _Reader({digest_of(text, digest): _disclosure(text) for text in disclosures})
    if len(reader.left) < len(disclosures):
        raise ProofRefused("token: it shows one claim twice")
    result = reader.object(claims, 0)
    if reader.left:
        raise ProofRefused("token: it shows claims that its issuer has not signed")
    return result


def hash_of(claims: dict[str, Any], presented: str) -> str:
    """The hash of what is presented, as the holder's token repeats it (section 4.3.1)."""
    return digest_of(presented, _algorithm(claims))


def digest_of(text: str, algorithm: str) -> str:
    """The hash of a text in base64url."""
    return base64.urlsafe_b64encode(hashlib.new(algorithm, text.encode()).digest()).decode().rstrip("=")


def _algorithm(claims: dict[str, Any]) -> str:
    name = claims.get("_sd_alg", "sha-256")
    if not isinstance(name, str) or name not in HASHES:
        raise Unsupported(f"token: it hides claims by a hash that is not known here ({str(name)[:40]})")
    return HASHES[name]


def _disclosure(text: str) -> list[Any]:
    """A salt, a name and a value; of an item of a list, without a name."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        parts: Any = strict_json.load(data)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise ProofRefused("token: a claim that it shows cannot be read") from None
    match parts:
        case [_, str(name), _] if name not in (HASHED, HIDDEN):
            return [*parts]
        case [_, _]:
            return [*parts]
    raise ProofRefused("token: a claim that it shows is not written as the standard says")


class _Reader:
    """Puts disclosures where their hashes stand. `left`: those that were not used; `seen`: all hashes so far."""

    def __init__(self, by_hash: dict[str, list[Any]]) -> None:
        self.left = by_hash
        self.seen: set[str] = set()

    def object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        """An object with what is shown of it."""
        result = {name: self.value(item, depth + 1) for name, item in value.items() if name != HASHED}
        hashes = value.get(HASHED, [])
        if not isinstance(hashes, list):
            raise ProofRefused("token: its hidden claims are not written as the standard says")
        for digest in hashes:
            if (parts := self._take(digest, 3)) is not None:
                if parts[1] in result or parts[1] in value:
                    raise ProofRefused(f"token: it tells {parts[1][:80]!r} twice")
                result[parts[1]] = self.value(parts[2], depth + 1)
        return result

    def value(self, value: Any, depth: int) -> Any:
        """A value with what is shown in it."""
        if depth > DEEPEST:
            raise ProofRefused("token: its claims are nested too deep")
        if isinstance(value, dict):
            return self.object(value, depth)
        return list(self._items(value, depth)) if isinstance(value, list) else value

    def _items(self, values: list[Any], depth: int) -> Any:
        for item in values:
            if isinstance(item, dict) and item.keys() == {HIDDEN}:
                if (parts := self._take(item[HIDDEN], 2)) is not None:
                    yield self.value(parts[1], depth + 1)
            else:
                yield self.value(item, depth + 1)

    def _take(self, digest: Any, length: int) -> list[Any] | None:
        """The disclosure of a hash, which then is used; None for a claim that stays hidden, or a hash of none."""
        if not isinstance(digest, str) or digest in self.seen:
            raise ProofRefused("token: one hash stands in it twice, or is none")
        self.seen.add(digest)
        parts = self.left.pop(digest, None)
        if parts is not None and len(parts) != length:
            raise ProofRefused("token: a claim that it shows stands in another place than it should")
        return parts
