"""Succession: a source's key of one child that is another child's from now on.

A source may overwrite a person's row with another person (name, birth date and numbers all differ). Whoever follows a
link, holds a credential or reads a result of the first must never see the second, so that from then on the source's key
is the second child's under a key of its own here, and a near match says so for a person to look at. Corrections pass.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

import msgspec
from msgspec.structs import replace

from app.db import Tx
from app.db.identity import ledger
from app.db.pipeline import quarantine, statements, successions
from app.db.pipeline.statements import StoredRow
from app.db.pipeline.successions import SaidOfRow, SuccessionRow, VersionRow
from app.db.records import entries
from app.matching.apart import PersonFacts, PersonRef, TypedId, is_placeholder, person_facts
from app.matching.replaced import became_another, became_another_by_and_by
from app.pipeline.arrival import Arrival
from app.pipeline.normalize import Statement, decode_record, identity_of
from app.pipeline.presence import BETWEEN, beginning, between, child_then, is_between, present_from
from app.pipeline.raw import Item
from app.pipeline.rows import nth_row, own_key
from schemas import AnyRecord, Enrollment, Person

MARK = "\N{DOUBLE DAGGER}"
"""What stands between a source's key and the number of the child who has it, from the second on."""

WHO = frozenset({"person", "demographics"})
"""Kinds of statements that say who a person is."""

PARTS = re.compile(r"[/|:]")
"""What stands between the parts of a raw key that has several."""

EARLIEST = datetime.min.replace(tzinfo=UTC)

ROWS = 5
"""So many rows of one key are looked at, and one less."""

RULE = "record-of-another"
BETWEEN_RULE = "between-two-of-one-key"
_encode = msgspec.json.Encoder(order="deterministic").encode


async def with_successors(
    tx: Tx, arrival: Arrival, stated: Sequence[Statement], old: Iterable[str]
) -> Sequence[Statement]:
    """Statements with the persons whom they are about: where a key was given to another child, the one who had it when
    that happened which is told; where a record does not say when, the one who has it now.

    `old` are the raw keys that are known: what was said of the first child before stays the first child's, unless it is
    said anew of what happened since.
    """
    rows = await successions.of_source(tx, arrival.source.id, arrival.at)
    if not rows:
        return stated
    turns = {key: list(of) for key, of in groupby(rows, key=lambda row: row.key)}
    before = await successions.said_of(tx, arrival.source.id, arrival.stream.name, list(old))
    now = {key: of[-1].successor for key, of in turns.items()}
    attributed = [_said_of(statement, turns, now, before.get(statement.raw_key)) for statement in stated]
    await _ask_between(tx, arrival, rows, {s.person for s in attributed if s.person})
    await _see_present(tx, arrival, turns, attributed)
    return attributed


def _said_of(
    statement: Statement, turns: Mapping[str, Sequence[SuccessionRow]], now: Mapping[str, str], before: SaidOfRow | None
) -> Statement:
    if statement.person not in turns and statement.kind != "person":
        return statement
    record = decode_record(statement.body)
    whose = dict(now)
    if (key := statement.person) in turns and key is not None and own_key(statement.raw_key) != key:
        whose[key] = _of_child(statement, record, turns[key], before) or whose[key]
    record = with_keys(record, whose)
    person = None if statement.person is None else whose.get(statement.person, statement.person)
    return replace(statement, key=record.key, person=person, body=_encode(record).decode())


def _of_child(
    statement: Statement, record: AnyRecord, turns: Sequence[SuccessionRow], before: SaidOfRow | None
) -> str | None:
    """The child of whom something is told under a key that several have had; None: whoever has it now."""
    key = turns[0].key
    then = child_then(record, turns)
    known = before.person if before is not None and origin(before.person) == key else None
    if known is None or before is None:
        return then
    has_no_id = key in PARTS.split(statement.raw_key)  # it is told by what it is of, such as a course and an account
    if isinstance(record, Enrollment):
        return None if has_no_id else known
    if then is None:
        return None if has_no_id and before.over else known
    if is_between(then) or is_between(known):
        return known if is_between(then) else then
    return then if number(then) > number(known) else known


