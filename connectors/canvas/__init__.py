"""Canvas LMS (Instructure): people, terms, courses, members, assignments, work, grades, outcomes."""

from typing import Any

from connectors import Absence, Connector, Listing, Map, Pull, Stream
from connectors.canvas import client, grades, mapping, periods, results, scope, work
from connectors.canvas.client import CanvasSettings
from connectors.canvas.rights import RIGHTS, granted, probe

NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("sections", "enrollments", "assignments", "submissions", "outcome_results"), ("courses",)),
    "period_grades": ("courses", "grading_periods"),
}


def _stream(name: str, map_: Map, pull: Pull, ignore: frozenset[str] = frozenset(), **more: Any) -> Stream:
    options = {"absence": Absence.UNLISTED, "rights": RIGHTS[name], "needs": NEEDS.get(name, ()), **more}
    return Listing(name, map=map_, pull=granted(name, pull), probe=probe(name), ignore=ignore, **options)


connector = Connector(
    name="canvas",
    title="Canvas LMS",
    settings=CanvasSettings,
    tier="silver",
    rank=40,
    version=8,
    client=client.client,
    check=client.check,
    streams=(
        _stream("accounts", mapping.account, client.accounts, scope.ACCOUNT),
        _stream("terms", mapping.term, client.terms, scope.TERM),
        _stream("grading_periods", grades.grading_period, periods.grading_periods, scope.GRADING_PERIOD),
        _stream("users", mapping.user, work.users, scope.USER, absence=Absence.LEFT),
        _stream("courses", mapping.course, client.courses, scope.COURSE),
        _stream("sections", mapping.section, work.sections, scope.SECTION),
        _stream(
            "enrollments",
            mapping.enrollment,
            work.enrollments,
            scope.ENROLLMENT,
            absence={"enrollment": Absence.ENDED, "result": Absence.UNLISTED},
            version="updated_at",
        ),
        _stream("assignments", mapping.assignment, work.assignments, scope.ASSIGNMENT, version="updated_at"),
        _stream("submissions", mapping.submission, work.submissions, scope.SUBMISSION),
        _stream("period_grades", grades.period_grade, work.period_grades),
        _stream("outcomes", mapping.outcome, work.outcomes, scope.OUTCOME, whole_only=True),
        _stream("outcome_results", mapping.outcome_result, results.outcome_results, scope.OUTCOME_RESULT),
    ),
)

__all__ = ["CanvasSettings", "connector"]
