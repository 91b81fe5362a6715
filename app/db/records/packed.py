"""Packed: how learner records are kept. They are read far more often than they change, and most of reading is carrying.

What packs and unpacks takes longer to make than to use, and may not be used by two threads: each thread has its own.
"""

import threading
from collections.abc import Callable

from zstandard import ZstdCompressor, ZstdDecompressor

Change = Callable[[bytes], bytes]


class _Ours(threading.local):
    def __init__(self) -> None:
        self.pack: Change = ZstdCompressor(level=3).compress
        self.unpack: Change = ZstdDecompressor().decompress


_ours = _Ours()


def packer() -> Change:
    """A function that packs records: a zstd frame each (RFC 8878), as HTTP knows it too. For this thread only."""
    return _ours.pack


def unpacker() -> Change:
    """A function that gives packed records back, byte for byte. For this thread only."""
    return _ours.unpack
