"""A small Google Classroom of the project's own: it pages, checks scopes and assertions, denies, and changes."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

Json = dict[str, Any]
AUTH = "https://www.googleapis.com/auth/classroom."
READS = ("courses.readonly", "rosters.readonly", "profile.emails", "coursework.students.readonly")
ADMIN = "admin@school.example"
NEEDS = (
    (r"v1/courses$", "courses.readonly"),
    (r"/(students|teachers)$", "rosters.readonly"),
    (r"/courseWork(/-/studentSubmissions|/[^/]+/rubrics)?$", "coursework.students.readonly"),
    (r"/guardians$", "guardianlinks.students.readonly"),
    (r"v1/userProfiles/me$", "rosters.readonly"),
)


@cache
def key() -> RSAKey:
    """The service account's key: made once, since that takes long."""
    return RSAKey.generate_key(2048)


def key_file() -> str:
    """A key file as Google gives it."""
    pem = key().as_pem(private=True).decode()
    return json.dumps({"type": "service_account", "client_email": "sync@project.example", "private_key": pem})


def timestamp(day: int) -> str:
    return f"2026-10-{day:02}T10:00:00Z"


@dataclass
class Classroom:
    """Classes by id, each with its students (by account), course work, submissions and rubrics; guardians of all."""

    courses: dict[str, Json] = field(default_factory=dict)
    students: dict[str, list[str]] = field(default_factory=dict)
    work: dict[str, list[Json]] = field(default_factory=dict)
    submissions: dict[str, list[Json]] = field(default_factory=dict)
    rubrics: dict[str, list[Json]] = field(default_factory=dict)
    guardians: list[Json] = field(default_factory=list)
    delegated: set[str] = field(default_factory=lambda: set(READS))
    denied: set[str] = field(default_factory=set)
    unaddressed: set[str] = field(default_factory=set)  # accounts that have no address to show
    size: int = 2
    asked: Counter[str] = field(default_factory=Counter)
    granted: dict[str, frozenset[str]] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path.lstrip("/")
        self.asked[re.sub(r"/\d+", "/N", path)] += 1
        if path.endswith("token"):
            return self._token({name: value[0] for name, value in parse_qs(request.content.decode()).items()})
        scopes = self.granted.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if scopes is None:
            return _refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        needed = next((scope for form, scope in NEEDS if re.search(form, path)), None)
        if needed is None:
            return _refusal(404, "NOT_FOUND", "Requested entity was not found.")
        if needed not in scopes or (path.split("/")[2:3] and path.split("/")[2] in self.denied):
            return _refusal(403, "PERMISSION_DENIED", "The caller does not have permission")
        if path.endswith("/me"):
            return httpx.Response(200, json=self._member("", "999", scopes)["profile"])
        return self._page(request, *self._found(path, request.url.params, scopes))

    def _token(self, form: dict[str, str]) -> httpx.Response:
        if form.get("grant_type") == "refresh_token":
            requested = set(self.delegated) if form.get("refresh_token") == "r3fresh" else None
        else:
            try:
                claims = jwt.decode(form["assertion"], key()).claims
            except (JoseError, KeyError, ValueError):
                return httpx.Response(400, json={"error": "invalid_grant", "error_description": "Invalid JWT"})
            requested = {scope.removeprefix(AUTH) for scope in claims["scope"].split()}
            if claims.get("sub") != ADMIN or not requested <= self.delegated:
                words = "Client is unauthorized to retrieve access tokens using this method, or client not authorized"
                return httpx.Response(401, json={"error": "unauthorized_client", "error_description": words})
        if requested is None:
            return httpx.Response(400, json={"error": "invalid_grant"})
        token = f"ya29.{len(self.granted)}"
        self.granted[token] = frozenset(requested)
        return httpx.Response(200, json={"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _found(self, path: str, params: httpx.QueryParams, scopes: frozenset[str]) -> tuple[str, list[Json]]:
        match path.split("/")[1:]:
            case ["courses"]:
                states = params.get_list("courseStates")
                return "courses", [each for each in self.courses.values() if each["courseState"] in states]
            case ["courses", course, "students"]:
                return "students", [self._member(course, user, scopes) for user in self.students.get(course, [])]
            case ["courses", course, "teachers"]:
                return "teachers", [self._member(course, "900", scopes)]
            case ["courses", course, "courseWork"]:
                states = params.get_list("courseWorkStates")
                return "courseWork", [each for each in self.work.get(course, []) if each["state"] in states]
            case ["courses", course, "courseWork", "-", "studentSubmissions"]:
                here = self.students.get(course, [])
                return "studentSubmissions", [s for s in self.submissions.get(course, []) if s["userId"] in here]
            case ["courses", _, "courseWork", work, "rubrics"]:
                return "rubrics", self.rubrics.get(work, [])
        return "guardians", self.guardians

    def _member(self, course: str, user: str, scopes: frozenset[str]) -> Json:
        name = {"givenName": f"Given{user}", "familyName": "Sample", "fullName": f"Given{user} Sample"}
        profile = {"id": user, "name": name, "permissions": [{"permission": "CREATE_COURSE"}]}
        if "profile.emails" in scopes and user not in self.unaddressed:
            profile["emailAddress"] = f"u{user}@school.example"
        return {"courseId": course, "userId": user, "profile": profile}

    def _page(self, request: httpx.Request, name: str, every: list[Json]) -> httpx.Response:
        begin = int(request.url.params.get("pageToken", "p0").removeprefix("p"))
        part = every[begin : begin + self.size]
        body: Json = {name: part} if part else {}
        if begin + self.size < len(every):
            body["nextPageToken"] = f"p{begin + self.size}"
        return httpx.Response(200, json=body)


def _refusal(status: int, code: str, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": status, "message": message, "status": code}})


def submission(course: str, work: str, user: str, **more: Any) -> Json:
    """A student's work, as it is when nobody has done anything."""
    about = {"courseId": course, "courseWorkId": work, "id": f"S{work}-{user}", "userId": user, "state": "CREATED"}
    return {**about, "creationTime": timestamp(1), "updateTime": timestamp(1), "courseWorkType": "ASSIGNMENT", **more}


def graded(course: str, work: str, user: str, points: float, **more: Any) -> Json:
    """Work that was graded and returned."""
    change = {"gradeChangeType": "ASSIGNED_GRADE_POINTS_EARNED_CHANGE", "gradeTimestamp": timestamp(5)}
    history = [
        {"stateHistory": {"state": "TURNED_IN", "stateTimestamp": timestamp(3), "actorUserId": user}},
        {"gradeHistory": {**change, "pointsEarned": points, "maxPoints": 10, "actorUserId": "900"}},
        {"stateHistory": {"state": "RETURNED", "stateTimestamp": timestamp(5), "actorUserId": "900"}},
    ]
    about = {"state": "RETURNED", "assignedGrade": points, "draftGrade": points, "submissionHistory": history}
    return submission(course, work, user, **{**about, **more})


def course_work(course: str, work: str, **more: Any) -> Json:
    """An assignment of ten points, due at 05:59 UTC: the evening before in Denver."""
    due = {"dueDate": {"year": 2026, "month": 10, "day": 3}, "dueTime": {"hours": 5, "minutes": 59}}
    about = {"courseId": course, "id": work, "title": f"Essay {work}", "state": "PUBLISHED", "maxPoints": 10}
    return {**about, **due, "workType": "ASSIGNMENT", "updateTime": timestamp(1), **more}


def school() -> Classroom:
    """Two classes, one of them archived, with three students."""
    course = {"ownerId": "900", "creationTime": timestamp(1), "updateTime": timestamp(1), "enrollmentCode": "abc"}
    made = Classroom()
    made.courses = {
        "101": {**course, "id": "101", "name": "Algebra", "section": "Period 2", "courseState": "ACTIVE"},
        "102": {**course, "id": "102", "name": "Biology", "courseState": "ARCHIVED"},
    }
    made.students = {"101": ["1", "2", "3"], "102": ["1"]}
    made.work = {"101": [course_work("101", "11"), course_work("101", "12")], "102": [course_work("102", "11")]}
    made.submissions = {
        "101": [graded("101", "11", "1", 9), submission("101", "11", "2", late=True), submission("101", "12", "1")],
        "102": [graded("102", "11", "1", 7)],
    }
    return made
