"""A small Canvas of the project's own: it holds courses, changes, denies, counts requests, tells what changed."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from connectors.canvas.rights import PERMISSIONS

Json = dict[str, Any]
CLOCK = "Mon, 30 Nov 2026 06:00:00 GMT"
OUTCOMES = [
    {
        "id": 9001,
        "title": "Argue",
        "description": "<p>Argues &amp; cites</p>",
        "mastery_points": 3,
        "points_possible": 4,
    },
    {"id": 9002, "title": "Count", "description": "", "mastery_points": 3, "points_possible": 4},
]
RATINGS = [
    {"points": 4, "description": "Exceeds"},
    {"points": 3, "description": "Meets"},
    {"points": 0, "description": "No"},
]


GUARDED = (
    (r"accounts/\d+/users$", "Users - view list"),
    (r"accounts/\d+/courses$", "Courses - view list"),
    (r"courses/\d+/enrollments$", "Users - view list"),
    (r"courses/\d+/(sections|assignments|assignment_groups)$", "Course Content - view"),
    (r"courses/\d+/(students/submissions|outcome_results)$", "Grades - view all grades"),
)
HIDDEN = {"login_id": "Users - view login IDs", "sis_user_id": "SIS Data - read"}


@dataclass
class Canvas:
    """The Canvas: so many courses, each with its learners (101 and on), a rubric's assignment and outcome results."""

    courses: int = 2
    learners: int = 6
    graphql: bool = True
    left: set[int] = field(default_factory=set)
    concluded: set[int] = field(default_factory=set)
    denied: set[int] = field(default_factory=set)
    touched: Counter[int] = field(default_factory=Counter)
    scores: dict[tuple[int, int], float] = field(default_factory=dict)
    unposted: set[tuple[int, int]] = field(default_factory=set)  # course and learner
    hiding: set[int] = field(default_factory=set)  # courses that hide their totals
    over: set[int] = field(default_factory=set)  # courses whose dates are over
    moved: set[int] = field(default_factory=set)  # learners who are in another section now
    outcomes: list[Json] = field(default_factory=lambda: [*OUTCOMES])
    periods: list[Json] = field(default_factory=list)  # grading periods of the term of all courses
    totals: bool = True  # whether learners see a total of all grading periods
    no_periods: int = 0  # the status with which the list of grading periods is refused
    rated: dict[tuple[int, int], Json] = field(default_factory=dict)  # rubric assessments by course and learner
    owes: dict[int, str] = field(default_factory=dict)  # what changed at this time, and is told to whom asks since
    lacks: set[str] = field(default_factory=set)  # permissions that the role of the token's user has not
    manages_sis: bool = False  # whether the role may manage SIS data, which shows them to it, too
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def people(self) -> list[int]:
        return list(range(101, 101 + self.learners))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path, params = request.url.path, parse_qsl(request.url.query.decode())
        self.asked[re.sub(r"/\d+", "/N", path)] += 1
        self.asked["total"] += 1
        if path == "/api/graphql":
            return self._told(json.loads(request.content)) if self.graphql else _missing()
        parts = path.removeprefix("/api/v1/").split("/")
        if "account admin" in self.lacks and parts[0] == "accounts":
            return httpx.Response(200, json=[], headers={"Date": CLOCK}) if parts[1:] == [] else _unauthorized()
        if any(right in self.lacks and re.search(form, path) for form, right in GUARDED):
            return _unauthorized()
        if parts[0] == "courses" and int(parts[1]) in self.denied:
            return _unauthorized()
        if parts[-1] == "grading_period_sets" and self.no_periods:
            return httpx.Response(self.no_periods, json={"errors": [{"message": "not for you"}]})
        if parts[-1] == "permissions":
            names = [name for key, name in params if key == "permissions[]"]
            lacking = {PERMISSIONS.get(right) for right in self.lacks}
            granted = {name: name not in lacking for name in names}
            return httpx.Response(200, json=granted | {"manage_sis": self.manages_sis})
        body = self._found(parts, dict(params))
        return _missing() if body is None else httpx.Response(200, json=body, headers={"Date": CLOCK})

    def _found(self, parts: list[str], params: dict[str, str]) -> Any:
        match parts:
            case ["accounts"]:
                return [{"id": 1, "name": "District", "parent_account_id": None, "workflow_state": "active"}]
            case ["accounts", _, "sub_accounts"]:
                return [{"id": 2, "name": "School", "parent_account_id": 1, "workflow_state": "active"}]
            case ["accounts", _, "users"]:
                return [self._user(person) for person in self.people]
            case ["accounts", _, "courses"]:
                return [self._course(course) for course in range(1, self.courses + 1)]
            case ["accounts", "1", "terms"]:
                term = {"id": 7, "name": "Fall", "workflow_state": "active", "grading_period_group_id": 3}
                return {"enrollment_terms": [term]}
            case ["accounts", "1", "grading_period_sets"]:
                totals = {"display_totals_for_all_grading_periods": self.totals, "grading_periods": self.periods}
                return {"grading_period_sets": [{"id": "3", "title": "Quarters", **totals}] if self.periods else []}
            case ["courses", course]:
                return self._course(int(course)) if int(course) <= self.courses else None
            case ["accounts", account, "outcome_group_links"]:
                return (
                    [{"outcome": outcome | {"ratings": RATINGS}} for outcome in self.outcomes] if account == "1" else []
                )
            case ["courses", course, *rest]:
                return self._of_course(int(course), rest, params)
        return None

    def _user(self, person: int) -> Json:
        names = {"first_name": "Learner", "last_name": str(person), "name": f"Learner {person}"}
        numbers = {"login_id": f"l{person}", "sis_user_id": f"10{person}"}
        hidden = self.lacks - ({HIDDEN["sis_user_id"]} if self.manages_sis else set())
        return {"id": person, **names} | {name: text for name, text in numbers.items() if HIDDEN[name] not in hidden}

    def _course(self, course: int) -> Json:
        state = "completed" if course in self.concluded else "available"
        fields = {
            "time_zone": "America/Denver",
            "hide_final_grades": course in self.hiding,
            "concluded": course in self.over,
            "enrollment_term_id": 7,
        }
        return {"id": course, "name": f"Course {course}", "account_id": 1, "workflow_state": state, **fields}

    def _of_course(self, course: int, rest: list[str], params: dict[str, str]) -> Any:
        learners = [person for person in self.people if person not in self.left]
        match rest:
            case ["sections"]:
                return [{"id": course * 10, "name": "S1", "course_id": course}]
            case ["enrollments"]:
                before = [self._enrollment(course, p) | {"id": p, "enrollment_state": "completed"} for p in self.moved]
                if "grading_period_id" in params:
                    return [self._in_period(course, p, params["grading_period_id"]) for p in self.people]
                return [] if "type[]" in params else before + [self._enrollment(course, p) for p in self.people]
            case ["assignment_groups"]:
                return [{"id": 4, "name": "Papers", "group_weight": 50}]
            case ["assignments"]:
                return [self._assignment(course)]
            case ["students", "submissions"]:
                since = "graded_since" in params or "submitted_since" in params
                changed = self.touched[course] or self.owes.get(course, "") >= params.get("graded_since", "9")
                if since and ("submitted_since" in params or not changed):
                    return []
                return [self._submission(course, person) for person in learners]
            case ["outcome_group_links"]:
                return []
            case ["outcome_results"]:
                results = [self._result(course, person) for person in learners if person != self.people[-1]]
                return {
                    "outcome_results": results,
                    "linked": {"outcomes": [o | {"ratings": RATINGS} for o in self.outcomes]},
                }
        return None

    def _enrollment(self, course: int, person: int) -> Json:
        state = "deleted" if person in self.left else "completed" if course in self.concluded else "active"
        grades = {"current_score": 91.5, "current_grade": "A-", "final_score": 80.0, "final_grade": "B-"}
        where = {"course_id": course, "course_section_id": course * 10, "type": "StudentEnrollment", "grades": grades}
        return {"id": course * 1000 + person, "user_id": person, "enrollment_state": state, **where}

    def _in_period(self, course: int, person: int, period: str) -> Json:
        """Nothing of learner 102 is graded in the first period: Canvas makes that a zero at its end."""
        seen = None if (person, period) == (102, "31") else 90.0 + int(period)
        grades = {"current_score": seen, "final_score": 0 if seen is None else 60.0}
        return self._enrollment(course, person) | {"grades": grades}

    def _assignment(self, course: int) -> Json:
        rows = [{"id": "_1", "description": "Argues", "points": 4, "outcome_id": 9001}, {"id": "_2", "points": 4}]
        about = {
            "assignment_group_id": 4,
            "due_at": "2026-10-03T05:59:59Z",
            "name": "Essay",
            "points_possible": 10,
            "use_rubric_for_grading": True,
            "published": True,
        }
        return {"id": course * 100, "course_id": course, "rubric": rows, **about}

    def _submission(self, course: int, person: int) -> Json:
        score = self.scores.get((course, person), 7)
        times: Json = dict.fromkeys(("submitted_at", "graded_at", "posted_at"), "2026-10-02T10:00:00Z")
        about = {"assignment_id": course * 100, "workflow_state": "graded", "score": score, "grade": f"{score:g}"}
        if (course, person) in self.unposted:
            times["posted_at"] = None
        if rated := self.rated.get((course, person)):
            about["rubric_assessment"] = rated
        return {"id": course * 10_000 + person, "user_id": person, **about, **times}

    def _result(self, course: int, person: int) -> Json:
        links = {"user": str(person), "learning_outcome": "9001", "alignment": f"assignment_{course * 100}"}
        result = {"score": 3, "mastery": True, "possible": 4, "percent": 0.75}
        return {
            "id": course * 10_000 + person,
            "submitted_or_assessed_at": "2026-10-02T10:00:00Z",
            "links": links,
            **result,
        }

    def _told(self, query: Json) -> httpx.Response:
        data = {}
        for name, course in re.findall(r'(c\d+): course\(id: "(\d+)"\)', query["query"]):
            version = self.touched[int(course)]
            listed = {"nodes": [{"_id": "1", "updatedAt": str(version)}], "pageInfo": {"hasNextPage": False}}
            members = {"nodes": [{"_id": "1", "type": "StudentEnrollment", "user": {"_id": "1"}, "v": version}]}
            lists = {"sectionsConnection": listed, "enrollmentsConnection": members, "assignmentsConnection": listed}
            work = {"nodes": [{"_id": "1"}] if version else []}
            data[name] = None if int(course) in self.denied else {**lists, "submitted": {"nodes": []}, "graded": work}
        return httpx.Response(200, json={"data": data})


def _unauthorized() -> httpx.Response:
    refusal = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    return httpx.Response(401, json=refusal)


def _missing() -> httpx.Response:
    return httpx.Response(404, json={"errors": [{"message": "The specified resource does not exist."}]})
