"""Sign credentials of which all but a few words is known: what a template leaves to do for each.

It needs next to nothing loaded, so that processes which do only this are there at once.
"""

import hashlib
from bisect import bisect
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Columns = Sequence[Sequence[str]]
"""The words of many credentials: for each of the names in turn, that word of every credential."""


class Block(NamedTuple):
    """The canonical lines about one id that is a word, in their order, whatever the words are.

    A text, a word (its number among the names), a text and so on; the first text ends before the id's word.
    """

    texts: list[str]
    words: list[int]


class Prepared(NamedTuple):
    """What a template's credentials have in common: the key, the hash of the proof's options, and lines.

    `lines` are those that all have, sorted, each with its line break. Without blocks the one word of a credential is
    the hash of its lines, in hex.
    """

    private: bytes
    options: bytes
    lines: list[str]
    blocks: list[Block]


def sign(prepared: Prepared, columns: Columns) -> list[bytes]:
    """The signatures of the credentials with these words in their canonical form."""
    signature = Ed25519PrivateKey.from_private_bytes(prepared.private).sign
    digests = _digests(prepared, columns) if prepared.blocks else map(bytes.fromhex, columns[0])
    options = prepared.options
    return [signature(options + digest) for digest in digests]


def _digests(prepared: Prepared, columns: Columns) -> Iterator[bytes]:
    """The hash of each credential's lines, sorted: a block stands in one piece, where its id would."""
    lines, blocks = prepared.lines, prepared.blocks
    arranged: dict[Any, _Arrangement] = {}
    for row in zip(*columns, strict=True):
        ids = [f"<{row[block.words[0]]}>" for block in blocks]
        order = tuple(sorted(range(len(ids)), key=ids.__getitem__))
        places = tuple([bisect(lines, name) for name in ids])
        if (arrangement := arranged.get((order, places))) is None:
            arrangement = arranged[order, places] = _arrange(prepared, order, places)
        begin, pieces, words = arrangement
        pieces[::2] = words(row)
        whole = begin.copy()
        whole.update("".join(pieces).encode())
        yield whole.digest()


_Arrangement = tuple[Any, list[str], Any]
"""The hash of what is before the first word; what is behind it, words left empty; and what takes these from a row."""


def _arrange(prepared: Prepared, order: Sequence[int], places: Sequence[int]) -> _Arrangement:
    """The blocks in an order, each before the common line of that number."""
    texts, words, before = [""], list[int](), 0
    for number in order:
        block, place = prepared.blocks[number], places[number]
        texts[-1] += "".join(prepared.lines[before:place]) + block.texts[0]
        texts += block.texts[1:]
        words += block.words
        before = place
    texts[-1] += "".join(prepared.lines[before:])
    pieces = [""] * (2 * len(words))
    pieces[1::2] = texts[1:]
    return (
        hashlib.sha256(texts[0].encode()),
        pieces,
        itemgetter(*words),
    )  # of several, always: more than a line names an id
