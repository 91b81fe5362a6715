"""Sign many credentials that differ in a few words: a class that earned the same badge.

What is the same is looked at once: form, schema, contexts, expansion into statements. For each learner the differing
words are put into the statements, and these are canonicalized, hashed and signed as ever: the result is what `issue`
would have made, to the last byte of its proof. Which words may differ is said by marks in the document.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import proof
from app.credentials.errors import DataRefused, KeyRefused
from app.credentials.issue import examine
from app.credentials.jsonld import canonize
from app.credentials.jsonld.iri import ABSOLUTE
from app.credentials.jsonld.literals import quoted
from app.credentials.jsonld.rdfc import canonical
from app.credentials.jsonld.statements import Quad, statements
from app.credentials.keys import SigningKey, base58

SPLIT = re.compile(r"urn:stencil:([a-z_]+)\.")
VALUE = "proof_value"


def mark(name: str) -> str:
    """What stands in a document where a word differs; it can stand for an id or for a text."""
    return f"urn:stencil:{name}."


class Stencil:
    """A credential with marks, made ready to be signed many times."""

    def __init__(self, document: dict[str, Any], key: SigningKey, created: datetime) -> None:
        """Look at everything that stays the same. DataRefused where the form or the words would not do."""
        if not isinstance(key.private, Ed25519PrivateKey):
            raise KeyRefused(f"'{key.id}' is no Ed25519 key")
        examine(document)
        self._private = key.private
        quads = statements(document)
        self._same = [quad for quad in quads if not any(map(SPLIT.search, quad))]
        self._differing = [quad for quad in quads if any(map(SPLIT.search, quad))]
        self._taken = {part for quad in self._same for part in quad}
        options = proof.options(key, created)
        config = {"@context": document["@context"], **options}
        self._options = hashlib.sha256(canonize(config)).digest()
        signed = document | {"proof": options | {"proofValue": mark(VALUE)}}
        self._text = SPLIT.split(json.dumps(signed, ensure_ascii=False, separators=(",", ":")))
        self.names = frozenset(self._text[1::2]) - {VALUE}

    def issue(self, words: Mapping[str, str]) -> str:
        """The signed credential as JSON. DataRefused for a word that cannot stand where its mark does."""
        if words.keys() != self.names:
            raise DataRefused(f"the words {sorted(words)} are given where {sorted(self.names)} are marked")
        data = canonical(self._same + self._filled(words))
        signature = self._private.sign(self._options + hashlib.sha256(_bytes(data)).digest())
        told = {name: json.dumps(word, ensure_ascii=False)[1:-1] for name, word in words.items()}
        told[VALUE] = "z" + base58(signature)
        parts = [told[part] if place % 2 else part for place, part in enumerate(self._text)]
        return "".join(parts)

    def _filled(self, words: Mapping[str, str]) -> list[Quad]:
        """The differing statements with these words."""
        terms: dict[str, str] = {}
        for quad in self._differing:
            for part in quad:
                if part not in terms:
                    terms[part] = self._term(part, words)
        ids = [term for part, term in terms.items() if part.startswith("<") and term != part]
        if len(set(ids)) < len(ids) or not self._taken.isdisjoint(ids):
            raise DataRefused("two ids are the same: each credential and each learner has its own")
        return [(terms[s], terms[p], terms[o], terms[g]) for s, p, o, g in self._differing]

    def _term(self, part: str, words: Mapping[str, str]) -> str:
        """A term with its marks replaced: an id must stay one, a text is escaped."""
        if SPLIT.search(part) is None:
            return part
        if part.startswith("<"):
            found = SPLIT.sub(lambda hit: words[hit[1]], part[1:-1])
            if not ABSOLUTE(found):
                raise DataRefused(f"id '{found}' is no absolute IRI, so it would not be signed")
            return f"<{found}>"
        return SPLIT.sub(lambda hit: quoted(words[hit[1]])[1:-1], part)


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise DataRefused("a text holds half a character (a lone surrogate)") from None
