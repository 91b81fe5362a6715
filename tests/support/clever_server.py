"""A small Clever: listings by links, and an Events feed that reaches back so far and no further."""

from collections.abc import Mapping
from typing import Any

import httpx

from connectors.clever.client import Kind

TOKEN = "t0k3n"
STAMP = "2026-08-20T12:00:00.000Z"
KINDS: tuple[Kind, ...] = ("districts", "schools", "terms", "courses", "users", "sections")


class CleverServer:
    """Rows by kind, and the events that told of their changes, the oldest first."""

    def __init__(self, *, size: int = 2, feed: bool = True) -> None:
        self.size = size
        self.feed = feed
        self.asked: list[str] = []
        self.rows: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self.events: list[dict[str, Any]] = []
        self.told = 0
        self.refusals: list[httpx.Response] = []

    def put(self, kind: Kind, row: Mapping[str, Any]) -> None:
        """Share a record, or change it; an event tells, and what was otherwise before."""
        before = self.rows[kind].get(row["id"])
        self.rows[kind][row["id"]] = dict(row)
        if before is None:
            self._tell(f"{kind}.created", {"object": dict(row)})
        elif before != row:
            changed = {name: value for name, value in before.items() if row.get(name) != value}
            self._tell(f"{kind}.updated", {"object": dict(row), "previous_attributes": changed})

    def delete(self, kind: Kind, key: str) -> None:
        """Share a record no more."""
        self._tell(f"{kind}.deleted", {"object": self.rows[kind].pop(key)})

    def forget_events(self) -> None:
        """Thirty days pass."""
        self.events.clear()

    def _tell(self, type: str, data: dict[str, Any]) -> None:
        self.told += 1
        if self.feed:
            self.events.append({"id": f"e{self.told:05}", "type": type, "created": STAMP, "data": data})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"message": "unauthorized"})
        if self.refusals:
            return self.refusals.pop(0)
        kind, _, key = request.url.path.removeprefix("/v3.1/").partition("/")
        params = request.url.params
        self.asked.append(f"{kind}/{key}" if key else kind)
        if kind == "events":
            types = params.get_list("record_type")
            rows = [row for row in self.events if not types or row["type"].partition(".")[0] in types]
        else:
            rows = [self.rows[kind][each] for each in sorted(self.rows[kind])]
        if key:
            match = next((row for row in rows if row["id"] == key), None)
            return (
                httpx.Response(200, json={"data": match})
                if match
                else httpx.Response(404, json={"message": "Not found"})
            )
        return self._listed(request, kind, rows)

    def _listed(self, request: httpx.Request, kind: str, rows: list[dict[str, Any]]) -> httpx.Response:
        params = request.url.params
        if params.get("ending_before") == "last":
            return httpx.Response(200, json={"data": [{"data": row} for row in rows[-1:]], "links": []})
        after = params.get("starting_after", "")
        rest = [row for row in rows if row["id"] > after]
        page = rest[: self.size]
        links = [{"rel": "self", "uri": str(request.url.raw_path.decode())}]
        if len(rest) > len(page):
            further = request.url.copy_set_param("starting_after", page[-1]["id"])
            links.append({"rel": "next", "uri": further.raw_path.decode()})
        wrapped = [{"data": row, "uri": f"/v3.1/{kind}/{row['id']}"} for row in page]
        return httpx.Response(200, json={"data": wrapped, "links": links})


def school() -> CleverServer:
    """A district with a school, a class of three, its teacher, and a parent."""
    server = CleverServer()
    server.put("districts", {"id": "d1", "name": "Sample District", "nces_id": "0600001", "sis_type": "sftp"})
    server.put("schools", SCHOOL)
    server.put("terms", TERM)
    server.put("courses", {"id": "c1", "district": "d1", "name": "Mathematics 6", "number": "MATH6"})
    for n in (1, 2, 3):
        server.put("users", student(n))
    server.put("users", TEACHER)
    server.put("users", CONTACT)
    server.put("sections", section(["u1", "u2", "u3"]))
    return server


def student(n: int, **more: Any) -> dict[str, Any]:
    """A student, as Clever tells of one."""
    role = {
        "sis_id": f"sis-{n}",
        "state_id": f"77{n:04}",
        "student_number": f"100{n}",
        "legacy_id": f"5f{n:04}",
        "credentials": {"district_username": f"given{n}.sample"},
        "dob": f"9/{n}/2014",
        "gender": "X",
        "grade": "6",
        "graduation_year": "2033",
        "enrollments": [{"school": "s1", "start_date": "2026-08-17", "end_date": "2027-06-04"}],
        "school": "s1",
        "schools": ["s1"],
    }
    return {
        "id": f"u{n}",
        "district": "d1",
        "created": STAMP,
        "last_modified": STAMP,
        "email": f"given{n}.sample@example.org",
        "name": {"first": f"Given{n}", "middle": "", "last": "Sample"},
        "roles": {"student": role},
        **more,
    }


def section(students: list[str], **more: Any) -> dict[str, Any]:
    """The class, with these students."""
    return {
        "id": "k1",
        "district": "d1",
        "school": "s1",
        "course": "c1",
        "term_id": "t1",
        "name": "Mathematics 6, period 2",
        "section_number": "MATH6-2",
        "sis_id": "4411",
        "period": "2",
        "subject": "math",
        "grade": "6",
        "teacher": "u8",
        "teachers": ["u8"],
        "students": students,
        "created": STAMP,
        "last_modified": STAMP,
        **more,
    }


SCHOOL: dict[str, Any] = {
    "id": "s1",
    "district": "d1",
    "name": "North School",
    "school_number": "12",
    "state_id": "0612",
    "nces_id": "060000112",
    "sis_id": "12",
    "low_grade": "6",
    "high_grade": "8",
    "phone": "",
    "location": {"address": "1 Sample Street", "city": "Sampleton", "state": "CA", "zip": "90000"},
    "principal": {"name": "", "email": ""},
    "created": STAMP,
    "last_modified": STAMP,
}
TERM = {"id": "t1", "district": "d1", "name": "Fall 2026", "start_date": "2026-08-17", "end_date": "2026-12-18"}
TEACHER: dict[str, Any] = {
    "id": "u8",
    "district": "d1",
    "created": STAMP,
    "last_modified": STAMP,
    "email": "teacher8@example.org",
    "name": {"first": "Given8", "middle": None, "last": "Sample"},
    "roles": {
        "teacher": {
            "sis_id": "t-8",
            "teacher_number": "1001",
            "credentials": {"district_username": "gsample8"},
            "school": "s1",
            "schools": ["s1"],
            "title": "Math teacher",
        },
        "staff": {"staff_id": "st-8", "schools": ["s1"], "title": "Dean", "roles": ["Dean"]},
        "contact": None,
    },
}
CONTACT: dict[str, Any] = {
    "id": "u9",
    "district": "d1",
    "created": STAMP,
    "last_modified": STAMP,
    "email": "family9@example.org",
    "name": {"first": "Given9", "last": "Sample"},
    "roles": {
        "contact": {
            "sis_id": "c-9",
            "phone": "555-0100",
            "phone_type": "Cell",
            "student_relationships": [{"student": "u1", "relationship": "Parent", "type": "Parent/Guardian"}],
        }
    },
}
