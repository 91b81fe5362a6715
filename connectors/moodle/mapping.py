"""What Moodle (4.1 to 5.1) says of people, courses and competencies, in canonical terms.

Moodle's words: a *competency* has a framework and a scale; a user is *rated* in it with an item of the scale (`grade`,
from 1), which is or is not *proficient*; *evidence of prior learning* is what a user made elsewhere.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from connectors import Map
from connectors.fields import Fields
from connectors.kit.markup import plain
from connectors.kit.zones import day_in
from schemas import (
    Achievement,
    Alignment,
    AnyRecord,
    Class,
    Competency,
    Course,
    Credential,
    Enrollment,
    Evidence,
    Framework,
    Identifier,
    Name,
    Person,
    Profile,
    Result,
    Role,
)
from schemas.codes import RoleName

ROLE: dict[str, RoleName] = {
    "student": "student",
    "teacher": "aide",
    "editingteacher": "teacher",
    "manager": "administrator",
    "coursecreator": "other",
    "guest": "other",
    "user": "other",
    "frontpage": "other",
}
"""Moodle's own roles by short name: its `teacher` may not edit, and helps the one who does."""

FAR = 1e10
"""Times in seconds since 1970 are below it: beyond are the years after 2286."""


def user(f: Fields) -> Iterator[AnyRecord]:
    """An account. The role is `other`, which makes nobody a learner: enrollments and ratings do."""
    key, number, login = f.ident("id"), f.ident("idnumber", None), f.ident("username", None)
    email = f.ident("email", None)
    identifiers = [Identifier(type="account", value=key)]
    if login:
        identifiers.append(Identifier(type="username", value=login))
    if number:
        identifiers.append(Identifier(type="district", value=number))
    if email:
        identifiers.append(Identifier(type="email", value=email))
    given_name, family_name, full = f.text("firstname", None), f.text("lastname", None), f.text("fullname", None)
    name = Name(given=given_name, family=family_name) if given_name or family_name else Name(full=full)
    yield Person(
        key=key,
        identifiers=tuple(identifiers),
        names=(name,) if name != Name() else (),
        roles=(Role(role="other"),),
        email=email,
        enabled=not f.flag("suspended", False),
    )


def course(zone: str | None) -> Map:
    """The mapping of a course, which is a Course and, as those who learn in it together, a Class."""

    def records(f: Fields) -> Iterator[AnyRecord]:
        key, title = f.ident("id"), plain(f.text("fullname"))
        begins, ends = day(f, "startdate", zone), day(f, "enddate", zone)
        code, number = f.text("shortname", None), f.text("idnumber", None)
        yield Course(key=key, title=title, code=number or code, begins=begins, ends=ends)
        yield Class(key=key, title=title, type="scheduled", code=number or code, course=key, begins=begins, ends=ends)

    return records


def group(f: Fields) -> Iterator[AnyRecord]:
    """A group inside a course."""
    yield Class(
        key=_group(f.ident("id")),
        title=plain(f.text("name")),
        type="group",
        code=f.text("idnumber", None),
        part_of=f.ident("courseid"),
    )


def enrollment(own_roles: Mapping[str, RoleName]) -> Map:
    """The mapping of who is in a course, where roles of the site's own mean this."""
    table = {**ROLE, **own_roles}

    def enrolled(f: Fields) -> Iterator[AnyRecord]:
        key, course, active = f.ident("id"), f.ident("course"), f.flag("active")
        member = f.nested("user")
        person, state = member.ident("id"), "active" if active else "inactive"
        roles: list[RoleName] = [_role(role, table) for role in member.each("roles")] or ["other"]
        for name in dict.fromkeys(roles):
            yield Enrollment(
                key=f"{key}/{name}", person=person, class_=course, role=name, state=state, primary=name == roles[0]
            )
        for member_group in member.each("groups"):
            group = _group(member_group.ident("id"))
            member_group.drop(*member_group.names())
            yield Enrollment(key=f"{group}/{person}", person=person, class_=group, role=roles[0], state=state)

    return enrolled


def _role(role: Fields, table: Mapping[str, RoleName]) -> RoleName:
    name = role.pop("shortname")
    role.drop(*role.names())
    if not isinstance(name, str) or name not in table:
        raise role.wrong(
            "shortname", name, "is a role of this site's own: say in the source's setting `roles` what it means"
        )
    return table[name]


def _group(key: str) -> str:
    return f"group:{key}"


def framework(f: Fields) -> Iterator[AnyRecord]:
    yield Framework(key=f.ident("id"), title=plain(f.text("shortname")), modified=moment(f, "timemodified"))


def competency(f: Fields) -> Iterator[AnyRecord]:
    key, name = f.ident("id"), plain(f.text("shortname"))
    yield Competency(
        key=key,
        statement=plain(f.text("description", "")) or name,
        code=f.text("idnumber", None) or name,
        uri=_address(key),
        framework=f.ident("competencyframeworkid"),
        modified=moment(f, "timemodified"),
    )


