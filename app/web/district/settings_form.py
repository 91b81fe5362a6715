"""A form made from a connector's own settings: one field each, with its help; a secret is never shown again. Pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import Invalid
from connectors import Connector

FIRST = (
    "product",
    "base_url",
    "auth",
    "token_url",
    "username",
    "password",
    "token",
    "client_id",
    "client_secret",
    "collections",
)
"""What stands at the top, in this order; all else is under "More settings"."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of the form: `kind` is text, whole, number, flag, secret, choice, several, lines or json."""

    name: str
    label: str
    help: str
    kind: str
    required: bool
    options: tuple[str, ...] = ()
    default: Any = None
    value: Any = None
    more: bool = True

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Its options, each said as it is written."""
        return [(option, option) for option in self.options]


@dataclass(slots=True)
class Sent:
    """What was sent of the form: how one text, or several, are read from it."""

    text: Callable[[str], str]
    many: Callable[[str], list[str]]
    complaints: dict[str, str] = field(default_factory=dict)


def settings_of(connector: Connector, held: Mapping[str, Any]) -> list[Setting]:
    """The fields of a connector's settings with what they hold, the important ones first. Secrets hold nothing."""
    schema = connector.settings.model_json_schema()
    required = schema.get("required", ())
    made = [_setting(name, told, name in required, held.get(name)) for name, told in schema["properties"].items()]
    return sorted(made, key=lambda one: (FIRST.index(one.name) if one.name in FIRST else len(FIRST), one.more))


def given(settings: list[Setting], sent: Sent) -> dict[str, Any]:
    """What was filled in, as the connector's settings take it; None where a field was emptied that held something.

    A secret left empty stays as it is. Invalid where a field cannot be read.
    """
    read: dict[str, Any] = {}
    for one in settings:
        value = _value(one, sent)
        if value is None and (one.kind == "secret" or one.value in (None, "", [], {})):
            continue
        if value == one.default and one.value is None:
            continue
        read[one.name] = value
    if sent.complaints:
        name, words = next(iter(sent.complaints.items()))
        raise Invalid(f"{name}: {words}", pointers={f"/{name}": words for name, words in sent.complaints.items()})
    return read


def _setting(name: str, told: Mapping[str, Any], required: bool, held: Any) -> Setting:
    inner = next((one for one in told.get("anyOf", ()) if one.get("type") != "null"), told)
    kind, options = _kind(inner)
    return Setting(
        name=name,
        label=name.replace("_", " ").capitalize().replace(" url", " URL").replace(" id", " ID"),
        help=_sentence(str(told.get("description", ""))),
        kind=kind,
        required=required,
        options=options,
        default=told.get("default"),
        value=_as_text(kind, held),
        more=name not in FIRST,
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _as_text(kind: str, held: Any) -> Any:
    """What a field holds as its box shows it; of a secret, nothing."""
    if kind == "secret" or held is None:
        return None
    if kind == "lines":
        return "\n".join(held)
    return json.dumps(held, ensure_ascii=False) if kind == "json" else held


def _kind(told: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    items = told.get("items", {})
    if told.get("format") == "password":
        return "secret", ()
    if told.get("type") == "array":
        return ("several", tuple(items["enum"])) if "enum" in items else ("lines", ())
    if "enum" in told:
        return "choice", tuple(map(str, told["enum"]))
    return {"boolean": "flag", "integer": "whole", "number": "number", "object": "json"}.get(
        told.get("type", ""), "text"
    ), ()


def _value(one: Setting, sent: Sent) -> Any:
    text = sent.text(one.name)
    if one.kind == "flag":
        return bool(text)
    if one.kind == "several":
        return sent.many(one.name) or None
    if not text:
        return None
    if one.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    readers: dict[str, tuple[Callable[[str], Any], str]] = {
        "whole": (int, "a whole number is wanted"),
        "number": (float, "a number is wanted"),
        "json": (_object, 'write it as JSON: {"this": "that"}'),
    }
    if one.kind not in readers:
        return text
    read, words = readers[one.kind]
    try:
        return read(text)
    except ValueError:
        sent.complaints[one.name] = words
        return None


def _object(text: str) -> dict[str, Any]:
    read = json.loads(text)
    if not isinstance(read, dict):
        raise ValueError(text)  # noqa: TRY004  as json itself complains
    return read