def with_keys(record: AnyRecord, whose: Mapping[str, str]) -> AnyRecord:
    """A record that names persons by the keys they have here."""
    if isinstance(record, Person):
        agents = tuple(replace(agent, person=whose.get(agent.person, agent.person)) for agent in record.agents)
        return replace(record, key=whose.get(record.key, record.key), agents=agents)
    person: str | None = getattr(record, "person", None)
    return replace(record, person=whose[person]) if person is not None and person in whose else record


def origin(person: str) -> str:
    """The source's own key of a person."""
    return person.partition(MARK)[0]


async def part_successors(tx: Tx, arrival: Arrival, stated: Sequence[Statement], old: Iterable[str]) -> list[str]:
    """Part those whose record became another person's by what was just stored; what to know of each.

    Asked of every update under a person's own raw key, with all that the run has changed of who that is: a birth date
    may come in a stream of its own, before the name or after it.
    """
    known_keys = set(old)
    keys = {
        nth_row(own_key(s.raw_key), n)
        for s in stated
        if s.kind in WHO and s.state != "retracted" and s.raw_key in known_keys and s.person
        if origin(s.person) == own_key(s.raw_key)
        for n in range(1, ROWS)
    }
    if not keys:
        return []
    start = await successions.began(tx, arrival.run) if arrival.run is not None else None
    since = min(start, arrival.at) if start else arrival.at
    streams = [stream.name for stream in arrival.source.streams()]
    unread = await quarantine.waiting_since(tx, arrival.source.id, streams, keys)
    rows = await successions.versions(tx, arrival.source.id, streams, keys, EARLIEST)
    notes = []
    for key, versions in groupby(sorted(rows, key=_own_key), key=_own_key):
        if note := await _look(tx, arrival, key, list(versions), min(since, unread.get(key, since))):
            notes.append(note)
    return notes


async def doubt(tx: Tx, arrival: Arrival, items: Sequence[Item], columns: tuple[str, ...] | None) -> list[str]:
    """Begin a successor for each known key whose new row cannot be read whole, but says that it is another person's.

    What is told under that key from now on would be shown to the first, until the row is mended.
    """
    children = {
        own_key(item.key): child for item in items if (child := identity_of(arrival.stream, item.body, columns))
    }
    if not children:
        return []
    source = arrival.source.id
    streams = [stream.name for stream in arrival.source.streams()]
    rows = await successions.versions(tx, source, streams, children, arrival.at)
    notes = []
    for key, versions in groupby(sorted(rows, key=_own_key), key=_own_key):
        stored = [row for row in versions if row.until is None and row.person]
        person = next((row.person for row in stored if row.kind == "person"), None)
        earlier = await successions.of_key(tx, source, key)
        if person is None or len(earlier) >= number(person):
            continue  # somebody else's row waits to be read already
        before = _who(key, [row for row in stored if row.person == person])
        if reason := became_another(before, _known(key, children[key])):
            row = await _next(tx, arrival, key, arrival.at)
            notes.append(await _begin(tx, arrival, person, row, reason))
    return notes


async def retire_replaced(tx: Tx, arrival: Arrival, stated: Sequence[Statement], before: Sequence[StoredRow]) -> None:
    """Keep what raw records told last of the child who had a key before, where they tell of another one from now on."""
    now = {(s.raw_key, origin(s.person)): s.person for s in stated if s.person}
    replaced = {
        (row.raw_key, row.person)
        for row in before
        if row.person and origin(row.person) != own_key(row.raw_key) and not is_between(row.person)
        if now.get((row.raw_key, origin(row.person)), row.person) != row.person
    }
    if not replaced:
        return
    for version in await successions.replaced(tx, arrival.source.id, arrival.stream.name, replaced, arrival.at):
        retired = f"{version.raw_key}{MARK}{number(version.person)}"
        await successions.retire(tx, arrival.source.id, version, retired, version.until)


async def restore(tx: Tx, arrival: Arrival, keys: Iterable[str]) -> None:
    """Rows that could not be read are as they were before: who was to follow never came."""
    await successions.forget_pending(tx, arrival.source.id, arrival.stream.name, [own_key(key) for key in keys])


def _own_key(row: VersionRow) -> str:
    return own_key(row.raw_key)


