"""The sample district in the words of OneRoster 1.2 Rostering: one function per resource (section 4)."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from app.sandbox import district as sample
from app.sandbox import year
from app.sandbox.catalog import GRADES, SUBJECTS, course_key, course_title
from app.sandbox.district import Class, District, Enrollment
from app.sandbox.people import PREFERRED_NAME, Guardian, Learner, School, Staff

Json = dict[str, Any]


class Base(NamedTuple):
    """The URLs under which the two services are served: what the hrefs of references begin with."""

    rostering: str
    gradebook: str


def reference(base: str, collection: str, type_: str, key: str) -> Json:
    """A reference to a record by its sourcedId (GUIDRef)."""
    return {"href": f"{base}/{collection}/{key}", "sourcedId": key, "type": type_}


def org_ref(base: Base, key: str) -> Json:
    """A reference to an organization."""
    return reference(base.rostering, "orgs", "org", key)


def user_ref(base: Base, key: str) -> Json:
    """A reference to a user."""
    return reference(base.rostering, "users", "user", key)


def class_ref(base: Base, key: str) -> Json:
    """A reference to a class."""
    return reference(base.rostering, "classes", "class", key)


def session_ref(base: Base, key: str) -> Json:
    """A reference to an academic session."""
    return reference(base.rostering, "academicSessions", "academicSession", key)


def head(key: str, modified: str, withdrawn: bool = False) -> Json:
    """What every record begins with."""
    return {"sourcedId": key, "status": "tobedeleted" if withdrawn else "active", "dateLastModified": modified}


def after(last: date) -> date:
    """The end date of what lasted until `last`: OneRoster's end dates are exclusive."""
    return last + timedelta(days=1)


def flag(value: bool) -> str:
    """OneRoster's booleans, which are strings."""
    return "true" if value else "false"


def district_org(base: Base, district: District) -> Json:
    """The district itself."""
    return head(sample.KEY, year.SETTLED) | {
        "name": sample.NAME,
        "type": "district",
        "identifier": sample.IDENTIFIER,
        "children": [org_ref(base, school.key) for school in district.schools],
    }


def school_org(base: Base, school: School) -> Json:
    """A school."""
    return head(school.key, year.SETTLED) | {
        "name": school.name,
        "type": "school",
        "identifier": school.identifier,
        "parent": org_ref(base, sample.KEY),
    }


def academic_session(base: Base, session: year.Session) -> Json:
    """A school year, semester or grading period."""
    children = [session_ref(base, other.key) for other in year.SESSIONS if other.parent == session.key]
    record = head(session.key, year.SETTLED) | {
        "title": session.title,
        "type": session.type,
        "startDate": session.begins,
        "endDate": after(session.ends),
        "schoolYear": year.SCHOOL_YEAR,
    }
    if session.parent:
        record["parent"] = session_ref(base, session.parent)
    return record | {"children": children} if children else record


def course(base: Base, item: tuple[int, int]) -> Json:
    """A course: a subject in a grade."""
    grade, subject = item
    key = course_key(grade, subject)
    return head(f"crs-{key}", year.SETTLED) | {
        "title": course_title(grade, subject),
        "schoolYear": session_ref(base, "year-2027"),
        "courseCode": key,
        "grades": [GRADES[grade]],
        "subjects": [SUBJECTS[subject].name],
        "subjectCodes": [SUBJECTS[subject].sced],
        "org": org_ref(base, sample.KEY),
    }


def class_(base: Base, item: Class) -> Json:
    """A class."""
    code = course_key(item.grade, item.subject)
    subject = SUBJECTS[item.subject]
    return head(item.key, year.SETTLED) | {
        "title": f"{course_title(item.grade, item.subject)} - {item.section + 1}",
        "classCode": f"{code}-{item.section + 1}",
        "classType": "homeroom" if subject.key == "HR" else "scheduled",
        "location": f"Room {100 + item.grade * 10 + item.section}",
        "grades": [GRADES[item.grade]],
        "subjects": [subject.name],
        "subjectCodes": [subject.sced],
        "course": reference(base.rostering, "courses", "course", f"crs-{code}"),
        "school": org_ref(base, item.school.key),
        "terms": [session_ref(base, "sem-1"), session_ref(base, "sem-2")],
        "periods": [str(item.subject + 1)],
    }


