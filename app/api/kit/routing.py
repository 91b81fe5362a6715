"""Routing: a request is asked of the routes whose paths begin as its own does; the framework asks each of hundreds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

CHOSEN = "tessera.route"


class ByBeginning(BaseRoute):
    """The routes of many routers, by the words that their paths begin with; of one beginning, in their order.

    A route that says no path, as an included router, is asked of all that no other answers.
    """

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._rooms: defaultdict[str, list[BaseRoute]] = defaultdict(list)
        self._rest: list[BaseRoute] = []
        for route in (route for router in routers for route in router.routes):
            path: str | None = getattr(route, "path", None)
            if path is None:
                self._rest.append(route)
                continue
            words = beginning(path)
            if "{" in words:
                raise ValueError(f"{path}: a path begins with words, by which its route is looked up")
            self._rooms[words].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first route that answers, else the first that knows the path and not the method."""
        partial: tuple[Match, Scope] = Match.NONE, {}
        if scope["type"] != "http":
            return partial
        for route in self._candidates(scope["path"]):
            match, child = route.matches(scope)
            if match == Match.FULL:
                return match, {**child, CHOSEN: route}
            if match == Match.PARTIAL and partial[0] == Match.NONE:
                partial = match, {**child, CHOSEN: route}
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen: Any = scope[CHOSEN]
        await chosen.handle(scope, receive, send)

    def _candidates(self, path: str) -> Iterator[BaseRoute]:
        yield from self._rooms.get(beginning(path), ())
        yield from self._rest


def beginning(path: str) -> str:
    """The first word of a path; of `/v1`, where most of the API is, the first two."""
    first, _, rest = path[1:].partition("/")
    return f"{first}/{rest.partition('/')[0]}" if first == "v1" else first
