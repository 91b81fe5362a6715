"""The code lists of OneRoster 1.0, 1.1 and 1.2, and what each code is in canonical terms.

Keys are in lower case: `Scheduled` and `scheduled` are the same code. Sources: OneRoster 1.2 Rostering and Gradebook
information models, section 6 (enumerations); OneRoster 1.1, section 5.
"""

from schemas.codes import ClassType, IdentifierType, OrgType, RoleName, ScoreStatus, SessionType

WITHDRAWN: dict[str, bool] = {
    "active": False,
    "tobedeleted": True,
    "inactive": True,  # OneRoster 1.0; 1.1 and 1.2 say to read it as "tobedeleted"
}

ROLES: dict[str, RoleName] = {
    "administrator": "administrator",
    "aide": "aide",
    "counselor": "counselor",
    "districtadministrator": "districtAdministrator",
    "guardian": "guardian",
    "parent": "parent",
    "principal": "principal",
    "proctor": "proctor",
    "relative": "relative",
    "siteadministrator": "siteAdministrator",
    "student": "student",
    "systemadministrator": "systemAdministrator",
    "teacher": "teacher",
}

ROLE_TYPES: dict[str, bool] = {"primary": True, "secondary": False}

ORG_TYPES: dict[str, OrgType] = {
    "department": "department",
    "departments": "department",  # Rediker
    "district": "district",
    "local": "local",
    "national": "national",
    "school": "school",
    "state": "state",
}

SESSION_TYPES: dict[str, SessionType] = {
    "gradingperiod": "gradingPeriod",
    "schoolyear": "schoolYear",
    "semester": "semester",
    "term": "term",
}

CLASS_TYPES: dict[str, ClassType] = {"homeroom": "homeroom", "scheduled": "scheduled"}

SCORE_STATUSES: dict[str, ScoreStatus] = {
    "exempt": "exempt",
    "fully graded": "fully graded",
    "not submitted": "not submitted",
    "partially graded": "partially graded",
    "submitted": "submitted",
}

USER_ID_TYPES: dict[str, IdentifierType] = {
    "state": "state",
    "stateid": "state",
    "state_id": "state",
    "ssid": "state",
    "studentuniqueid": "state",  # Ed-Fi: the natural key of a student in the state's or district's data store
    "district": "district",
    "districtid": "district",
    "district_id": "district",
}
"""The `userIds` types that say whose number it is. Every other type (LDAP, LTI, Fed, Local…) is kept as `other`, with
its name in `extensions`: it may be an account name, a school's own number or a shared one, and links nobody."""

RACES: tuple[str, ...] = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
)
