"""What a body must be before anything reads it: UTF-8 JSON, not deep, nothing twice, nothing out of range."""

import json
import math
import re
from collections.abc import Callable
from typing import Any, NoReturn

import msgspec
from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.errors import ApiError

DEPTH = 64
"""How deep a value may be nested."""

_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_PIECE = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{},]', re.DOTALL)
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_slice = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Unsound(ValueError):
    """A value that is no sound JSON, with the reason."""


def check(value: bytes) -> Any:
    """The value these bytes say. Unsound with the reason where they cannot be taken as they are."""
    try:
        if _deep(value):
            raise Unsound(f"it is nested more than {DEPTH} deep")
        decoded = _decode(value.decode())
        if b"\\u" in value:
            msgspec.json.decode(value)  # refuses half a surrogate pair, which Python lets pass
            if _NUL.search(value):
                raise Unsound("it holds a NUL character (\\u0000)")
    except UnicodeDecodeError as why:
        raise Unsound(f"it is not UTF-8: {why.reason} at byte {why.start}") from None
    except json.JSONDecodeError as why:
        raise Unsound(f"it is not JSON: {why.msg} at line {why.lineno}, column {why.colno}") from None
    except (msgspec.DecodeError, RecursionError) as why:
        raise Unsound(f"it is not JSON: {why}") from None
    return decoded


def items(body: bytes) -> list[bytes]:
    """The elements of a JSON array, byte for byte. One that is no JSON does not spoil the others.

    Unsound where the body as a whole is no array.
    """
    try:
        return [bytes(item) for item in _slice(body)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _loose_items(body.strip(b" \t\r\n"))


class SoundRoute(APIRoute):
    """A route whose JSON body is checked before it is read."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler, behind the check."""
        handler = super().get_route_handler()
        if self.body_field is None:
            return handler

        async def checked(request: Request) -> Response:
            body = await request.body()
            if body and "json" in request.headers.get("content-type", ""):
                try:
                    check(body)
                except Unsound as why:
                    raise ApiError(400, "not-json", "Malformed body", f"The body: {why}.") from None
            return await handler(request)

        return checked


def _deep(value: bytes) -> bool:
    if value.count(b"{") + value.count(b"[") <= DEPTH:
        return False
    brackets = _STRING.sub(b"", value).translate(None, _BRACKETS)
    for _ in range(DEPTH):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")  # peels the innermost level off
    return bool(brackets)


def _loose_items(body: bytes) -> list[bytes]:
    """Slice at the commas between balanced brackets, whatever is inside them."""
    depth, begin, slices = 0, 1, []
    for piece in _PIECE.finditer(body):
        token = piece[0]
        if token in b"[{":
            depth += 1
        elif token in b"]}":
            depth -= 1
            if depth == 0 and piece.end() != len(body):
                raise Unsound("something follows the end of the array")
        elif token == b"," and depth == 1:
            slices.append(body[begin : piece.start()].strip())
            begin = piece.end()
    if depth != 0 or body[:1] != b"[" or body[-1:] != b"]":
        raise Unsound("it is no JSON array: its brackets do not match")
    return [*slices, body[begin:-1].strip()]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unsound(f"the name '{twice[:80]}' stands twice in one object")
    return members


def _integer(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= (value := int(text)) < 2**63:
        raise Unsound("an integer is out of range (64 bits)")
    return value


def _float(text: str) -> float:
    if math.isinf(value := float(text)):
        raise Unsound(f"a number is out of range: {text[:40]}")
    return value


def _constant(text: str) -> NoReturn:
    raise Unsound(f"it is not JSON: {text} is no number")


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
).decode
