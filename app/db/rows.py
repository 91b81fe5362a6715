"""Rows and classes: which columns a class reads, and how a row of a table is inserted by its columns' names."""

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy
from psycopg import sql
from psycopg.types.json import Json, Jsonb
from sqlalchemy import JSON, Column
from sqlalchemy.dialects.postgresql import JSONB

from app.db.tables.shapes import TenantTable

_QUERIES: dict[tuple[type[Any], str], bytes] = {}


def selecting(kind: type[Any], query: str) -> bytes:
    """A query whose columns are a class's fields, where it begins with FROM; any other as it is."""
    text = _QUERIES.get((kind, query))
    if text is None:
        columns_read = f"SELECT {', '.join(columns(kind))} " if query.lstrip().startswith("FROM") else ""
        text = _QUERIES[kind, query] = (columns_read + query).encode()
    return text


def columns(kind: type[Any]) -> tuple[str, ...]:
    """The names of the fields of a dataclass or NamedTuple, in order."""
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    return tuple(kind._fields)


@cache
def inserting(kind: type[TenantTable], columns: tuple[str, ...], ending: str) -> sql.Composed:
    """The statement that inserts these columns of one row."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    values = sql.SQL(", ").join(map(sql.Placeholder, columns))
    table = sql.Identifier(str(kind.__tablename__))
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(table, names, values, sql.SQL(ending))


def adapted(row: TenantTable, tenant: int) -> dict[str, Any]:
    """What was given of a row, as the driver takes it. Documents that are text or bytes already stay so."""
    mapped: Mapping[str, Column[Any]] = sqlalchemy.inspect(type(row)).c
    values = {mapped[name]: getattr(row, name) for name in row.model_fields_set}
    return {column.name: _adapted(column.type, value) for column, value in values.items()} | {"tenant_id": tenant}


def _adapted(type_: Any, value: Any) -> Any:
    if value is None or not isinstance(type_, JSON):  # JSONB is a kind of JSON
        return value
    if isinstance(value, bytes):
        return value.decode()
    return value if isinstance(value, str) else Jsonb(value) if isinstance(type_, JSONB) else Json(value)
