"""The fields of each collection's objects by their names, as they are filtered, sorted and selected by."""

from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from app.db.rosters.conditions import Field
from app.rosters.shapes import SHAPES, Collection, Ref, Shape

EVERY = {
    "sourcedid": Field(("sourcedId",), "id"),
    "status": Field(("status",), "status"),
    "datelastmodified": Field(("dateLastModified",), "modified"),
}
"""What every object has."""


@cache
def fields(collection: Collection) -> dict[str, Field]:
    """The fields of a collection's objects, nested ones with dots, by name in lower case: case makes no difference."""
    by_name = dict(EVERY)
    _collect(SHAPES[collection], (), False, by_name)
    return by_name


@cache
def required(collection: Collection) -> frozenset[str]:
    """The names of the fields that the standard requires."""
    shape = SHAPES[collection]
    own = {field.encode_name for field in msgspec.structs.fields(shape) if field.required}
    return frozenset(own | {field.path[0] for field in EVERY.values()})


@cache
def names(collection: Collection) -> frozenset[str]:
    """The names of the fields at the top of a collection's objects."""
    return frozenset(field.path[0] for field in fields(collection).values())


def _collect(shape: type[Shape], path: tuple[str, ...], many: bool, by_name: dict[str, Field]) -> None:
    for field in msgspec.structs.fields(shape):
        if shape is Ref and field.encode_name == "href":
            continue  # an address is the service's own: who asks for an object asks by its id
        where = (*path, field.encode_name)
        name = ".".join(where).lower()
        type_, listed = _inner(field.type)
        if isinstance(type_, type) and issubclass(type_, Shape):
            _collect(type_, where, many or listed, by_name)
        elif type_ is float:
            by_name[name] = Field(where, "number", many)
        else:
            by_name[name] = Field(where, "texts" if listed and not many else "text", many or listed)


def _inner(type_: Any) -> tuple[Any, bool]:
    """What a field holds, and whether it is a list of it."""
    if get_origin(type_) in (Union, UnionType):
        (type_,) = [each for each in get_args(type_) if each is not type(None)]
    if get_origin(type_) is list:
        return get_args(type_)[0], True
    return type_, False
