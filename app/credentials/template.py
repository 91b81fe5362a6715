"""Sign many credentials that differ in a few words: a class that earned the same badge.

What is the same is looked at once: form, schema, contexts, expansion into statements and, unless a differing statement
is about something unnamed, the canonical form of all that stays. The result is what `issue` would have made, to the
last byte of its proof. Which words may differ is said by marks in the document.

Pure.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain, filterfalse
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import proof
from app.credentials.bulk_sign import Block, Prepared, sign
from app.credentials.errors import DataRefused, KeyRefused
from app.credentials.issue import examine
from app.credentials.jsonld import canonize
from app.credentials.jsonld.iri import ABSOLUTE
from app.credentials.jsonld.literals import SPECIAL, quoted
from app.credentials.jsonld.rdfc import canonical_lines
from app.credentials.jsonld.statements import Quad, statements
from app.credentials.keys import SigningKey
from app.template_values import packed_values, signed_text

SPLIT = re.compile(r"urn:template:([a-z_]+)\.")
ID = re.compile(f"<{SPLIT.pattern}>")
VALUE = "proof_value"
Words = Mapping[str, Sequence[str]]
"""Each word of many credentials."""


class Filled(NamedTuple):
    """The words of many credentials: as the signer takes them, and as and in the order that the JSON text has them."""

    told: list[Sequence[str]]
    written: list[Sequence[str]]


def mark(name: str) -> str:
    """What stands in a document where a word differs; it can stand for an id or for a text."""
    return f"urn:template:{name}."


def marked(text: str) -> bool:
    """Whether a text holds what would be taken for a mark."""
    return SPLIT.search(text) is not None


class Template:
    """A credential with marks, made ready to be signed many times.

    `text` is what signed credentials have in common (`app.template_values`).
    """

    def __init__(self, document: dict[str, Any], key: SigningKey, created: datetime) -> None:
        """Look at everything that stays the same. DataRefused where the form or the words would not do."""
        if not isinstance(key.private, Ed25519PrivateKey):
            raise KeyRefused(f"'{key.id}' is no Ed25519 key")
        examine(document)
        quads = list(dict.fromkeys(statements(document)))
        self._same = [quad for quad in quads if not any(map(marked, quad))]
        self._differing = [quad for quad in quads if any(map(marked, quad))]
        parts = {part for quad in self._differing for part in quad if marked(part)}
        self._terms = {part: _template(part) for part in parts}
        self._ids = [template[1:-1] for part, template in self._terms.items() if part.startswith("<")]
        self._taken = {part[1:-1] for quad in quads for part in quad if part.startswith("<")}
        options = proof.options(key, created)
        signed = document | {"proof": [options | {"proofValue": mark(VALUE)}]}  # a list, as the standard's API has it
        text = json.dumps(signed, ensure_ascii=False, separators=(",", ":"))
        *self._order, last = SPLIT.findall(text)
        assert last == VALUE
        self.places = Counter(self._order)
        self.names = sorted(self.places)
        self._settled = _settled(self._differing)
        self.prepared = Prepared(
            key.private.private_bytes_raw(),
            hashlib.sha256(canonize({"@context": document["@context"], **options})).digest(),
            sorted(canonical_lines(self._same)) if self._settled else [],
            _blocks(self._differing, self.names) if self._settled else [],
        )
        self.text = SPLIT.sub("%s", text.replace("%", "%%"))

    def issue(self, words: Mapping[str, str]) -> str:
        """The signed credential as JSON, its proof in a list. DataRefused as `fill`."""
        signed, written = self.fill({name: [word] for name, word in words.items()})
        (own,) = packed_values(written, sign(self.prepared, signed))
        return signed_text(self.text, own)

    def fill(self, words: Words) -> Filled:
        """What is left to sign with these words. DataRefused for one that cannot stand where its mark does."""
        if words.keys() != set(self.names):
            raise DataRefused(f"the words {sorted(words)} are given where {self.names} are marked")
        plain = all(column.isascii() and not SPECIAL.search(column) for column in map("".join, words.values()))
        if not plain and not all(_encodable(word) for column in words.values() for word in column):
            raise DataRefused("a text holds half a character (a lone surrogate)")
        self._check_ids(words)
        signed, written = words, words
        if not plain:
            signed = {name: [quoted(word)[1:-1] for word in column] for name, column in words.items()}
            written = {name: [encode_basestring(word)[1:-1] for word in column] for name, column in words.items()}
        return Filled(
            [signed[name] for name in self.names] if self._settled else [self._hashes(signed)],
            [written[name] for name in self._order],
        )

    def _check_ids(self, words: Words) -> None:
        """DataRefused where an id is none, or is that of something else in the same credential."""
        bare = {_template(mark(name)): column for name, column in words.items()}
        ids = [bare[key] if key in bare else [key % row for row in _rows(words)] for key in self._ids]
        for column in ids:
            wrong = [*filterfalse(ABSOLUTE, column), *[entry for entry in column if "\x7f" in entry]]
            if wrong:
                raise DataRefused(f"id '{wrong[0]}' is no absolute IRI, so it would not be signed")
        fewest = min(map(len, map(set, zip(*ids, strict=True))), default=len(ids))
        if fewest < len(ids) or not self._taken.isdisjoint(chain(*ids)):
            raise DataRefused("two ids are the same: each credential and each learner has its own")

    def _hashes(self, words: Words) -> list[str]:
        """The hash of each credential's lines: what they name is not settled without those that differ."""
        return [hashlib.sha256("".join(sorted(self._lines(row))).encode()).hexdigest() for row in _rows(words)]

    def _lines(self, words: Mapping[str, str]) -> list[str]:
        terms = {part: template % words for part, template in self._terms.items()}
        own = [(terms.get(s, s), p, terms.get(o, o), g) for s, p, o, g in self._differing]
        return canonical_lines(self._same + own)


def _settled(differing: list[Quad]) -> bool:
    """Whether these statements stay as they are and in this order within what they are about, whatever the words.

    Each is about an id that is a word and names nothing unnamed, and a word in it is not what parts it from another.
    """
    named = Counter((subject, predicate) for subject, predicate, _, _ in differing)
    return all(
        ID.fullmatch(subject)
        and not target.startswith("_:")
        and not (marked(predicate) or marked(graph))
        and (named[subject, predicate] == 1 or not marked(target))
        for subject, predicate, target, graph in differing
    )


def _blocks(differing: list[Quad], names: list[str]) -> list[Block]:
    """The lines about each id."""
    about: dict[str, list[Quad]] = {}
    for quad in differing:
        about.setdefault(quad[0], []).append(quad)
    split = [SPLIT.split("".join(sorted(canonical_lines(quads)))) for quads in about.values()]
    return [Block(parts[::2], [names.index(word) for word in parts[1::2]]) for parts in split]


def _rows(words: Words) -> list[dict[str, str]]:
    """The words of each."""
    return [dict(zip(words, row, strict=True)) for row in zip(*words.values(), strict=True)]


def _template(text: str) -> str:
    """A text with marks, as a template."""
    return SPLIT.sub(r"%(\1)s", text.replace("%", "%%"))


def _encodable(word: str) -> bool:
    """Whether a word can be written in UTF-8."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
