"""A small Moodle of the project's own: it holds a site, answers its web services, and enforces what a token may do.

Which capability hides, refuses or leaves out what follows Moodle's source (user/lib.php, user/externallib.php,
grade/report/user, mod/assign/externallib.php, lib/db/access.php, admin/tool/mobile/classes/external.php; 4.1 to 5.1).
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from connectors.moodle.calls import TOGETHER
from connectors.moodle.rights import ACTIVITIES, FUNCTIONS, ITEMS, RIGHTS

Json = dict[str, Any]
IDENTITY = "moodle/site:viewuseridentity"
SITE_INFO = "core_webservice_get_site_info"
CLOCK = "Mon, 30 Nov 2026 06:00:00 GMT"
SCALE = ["Beginning", "Developing", "Proficient", "Advanced"]
EVERY_RIGHT = frozenset({IDENTITY, *(right for rights in RIGHTS.values() for right in rights)})
EVERY_FUNCTION = frozenset({SITE_INFO, TOGETHER, ITEMS, *(name for names in FUNCTIONS.values() for name in names)})


class MoodleError(Exception):
    """An exception of Moodle's, told with status 200."""

    def __init__(self, code: str, message: str = "It says why") -> None:
        super().__init__(message)
        self.said = {"exception": "moodle_exception", "errorcode": code, "message": message}


@dataclass
class Moodle:
    """The site and who asks. `rights` and `functions` are the token's; `forbidden_courses` may not be seen by it.

    What is `lost` is listed, and is answered for as if it were not there. `own_groups_only` are courses in which the
    token's role may not see all groups, and `shows_addresses` is whether the site counts them to who somebody is;
    `shows_teachers` shows those to everybody, as the contacts of their courses.
    """

    rights: set[str] = field(default_factory=lambda: set(EVERY_RIGHT))
    functions: set[str] = field(default_factory=lambda: set(EVERY_FUNCTION))
    users: dict[int, Json] = field(default_factory=dict)
    courses: dict[int, Json] = field(default_factory=dict)
    enrolled: dict[tuple[int, int], Json] = field(default_factory=dict)
    groups: dict[int, Json] = field(default_factory=dict)
    items: dict[int, Json] = field(default_factory=dict)
    grades: dict[tuple[int, int], Json] = field(default_factory=dict)
    assignments: dict[int, Json] = field(default_factory=dict)
    submissions: dict[int, Json] = field(default_factory=dict)
    frameworks: dict[int, Json] = field(default_factory=dict)
    competencies: dict[int, Json] = field(default_factory=dict)
    plans: dict[int, Json] = field(default_factory=dict)
    rated: dict[tuple[int, int], Json] = field(default_factory=dict)
    in_plan: dict[tuple[int, int], Json] = field(default_factory=dict)
    in_course: dict[tuple[int, int, int], Json] = field(default_factory=dict)
    evidence: dict[int, Json] = field(default_factory=dict)
    badges: dict[str, Json] = field(default_factory=dict)
    forbidden_courses: set[int] = field(default_factory=set)
    broken_courses: set[int] = field(default_factory=set)
    lost_courses: set[int] = field(default_factory=set)
    lost_users: set[int] = field(default_factory=set)
    lost_plans: set[int] = field(default_factory=set)
    separate_groups: set[int] = field(default_factory=set)
    own_groups_only: set[int] = field(default_factory=set)
    shows_addresses: bool = True
    shows_teachers: bool = False
    me: int = 2
    requests: int = 0
    called: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        form = dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        self.requests += 1
        try:
            body = self._one(form.get("wsfunction", ""), _nested(form))
        except MoodleError as why:
            body = why.said
        return httpx.Response(200, json=body, headers={"Date": CLOCK})

    def _one(self, function: str, params: Json) -> Any:
        if function not in self.functions:
            raise MoodleError("accessexception", f"Access to the function {function}() is not allowed.")
        self.called[function] += 1
        if function == TOGETHER:
            return {"responses": list(self._together(_listed(params["requests"])))}
        return _FUNCTIONS[function](self, params)

    def _together(self, requests: list[Json]) -> Iterator[Json]:
        for request in requests:
            try:
                answer = self._one(request["function"], json.loads(request["arguments"]))
            except MoodleError as why:
                yield {"error": True, "exception": json.dumps(why.said)}
                return
            yield {"error": False, "data": json.dumps(answer, ensure_ascii=False, separators=(",", ":"))}

    def may(self, *rights: str) -> bool:
        """Whether the token's user has all of these."""
        return self.rights.issuperset(rights)

    def need(self, *rights: str) -> None:
        """Refuse where the token's user lacks one of these."""
        for right in rights:
            if right not in self.rights:
                raise MoodleError(
                    "nopermissions", f"Sorry, but you do not currently have permissions to do that ({right})."
                )

    def sees_all_groups(self, course: int) -> bool:
        """Whether the token's user may see all groups of a course."""
        return course not in self.own_groups_only and self.may("moodle/site:accessallgroups")

    def need_all_groups(self, course: int) -> None:
        """Refuse who may not see all groups of a course."""
        if not self.sees_all_groups(course):
            raise MoodleError(
                "nopermissions", "Sorry, but you do not currently have permissions to do that (Access all groups)."
            )

    def sees(self, item: Json) -> bool:
        """Whether the token's user may look at the activity of a grade item, which the report else leaves out."""
        module = f"mod/{item['itemmodule']}:view"
        return (module not in ACTIVITIES or self.may(module)) and self.may(*item.get("needs", ()))

    def course(self, number: int) -> Json:
        """A course the token's user may look at."""
        if number not in self.courses or number in self.lost_courses:
            raise MoodleError("invalidrecord", "Can't find data record in database table course.")
        if number in self.forbidden_courses or not self.may("moodle/course:view"):
            raise MoodleError("requireloginerror", "Course or activity not accessible. (Not enrolled)")
        return self.courses[number]


