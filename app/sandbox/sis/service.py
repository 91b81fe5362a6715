"""The fake student information system: a OneRoster 1.2 provider (REST binding, sections 3 and 4) over the district."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlencode

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox.chance import hex_id
from app.sandbox.sis.collection import GRADEBOOKS, ROSTERING, SCOPES, Collection
from app.sandbox.sis.parts import PARTS, Part
from app.sandbox.sis.query import InvalidFilter, InvalidSelection, parse_fields, parse_filter, parse_sort
from app.sandbox.sis.roster import Base, Json
from app.sandbox.world import World

CLIENT_ID = "sandbox"
CLIENT_SECRET = "not-a-secret"  # noqa: S105 - published on purpose: it opens made-up data on one's own machine
TOKEN_PATH = "/token"  # noqa: S105 - a path
ROSTERING_PATH = "/ims/oneroster/rostering/v1p2"
GRADEBOOK_PATH = "/ims/oneroster/gradebook/v1p2"
TOKEN_SECONDS = 3600
LARGEST_PAGE = 10_000

Answer = Callable[[Request], Response]


class Refused(Exception):
    """A request the provider turns down, in OneRoster's terms: `reason` is an imsx_codeMinorFieldValue."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


def sis(world: World) -> Starlette:
    """The provider's token endpoint and its two services."""
    tokens: dict[str, frozenset[str]] = {}
    routes = [Route(TOKEN_PATH, _token_endpoint(tokens), methods=["POST"])]
    by_path = {c.path: (c, ROSTERING_PATH if c in ROSTERING else GRADEBOOK_PATH) for c in (*ROSTERING, *GRADEBOOKS)}

    def add(path: str, collection: Collection, answer: Answer) -> None:
        routes.append(Route(path, _guarded(tokens, collection, answer)))

    for collection, prefix in by_path.values():
        add(f"{prefix}/{collection.path}", collection, _listing(world, collection))
        add(f"{prefix}/{collection.path}/{{id}}", collection, _single(world, collection))
    for path, part in PARTS.items():
        collection, prefix = by_path[part.collection]
        add(prefix + path, collection, _listing(world, collection, part))
    return Starlette(routes=routes)


