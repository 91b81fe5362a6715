"""The header of a learner's record, purely: who they are by the preferred source, and what there is of them.

It is the same whatever order statements arrived in: they are put in order of preference (the source's rank, then its
slug, stream and key) before anything is said, and of equal statements of one source the first by key speaks. Values
that sources disagree on stand side by side, the preferred one first, and are listed under `conflicts`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from msgspec.structs import replace

from app.matching.apart import ONE_EACH, TypedId
from app.pipeline.statement import Lookup, RecordSource, Statement, preference
from app.records.book import Book, iso, last_day
from app.records.document import (
    FOLD,
    PARTS,
    PAST,
    SECTIONS,
    STATES,
    Conflict,
    Glance,
    Header,
    LatestEntry,
    Links,
    Sections,
    SectionSummary,
    SettingSummary,
    SourcedGuardian,
    SourcedIdentifier,
    SourcedName,
    SourcedSchool,
    SourcedText,
    SourcedValue,
    SourceSummary,
)
from schemas import Demographics, Name, Org, Person
from schemas.codes import StatementState

MOST = 40
"""The most values of one list of the header."""
S = TypeVar("S", bound=SourcedValue)
Ids = Mapping[tuple[int, str], Iterable[TypedId]]
Pairs = list[tuple[Statement, SourcedValue]]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entries of one kind a learner has, and a mark of what they say."""

    section: str
    setting: str
    source: int
    state: str
    sensitive: bool
    count: int
    mark: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of a learner beside who they are: counts, the latest entries, competencies at a glance."""

    counts: Sequence[Counted]
    latest: Sequence[tuple[str, str, LatestEntry]]
    """(section, setting, entry), the newest first."""
    classes: Sequence[LatestEntry]
    glance: Glance


def identity_values(statements: Iterable[Statement], ids: Ids, book: Book) -> dict[str, Pairs]:
    """Who a learner is: for each list of the header, every value with the statement that says so, in preference order.

    A source that took a person back still says who they were, but not where they are.
    """
    ordered = sorted(statements, key=preference)
    ever = [(statement, statement.record) for statement in ordered if isinstance(statement.record, Person)]
    now = [(statement, person) for statement, person in ever if not statement.withdrawn]
    births = [(statement, person.birth_date) for statement, person in ever]
    births += [
        (statement, statement.record.birth_date)
        for statement in ordered
        if isinstance(statement.record, Demographics) and not statement.withdrawn
    ]
    return {
        "names": [(statement, _name(name)) for statement, person in ever for name in person.names],
        "identifiers": [
            (statement, SourcedIdentifier(type=typed.type, issuer=typed.issuer, value=typed.value))
            for statement, person in ever
            for typed in sorted(ids.get((statement.source.id, person.key), ()))
        ],
        "birth_dates": [(statement, SourcedText(value=day.isoformat())) for statement, day in births if day],
        "pronouns": [(statement, SourcedText(value=person.pronouns)) for statement, person in ever if person.pronouns],
        "emails": [(statement, SourcedText(value=person.email)) for statement, person in ever if person.email],
        "grades": [
            (statement, SourcedText(value=grade, ends=iso(statement.ended_on)))
            for statement, person in now
            for grade in person.grades
        ],
        "schools": [(statement, school) for statement, person in now for school in _schools(book, statement, person)],
        "guardians": [(statement, adult) for statement, person in now for adult in _guardians(book, statement, person)],
    }


def by_value(pairs: Iterable[tuple[Statement, SourcedValue]]) -> list[tuple[SourcedValue, list[Statement]]]:
    """Equal values once, each with all the statements that say so, the preferred first."""
    values: dict[SourcedValue, dict[int, Statement]] = {}
    for statement, value in pairs:
        values.setdefault(value, {}).setdefault(id(statement), statement)
    return [(value, list(statements.values())) for value, statements in values.items()]


def header(
    learner: UUID,
    statements: Iterable[Statement],
    ids: Ids,
    lookup: Lookup,
    holdings: Holdings,
    sources: Mapping[int, RecordSource],
) -> tuple[Header, list[int]]:
    """A learner's header with all that is known, and the references it was made from or asked for in vain."""
    book = Book(lookup)
    known = list(statements)
    values = {part: by_value(pairs) for part, pairs in identity_values(known, ids, book).items()}
    lists: dict[str, Any] = {
        part: tuple(with_sources(value, statements) for value, statements in of[:MOST]) for part, of in values.items()
    }
    more = {part: len(of) - MOST for part, of in values.items() if len(of) > MOST}
    named = {statement.source.id for statement in known} | {row.source for row in holdings.counts if row.count}
    whole = Header(
        id=str(learner),
        fold=FOLD,
        state=_state(known),
        **lists,
        more=more,
        classes=tuple(holdings.classes),
        sections=_sections(learner, holdings),
        competencies=holdings.glance,
        conflicts=_conflicts(values),
        sources=_sources(named, sources, holdings),
        withheld=0,
        links=_links(learner),
    )
    return whole, sorted(book.refs)