def _nested(form: dict[str, str]) -> Json:
    """PHP's reading of `a[0][k]=v`."""
    tree: Json = {}
    for name, value in form.items():
        first, *rest = re.findall(r"[^\[\]]+", name)
        place, key = tree, first
        for part in rest:
            place = place.setdefault(key, {})
            key = part
        place[key] = value
    return tree


def _listed(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value)


def _site_info(moodle: Moodle, _params: Json) -> Any:
    names = [{"name": name, "version": "2025100600"} for name in sorted(moodle.functions)]
    return {"sitename": "Test District", "release": "5.1+ (Build: 20251017)", "userid": moodle.me, "functions": names}


def _user(moodle: Moodle, user: Json) -> Json | None:
    own = user["id"] == moodle.me
    teaches = moodle.shows_teachers and user["username"].startswith("teacher")
    if not (own or teaches or moodle.may("moodle/user:viewdetails")):
        return None
    fields = {"id": user["id"], "fullname": f"{user['firstname']} {user['lastname']}", "suspended": user["suspended"]}
    if own or moodle.may("moodle/user:viewalldetails"):
        fields |= {"username": user["username"], "auth": "manual", "confirmed": True, "lang": "en", "theme": ""}
        fields |= {"idnumber": user["idnumber"]} if user["idnumber"] else {}
    if moodle.may("moodle/site:viewfullnames"):
        fields |= {"firstname": user["firstname"], "lastname": user["lastname"]}
    if own or (moodle.shows_addresses and moodle.may("moodle/site:viewuseridentity")):
        fields["email"] = user["email"]
    return fields


def _get_users(moodle: Moodle, params: Json) -> Any:
    keys = [criterion["key"] for criterion in _listed(params["criteria"])]
    users = [fields for user in moodle.users.values() if (fields := _user(moodle, user))]
    return {"users": [fields for fields in users if all(fields.get(key) for key in keys)], "warnings": []}


def _get_courses(moodle: Moodle, _params: Json) -> Any:
    moodle.need("moodle/course:view")
    front = {"id": 1, "shortname": "TD", "fullname": "Test District", "format": "site", "categoryid": 0}
    for course in moodle.courses.values():  # a hidden one costs the whole list (course/externallib.php)
        if not (course["visible"] or moodle.may("moodle/course:viewhiddencourses")):
            raise MoodleError("errorcoursecontextnotvalid", f"You cannot execute functions in course {course['id']}")
    return [front, *moodle.courses.values()]


def _get_enrolled(moodle: Moodle, params: Json) -> Any:
    course = int(params["courseid"])
    moodle.course(course)
    moodle.need("moodle/course:viewparticipants")
    options = {option["name"]: str(option["value"]) for option in _listed(params.get("options", []))}
    only = options.get("onlyactive") == "1"
    if "groupid" in options:
        moodle.need_all_groups(course)
    if only:
        moodle.need("moodle/course:enrolreview")
    separate = course in moodle.separate_groups and not moodle.sees_all_groups(course)
    enrolled = []
    for (where, user), how in moodle.enrolled.items():
        if where != course or (only and not how["active"]) or not moodle.may("moodle/user:viewdetails"):
            continue
        if separate or options.get("groupid", how["groups"][:1]) not in (how["groups"][:1], *how["groups"]):
            continue
        roles = [{"roleid": n, "name": "", "shortname": role, "sortorder": 0} for n, role in enumerate(how["roles"])]
        fields = {"id": user, "fullname": "A B", "roles": roles}
        if how["groups"]:  # who is in no group has no such field
            fields["groups"] = [
                {"id": group, "name": moodle.groups[group]["name"], "description": "", "descriptionformat": 1}
                for group in how["groups"]
            ]
        enrolled.append(fields)
    return enrolled


