"""The learner record's shapes: a bounded header, and the entries of its sections, each by itself."""

from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import fields

from app.records.parts import (
    EntryAchievement,
    EntryAlignment,
    EntryClass,
    EntryObjective,
    EntryProfile,
    Origin,
    Past,
    Shape,
    state_field,
)
from schemas.codes import KnownBy, RoleName, Setting, StatementState, Verification

FOLD = 6
"""The version of the code that makes headers and entries: where it rises, all are made anew (`app.records.refold`)."""

Section = Literal["enrollments", "results", "credentials", "evidence"]
SECTIONS: tuple[Section, ...] = ("enrollments", "results", "credentials", "evidence")
STATES: tuple[StatementState, ...] = get_args(StatementState)
"""What became of a statement; an entry that its source retracted is not in the record, and stays in its history."""
PAST = ("ended", "unlisted")


class Entry(Shape, frozen=True, kw_only=True, tag_field="type"):
    """What every entry has. `id` names it for as long as its source keeps its key; `from` are the statements it was
    made from, its own first; `past` says since when it is not current, `unreadSince` since when a newer version of it
    could not be read; `extensions` is what the source said beyond what we know.
    """

    id: str
    setting: Setting
    state: StatementState = state_field()
    past: Past | None = None
    unread_since: str | None = None
    from_: tuple[Origin, ...] = field(name="from")
    extensions: dict[str, Any] = {}


class EnrollmentEntry(Entry, frozen=True, kw_only=True, tag="enrollment"):
    """The learner in a class."""

    class_: EntryClass = field(name="class")
    role: RoleName | None = None
    begins: str | None = None
    ends: str | None = None
    status: str | None = None


class ResultEntry(Entry, frozen=True, kw_only=True, tag="result"):
    """What the learner reached, on the source's own scale."""

    title: str | None = None
    class_: EntryClass | None = field(name="class", default=None)
    subject: str | None = None
    category: str | None = None
    status: str | None = None
    score: float | None = None
    text_score: str | None = None
    narrative: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    level: str | None = None
    standard_error: float | None = None
    percentile: float | None = None
    passed: bool | None = None
    method: str | None = None
    confidence: float | None = None
    attempts: int | None = None
    late: bool | None = None
    missing: bool | None = None
    assessor: str | None = None
    issuer: EntryProfile | None = None
    date: str | None = None
    expires: str | None = None
    credential: str | None = None
    verification: Verification | None = None
    objectives: tuple[EntryObjective, ...] = ()
    alignments: tuple[EntryAlignment, ...] = ()


class CredentialEntry(Entry, frozen=True, kw_only=True, tag="credential"):
    """A credential, and what verification has found.

    `issuer_known_by`: what its issuer is known by, a list that somebody keeps or its domain alone. `doubt`: why it
    counts neither for mastery nor for a plan.
    """

    name: str | None = None
    achievement: EntryAchievement | None = None
    issuer: EntryProfile | None = None
    uri: str | None = None
    format: str | None = None
    date: str | None = None
    expires: str | None = None
    revoked: bool | None = None
    verification: Verification | None = None
    verification_note: str | None = None
    issuer_known_by: KnownBy | None = None
    doubt: str | None = None
    narrative: str | None = None


class EvidenceEntry(Entry, frozen=True, kw_only=True, tag="evidence"):
    """Something the learner made or did."""

    name: str | None = None
    description: str | None = None
    narrative: str | None = None
    url: str | None = None
    genre: str | None = None
    audience: str | None = None
    place: str | None = None
    date: str | None = None
    expires: str | None = None
    issuer: EntryProfile | None = None
    credential: str | None = None
    verification: Verification | None = None
    alignments: tuple[EntryAlignment, ...] = ()


AnyEntry = EnrollmentEntry | ResultEntry | CredentialEntry | EvidenceEntry


class SourcedValue(Shape, frozen=True, kw_only=True):
    """A value of the header; `from` are the sources that say so, the preferred first."""

    from_: tuple[str, ...] = field(name="from", default=())


class SourcedText(SourcedValue, frozen=True, kw_only=True):
    """A value that is a text: a grade, an e-mail address, a birth date, pronouns; `ends` where it is over."""

    value: str
    ends: str | None = None


class SourcedName(SourcedValue, frozen=True, kw_only=True):
    """A name with its parts."""

    value: str
    given: str | None = None
    middle: str | None = None
    family: str | None = None
    preferred: bool | None = None
    begins: str | None = None
    ends: str | None = None


class SourcedIdentifier(SourcedValue, frozen=True, kw_only=True):
    """A typed identifier and who gave it."""

    type: str
    issuer: str
    value: str


class SourcedSchool(SourcedValue, frozen=True, kw_only=True):
    """Where the learner is, by role or by primary organization; `org` is its id at the source."""

    org: str
    name: str | None = None
    role: str | None = None
    begins: str | None = None
    ends: str | None = None


class SourcedGuardian(SourcedValue, frozen=True, kw_only=True):
    """An adult a source names for the learner."""

    relation: str
    name: str | None = None
    ends: str | None = None


class LatestEntry(Shape, frozen=True, kw_only=True):
    """An entry in short: `id` is the entry's, `said` what was reached, in the source's words."""

    id: str
    title: str
    date: str | None = None
    said: str | None = None
    state: StatementState = state_field()
    sources: tuple[str, ...] = ()


