"""A framework as another format tells it, and the CASE package it becomes. Pure."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from app.frameworks.case.shapes import Json
from app.frameworks.frameworks import EXTENSION
from app.frameworks.grades import all_codes

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SCHEMED = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
MOST_LABEL = 60


@dataclass(slots=True)
class Level:
    """A level of a competency's scale."""

    name: str
    score: float | None = None


@dataclass(slots=True)
class Competency:
    """A competency: `key` is its name there; `parents`, `after`, `same` and `related` are such names or addresses.

    `uri` is its address, `id` a name with a UUID in it, where the key has none (a CTID).
    """

    key: str
    statement: str
    code: str | None = None
    label: str | None = None
    type: str | None = None
    notes: str | None = None
    grades: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    related: list[str] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    uri: str | None = None
    id: str | None = None


@dataclass(slots=True)
class Foreign:
    """A framework of another format; `lost` counts what CASE has no field for, by its name there."""

    key: str
    title: str
    creator: str
    uri: str | None = None
    type: str | None = None
    description: str | None = None
    publisher: str | None = None
    language: str | None = None
    subjects: list[str] = field(default_factory=list)
    competencies: list[Competency] = field(default_factory=list)
    changed: str | None = None
    lost: Counter[str] = field(default_factory=Counter)


def package(framework: Foreign, base: str) -> Json:
    """The CASE package of a framework. Identifiers that are UUIDs stay; any other name always makes the same one."""
    maker = _Maker(framework, base)
    document = maker.made("CFDocuments", maker.framework, framework.uri)
    document |= _filled(
        title=framework.title,
        creator=framework.creator,
        frameworkType=framework.type,
        description=framework.description,
        publisher=framework.publisher,
        language=framework.language,
        subject=framework.subjects,
        lastChangeDateTime=framework.changed,
    )
    items = [maker.item(competency) for competency in framework.competencies]
    associations = [
        link for n, competency in enumerate(framework.competencies, 1) for link in maker.links(competency, n)
    ]
    rubrics = [maker.rubric(competency) for competency in framework.competencies if competency.levels]
    return {"CFDocument": document, "CFItems": items, "CFAssociations": associations, "CFRubrics": rubrics}


def _filled(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


class _Maker:
    """Makes the objects of one package."""

    def __init__(self, framework: Foreign, base: str) -> None:
        self.base = base
        self.title = framework.title
        self.uri = framework.uri
        self.framework = _own(framework.key) or uuid5(NAMESPACE_URL, f"framework:{framework.key}")
        self.ids = {
            competency.key: _own(competency.id or competency.key) or uuid5(self.framework, competency.key)
            for competency in framework.competencies
        }
        self.titles = {
            competency.key: competency.code or competency.statement[:MOST_LABEL]
            for competency in framework.competencies
        }
        self.uris = {
            competency.key: self._uri("CFItems", self.ids[competency.key], competency.uri)
            for competency in framework.competencies
        }

    def made(self, kind: str, key: UUID, uri: str | None = None) -> Json:
        """An object with its identifier and its address."""
        return {"identifier": str(key), "uri": self._uri(kind, key, uri)}

    def _uri(self, kind: str, key: UUID, uri: str | None) -> str:
        return uri if uri and _SCHEMED.fullmatch(uri) else f"{self.base}/{kind}/{key}"

    def item(self, competency: Competency) -> Json:
        """A CFItem."""
        return {"identifier": str(self.ids[competency.key]), "uri": self.uris[competency.key]} | _filled(
            fullStatement=competency.statement,
            humanCodingScheme=competency.code,
            abbreviatedStatement=competency.label,
            CFItemType=competency.type,
            educationLevel=all_codes(competency.grades),
            conceptKeywords=competency.keywords,
            notes=competency.notes,
        )

    def links(self, competency: Competency, n: int) -> Iterator[Json]:
        """What a competency is below, after, the same as and akin to."""
        own = self._end(competency.key)
        known = [parent for parent in competency.parents if parent in self.ids]
        document = {"title": self.title, **self.made("CFDocuments", self.framework, self.uri)}
        for above in [self._end(parent) for parent in known] or [document]:
            yield self._association("isChildOf", own, above, sequenceNumber=n)
        for before in competency.after:
            yield self._association("precedes", self._end(before), own)
        for far in competency.same:
            yield self._association("exactMatchOf", own, self._end(far), extensions=_strength("equivalent"))
        for far in competency.related:
            yield self._association("isRelatedTo", own, self._end(far))

    def rubric(self, competency: Competency) -> Json:
        """The levels of a competency's scale as a CFRubric of one criterion."""
        key = uuid5(self.ids[competency.key], "rubric")
        criterion_key = uuid5(key, "criterion")
        levels = [
            self.made("CFRubricCriterionLevels", uuid5(key, f"level {place}"))
            | {"quality": level.name, "position": place, "rubricCriterionId": str(criterion_key)}
            | _filled(score=level.score)
            for place, level in enumerate(competency.levels, 1)
        ]
        criterion = self.made("CFRubricCriteria", criterion_key) | {
            "category": self.titles[competency.key],
            "position": 1,
            "rubricId": str(key),
            "CFItemURI": self._end(competency.key),
            "CFRubricCriterionLevels": levels,
        }
        return self.made("CFRubrics", key) | {"title": self.titles[competency.key], "CFRubricCriteria": [criterion]}

    def _end(self, name: str) -> Json:
        if name in self.ids:
            return {"title": self.titles[name], "identifier": str(self.ids[name]), "uri": self.uris[name]}
        uri = name if _SCHEMED.fullmatch(name) else f"urn:code:{name}"
        return {"title": name, "identifier": str(_own(name) or name), "uri": uri}

    def _association(self, kind: str, origin: Json, destination: Json, **more: Any) -> Json:
        key = uuid5(self.framework, f"{kind}:{origin['identifier']}:{destination['identifier']}")
        return self.made("CFAssociations", key) | {
            "associationType": kind,
            "originNodeURI": origin,
            "destinationNodeURI": destination,
            **more,
        }


def _strength(strength: str) -> Json:
    return {EXTENSION: {"strength": strength}}


def _own(name: str) -> UUID | None:
    """The UUID in a name: of a CTID (`ce-…`), of an address that ends with one."""
    matches = _UUID.findall(name)
    return UUID(matches[-1]) if matches else None
