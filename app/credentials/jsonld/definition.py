"""Define the terms of one context (JSON-LD 1.1 API, section 4.2): protected ones stay as they are."""

from typing import Any

from app.credentials.errors import ContextRefused
from app.credentials.jsonld.active import Context
from app.credentials.jsonld.iri import ABSOLUTE, KEYWORD_LIKE, KEYWORDS, split
from app.credentials.jsonld.terms import PREFIX_ENDS, Term, coerced, containers, direction, flag, language, options

SETTINGS = {"@version", "@vocab", "@language", "@direction", "@propagate", "@protected"}


def define(result: Context, entry: dict[str, Any], *, override: bool) -> None:
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
    iri = result.reference(value) if isinstance(value, str) else ""
    if not ABSOLUTE(iri):
        raise ContextRefused(f"@context: @vocab {value!r} is no absolute IRI")
    return iri


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

    def _term(self, name: str, definition: Any) -> Term:
        simple = isinstance(definition, str)
        value = {"@id": definition} if simple or definition is None else definition
        if not isinstance(value, dict):
            raise ContextRefused(f"@context: term '{name}' is {definition!r}, neither an IRI nor a definition")
        if name == "@type":
            return self._type_term(value)
        fields = options(name, value)
        if "@type" in value:
            fields["type"] = coerced(name, self._expand(value["@type"]))
        iri = self._iri(name, value)
        if simple and iri is not None and iri.endswith(PREFIX_ENDS) and ":" not in name and "/" not in name:
            fields["prefix"] = True
        if "@container" in value:
            fields["container"] = containers(name, value["@container"])
        return Term(
            iri=iri,
            protected=flag(value, "@protected") if "@protected" in value else self.protected,
            predicate=f"<{iri}>" if iri and ABSOLUTE(iri) else "",
            **fields,
        )

    def _type_term(self, value: dict[str, Any]) -> Term:
        if value.keys() - {"@container", "@protected"} or value.get("@container", "@set") != "@set":
            raise ContextRefused("@context: @type may only be protected, or a set")
        return Term(iri="@type", protected=flag(value, "@protected") if "@protected" in value else self.protected)

    def _iri(self, name: str, value: dict[str, Any]) -> str | None:
        reference = value.get("@id", name) if "@id" in value else name
        if reference is None:
            return None
        if reference != name:
            iri = self._expand(reference)
            return self._checked(name, iri)
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
