"""OneRoster rostering in canonical terms: one mapping per collection, for JSON (1.1 and 1.2) and for CSV rows alike.

Source: OneRoster 1.2 Rostering Service, section 4 (data model); OneRoster 1.1, section 4; CSV Binding 1.1 and 1.2.
"""

from collections.abc import Iterable

from connectors.dates import NO_DAY
from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.oneroster.codes import CLASS_TYPES, ORG_TYPES, RACES, ROLE_TYPES, ROLES, SESSION_TYPES
from connectors.oneroster.people import identifiers, is_student, names
from connectors.oneroster.readers import (
    Notes,
    bare,
    code,
    coded,
    day,
    gone,
    last_day,
    moment,
    own_id,
    ref,
    referred,
    refs,
    rest,
    side,
    texts,
)
from schemas import AcademicSession, Agent, AnyRecord, Class, Course, Demographics, Enrollment, Org, Person, Role


def org(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "name")):
        return [nothing_more]
    return [
        Org(
            key=own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            name=f.text("name"),
            type=coded(f, "type", ORG_TYPES, notes, "other"),
            identifier=f.text("identifier", None),
            parent=ref(f, "parent", "parentSourcedId"),
            extensions=rest(f, notes),
        )
    ]


def academic_session(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "title")):
        return [nothing_more]
    begins = day(f, "startDate", notes)
    return [
        AcademicSession(
            key=own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            title=f.text("title"),
            type=coded(f, "type", SESSION_TYPES, notes, "other"),
            begins=begins,
            ends=last_day(f, "endDate", notes, begins),
            parent=ref(f, "parent", "parentSourcedId"),
            school_year=f.text("schoolYear", None),
            extensions=rest(f, notes),
        )
    ]


def course(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "title")):
        return [nothing_more]
    return [
        Course(
            key=own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            title=f.text("title"),
            code=f.text("courseCode", None),
            org=ref(f, "org", "orgSourcedId"),
            session=ref(f, "schoolYear", "schoolYearSourcedId"),
            subjects=texts(f, "subjects", notes),
            grades=texts(f, "grades", notes),
            extensions=_subject_codes(f, notes),
        )
    ]


def class_(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "title")):
        return [nothing_more]
    return [
        Class(
            key=own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            title=f.text("title"),
            type=code(f, "classType", CLASS_TYPES, notes),
            code=f.text("classCode", None),
            course=ref(f, "course", "courseSourcedId"),
            org=referred(f, "school", "schoolSourcedId"),
            sessions=refs(f, "terms", "termSourcedIds", notes),
            subjects=texts(f, "subjects", notes),
            grades=texts(f, "grades", notes),
            location=side(notes, "location", lambda: f.text("location", None), None),
            periods=texts(f, "periods", notes),
            extensions=_subject_codes(f, notes),
        )
    ]


def user(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "givenName", "familyName")):
        return [nothing_more]
    key = own_id(f)
    roles = _roles(f, notes)
    email = f.ident("email", None)
    return [
        Person(
            key=key,
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            identifiers=identifiers(f, key, roles, email, notes),
            email=email,
            grades=texts(f, "grades", notes),
            primary_org=ref(f, "primaryOrg", "primaryOrgSourcedId"),
            agents=_agents(f, roles, notes),
            enabled=f.flag("enabledUser", True),
            phone=_phone(f, notes),
            names=names(f, required=not withdrawn),
            roles=roles,
            pronouns=side(notes, "pronouns", lambda: f.text("pronouns", None), None),
            extensions=rest(f, notes),
        )
    ]


def role(f: Fields) -> Iterable[AnyRecord]:
    """A row of `roles.csv` (1.2): one more statement about the person it names. A withdrawn role is no statement."""
    notes: Notes = {}
    if gone(f, notes):
        f.drop(*f.names())
        return []
    return [
        Person(
            key=referred(f, "user", "userSourcedId"),
            modified=moment(f, "dateLastModified", notes),
            roles=(_role(f, notes),),
            extensions=rest(f, notes),
        )
    ]


