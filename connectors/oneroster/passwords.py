"""OneRoster hands over users' passwords in the clear. They are taken out before anything is kept."""

from typing import Any

import msgspec

_SIGN = b'"password"'


def without_passwords(record: bytes) -> bytes:
    """A user as it came, or, where it holds passwords (its own or in `userProfiles[].credentials[]`), without them."""
    if _SIGN not in record:
        return record
    try:
        return msgspec.json.encode(_without(msgspec.json.decode(record)))
    except msgspec.DecodeError:  # no JSON: the pipeline sets it apart, with its reason
        return record


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(item) for name, item in value.items() if name != "password"}
    if isinstance(value, list):
        return [_without(item) for item in value]
    return value
