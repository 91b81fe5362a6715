"""Portraits: what a source tells of a person, for somebody who is to say whether two are one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.db import Tx
from app.db.identity import ledger, persons
from app.db.identity.persons import DecisionRow, Ref
from app.matching.traits import shown_names
from app.pipeline.normalize import decode_record
from app.sources import known
from schemas import Demographics, Org, Person


@dataclass(slots=True)
class Portrait:
    """Somebody as one source knows them. Each value once, as it is said; a former name never, beside a chosen one."""

    source: str
    key: str
    names: list[str] = field(default_factory=list)
    born: list[str] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    grades: list[str] = field(default_factory=list)
    schools: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)


async def portraits(tx: Tx, refs: Iterable[Ref]) -> dict[Ref, Portrait]:
    """What sources tell of these persons."""
    unique = set(refs)
    names = {row.id: row.name for row in await known.listed(tx)}
    by_ref = {ref: Portrait(names.get(ref[0], str(ref[0])), ref[1]) for ref in unique}
    schools: set[tuple[int, str, str]] = set()
    placed: list[tuple[Ref, str]] = []
    for row in await persons.descriptions_of(tx, unique):
        ref, record = (row.source_id, row.person or ""), decode_record(row.body)
        if ref not in by_ref:
            continue
        if isinstance(record, Demographics) and record.birth_date:
            _add(by_ref[ref].born, [record.birth_date.isoformat()])
        if isinstance(record, Person):
            _tell(by_ref[ref], record)
            orgs = [key for key in (record.primary_org, *(role.org for role in record.roles)) if key]
            schools |= {(ref[0], "org", key) for key in orgs}
            placed += [(ref, key) for key in orgs]
    orgs_by_key = (
        {(row.source_id, row.key): decode_record(row.body) for row in await persons.context(tx, schools)}
        if schools
        else {}
    )
    for ref, key in placed:
        org = orgs_by_key.get((ref[0], key))
        _add(by_ref[ref].schools, [org.name if isinstance(org, Org) else key])
    return by_ref


FIELDS = ("names", "born", "identifiers", "emails", "grades", "schools", "roles")
TELLING = frozenset({"names", "born", "grades"})
"""What speaks for or against, where it differs: numbers and addresses differ from system to system."""


@dataclass(frozen=True, slots=True)
class Line:
    """One field of several persons side by side: what each tells of it, and who of them differs from the first."""

    field: str
    values: list[list[str]]
    differs: list[bool]


def side_by_side(first: Portrait, *others: Portrait) -> list[Line]:
    """What sources tell of somebody and of whoever they may be, line by line."""
    lines = []
    for name in FIELDS:
        values: list[list[str]] = [getattr(portrait, name) for portrait in (first, *others)]
        if any(values):
            differs = [name in TELLING and _differ(values[0], other) for other in values]
            lines.append(Line(name, values, differs))
    return lines


def _differ(mine: list[str], theirs: list[str]) -> bool:
    common = {value.casefold() for value in mine} & {value.casefold() for value in theirs}
    return bool(mine and theirs and not common)


async def decided(tx: Tx, before: int | None, limit: int) -> list[DecisionRow]:
    """What people have decided and nobody has taken back, newest first, before an id."""
    return await ledger.by_people(tx, before, limit)


def _tell(portrait: Portrait, person: Person) -> None:
    _add(
        portrait.names,
        [name.full or " ".join(filter(None, (name.given, name.middle, name.family))) for name in shown_names(person)],
    )
    _add(portrait.born, [person.birth_date.isoformat()] if person.birth_date else [])
    _add(portrait.identifiers, [f"{identifier.type} {identifier.value}" for identifier in person.identifiers])
    _add(portrait.emails, [person.email] if person.email else [])
    _add(portrait.grades, person.grades)
    _add(portrait.roles, [role.role for role in person.roles])


def _add(texts: list[str], values: Iterable[str]) -> None:
    texts += [value for value in values if value and value not in texts]
