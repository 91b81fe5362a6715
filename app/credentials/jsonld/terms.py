"""One term of a context: what it stands for and how its values are read (JSON-LD 1.1 API, section 4.2)."""

from dataclasses import dataclass, field
from typing import Any

from app.credentials.errors import ContextRefused
from app.credentials.jsonld.iri import KEYWORDS, LANGUAGE

ABSENT: Any = object()
"""No context of its own; None would be the empty context."""
CONTAINERS = {"@set", "@list", "@language", "@graph"}
KNOWN = {"@id", "@type", "@container", "@context", "@language", "@direction", "@protected", "@prefix"}
PREFIX_ENDS = (":", "/", "?", "#", "[", "]", "@")
PLAIN_TYPES = {"@id", "@vocab", "@none", "@json"}


@dataclass(frozen=True, slots=True)
class Term:
    """A compiled term. `iri` None: the context says that it means nothing; `predicate` is the IRI in N-Quads."""

    iri: str | None
    type: str | None = None
    container: frozenset[str] = frozenset()
    language: Any = ABSENT
    direction: Any = ABSENT
    context: Any = ABSENT
    prefix: bool = False
    protected: bool = field(default=False, compare=False)
    predicate: str = field(default="", compare=False)


def containers(name: str, value: Any) -> frozenset[str]:
    """The containers of a term. ContextRefused for one that is not read here."""
    names = frozenset(value if isinstance(value, list) else [value])
    unknown = names - CONTAINERS
    if unknown or ("@list" in names and len(names) > 1):
        raise ContextRefused(f"@context: term '{name}' has the container {sorted(map(str, names))}, not read here")
    return names


def options(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Language, direction, prefix and scoped context of a term, each checked."""
    if unknown := value.keys() - KNOWN:
        raise ContextRefused(f"@context: term '{name}' uses {sorted(unknown)}, which is not read here")
    settings: dict[str, Any] = {}
    if "@language" in value and "@type" not in value:
        settings["language"] = language(value["@language"])
    if "@direction" in value and "@type" not in value:
        settings["direction"] = direction(value["@direction"])
    if "@prefix" in value:
        settings["prefix"] = flag(value, "@prefix")
    if "@context" in value:
        settings["context"] = value["@context"]
    return settings


def language(value: Any) -> str | None:
    """A language tag, in lower case as the other processors write it."""
    if value is None:
        return None
    if not isinstance(value, str) or not LANGUAGE(value):
        raise ContextRefused(f"@language: {value!r} is no language tag like en or pt-br")
    return value.lower()


def direction(value: Any) -> str | None:
    """A base direction."""
    if value not in (None, "ltr", "rtl"):
        raise ContextRefused(f"@direction: {value!r} is neither ltr nor rtl")
    checked: str | None = value
    return checked


def flag(value: dict[str, Any], name: str) -> bool:
    """A true or false in a context."""
    switch = value.get(name, False)
    if not isinstance(switch, bool):
        raise ContextRefused(f"@context: {name} is {switch!r}, which should be true or false")
    return switch


def coerced(name: str, iri: str | None) -> str:
    """The type that a term gives its values. ContextRefused where it is no IRI."""
    if iri is None or (iri in KEYWORDS and iri not in PLAIN_TYPES) or (":" not in iri and iri not in PLAIN_TYPES):
        raise ContextRefused(f"@context: term '{name}' has a type that is no IRI")
    return iri
