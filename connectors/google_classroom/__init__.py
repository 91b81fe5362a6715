"""Google Classroom: classes, who is in them, course work, submissions with their rubrics, guardians."""

from dataclasses import replace
from typing import Any

from connectors import Absence, Connector, Map, Pull, Stream
from connectors.google_classroom import client, mapping, work
from connectors.google_classroom.client import GUARDIANS, GoogleClassroomSettings

_COURSE = frozenset({
    "alternateLink", "calendarId", "courseGroupEmail", "courseMaterialSets", "creationTime", "description",
    "descriptionHeading", "enrollmentCode", "gradebookSettings", "guardiansEnabled", "levels", "ownerId",
    "teacherFolder", "teacherGroupEmail",
})  # fmt: skip
_COURSE_WORK = frozenset({
    "alternateLink", "assigneeMode", "assignment", "associatedWithDeveloper", "creationTime", "creatorUserId",
    "description", "gradingPeriodId", "individualStudentsOptions", "materials", "multipleChoiceQuestion",
    "scheduledTime", "submissionModificationMode", "topicId", "workType",
})  # fmt: skip
_SUBMISSION = frozenset({
    "alternateLink", "assignmentSubmission", "associatedWithDeveloper", "courseWorkType", "creationTime",
    "multipleChoiceSubmission", "shortAnswerSubmission",
})  # fmt: skip


def _stream(name: str, map_: Map, pull: Pull | None, *rights: str, **more: Any) -> Stream:
    options: dict[str, Any] = {"key": ("id",), "absence": Absence.UNLISTED, "needs": ("courses",), **more}
    return Stream(name, map=map_, pull=pull, rights=rights, **options)


STREAMS = (
    _stream("courses", mapping.course, client.courses, client.SCOPES[0], ignore=_COURSE, needs=()),
    _stream(
        "members",
        mapping.member,
        work.members,
        *client.SCOPES[1:3],
        absence={"person": Absence.LEFT, "enrollment": Absence.ENDED},
        probe=work.look_at_members,
    ),
    _stream(
        "courseWork",
        mapping.course_work,
        work.course_work,
        client.SCOPES[3],
        key=("courseId", "id"),
        version="updateTime",
        ignore=_COURSE_WORK,
        probe=client.probe(work.COURSE_WORK),
    ),
    _stream(
        "submissions",
        mapping.submission,
        work.submissions,
        client.SCOPES[3],
        key=("courseId", "courseWorkId", "id"),
        version="updateTime",
        ignore=_SUBMISSION,
        probe=client.probe(work.SUBMISSIONS),
        needs=("courses", "courseWork"),
    ),
    _stream(
        "guardians",
        mapping.guardian,
        None,
        GUARDIANS,
        key=("studentId", "guardianId"),
        absence={"person": Absence.ENDED},
        needs=("members",),
    ),
)


def streams(settings: GoogleClassroomSettings) -> tuple[Stream, ...]:
    """Guardians, where they are wanted: a token that asks for a scope it may not have gets none at all."""
    return (replace(STREAMS[-1], pull=work.guardians, probe=work.look_at_guardians),) if settings.guardians else ()


connector = Connector(
    name="google_classroom",
    title="Google Classroom",
    settings=GoogleClassroomSettings,
    tier="silver",
    rank=45,
    version=1,
    client=client.client,
    check=client.check,
    streams=STREAMS,
    more_streams=streams,
)

__all__ = ["GoogleClassroomSettings", "connector"]
