"""What codes are called on pages: roles, states, kinds; each in the page's language."""

from app.people.invitations import ENTER
from app.people.roles import Role
from app.web.kit.words import _, later

ROLES: dict[Role, str] = {
    "administrator": later("Administrator"),
    "steward": later("Data steward"),
    "registrar": later("Registrar"),
    "leader": later("School leader"),
    "teacher": later("Teacher"),
    "advisor": later("Advisor"),
    "counselor": later("Counselor"),
    "reviewer": later("Reviewer"),
    "coordinator": later("Program coordinator"),
    "assessor": later("Outside assessor"),
    "guardian": later("Parent or guardian"),
    "learner": later("Learner"),
}


SETTINGS = {
    "in-school": later("in school"),
    "after-school": later("after school"),
    "summer": later("summer"),
    "home": later("home"),
    "work": later("work"),
}
"""Where learning happened."""


IDENTIFIERS = {
    "state": later("State number"),
    "district": later("District number"),
    "sourced": later("Number at the source"),
    "account": later("Account number"),
    "username": later("User name"),
    "email": later("E-mail"),
    "program": later("Program number"),
    "did": later("Digital identity"),
    "other": later("Another number"),
}
"""What a number of a person is one of: `schemas.codes.IdentifierType`."""
ROSTER_ROLES = {
    "student": later("student"),
    "aide": later("aide"),
    "parent": later("parent"),
    "guardian": later("guardian"),
    "relative": later("relative"),
    "principal": later("principal"),
    "proctor": later("proctor"),
    "other": later("another role"),
}
"""What rosters call people, beside our own roles: `schemas.codes.RoleName`."""


CONFLICTS = (
    later("sources tell different birth dates"),
    later("sources tell different state ids"),
    later("sources tell different district ids"),
)
"""Where sources disagree: `app.records.header`."""


def identifier(name: str) -> str:
    """What a kind of number is called."""
    return _(IDENTIFIERS[name]) if name in IDENTIFIERS else name


def roster_role(name: str) -> str:
    """What a role of a roster is called."""
    return _(ROSTER_ROLES[name]) if name in ROSTER_ROLES else role(name)


def browser(name: str) -> str:
    """What a browser is called: `Firefox on Windows`, as `app.people.sessions` has it."""
    called, on, system = name.partition(" on ")
    called = _("A browser") if called == "A browser" else called
    return _("%(browser)s on %(system)s", browser=called, system=system) if on else called


def setting(name: str) -> str:
    """What a setting is called."""
    return _(SETTINGS[name]) if name in SETTINGS else name.replace("-", " ")


def role(name: str) -> str:
    """What a role is called."""
    if name == ENTER:
        return _("A link that signs in")
    return next((_(words) for known, words in ROLES.items() if known == name), name)


RECORD_KINDS = {
    "academicSession": later("Term"),
    "achievement": later("What is achieved"),
    "class": later("Class"),
    "competency": later("Competency"),
    "course": later("Course"),
    "credential": later("Badge"),
    "demographics": later("Demographics"),
    "enrollment": later("Place in a class"),
    "evidence": later("Evidence"),
    "framework": later("Framework"),
    "lineItem": later("Task or test"),
    "org": later("School or district"),
    "person": later("Person"),
    "result": later("Result"),
}
"""Kinds of canonical records."""
