"""Strays: fields of what is pushed that its model does not know. What a document lacks is often there, misspelt."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from functools import cache, wraps
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel

from connectors import Map
from connectors.errors import MappingError
from connectors.fields import Fields, excerpt
from connectors.pushed import shape, validated
from schemas import AnyRecord

STRAYS = 5
"""So many of them are named in a rejection."""

M = TypeVar("M", bound=BaseModel)


def naming_strays(model: type[BaseModel]) -> Callable[[Map], Map]:
    """A mapping that, where it refuses a document, also names the fields of it that the model does not know."""

    def decorate(say: Map) -> Map:
        @wraps(say)
        def mapped(f: Fields) -> Iterator[AnyRecord]:
            try:
                yield from say(f)
            except MappingError as why:
                raise MappingError(_with_strays(str(why), f, model)) from None

        return mapped

    return decorate


def validated_document(model: type[M], document: dict[str, Any]) -> M:
    """A whole document as a model has it. MappingError names what is wrong, and the fields the model does not know."""
    try:
        return validated(model, document)
    except MappingError as why:
        raise MappingError(_with_strays(str(why), Fields(document), model)) from None


def stray(path: str, model: type[BaseModel]) -> str:
    """In words: a field at this path is unknown, and which one of the model's at that place may have been meant."""
    place: type[BaseModel] | None = model
    *outer, name = path.split(".")
    for step in outer:
        place = _places(place).get(step.partition("[")[0]) if place else None
    names = {known.casefold(): known for known in _places(place)} if place else {}
    meant = get_close_matches(name.casefold(), names, 1)
    return f"field {excerpt(path)} is unknown" + (f" (did you mean '{names[meant[0]]}'?)" if meant else "")


def _with_strays(why: str, f: Fields, model: type[BaseModel]) -> str:
    unread = (path for name, value in f.left() for path in _strays(name, value, model))
    return "; ".join([why, *(stray(path, model) for path in islice(unread, STRAYS))])


def _strays(path: str, value: Any, model: type[BaseModel]) -> Iterator[str]:
    """The paths, at and below this one, of filled fields that a model does not know."""
    place = model
    for step in path.split("."):
        name = step.partition("[")[0]
        if name not in _places(place):
            yield path
            return
        if (inside := _places(place)[name]) is None:
            return
        place = inside
    several = isinstance(value, list)
    for i, part in enumerate(value if several else [value]):
        within = f"{path}[{i}]" if several else path
        for name, inner in part.items() if isinstance(part, dict) else ():
            if inner not in (None, "", [], {}):
                yield from _strays(f"{within}.{name}", inner, model)


@cache
def _places(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    """A model's fields by their wire names, each with the model inside it if any."""
    return {name: inner for name, inner, _ in shape(model)}
