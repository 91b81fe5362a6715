"""References between records of one source, as numbers a database can index."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache


@lru_cache(maxsize=10_000)  # a class is named by the records of all its learners
def ref(source: int, kind: str, key: str) -> int:
    """A record's reference: 64 bits of a hash of source, kind and key, signed as PostgreSQL's bigint is."""
    digest = hashlib.blake2b(f"{source}\x1f{kind}\x1f{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def refs(source: int, records: Iterable[tuple[str, str]]) -> list[int]:
    """The references of (kind, key) pairs, each once, in order."""
    return sorted({ref(source, kind, key) for kind, key in records})