def general(whole: Header, holdings: Holdings, sources: Mapping[int, RecordSource], secret: int) -> Header:
    """The header for those who may not see what is sensitive: `holdings` without that, `secret` how much that is."""
    learner = UUID(whole.id)
    known = {row.source for row in holdings.counts if row.count}
    ids = {source.slug: source.id for source in sources.values()}
    known |= {
        ids[slug] for part in PARTS.values() for value in getattr(whole, part) for slug in value.from_ if slug in ids
    }
    return replace(
        whole,
        classes=tuple(holdings.classes),
        sections=_sections(learner, holdings),
        competencies=holdings.glance,
        sources=_sources(known, sources, holdings),
        withheld=secret,
    )


def _state(statements: Iterable[Statement]) -> StatementState:
    """What became of a learner: `current` while any source tells of them as a person, or none ever did."""
    states = {statement.state for statement in statements if isinstance(statement.record, Person)}
    return next((state for state in STATES if state in states), "current")


def _name(name: Name) -> SourcedName:
    """A name with its parts."""
    parts = " ".join(part for part in (name.given, name.middle, name.family) if part)
    return SourcedName(
        value=name.full or parts,
        given=name.given or None,
        middle=name.middle or None,
        family=name.family or None,
        preferred=name.preferred or None,
        begins=iso(name.begins),
        ends=iso(name.ends),
    )


def _schools(book: Book, statement: Statement, person: Person) -> Iterable[SourcedSchool]:
    """Where a person is, by role and by primary organization."""
    places = [(role.org, role.role, role.begins, role.ends) for role in person.roles if role.org]
    if person.primary_org and person.primary_org not in {org for org, *_ in places}:
        places.append((person.primary_org, "student", None, None))
    for key, role, begins, ends in places:
        _, org = book.find(statement, Org, key)
        yield SourcedSchool(
            name=org.name if org else None, org=key, role=role, begins=iso(begins), ends=iso(last_day(statement, ends))
        )


def _guardians(book: Book, statement: Statement, person: Person) -> Iterable[SourcedGuardian]:
    """The adults a source names for a learner."""
    for agent in person.agents:
        _, adult = book.find(statement, Person, agent.person)
        name = _name(adult.names[0]).value if adult and adult.names else None
        yield SourcedGuardian(relation=agent.relation, name=name, ends=iso(statement.ended_on))


def with_sources(value: S, statements: Sequence[Statement]) -> S:
    """A value with the sources that say so, the preferred first."""
    return replace(value, from_=tuple(dict.fromkeys(statement.source.slug for statement in statements)))


def _conflicts(values: Mapping[str, Sequence[tuple[SourcedValue, list[Statement]]]]) -> tuple[Conflict, ...]:
    """Where sources disagree on what a learner has but one of."""
    births = []
    if len(values["birth_dates"]) > 1:
        births = [Conflict(path="/birthDates", what="sources tell different birth dates")]
    identifiers = [value for value, _ in values["identifiers"] if isinstance(value, SourcedIdentifier)]
    counts = Counter((identifier.type, identifier.issuer) for identifier in identifiers)
    several = sorted({kind for (kind, _), count in counts.items() if count > 1 and kind in ONE_EACH})
    return (*births, *(Conflict(path="/identifiers", what=f"sources tell different {kind} ids") for kind in several))


def _sections(learner: UUID, holdings: Holdings) -> Sections:
    summaries = {section: _section(learner, section, holdings) for section in SECTIONS}
    return Sections(**summaries)


def _section(learner: UUID, section: str, holdings: Holdings) -> SectionSummary:
    rows = [row for row in holdings.counts if row.section == section and row.count]
    by_setting = Counter[str]()
    states = Counter[str]()
    mark = 0
    for row in rows:
        states[row.state] += row.count
        mark ^= row.mark
        if row.state != "retracted":
            by_setting[row.setting] += row.count
    latest = [(setting, entry) for of, setting, entry in holdings.latest if of == section]
    return SectionSummary(
        count=by_setting.total(),
        past=sum(states[state] for state in PAST),
        retracted=states["retracted"],
        mark=f"{mark & (2**64 - 1):016x}",
        url=f"/v1/learners/{learner}/record/{section}",
        settings=tuple(
            SettingSummary(
                setting=setting, count=count, latest=tuple(entry for where, entry in latest if where == setting)
            )
            for setting, count in sorted(by_setting.items())
        ),
    )


def _sources(
    named: Iterable[int], sources: Mapping[int, RecordSource], holdings: Holdings
) -> tuple[SourceSummary, ...]:
    entries = Counter[int]()
    for row in holdings.counts:
        if row.state != "retracted":
            entries[row.source] += row.count
    known = sorted((sources[source] for source in named), key=lambda source: (source.rank, source.slug))
    return tuple(
        SourceSummary(source=source.slug, name=source.name, setting=source.setting, entries=entries[source.id])
        for source in known
    )


def _links(learner: UUID) -> Links:
    home = f"/v1/learners/{learner}"
    return Links(
        self=home,
        full=f"{home}/record/full",
        timeline=f"{home}/timeline",
        provenance=f"{home}/provenance",
        plans=f"{home}/plans",
    )
