"""Writes frameworks: rows of a district's own competencies or rubrics become a CASE 1.1 package. Pure.

A code names a competency within its framework; its identifier is made of the framework's and the code, so that the
same rows written again are the same competencies. What an own competency stands for elsewhere is an association.
"""

import math
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from app.errors import ConfigError
from app.frameworks.case.shapes import Json
from app.frameworks.case.values import UUID as CASE_UUID
from app.frameworks.frameworks import EXTENSION, Sensitivity, Strength
from app.frameworks.grades import all_codes

T = TypeVar("T")


class Item(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A competency: `parent` and `after` are codes of its framework.

    `aligned_to` is a code or identifier of another framework's, or several with semicolons between them.
    """

    code: str
    statement: str
    parent: str | None = None
    type: str | None = None
    grades: tuple[str, ...] = ()
    notes: str | None = None
    sensitivity: Sensitivity | None = None
    after: tuple[str, ...] = ()
    aligned_to: str | None = None
    strength: Strength = "equivalent"


class Level(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A level of a rubric's criterion."""

    rubric: str
    criterion: str
    level: str
    score: float | None = None
    description: str | None = None
    competency: str | None = None


class Framework(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a framework is called, and whose it is. A graduate profile has the type `ext:graduateProfile`."""

    title: str
    creator: str
    type: str | None = None
    description: str | None = None
    subject: tuple[str, ...] = ()


def identifier(namespace: UUID, title: str) -> UUID:
    """The identifier of a framework of this title, in a tenant's own namespace."""
    return uuid5(namespace, title.strip().casefold())


def package(
    framework: UUID,
    description: Framework,
    items: Sequence[Item],
    levels: Sequence[Level],
    *,
    base: str,
    changed_at: str,
) -> Json:
    """The CASE package of these rows. ConfigError where they contradict each other, with the code."""
    _check(items, levels)
    maker = _Made(framework, base, changed_at)
    document = maker.object("CFDocuments", "", identifier=str(framework), caseVersion="1.1", **_some(description))
    associations = [link for n, item in enumerate(items, 1) for link in _links(maker, description.title, item, n)]
    return {
        "CFDocument": document,
        "CFItems": [_item(maker, item) for item in items],
        "CFAssociations": associations,
        "CFRubrics": list(_rubrics(maker, levels)),
    }


def _check(items: Sequence[Item], levels: Sequence[Level]) -> None:
    codes = {item.code for item in items}
    for code in _twice(item.code.strip() for item in items):
        raise ConfigError(f"the code '{code}' stands for two competencies: give one of them another")
    for item in items:
        if not item.code.strip() or not item.statement.strip():
            raise ConfigError(f"'{item.code}: {item.statement[:80]}': a competency has a code and a statement")
        for other in (item.parent, *item.after):
            if other is not None and other not in codes:
                raise ConfigError(f"'{item.code}' names '{other}', which is no code of this framework")
    _check_levels(levels, codes)


def _check_levels(levels: Sequence[Level], codes: Container[str]) -> None:
    for rubric, criterion, name in _twice((level.rubric, level.criterion, level.level) for level in levels):
        raise ConfigError(
            f"the level '{name}' of '{rubric}', '{criterion}' stands twice: give one of them another name"
        )
    meant: dict[tuple[str, str], str] = {}
    for level in levels:
        name = level.criterion
        if level.score is not None and not math.isfinite(level.score):
            raise ConfigError(f"the level '{level.level}' of '{name}' has a score that is no number: {level.score}")
        if level.competency is None:
            continue
        if level.competency not in codes:
            raise ConfigError(f"the criterion '{name}' names '{level.competency}', which is no code of this framework")
        first = meant.setdefault((level.rubric, name), level.competency)
        if first != level.competency:
            raise ConfigError(
                f"the criterion '{name}' is of '{first}' and '{level.competency}': make two criteria of it"
            )


def _twice(values: Iterable[T]) -> Iterator[T]:
    return (value for value, count in Counter(values).items() if count > 1)


class _Made:
    """Makes the objects of one package."""

    def __init__(self, framework: UUID, base: str, changed_at: str) -> None:
        self.framework = framework
        self.base = base
        self.at = changed_at

    def object(self, kind: str, name: str, **fields: Any) -> Json:
        """An object with its identifier, its address and its time."""
        key = fields.pop("identifier", None) or str(uuid5(self.framework, f"{kind}:{name}"))
        return {"identifier": key, "uri": f"{self.base}/{kind}/{key}", "lastChangeDateTime": self.at, **fields}

    def link(self, kind: str, name: str, title: str) -> Json:
        """A link to an object of the package."""
        key = str(uuid5(self.framework, f"{kind}:{name}")) if name else str(self.framework)
        return {"title": title, "identifier": key, "uri": f"{self.base}/{kind}/{key}"}


def _some(struct: Struct) -> Json:
    names = {"type": "frameworkType"}
    fields = msgspec.to_builtins(struct)
    return {names.get(name, name): value for name, value in fields.items() if value not in (None, [])}


def _item(maker: _Made, item: Item) -> Json:
    fields: Json = {"humanCodingScheme": item.code, "fullStatement": item.statement}
    optional = {"CFItemType": item.type, "educationLevel": all_codes(item.grades), "notes": item.notes}
    fields |= {name: value for name, value in optional.items() if value}
    if item.sensitivity:
        fields["extensions"] = {EXTENSION: {"sensitivity": item.sensitivity}}
    return maker.object("CFItems", item.code, **fields)


def _links(maker: _Made, title: str, item: Item, n: int) -> Iterable[Json]:
    own = maker.link("CFItems", item.code, item.code)
    parent = maker.link("CFItems", item.parent, item.parent) if item.parent else maker.link("CFDocuments", "", title)
    yield _association(maker, "isChildOf", own, parent, sequenceNumber=n)
    for before in item.after:
        yield _association(maker, "precedes", maker.link("CFItems", before, before), own)
    for code in filter(None, (part.strip() for part in (item.aligned_to or "").split(";"))):
        if CASE_UUID.fullmatch(code.lower()):
            far = {"title": code, "identifier": code.lower(), "uri": f"urn:uuid:{code.lower()}"}
        else:
            far = {"title": code, "identifier": code, "uri": f"urn:code:{quote(code)}", "targetType": "ext:code"}
        kind = "exactMatchOf" if item.strength == "equivalent" else "isRelatedTo"
        yield _association(maker, kind, own, far, extensions={EXTENSION: {"strength": item.strength}})


def _association(maker: _Made, kind: str, origin: Json, destination: Json, **more: Any) -> Json:
    name = f"{kind}:{origin['identifier']}:{destination['identifier']}"
    return maker.object(
        "CFAssociations", name, associationType=kind, originNodeURI=origin, destinationNodeURI=destination, **more
    )


def _rubrics(maker: _Made, levels: Sequence[Level]) -> Iterable[Json]:
    by_rubric: dict[str, dict[str, list[Level]]] = {}
    for level in levels:
        by_rubric.setdefault(level.rubric, {}).setdefault(level.criterion, []).append(level)
    for title, criteria in by_rubric.items():
        rubric = maker.object("CFRubrics", title, title=title)
        rubric["CFRubricCriteria"] = [
            _criterion(maker, rubric, name, levels_of, n) for n, (name, levels_of) in enumerate(criteria.items(), 1)
        ]
        yield rubric


def _criterion(maker: _Made, rubric: Json, name: str, levels: Sequence[Level], n: int) -> Json:
    own = f"{rubric['title']}/{name}"
    criterion = maker.object("CFRubricCriteria", own, category=name, position=n, rubricId=rubric["identifier"])
    if competency := next((level.competency for level in levels if level.competency), None):
        criterion["CFItemURI"] = maker.link("CFItems", competency, competency)
    criterion["CFRubricCriterionLevels"] = [
        _level(maker, own, criterion, level, place) for place, level in enumerate(levels, 1)
    ]
    return criterion


def _level(maker: _Made, own: str, criterion: Json, level: Level, place: int) -> Json:
    fields: Json = {"quality": level.level, "position": place, "rubricCriterionId": criterion["identifier"]}
    if level.score is not None:
        fields["score"] = level.score
    if level.description:
        fields["description"] = level.description
    return maker.object("CFRubricCriterionLevels", f"{own}/{level.level}", **fields)
