"""Cursors: where a list goes on, as text that means nothing to the client."""

import base64
import binascii
from typing import Any

import msgspec

from app.errors import ApiError


def encode(*parts: Any) -> str:
    """A cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def decode(text: str, shape: type[Any]) -> Any:
    """What a cursor says, in the shape it was made with. ApiError 400 where it is not one of ours."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text.encode() + b"=="), type=shape)
    except (binascii.Error, msgspec.MsgspecError, UnicodeDecodeError):
        raise ApiError(
            400,
            "bad-cursor",
            "Invalid cursor",
            "Parameter 'after': use the cursor of the last answer as it was, or begin without one.",
            parameter="after",
        ) from None
