"""Envelopes: what credentials were pushed in, read back from the raw records; and the credential's own bytes."""

from collections.abc import Sequence

import msgspec

from app.db import Tx
from app.errors import ConfigError
from app.pipeline.verbatim import raw_records


class _Envelope(msgspec.Struct):
    """What a badge was pushed in, as far as it is needed here: its own bytes."""

    credential: msgspec.Raw


def content_of(envelope: bytes) -> bytes:
    """The credential in what was pushed, byte for byte; of a token, its text."""
    content = bytes(msgspec.json.decode(envelope, type=_Envelope).credential)
    return msgspec.json.decode(content, type=str).encode() if content[:1] == b'"' else content


async def envelopes(tx: Tx, places: Sequence[tuple[int, int]]) -> list[bytes | None]:
    """What each was pushed in, by its place among the raw records; None where its raw record is gone."""
    try:
        return [*await raw_records(tx, places)]
    except (ConfigError, IndexError):
        return [await _envelope(tx, place) for place in places]


async def _envelope(tx: Tx, place: tuple[int, int]) -> bytes | None:
    try:
        return (await raw_records(tx, [place]))[0]
    except (ConfigError, IndexError):
        return None