def demographics(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    key = own_id(f)
    users = texts(f, "userSourcedIds", notes)
    if len(users) > 1:
        raise MappingError(f"field 'userSourcedIds' names {len(users)} users: whose birth date it is, is not told")
    birth_date = day(f, "birthDate", notes) or day(f, "birthdate", notes)  # 1.1 spells it both ways
    if birth_date in NO_DAY:
        notes["birthDate"], birth_date = str(birth_date), None
    return [
        Demographics(
            key=key,
            person=users[0] if users else key,  # an extension: the standard's demographics have the user's own id
            modified=moment(f, "dateLastModified", notes),
            withdrawn=gone(f, notes),
            birth_date=birth_date,
            sex=f.text("sex", None),
            races=tuple([race for race in RACES if f.flag(race, False)]),
            hispanic=f.flag("hispanicOrLatinoEthnicity", None),
            country_of_birth=f.text("countryOfBirthCode", None),
            state_of_birth=f.text("stateOfBirthAbbreviation", None),
            city_of_birth=f.text("cityOfBirth", None),
            residence_status=f.text("publicSchoolResidenceStatus", None),
            extensions=rest(f, notes),
        )
    ]


def enrollment(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "user", "userSourcedId")):
        return [nothing_more]
    begins = day(f, "beginDate", notes)
    return [
        Enrollment(
            key=own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            person=referred(f, "user", "userSourcedId"),
            class_=referred(f, "class", "classSourcedId"),
            org=ref(f, "school", "schoolSourcedId"),
            role=coded(f, "role", ROLES, notes, "other"),
            primary=f.flag("primary", None),
            begins=begins,
            ends=last_day(f, "endDate", notes, begins, never=True),
            extensions=rest(f, notes),
        )
    ]


def _roles(f: Fields, notes: Notes) -> tuple[Role, ...]:
    """The roles of a user: `roles[]` (1.2), or one `role` at every one of `orgs` (1.1). CSV 1.2 has them elsewhere."""
    if "roles" not in f:
        return _single_role(f, notes)
    f.drop("role", "orgs")  # some 1.2 providers still send them too
    roles = []
    for i, item in enumerate(f.each("roles")):
        own: Notes = {}
        roles.append(_role(item, own))
        if own:
            notes.update({f"roles[{i}].{name}": value for name, value in own.items()})
    return tuple(roles)


def _single_role(f: Fields, notes: Notes) -> tuple[Role, ...]:
    role = code(f, "role", ROLES, notes, "other")
    orgs = refs(f, "orgs", "orgSourcedIds", notes)
    if role is None and orgs:
        raise MappingError("field 'role' is missing or blank, and is required with 'orgs'")
    if role is not None and not orgs:
        raise MappingError("field 'orgs' (in CSV 'orgSourcedIds') is missing or blank: a role needs an organization")
    return tuple([Role(role=role, org=org) for org in orgs if role is not None])


def _role(f: Fields, notes: Notes) -> Role:
    begins = day(f, "beginDate", notes)
    f.drop("userProfile", "userProfileSourcedId")
    return Role(
        role=coded(f, "role", ROLES, notes, "other"),
        org=referred(f, "org", "orgSourcedId"),
        primary=code(f, "roleType", ROLE_TYPES, notes) is True,
        begins=begins,
        ends=last_day(f, "endDate", notes, begins, never=True),
    )


def _agents(f: Fields, roles: tuple[Role, ...], notes: Notes) -> tuple[Agent, ...]:
    """The adults a student names. An adult's links (a parent's children, often) tell no direction: only noted."""
    agents = refs(f, "agents", "agentSourcedIds", notes)
    if not agents:
        return ()
    if roles and not is_student(roles):
        notes["agents"] = list(agents)
        return ()
    return tuple([Agent(person=agent) for agent in agents])


def _phone(f: Fields, notes: Notes) -> str | None:
    phone = side(notes, "phone", lambda: f.text("phone", None), None)
    sms = side(notes, "sms", lambda: f.text("sms", None), None)
    if phone is not None and sms is not None:
        notes["sms"] = sms
    return phone or sms


def _subject_codes(f: Fields, notes: Notes) -> Notes:
    codes = texts(f, "subjectCodes", notes)
    if codes:
        notes["subjectCodes"] = list(codes)
    return rest(f, notes)
