"""Readers for the forms in which Ed-Fi writes references, descriptors and deletes."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from connectors.edfi.codes import GRADES
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import Gone

T = TypeVar("T")

_GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Notes(dict[str, object]):
    """What a reader had to interpret: it becomes the record's `extensions`."""


def gone(f: Fields) -> Gone | None:
    """That a record was deleted, where the page is one of deletes."""
    if "keyValues" not in f:
        return None
    f.drop("keyValues", "changeVersion")
    return Gone(key=own_id(f))


def own_id(f: Fields) -> str:
    return plain(f.ident("id"))


def plain(resource_id: str) -> str:
    """A resource's id as links write it: deletes of several releases write the same GUID with hyphens, in capitals."""
    return resource_id.replace("-", "").lower() if _GUID.fullmatch(resource_id) else resource_id


def reference(f: Fields, name: str) -> Mapping[str, object]:
    """A reference: the natural key of another resource, and the link to it."""
    value = f.pop(name)
    if not isinstance(value, dict):
        raise f.wrong(name, value, "is not a reference")
    return value


def linked(f: Fields, name: str) -> str:
    """The id of the resource that a reference links to."""
    return link_of(name, reference(f, name))


def link_of(name: str, reference: Mapping[str, object]) -> str:
    link = reference.get("link")
    href = link.get("href") if isinstance(link, dict) else None
    if not isinstance(href, str) or not href.rpartition("/")[2]:
        raise MappingError(f"field '{name}' has no link: turn the feature ResourceLinks of the ODS/API on")
    return plain(href.rpartition("/")[2])


def natural(f: Fields, name: str, part: str) -> str | None:
    """A part of the natural key that a reference spells out."""
    reference = f.pop(name, None)
    if reference is None:
        return None
    if not isinstance(reference, dict):
        raise f.wrong(name, reference, "is not a reference")
    return part_of(reference, part)


def part_of(reference: Mapping[str, object], part: str) -> str | None:
    value = reference.get(part)
    return str(value) if isinstance(value, str | int) and value != "" else None


def required(value: str | None, name: str) -> str:
    if value is None:
        raise MappingError(f"field '{name}' is missing or blank, and is required")
    return value


def code_of(f: Fields, name: str) -> str | None:
    """The code of a descriptor: what follows `#`."""
    value = f.text(name, None)
    return None if value is None else value.rpartition("#")[2].strip()


def coded(f: Fields, name: str, table: Mapping[str, T], notes: Notes, other: T) -> T:
    """A descriptor by a table, in any case; one that is not in it is `other`, and is noted."""
    word = code_of(f, name)
    if word is None:
        return other
    if word.lower() in table:
        return table[word.lower()]
    notes[name] = word
    return other


def grade(level: str) -> str:
    """A grade level by its CEDS code; one that is no known level as it is written."""
    known = level.lower()
    return GRADES.get(known, level)


def grades(levels: Sequence[Fields]) -> tuple[str, ...]:
    codes = [code_of(each, "gradeLevelDescriptor") for each in levels]
    return tuple(grade(each) for each in codes if each)


def each_of(f: Fields, name: str, field: str) -> list[Fields]:
    items = f.each(name)
    for each in items:
        each.drop(*[other for other in each.names() if other != field])
    return items
