"""The sources of the connectors shipped here, each a small server of the project's own, for the shared suite."""

import json
from typing import Any

import httpx

from connectors.testing.world import World, kind_of
from tests.support import clever_server
from tests.support.canvas import Canvas
from tests.support.edfi_server import small_district
from tests.support.google_classroom import school as google_classroom_school
from tests.support.kolibri_server import KolibriServer
from tests.support.moodle_school import school
from tests.support.record_store import RecordStore, statement
from tests.support.roster_server import RosterServer

EDFI = ["schools", "courseOfferings", "sections", "students", "studentSchoolAssociations", "studentSectionAssociations"]
STAMP = {"status": "active", "dateLastModified": "2026-08-01T00:00:00Z"}


def canvas() -> World:
    """Two courses, in pages of one record by links."""
    server = Canvas(courses=2, learners=2)

    def answer(request: httpx.Request) -> httpx.Response:
        response = server(request)
        page = int(request.url.params.get("page", 1))
        body = response.json()
        if not (response.is_success and isinstance(body, list) and len(body) > 1):
            return response
        further = request.url.copy_set_param("page", page + 1)
        links = {"Link": f'<{further}>; rel="next"'} if page < len(body) else {}
        return httpx.Response(200, json=body[page - 1 : page], headers={"Date": response.headers["date"], **links})

    return World("canvas", answer, {"token": "t0k3n"})


def moodle() -> World:
    """Two courses. Moodle has one address, and is asked for functions."""

    def kind(request: httpx.Request) -> str:
        form = dict(httpx.QueryParams(request.content.decode()))
        inside = {value for name, value in form.items() if name.endswith("[function]")}
        return f"POST {' '.join(sorted(inside)) or form.get('wsfunction', request.url.path)}"

    return World("moodle", school(learners=2, courses=2), {"token": "t0k3n"}, kind, reads=lambda _kind: True)


def kolibri() -> World:
    """A facility as Kolibri's own answers tell of it."""
    return World("kolibri", KolibriServer(), {"username": "admin", "password": "open sesame"})


def clever() -> World:
    """A class of three, in pages of two."""
    return World("clever", clever_server.school(), {"token": clever_server.TOKEN}, path="/v3.1")


def edfi() -> World:
    """A school, in pages of two by offset."""
    server, _ = small_district(3)
    transport = httpx.ASGITransport(server)  # type: ignore[arg-type]
    settings = {"client_id": "key", "client_secret": "secret", "resources": EDFI, "page_size": 2, "paging": "offset"}
    return World("edfi", transport.handle_async_request, settings, path="/api")


def oneroster() -> World:
    """A school, in pages of two."""
    ref = {"org": {"sourcedId": "o1"}, "class": {"sourcedId": "k1"}}
    users = [
        {
            **STAMP,
            "sourcedId": f"u{n}",
            "givenName": f"Given{n}",
            "familyName": "Sample",
            "enabledUser": "true",
            "roles": [{"roleType": "primary", "role": "student", "org": ref["org"]}],
        }
        for n in range(3)
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "orgs": [{**STAMP, "sourcedId": "o1", "name": "North", "type": "school"}],
        "classes": [
            {**STAMP, "sourcedId": "k1", "title": "Math", "classType": "scheduled", "school": ref["org"], "terms": []}
        ],
        "users": users,
        "enrollments": [
            {**STAMP, "sourcedId": f"e{n}", "user": {"sourcedId": f"u{n}"}, "class": ref["class"], "role": "student"}
            for n in range(3)
        ],
    }
    server = RosterServer(rows, clamp=2)

    def answer(request: httpx.Request) -> httpx.Response:
        status, body, headers = server.answer(request.url.raw_path.decode())
        return httpx.Response(status, content=json.dumps(body).encode(), headers=headers)

    settings = {"auth": "bearer", "token": "s3cret", "collections": list(rows)}
    return World("oneroster", answer, settings, kind_of)


def lrs() -> World:
    """A record store of five statements, in pages of two."""
    store = RecordStore([statement(n, f"2026-10-0{n}T10:00:00Z") for n in range(1, 6)])
    return World("lrs", store, {"key": "key", "secret": "secret"}, path="/xapi/")


def google_classroom() -> World:
    """Two classes of three students, in pages of two, read for an administrator by a refresh token."""
    settings = {"client_id": "id", "client_secret": "secret", "refresh_token": "r3fresh"}
    return World("google_classroom", google_classroom_school(), settings)


WORLDS = {
    "canvas": canvas,
    "clever": clever,
    "moodle": moodle,
    "kolibri": kolibri,
    "edfi": edfi,
    "google_classroom": google_classroom,
    "oneroster": oneroster,
    "lrs": lrs,
}
