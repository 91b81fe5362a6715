"""What Clever 3.0 and 3.1 say, in canonical terms.

Clever's words: a *section* is a class, *users* are people in one or several roles, a *contact* an adult of a student's.
What Clever deletes is shared with the application no more: it left the SIS, or the district's sharing rules. That takes
nothing back; it is over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from connectors.clever.readers import birth_date, coded
from connectors.fields import Fields
from schemas import AcademicSession, Agent, AnyRecord, Class, Course, Enrollment, Identifier, Name, Org, Person, Role
from schemas.codes import RoleName

STAFF = "staff"
"""The issuer of teachers' numbers: teacher 1001 is not student 1001."""

GRADES: dict[str, str] = {
    "InfantToddler": "IT",
    "Preschool": "PR",
    "PreKindergarten": "PK",
    "TransitionalKindergarten": "TK",
    "Kindergarten": "KG",
    **{str(grade): f"{grade:02}" for grade in range(1, 14)},
    "PostGraduate": "PS",
    "Ungraded": "UG",
    "Other": "Other",
}
"""Grade levels of Clever as CEDS has them."""

RELATIONS: dict[str, RoleName] = {
    "Parent": "parent",
    "Grandparent": "relative",
    "Self": "other",
    "Aunt/Uncle": "relative",
    "Sibling": "relative",
    "Other": "other",
}
"""What a contact is to a student."""

PRIVATE = (
    *("disability", "ell_status", "frl_status", "gender", "gifted_status", "graduation_year", "hispanic_ethnicity"),
    *("home_language", "home_language_code", "iep_status", "race", "section_504_status"),
)
"""What Clever may tell of a student and is not read: nothing here needs it."""

MEMBERS: dict[str, RoleName] = {"student": "student", "teacher": "teacher"}
"""What one is in a section."""


def district(f: Fields) -> Iterator[AnyRecord]:
    yield Org(
        key=f.ident("id"), name=f.text("name"), type="district", identifier=f.ident("nces_id", None), ended=_over(f)
    )


def school(f: Fields) -> Iterator[AnyRecord]:
    number = f.ident("state_id", None) or f.ident("school_number", None)
    yield Org(
        key=f.ident("id"),
        name=f.text("name"),
        type="school",
        identifier=number,
        parent=f.ident("district"),
        modified=f.moment("last_modified", None),
        ended=_over(f),
    )


def term(f: Fields) -> Iterator[AnyRecord]:
    key = f.ident("id")
    yield AcademicSession(
        key=key,
        title=f.text("name", key),
        type="term",
        begins=f.day("start_date", None),
        ends=f.day("end_date", None),
        ended=_over(f),
    )


def course(f: Fields) -> Iterator[AnyRecord]:
    key = f.ident("id")
    yield Course(
        key=key, title=f.text("name", key), code=f.ident("number", None), org=f.ident("district", None), ended=_over(f)
    )


def section(f: Fields) -> Iterator[AnyRecord]:
    notes: dict[str, object] = {}
    key, subject, grade = f.ident("id"), f.text("subject", None), coded(f, "grade", GRADES, notes)
    term_id, period = f.ident("term_id", None), f.text("period", None)
    yield Class(
        key=key,
        title=f.text("name", key),
        type="homeroom" if subject == "homeroom/advisory" else "scheduled",
        code=f.ident("section_number", None),
        course=f.ident("course", None),
        org=f.ident("school"),
        sessions=(term_id,) if term_id else (),
        subjects=(subject,) if subject else (),
        grades=(grade,) if grade else (),
        periods=(period,) if period else (),
        modified=f.moment("last_modified", None),
        ended=_over(f),
        extensions=notes,
    )


def enrollment(f: Fields) -> Iterator[AnyRecord]:
    """Who is in a section, in the record that the client makes of it."""
    class_, person, role = f.ident("section"), f.ident("user"), f.one_of("role", MEMBERS)
    yield Enrollment(
        key=f"{class_}|{person}|{role}",
        person=person,
        class_=class_,
        role=role,
        primary=f.flag("primary", None),
        org=f.ident("school", None),
        modified=f.moment("last_modified", None),
        ended=f.flag("left", False),
    )


def user(f: Fields) -> Iterable[AnyRecord]:
    """A person in all their roles, and of whom they are a contact."""
    key, email = f.ident("id"), f.ident("email", None)
    modified, ended = f.moment("last_modified", None), _over(f)
    roles = f.nested("roles", None)
    who = _Who(key)
    if roles is not None:
        for name, read in (("student", _student), ("teacher", _teacher), ("staff", _staff), ("contact", _contact)):
            if (role := roles.nested(name, None)) is not None:
                read(role, who)
        if (role := roles.nested("district_admin", None)) is not None:
            role.drop("legacy_id", "title")
            who.roles.append(Role(role="districtAdministrator"))
    if email:
        who.identifiers.append(Identifier(type="email", value=email))
    yield Person(
        key=key,
        identifiers=tuple(dict.fromkeys(who.identifiers)),
        names=(*_names(f, "name"), *who.names),
        roles=tuple(who.roles),
        birth_date=who.birth_date,
        email=email,
        phone=who.phone,
        grades=who.grades,
        primary_org=who.school,
        modified=modified,
        ended=ended,
        extensions=who.notes,
    )
    for student, relation in who.students:
        yield Person(key=student, agents=(Agent(person=key, relation=relation),), ended=ended)


