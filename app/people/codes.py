"""Secrets that people carry: session tokens, and invitation codes to be read out, typed, or followed as a link."""

import hashlib
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for another when a code is read out or copied by hand."""

LENGTH = 16
"""Characters of a code: 80 random bits, in four groups."""


def new_code() -> str:
    """A new invitation code: `7QK2-M8X4-TPA1-ZB3C`."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[start : start + 4] for start in range(0, LENGTH, 4))


def read_code(typed: str) -> str | None:
    """A code as somebody typed it, in its one form; None where it can be none."""
    letters = typed.upper().replace("-", "").replace(" ", "").translate(str.maketrans("OIL", "011"))
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None


def hash_of(secret: str) -> bytes:
    """The hash that is stored of a secret: these have enough random bits that one SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


def new_token() -> str:
    """A new session's secret: 256 random bits."""
    return secrets.token_urlsafe(32)