def _get_groups(moodle: Moodle, params: Json) -> Any:
    moodle.course(int(params["courseid"]))
    moodle.need("moodle/course:managegroups")
    return [group for group in moodle.groups.values() if group["courseid"] == int(params["courseid"])]


def _grade_items(moodle: Moodle, params: Json) -> Any:
    course = int(params["courseid"])
    moodle.course(course)
    moodle.need("gradereport/user:view", "moodle/grade:viewall")
    if course in moodle.separate_groups and not moodle.sees_all_groups(course):
        raise MoodleError("notingroup", "Sorry, but you need to be part of a group to see this page.")
    if course in moodle.broken_courses:  # MDL-64298: feedback that is hidden from learners
        raise MoodleError("invalidresponse", "Invalid response value detected")
    learner = int(params.get("userid", 0))
    learners = [
        user
        for (where, user), how in moodle.enrolled.items()
        if where == course and "student" in how["roles"] and (user == learner if learner else how["active"])
    ]
    if learner and moodle.users[learner]["suspended"]:
        raise MoodleError("suspended", "The account is suspended")
    items = [item for item in moodle.items.values() if item["courseid"] == course and moodle.sees(item)]
    usergrades = []
    for user in learners:
        graded = []
        for item in items:
            fields = {key: value for key, value in item.items() if key not in ("courseid", "needs")}
            grade = moodle.grades.get((item["id"], user), {})
            hidden = grade.get("gradeishidden") and not moodle.may("moodle/grade:viewhidden")
            graded.append(fields | {"graderaw": None, "gradeformatted": "-"} | ({} if hidden else grade))
        usergrades.append(
            {"courseid": course, "userid": user, "userfullname": "A B", "maxdepth": 2, "gradeitems": graded}
        )
    return {"usergrades": usergrades, "warnings": []}


def _listed_items(moodle: Moodle, params: Json) -> Any:
    course = int(params["courseid"])
    moodle.course(course)
    own = [item for item in moodle.items.values() if item["courseid"] == course and item["itemtype"] != "course"]
    listed = [{"id": str(item["id"]), "itemname": item["itemname"], "category": "Test"} for item in own]
    return {"gradeItems": listed, "warnings": []}


def _get_assignments(moodle: Moodle, params: Json) -> Any:
    courses, warnings = [], []
    for course in map(int, _listed(params["courseids"])):
        if course in moodle.forbidden_courses or not moodle.may("moodle/course:view", "mod/assign:view"):
            warning = "No access rights in course context"
            warnings.append({"item": "course", "itemid": course, "warningcode": "1", "message": warning})
            continue
        own = [assignment for assignment in moodle.assignments.values() if assignment["course"] == course]
        courses.append({"id": course, "fullname": "", "shortname": "", "timemodified": 0, "assignments": own})
    return {"courses": courses, "warnings": warnings}


def _get_submissions(moodle: Moodle, params: Json) -> Any:
    listed, warnings = [], []
    for assignment in map(int, _listed(params["assignmentids"])):
        in_course = moodle.assignments[assignment]["course"]
        unseen = in_course in moodle.separate_groups and not moodle.sees_all_groups(in_course)
        if unseen or not moodle.may("mod/assign:grade"):
            warning = "No access rights in module context"
            warnings.append({"item": "assignment", "itemid": assignment, "warningcode": "1", "message": warning})
            continue
        own = [submission for submission in moodle.submissions.values() if submission["assignment"] == assignment]
        own = [handed_in for handed_in in own if handed_in["timemodified"] >= int(params.get("since", 0))]
        fields = [{key: value for key, value in handed_in.items() if key != "assignment"} for handed_in in own]
        if fields:
            listed.append({"assignmentid": assignment, "submissions": fields})
        else:
            warning = "No submissions found"
            warnings.append({"item": "module", "itemid": assignment, "warningcode": "3", "message": warning})
    return {"assignments": listed, "warnings": warnings}


