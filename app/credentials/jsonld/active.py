"""An active context: the terms that have a meaning at one place of a document."""

from typing import Any

from app.credentials.jsonld.iri import KEYWORDS, split
from app.credentials.jsonld.terms import Term

HOLDERS = ("@value", "@list", "@set")
FAMILY = 300
"""Contexts kept that follow from one first context: OB 3.0 and CLR 2.0 with every type need about 80."""


class Context:
    """An active context. Never changed once made; `derived` keeps the contexts that follow from it."""

    __slots__ = (
        "aliases",
        "derived",
        "direction",
        "family",
        "holders",
        "language",
        "previous",
        "shared",
        "terms",
        "vocab",
    )

    def __init__(self, *, shared: bool, family: list[int] | None = None) -> None:
        self.terms: dict[str, Term] = {}
        self.vocab: str | None = None
        self.language: str | None = None
        self.direction: str | None = None
        self.previous: Context | None = None
        self.shared = shared  # made of shipped contexts alone: what follows from it may be kept for other documents
        self.derived: dict[Any, tuple[Any, Context]] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.holders: frozenset[str] | None = None
        self.family = family if family is not None else [FAMILY]

    def copy(self) -> "Context":
        """A context to build upon."""
        duplicate = Context(shared=self.shared, family=self.family)
        duplicate.terms = dict(self.terms)
        duplicate.vocab, duplicate.language, duplicate.direction = self.vocab, self.language, self.direction
        duplicate.previous = self.previous
        return duplicate

    def written(self, keyword: str, value: dict[str, Any]) -> list[str]:
        """The names in an object that mean this keyword: itself, or terms that stand for it."""
        names = self.aliases.get(keyword)
        if names is None:
            names = (keyword, *(name for name, term in self.terms.items() if term.iri == keyword and name != keyword))
            self.aliases[keyword] = names
        return [name for name in names if name in value]

    def plain(self, value: dict[str, Any]) -> bool:
        """Whether an object is a node: neither a value, nor a list or set written out."""
        if self.holders is None:
            named = (name for name, term in self.terms.items() if term.iri in HOLDERS)
            self.holders = frozenset({*HOLDERS, *named})
        return self.holders.isdisjoint(value)

    def expand(self, value: str) -> str | None:
        """The IRI or keyword a property or type stands for; None where the context says it means nothing."""
        if value in KEYWORDS:
            return value
        term = self.terms.get(value)
        if term is not None:
            return term.iri
        if parts := split(value):
            return self.compact(value, parts)
        return value if self.vocab is None or ":" in value[1:] else self.vocab + value

    def reference(self, value: str) -> str:
        """The IRI that an id stands for: absolute or prefixed."""
        parts = split(value)
        return self.compact(value, parts) if parts else value

    def compact(self, value: str, parts: tuple[str, str]) -> str:
        """A compact IRI written out, or the value itself."""
        prefix = self.terms.get(parts[0])
        if prefix is not None and prefix.prefix and prefix.iri is not None and parts[0] != "_":
            return prefix.iri + parts[1]
        return value
