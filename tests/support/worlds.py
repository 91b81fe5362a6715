"""The sources of the connectors shipped here, each a small server of the project's own, for the shared suite.

`WORLDS` have their lists in pages of one or two records; `SIZED` have so many classes, each list on one page, and are
asked for one class at a time, so that the requests are as many each time.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx

from connectors import named
from connectors.testing.world import Answer, World, kind_of
from tests.support import clever_server
from tests.support.canvas import Canvas
from tests.support.edfi_server import small_district
from tests.support.google_classroom import course_work, graded
from tests.support.google_classroom import school as google_classroom_school
from tests.support.kolibri_server import KolibriServer
from tests.support.moodle import EVERY_RIGHT
from tests.support.moodle_school import add_activities, school
from tests.support.record_store import RecordStore, statement
from tests.support.roster_server import RosterServer

LARGE = 100
FORBIDDEN = {"message": "It takes another right"}
EDFI = ["schools", "courseOfferings", "sections", "students", "studentSchoolAssociations", "studentSectionAssociations"]
OLD, NEW = ({"status": "active", "dateLastModified": f"2026-08-0{day}T00:00:00Z"} for day in (1, 8))
QUARTER = {"id": "31", "title": "Q1", "start_date": "2026-08-15T06:00:00Z", "close_date": "2026-12-17T05:59:59Z"}


def refusing(answer: Answer, refused: Callable[[httpx.Request], bool], status: int = 403) -> Answer:
    """A source that answers some requests with a refusal."""

    def answered(request: httpx.Request) -> Any:
        return httpx.Response(status, json=FORBIDDEN) if refused(request) else answer(request)

    return answered


def canvas(classes: int = 2, page: int = 1) -> World:
    """So many courses, in pages by links."""

    def paged(server: Canvas) -> Answer:
        def answer(request: httpx.Request) -> httpx.Response:
            response = server(request)
            number = int(request.url.params.get("page", 1))
            body = response.json()
            if not (response.is_success and isinstance(body, list) and len(body) > page):
                return response
            further = request.url.copy_set_param("page", number + 1)
            links = {"Link": f'<{further}>; rel="next"'} if page * number < len(body) else {}
            part = body[page * (number - 1) : page * number]
            return httpx.Response(200, json=part, headers={"Date": response.headers["date"], **links})

        return answer

    def made(*lacks: str) -> Answer:
        periods = [QUARTER] if page == LARGE else []
        return paged(Canvas(courses=classes, learners=2, periods=periods, lacks=set(lacks)))

    settings = {"token": "t0k3n", "at_once": 1 if page == LARGE else 4}
    return World("canvas", made(), settings, lacking=made, by_class=True)


def moodle(classes: int = 2, _page: int = 0) -> World:
    """So many courses. Moodle has one address, and is asked for functions."""

    def kind(request: httpx.Request) -> str:
        form = dict(httpx.QueryParams(request.content.decode()))
        inside = {value for name, value in form.items() if name.endswith("[function]")}
        return f"POST {' '.join(sorted(inside)) or form.get('wsfunction', request.url.path)}"

    def made(*lacks: str) -> Answer:
        site = school(learners=2, courses=classes)
        site.rights = set(EVERY_RIGHT - {*lacks})
        site.separate_groups = {2}
        add_activities(site, 2)
        return site

    world = World("moodle", made(), {"token": "t0k3n"}, kind, reads=lambda _kind: True, lacking=made)
    return replace(world, untold=frozenset({"moodle/grade:viewhidden"}), by_class=True)


def kolibri(_classes: int = 2, _page: int = 0) -> World:
    """A facility as Kolibri's own answers tell of it."""

    def lacking(_right: str) -> Answer:
        server = KolibriServer()
        server.kind = ["classroom assignable coach", "coach"]
        return server

    return World("kolibri", KolibriServer(), {"username": "admin", "password": "open sesame"}, lacking=lacking)


def clever(_classes: int = 1, page: int = 2) -> World:
    """A class of three."""

    def lacking(right: str) -> Answer:
        name = right.partition(": ")[2]
        return refusing(clever_server.school(), lambda request: request.url.path.split("/")[2] == name)

    server = clever_server.school()
    server.size = page
    return World("clever", server, {"token": clever_server.TOKEN}, path="/v3.1", lacking=lacking)


def edfi(_classes: int = 1, page: int = 2) -> World:
    """A school; in small pages by offset, in large ones by token, as a service of today is asked."""
    server, _ = small_district(3)
    every = [stream.name for stream in named("edfi").streams]
    if page == LARGE:
        for resource in every:
            server.put(resource, {})

    def answer(request: httpx.Request) -> Any:
        return httpx.ASGITransport(server).handle_async_request(request)  # type: ignore[arg-type]

    def lacking(right: str) -> Answer:
        resource = right.rpartition("/")[2]
        return refusing(answer, lambda request: resource in request.url.path.split("/"))

    settings: dict[str, Any] = {"client_id": "key", "client_secret": "secret"}
    settings |= {"resources": every} if page == LARGE else {"resources": EDFI, "page_size": 2, "paging": "offset"}
    return World("edfi", answer, settings, path="/api", lacking=lacking)


