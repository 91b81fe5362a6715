"""References between records of one source, as numbers a database can index. Pure."""

from collections.abc import Iterable

from xxhash import xxh3_64_intdigest


def ref(source: int, kind: str, key: str) -> int:
    """A record's reference: 64 bits of a hash of source, kind and key, signed as PostgreSQL's bigint is."""
    return xxh3_64_intdigest(f"{source}\x1f{kind}\x1f{key}".encode()) - 2**63


def refs(source: int, records: Iterable[tuple[str, str]]) -> list[int]:
    """The references of (kind, key) pairs, each once, in order."""
    return sorted({ref(source, kind, key) for kind, key in records})
