"""A form made from a connector's own settings: one field each, with its help; a secret is never shown again.

Labels and help are in the reader's language.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import Invalid
from app.web.kit.words import _, later
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


def settings_of(connector: Connector, values: Mapping[str, Any]) -> list[Setting]:
    """The fields of a connector's settings with what they hold, the important ones first. Secrets hold nothing."""
    schema = connector.settings.model_json_schema()
    required = schema.get("required", ())
    fields = [
        _setting(name, property_schema, name in required, values.get(name))
        for name, property_schema in schema["properties"].items()
    ]
    return sorted(
        fields, key=lambda setting: (FIRST.index(setting.name) if setting.name in FIRST else len(FIRST), setting.more)
    )


def filled_in(settings: list[Setting], sent: Sent) -> dict[str, Any]:
    """What was filled in, as the connector's settings take it; None where a field was emptied that held something.

    A secret left empty stays as it is. Invalid where a field cannot be read.
    """
    read: dict[str, Any] = {}
    for setting in settings:
        value = _value(setting, sent)
        if value is None and (setting.kind == "secret" or setting.value in (None, "", [], {})):
            continue
        if value == setting.default and setting.value is None:
            continue
        read[setting.name] = value
    if sent.complaints:
        name, words = next(iter(sent.complaints.items()))
        raise Invalid(f"{name}: {words}", pointers={f"/{name}": words for name, words in sent.complaints.items()})
    return read


def _setting(name: str, schema: Mapping[str, Any], required: bool, value: Any) -> Setting:
    inner = next((option for option in schema.get("anyOf", ()) if option.get("type") != "null"), schema)
    kind, options = _kind(inner)
    return Setting(
        name=name,
        label=_(name.replace("_", " ").capitalize().replace(" url", " URL").replace(" id", " ID")),
        help=_(_sentence(str(schema.get("description", "")))),
        kind=kind,
        required=required,
        options=options,
        default=schema.get("default"),
        value=_as_text(kind, value),
        more=name not in FIRST,
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _as_text(kind: str, value: Any) -> Any:
    """What a field holds as its box shows it; of a secret, nothing."""
    if kind == "secret" or value is None:
        return None
    if kind == "lines":
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False) if kind == "json" else value


def _kind(schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    items = schema.get("items", {})
    if schema.get("format") == "password":
        return "secret", ()
    if schema.get("type") == "array":
        return ("several", tuple(items["enum"])) if "enum" in items else ("lines", ())
    if "enum" in schema:
        return "choice", tuple(map(str, schema["enum"]))
    return {"boolean": "flag", "integer": "whole", "number": "number", "object": "json"}.get(
        schema.get("type", ""), "text"
    ), ()


def _value(setting: Setting, sent: Sent) -> Any:
    text = sent.text(setting.name)
    if setting.kind == "flag":
        return bool(text)
    if setting.kind == "several":
        return sent.many(setting.name) or None
    if not text:
        return None
    if setting.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    readers: dict[str, tuple[Callable[[str], Any], str]] = {
        "whole": (int, later("a whole number is wanted")),
        "number": (float, later("a number is wanted")),
        "json": (_object, later('write it as JSON: {"this": "that"}')),
    }
    if setting.kind not in readers:
        return text
    read, words = readers[setting.kind]
    try:
        return read(text)
    except ValueError:
        sent.complaints[setting.name] = _(words)
        return None


def _object(text: str) -> dict[str, Any]:
    read = json.loads(text)
    if not isinstance(read, dict):
        raise ValueError(text)  # noqa: TRY004  as json itself complains
    return read
