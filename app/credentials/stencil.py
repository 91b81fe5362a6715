"""Sign many credentials that differ in a few words: a class that earned the same badge.

What is the same is looked at once: form, schema, contexts, expansion into statements and, unless a differing statement
is about something unnamed, the canonical form of all that stays. The result is what `issue` would have made, to the
last byte of its proof. Which words may differ is said by marks in the document.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from json.encoder import encode_basestring
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import proof
from app.credentials.errors import DataRefused, KeyRefused
from app.credentials.issue import examine
from app.credentials.jsonld import canonize
from app.credentials.jsonld.iri import ABSOLUTE
from app.credentials.jsonld.literals import SPECIAL, quoted
from app.credentials.jsonld.rdfc import canonical_lines
from app.credentials.jsonld.statements import Quad, statements
from app.credentials.keys import SigningKey
from app.credentials.press import Press, sign

SPLIT = re.compile(r"urn:stencil:([a-z_]+)\.")
VALUE = "proof_value"
Filled = tuple[Mapping[str, str], Mapping[str, str]]
"""A credential's own words as its canonical form has them, and as its JSON text has them."""
WHOLE = "lines"
"""What all lines are called where none is known before the words are."""


def mark(name: str) -> str:
    """What stands in a document where a word differs; it can stand for an id or for a text."""
    return f"urn:stencil:{name}."


def marked(text: str) -> bool:
    """Whether a text holds what would be taken for a mark."""
    return SPLIT.search(text) is not None


class Stencil:
    """A credential with marks, made ready to be signed many times."""

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
        self._ids = [template for part, template in self._terms.items() if part.startswith("<")]
        self._taken = {part for quad in quads for part in quad} - parts
        self._settled = not any(part.startswith("_:") for quad in self._differing for part in quad)
        options = proof.options(key, created)
        signed = document | {"proof": [options | {"proofValue": mark(VALUE)}]}  # a list, as the standard's API has it
        text = json.dumps(signed, ensure_ascii=False, separators=(",", ":"))
        self.places = Counter(SPLIT.findall(text)[:-1])
        self.names = frozenset(self.places)
        self.press = Press(
            key.private.private_bytes_raw(),
            hashlib.sha256(canonize({"@context": document["@context"], **options})).digest(),
            sorted(_text(self._same).split("\n")) if self._settled else [],
            _template(_text(self._differing)) if self._settled else f"%({WHOLE})s",
            sorted(self.names) if self._settled else [WHOLE],
        )
        self._text = _template(text)

    def issue(self, words: Mapping[str, str]) -> str:
        """The signed credential as JSON, its proof in a list. DataRefused as `fill`."""
        told, written = self.fill(words)
        return self.body(written, sign(self.press, [told])[0]).decode()

    def fill(self, words: Mapping[str, str]) -> Filled:
        """What is left to sign with these words. DataRefused for one that cannot stand where its mark does."""
        if words.keys() != self.names:
            raise DataRefused(f"the words {sorted(words)} are given where {sorted(self.names)} are marked")
        plain = all(word.isascii() and not SPECIAL.search(word) for word in words.values())
        if not plain and not all(map(_encodable, words.values())):
            raise DataRefused("a text holds half a character (a lone surrogate)")
        ids = {_id(template % words) for template in self._ids}
        if len(ids) < len(self._ids) or not self._taken.isdisjoint(ids):
            raise DataRefused("two ids are the same: each credential and each learner has its own")
        if plain and self._settled:
            return words, words
        told = {name: quoted(word)[1:-1] for name, word in words.items()}  # in an id nothing is there to escape
        return (
            told if self._settled else {WHOLE: self._whole(told)},
            {name: encode_basestring(word)[1:-1] for name, word in words.items()},
        )

    def body(self, written: Mapping[str, str], value: str) -> bytes:
        """The signed credential of what `fill` gave, and its proof's value."""
        return (self._text % {**written, VALUE: value}).encode()

    def _whole(self, told: Mapping[str, str]) -> str:
        """All lines: what they name is not settled without those that differ."""
        terms = {part: template % told for part, template in self._terms.items()}
        own = [(terms.get(s, s), p, terms.get(o, o), g) for s, p, o, g in self._differing]
        return _text(self._same + own)


def _text(quads: list[Quad]) -> str:
    """Canonical lines in any order, without a last line break."""
    return "".join(canonical_lines(quads))[:-1]


def _template(text: str) -> str:
    """A text with marks as a template of the press."""
    return SPLIT.sub(r"%(\1)s", text.replace("%", "%%"))


def _id(term: str) -> str:
    """The term of an id. DataRefused where it is none."""
    if not ABSOLUTE(term[1:-1]) or "\x7f" in term:
        raise DataRefused(f"id '{term[1:-1]}' is no absolute IRI, so it would not be signed")
    return term


def _encodable(word: str) -> bool:
    """Whether a word can be written in UTF-8."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
