"""Canvas LMS (Instructure): people, courses, sections, enrollments, assignments, submissions and outcomes."""

from connectors import Absence, Connector, Listing
from connectors.canvas import client, mapping, scope
from connectors.canvas.client import CanvasSettings

connector = Connector(
    name="canvas",
    title="Canvas LMS",
    settings=CanvasSettings,
    tier="silver",
    rank=40,
    version=3,
    client=client.client,
    check=client.check,
    streams=(
        Listing("accounts", map=mapping.account, absence=Absence.UNLISTED, pull=client.accounts, ignore=scope.ACCOUNT),
        Listing(
            "users",
            map=mapping.user,
            absence=Absence.LEFT,
            pull=client.of_accounts("/api/v1/accounts/{}/users", sort="id", **{"include[]": "email"}),
            ignore=scope.USER,
        ),
        Listing("courses", map=mapping.course, absence=Absence.UNLISTED, pull=client.courses, ignore=scope.COURSE),
        Listing(
            "sections",
            map=mapping.section,
            absence=Absence.UNLISTED,
            pull=client.of_courses("/api/v1/courses/{}/sections"),
            ignore=scope.SECTION,
        ),
        Listing(
            "enrollments",
            map=mapping.enrollment,
            absence=Absence.ENDED,
            pull=client.of_courses(
                "/api/v1/courses/{}/enrollments", **{"state[]": ["active", "inactive", "completed", "deleted"]}
            ),
            version="updated_at",
            ignore=scope.ENROLLMENT,
        ),
        Listing(
            "assignments",
            map=mapping.assignment,
            absence=Absence.UNLISTED,
            pull=client.of_courses("/api/v1/courses/{}/assignments", override_assignment_dates="false"),
            version="updated_at",
            ignore=scope.ASSIGNMENT,
        ),
        Listing(
            "submissions",
            map=mapping.submission,
            absence=Absence.UNLISTED,
            pull=client.submissions,
            ignore=scope.SUBMISSION,
        ),
        Listing("outcomes", map=mapping.outcome, absence=Absence.UNLISTED, pull=client.outcomes, ignore=scope.OUTCOME),
        Listing(
            "outcome_results",
            map=mapping.outcome_result,
            absence=Absence.UNLISTED,
            pull=client.outcome_results,
            ignore=scope.OUTCOME_RESULT,
        ),
    ),
)

__all__ = ["CanvasSettings", "connector"]
