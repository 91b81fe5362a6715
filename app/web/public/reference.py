"""The API reference as a page has it, worked out from the API's own description: groups, operations and types."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

Json = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
REF = "#/components/schemas/"


class Audience(NamedTuple):
    """Who reads the reference, and the tags of what they need."""

    id: str
    title: str
    words: str
    tags: tuple[str, ...]


AUDIENCES = (
    Audience(
        "tools",
        "You make a learning tool, or run a program",
        "Push what learners did or earned, read back what became of it, follow what changes.",
        ("Evidence and badges", "Webhooks", "Events", "OAuth"),
    ),
    Audience(
        "records",
        "You read learners' records",
        "A portal, a teacher's tool, an analysis: records, competencies, plans and credit.",
        ("Learners", "Competencies", "Plans", "Credit"),
    ),
    Audience(
        "district",
        "You run a district",
        "Sources, what could not be taken in, who is who, frameworks, and the programs that call.",
        ("Sources", "Quarantine", "Identity", "Frameworks", "Clients"),
    ),
    Audience(
        "credentials",
        "You issue, share or verify credentials",
        "Badges and learner records, links that show them, and what verifiers read.",
        ("Credentials", "VC-API", "Issuer"),
    ),
    Audience("operators", "You operate the service", "Whether it is well.", ("Health",)),
)
OTHERS = Audience("others", "Everything else", "", ())


class TypeName(NamedTuple):
    """A type in words, and the shape it names, if it names one."""

    words: str
    shape: str | None = None


class Field(NamedTuple):
    """A field of a shape, or a parameter: its name, what it is, whether it must be there, and what it means."""

    name: str
    type: TypeName
    required: bool
    words: str


class Example(NamedTuple):
    """An answer or a body: its status (a body has none), what it means, its type, and an example of it."""

    status: str
    words: str
    media: str
    type: TypeName
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as its page shows it."""

    id: str
    method: str
    path: str
    title: str
    words: Sequence[str]
    tag: str
    scope: str | None
    deprecated: bool
    parameters: Sequence[Field]
    fields: Sequence[Field]
    bodies: Sequence[Example]
    answers: Sequence[Example]
    curl: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A named type with its fields, or the values it may have."""

    name: str
    words: Sequence[str]
    fields: Sequence[Field]
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of it: operations by id, shapes by name, and who needs which."""

    version: str
    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]
    tags: Mapping[str, str]

    def groups(self, text: str = "") -> Iterator[tuple[Audience, list[tuple[str, str, list[Operation]]]]]:
        """For each audience its tags (name, words, operations), of those only that have all the words looked for."""
        words = text.lower().split()
        known = {tag for audience in AUDIENCES for tag in audience.tags}
        rest = tuple(tag for tag in self.tags if tag not in known)
        for audience in (*AUDIENCES, OTHERS._replace(tags=rest)):
            parts = [(tag, self.tags.get(tag, ""), self._of(tag, words)) for tag in audience.tags]
            if matching := [part for part in parts if part[2]]:
                yield audience, matching

    def _of(self, tag: str, words: Sequence[str]) -> list[Operation]:
        return [
            operation
            for operation in self.operations.values()
            if operation.tag == tag
            and all(
                word in f"{operation.method} {operation.path} {operation.title} {operation.id}".lower()
                for word in words
            )
        ]


def reference(document: Json, home: str) -> Reference:
    """The reference of a description; `home` is where its examples call the service."""
    shapes = document["components"]["schemas"]
    operations = {
        operation["operationId"]: _operation(operation, method, path, shapes, home)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }
    tags = {tag["name"]: tag.get("description", "") for tag in document.get("tags", [])}
    tags |= {operation.tag: "" for operation in operations.values() if operation.tag not in tags}
    return Reference(
        document["info"]["version"], operations, {name: _shape(name, shape) for name, shape in shapes.items()}, tags
    )


