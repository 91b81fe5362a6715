"""Base58, as Bitcoin writes bytes, and multibase after it."""

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
"""Two digits at a time."""


def base58(data: bytes) -> str:
    """Bytes in base58."""
    digits: list[str] = []
    number = int.from_bytes(data)
    while number:
        number, some = divmod(number, 58**10)
        high, low = divmod(some, 58**4)  # the rest is of small numbers, which Python divides faster
        middle, top = high % 58**4, high // 58**4
        digits += PAIRS[low % 3364], PAIRS[low // 3364], PAIRS[middle % 3364], PAIRS[middle // 3364], PAIRS[top]
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + "".join(reversed(digits)).lstrip("1")
