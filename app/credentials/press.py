"""Sign credentials of which all but a few words is known: what a stencil leaves to do for each.

It needs next to nothing loaded, so that processes which do only this are there at once.
"""

import hashlib
from collections.abc import Sequence

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
"""Base58 two digits at a time."""

Filled = tuple[str, Sequence[str]]
"""A credential to sign: its own lines of the canonical form in any order, its own words in the JSON text in theirs."""


class Press(msgspec.Struct, frozen=True):
    """What a stencil's credentials have in common: the key, the hash of the proof's options, lines, and text."""

    private: bytes
    options: bytes
    lines: list[str]
    text: list[str]
    """Between each two pieces comes a word, and the proof's value between the last two."""


def sign(press: Press, filled: Sequence[Filled]) -> list[bytes]:
    """The signed credentials, as JSON."""
    key = Ed25519PrivateKey.from_private_bytes(press.private)
    return [_signed(press, key, lines, words) for lines, words in filled]


def base58(data: bytes) -> str:
    """Bytes in base58, as Bitcoin writes it."""
    number, digits = int.from_bytes(data), []
    while number:
        number, some = divmod(number, 58**10)
        for _ in range(5):
            some, pair = divmod(some, 3364)
            digits.append(PAIRS[pair])
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + "".join(reversed(digits)).lstrip("1")


def _signed(press: Press, key: Ed25519PrivateKey, lines: str, words: Sequence[str]) -> bytes:
    data = "\n".join(sorted([*press.lines, *lines.split("\n")])).encode() + b"\n"
    signature = key.sign(press.options + hashlib.sha256(data).digest())
    own = [*words, "z" + base58(signature), ""]
    return "".join([piece for pair in zip(press.text, own, strict=True) for piece in pair]).encode()