def rating(f: Fields) -> Iterator[AnyRecord]:
    """A user's rating in a competency, in the envelope the client adds. Who is not rated yet has no grade: nothing.

    In a completed plan it is what it was when the plan was completed; else what the user is rated now.
    """
    key, person, framework = f.ident("id"), f.ident("user"), f.text("framework", None)
    summary = f.nested("rating")
    aligned = _aligned(summary.nested("competency"), framework)
    then, now = summary.nested("usercompetencyplan", None), summary.nested("usercompetency", None)
    rated = now if then is None else then
    if rated is not None:
        yield from _rated(key, person, aligned, rated)
    for other in (then, now):
        if other is not None:
            other.drop(*other.names())  # who reviews it, what the caller may do; the same again as it is by now


def course_rating(f: Fields) -> Iterator[AnyRecord]:
    """A learner's rating in a competency of a course, in the envelope the client adds."""
    key, course, person, framework = f.ident("id"), f.ident("course"), f.ident("user"), f.text("framework", None)
    report = f.nested("rating")
    summary = report.nested("competency")
    aligned = _aligned(summary.nested("competency"), framework)
    rated = report.nested("usercompetencycourse")
    yield from _rated(f"course:{key}", person, aligned, rated, course)
    summary.drop(*summary.names())
    rated.drop(*rated.names())


def _rated(key: str, person: str, aligned: Alignment, rated: Fields, course: str | None = None) -> Iterator[AnyRecord]:
    grade, rated_at = rated.number("grade", None), moment(rated, "timemodified")
    level, proficient = rated.text("gradename", None), rated.flag("proficiency", None)
    if grade is not None:
        yield Result(
            key=key,
            person=person,
            class_=course,
            title=aligned.name,
            status="fully graded",
            score=grade,
            minimum=1,
            unit="scale item",
            level=plain(level) if level else None,
            passed=proficient,
            scored_at=rated_at,
            alignments=(aligned,),
        )


def evidence(f: Fields) -> Iterator[AnyRecord]:
    """Evidence of prior learning, aligned with the competencies it was linked to; how those are rated, plans say."""
    alignments = []
    for linked in f.each("usercompetencies"):
        alignments.append(_aligned(linked.nested("competency")))
        linked.drop("usercompetency")
    yield Evidence(
        key=f.ident("id"),
        person=f.ident("userid"),
        name=plain(f.text("name")),
        description=plain(f.text("description", "")) or None,
        url=f.text("url", None),
        occurred_at=moment(f, "timecreated"),
        modified=moment(f, "timemodified"),
        alignments=tuple(alignments),
    )


def badge(f: Fields) -> Iterator[AnyRecord]:
    """A badge somebody holds and shows, in the envelope the client adds: whose it is, and where its assertion is."""
    key, person, assertion = f.ident("id"), f.ident("user"), f.text("assertion")
    details = f.nested("badge")
    name, number = plain(details.text("name")), details.ident("id", None)
    issuer = Profile(name=details.text("issuername", None), url=details.text("issuerurl", None))
    achievement = f"badge:{number or name}"
    yield Credential(
        key=key,
        person=person,
        achievement=achievement,
        name=name,
        uri=assertion,
        issuer=issuer if issuer != Profile() else None,
        issued_at=moment(details, "dateissued"),
        expires_at=moment(details, "dateexpire"),
    )
    yield Achievement(
        key=achievement,
        name=name,
        description=plain(details.text("description", "")) or None,
        image=details.text("badgeurl", None),
        issuer=issuer if issuer != Profile() else None,
        alignments=tuple(_target(fields) for fields in details.each("alignment")),
    )
    details.drop(*details.names())  # how it is awarded and told of; none of it is about the learner


def _target(fields: Fields) -> Alignment:
    target = Alignment(
        name=fields.text("targetName", None),
        code=fields.text("targetCode", None),
        url=fields.text("targetUrl", None),
        framework=fields.text("targetFramework", None),
    )
    fields.drop(*fields.names())
    return target


def _aligned(competency: Fields, framework: str | None = None) -> Alignment:
    """A competency as it is written beside a rating. The same ID number in another framework is another competency."""
    key, name, code = competency.ident("id"), plain(competency.text("shortname")), competency.text("idnumber", None)
    competency.drop(*competency.names())
    return Alignment(name=name, code=code, url=_address(key), framework=plain(framework) if framework else None)


def _address(competency: str) -> str:
    """A competency's address, from the root of its Moodle: what alignments point to."""
    return f"/competency/{competency}"


def day(f: Fields, name: str, zone: str | None) -> date | None:
    """The day of a time in a time zone; in UTC where none is known: Moodle does not tell its own."""
    instant = moment(f, name)
    return day_in(instant, zone) if instant else None


def moment(f: Fields, name: str) -> datetime | None:
    """Moodle tells times in seconds since 1970; 0 is none."""
    seconds = f.number(name, None)
    if not seconds:
        return None
    if not 0 < seconds < FAR:
        raise f.wrong(name, seconds, "is no time in seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
