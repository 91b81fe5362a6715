"""A source's settings as they are given on the command line: `key=value`, and secrets that no history keeps."""

import json
import sys
from typing import Any

import typer
from pydantic import TypeAdapter, ValidationError

from app.errors import ConfigError
from app.sources.source import secret_names
from connectors import Connector


def given_settings(connector: Connector, settings: list[str], secrets: list[str]) -> dict[str, Any]:
    """Settings and secrets by name; ConfigError for one the connector does not have, or in the wrong place."""
    confidential = secret_names(connector)
    values: dict[str, Any] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set {text}: write it as key=value")
        if name in confidential:
            raise ConfigError(f"--set {name}: it is a secret, so give it as --secret {name} (you will be asked for it)")
        values[name] = _read(connector, name, value)
    for text in secrets:
        name, equals, value = text.partition("=")
        if name not in confidential:
            known = ", ".join(sorted(confidential)) or "none"
            raise ConfigError(f"--secret {name}: the secrets of {connector.name} are {known}")
        values[name] = value if equals else ask_secret("--secret " + name)
    return values


def _read(connector: Connector, name: str, text: str) -> Any:
    """A setting as its type wants it: as it is written or, where that will not do, read as JSON."""
    field = connector.settings.model_fields.get(name)
    if field is None:
        known = ", ".join(sorted(set(connector.settings.model_fields) - secret_names(connector)))
        raise ConfigError(f"--set {name}: {connector.name} has no such setting; there are {known}")
    try:
        shape: Any = field.annotation
        value = TypeAdapter(shape).validate_python(text)
    except ValidationError:
        try:
            return json.loads(text)
        except ValueError:
            return _listed(shape, text)
    return value if isinstance(value, bool | int | float) else text


def _listed(shape: Any, text: str) -> Any:
    """Several values with commas between them, where the setting takes several; else the text as it is."""
    values = [part.strip() for part in text.split(",") if part.strip()]
    try:
        TypeAdapter(shape).validate_python(values)
    except ValidationError:
        return text  # the connector says what it wants instead
    return values


def ask_secret(name: str) -> str:
    """A secret that is typed in unseen or, without a terminal, a line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True))
    line = sys.stdin.readline().rstrip("\n")
    if not line:
        raise ConfigError(f"{name}: no value came; write a line to standard input")
    return line
