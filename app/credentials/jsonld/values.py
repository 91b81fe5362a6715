"""Values of a JSON-LD document: objects with @value, texts in languages, texts under a property."""

from collections.abc import Iterator
from typing import Any

from app.credentials.errors import DataRefused
from app.credentials.jsonld.active import Context
from app.credentials.jsonld.literals import json_literal, literal
from app.credentials.jsonld.terms import ABSENT, Term, direction, language


def transparent(value: dict[str, Any], active: Context) -> bool:
    """Whether an object keeps the context of the type around it: a value, or nothing but an id."""
    return bool(active.written("@value", value) or (len(value) == 1 and active.written("@id", value)))


def value_object(value: dict[str, Any], active: Context) -> str:
    """The literal that an object with @value stands for."""
    members = {active.expand(name): member for name, member in value.items()}
    if "@value" not in members:
        raise DataRefused(f"a list or set written out, which processors read differently: {quoted(value)}")
    text, kind = members["@value"], members.get("@type")
    if len(members) < len(value) or members.keys() - {"@value", "@type", "@language", "@direction"}:
        raise DataRefused(f"@value: {quoted(value)} holds more than a value, its type or its language")
    if kind is not None and ("@language" in members or "@direction" in members):
        raise DataRefused(f"@value: {quoted(value)} has a type and a language")
    if kind == "@json":
        return json_literal(text)
    if text is None or isinstance(text, dict | list):
        raise DataRefused(f"@value: {quoted(text)} is no text, number, true or false")
    if not isinstance(text, str) and ("@language" in members or "@direction" in members):
        raise DataRefused(f"@value: {quoted(text)} is no text, so it has no language")
    if kind is None:
        return literal(text, None, language(members.get("@language")), direction(members.get("@direction")))
    if not isinstance(kind, str):
        raise DataRefused(f"@value: the type {quoted(kind)} is no IRI")
    if (term := active.terms.get(kind)) is not None and term.context is not ABSENT:
        raise DataRefused(f"@value: the type '{kind}' is one of objects, not of values")
    return literal(text, active.expand(kind) or "")


def language_of(term: Term, active: Context) -> tuple[str | None, str | None]:
    """The language and direction that text under a property has."""
    return (
        active.language if term.language is ABSENT else term.language,
        active.direction if term.direction is ABSENT else term.direction,
    )


def by_language(texts_by_tag: dict[str, Any], term: Term, active: Context) -> Iterator[str]:
    """The texts of a language map."""
    towards = active.direction if term.direction is ABSENT else term.direction
    for tag, texts in texts_by_tag.items():
        spoken = None if active.expand(tag) == "@none" else language(tag)
        for text in texts if isinstance(texts, list) else [texts]:
            if text is None:
                continue
            if not isinstance(text, str):
                raise DataRefused(f"{quoted(text)} stands in a language map, where text should")
            yield literal(text, None, spoken, towards)


def quoted(value: Any) -> str:
    """A value in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