def oneroster(_classes: int = 1, page: int = 2) -> World:
    """A school; in large pages with every collection there is, of one record that is old and one that is new."""
    rows = _roster()
    if page == LARGE:
        more = ("academicSessions", "courses", "demographics", "lineItems", "results")
        names = (*more, "assessmentLineItems", "assessmentResults")
        rows |= {name: [{**OLD, "sourcedId": "1"}, {**NEW, "sourcedId": "2"}] for name in names}
    server = RosterServer(rows, clamp=page)

    def answer(request: httpx.Request) -> httpx.Response:
        status, body, headers = server.answer(request.url.raw_path.decode())
        return httpx.Response(status, content=json.dumps(body).encode(), headers=headers)

    settings = {"auth": "bearer", "token": "s3cret", "collections": list(rows)}
    world = World("oneroster", answer, settings, kind_of)

    def lacking(right: str) -> Answer:
        read = named("oneroster").settings.model_validate({"base_url": "https://sis.example.org", **settings})
        behind = {stream.name for stream in world.of.streams_for(read) if right in stream.rights}
        return refusing(answer, lambda request: not behind.isdisjoint(request.url.path.split("/")))

    return replace(world, lacking=lacking)


def _roster() -> dict[str, list[dict[str, Any]]]:
    ref = {"org": {"sourcedId": "o1"}, "class": {"sourcedId": "k1"}}
    roles = {"roles": [{"roleType": "primary", "role": "student", "org": ref["org"]}]}
    users = [
        {"sourcedId": f"u{n}", "givenName": f"Given{n}", "familyName": "Sample", "enabledUser": "true", **roles}
        for n in range(3)
    ]
    learning = {"title": "Math", "classType": "scheduled", "school": ref["org"], "terms": []}
    enrolled = [
        {"sourcedId": f"e{n}", "user": {"sourcedId": f"u{n}"}, "class": ref["class"], "role": "student"}
        for n in range(3)
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "orgs": [{"sourcedId": f"o{n}", "name": "North", "type": "school"} for n in (1, 2)],
        "classes": [{"sourcedId": f"k{n}", **learning} for n in (1, 2)],
        "users": users,
        "enrollments": enrolled,
    }
    return {name: [{**(OLD if n else NEW), **row} for n, row in enumerate(of)] for name, of in rows.items()}


def lrs(_classes: int = 1, page: int = 2) -> World:
    """A record store of five statements."""
    store = RecordStore([statement(n, f"2026-10-0{n}T10:00:00Z") for n in range(1, 6)], size=page)
    lacking = refusing(store, lambda _request: True)
    return World("lrs", store, {"key": "key", "secret": "secret"}, path="/xapi/", lacking=lambda _right: lacking)


def google_classroom(classes: int = 2, page: int = 2) -> World:
    """Classes of three students and of one, read for an administrator by a refresh token."""

    def made(*lacks: str) -> Answer:
        server = google_classroom_school()
        server.size = page
        for n in range(103, 101 + classes):
            course = str(n)
            server.courses[course] = {**server.courses["102"], "id": course}
            server.students[course] = ["1"]
            server.work[course] = [course_work(course, "11")]
            server.submissions[course] = [graded(course, "11", "1", 7)]
        server.guardians = [{"studentId": "1", "guardianId": "501"}]
        granted = server.delegated | {"guardianlinks.students.readonly"}
        server.delegated = granted - {name.removeprefix("classroom.") for name in lacks}
        return server

    settings = {"client_id": "id", "client_secret": "secret", "refresh_token": "r3fresh", "guardians": True}
    settings |= {"at_once": 1 if page == LARGE else 4}
    return World("google_classroom", made(), settings, lacking=made, by_class=True)


WORLDS: dict[str, Callable[[], World]] = {
    "canvas": canvas,
    "clever": clever,
    "moodle": moodle,
    "kolibri": kolibri,
    "edfi": edfi,
    "google_classroom": google_classroom,
    "oneroster": oneroster,
    "lrs": lrs,
}


def _sized(make: Callable[[int, int], World]) -> Callable[[int], World]:
    return lambda classes: make(classes, LARGE)


SIZED = {
    name: _sized(make)
    for name, make in (
        ("canvas", canvas),
        ("clever", clever),
        ("edfi", edfi),
        ("google_classroom", google_classroom),
        ("kolibri", kolibri),
        ("lrs", lrs),
        ("moodle", moodle),
        ("oneroster", oneroster),
    )
}
