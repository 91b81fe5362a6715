"""Equal values have equal bytes, whoever spelled their words: else what has not changed is written anew."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

import app
import connectors
import schemas
from app.programs.rubric import Definition
from schemas import Agent, AnyRecord, Enrollment

RECORDS = get_args(AnyRecord)
LONE = (NODEFAULT, None, True, False, ())
"""Defaults of which there is one object only: whatever equals them is them."""
UNNAMED = ("__main__", "migrations")
encode = msgspec.json.Encoder(order="deterministic").encode


def shapes(of: type[Struct] = Struct) -> Iterator[type[Struct]]:
    for shape in of.__subclasses__():
        yield from (shape, *shapes(shape))


def defaulted(shape: type[Struct]) -> list[FieldInfo]:
    return [field for field in fields(shape) if not any(field.default is lone for lone in LONE)]


def ours() -> list[type[Struct]]:
    """Every shape of the service that leaves out defaults, and has one that another value may equal."""
    for package in (app, connectors, schemas):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not set(UNNAMED) & set(module.name.split(".")):
                importlib.import_module(module.name)
    every = {shape for shape in shapes() if shape.__module__.partition(".")[0] in ("app", "connectors", "schemas")}
    omitting = [shape for shape in every if shape.__struct_config__.omit_defaults and defaulted(shape)]
    return sorted(omitting, key=lambda shape: (shape.__module__, shape.__name__))


def spelled_anew(value: Any) -> Any:
    """The same value, of other objects."""
    if isinstance(value, Struct):
        return type(value)(**{field.name: spelled_anew(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, tuple):
        return tuple(spelled_anew(item) for item in value)
    if isinstance(value, str):
        return "".join(list(value))
    return value + 0.0 if isinstance(value, float) else value


@pytest.mark.parametrize("shape", [*RECORDS, Agent], ids=lambda shape: str(shape.__name__))
@given(data=st.data())
def test_equal_statements_have_equal_bytes(shape: type[Struct], data: st.DataObject) -> None:
    """Of every record, what has to be told and what a default stands for, whatever it says."""
    lone = {field.name for field in defaulted(shape)}
    inferred: dict[str, Any] = {field.name: ... for field in fields(shape) if field.required or field.name in lone}
    record = data.draw(st.builds(shape, **inferred))
    anew = spelled_anew(record)
    assert anew == record
    assert encode(anew) == encode(record)
    assert encode(msgspec.json.decode(encode(record), type=shape)) == encode(record)


@pytest.mark.parametrize("shape", ours(), ids=lambda shape: str(shape.__name__))
def test_a_default_is_left_out_whoever_spelled_it(shape: type[Struct]) -> None:
    required: dict[str, Any] = {field.name: "x" for field in fields(shape) if field.required}
    usual = shape(**required)
    for field in defaulted(shape):
        spelled_out = shape(**required, **{field.name: spelled_anew(field.default)})
        assert encode(spelled_out) == encode(usual), field.name


def test_the_law_is_asked_of_those_that_have_such_defaults() -> None:
    assert {Agent, Definition, Enrollment} <= set(ours())
