"""The code lists of the canonical records, each with its standard."""

from typing import Literal

Setting = Literal["in-school", "after-school", "summer", "home", "work"]
"""Where the learning happened."""

IdentifierType = Literal[
    "state",  # the state's student or staff id
    "district",  # the district's own student or staff number
    "sourced",  # OneRoster sourcedId, or another system's record of it
    "account",  # the id of an account at the source (LMS user id, adaptive tool user id)
    "username",
    "email",
    "program",  # a member number an after-school program gave
    "did",  # a decentralized identifier
    "other",
]
"""What an identifier identifies a person by. Which of them may link two persons: `app.pipeline.identity`."""

RoleName = Literal[
    "student",
    "teacher",
    "aide",
    "guardian",
    "parent",
    "relative",
    "administrator",
    "proctor",
    "counselor",
    "mentor",
    "coach",
    "principal",
    "siteAdministrator",
    "districtAdministrator",
    "systemAdministrator",
    "observer",
    "other",
]
"""OneRoster 1.2 RoleEnum, and `mentor`, `coach`, `observer` for programs and LMSs."""

OrgType = Literal[
    "department", "school", "district", "local", "state", "national", "program", "vendor", "library", "other"
]
"""OneRoster 1.2 OrgTypeEnum, and the kinds of organization outside school."""

SessionType = Literal["gradingPeriod", "semester", "schoolYear", "term", "program", "other"]
"""OneRoster 1.2 SessionTypeEnum; `program` for a camp's or club's own period; `other` for an extended (`ext:`) type."""

ClassType = Literal["homeroom", "scheduled", "group"]
"""OneRoster 1.2 ClassTypeEnum; `group` for a learner group, team or club."""

ScoreStatus = Literal["exempt", "fully graded", "not submitted", "not tested", "partially graded", "submitted"]
"""OneRoster 1.2 ScoreStatusEnum, and `not tested` of who did not sit a test. Exempt or missing is never a zero."""

Method = Literal["formative", "summative", "self", "peer", "adaptive", "diagnostic"]
"""How a result came about."""

StatementState = Literal["current", "ended", "unlisted", "retracted"]
"""What became of a statement: its time is over (`ended`), a full listing has it no more (`unlisted`), its source
took it back (`retracted`). Only what is retracted ceases to count."""

KnownBy = Literal["list", "domain"]
"""What a credential's issuer is known by: a list that somebody keeps, or its domain alone, which anybody can have."""

Verification = Literal["unverified", "verified", "unknown issuer", "failed"]
"""What is known of a received credential. *Verified*: nothing speaks against it, and its issuer is known, by a list or
its domain. *Unknown issuer*: its signature holds, and nobody knows whose key that is: anybody could have made it."""
