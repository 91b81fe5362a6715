"""Read what somebody pushes: a pydantic model is the one validator; what it does not know is left to be reported."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from connectors.errors import MappingError
from connectors.fields import Fields, excerpt
from schemas.addresses import is_web_address

DEPTH = 40
"""How deep objects and lists may nest: Open Badges with endorsements of endorsements need about 20."""

NODES = 20_000
"""How many values one pushed document may hold."""

_INTEGERS = range(-(2**63), 2**63)

Step = tuple[Any, str]
"""A place in a document: the step before it (None at the top), and its own name."""

M = TypeVar("M", bound=BaseModel)


def _iso_moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("is not a date-time like 2026-09-01T08:00:00Z")  # noqa: TRY004 (pydantic takes ValueError)
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a date-time like 2026-09-01T08:00:00Z") from None


def _iso_day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("is not a date like 2015-04-30")  # noqa: TRY004
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("is not a date like 2015-04-30") from None


def _iso_occasion(value: Any) -> datetime | date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass  # no day alone: a moment, or nothing
    return _iso_moment(value)


def _web_address(value: Any) -> str:
    complaint = "is not a web address: it should begin with https:// or http://"
    if not isinstance(value, str):
        raise ValueError(complaint)  # noqa: TRY004
    address = value.strip()
    if not is_web_address(address):
        raise ValueError(complaint)
    return address


def _digits(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is blank: an id has letters or digits")
    return value


Moment = Annotated[datetime, BeforeValidator(_iso_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment in ISO 8601; UTC where no offset is written."""

Day = Annotated[date, BeforeValidator(_iso_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar date in ISO 8601."""

Occasion = Annotated[
    datetime | date, BeforeValidator(_iso_occasion), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""When something happened: a moment as above, or a day, which stays one: its midnight is the day before elsewhere."""

WebAddress = Annotated[str, Field(max_length=2000, json_schema_extra={"format": "uri"}), BeforeValidator(_web_address)]
"""An http or https address, kept as written. Nothing is ever fetched from it on receipt."""

Label = Annotated[str, Field(min_length=1, max_length=255)]
"""A short text: a name, a code, a unit."""

Ident = Annotated[
    str,
    StringConstraints(strip_whitespace=False, min_length=1, max_length=255),
    AfterValidator(_not_blank),
    BeforeValidator(_digits),
]
"""An identifier as it is: two that differ in any character, a space or a case, name two. A number is its digits."""

Prose = Annotated[str, Field(min_length=1, max_length=20_000)]
"""A longer text, plain or Markdown."""

Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1e12, le=1e12)]
"""A finite number: no text, no true or false."""

Flag = StrictBool


class Pushed(BaseModel):
    """A part of a pushed document, in camelCase on the wire."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, str_strip_whitespace=True, extra="ignore"
    )


def read(f: Fields, model: type[M]) -> M:
    """Take the fields a model knows and validate them. MappingError names the path, the value and what is wrong."""
    wholesome(f)
    return validated(model, _take(f, model))


def validated(model: type[M], value: Any, *path: str) -> M:
    """A value as a model has it. MappingError names the path below `path`, the value and what is wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = [{**fault, "loc": (*path, *fault["loc"])} for fault in error.errors()[:5]]
        raise MappingError("; ".join(map(_complaint, faults))) from None


def wholesome(f: Fields) -> None:
    """Refuse what no database, page or signature can hold: NUL, lone surrogates, NaN, huge numbers, endless nesting."""
    waiting: list[tuple[Step, Any, int]] = [((None, path), value, 1) for path, value in f.left()]
    seen = 0
    while waiting:
        step, value, depth = waiting.pop()
        seen += 1
        if seen > NODES:
            raise MappingError(f"the document holds more than {NODES:,} values: send it in parts")
        if depth > DEPTH:
            raise MappingError(f"{_path(step)[:80]}: nested deeper than {DEPTH} levels")
        if isinstance(value, dict):
            for name, inner in value.items():
                _wholesome_text(name, step, "a field name ")
                waiting.append(((step, f".{name}"), inner, depth + 1))
        elif isinstance(value, list | tuple):
            waiting.extend(((step, f"[{i}]"), inner, depth + 1) for i, inner in enumerate(value))
        elif isinstance(value, str):
            _wholesome_text(value, step)
        elif isinstance(value, float) and value - value != 0:
            raise MappingError(f"{_path(step)}: {value!r} is not a finite number")
        elif isinstance(value, int) and value not in _INTEGERS:
            raise MappingError(f"{_path(step)}: the number has more than 64 bits")


def _path(step: Step | None) -> str:
    """The path in words; only made where there is something to say, for paths may be long and many."""
    names: list[str] = []
    while step is not None:
        step, name = step
        names.append(name[:40])
    return "".join(reversed(names))


def _wholesome_text(text: Any, step: Step, what: str = "") -> None:
    if not isinstance(text, str):
        raise MappingError(f"{_path(step)}: {what}is not a text")
    if "\x00" in text:
        raise MappingError(f"{_path(step)}: {what}holds a NUL character")
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise MappingError(f"{_path(step)}: {what}holds half a character (a lone surrogate)")


def _take(f: Fields, model: type[BaseModel]) -> dict[str, Any]:
    """The model's fields, out of `f`, by their wire names; blank ones are left out."""
    taken: dict[str, Any] = {}
    for name, inner, many in shape(model):
        if inner is None:
            value = f.pop(name, None)
        elif many:
            value = [_take(child, inner) for child in f.each(name)]
        else:
            child = f.nested(name, None)
            value = None if child is None else _take(child, inner)
        if value is not None and value != []:
            taken[name] = value
    return taken


@cache
def shape(model: type[BaseModel]) -> tuple[tuple[str, type[BaseModel] | None, bool], ...]:
    """Of each field: its wire name, the model inside it if any, and whether it is a list of them."""
    return tuple((field.alias or name, *_inner(field.annotation)) for name, field in model.model_fields.items())


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    for option in _options(annotation):
        if get_origin(option) is tuple:
            inner, _ = _inner(get_args(option)[0])
            if inner:
                return inner, True
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option, False
    return None, False


def _options(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        yield from get_args(annotation)
    else:
        yield annotation


def _complaint(fault: Any) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    value = excerpt(fault["input"])
    whole = isinstance(fault["input"], dict | list | tuple)  # not shown: it may tell more than the fault needs
    prefix = f"{path}: " if path else ""
    match fault["type"]:
        case "missing":
            return f"{prefix}is missing, and is required"
        case "literal_error":
            return f"{prefix}{value} is not one of {fault['ctx']['expected'].replace(' or ', ', ')}"
        case "value_error":
            reason = str(fault["ctx"]["error"])
            return f"{prefix}{reason}" if whole else f"{prefix}{value} {reason}"
        case _:
            return (
                f"{prefix}{fault['msg']}" if whole else f"{prefix}{value}: {fault['msg'][0].lower()}{fault['msg'][1:]}"
            )
