"""The fake learning management system: the part of the Canvas REST API that reads courses, work and outcomes."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.sandbox import year
from app.sandbox.lms import classroom as room
from app.sandbox.lms import graphql, model, outcomes, records
from app.sandbox.lms.model import Course
from app.sandbox.lms.paging import answered, page, pagination, slice_of
from app.sandbox.lms.records import Json
from app.sandbox.people import School
from app.sandbox.world import World

TOKEN = "sandbox-lms-token"  # noqa: S105 - published on purpose: it opens made-up data on one's own machine
API = "/api/v1"

Answer = Callable[[World, Request], Response]


class Absent(Exception):
    """What the path names does not exist."""


def lms(world: World) -> Starlette:
    """The Canvas API over the world's district."""
    changes = Route("/api/graphql", _graphql(world), methods=["POST"])
    return Starlette(
        routes=[*(Route(API + path, _guarded(world, answer)) for path, answer in _ROUTES.items()), changes]
    )


def _guarded(world: World, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if world.throttled:
            world.throttled -= 1
            headers = {"X-Rate-Limit-Remaining": "0.0", "Retry-After": "0.1"}
            return PlainTextResponse("403 Forbidden (Rate Limit Exceeded)", world.throttle_status, headers)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return answered({"errors": [{"message": "Invalid access token."}]}, 401, {"WWW-Authenticate": "Bearer"})
        try:
            return _dated(world, answer(world, request))
        except Absent:
            return answered({"errors": [{"message": "The specified resource does not exist."}]}, 404)

    return endpoint


def _graphql(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        return await _guarded(world, lambda *_: answered(graphql.changed(world, body)))(request)

    return endpoint


def _dated(world: World, response: Response) -> Response:
    """The answer, with the time it is in the district: by it the caller asks next time what is new."""
    today = datetime.combine(year.date_of(world.district.today), time(23, 30), UTC)
    response.headers["Date"] = format_datetime(today, usegmt=True)
    return response


def _account(world: World, request: Request) -> Response:
    school = _this_account(world, request)
    return answered(records.account(school))


def _sub_accounts(world: World, request: Request) -> Response:
    below = () if _this_account(world, request) else world.district.schools
    return page(request, [records.account(school) for school in below])


def _accounts(_world: World, request: Request) -> Response:
    return page(request, [records.account()])


def _terms(world: World, request: Request) -> Response:
    _this_account(world, request)
    return page(request, [records.term()], "enrollment_terms")


def _users(world: World, request: Request) -> Response:
    _this_account(world, request)
    email = "email" in request.query_params.getlist("include[]")
    users = world.once("lms users", lambda: room.users(world))
    return page(request, users, drop=() if email else ("email",))


def _user(world: World, request: Request) -> Response:
    user = room.classroom(world).users.get(_id(request, "user"))
    if user is None:
        raise Absent
    return answered(user)


def _self(_world: World, _request: Request) -> Response:
    user = {"id": 1, "name": "Sandbox Integration", "sortable_name": "Integration, Sandbox", "short_name": "Sandbox"}
    return answered(user | {"created_at": records.CREATED, "login_id": "sandbox"})


def _observees(world: World, request: Request) -> Response:
    observer = _id(request, "user")
    classroom = room.classroom(world)
    return page(request, [classroom.users[child] for child, other in classroom.observers.items() if other == observer])


def _courses(world: World, request: Request) -> Response:
    school = _this_account(world, request)
    states = request.query_params.getlist("state[]")
    if states and not {"available", "all"} & set(states):
        return page(request, [])
    extra = {"term": records.term()} if "term" in request.query_params.getlist("include[]") else {}
    courses = [course for course in room.classroom(world).courses.values() if school in (None, course.school)]
    return page(request, [records.course(course) | extra for course in courses])


def _course(world: World, request: Request) -> Response:
    return answered(records.course(_this_course(world, request)))


def _sections(world: World, request: Request) -> Response:
    return page(request, records.sections(_this_course(world, request)))


def _enrollments(world: World, request: Request) -> Response:
    course = _this_course(world, request)
    enrollments = world.once(("lms enrollments", course.id), lambda: list(room.enrollments(world, course)))
    types = request.query_params.getlist("type[]")
    states = request.query_params.getlist("state[]") or ["active", "invited"]
    matching = [e for e in enrollments if (not types or e["type"] in types) and e["enrollment_state"] in states]
    return page(request, matching)


def _course_users(world: World, request: Request) -> Response:
    course = _this_course(world, request)
    users = {e["user"]["id"]: e["user"] for e in room.enrollments(world, course) if "user" in e}
    return page(request, list(users.values()))


def _assignments(world: World, request: Request) -> Response:
    course = _this_course(world, request)
    return page(request, [records.assignment(item) for item in room.assignments(world, course)])


def _assignment_groups(world: World, request: Request) -> Response:
    course = _this_course(world, request)
    group = {"id": course.id * 10, "name": "Assignments", "position": 1, "group_weight": 0.0, "rules": {}}
    return page(request, [group | {"integration_data": {}, "sis_source_id": None}])


def _submissions(world: World, request: Request) -> Response:
    course = _this_course(world, request)
    query = request.query_params
    rubric = "rubric_assessment" in query.getlist("include[]")
    submissions = [records.submission(item, rubric=rubric) for item in room.submissions(world, course)]
    for name, field in (("submitted_since", "submitted_at"), ("graded_since", "graded_at")):
        if since := query.get(name):
            submissions = [record for record in submissions if (record[field] or "") >= since]
    if query.get("grouped") not in {"1", "true"}:
        return page(request, submissions)
    sis_ids = {m.account.id: m.account.sis_id for m in room.classroom(world).members[course.id]}
    groups: dict[int, Json] = {}
    for record in submissions:
        user = record["user_id"]
        group = groups.setdefault(user, {"user_id": user, "sis_user_id": sis_ids[user], "submissions": []})
        group["submissions"].append(record)
    return page(request, list(groups.values()))


def _assignment_submissions(world: World, request: Request) -> Response:
    course, assignment = _this_course(world, request), _id(request, "assignment")
    rubric = "rubric_assessment" in request.query_params.getlist("include[]")
    submissions = [item for item in room.submissions(world, course) if item.assignment.id == assignment]
    return page(request, [records.submission(item, rubric=rubric) for item in submissions])


def _outcome_groups(world: World, request: Request) -> Response:
    context, grades = _context(world, request)
    return page(request, [outcomes.outcome_group(grade, context) for grade in (None, *grades)])


def _outcome_links(world: World, request: Request) -> Response:
    context, grades = _context(world, request)
    full = request.query_params.get("outcome_style") == "full"
    in_grades = [o for o in model.OUTCOMES if o.group - 100 in grades]
    return page(request, [outcomes.outcome_link(o, context, full=full) for o in in_grades])


def _outcome(_world: World, request: Request) -> Response:
    outcome = model.OUTCOME_BY_ID.get(_id(request, "outcome"))
    if outcome is None:
        raise Absent
    return answered(outcomes.outcome(outcome))


def _outcome_results(world: World, request: Request) -> Response:
    """A course's outcome results; what `include[]` names comes along in `linked`, for the results on the page."""
    course = _this_course(world, request)
    rated = [item for item in room.submissions(world, course) if item.rating is not None]
    part, link = slice_of(request, rated)
    included = request.query_params.getlist("include[]")
    linked: Json = {}
    if "outcomes" in included:
        assessed = {item.assignment.outcome.id for item in part if item.assignment.outcome}
        linked["outcomes"] = [outcomes.outcome(model.OUTCOME_BY_ID[key]) for key in sorted(assessed)]
    if "users" in included:
        users = room.classroom(world).users
        linked["users"] = [users[key] for key in sorted({item.account.id for item in part})]
    if "alignments" in included:
        sources = {item.assignment.id: item.assignment for item in part}
        linked["alignments"] = [outcomes.alignment(item) for item in sources.values()]
    body: Json = {"outcome_results": [outcomes.outcome_result(item) for item in part]}
    return answered(body | {"linked": linked} if linked else body, headers=link)


def _outcome_rollups(world: World, request: Request) -> Response:
    course = _this_course(world, request)
    part, link = slice_of(request, list(room.rollups(world, course)))
    assessed = [outcomes.outcome(outcome) for outcome in model.outcomes_of(course)]
    body = {"rollups": part, "linked": {"outcomes": assessed}, "meta": {"pagination": pagination(request, link)}}
    return answered(body, headers=link)


def _empty(_world: World, request: Request) -> Response:
    return page(request, [])


_ROUTES: dict[str, Answer] = {
    "/accounts": _accounts,
    "/accounts/{account}": _account,
    "/accounts/{account}/sub_accounts": _sub_accounts,
    "/accounts/{account}/terms": _terms,
    "/accounts/{account}/users": _users,
    "/accounts/{account}/courses": _courses,
    "/accounts/{account}/outcome_groups": _outcome_groups,
    "/accounts/{account}/outcome_group_links": _outcome_links,
    "/accounts/{account}/grading_standards": _empty,
    "/users/self": _self,
    "/users/{user}": _user,
    "/users/{user}/observees": _observees,
    "/courses/{course}": _course,
    "/courses/{course}/sections": _sections,
    "/courses/{course}/users": _course_users,
    "/courses/{course}/enrollments": _enrollments,
    "/courses/{course}/assignments": _assignments,
    "/courses/{course}/assignment_groups": _assignment_groups,
    "/courses/{course}/assignments/{assignment}/submissions": _assignment_submissions,
    "/courses/{course}/students/submissions": _submissions,
    "/courses/{course}/outcome_groups": _outcome_groups,
    "/courses/{course}/outcome_group_links": _outcome_links,
    "/courses/{course}/outcome_results": _outcome_results,
    "/courses/{course}/outcome_rollups": _outcome_rollups,
    "/courses/{course}/grading_standards": _empty,
    "/outcomes/{outcome}": _outcome,
}


def _id(request: Request, name: str) -> int:
    text = request.path_params[name]
    if not text.isascii() or not text.isdigit():
        raise Absent
    return int(text)


def _this_account(world: World, request: Request) -> School | None:
    """The school whose account the path names; None for the district's."""
    named = request.path_params["account"]
    if named in {"self", str(records.ACCOUNT)}:
        return None
    for school in world.district.schools:
        if named == str(records.account_id(school)):
            return school
    raise Absent


def _this_course(world: World, request: Request) -> Course:
    course = room.classroom(world).courses.get(_id(request, "course"))
    if course is None:
        raise Absent
    return course


def _context(world: World, request: Request) -> tuple[str, Sequence[int]]:
    """The account or course a path is about, as Canvas writes it, and the grades whose outcomes it has."""
    if "account" in request.path_params:
        school = _this_account(world, request)
        shared = () if school else model.OUTCOMES
        return f"accounts/{records.account_id(school)}", sorted({outcome.group - 100 for outcome in shared})
    course = _this_course(world, request)
    return f"courses/{course.id}", sorted({outcome.group - 100 for outcome in model.outcomes_of(course)})
