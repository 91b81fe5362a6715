"""Passwords: how they are kept (argon2id, RFC 9106), what is asked of a new one; a wrong one costs the same time."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Invalid

LEAST, MOST = 12, 200
"""Characters of a password (NIST SP 800-63B asks for length, and for no kinds of characters)."""
COMMON = ("password", "passwort", "contraseña", "12345", "qwerty", "letmein", "welcome", "iloveyou", "tessera")
"""What a guesser tries first: a password that is little more than one of these is refused."""

_HASHER = PasswordHasher()


async def hashed(password: str) -> bytes:
    """What is kept of a password. Some tens of milliseconds of work, in a thread."""
    return (await asyncio.to_thread(_HASHER.hash, password)).encode()


async def fits(password_hash: bytes | None, password: str) -> bool:
    """Whether a password is the one kept. Where none is kept it takes as long to say no."""
    return await asyncio.to_thread(_fits, password_hash if len(password) <= MOST else None, password[:MOST])


def check_new(password: str, *also: str) -> None:
    """Whether a new password will do. `also`: names it must not rest on. Invalid says why not."""
    if len(password) < LEAST:
        raise Invalid("Choose a password of at least 12 characters. Four random words make a good one.")
    if len(password) > MOST:
        raise Invalid("Choose a password of at most 200 characters.")
    rest = password.casefold()
    own = " ".join(also).casefold().replace("@", " ").split()
    for word in (*COMMON, *own):
        if len(word) >= 4:
            rest = rest.replace(word, "")
    if len(set(rest)) < 5:
        raise Invalid("This password is easily guessed. Choose one that is not built on your name or a common word.")


def _fits(password_hash: bytes | None, password: str) -> bool:
    try:
        right = _HASHER.verify(password_hash or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


@cache
def _nobodys() -> bytes:
    return _HASHER.hash("of nobody").encode()
