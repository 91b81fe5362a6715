"""A learner's record as a person reads it: every value, and beside it the sources it comes from."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from rich.console import RenderableType
from rich.markup import escape
from rich.text import Text

from app.cli.console import table
from app.records.document import (
    CredentialEntry,
    EnrollmentEntry,
    Entry,
    EvidenceEntry,
    FullRecord,
    Header,
    ResultEntry,
    SectionSummary,
    SourcedValue,
    WholeRecord,
)
from app.records.parts import EntryClass

E = TypeVar("E", bound=Entry)


def portrait(header: Header, entries: WholeRecord | FullRecord, most: int | None = None) -> Iterator[RenderableType]:
    """A record's parts, in the order a teacher would ask for them; of each section `most` entries, if not all."""
    sources = _Sources({source.source: source.name for source in header.sources})
    sections, names = header.sections, header.names
    yield Text(names[0].value if names else "(no name told)", style="bold")
    yield Text(f"learner {header.id}", style="dim")
    yield from _facts(header, sources)
    classes = _title("Classes", sections.enrollments)
    yield from _list(classes, entries.enrollments[:most], ("class", "role", "when"), _enrollment, sources)
    yield from _results(_title("Results", sections.results), entries.results[:most], sources)
    earned = _title("Badges and credentials", sections.credentials)
    yield from _list(earned, entries.credentials[:most], ("what", "issued by", "proof"), _credential, sources)
    title = _title("Evidence", sections.evidence)
    yield from _list(title, entries.evidence[:most], ("what", "words", "when"), _evidence, sources)
    summaries = (sections.enrollments, sections.results, sections.credentials, sections.evidence)
    if retracted := sum(section.retracted for section in summaries):
        yield Text(f"\n{retracted} entries were retracted by their sources.", style="dim")
    for conflict in header.conflicts:
        yield Text(f"\nSources disagree: {conflict.what} ({conflict.path})", style="yellow")


def _title(words: str, section: SectionSummary) -> str:
    return f"\n{words} ({section.count:,})"


class _Sources:
    """Where values and entries come from: sources by their slugs, or statements."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def by(self, item: Entry | SourcedValue) -> str:
        """The sources of an item, the preferred first."""
        names = [
            origin.source_name if not isinstance(origin, str) else self._names.get(origin, origin)
            for origin in item.from_
        ]
        return escape(", ".join(dict.fromkeys(names)))


def _facts(header: Header, sources: _Sources) -> Iterator[RenderableType]:
    facts = table("", "", "from")
    for label, items in (
        ("name", header.names),
        ("born", header.birth_dates),
        ("pronouns", header.pronouns),
        ("e-mail", header.emails),
        ("grade", header.grades),
    ):
        for item in items:
            facts.add_row(label, escape(item.value), sources.by(item))
    for identifier in header.identifiers:
        words = escape(f"{identifier.value} ({identifier.issuer})")
        facts.add_row(f"{identifier.type} id", words, sources.by(identifier))
    for school in header.schools:
        facts.add_row("school", escape(school.name or school.org), sources.by(school))
    for adult in header.guardians:
        relation = "adult" if adult.relation == "other" else adult.relation
        facts.add_row(relation, escape(adult.name or "?"), sources.by(adult))
    if facts.row_count:
        yield facts


def _list(
    title: str, items: Sequence[E], columns: tuple[str, ...], row: Callable[[E], tuple[str, ...]], sources: _Sources
) -> Iterator[RenderableType]:
    if not items:
        return
    listing = table(*columns, "from", title=title)
    for item in items:
        listing.add_row(*(escape(cell) for cell in row(item)), sources.by(item))
    yield listing


def _results(title: str, items: Sequence[ResultEntry], sources: _Sources) -> Iterator[RenderableType]:
    """Results under the course or subject they belong to."""
    if not items:
        return
    listing = table("what", "result", "when", "from", title=title)
    courses: dict[str, list[ResultEntry]] = {}
    for item in sorted(items, key=lambda item: not _course(item)):
        courses.setdefault(_course(item), []).append(item)
    for course, members in courses.items():
        listing.add_row(f"[italic]{escape(course) or 'without a course'}[/]")
        for item in members:
            listing.add_row(
                *(escape(cell) for cell in (item.title or "?", _score(item), _day(item.date))), sources.by(item)
            )
    yield listing


def _course(item: ResultEntry) -> str:
    taught = item.class_ or EntryClass()
    return taught.course or taught.title or item.subject or ""


def _enrollment(item: EnrollmentEntry) -> tuple[str, str, str]:
    return item.class_.title or item.class_.key or "?", item.role or "", _period(item)


def _credential(item: CredentialEntry) -> tuple[str, str, str]:
    name = item.name or (item.achievement.name if item.achievement else None) or "?"
    proof = ", ".join(["revoked"] * bool(item.revoked) + [item.verification or ""])
    return name, (item.issuer.name if item.issuer else None) or "", proof


def _evidence(item: EvidenceEntry) -> tuple[str, str, str]:
    words = item.narrative or item.description or item.url or ""
    return item.name or item.genre or "evidence", words, _day(item.date)


def _score(item: ResultEntry) -> str:
    """A result in words: the score on its scale, or what stands in its place."""
    words = []
    if item.score is not None:
        maximum = f" of {item.maximum:g}" if item.maximum is not None else ""
        words.append(f"{item.score:g}{maximum} {item.unit or ''}".strip())
    outcomes = [text for text in (item.text_score, item.level, item.narrative) if text is not None]
    words += [word for word in outcomes if word != str(item.score)]  # some say the number twice
    if not words:
        words.append(item.status or ("passed" if item.passed else "no score"))
    return ", ".join(words)


def _day(date: str | None) -> str:
    return (date or "")[:10]


def _period(item: EnrollmentEntry) -> str:
    days = (("from", item.begins), ("to", item.ends))
    return " ".join(f"{word} {day}" for word, day in days if day is not None)
