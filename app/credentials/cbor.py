"""The part of CBOR (RFC 8949) that selective disclosure uses: whole numbers, bytes, texts, lists and maps."""

from collections.abc import Iterator
from typing import Any

from app.credentials.errors import ProofRefused

DEEPEST = 4
NUMBER, BYTES, TEXT, LIST, MAP = 0, 2, 3, 4, 5
WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}


def load(data: bytes) -> Any:
    """The value of a CBOR text. ProofRefused where it is cut off, goes on, or holds another kind of value."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.left():
        raise ProofRefused("proof: proofValue goes on behind its end")
    return value


def dump(value: Any) -> bytes:
    """A value of these kinds as CBOR, in the shortest form."""
    match value:
        case int():
            return _head(NUMBER, value)
        case bytes():
            return _head(BYTES, len(value)) + value
        case str():
            return _head(TEXT, len(value.encode())) + value.encode()
        case dict():
            return _head(MAP, len(value)) + b"".join(dump(part) for pair in value.items() for part in pair)
        case list():
            return _head(LIST, len(value)) + b"".join(map(dump, value))
    raise TypeError(f"{value!r} is no value of these kinds")


def _head(kind: int, length: int) -> bytes:
    if length < 24:
        return bytes([kind << 5 | length])
    code, width = next((code, width) for code, width in WIDTHS.items() if length < 1 << 8 * width)
    return bytes([kind << 5 | code]) + length.to_bytes(width)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ProofRefused("proof: proofValue holds a text that is none") from None


class _Reader:
    """Reads values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def left(self) -> int:
        """How many bytes are still to be read."""
        return len(self.data) - self.place

    def value(self, depth: int) -> Any:
        """The next value."""
        if depth > DEEPEST:
            raise ProofRefused("proof: proofValue is nested too deep")
        (head,) = self._take(1)
        kind, length = head >> 5, head & 31
        if length in WIDTHS:
            length = int.from_bytes(self._take(WIDTHS[length]))
        elif length > 23:
            raise ProofRefused("proof: proofValue holds a value of no told length")
        if kind == NUMBER:
            return length
        if kind == BYTES:
            return self._take(length)
        if kind == TEXT:
            return _text(self._take(length))
        if kind == LIST:
            return list(self._values(length, depth))
        if kind == MAP:
            flat = list(self._values(2 * length, depth))
            if not all(isinstance(name, int) for name in flat[::2]):
                raise ProofRefused("proof: proofValue holds a map of something else than numbers")
            return dict(zip(flat[::2], flat[1::2], strict=True))
        raise ProofRefused("proof: proofValue holds a kind of value that it should not")

    def _values(self, count: int, depth: int) -> Iterator[Any]:
        if count > self.left():
            raise ProofRefused("proof: proofValue is cut off")
        return (self.value(depth + 1) for _ in range(count))

    def _take(self, count: int) -> bytes:
        if count > self.left():
            raise ProofRefused("proof: proofValue is cut off")
        self.place += count
        return self.data[self.place - count : self.place]