async def _look(tx: Tx, arrival: Arrival, key: str, versions: Sequence[VersionRow], since: datetime) -> str | None:
    """Part what was said under one key before a time from what is said now, if that is of another person."""
    recent = [row for row in versions if not _over(row, since)]
    now = [row for row in recent if row.until is None]
    person = next((row.person for row in now if row.kind == "person" and row.person), None)
    await _retire(tx, arrival, recent)
    if person is None:
        return None
    changed = [row for row in now if row.person == person and row.since >= since]
    before = [row for row in recent if row.person == person and row.since < since]
    if not changed or not before:
        return None
    reason = became_another(_who(key, before), _who(key, changed))
    if reason is None:
        drift = _drift(key, [row for row in versions if row.person == person], since)
        if drift is None:
            return None
        reason, since = drift
        changed = [row for row in now if row.person == person and row.since >= since]
        recent = [row for row in versions if not _over(row, since)]
    row = await _part(tx, arrival, person, await _next(tx, arrival, key, since), changed)
    await _retire(tx, arrival, [replace_person(v, row.successor) if v in changed else v for v in recent])
    return await _begin(tx, arrival, person, row, reason)


def _drift(key: str, versions: Sequence[VersionRow], since: datetime) -> tuple[str, datetime] | None:
    """Why a row is of another person than it was at first, and since when; asked only where it has changed before, too.

    A name may be overwritten in one run and the birth date in a later one: each alone is like a correction.
    """
    if not any(_over(row, since) for row in versions):
        return None
    moments = sorted({row.since for row in versions})
    statements_of = groupby(versions, key=lambda row: (row.stream, row.raw_key, row.n))
    first = [min(rows, key=lambda row: row.since) for _, rows in statements_of]
    later = [
        (moment, _who(key, [row for row in versions if _says(row, moment)])) for moment in (moments[0], moments[-1])
    ]
    if became_another_by_and_by(_who(key, first), later) is None:
        return None
    later = [(moment, _who(key, [row for row in versions if _says(row, moment)])) for moment in moments]
    return became_another_by_and_by(_who(key, first), later)


def _says(row: VersionRow, moment: datetime) -> bool:
    """Whether that was what is said at a moment."""
    return row.since <= moment and (row.until is None or row.until > moment)


async def _next(tx: Tx, arrival: Arrival, key: str, since: datetime) -> SuccessionRow:
    """The next child who has a key."""
    n = len(await successions.of_key(tx, arrival.source.id, key)) + 2
    read_before = await successions.read_before(tx, arrival.source.id, since)
    return SuccessionRow(key, n, f"{key}{MARK}{n}", since, told_until=read_before)


async def _begin(tx: Tx, arrival: Arrival, person: str, row: SuccessionRow, reason: str) -> str:
    """Write down that a key is another child's, and have somebody look at it; what to know of it.

    Whatever has no id but that key is the new child's if it is listed again, though nothing of it has changed.
    """
    await successions.add(tx, arrival.source.id, row, reason)
    await successions.say_again(tx, arrival.source.id, person, row.key)
    why = f"the record of {row.key} has become another person's: {reason}"
    pair = PersonRef(arrival.source.id, person), PersonRef(arrival.source.id, row.successor)
    await ledger.ask(tx, pair, RULE, why)
    await statements.touch(tx, arrival.source.id, [person, row.successor], [])
    return f"{arrival.stream.name}: {why}: a new learner begins, and a near match waits for somebody to look at"


def _over(row: VersionRow, since: datetime) -> bool:
    return row.until is not None and row.until < since


def replace_person(row: VersionRow, person: str) -> VersionRow:
    """A version as it is said of another person."""
    return dataclasses.replace(row, person=person)


async def _part(
    tx: Tx, arrival: Arrival, person: str, row: SuccessionRow, changed: Sequence[VersionRow]
) -> SuccessionRow:
    """Say of the successor what changed under the key, and what was first said since: the row, with when they came."""
    source = arrival.source.id
    children: dict[str, list[VersionRow]] = {row.successor: list(changed)}
    earlier = await successions.of_key(tx, source, row.key)
    first_told = await successions.first_said(tx, source, person, row.key, row.since)
    records = [(version, decode_record(version.body)) for version in first_told]
    theirs = [r for _, r in records if child_then(r, [*earlier, row]) in (None, row.successor)]
    enrolled = [r.begins for r in theirs if isinstance(r, Enrollment) and r.begins]
    if enrolled:
        row = dataclasses.replace(row, present_from=beginning(min(enrolled)))
    for version, record in records:
        child = child_then(record, [*earlier, row]) or row.successor
        children.setdefault(child, []).append(version)
    children.pop(person, None)
    for child, versions in children.items():
        await rename(tx, source, versions, {person: child}, child)
    await successions.rename_past(tx, source, row.key, before=person, now=row.successor, since=row.since)
    await _ask_between(tx, arrival, [*earlier, row], children)
    return row


