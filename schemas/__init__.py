"""The canonical records: what Tessera says about learning, in the field's standard terms.

A `Record` is one statement, frozen, scoped to the source that made it. It names other records of the same source by
their `key`. Where it came from (source, stream, raw bytes, when received) travels beside it in a `Statement`.

Pure.
"""

from schemas.credentials import Achievement, Alignment, Credential, Evidence, Profile
from schemas.frameworks import Competency, Framework
from schemas.gradebook import LineItem, ObjectiveResult, Result
from schemas.records import Gone, Identifier, Name, Record, Role
from schemas.roster import AcademicSession, Agent, Class, Course, Demographics, Enrollment, Org, Person

AnyRecord = (
    AcademicSession
    | Achievement
    | Class
    | Competency
    | Course
    | Credential
    | Demographics
    | Enrollment
    | Evidence
    | Framework
    | Gone
    | LineItem
    | Org
    | Person
    | Result
)

__all__ = [
    "AcademicSession",
    "Achievement",
    "Agent",
    "Alignment",
    "AnyRecord",
    "Class",
    "Competency",
    "Course",
    "Credential",
    "Demographics",
    "Enrollment",
    "Evidence",
    "Framework",
    "Gone",
    "Identifier",
    "LineItem",
    "Name",
    "ObjectiveResult",
    "Org",
    "Person",
    "Profile",
    "Record",
    "Result",
    "Role",
]
