"""A request is answered by the route that the framework's own search, one route after the other, would find."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.routing import BaseRoute, Match

from app.api.kit.routing import CHOSEN, ByBeginning
from app.main import AUDIENCES

ROUTERS = [audience.router for audience in AUDIENCES]
IN_ORDER: list[BaseRoute] = [route for router in ROUTERS for route in router.routes]
PATHS = sorted({re.sub(r"\{[^}]*\}", "a-1", route.path) for route in IN_ORDER if hasattr(route, "path")})
BY_BEGINNING = ByBeginning(ROUTERS)


def scope(path: str, method: str) -> dict[str, Any]:
    return {"type": "http", "path": path, "method": method, "root_path": "", "headers": [], "query_string": b""}


def first(routes: Iterable[BaseRoute], path: str, method: str) -> tuple[Match, BaseRoute | None]:
    """The first route that answers, else the first that knows the path."""
    matches = [(route.matches(scope(path, method))[0], route) for route in routes]
    for wanted_match in (Match.FULL, Match.PARTIAL):
        if route := next((route for match, route in matches if match == wanted_match), None):
            return wanted_match, route
    return Match.NONE, None


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_each_path_is_answered_by_the_route_that_is_first(method: str) -> None:
    assert len(PATHS) > 300
    for path in [*PATHS, "/", "/v1", "/v1/", "/nothing", "/v1/nothing", "/t/a-1/ims/ob/v3p0/profile", "//", "/v1//x"]:
        match, child = BY_BEGINNING.matches(scope(path, method))
        assert (match, child.get(CHOSEN)) == first(IN_ORDER, path, method), (method, path)


def test_a_path_that_begins_with_a_parameter_is_no_path_of_ours() -> None:
    router = APIRouter()

    @router.get("/{anything}/at-all")
    async def answer(anything: str) -> str:
        return anything

    with pytest.raises(ValueError, match="a path begins with words"):
        ByBeginning([router])
