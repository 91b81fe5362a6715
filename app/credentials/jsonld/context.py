"""Active contexts, worked out once and kept: the context processing of JSON-LD 1.1, section 4.1.

What it does not cover is refused and never guessed: @import, @base, @reverse, @nest, @index, relative @vocab, contexts
by address that are not shipped here.
"""

from functools import lru_cache
from typing import Any

from app.credentials.contexts import shipped
from app.credentials.errors import ContextRefused
from app.credentials.jsonld.iri import ABSOLUTE, KEYWORD_LIKE, KEYWORDS, split
from app.credentials.jsonld.terms import (
    PREFIX_ENDS,
    Term,
    coerced,
    containers,
    direction,
    flag,
    language,
    options,
)
from app.credentials.jsonld.work import Work

SETTINGS = {"@version", "@vocab", "@language", "@direction", "@propagate", "@protected"}
HOLDERS = ("@value", "@list", "@set")
ENTRIES = 64
FAMILY = 300
"""Contexts kept that follow from one first context: OB 3.0 and CLR 2.0 with every type need about 80."""
FIRST = 32
"""First contexts kept: combinations of addresses that documents begin with."""


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
        found = Context(shared=self.shared, family=self.family)
        found.terms = dict(self.terms)
        found.vocab, found.language, found.direction = self.vocab, self.language, self.direction
        found.previous = self.previous
        return found

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


def scoped(active: Context, local: Any, work: Work, *, propagate: bool, override: bool) -> Context:
    """The context that follows where a term brings one of its own; `local` is part of a context that is kept."""
    key = (id(local), propagate, override)
    if (known := active.derived.get(key)) is not None:
        return known[1]
    found = following(active, local, work, propagate=propagate, override=override)
    _keep(active, key, local, found)
    return found


def embedded(active: Context | None, local: Any, work: Work) -> Context:
    """The context that follows where a document names contexts, or brings its own; `active` None at its beginning."""
    names = local if isinstance(local, list) else [local]
    if not all(isinstance(name, str) for name in names):
        own = [Local(name) if isinstance(name, dict) else name for name in names]
        return following(active or Context(shared=True), own, work)
    key = tuple(names)
    if active is None:
        return _first(key)
    if (known := active.derived.get(key)) is not None:
        return known[1]
    found = following(active, local, work)
    _keep(active, key, local, found)
    return found


@lru_cache(maxsize=FIRST)
def _first(names: tuple[str, ...]) -> Context:
    return following(Context(shared=True), list(names), Work())


def _keep(active: Context, key: Any, local: Any, found: Context) -> None:
    """Keep what follows from shipped contexts for every document, what follows from a document's own for itself."""
    if active.shared and (not found.shared or active.family[0] <= 0):
        return
    active.family[0] -= 1
    active.derived[key] = (local, found)


def following(active: Context, local: Any, work: Work, *, propagate: bool = True, override: bool = False) -> Context:
    """Work out the context that follows from `local` (a context, its address, or a list of them)."""
    entries = local if isinstance(local, list) else [local]
    if len(entries) > ENTRIES:
        raise ContextRefused(f"@context: {len(entries)} entries, and {ENTRIES} is the most")
    if isinstance(local, dict) and "@propagate" in local:
        propagate = flag(local, "@propagate")
    result = active.copy()
    if not propagate and result.previous is None:
        result.previous = active
    for entry in entries:
        work.context()
        if entry is None:
            result = _emptied(result, propagate=propagate, override=override)
        elif isinstance(entry, str):
            result = _named(result, entry, work, override=override)
        elif isinstance(entry, dict):
            result.shared = result.shared and not isinstance(entry, Local)
            _define(result, entry, override=override)
        else:
            raise ContextRefused(f"@context: {entry!r} is no context: give its address")
    return result


class Local(dict[str, Any]):
    """A context written out inside a document: what follows from it is not kept for other documents."""


def _emptied(result: Context, *, propagate: bool, override: bool) -> Context:
    if not override and any(term.protected for term in result.terms.values()):
        raise ContextRefused("@context: null would remove protected terms")
    found = Context(shared=result.shared, family=result.family)
    if not propagate:
        found.previous = result
    return found


def _named(result: Context, address: str, work: Work, *, override: bool) -> Context:
    """Apply a shipped context: none of them names another, so this ends."""
    return following(result, shipped(address), work, override=override)


