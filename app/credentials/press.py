"""Sign credentials of which all but a few words is known: what a stencil leaves to do for each.

It needs next to nothing loaded, so that processes which do only this are there at once.
"""

import hashlib
from bisect import bisect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
"""Base58 two digits at a time."""


class Press(NamedTuple):
    """What a stencil's credentials have in common: the key, the hash of the proof's options, lines, and text.

    `own` is a template (`%(word)s`) of the lines that not all have, in any order; `lines` are the others, sorted.
    """

    private: bytes
    options: bytes
    lines: list[str]
    own: str
    names: list[str]
    """The words of the template, in the order they are sent in."""


def packed(press: Press) -> bytes:
    """A press as it is sent; no control character stands in canonical lines as it is, so that one can be between."""
    lines = "\n".join(press.lines)
    return "\0".join([press.private.hex(), press.options.hex(), lines, press.own, *press.names]).encode()


def unpacked(message: bytes) -> Press:
    """The press that was packed."""
    private, options, lines, own, *names = message.decode().split("\0")
    return Press(bytes.fromhex(private), bytes.fromhex(options), lines.split("\n") if lines else [], own, names)


def packed_words(press: Press, told: Sequence[Mapping[str, str]]) -> bytes:
    """What is to be signed, as it is sent."""
    return "\0".join([words[name] for words in told for name in press.names]).encode()


def unpacked_words(press: Press, message: bytes) -> list[dict[str, str]]:
    """The words that were packed."""
    words = iter(message.decode().split("\0"))
    return [dict(zip(press.names, own, strict=True)) for own in zip(*[words] * len(press.names), strict=True)]


def sign(press: Press, told: Sequence[Mapping[str, str]]) -> list[str]:
    """The proof's values of the credentials with these words in their canonical form."""
    key = Ed25519PrivateKey.from_private_bytes(press.private)
    digest = _Heads(press.lines).digest
    options, own = press.options, press.own
    return ["z" + base58(key.sign(options + digest((own % words).split("\n")))) for words in told]


def base58(data: bytes) -> str:
    """Bytes in base58, as Bitcoin writes it."""
    digits: list[str] = []
    number = int.from_bytes(data)
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
