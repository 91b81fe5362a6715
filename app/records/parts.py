"""What entries are made of: where statements came from, classes, achievements, alignments, as a record has them."""

from msgspec import Struct, field

from schemas import Alignment, Profile
from schemas.codes import StatementState


class Shape(Struct, rename="camel", omit_defaults=True, kw_only=True, frozen=True):
    """A part of a record; what nobody tells is left out."""


def _current() -> StatementState:
    return "current"


def state_field() -> StatementState:
    """The field of a statement's state: always written (msgspec omits what *is* its default, not what equals it)."""
    return field(default_factory=_current)


class Origin(Shape, frozen=True, kw_only=True):
    """Where a statement came from, what became of it; `unreadSince`: a newer version of it could not be read."""

    source: str
    source_name: str
    stream: str
    raw_key: str
    kind: str
    source_id: str
    received_at: str
    modified: str | None = None
    state: StatementState = state_field()
    state_at: str | None = None
    unread_since: str | None = None


class EntryTerm(Shape, frozen=True, kw_only=True):
    """A term, a year, a grading period; `begins` and `ends` are its first and last day."""

    title: str
    begins: str | None = None
    ends: str | None = None


class EntryClass(Shape, frozen=True, kw_only=True):
    """A class with its course, school and terms, as far as the source tells of them; `key` is the class's id there."""

    key: str | None = None
    title: str | None = None
    code: str | None = None
    course: str | None = None
    school: str | None = None
    subjects: tuple[str, ...] = ()
    terms: tuple[EntryTerm, ...] = ()


class EntryAlignment(Shape, frozen=True, kw_only=True):
    """A pointer to a competency, as the source has it."""

    name: str | None = None
    code: str | None = None
    url: str | None = None
    framework: str | None = None
    type: str | None = None


class EntryObjective(Shape, frozen=True, kw_only=True):
    """What was reached against one objective."""

    objective: EntryAlignment
    score: float | None = None
    text_score: str | None = None
    mastered: bool | None = None


class EntryProfile(Shape, frozen=True, kw_only=True):
    """Who issued or assessed."""

    id: str | None = None
    name: str | None = None
    url: str | None = None


class EntryAchievement(Shape, frozen=True, kw_only=True):
    """What a credential is of."""

    name: str | None = None
    description: str | None = None
    criteria: str | None = None
    criteria_url: str | None = None
    type: str | None = None
    uri: str | None = None
    image: str | None = None
    alignments: tuple[EntryAlignment, ...] = ()


class Past(Shape, frozen=True, kw_only=True):
    """What became of a statement that is current no more, and since when.

    `since` is the last day that what has ended tells of itself, where it tells one. Else it is the listing that lacked
    it first, or when its source said so. When that was learned is told with the statement in `from`.
    """

    state: StatementState
    since: str


def alignment(record: Alignment) -> EntryAlignment:
    """An alignment as the record shows it."""
    return EntryAlignment(
        name=record.name or None,
        code=record.code or None,
        url=record.url or None,
        framework=record.framework or None,
        type=record.type or None,
    )


def profile(record: Profile | None) -> EntryProfile | None:
    """A profile as the record shows it; None where it says nothing."""
    if record is None or not (record.id or record.name or record.url):
        return None
    return EntryProfile(id=record.id or None, name=record.name or None, url=record.url or None)