def _define(result: Context, entry: dict[str, Any], *, override: bool) -> None:
    """Add what one context says to a context being built."""
    for name in ("@import", "@base"):
        if entry.get(name) is not None:
            raise ContextRefused(f"@context: {name} is not read here")
    if entry.get("@version", 1.1) != 1.1:
        raise ContextRefused(f"@context: @version is {entry['@version']!r}; only 1.1 is read")
    if "@vocab" in entry:
        result.vocab = _vocabulary(result, entry["@vocab"])
    if "@language" in entry:
        result.language = language(entry["@language"])
    if "@direction" in entry:
        result.direction = direction(entry["@direction"])
    maker = _Definition(result, entry, flag(entry, "@protected"), override)
    for name in entry:
        if name not in SETTINGS and name not in ("@import", "@base"):
            maker.define(name)


def _vocabulary(result: Context, value: Any) -> str | None:
    if value is None:
        return None
    found = result.reference(value) if isinstance(value, str) else ""
    if not ABSOLUTE(found):
        raise ContextRefused(f"@context: @vocab {value!r} is no absolute IRI")
    return found


class _Definition:
    """Defines the terms of one context, each after those it is made of."""

    def __init__(self, result: Context, local: dict[str, Any], protected: bool, override: bool) -> None:
        self.result = result
        self.local = local
        self.protected = protected
        self.override = override
        self.done: dict[str, bool] = {}

    def define(self, name: str) -> None:
        """Define one term. ContextRefused where it changes a protected one."""
        if name in self.done:
            if not self.done[name]:
                raise ContextRefused(f"@context: term '{name}' is defined by itself")
            return
        self.done[name] = False
        if not name or (name in KEYWORDS and name != "@type") or (name != "@type" and KEYWORD_LIKE(name)):
            raise ContextRefused(f"@context: term '{name}' looks like a keyword")
        previous = self.result.terms.pop(name, None)
        term = self._term(name, self.local[name])
        if previous is not None and previous.protected and not self.override:
            if term != previous:
                raise ContextRefused(f"@context: term '{name}' is protected and may not be defined again")
            term = previous
        self.result.terms[name] = term
        self.done[name] = True

    def _term(self, name: str, given: Any) -> Term:
        simple = isinstance(given, str)
        value = {"@id": given} if simple or given is None else given
        if not isinstance(value, dict):
            raise ContextRefused(f"@context: term '{name}' is {given!r}, neither an IRI nor a definition")
        if name == "@type":
            return self._type_term(value)
        found = options(name, value)
        if "@type" in value:
            found["type"] = coerced(name, self._expand(value["@type"]))
        iri = self._iri(name, value)
        if simple and iri is not None and iri.endswith(PREFIX_ENDS) and ":" not in name and "/" not in name:
            found["prefix"] = True
        if "@container" in value:
            found["container"] = containers(name, value["@container"])
        return Term(
            iri=iri,
            protected=flag(value, "@protected") if "@protected" in value else self.protected,
            predicate=f"<{iri}>" if iri and ABSOLUTE(iri) else "",
            **found,
        )

    def _type_term(self, value: dict[str, Any]) -> Term:
        if value.keys() - {"@container", "@protected"} or value.get("@container", "@set") != "@set":
            raise ContextRefused("@context: @type may only be protected, or a set")
        return Term(iri="@type", protected=flag(value, "@protected") if "@protected" in value else self.protected)

    def _iri(self, name: str, value: dict[str, Any]) -> str | None:
        given = value.get("@id", name) if "@id" in value else name
        if given is None:
            return None
        if given != name:
            found = self._expand(given)
            return self._checked(name, found)
        if parts := split(name):
            self._depend(parts[0])
            return self._checked(name, self.result.compact(name, parts))
        if self.result.vocab is None:
            raise ContextRefused(f"@context: term '{name}' has no IRI")
        return self._checked(name, self.result.vocab + name)

    def _checked(self, name: str, iri: str | None) -> str:
        if iri is None or iri == "@context" or not (iri in KEYWORDS or ABSOLUTE(iri)):
            raise ContextRefused(f"@context: term '{name}' stands for {iri!r}, which is no absolute IRI")
        if (":" in name[1:-1] or "/" in name) and iri != self._expand_plain(name):
            raise ContextRefused(f"@context: term '{name}' looks like an IRI and stands for another, {iri}")
        return iri

    def _expand(self, value: Any) -> str | None:
        if not isinstance(value, str):
            raise ContextRefused(f"@context: {value!r} stands where an IRI should")
        if value in KEYWORDS:
            return value
        if KEYWORD_LIKE(value):
            raise ContextRefused(f"@context: {value!r} is no keyword")
        self._depend(value)
        if parts := split(value):
            self._depend(parts[0])
        return self.result.expand(value)

    def _expand_plain(self, name: str) -> str | None:
        parts = split(name)
        return self.result.compact(name, parts) if parts else name

    def _depend(self, name: str) -> None:
        if name in self.local and not self.done.get(name, False) and name not in KEYWORDS:
            self.define(name)
