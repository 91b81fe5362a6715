"""Brief: an entry in short, as it stands in a header. Pure.

For that only a few fields of an entry are read from its JSON: its context, and where it came from, are most of it.
"""

from typing import Any

import msgspec
from msgspec import Struct, field

from app.records.document import AnyEntry, CredentialEntry, EnrollmentEntry, EvidenceEntry, LatestEntry, ResultEntry
from schemas.codes import StatementState

WORDS = 160
"""The most characters of a title or of what was reached, where an entry stands in short."""


class SourceName(Struct, frozen=True):
    """The source that says it, by name."""

    source: str


class Named(Struct, frozen=True):
    """A class or an achievement by what it is called."""

    key: str | None = None
    title: str | None = None
    name: str | None = None


class Brief(Struct, frozen=True, kw_only=True, rename="camel", tag_field="type"):
    """What a header tells of any entry: the fields of `document.Entry` by the same names."""

    id: str
    state: StatementState = "current"
    from_: tuple[SourceName, ...] = field(name="from")


class EnrollmentBrief(Brief, frozen=True, kw_only=True, tag="enrollment"):
    """The learner in a class."""

    class_: Named = field(name="class")
    role: str | None = None
    begins: str | None = None


class ResultBrief(Brief, frozen=True, kw_only=True, tag="result"):
    """What the learner reached."""

    title: str | None = None
    status: str | None = None
    score: float | None = None
    text_score: str | None = None
    maximum: float | None = None
    unit: str | None = None
    level: str | None = None
    date: str | None = None


class CredentialBrief(Brief, frozen=True, kw_only=True, tag="credential"):
    """A credential."""

    name: str | None = None
    achievement: Named | None = None
    date: str | None = None
    verification: str | None = None


class EvidenceBrief(Brief, frozen=True, kw_only=True, tag="evidence"):
    """Something the learner made or did."""

    name: str | None = None
    genre: str | None = None
    date: str | None = None


_decode = msgspec.json.Decoder(EnrollmentBrief | ResultBrief | CredentialBrief | EvidenceBrief).decode


def read(body: bytes) -> LatestEntry:
    """An entry in short, from its JSON."""
    return short(_decode(body))


def short(entry: AnyEntry | Brief) -> LatestEntry:
    """An entry in short."""
    sources = tuple(dict.fromkeys([sayer.source for sayer in entry.from_]))
    title, date, summary = _short(entry)
    return LatestEntry(
        id=entry.id, title=_cut(title), date=date, said=_cut(summary), state=entry.state, sources=sources
    )


def score(entry: ResultEntry | ResultBrief) -> str:
    """What was reached, in the source's own words."""
    if entry.score is None:
        return entry.text_score or entry.level or entry.status or ""
    maximum = f" of {entry.maximum:g}" if entry.maximum is not None else ""
    unit = f" {entry.unit}" if entry.unit not in (None, "points") else ""
    level = f", {entry.level}" if entry.level else ""
    return f"{entry.score:g}{maximum}{unit}{level}"


def _short(entry: AnyEntry | Brief) -> tuple[str, str | None, str | None]:
    match entry:
        case EnrollmentEntry() | EnrollmentBrief():
            return entry.class_.title or entry.class_.key or "Class", entry.begins, entry.role
        case ResultEntry() | ResultBrief():
            return entry.title or "Result", entry.date, score(entry) or None
        case CredentialEntry() | CredentialBrief():
            of = entry.achievement.name if entry.achievement else None
            return entry.name or of or "Credential", entry.date, entry.verification
        case EvidenceEntry() | EvidenceBrief():
            return entry.name or entry.genre or "Evidence", entry.date, None
        case _:
            raise TypeError(f"{type(entry).__name__} is no entry")


def _cut(text: Any) -> Any:
    return text if text is None or len(text) <= WORDS else f"{text[: WORDS - 1]}…"
