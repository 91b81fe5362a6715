"""Sign credentials of which all but a few words is known: what a stencil leaves to do for each.

It needs next to nothing loaded, so that processes which do only this are there at once.
"""

import hashlib
from bisect import bisect
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
"""Base58 two digits at a time."""



class Press(msgspec.Struct, frozen=True):
    """What a stencil's credentials have in common: the key, the hash of the proof's options, lines, and text.

    `own` is a template (`%(word)s`) of the lines that not all have, in any order; `lines` are the others, sorted.
    """

    private: bytes
    options: bytes
    lines: list[str]
    own: str


def sign(press: Press, told: Sequence[Mapping[str, str]]) -> list[str]:
    """The proof's values of the credentials with these words in their canonical form."""
    key = Ed25519PrivateKey.from_private_bytes(press.private)
    digest = _Heads(press.lines).digest
    options, own = press.options, press.own
    return ["z" + base58(key.sign(options + digest((own % words).split("\n")))) for words in told]


def base58(data: bytes) -> str:
    """Bytes in base58, as Bitcoin writes it."""
    number, digits = int.from_bytes(data), []
    while number:
        number, some = divmod(number, 58**10)
        high, low = divmod(some, 58**4)  # the rest is of small numbers, which Python divides faster
        middle, top = high % 58**4, high // 58**4
        digits += PAIRS[low % 3364], PAIRS[low // 3364], PAIRS[middle % 3364], PAIRS[middle // 3364], PAIRS[top]
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + "".join(reversed(digits)).lstrip("1")


class _Heads:
    """Hashes of the common lines before the first own one: taken up again for every credential."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._known: dict[int, tuple[Any, list[str]]] = {}

    def digest(self, own: list[str]) -> bytes:
        """The hash of all lines, sorted, the own ones among them."""
        own.sort()
        at = bisect(self._lines, own[0])
        if at not in self._known:
            head = "".join([line + "\n" for line in self._lines[:at]])
            self._known[at] = hashlib.sha256(head.encode()), list(self._lines[at:])
        head_hash, rest = self._known[at]
        whole = head_hash.copy()
        whole.update(("\n".join(sorted(own + rest)) + "\n").encode())
        return bytes(whole.digest())
