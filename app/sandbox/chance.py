"""Chance that repeats: numbers that look random and depend on nothing but what they are asked about."""

from hashlib import blake2b

_MASK = (1 << 64) - 1


def roll(*parts: int) -> int:
    """A number from 0 to 2**64 - 1, the same for the same `parts` on every machine (the splitmix64 finalizer)."""
    x = 0
    for part in parts:
        x = (x ^ part) + 0x9E3779B97F4A7C15 & _MASK
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        x = (x ^ x >> 27) * 0x94D049BB133111EB & _MASK
        x ^= x >> 31
    return x


def hex_id(*parts: object) -> str:
    """Thirty-two hexadecimal digits that stand for `parts`, as systems with UUID keys have them."""
    return blake2b("|".join(map(str, parts)).encode(), digest_size=16).hexdigest()