@dataclass
class _Who:
    """What a person's roles say of them, put together."""

    key: str
    identifiers: list[Identifier] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    students: list[tuple[str, RoleName]] = field(default_factory=list)
    birth_date: date | None = None
    grades: tuple[str, ...] = ()
    school: str | None = None
    phone: str | None = None
    notes: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.identifiers.append(Identifier(type="account", value=self.key))

    def known(self, f: Fields, number: str, issuer: str | None) -> None:
        """The identifiers that a student's and a teacher's role tell."""
        for name, kind in (("sis_id", "sourced"), ("state_id", "state"), (number, "district")):
            if value := f.ident(name, None):
                series = issuer if kind != "sourced" else None
                self.identifiers.append(Identifier(type=kind, value=value, issuer=series))  # type: ignore[arg-type]
        self.login(f)

    def login(self, f: Fields) -> None:
        """The name by which they sign in, where it is told."""
        credentials = f.nested("credentials", None)
        if credentials is not None and (username := credentials.ident("district_username", None)):
            self.identifiers.append(Identifier(type="username", value=username))


def _student(f: Fields, who: _Who) -> None:
    who.known(f, "student_number", None)
    who.names += _names(f, "preferred_name", preferred=True)
    who.birth_date = birth_date(f)
    grade = coded(f, "grade", GRADES, who.notes)
    who.grades = (grade,) if grade else ()
    who.school = f.ident("school", None)
    dated: dict[str, list[tuple[date | None, date | None]]] = {}
    for each in f.each("enrollments"):
        school = each.ident("school")
        dated.setdefault(school, []).append((each.day("start_date", None), each.day("end_date", None)))
    for school in dict.fromkeys([*([who.school] if who.school else []), *_ids(f, "schools"), *dated]):
        who.roles += [
            Role(role="student", org=school, primary=school == who.school, begins=begins, ends=ends)
            for begins, ends in dated.get(school, [(None, None)])
        ]
    if not who.roles:
        who.roles.append(Role(role="student"))
    f.drop("legacy_id", "created", "last_modified", "ext", "location", *PRIVATE)


def _teacher(f: Fields, who: _Who) -> None:
    who.known(f, "teacher_number", STAFF)
    _at_schools(f, who, "teacher")
    f.drop("legacy_id", "created", "last_modified", "ext", "title", "district", "name")


def _staff(f: Fields, who: _Who) -> None:
    """Staff of a school who need not teach. What they may see there, Clever does not say."""
    if number := f.ident("staff_id", None):
        who.identifiers.append(Identifier(type="sourced", value=number))
    who.login(f)
    _at_schools(f, who, "other")
    f.drop("legacy_id", "ext", "title", "department", "roles")


def _contact(f: Fields, who: _Who) -> None:
    if number := f.ident("sis_id", None):
        who.identifiers.append(Identifier(type="sourced", value=number))
    who.phone = f.text("phone", None)
    for each in f.each("student_relationships"):
        relation = coded(each, "relationship", RELATIONS, who.notes) or "other"
        who.students.append((each.ident("student"), relation))
        who.roles.append(Role(role=relation))
        each.drop("type")
    who.roles[:] = dict.fromkeys(who.roles)
    f.drop("legacy_id", "phone_type")


def _at_schools(f: Fields, who: _Who, role: RoleName) -> None:
    first = f.ident("school", None)
    who.school = who.school or first
    schools = dict.fromkeys([*([first] if first else []), *_ids(f, "schools")])
    who.roles += [Role(role=role, org=school, primary=school == first) for school in schools] or [Role(role=role)]


def _ids(f: Fields, name: str) -> list[str]:
    """A list of ids, each as it is."""
    ids: object = f.pop(name, [])
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise f.wrong(name, ids, "is not a list of ids")
    return [each for each in ids if each.strip()]


def _names(f: Fields, name: str, *, preferred: bool = False) -> list[Name]:
    parts = f.nested(name, None)
    if parts is None:
        return []
    first, middle, last = (parts.text(part, None) for part in ("first", "middle", "last"))
    named = first or middle or last
    return [Name(given=first, middle=middle, family=last, preferred=preferred)] if named else []


def _over(f: Fields) -> bool:
    """Whether Clever shares it no more."""
    return f.flag("deleted", False)