def _frameworks(moodle: Moodle, _params: Json) -> Any:
    moodle.need("moodle/competency:competencyview")
    return list(moodle.frameworks.values())


def _competencies(moodle: Moodle, params: Json) -> Any:
    moodle.need("moodle/competency:competencyview")
    [wish] = _listed(params["filters"])
    number = int(wish["value"])
    return [competency for competency in moodle.competencies.values() if competency["competencyframeworkid"] == number]


def _user_plans(moodle: Moodle, params: Json) -> Any:
    moodle.need("moodle/competency:planview")
    user = int(params["userid"])
    if user not in moodle.users or user in moodle.lost_users:
        raise MoodleError("invalidrecordunknown")
    return [
        {key: value for key, value in plan.items() if key != "competencies"}
        for plan in moodle.plans.values()
        if plan["userid"] == user
    ]


def _plan_competencies(moodle: Moodle, params: Json) -> Any:
    moodle.need("moodle/competency:planview", "moodle/competency:usercompetencyview")
    plan = moodle.plans.get(int(params["id"]))
    if plan is None or plan["id"] in moodle.lost_plans:
        raise MoodleError("invalidrecord")
    listed = []
    for number in plan["competencies"]:
        row: Json = {"competency": moodle.competencies[number], "usercompetency": None, "usercompetencyplan": None}
        if plan["status"] == 2:
            row["usercompetencyplan"] = moodle.in_plan.get((plan["id"], number), _unrated())
        else:
            row["usercompetency"] = moodle.rated.get((plan["userid"], number), _unrated())
        listed.append(row)
    return listed


def _unrated() -> Json:
    return {"grade": None, "proficiency": None, "gradename": "-", "timemodified": 0}


def _course_competencies(moodle: Moodle, params: Json) -> Any:
    moodle.course(int(params["id"]))
    moodle.need("moodle/competency:coursecompetencyview")
    numbers = sorted({number for course, number, _ in moodle.in_course if course == int(params["id"])})
    return [{"competency": moodle.competencies[number], "coursecompetency": {"courseid": 1}} for number in numbers]


def _report(moodle: Moodle, params: Json) -> Any:
    if "moduleid" not in params:
        raise MoodleError("invalidparameter", "Invalid parameter value detected")
    course, user = int(params["courseid"]), int(params["userid"])
    moodle.course(course)
    if "student" not in moodle.enrolled.get((course, user), {"roles": ()})["roles"]:
        raise MoodleError("codingerror", "Coding error detected: invaliduser")
    moodle.need("moodle/competency:usercompetencyview")
    listed = []
    for number in sorted({number for where, number, _ in moodle.in_course if where == course}):
        rated = moodle.in_course.get((course, number, user), _unrated())
        summary = {"competency": moodle.competencies[number], "hascourses": False, "scaleid": 3}
        listed.append({"usercompetencycourse": {"userid": user, "courseid": course} | rated, "competency": summary})
    return {"courseid": course, "user": {}, "course": {}, "usercompetencies": listed, "pushratingstouserplans": True}


def _evidence(moodle: Moodle, params: Json) -> Any:
    moodle.need("moodle/competency:userevidenceview")
    return {"evidence": [piece for piece in moodle.evidence.values() if piece["userid"] == int(params["userid"])]}


def _badges(moodle: Moodle, params: Json) -> Any:
    moodle.need("moodle/badges:viewotherbadges")
    own = [badge for badge in moodle.badges.values() if badge["recipientid"] == int(params["userid"])]
    return {"badges": own, "warnings": []}


_FUNCTIONS: dict[str, Callable[[Moodle, Json], Any]] = {
    SITE_INFO: _site_info,
    "core_user_get_users": _get_users,
    "core_course_get_courses": _get_courses,
    "core_enrol_get_enrolled_users": _get_enrolled,
    "core_group_get_course_groups": _get_groups,
    "gradereport_user_get_grade_items": _grade_items,
    ITEMS: _listed_items,
    "mod_assign_get_assignments": _get_assignments,
    "mod_assign_get_submissions": _get_submissions,
    "core_competency_list_competency_frameworks": _frameworks,
    "core_competency_list_competencies": _competencies,
    "core_competency_list_user_plans": _user_plans,
    "core_competency_list_plan_competencies": _plan_competencies,
    "core_competency_list_course_competencies": _course_competencies,
    "report_competency_data_for_report": _report,
    "tool_lp_data_for_user_evidence_list_page": _evidence,
    "core_badges_get_user_badges": _badges,
}