def learner_user(base: Base, district: District, learner: Learner) -> Json:
    """A learner. The state's number is in `userIds`, the district's in `identifier`."""
    roles = [
        _role(base, "primary", "student", learner.school.key, begins=learner.moved or year.BEGINS, ends=learner.left)
    ]
    if learner.former and learner.moved:
        roles.append(_role(base, "secondary", "student", learner.former.key, ends=learner.moved - timedelta(days=3)))
    if learner.also_at:
        roles.append(_role(base, "secondary", "student", learner.also_at.key))
    record = head(learner.key, learner.modified) | {
        "userMasterIdentifier": f"sv-{learner.number}",
        "username": learner.username,
        "userIds": [{"type": "studentUniqueId", "identifier": learner.state_id}] if learner.state_id else [],
        "enabledUser": flag(learner.left is None),
        "givenName": learner.given,
        "familyName": learner.family,
        "roles": roles,
        "primaryOrg": org_ref(base, learner.school.key),
        "identifier": learner.number,
        "agents": [user_ref(base, guardian.key) for guardian in district.guardians_of(learner.household)],
        "grades": [GRADES[learner.grade]],
    }
    if learner.middle:
        record["middleName"] = learner.middle
    if learner.position in PREFERRED_NAME:
        record["preferredFirstName"] = learner.nickname
    return record | {"email": learner.email} if learner.email else record


def _role(base: Base, kind: str, role: str, org: str, *, begins: date = year.BEGINS, ends: date | None = None) -> Json:
    record: Json = {"roleType": kind, "role": role, "org": org_ref(base, org), "beginDate": begins}
    return record | {"endDate": after(ends)} if ends else record


def guardian_user(base: Base, guardian: Guardian) -> Json:
    """A guardian."""
    return head(guardian.key, year.settled(guardian.household)) | {
        "username": f"guardian{guardian.number[1:]}",
        "enabledUser": "true",
        "givenName": guardian.given,
        "familyName": guardian.family,
        "roles": [_role(base, "primary", "guardian", guardian.school.key)],
        "primaryOrg": org_ref(base, guardian.school.key),
        "identifier": guardian.number,
        "email": guardian.email,
        "phone": guardian.phone,
        "sms": guardian.phone,
    }


def staff_user(base: Base, staff: Staff) -> Json:
    """A teacher, principal, counselor or administrator."""
    orgs = [school.key for school in staff.schools] or [sample.KEY]
    kinds = ["primary"] + ["secondary"] * (len(orgs) - 1)
    return head(staff.key, year.SETTLED) | {
        "username": staff.email.partition("@")[0],
        "userIds": [{"type": "staffNumber", "identifier": staff.number}],
        "enabledUser": "true",
        "givenName": staff.given,
        "familyName": staff.family,
        "roles": [_role(base, kind, staff.post, org) for kind, org in zip(kinds, orgs, strict=True)],
        "primaryOrg": org_ref(base, orgs[0]),
        "identifier": staff.number,
        "email": staff.email,
    }


def enrollment(base: Base, item: Enrollment) -> Json:
    """A person in a class."""
    record = head(item.key, item.modified, item.withdrawn) | {
        "user": user_ref(base, item.person),
        "class": class_ref(base, item.class_.key),
        "school": org_ref(base, item.class_.school.key),
        "role": item.role,
        "primary": flag(item.role == "teacher"),
        "beginDate": item.begins,
    }
    return record | {"endDate": after(item.ends)} if item.ends else record


def demographics(_base: Base, learner: Learner) -> Json:
    """A learner's demographics, spread evenly and meaning nothing."""
    races = (
        "americanIndianOrAlaskaNative",
        "asian",
        "blackOrAfricanAmerican",
        "nativeHawaiianOrOtherPacificIslander",
        "white",
    )
    return (
        head(learner.key, year.settled(learner.index))
        | {"birthDate": learner.birth_date, "sex": learner.sex}
        | {race: flag(learner.index % len(races) == number) for number, race in enumerate(races)}
        | {"demographicRaceTwoOrMoreRaces": "false", "hispanicOrLatinoEthnicity": flag(learner.index % 7 == 0)}
        | {"countryOfBirthCode": "US", "publicSchoolResidenceStatus": "01652"}
    )