async def _ask_between(tx: Tx, arrival: Arrival, rows: Iterable[SuccessionRow], told_of: Iterable[str]) -> None:
    """Have somebody say whose that is which happened between two children under one key."""
    unsettled = {person for person in told_of if is_between(person)}
    before: dict[str, str] = {}
    for row in rows:
        if (person := between(row)) in unsettled:
            why = f"it happened under {row.key}, and may be of whoever had that key before or of whoever has it since"
            for child in (before.get(row.key, row.key), row.successor):
                pair = PersonRef(arrival.source.id, person), PersonRef(arrival.source.id, child)
                await ledger.ask(tx, pair, BETWEEN_RULE, why)
        before[row.key] = row.successor


async def _see_present(
    tx: Tx, arrival: Arrival, turns: Mapping[str, Sequence[SuccessionRow]], stated: Iterable[Statement]
) -> None:
    """Take what waited for who was there, where an enrollment says that a child was there earlier than was known."""
    rows = {of[-1].successor: of[-1] for of in turns.values()}
    begins: dict[str, datetime] = {}
    for statement in stated:
        if statement.kind == "enrollment" and statement.person in rows:
            day = decode_record(statement.body).begins
            if day is not None:
                begins[statement.person] = min(beginning(day), begins.get(statement.person, beginning(day)))
    source = arrival.source.id
    for successor, moment in begins.items():
        if moment >= present_from(rows[successor]):
            continue
        row = dataclasses.replace(rows[successor], present_from=moment)
        await successions.present(tx, source, row)
        person, of = between(row), [*turns[row.key][:-1], row]
        settled: dict[str, list[VersionRow]] = {}
        for version in await successions.about(tx, source, person):
            settled.setdefault(child_then(decode_record(version.body), of) or person, []).append(version)
        settled.pop(person, None)
        for child, versions in settled.items():
            await rename(tx, source, versions, {person: child}, child)
            await statements.touch(tx, source, [person, child], [])
            await entries.touch(tx, {(source, version.stream, version.raw_key) for version in versions})


async def rename(tx: Tx, source: int, rows: Sequence[VersionRow], whose: Mapping[str, str], successor: str) -> None:
    """Say these statements of a successor: `whose` are the keys of persons as they are from now on."""
    renames = []
    for row in rows:
        record = with_keys(decode_record(row.body), whose)
        renames.append((row.stream, row.raw_key, row.n, record.key, successor, _encode(record).decode()))
    await successions.rename(tx, source, renames)


async def _retire(tx: Tx, arrival: Arrival, versions: Sequence[VersionRow]) -> None:
    """Keep what was said last of whom a key belonged to before."""
    for _, rows in groupby(versions, key=lambda row: (row.stream, row.raw_key, row.n)):
        *past, last = rows
        if past and last.until is None and past[-1].person != last.person and past[-1].person:
            before = past[-1]
            await successions.retire(
                tx, arrival.source.id, before, f"{before.raw_key}{MARK}{number(before.person)}", before.until
            )


def number(person: str | None) -> int:
    """Which child in order has a key: 1 for the first."""
    return int((person or "").partition(MARK)[2].removesuffix(BETWEEN) or 1)


def _who(key: str, versions: Sequence[VersionRow]) -> PersonFacts:
    """Who versions say somebody is; their own key at the source, which whoever has it has, says nothing."""
    return _known(key, [decode_record(row.body) for row in versions])


def _known(key: str, records: Sequence[AnyRecord]) -> PersonFacts:
    ids = {
        TypedId(identifier.type, identifier.issuer or "", identifier.value.strip().casefold())
        for record in records
        if isinstance(record, Person)
        for identifier in record.identifiers
        if identifier.value.strip() not in ("", key) and not is_placeholder(identifier.value.strip())
    }
    if not any(typed.type in ("username", "email") for typed in ids):  # Moodle may tell an account's address alone
        ids |= {TypedId("email", "", r.email.strip().casefold()) for r in records if isinstance(r, Person) and r.email}
    return person_facts(PersonRef(0, key), 0, ids, records)
