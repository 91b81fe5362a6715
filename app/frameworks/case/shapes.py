"""The objects of CASE 1.1, field by field (OpenAPI document imscasev1p1_openapi3_v1p0, components/schemas).

`conform` makes of an object as it was received one that CASE 1.1 allows, and notes every difference. An object that
is right already comes back equal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.frameworks.case import values
from app.frameworks.case.values import Reader

Json = dict[str, Any]
OTHERWISE = {"educationalLevel": "educationLevel"}
"""Fields that are written otherwise, too: the REST binding of CASE 1.0 has one of them both ways."""


@dataclass(frozen=True, slots=True)
class Shape:
    """An object: its fields with their readers, and those that are required with what stands in for them."""

    name: str
    fields: Mapping[str, "Reader | Shape | list[Shape]"]
    required: Mapping[str, Callable[["Reading", Json], Any]]
    needs: tuple[str, ...] = ()
    """Required fields nothing can stand in for: without them the object cannot be served."""


@dataclass(slots=True)
class Reading:
    """What a package's objects are read with: how URIs of ours begin, its time of change, and what was noted."""

    base: str
    changed: str
    notes: dict[str, list[str]] = field(default_factory=dict)

    def note(self, what: str, where: str) -> None:
        """Count a difference, with where it was."""
        self.notes.setdefault(what, []).append(where)


def conform(value: Json, shape: Shape, reading: Reading) -> Json | None:
    """The object as CASE 1.1 has it: the unknown left out, the required filled in. None where that cannot be."""
    shaped: Json = {}
    for spelled, inner in value.items():
        name = OTHERWISE.get(spelled, spelled) if spelled not in shape.fields else spelled
        if inner is None or name not in shape.fields:
            reading.note(f"{shape.name}.{spelled} is {'null' if inner is None else 'not in CASE 1.1'}", _where(value))
            continue
        kind = shape.fields[name]
        read = _read(inner, kind, reading)
        if read is None:
            reading.note(f"{shape.name}.{name} has a value CASE 1.1 does not allow", _where(value))
            continue
        if read is not inner and read != inner and callable(kind):
            reading.note(f"{shape.name}.{name} was put right", _where(value))
        shaped[name] = read
    if lacking := [name for name in shape.needs if name not in shaped]:
        reading.note(f"{shape.name} without {' and '.join(lacking)} cannot be served", _where(value))
        return None
    for name, stand_in in shape.required.items():
        if name not in shaped:
            reading.note(f"{shape.name}.{name} is missing", _where(value))
            shaped[name] = stand_in(reading, shaped)
    return shaped


def _read(value: Any, kind: "Reader | Shape | list[Shape]", reading: Reading) -> Any:
    if isinstance(kind, list):
        if not isinstance(value, list):
            return None
        return [
            shaped
            for part in value
            if isinstance(part, dict) and (shaped := conform(part, kind[0], reading)) is not None
        ]
    if not isinstance(kind, Shape):
        return kind(value)
    if isinstance(value, str):  # a bare URI where CASE has a link
        value = {"uri": value}
    return conform(value, kind, reading) if isinstance(value, dict) else None


def _where(value: Json) -> str:
    return str(value.get("humanCodingScheme") or value.get("title") or value.get("identifier") or value.get("uri"))


def _identifier(_: Reading, shaped: Json) -> str:
    return str(uuid5(NAMESPACE_URL, str(shaped.get("uri") or sorted(shaped.items()))))


def _uri(kind: str) -> Callable[[Reading, Json], str]:
    return lambda reading, shaped: f"{reading.base}/{kind}/{shaped['identifier']}"


def _changed(reading: Reading, _: Json) -> str:
    return reading.changed


def _same_as(*names: str) -> Callable[[Reading, Json], str]:
    return lambda _, shaped: next((shaped[name] for name in names if name in shaped), "")


def _shape(
    name: str, required: Mapping[str, Callable[[Reading, Json], Any]], needs: tuple[str, ...] = (), **fields: Any
) -> Shape:
    general = {"identifier": values.identifier, "uri": values.uri, "lastChangeDateTime": values.moment}
    always = {"identifier": _identifier, "uri": _uri(f"{name}s"), "lastChangeDateTime": _changed}
    return Shape(name, {**general, "extensions": values.extensions, **fields}, {**always, **required}, needs)


_link = {"title": values.text, "identifier": values.identifier, "uri": values.uri}
_link_required = {"identifier": _identifier, "uri": _uri("CFItems"), "title": _same_as("identifier")}
LINK = Shape("link", _link, _link_required)
NODE = Shape("node", {**_link, "identifier": values.text, "targetType": values.target_type}, _link_required)

