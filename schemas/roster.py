"""Organizations, people, classes: OneRoster 1.2 Rostering, section 4 (data model)."""

from datetime import date

from schemas.codes import ClassType, OrgType, RoleName, SessionType
from schemas.records import Identifier, Name, Record, Role, Value, share_defaults


class Org(Record, frozen=True, tag="org"):
    name: str
    type: OrgType
    identifier: str | None = None
    parent: str | None = None


class AcademicSession(Record, frozen=True, tag="academicSession"):
    """A term, a year, a grading period; `begins` and `ends` are its dates."""

    title: str
    type: SessionType
    parent: str | None = None
    school_year: str | None = None


class Course(Record, frozen=True, tag="course"):
    title: str
    code: str | None = None
    org: str | None = None
    session: str | None = None
    subjects: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()


class Class(Record, frozen=True, tag="class"):
    """A class, section, lesson group or club; `part_of` is the class it is a section or a group of."""

    title: str
    type: ClassType | None = None
    code: str | None = None
    course: str | None = None
    part_of: str | None = None
    org: str | None = None
    sessions: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    location: str | None = None
    periods: tuple[str, ...] = ()


class Agent(Value, frozen=True):
    """An adult's relation to a person: `person` is the adult's Person key."""

    person: str
    relation: RoleName = "other"

    def __post_init__(self) -> None:
        """See `share_defaults`."""
        share_defaults(self)


class Person(Record, frozen=True, tag="person"):
    """A person as one source knows them. A learner needs no grade level, no school and no e-mail."""

    identifiers: tuple[Identifier, ...] = ()
    names: tuple[Name, ...] = ()
    roles: tuple[Role, ...] = ()
    birth_date: date | None = None
    birth_year: int | None = None
    pronouns: str | None = None
    email: str | None = None
    phone: str | None = None
    grades: tuple[str, ...] = ()
    primary_org: str | None = None
    agents: tuple[Agent, ...] = ()
    enabled: bool = True


class Demographics(Record, frozen=True, tag="demographics"):
    """OneRoster demographics: kept, matched on (birth date), and not part of what a record shows by default."""

    person: str
    birth_date: date | None = None
    sex: str | None = None
    races: tuple[str, ...] = ()
    hispanic: bool | None = None
    country_of_birth: str | None = None
    state_of_birth: str | None = None
    city_of_birth: str | None = None
    residence_status: str | None = None


class Enrollment(Record, frozen=True, tag="enrollment"):
    """`person` in `class_` as `role`, from `begins` to `ends`."""

    person: str
    class_: str
    role: RoleName = "student"
    primary: bool | None = None
    org: str | None = None
    state: str | None = None

    def __post_init__(self) -> None:
        """See `share_defaults`."""
        share_defaults(self)
