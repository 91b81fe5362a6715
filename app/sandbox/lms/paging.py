"""How the fake LMS answers: a page of a list, the links to the others, and the cost of the request."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.lms.records import Json

LARGEST_PAGE = 100
DEFAULT_PAGE = 10


def page(request: Request, items: Sequence[Json], collection: str | None = None, drop: Iterable[str] = ()) -> Response:
    """The page of a list that is asked for, with Canvas's Link header."""
    part, link = slice_of(request, items)
    if unwanted := frozenset(drop):
        part = [{name: value for name, value in record.items() if name not in unwanted} for record in part]
    return answered({collection: part} if collection else part, headers=link)


def slice_of(request: Request, items: Sequence[Any]) -> tuple[Sequence[Any], dict[str, str]]:
    """The part of a list that is on the page asked for, and its Link header (RFC 8288)."""
    size = min(_whole(request, "per_page", DEFAULT_PAGE), LARGEST_PAGE)
    current = _whole(request, "page", 1)
    last = max(1, -(-len(items) // size))
    numbers = {"current": current, "next": current + 1, "prev": current - 1, "first": 1, "last": last}
    parameters = [(k, v) for k, v in request.query_params.multi_items() if k not in {"page", "per_page"}]
    path = request.url.replace(query="")
    links = [
        f'<{path}?{urlencode([*parameters, ("page", str(number)), ("per_page", str(size))])}>; rel="{rel}"'
        for rel, number in numbers.items()
        if 1 <= number <= max(last, current)
    ]
    return items[(current - 1) * size : current * size], {"Link": ",".join(links)}


def pagination(request: Request, link: dict[str, str]) -> Json:
    """The paging that some endpoints repeat in the body."""
    urls = {rel.split('"')[1]: url.strip("<> ") for url, rel in (p.split(";") for p in link["Link"].split(","))}
    return {"per_page": _whole(request, "per_page", DEFAULT_PAGE), "page": _whole(request, "page", 1)} | urls


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() else default


def answered(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer, with what it cost of the caller's budget."""
    cost = {"X-Request-Cost": "0.1", "X-Rate-Limit-Remaining": "699.9"}
    return Response(msgspec.json.encode(body), status, cost | (headers or {}), "application/json; charset=utf-8")
