"""Ed-Fi resources in canonical terms (Data Standard 4.0 and 5.0).

A record's key is the resource's own `id`, and a reference's the id in its link: neither changes when a natural key
does. Organizations and sessions are named by their natural keys, which references spell out. A delete (`/deletes`) is a
record with `keyValues`: what it took back is gone.
"""

from collections.abc import Iterable, Mapping

from connectors.edfi.codes import CLASSIFICATIONS, POSITIONS, TERMS
from connectors.edfi.readers import (
    Notes,
    code_of,
    coded,
    gone,
    grade,
    grades,
    link_of,
    linked,
    natural,
    own_id,
    part_of,
    required,
)
from connectors.fields import Fields
from schemas import AcademicSession, AnyRecord, Class, Course, Enrollment, Org, Person, Role
from schemas.codes import OrgType, RoleName


def school(f: Fields) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    return [_org(f, "schoolId", "school", "localEducationAgencyReference", "localEducationAgencyId")]


def local_education_agency(f: Fields) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    parent = natural(f, "parentLocalEducationAgencyReference", "localEducationAgencyId")
    state = natural(f, "stateEducationAgencyReference", "stateEducationAgencyId")
    f.drop("id")
    number = f.ident("localEducationAgencyId")
    return [
        Org(key=number, identifier=number, name=f.text("nameOfInstitution"), type="district", parent=parent or state)
    ]


def session(f: Fields) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    f.drop("id")
    school_id = required(natural(f, "schoolReference", "schoolId"), "schoolReference")
    year = required(natural(f, "schoolYearTypeReference", "schoolYear"), "schoolYearTypeReference")
    name, notes = f.ident("sessionName"), Notes()
    return [
        AcademicSession(
            key=_session_key(school_id, year, name),
            title=name,
            type=coded(f, "termDescriptor", TERMS, notes, "other"),
            school_year=year,
            begins=f.day("beginDate"),
            ends=f.day("endDate"),
            extensions=notes,
        )
    ]


def course_offering(f: Fields) -> Iterable[AnyRecord]:
    """A course as a school offers it in a session: what sections are sections of."""
    if taken_back := gone(f):
        return [taken_back]
    key, code = own_id(f), f.text("localCourseCode")
    return [
        Course(
            key=key,
            title=f.text("localCourseTitle", code),
            code=code,
            org=natural(f, "schoolReference", "schoolId"),
            session=_session(f, "sessionReference"),
            grades=grades(f.each("offeredGradeLevels")),
        )
    ]


def section(f: Fields) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    key, code = own_id(f), f.text("sectionIdentifier")
    offering = f.pop("courseOfferingReference")
    if not isinstance(offering, dict):
        raise f.wrong("courseOfferingReference", offering, "is not a reference")
    room = natural(f, "locationReference", "classroomIdentificationCode")
    return [
        Class(
            key=key,
            title=f.text("sectionName", f"{offering.get('localCourseCode', '')} {code}".strip()),
            type="scheduled",
            code=code,
            course=link_of("courseOfferingReference", offering),
            org=part_of(offering, "schoolId"),
            sessions=tuple(filter(None, [_session_of(offering)])),
            grades=grades(f.each("offeredGradeLevels")),
            location=room,
            periods=tuple(
                filter(
                    None, [natural(each, "classPeriodReference", "classPeriodName") for each in f.each("classPeriods")]
                )
            ),
        )
    ]


def student_school(f: Fields) -> Iterable[AnyRecord]:
    """A student at a school: the role, from entry to exit (both inclusive), and the grade level at entry."""
    if taken_back := gone(f):
        return [taken_back]
    f.drop("id")
    level = code_of(f, "entryGradeLevelDescriptor")
    school_id = required(natural(f, "schoolReference", "schoolId"), "schoolReference")
    begins = f.day("entryDate")
    return [
        Person(
            key=linked(f, "studentReference"),
            roles=(
                Role(
                    role="student",
                    org=school_id,
                    primary=f.flag("primarySchool", False),
                    begins=begins,
                    ends=f.day("exitWithdrawDate", None),
                ),
            ),
            grades=() if level is None else (grade(level),),
            primary_org=school_id,
        )
    ]


def student_section(f: Fields) -> Iterable[AnyRecord]:
    return _enrollment(f, "studentReference", "student")


def staff_assignment(f: Fields) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    f.drop("id")
    notes, begins = Notes(), f.day("beginDate")
    org = required(
        natural(f, "educationOrganizationReference", "educationOrganizationId"), "educationOrganizationReference"
    )
    role = Role(
        role=coded(f, "staffClassificationDescriptor", CLASSIFICATIONS, notes, "other"),
        org=org,
        begins=begins,
        ends=f.day("endDate", None),
    )
    return [Person(key=linked(f, "staffReference"), roles=(role,), extensions=notes)]


def staff_section(f: Fields) -> Iterable[AnyRecord]:
    return _enrollment(f, "staffReference", None)


def _enrollment(f: Fields, person: str, role: RoleName | None) -> Iterable[AnyRecord]:
    """A person in a section, from the first day to the last (both inclusive)."""
    if taken_back := gone(f):
        return [taken_back]
    key, notes, begins = own_id(f), Notes(), f.day("beginDate", None)
    reference = f.pop("sectionReference")
    if not isinstance(reference, dict):
        raise f.wrong("sectionReference", reference, "is not a reference")
    return [
        Enrollment(
            key=key,
            person=linked(f, person),
            class_=link_of("sectionReference", reference),
            org=part_of(reference, "schoolId"),
            role=role or coded(f, "classroomPositionDescriptor", POSITIONS, notes, "other") or "other",
            begins=begins,
            ends=f.day("endDate", None),
            extensions=notes,
        )
    ]


def _org(f: Fields, number: str, type_: OrgType, parent: str, parent_number: str) -> Org:
    f.drop("id")
    key = f.ident(number)
    above = natural(f, parent, parent_number)
    return Org(key=key, identifier=key, name=f.text("nameOfInstitution"), type=type_, parent=above)


def _session(f: Fields, name: str) -> str | None:
    reference = f.pop(name, None)
    return _session_of(reference) if isinstance(reference, dict) else None


def _session_of(reference: Mapping[str, object]) -> str | None:
    parts = [part_of(reference, part) for part in ("schoolId", "schoolYear", "sessionName")]
    school_id, year, name = parts
    return None if school_id is None or year is None or name is None else _session_key(school_id, year, name)


def _session_key(school_id: str, year: str, name: str) -> str:
    return f"{school_id}|{year}|{name}"
