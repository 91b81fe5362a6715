"""Keys and tokens as text: 256 random bits behind a prefix that says what they are. Only their hash is stored."""

import hashlib
import re
import secrets
from typing import Literal, NamedTuple

Kind = Literal["key", "token", "test"]
PREFIX: dict[Kind, str] = {"key": "tsk_", "token": "tsa_", "test": "tst_"}
"""What a secret begins with: a key, an access token, and either of a sandbox (`test`)."""
SHAPE = re.compile(r"ts[kat]_[0-9a-f]{64}")


class NewSecret(NamedTuple):
    """A new secret: shown once as `text`, kept as `hash`, told from others by `hint`."""

    text: str
    hash: bytes
    hint: str


def new_secret(kind: Kind) -> NewSecret:
    """A new key or token; of the kind `test`, either one of a sandbox."""
    text = PREFIX[kind] + secrets.token_hex(32)
    return NewSecret(text, digest(text), text[:8] + "…" + text[-4:])


def digest(text: str) -> bytes:
    """What is kept of a secret. One SHA-256 is enough: 256 random bits cannot be guessed, however fast the hash."""
    return hashlib.sha256(text.encode()).digest()


def is_test(text: str) -> bool:
    """Whether this is a key or token of a sandbox."""
    return text.startswith(PREFIX["test"])


def is_well_formed(text: str) -> bool:
    """Whether this can be one of ours, so that anything else never reaches the database."""
    return SHAPE.fullmatch(text) is not None
