"""The parameters of xAPI's resources: each by its type, and none that the standard does not have (part 3, 3.2)."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import Request

from app.errors import ApiError, MappingError
from connectors.xapi import grammar
from connectors.xapi.checks import Check, moment

Parameters = dict[str, str]
BOOLEANS = {"true": True, "false": False}


def parameters_of(request: Request, known: Collection[str]) -> Parameters:
    """The parameters of a request. ApiError where one has another name, or is given twice."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if name not in known:
            raise wrong(f"'{name[:40]}' is no parameter of this resource: it has {', '.join(known)}.")
        if names.count(name) > 1:
            raise wrong(f"{name} is given twice.")
    return dict(request.query_params)


def required(parameters: Parameters, name: str) -> str:
    """A parameter that must be there. ApiError where it is not."""
    if value := parameters.get(name, ""):
        return value
    raise wrong(f"{name} is missing.")


def checked(parameters: Parameters, name: str, check: Check) -> str | None:
    """A parameter that the standard's grammar has, or None where it is not given."""
    if (value := parameters.get(name)) is not None:
        _obey(check, value, name)
    return value


def iri(parameters: Parameters, name: str) -> str | None:
    """An address, such as a verb's or an activity's."""
    return checked(parameters, name, grammar.iri)


def uuid(parameters: Parameters, name: str) -> str | None:
    """A UUID, such as a statement's."""
    return checked(parameters, name, grammar.uuid)


def flag(parameters: Parameters, name: str) -> bool:
    """`true` or `false`; `false` where it is not given."""
    value = parameters.get(name, "false").lower()
    if value not in BOOLEANS:
        raise wrong(f"{name}: '{value[:40]}' is neither true nor false.")
    return BOOLEANS[value]


def number(parameters: Parameters, name: str) -> int:
    """A whole number from 0 on; 0 where it is not given."""
    value = parameters.get(name, "0")
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise wrong(f"{name}: '{value[:40]}' is no whole number from 0.")
    return int(value)


def instant(parameters: Parameters, name: str) -> datetime | None:
    """A moment, in UTC where no offset is written; None where it is not given."""
    if name not in parameters:
        return None
    value = parameters[name].replace(" ", "+")  # a plus that was not encoded
    _obey(moment, value, name)
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def agent(parameters: Parameters) -> dict[str, Any]:
    """The parameter `agent`: an agent or an identified group, in JSON. ApiError where it is none."""
    text = required(parameters, "agent")
    try:
        value = msgspec.json.decode(text.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise wrong(f"agent: '{text[:80]}' is no agent in JSON.") from None
    _obey(grammar.actor, value, "agent")
    return value


def agent_key(parameters: Parameters) -> str:
    """What an agent in a parameter is known by: its one identifier, in one form."""
    value = agent(parameters)
    named = {name: value[name] for name in grammar.NAMES if name in value}
    if not named:
        raise wrong(f"agent: a group without {', '.join(grammar.NAMES)} keeps no documents.")
    return msgspec.json.encode(named, order="sorted").decode()


def _obey(check: Callable[[Any, str], None], value: Any, name: str) -> None:
    try:
        check(value, name)
    except MappingError as why:
        raise wrong(f"{why}.") from None


def wrong(detail: str) -> ApiError:
    """400: a parameter that will not do."""
    return ApiError(400, "parameter", "Invalid parameter", detail)
