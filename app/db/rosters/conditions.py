"""What objects of a roster are asked for: conditions on their fields, and an order, as SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg import sql

Operator = Literal["=", "!=", ">", ">=", "<", "<=", "~"]
FieldKind = Literal["id", "status", "modified", "text", "texts", "number"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object: where it is in the body, and what it holds. `many`: lists are on the way to it."""

    path: tuple[str, ...]
    kind: FieldKind
    many: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with a value: a text, a number, a time, a state (active), or texts."""

    field: Field
    operator: Operator
    value: str | float | datetime | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """A condition that holds where all of its parts do."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of these holds at least."""

    parts: tuple["Condition", ...]


Condition = Comparison | Every | Some
Seen = Mapping[str, sql.Composable]
"""The body of an object `o` by the name of a field, where a client sees another one of it than there is."""

WHOLE: Seen = {}
BODY = sql.SQL("o.body")
ORDERS: dict[Operator, sql.SQL] = {
    "=": sql.SQL("="),
    "!=": sql.SQL("<>"),
    ">": sql.SQL(">"),
    ">=": sql.SQL(">="),
    "<": sql.SQL("<"),
    "<=": sql.SQL("<="),
}


def where(condition: Condition, seen: Seen = WHOLE) -> sql.Composable:
    """A condition on an object `o`, as it is seen."""
    match condition:
        case Every(parts):
            return sql.SQL("({})").format(sql.SQL(" AND ").join(where(part, seen) for part in parts))
        case Some(parts):
            return sql.SQL("({})").format(sql.SQL(" OR ").join(where(part, seen) for part in parts))
        case Comparison(field, operator, value):
            return _comparison(field, operator, value, seen.get(field.path[0], BODY))


def order(field: Field | None, *, descending: bool, seen: Seen = WHOLE) -> sql.Composable:
    """An order of objects `o` by a field as it is seen, in the order of Unicode, those without it last; else by id."""
    if field is None or field.kind == "id":
        return sql.SQL("o.sourced_id DESC") if descending else sql.SQL("o.sourced_id")
    body = seen.get(field.path[0], BODY)
    match field.kind:
        case "modified":
            by: sql.Composable = sql.SQL("o.modified")
        case "status":
            by = sql.SQL("NOT o.active")
        case "number":
            by = sql.SQL("({})::numeric").format(_text(field, body))
        case _:
            by = sql.SQL('{} COLLATE "C"').format(_text(field, body))
    direction = sql.SQL("DESC NULLS LAST") if descending else sql.SQL("ASC NULLS LAST")
    return sql.SQL("{} {}, o.sourced_id").format(by, direction)


def _comparison(field: Field, operator: Operator, value: object, body: sql.Composable) -> sql.Composable:
    match field.kind:
        case "status" | "modified" | "id":
            column = {"status": "active", "modified": "modified", "id": "sourced_id"}[field.kind]
            cast = sql.SQL("o.{}::text") if field.kind == "id" else sql.SQL("o.{}")
            return _compared(cast.format(sql.Identifier(column)), operator, value)
        case "texts":
            assert isinstance(value, tuple)
            return _list(field, operator, value, body)
        case "number" if not field.many:
            return sql.SQL("coalesce({}, {})").format(
                _compared(sql.SQL("({})::numeric").format(_text(field, body)), operator, value),
                sql.Literal(operator == "!="),
            )
    if not field.many:
        return _compared_text(_text(field, body), operator, str(value))
    within = _compared_text(sql.SQL("(v #>> '{{}}')"), "=" if operator == "!=" else operator, str(value))
    exists = sql.SQL("EXISTS (SELECT FROM jsonb_path_query({}, {}) AS v WHERE {})").format(
        body, sql.Literal("$." + ".".join(f'"{name}"' for name in field.path)), within
    )
    return sql.SQL("NOT {}").format(exists) if operator == "!=" else exists


def _list(field: Field, operator: Operator, values: Sequence[str], body: sql.Composable) -> sql.Composable:
    """A list of texts: `=` is the very same ones in any order, `~` all of these at least, else any of its texts."""
    path = sql.Literal(list(field.path))
    texts = sql.SQL(
        "ARRAY(SELECT lower(t) COLLATE \"C\" FROM jsonb_array_elements_text(coalesce({} #> {}, '[]')) t ORDER BY 1)"
    ).format(body, path)
    operand = sql.SQL("{}::text[]").format(sql.Literal(sorted(value.lower() for value in values)))
    match operator:
        case "=":
            return sql.SQL("{} = {}").format(texts, operand)
        case "!=":
            return sql.SQL("{} <> {}").format(texts, operand)
        case "~":
            return sql.SQL("{} @> {}").format(texts, operand)
    return sql.SQL("EXISTS (SELECT FROM unnest({}) AS t WHERE t {} {})").format(
        texts, ORDERS[operator], sql.Literal(",".join(values).lower())
    )


def _compared_text(text: sql.Composable, operator: Operator, value: str) -> sql.Composable:
    """A text compared with another, in any case; where there is none, it differs from every text."""
    lower, literal = sql.SQL("lower({})").format(text), sql.Literal(value.lower())
    if operator == "~":
        return sql.SQL("coalesce(strpos({}, {}) > 0, false)").format(lower, literal)
    missing = sql.Literal(operator == "!=")
    return sql.SQL('coalesce({} COLLATE "C" {} {}, {})').format(lower, ORDERS[operator], literal, missing)


def _compared(column: sql.Composable, operator: Operator, value: object) -> sql.Composable:
    if operator == "~":
        return sql.SQL("strpos({}::text, {}) > 0").format(column, sql.Literal(str(value)))
    return sql.SQL("{} {} {}").format(column, ORDERS[operator], sql.Literal(value))


def _text(field: Field, body: sql.Composable) -> sql.Composable:
    return sql.SQL("({} #>> {})").format(body, sql.Literal(list(field.path)))
