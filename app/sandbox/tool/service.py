"""The fake adaptive tool: the part of Kolibri's API that reads people, classes, content and progress."""

import base64
import binascii
import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox.accounts import tool_account
from app.sandbox.chance import hex_id
from app.sandbox.tool import model, progress, records
from app.sandbox.tool.flaws import TOOL_FLAWS, UNKNOWN_ROW
from app.sandbox.tool.model import FACILITY, Account, Room, Try
from app.sandbox.tool.records import Json
from app.sandbox.world import World

USERNAME = "admin"
PASSWORD = "not-a-secret"  # noqa: S105 - published on purpose: it opens made-up data on one's own machine
VERSION = "0.19.5"
_SESSION = hex_id("tool", "session")
_CSRF = hex_id("tool", "csrf")

Listing = Callable[[World], Sequence[Any]]


def tool(world: World) -> Starlette:
    """Kolibri's API over the world's district. A caller that is not signed in gets empty lists, as in Kolibri."""
    routes = [
        Route("/api/public/info/", _answering(_info)),
        Route("/api/public/v1/facility/", _answering([records.public_facility()])),
        Route("/api/auth/session/", _sign_in, methods=["POST"]),
        Route("/api/auth/session/current/", _session),
        Route("/api/content/contentnode/", _contents(world)),
        Route("/api/logger/masterylog/", _mastery_logs(world)),
        Route("/api/tasks/tasks/", _export, methods=["POST"]),
        Route("/api/tasks/tasks/{task}/", _task),
        Route("/facility/api/downloadcsvfile/summary/{facility}/", _summary(world)),
        Route("/coach/api/classsummary/{room}/", _class_summary(world)),
    ]
    routes += [Route(path, _listed(world, listing)) for path, listing in _LISTS.items()]
    return Starlette(routes=routes)


_info = {"application": "kolibri", "kolibri_version": VERSION, "instance_id": FACILITY, "device_name": "sandbox"}


def _answering(body: Any) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(_request: Request) -> Response:
        return _json(body)

    return endpoint


async def _sign_in(request: Request) -> Response:
    who = msgspec.json.decode(await request.body(), type=dict[str, Any])
    if (who.get("username"), who.get("password")) != (USERNAME, PASSWORD):
        return _json([{"id": "INVALID_CREDENTIALS", "metadata": {"field": "password", "message": ""}}], 401)
    answer = _json(_current(signed_in=True))
    answer.set_cookie("kolibri", _SESSION, httponly=True)
    answer.set_cookie("kolibri_csrftoken", _CSRF)
    return answer


async def _session(request: Request) -> Response:
    return _json(_current(signed_in=_signed_in(request)))


def _current(*, signed_in: bool) -> Json:
    if not signed_in:
        return {"id": "current", "username": "", "user_id": None, "facility_id": None, "kind": ["anonymous"]}
    return {
        "id": "current",
        "username": USERNAME,
        "user_id": records.ADMIN,
        "facility_id": FACILITY,
        "kind": ["admin", "superuser"],
    }


def _signed_in(request: Request) -> bool:
    """By the session's cookie, or by HTTP Basic with a user name like `username=admin&facility_id=ID`."""
    if request.cookies.get("kolibri") == _SESSION:
        return True
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return user in {USERNAME, f"username={USERNAME}&facility_id={FACILITY}"} and password == PASSWORD


def _listed(world: World, listing: Listing) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        records = world.once(("tool", listing), lambda: list(listing(world))) if _signed_in(request) else []
        query = request.query_params
        for name in ("collection", "user", "kind", "parent"):
            if name in query:
                records = [record for record in records if record.get(name) == query[name]]
        return _paged(request, records)

    return endpoint


