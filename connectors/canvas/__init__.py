"""Canvas LMS (Instructure): people, courses, sections, enrollments, assignments, submissions and outcomes."""

from connectors import Connector, Stream
from connectors.canvas import client, mapping, scope
from connectors.canvas.client import CanvasSettings

connector = Connector(
    name="canvas",
    title="Canvas LMS",
    settings=CanvasSettings,
    tier="silver",
    rank=40,
    version=2,
    client=client.client,
    check=client.check,
    streams=(
        Stream("accounts", key=("id",), map=mapping.account, pull=client.accounts, complete=True, ignore=scope.ACCOUNT),
        Stream(
            "users",
            key=("id",),
            map=mapping.user,
            pull=client.of_accounts("/api/v1/accounts/{}/users", sort="id", **{"include[]": "email"}),
            complete=True,
            ignore=scope.USER,
        ),
        Stream("courses", key=("id",), map=mapping.course, pull=client.courses, complete=True, ignore=scope.COURSE),
        Stream(
            "sections",
            key=("id",),
            map=mapping.section,
            pull=client.of_courses("/api/v1/courses/{}/sections"),
            complete=True,
            ignore=scope.SECTION,
        ),
        Stream(
            "enrollments",
            key=("id",),
            map=mapping.enrollment,
            pull=client.of_courses(
                "/api/v1/courses/{}/enrollments", **{"state[]": ["active", "inactive", "completed", "deleted"]}
            ),
            version="updated_at",
            complete=True,
            ignore=scope.ENROLLMENT,
        ),
        Stream(
            "assignments",
            key=("id",),
            map=mapping.assignment,
            pull=client.of_courses("/api/v1/courses/{}/assignments", override_assignment_dates="false"),
            version="updated_at",
            complete=True,
            ignore=scope.ASSIGNMENT,
        ),
        Stream(
            "submissions",
            key=("id",),
            map=mapping.submission,
            pull=client.submissions,
            complete=True,
            ignore=scope.SUBMISSION,
        ),
        Stream("outcomes", key=("id",), map=mapping.outcome, pull=client.outcomes, complete=True, ignore=scope.OUTCOME),
        Stream(
            "outcome_results",
            key=("id",),
            map=mapping.outcome_result,
            pull=client.outcome_results,
            complete=True,
            ignore=scope.OUTCOME_RESULT,
        ),
    ),
)

__all__ = ["CanvasSettings", "connector"]