class SettingSummary(Shape, frozen=True, kw_only=True):
    """What a section has from one setting: how much, and the latest of it."""

    setting: str
    count: int
    latest: tuple[LatestEntry, ...] = ()


class SectionSummary(Struct, rename="camel", kw_only=True, frozen=True):
    """How much a section has: `count` in all, of which `past` (ended, or listed no more). `retracted` is not counted.

    `mark` changes with every entry; `url` is where its entries are read, page by page.
    """

    count: int
    past: int
    retracted: int
    mark: str
    url: str
    settings: tuple[SettingSummary, ...]


class Sections(Struct, rename="camel", kw_only=True, frozen=True):
    """The sections of a record."""

    enrollments: SectionSummary
    results: SectionSummary
    credentials: SectionSummary
    evidence: SectionSummary


class FrameworkGlance(Struct, rename="camel", kw_only=True, frozen=True):
    """How far a learner is in one framework."""

    id: str
    title: str
    shown: int
    mastered: int


class Glance(Struct, rename="camel", kw_only=True, frozen=True):
    """Competencies at a glance: how many were shown, how many of them are mastered; the same by framework."""

    shown: int
    mastered: int
    frameworks: tuple[FrameworkGlance, ...]


class Conflict(Struct, rename="camel", kw_only=True, frozen=True):
    """Where sources disagree on what a learner has but one of; `path` is a JSON Pointer into the header."""

    path: str
    what: str


class SourceSummary(Struct, rename="camel", kw_only=True, frozen=True):
    """A source that tells of the learner, and how many entries are from it."""

    source: str
    name: str
    setting: str
    entries: int


class Links(Struct, rename="camel", kw_only=True, frozen=True):
    """Where the rest is."""

    self: str
    full: str
    timeline: str
    provenance: str
    plans: str


class Header(Struct, rename="camel", kw_only=True, frozen=True):
    """A learner's record: who they are, where they are now, and what there is, bounded however much that is.

    Values that sources disagree on stand side by side, the preferred one first. A list that would be longer than it may
    be is cut, and `more` says by how much. `state` is `current` while any source tells of the learner, `classes` are
    the enrollments that are current. `withheld`: so many entries are left out as sensitive (`scope=all`). `fold` is the
    version of the code that made it.
    """

    id: str
    type: Literal["LearnerRecord"] = "LearnerRecord"
    fold: int
    state: StatementState
    names: tuple[SourcedName, ...]
    identifiers: tuple[SourcedIdentifier, ...]
    birth_dates: tuple[SourcedText, ...]
    pronouns: tuple[SourcedText, ...]
    emails: tuple[SourcedText, ...]
    grades: tuple[SourcedText, ...]
    schools: tuple[SourcedSchool, ...]
    guardians: tuple[SourcedGuardian, ...]
    more: dict[str, int]
    classes: tuple[LatestEntry, ...]
    sections: Sections
    competencies: Glance
    conflicts: tuple[Conflict, ...]
    sources: tuple[SourceSummary, ...]
    withheld: int
    links: Links


PARTS = {
    part.encode_name: part.name
    for part in fields(Header)
    if get_origin(part.type) is tuple and issubclass(get_args(part.type)[0], SourcedValue)
}
"""The lists of who a learner is said to be, by their names in JSON."""


class FullRecord(Header, kw_only=True, frozen=True):
    """All of a learner's record: the header, and the entries of every section."""

    enrollments: tuple[EnrollmentEntry, ...]
    results: tuple[ResultEntry, ...]
    credentials: tuple[CredentialEntry, ...]
    evidence: tuple[EvidenceEntry, ...]


class WholeRecord(Struct, kw_only=True, frozen=True):
    """A learner's header and the newest entries of every section, to choose from.

    `sensitive` are those that tell of anything sensitive, as `/{section}/{id}`.
    """

    header: Header
    enrollments: tuple[EnrollmentEntry, ...] = ()
    results: tuple[ResultEntry, ...] = ()
    credentials: tuple[CredentialEntry, ...] = ()
    evidence: tuple[EvidenceEntry, ...] = ()
    sensitive: frozenset[str] = frozenset()

    @property
    def learner(self) -> UUID:
        """Whose record it is."""
        return UUID(self.header.id)


class RecordAt(Shape, frozen=True, kw_only=True):
    """A learner's record as it was on the day `asOf` (None: whenever), by what was known at `knownAt`."""

    id: str
    as_of: date | None
    known_at: datetime
    names: tuple[SourcedName, ...] = ()
    identifiers: tuple[SourcedIdentifier, ...] = ()
    birth_dates: tuple[SourcedText, ...] = ()
    pronouns: tuple[SourcedText, ...] = ()
    emails: tuple[SourcedText, ...] = ()
    grades: tuple[SourcedText, ...] = ()
    schools: tuple[SourcedSchool, ...] = ()
    guardians: tuple[SourcedGuardian, ...] = ()
    enrollments: tuple[EnrollmentEntry, ...] = field(default=())
    results: tuple[ResultEntry, ...] = field(default=())
    credentials: tuple[CredentialEntry, ...] = field(default=())
    evidence: tuple[EvidenceEntry, ...] = field(default=())
    withheld: int = 0


class EntryPage(Struct, rename="camel", kw_only=True, frozen=True):
    """A page of a section's entries: `next` is the next request's `after`, null at the end."""

    entries: tuple[AnyEntry, ...]
    next: str | None
    withheld: int
