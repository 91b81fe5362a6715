"""Ed-Fi ODS/API 5 to 7, Data Standard 4 and 5: organizations, sections, people, assessments, gradebooks."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from connectors import Absence, Connector, Stream
from connectors.edfi import assessments, gradebook, mapping, people, readers, scope
from connectors.edfi.changes import Reading
from connectors.edfi.client import check, client
from connectors.edfi.settings import EdFiSettings, Resource

_stream = partial(Stream, key=("id",), tidy=readers.plain)
_ROLES: Mapping[str, Absence] = {"person": Absence.ENDED, "gone": Absence.ENDED}
_STUDENTS: Mapping[str, Absence] = {"person": Absence.LEFT, "gone": Absence.LEFT, "demographics": Absence.UNLISTED}

STREAMS = (
    _stream(
        "localEducationAgencies",
        map=mapping.local_education_agency,
        ignore=scope.LOCAL_EDUCATION_AGENCY,
        absence=Absence.UNLISTED,
    ),
    _stream("schools", map=mapping.school, ignore=scope.SCHOOL, absence=Absence.UNLISTED),
    _stream("sessions", map=mapping.session, ignore=scope.SESSION, absence=Absence.UNLISTED),
    _stream("courseOfferings", map=mapping.course_offering, ignore=scope.COURSE_OFFERING, absence=Absence.UNLISTED),
    _stream("sections", map=mapping.section, ignore=scope.SECTION, absence=Absence.UNLISTED),
    _stream("students", map=people.student, ignore=scope.STUDENT, absence=_STUDENTS),
    _stream(
        "studentEducationOrganizationAssociations",
        map=people.student_education_organization,
        ignore=scope.STUDENT_EDUCATION_ORGANIZATION_ASSOCIATION,
        absence=Absence.UNLISTED,
    ),
    _stream(
        "studentSchoolAssociations", map=mapping.student_school, ignore=scope.STUDENT_SCHOOL_ASSOCIATION, absence=_ROLES
    ),
    _stream(
        "studentSectionAssociations",
        map=mapping.student_section,
        ignore=scope.STUDENT_SECTION_ASSOCIATION,
        absence=Absence.ENDED,
    ),
    _stream("staffs", map=people.staff, ignore=scope.STAFF, absence=Absence.LEFT),
    _stream(
        "staffEducationOrganizationAssignmentAssociations",
        map=mapping.staff_assignment,
        ignore=scope.STAFF_EDUCATION_ORGANIZATION_ASSIGNMENT_ASSOCIATION,
        absence=_ROLES,
    ),
    _stream(
        "staffSectionAssociations",
        map=mapping.staff_section,
        ignore=scope.STAFF_SECTION_ASSOCIATION,
        absence=Absence.ENDED,
    ),
    _stream("contacts", map=people.contact, ignore=scope.CONTACT, absence=Absence.LEFT),
    _stream(
        "studentContactAssociations",
        map=people.student_contact,
        ignore=scope.STUDENT_CONTACT_ASSOCIATION,
        absence=_ROLES,
    ),
    _stream("assessments", map=assessments.assessment, ignore=scope.ASSESSMENT, absence=Absence.UNLISTED),
    _stream(
        "objectiveAssessments",
        map=assessments.objective_assessment,
        ignore=scope.OBJECTIVE_ASSESSMENT,
        absence=Absence.UNLISTED,
    ),
    _stream(
        "studentAssessments",
        map=assessments.student_assessment,
        ignore=scope.STUDENT_ASSESSMENT,
        absence=Absence.UNLISTED,
    ),
    _stream(
        "learningStandards", map=gradebook.learning_standard, ignore=scope.LEARNING_STANDARD, absence=Absence.UNLISTED
    ),
    _stream("gradebookEntries", map=gradebook.gradebook_entry, ignore=scope.GRADEBOOK_ENTRY, absence=Absence.UNLISTED),
    _stream(
        "studentGradebookEntries",
        map=gradebook.student_gradebook_entry,
        ignore=scope.STUDENT_GRADEBOOK_ENTRY,
        absence=Absence.UNLISTED,
    ),
    _stream("grades", map=gradebook.grade, ignore=scope.GRADE, absence=Absence.UNLISTED),
    _stream(
        "competencyObjectives",
        map=gradebook.competency_objective,
        ignore=scope.COMPETENCY_OBJECTIVE,
        absence=Absence.UNLISTED,
    ),
    _stream(
        "studentCompetencyObjectives",
        map=gradebook.student_competency_objective,
        ignore=scope.STUDENT_COMPETENCY_OBJECTIVE,
        absence=Absence.UNLISTED,
    ),
)
NEEDS: dict[Resource, tuple[Resource, ...]] = {
    "studentEducationOrganizationAssociations": ("students",),
    "studentSchoolAssociations": ("students",),
    "studentSectionAssociations": ("students", "sections"),
    "staffSectionAssociations": ("staffs", "sections"),
    "staffEducationOrganizationAssignmentAssociations": ("staffs",),
    "studentContactAssociations": ("students", "contacts"),
    "studentAssessments": ("students",),
    "studentGradebookEntries": ("students", "gradebookEntries"),
    "grades": ("students",),
    "studentCompetencyObjectives": ("students",),
}
"""What a resource speaks of: where that did not come, its records would name what nobody described."""


def streams(settings: EdFiSettings) -> tuple[Stream, ...]:
    """The streams as a source's settings make them: its resources are pulled."""
    by_name = {stream.name: stream for stream in STREAMS}
    return tuple(_of_service(by_name[resource], resource, settings) for resource in settings.resources)


def _of_service(stream: Stream, resource: Resource, settings: EdFiSettings) -> Stream:
    reading = Reading(settings, resource)
    needs = tuple(name for name in NEEDS.get(resource, ()) if name in settings.resources)
    right = f"Read on ed-fi/{settings.path(resource).rpartition('/')[2]}"
    if resource == "studentAssessments" and "assessments" in settings.resources:
        stream = replace(stream, map=assessments.student_assessment_of_item)
    return replace(stream, pull=reading.pages, probe=reading.probe, rights=(right,), needs=needs)


connector = Connector(
    name="edfi",
    title="Ed-Fi ODS/API",
    settings=EdFiSettings,
    streams=STREAMS,
    more_streams=streams,
    tier="silver",
    rank=10,
    version=6,
    client=client,
    check=check,
)

__all__ = ["EdFiSettings", "connector"]