def _token_endpoint(tokens: dict[str, frozenset[str]]) -> Callable[[Request], Awaitable[Response]]:
    async def token(request: Request) -> Response:
        """OAuth 2.0 client credentials (RFC 6749, section 4.4): the client by HTTP Basic or in the form."""
        async with request.form() as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        client = _basic(request) or (fields.get("client_id", ""), fields.get("client_secret", ""))
        if client != (CLIENT_ID, CLIENT_SECRET):
            return _json({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        if fields.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        requested = frozenset(fields.get("scope", "").split())
        granted = requested & SCOPES if requested else SCOPES
        if not granted:
            return _json({"error": "invalid_scope"}, 400)
        scope = " ".join(sorted(granted))
        key = hex_id("token", scope)
        tokens[key] = granted
        return _json({"access_token": key, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": scope})

    return token


def _basic(request: Request) -> tuple[str, str] | None:
    """The user and password of HTTP Basic, form-encoded as RFC 6749, section 2.3.1 wants them."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(user), unquote(password)


def _guarded(
    tokens: dict[str, frozenset[str]], collection: Collection, answer: Answer
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that first looks at the token, and says every refusal as an imsx_StatusInfo."""

    async def endpoint(request: Request) -> Response:
        try:
            kind, _, token = request.headers.get("authorization", "").partition(" ")
            if kind.lower() != "bearer" or token not in tokens:
                raise Refused(401, "unauthorisedrequest", "no valid bearer token: ask the token endpoint for one")
            if not tokens[token] & collection.scopes:
                raise Refused(403, "forbidden", f"{collection.path} needs the scope {min(collection.scopes)}")
            return answer(request)
        except Refused as refusal:
            return _refusal(refusal)
        except InvalidFilter as wrong:
            return _refusal(Refused(400, "invalid_filter_field", str(wrong)))
        except InvalidSelection as wrong:
            return _refusal(Refused(400, "invalid_selection_field", str(wrong)))

    return endpoint


def _listing(world: World, collection: Collection, part: Part | None = None) -> Answer:
    def listing(request: Request) -> Response:
        """A page of the collection."""
        limit, offset = _number(request, "limit", 100, 1), _number(request, "offset", 0, 0)
        limit = min(limit, LARGEST_PAGE)
        base = _base(request)
        items = _matching(world, collection, part, request, base)
        page = [collection.record(base, world.district, item) for item in items[offset : offset + limit]]
        headers = {"X-Total-Count": str(len(items)), "Link": _links(request, len(items), limit, offset)}
        return _json({collection.plural: _selected(page, collection, request)}, headers=headers)

    return listing


def _single(world: World, collection: Collection) -> Answer:
    def single(request: Request) -> Response:
        """One record of the collection."""
        key = request.path_params["id"]
        index = world.once(
            ("index", collection.path), lambda: {collection.source_id(item): item for item in _items(world, collection)}
        )
        if key not in index:
            raise Refused(404, "unknownobject", f"{collection.single} not found: '{key}'")
        record = collection.record(_base(request), world.district, index[key])
        return _json({collection.single: _selected([record], collection, request)[0]})

    return single


def _items(world: World, collection: Collection) -> Sequence[Any]:
    return world.once(("items", collection.path), lambda: list(collection.every(world.district, world.flawed)))


def _matching(world: World, collection: Collection, part: Part | None, request: Request, base: Base) -> Sequence[Any]:
    """The items in sight that pass the filter, in the order asked for."""
    query = request.query_params
    accepts = parse_filter(query["filter"], collection.fields) if "filter" in query else None
    order = parse_sort(query["sort"], collection.fields) if "sort" in query else None
    if not (part or accepts or order):
        return _items(world, collection)

    def record(item: Any) -> Json:
        return collection.record(base, world.district, item)

    def find() -> Sequence[Any]:
        items = _items(world, collection)
        if part:
            items = [item for item in items if not isinstance(item, dict)]
            items = [item for item in items if part.belongs(world, item, request.path_params)]
        if accepts:
            items = [item for item in items if accepts(record(item))]
        if order:
            items = sorted(items, key=lambda item: order(record(item)), reverse=query.get("orderBy") == "desc")
        return items

    return world.once((request.url.path, query.get("filter"), query.get("sort"), query.get("orderBy")), find)


def _selected(page: list[Json], collection: Collection, request: Request) -> list[Json]:
    if "fields" not in request.query_params:
        return page
    fields = parse_fields(request.query_params["fields"], collection.fields)
    return [{name: value for name, value in record.items() if name in fields} for record in page]


def _number(request: Request, name: str, default: int, least: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise Refused(422, "invaliddata", f"{name}={text!r} is not a whole number from {least}")
    return int(text)


def _links(request: Request, total: int, limit: int, offset: int) -> str:
    """The Link header (RFC 8288): first and last always, next and prev where there are such pages."""
    last = max(0, (total - 1) // limit * limit)
    offsets = {"first": 0, "last": last}
    if offset + limit < total:
        offsets["next"] = offset + limit
    if offset:
        offsets["prev"] = max(0, offset - limit)
    parameters = [(k, v) for k, v in request.query_params.multi_items() if k not in {"limit", "offset"}]
    path = request.url.replace(query="")
    return ", ".join(
        f'<{path}?{urlencode([*parameters, ("limit", str(limit)), ("offset", str(start))])}>; rel="{rel}"'
        for rel, start in offsets.items()
    )


def _base(request: Request) -> Base:
    root = str(request.url.replace(path=request.scope["root_path"], query="")).rstrip("/")
    return Base(root + ROSTERING_PATH, root + GRADEBOOK_PATH)


def _refusal(refusal: Refused) -> Response:
    minor = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": refusal.reason}
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": refusal.message,
        "imsx_CodeMinor": {"imsx_codeMinorField": [minor]},
    }
    return _json(body, refusal.status)


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), status, headers, "application/json")