CF_DOCUMENT = _shape(
    "CFDocument",
    {"creator": _same_as("publisher"), "title": _same_as("description", "identifier")},
    frameworkType=values.text,
    caseVersion=values.version,
    creator=values.text,
    title=values.text,
    officialSourceURL=values.uri,
    publisher=values.text,
    description=values.text,
    subject=values.texts,
    subjectURI=[LINK],
    language=values.text,
    version=values.text,
    adoptionStatus=values.text,
    statusStartDate=values.date,
    statusEndDate=values.date,
    licenseURI=LINK,
    notes=values.text,
)

CF_ITEM = _shape(
    "CFItem",
    {"fullStatement": _same_as("abbreviatedStatement", "alternativeLabel", "humanCodingScheme")},
    fullStatement=values.text,
    alternativeLabel=values.text,
    CFItemType=values.text,
    humanCodingScheme=values.text,
    listEnumeration=values.text,
    abbreviatedStatement=values.text,
    conceptKeywords=values.texts,
    conceptKeywordsURI=LINK,
    notes=values.text,
    subject=values.texts,
    subjectURI=[LINK],
    language=values.text,
    educationLevel=values.texts,
    CFItemTypeURI=LINK,
    licenseURI=LINK,
    statusStartDate=values.date,
    statusEndDate=values.date,
)

CF_ASSOCIATION = _shape(
    "CFAssociation",
    {},
    associationType=values.association_type,
    sequenceNumber=values.integer,
    originNodeURI=NODE,
    destinationNodeURI=NODE,
    CFAssociationGroupingURI=LINK,
    notes=values.text,
    needs=("associationType", "originNodeURI", "destinationNodeURI"),
)

_code = {"hierarchyCode": lambda *_: ""}
CF_CONCEPT = _shape(
    "CFConcept",
    {"title": _same_as("description", "identifier"), **_code},
    title=values.text,
    keywords=values.text,
    hierarchyCode=values.text,
    description=values.text,
)
CF_SUBJECT = _shape(
    "CFSubject",
    {"title": _same_as("description", "identifier"), **_code},
    title=values.text,
    hierarchyCode=values.text,
    description=values.text,
)
CF_ITEM_TYPE = _shape(
    "CFItemType",
    {"title": _same_as("typeCode", "description", "identifier"), "description": _same_as("title"), **_code},
    title=values.text,
    description=values.text,
    hierarchyCode=values.text,
    typeCode=values.text,
)
CF_LICENSE = _shape(
    "CFLicense",
    {"title": _same_as("description", "identifier"), "licenseText": _same_as("description", "title")},
    title=values.text,
    description=values.text,
    licenseText=values.text,
)
CF_ASSOCIATION_GROUPING = _shape(
    "CFAssociationGrouping",
    {"title": _same_as("description", "identifier")},
    title=values.text,
    description=values.text,
)

CF_RUBRIC_CRITERION_LEVEL = _shape(
    "CFRubricCriterionLevel",
    {},
    description=values.text,
    quality=values.text,
    score=values.number,
    feedback=values.text,
    position=values.integer,
    rubricCriterionId=values.identifier,
    extensions=values.extension_list,
)
CF_RUBRIC_CRITERION = _shape(
    "CFRubricCriterion",
    {},
    category=values.text,
    description=values.text,
    CFItemURI=LINK,
    weight=values.number,
    position=values.integer,
    rubricId=values.identifier,
    CFRubricCriterionLevels=[CF_RUBRIC_CRITERION_LEVEL],
)
CF_RUBRIC = _shape("CFRubric", {}, title=values.text, description=values.text, CFRubricCriteria=[CF_RUBRIC_CRITERION])

DEFINITIONS: Mapping[str, Shape] = {
    "CFConcepts": CF_CONCEPT,
    "CFSubjects": CF_SUBJECT,
    "CFLicenses": CF_LICENSE,
    "CFItemTypes": CF_ITEM_TYPE,
    "CFAssociationGroupings": CF_ASSOCIATION_GROUPING,
}
CF_DEFINITION = Shape(
    "CFDefinitions", {**{name: [shape] for name, shape in DEFINITIONS.items()}, "extensions": values.extensions}, {}
)
CF_PACKAGE = Shape(
    "CFPackage",
    {
        "CFDocument": CF_DOCUMENT,
        "CFItems": [CF_ITEM],
        "CFAssociations": [CF_ASSOCIATION],
        "CFDefinitions": CF_DEFINITION,
        "CFRubrics": [CF_RUBRIC],
        "extensions": values.extensions,
    },
    {},
)
