"""Packed: how learner records are kept. They are read far more often than they change, and most of reading is carrying.

A compressor is made for each batch: one may not be used by two threads at a time.
"""

from collections.abc import Callable

from zstandard import ZstdCompressor, ZstdDecompressor

Change = Callable[[bytes], bytes]


def packer() -> Change:
    """A function that packs records."""
    return ZstdCompressor(level=3).compress


def unpacker() -> Change:
    """A function that gives packed records back, byte for byte."""
    return ZstdDecompressor().decompress