def _operation(operation: Json, method: str, path: str, shapes: Json, home: str) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    bodies = [_example("", "", media, part, shapes) for media, part in content.items()]
    answers = [
        _example(status, answer["description"], media, part, shapes)
        for status, answer in operation["responses"].items()
        for media, part in (answer.get("content") or {"": {}}).items()
    ]
    security = operation.get("security", [])
    scope = next((scopes[0] for way in security for scopes in way.values() if scopes), None)
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        title=operation["summary"],
        words=paragraphs(operation.get("description", "")),
        tag=(operation.get("tags") or ["Other"])[0],
        scope=scope,
        deprecated=bool(operation.get("deprecated")),
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", [])],
        fields=_fields(_first_shape(content, shapes)),
        bodies=bodies,
        answers=answers,
        curl=_curl(method, path, bodies, home, keyed=scope is not None),
    )


def _parameter(parameter: Json) -> Field:
    words = parameter.get("description") or parameter["schema"].get("description", "")
    name = parameter["name"] if parameter["in"] != "path" else f"{{{parameter['name']}}}"
    return Field(name, type_of(parameter["schema"]), bool(parameter.get("required")), f"{words}{_bounds(parameter)}")


def _bounds(parameter: Json) -> str:
    default = parameter["schema"].get("default")
    return "" if default is None else f" (default {json.dumps(default)})"


def _first_shape(content: Json, shapes: Json) -> Json:
    """The shape of a body's JSON; of several that will do, the first that is named."""
    for media, part in content.items():
        if media.endswith("json") and media != "application/x-ndjson":
            schema = part.get("schema", {})
            for option in (schema, *schema.get("anyOf", []), *schema.get("oneOf", [])):
                if "$ref" in option:
                    return dict(shapes[option["$ref"].removeprefix(REF)])
            return dict(schema)
    return {}


def _shape(name: str, shape: Json) -> Shape:
    values = [json.dumps(value) for value in shape.get("enum", [])]
    return Shape(name, paragraphs(shape.get("description", "")), _fields(shape), values)


def _fields(shape: Json) -> list[Field]:
    required = shape.get("required", [])
    return [
        Field(name, type_of(inner), name in required, inner.get("description", ""))
        for name, inner in shape.get("properties", {}).items()
    ]


def type_of(schema: Json) -> TypeName:
    """A schema in words: `text`, `list of Alignment`, `number, or null`."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REF)
        return TypeName(name, name)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            inner = [type_of(option) for option in schema[several]]
            words = " or ".join(dict.fromkeys(each.words for each in inner))
            return TypeName(words, next((each.shape for each in inner if each.shape), None))
    if "enum" in schema:
        return TypeName(" | ".join(json.dumps(value) for value in schema["enum"]))
    if "const" in schema:
        return TypeName(json.dumps(schema["const"]))
    kind = schema.get("type", "any")
    if kind == "array":
        inner_type = type_of(schema.get("items", {}))
        return TypeName(f"list of {inner_type.words}", inner_type.shape)
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        inner_type = type_of(schema["additionalProperties"])
        return TypeName(f"object of {inner_type.words}", inner_type.shape)
    word = {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(str(kind), str(kind))
    return TypeName(f"{word} ({schema['format']})" if "format" in schema else word)


def _example(status: str, words: str, media: str, part: Json, shapes: Json) -> Example:
    schema = part.get("schema", {})
    value = part.get("example")
    if value is None and "examples" in part:
        value = next(iter(part["examples"].values()))["value"]
    if value is None:
        known = _first_shape({media: part}, shapes).get("examples") or [None]
        value = known[0]
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
    return Example(status, words, media, type_of(schema) if schema else TypeName(""), text)


def _curl(method: str, path: str, bodies: Sequence[Example], home: str, *, keyed: bool) -> str:
    lines = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}{home}{path}"]
    if keyed:
        lines.append('-H "Authorization: Bearer $KEY"')
    if bodies and bodies[0].text:
        lines.append(f'-H "Content-Type: {bodies[0].media}"')
        lines.append("-d '" + bodies[0].text.replace("'", "'\\''") + "'")
    return " \\\n  ".join(lines)


def paragraphs(text: str) -> list[str]:
    """A docstring's paragraphs, each on one line."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
