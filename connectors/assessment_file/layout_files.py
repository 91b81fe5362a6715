"""What layouts share: tables of codes, and layouts that others are made from."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from connectors.assessment_file.shorthand import merged

_DEEPEST = 4

Codes = dict[str, dict[str, str | bool | float]]


@cache
def texts() -> dict[str, str]:
    """The TOML text of every shipped layout and base, by its file's name without the ending."""
    folder = files("connectors.assessment_file").joinpath("layouts")
    entries = {entry.name: entry for entry in folder.iterdir() if entry.name.endswith(".toml")}
    return {name.removesuffix(".toml"): entries[name].read_text("utf-8") for name in sorted(entries)}


@cache
def shared_codes() -> Codes:
    """The tables of codes that every layout may use: grades in all their spellings, yes and no."""
    text = files("connectors.assessment_file").joinpath("codes.toml").read_text("utf-8")
    tables: Codes = tomllib.loads(text)
    return tables


def with_base(data: Any, depth: int = 0) -> Any:
    """A layout joined with the one its `base` names. ValueError where there is none of that name."""
    if not isinstance(data, dict) or "base" not in data:
        return data
    own = {name: value for name, value in data.items() if name != "base"}
    text = texts().get(str(data["base"]))
    if text is None or depth >= _DEEPEST:
        raise ValueError(f"base: there is no shipped layout '{data['base']}' (there are {', '.join(texts())})")
    return merged(with_base(tomllib.loads(text), depth + 1), own)
