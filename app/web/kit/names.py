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


def setting(name: str) -> str:
    """What a setting is called."""
    return _(SETTINGS[name]) if name in SETTINGS else name.replace("-", " ")


def role(name: str) -> str:
    """What a role is called."""
    if name == ENTER:
        return _("A link that signs in")
    return next((_(words) for known, words in ROLES.items() if known == name), name)