def _paged(request: Request, records: Sequence[Any]) -> Response:
    """The whole list, or with `page_size` the page asked for."""
    size, page = request.query_params.get("page_size", ""), request.query_params.get("page", "1")
    if not size.isdigit() or not int(size):
        return _json(records)
    total = max(1, -(-len(records) // int(size)))
    if not page.isdigit() or not 1 <= int(page) <= total:
        return _json({"detail": "Invalid page."}, 404)
    part = records[(int(page) - 1) * int(size) : int(page) * int(size)]
    return _json({"page": int(page), "count": len(records), "total_pages": total, "results": part})


def _rooms(world: World) -> tuple[Room, ...]:
    return world.once("tool rooms", lambda: model.rooms(world.district))


def _members(world: World) -> list[Account]:
    return [member for room in _rooms(world) for member in room.members]


def _tries(world: World) -> list[Try]:
    return world.once(
        "tool tries", lambda: [t for member in _members(world) for t in model.tries(world.district, member)]
    )


def _facilities(world: World) -> list[Json]:
    return [records.facility(len(_accounts(world)), len(_rooms(world)))]


def _accounts(world: World) -> list[Json]:
    coaching: dict[str, tuple[Any, list[Room]]] = {}
    for room in _rooms(world):
        for staff in room.coaches:
            coaching.setdefault(staff.key, (staff, []))[1].append(room)
    coaches = [records.coach(staff, rooms) for staff, rooms in coaching.values()]
    learners = [records.learner(member) for member in _members(world)]
    return [records.admin(), *coaches, *learners, *(TOOL_FLAWS if world.flawed else ())]


def _deleted(world: World) -> list[Json]:
    gone = [(learner, tool_account(learner)) for learner in world.district.learners if learner.left]
    return [records.deleted(Account(learner, account)) for learner, account in gone if account]


def _roles(world: World) -> list[Json]:
    return [role | {"user": person["id"]} for person in _accounts(world) for role in person["roles"]]


_LISTS: dict[str, Listing] = {
    "/api/auth/facility/": _facilities,
    "/api/auth/facilityuser/": _accounts,
    "/api/auth/deletedfacilityuser/": _deleted,
    "/api/auth/classroom/": lambda world: [records.classroom(room) for room in _rooms(world)],
    "/api/auth/learnergroup/": lambda world: [records.group(room) for room in _rooms(world)],
    "/api/auth/membership/": lambda world: [m for room in _rooms(world) for m in records.memberships(room)],
    "/api/auth/role/": _roles,
    "/api/lessons/lesson/": lambda world: [progress.lesson(room) for room in _rooms(world)],
    "/api/exams/exam/": lambda world: [progress.exam(room) for room in _rooms(world)],
    "/api/logger/attemptlog/": lambda world: [log for item in _tries(world) for log in progress.attempt_logs(item)],
}


def _contents(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        """Content nodes; with `max_results` so many, and in `more` the parameters of the next request."""
        nodes = world.once("tool nodes", _nodes)
        most = request.query_params.get("max_results", "")
        if not most.isdigit() or not int(most):
            return _json(nodes)
        begin = request.query_params.get("cursor", "0")
        end = int(begin if begin.isdigit() else "0") + int(most)
        more = {"max_results": most, "cursor": str(end)} if end < len(nodes) else None
        return _json({"results": nodes[end - int(most) : end], "more": more})

    return endpoint


def _nodes() -> list[Json]:
    leaves = [progress.content_node(content, n) for n, content in enumerate(model.CONTENTS, 1)]
    return [progress.channel_root(), *leaves]


def _mastery_logs(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        """Tries, by account or by content: asked for neither, Kolibri answers 412."""
        query = request.query_params
        if not {"user", "content"} & set(query):
            return _json([{"id": "MISSING_REQUIRED_FILTERS"}], 412)
        user, content = query.get("user", ""), query.get("content", "")
        logs = [
            progress.mastery_log(item)
            for item in (_tries(world) if _signed_in(request) else ())
            if item.content.kind == "exercise"
            and user in {"", item.account.account.id}
            and content in {"", item.content.id}
        ]
        return _paged(request, logs)

    return endpoint


async def _export(request: Request) -> Response:
    """Order an export. It is ready at once."""
    if not _signed_in(request):
        return _json({"detail": "Authentication credentials were not provided."}, 403)
    if "kolibri" in request.cookies and request.headers.get("x-csrftoken") != _CSRF:
        return _json({"detail": "CSRF Failed: CSRF token missing or incorrect."}, 403)
    order = msgspec.json.decode(await request.body(), type=dict[str, Any])
    task = {"id": hex_id("tool", "task"), "type": order.get("type"), "facility_id": order.get("facility")}
    return _json(task | {"status": "QUEUED", "percentage": 0})


async def _task(request: Request) -> Response:
    if not _signed_in(request):
        return _json({"detail": "Authentication credentials were not provided."}, 403)
    return _json({"id": request.path_params["task"], "status": "COMPLETED", "percentage": 1})


def _summary(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        """The summary export, as Kolibri writes it: UTF-8 with a byte order mark."""
        if not _signed_in(request):
            return _json({"detail": "Authentication credentials were not provided."}, 403)
        if request.path_params["facility"] != FACILITY:
            return _json({"detail": "Not found."}, 404)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(progress.SUMMARY_COLUMNS)
        writer.writerows(map(progress.summary_row, _tries(world)))
        if world.flawed:
            writer.writerow(UNKNOWN_ROW)
        return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv")

    return endpoint


def _class_summary(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if not _signed_in(request):
            return _json({"detail": "Authentication credentials were not provided."}, 403)
        for room in _rooms(world):
            if room.id == request.path_params["room"]:
                inside = {member.account.id for member in room.members}
                return _json(progress.summary(room, [t for t in _tries(world) if t.account.account.id in inside]))
        return _json({"detail": "Not found."}, 404)

    return endpoint


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
