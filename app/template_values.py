"""What is kept of a credential issued in bulk: its values, which with its template's text make it whole again.

The text is JSON with `%s` for each word and `%%` for a percent sign. Last among the words is the proof's value, and in
its place the signature is kept: writing it in base58 can wait until somebody reads it.
"""

from collections.abc import Sequence

from app.base58 import base58

BETWEEN = "\n"
"""What stands between words: JSON text holds no control character as it is."""


def packed_values(columns: Sequence[Sequence[str]], signatures: Sequence[bytes]) -> list[str]:
    """The values of many credentials, of which each column holds one word of each."""
    return list(map(BETWEEN.join, zip(*columns, map(bytes.hex, signatures), strict=True)))


def signed_text(text: str, own: str) -> str:
    """The signed credential, as its issuer wrote it."""
    *words, signature = own.split(BETWEEN)
    return text % (*words, "z" + base58(bytes.fromhex(signature)))
