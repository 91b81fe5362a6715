"""An Ed-Fi ODS/API on loopback, with a state of its own: paging, change queries, deletes, key changes and rights.

It behaves as the documentation of ODS/API 5 to 7 says: `limit` up to 500, `Total-Count` where asked for, pages by token
with partitions where `cursor_paging` is on, change versions that grow with every write, `deletes` and `keyChanges` with
natural keys, tokens that are asked for by HTTP Basic and end, and 403 for what a claim set does not grant.
"""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Row = dict[str, Any]
KEYS: dict[str, tuple[str, ...]] = {
    "grades": ("gradeTypeDescriptor",),
    "schools": ("schoolId",),
    "students": ("studentUniqueId",),
    "sections": ("sectionIdentifier",),
    "studentSchoolAssociations": ("entryDate",),
    "studentSectionAssociations": ("beginDate",),
}
"""The parts of a natural key that a resource itself has."""


@dataclass
class EdFiServer:
    """Resources by name, in the order of their making.

    `asked` are the paths that were asked for, in order; so many `failing` requests get 503, the next ones.
    """

    cursor_paging: bool = True
    change_queries: bool = True
    snapshots: bool = True
    refused: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)  # ids that are listed, and not found when they are asked for
    oldest: int = 0
    version: int = 0
    tokens: set[str] = field(default_factory=set)
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    deletes: dict[str, list[Row]] = field(default_factory=dict)
    key_changes: dict[str, list[Row]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    after_page: Callable[[int], None] | None = None
    pages: int = 0
    failing: int = 0
    under_way: int = 0
    most_at_once: int = 0

    def put(self, resource: str, row: Row, resource_id: str | None = None) -> str:
        """Write a record; its id."""
        resource_id = resource_id or uuid4().hex
        self.version += 1
        self.changed[resource_id] = self.version
        self.rows.setdefault(resource, {})[resource_id] = {"id": resource_id, **row, "_etag": str(self.version)}
        return resource_id

    def delete(self, resource: str, resource_id: str) -> None:
        """Delete a record."""
        self.version += 1
        row = self.rows[resource].pop(resource_id)
        deleted = {"id": resource_id, "changeVersion": self.version, "keyValues": self._keys(resource, row)}
        self.deletes.setdefault(resource, []).append(deleted)

    def change_key(self, resource: str, resource_id: str, **parts: Any) -> None:
        """Change a natural key; the change is told, and the record's own version with it, as the ODS does."""
        row = self.rows[resource][resource_id]
        before = self._keys(resource, row)
        self.put(resource, {**row, **parts}, resource_id)
        after = self._keys(resource, self.rows[resource][resource_id])
        changed = {"id": resource_id, "changeVersion": self.version, "oldKeyValues": before, "newKeyValues": after}
        self.key_changes.setdefault(resource, []).append(changed)

    def times(self, part: str) -> int:
        """How often a path with this in it was asked for."""
        return sum(part in path for path in self.asked)

    def _keys(self, resource: str, row: Row) -> Row:
        return {name: row[name] for name in KEYS.get(resource, ()) if name in row}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.asked.append(request.url.path)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await asyncio.sleep(0.001)
            response = await self._answer(request)
        finally:
            self.under_way -= 1
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.url.path.removeprefix("/api").strip("/")
        if path == "":
            return JSONResponse({"version": "7.3", "dataModels": [{"name": "Ed-Fi", "version": "5.2.0"}]})
        if path == "oauth/token":
            return await self._token(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return JSONResponse({"message": "Invalid token"}, 401)
        if request.headers.get("use-snapshot") == "true" and not self.snapshots:
            return JSONResponse({"message": "Snapshots are not available."}, 404)
        if path == "changeQueries/v1/availableChangeVersions":
            if not self.change_queries:
                return JSONResponse({}, 404)
            return JSONResponse({"oldestChangeVersion": self.oldest, "newestChangeVersion": self.version})
        return self._resource(request, path.removeprefix("data/v3/ed-fi/").split("/"))

    async def _token(self, request: Request) -> Response:
        secret = request.headers.get("authorization", "").removeprefix("Basic ")
        form = (await request.body()).decode()
        if base64.b64decode(secret) != b"key:secret" or "client_credentials" not in form:
            return JSONResponse({"error": "invalid_client"}, 401)
        token = uuid4().hex
        self.tokens.add(token)
        return JSONResponse({"access_token": token, "expires_in": 1800, "token_type": "bearer"})

    def _resource(self, request: Request, parts: list[str]) -> Response:
        name, below = parts[0], parts[1] if len(parts) > 1 else ""
        if self.failing:
            self.failing -= 1
            return JSONResponse({"detail": "try again"}, 503, {"Retry-After": "0"})
        if name in self.refused:
            return JSONResponse({"detail": "Access to the resource could not be authorized."}, 403)
        if name not in self.rows:
            return JSONResponse({"detail": "The specified resource could not be found."}, 404)
        query = request.query_params
        if below == "partitions":
            return self._partitions(name, int(query.get("number", 5)))
        if below in ("deletes", "keyChanges"):
            if not self.change_queries:
                return JSONResponse({}, 404)
            changes = {"deletes": self.deletes, "keyChanges": self.key_changes}[below]
            return self._paged(request, [row for row in changes.get(name, []) if self._in(query, row["changeVersion"])])
        if below:
            row = None if below in self.hidden else self.rows[name].get(below)
            return JSONResponse(row) if row else JSONResponse({"detail": "not found"}, 404)
        if "pageToken" in query or "pageSize" in query:
            return self._by_token(request, list(self.rows[name].values()))
        rows = [row for key, row in self.rows[name].items() if self._in(query, self.changed[key])]
        response = self._paged(request, rows)
        if self.after_page is not None:
            self.after_page(self.pages)
            self.pages += 1
        return response

    @staticmethod
    def _in(query: Any, version: int) -> bool:
        return int(query.get("minChangeVersion", 0)) <= version <= int(query.get("maxChangeVersion", 2**62))

    @staticmethod
    def _paged(request: Request, rows: list[Row]) -> Response:
        limit, offset = int(request.query_params.get("limit", 25)), int(request.query_params.get("offset", 0))
        if not 0 <= limit <= 500:
            return JSONResponse({"detail": "Limit must be omitted or set to a value between 0 and 500."}, 400)
        headers = {"Total-Count": str(len(rows))} if request.query_params.get("totalCount") == "true" else {}
        return Response(json.dumps(rows[offset : offset + limit]), headers=headers, media_type="application/json")

    def _partitions(self, name: str, number: int) -> Response:
        if not self.cursor_paging:
            return JSONResponse({"detail": "The specified resource could not be found."}, 404)
        count = len(self.rows[name])
        size = max(1, -(-count // number))
        tokens = [_encode(begin, min(begin + size, count)) for begin in range(0, max(count, 1), size)]
        return JSONResponse({"pageTokens": tokens})

    def _by_token(self, request: Request, rows: list[Row]) -> Response:
        if "limit" in request.query_params or "offset" in request.query_params:
            return JSONResponse({"detail": "Both offset and key set paging parameters are used."}, 400)
        begin, end = json.loads(base64.urlsafe_b64decode(request.query_params["pageToken"]))
        stop = min(begin + int(request.query_params.get("pageSize", 25)), end)
        headers = {"Next-Page-Token": _encode(stop, end)} if rows[begin:stop] else {}  # the last page is an empty one
        return Response(json.dumps(rows[begin:stop]), headers=headers, media_type="application/json")

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[dict[str, Any]]:
        """The settings of a source that is pulled from here."""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            server = uvicorn.Server(
                uvicorn.Config(self, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
            )
            task = asyncio.create_task(server.serve(sockets=[taken]))
            root = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
            yield {"base_url": root, "client_id": "key", "client_secret": "secret"}
            server.should_exit = True
            await task


def _encode(begin: int, end: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([begin, end]).encode()).decode()


def link(resource: str, resource_id: str) -> dict[str, str]:
    """A reference's link."""
    return {"rel": resource, "href": f"/ed-fi/{resource}/{resource_id}"}


def small_district(students: int = 5) -> tuple[EdFiServer, dict[str, str]]:
    """One school, a section, and so many students who are in both; the ids of the school, the section and students."""
    server = EdFiServer()
    ids = {"school": server.put("schools", {"schoolId": 255901001, "nameOfInstitution": "Grand Bend High School"})}
    offering = {"localCourseCode": "ALG-1", "schoolId": 255901001, "schoolYear": 2027, "sessionName": "Fall"}
    ids["offering"] = server.put(
        "courseOfferings",
        {"localCourseCode": "ALG-1", "localCourseTitle": "Algebra I", "schoolReference": {"schoolId": 255901001}},
    )
    section = {
        "sectionIdentifier": "ALG-A",
        "courseOfferingReference": {**offering, "link": link("courseOfferings", ids["offering"])},
    }
    ids["section"] = server.put("sections", section)
    for n in range(students):
        number = str(604800 + n)
        ids[number] = server.put("students", student(number, f"Given{n}"))
        reference = {"studentUniqueId": number, "link": link("students", ids[number])}
        ids[f"school-{number}"] = server.put(
            "studentSchoolAssociations",
            {
                "studentReference": reference,
                "schoolReference": {"schoolId": 255901001},
                "entryDate": "2026-08-17",
                "entryGradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade",
            },
        )
        ids[f"section-{number}"] = server.put(
            "studentSectionAssociations",
            {
                "studentReference": reference,
                "sectionReference": {"schoolId": 255901001, "link": link("sections", ids["section"])},
                "beginDate": "2026-08-17",
            },
        )
    return server, ids


def student(number: str, given_name: str, **more: Any) -> Row:
    return {
        "studentUniqueId": number,
        "firstName": given_name,
        "lastSurname": "Sample",
        "birthDate": "2011-03-04",
        **more,
    }
