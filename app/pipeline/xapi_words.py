"""Statements in one language: of each thing that is worded in several, the words a reader wants (part 3, 2.1.3)."""

from collections.abc import Sequence
from typing import Any

from app.pipeline.xapi import Json, inside, listed, part

COMPONENTS = ("choices", "scale", "source", "target", "steps")
"""The lists of an interaction whose parts are worded."""


def languages(header: str) -> list[str]:
    """The languages of an Accept-Language header, the one most wanted first (RFC 9110, 12.5.4)."""
    tags = []
    for place, entry in enumerate(header.split(",")[:50]):
        tag, *parameters = (piece.strip() for piece in entry.split(";"))
        try:
            weight = float(next((each[2:] for each in parameters if each.startswith("q=")), "1"))
        except ValueError:
            continue
        if tag and weight > 0:
            tags.append((-weight, place, tag.lower()))
    return [tag for _, _, tag in sorted(tags)]


def canonical(statement: Json, tags: Sequence[str]) -> Json:
    """A statement whose words are in one language each: the first of these, else the one that stands first."""
    brief = {**statement}
    if "verb" in statement:
        brief["verb"] = _worded(part(statement, "verb"), tags, "display")
    if inner := inside(statement):
        brief["object"] = canonical(inner, tags)
    elif "definition" in part(statement, "object"):
        brief["object"] = _activity(part(statement, "object"), tags)
    if around := part(part(statement, "context"), "contextActivities"):
        lists = {place: [_activity(each, tags) for each in listed(named)] for place, named in around.items()}
        brief["context"] = {**statement["context"], "contextActivities": lists}
    if attachments := listed(statement.get("attachments", [])):
        brief["attachments"] = [_worded(each, tags, "display", "description") for each in attachments]
    return brief


def _activity(activity: Json, tags: Sequence[str]) -> Json:
    if not (definition := part(activity, "definition")):
        return activity
    worded = _worded(definition, tags, "name", "description")
    for name in COMPONENTS:
        if components := listed(definition.get(name, [])):
            worded[name] = [_worded(each, tags, "description") for each in components]
    return {**activity, "definition": worded}


def _worded(about: Json, tags: Sequence[str], *names: str) -> Json:
    return {name: _in_one_language(value, tags) if name in names else value for name, value in about.items()}


def _in_one_language(words: Any, tags: Sequence[str]) -> Any:
    if not isinstance(words, dict) or len(words) < 2:
        return words
    tag = next((tag for want in tags for tag in words if _is(tag, want)), next(iter(words)))
    return {tag: words[tag]}


def _is(tag: str, want: str) -> bool:
    """Whether a language is the one that is wanted, or a kind of it: en-GB where en is wanted."""
    return want == "*" or tag.lower() == want or tag.lower().startswith(want + "-")
