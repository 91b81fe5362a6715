"""Heads: the headers of learners' records, made of who they are said to be and of counts of what there is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from operator import attrgetter
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.identity import formers, persons
from app.db.records import entries, heads, learners, words
from app.db.records.entries import BodyRow, CountRow
from app.db.records.heads import Head
from app.mastery.glance import Glanced, glances
from app.matching.apart import TypedId
from app.pipeline.known_sources import KnownSources, statement_of
from app.pipeline.statement import RecordSource, Statement
from app.records import brief, context
from app.records.document import FOLD, PAST, FrameworkGlance, Glance, Header
from app.records.header import Counted, Holdings, general, header
from app.records.words import words_of

LATEST, CLASSES, FRAMEWORKS = 3, 20, 20
"""How many entries stand in a header: of one section and setting, classes that are current; how many frameworks."""
LISTED = ("current", "ended", "unlisted")
_encode = msgspec.json.Encoder(order="deterministic").encode
_order = attrgetter("at", "piece.int", "n")
Group = tuple[UUID, str, str]


async def make(tx: Tx, sources: KnownSources, due: Sequence[UUID], at: datetime) -> int:
    """Make these learners' headers anew and announce what changed; how many did."""
    built = await build(tx, sources, due, at)
    rows = [_head(learner, whole, seen, refs) for learner, (whole, seen, refs) in sorted(built.items())]
    changed = await heads.remember(tx, rows, FOLD, at) if rows else []
    await words.keep(tx, {learner: words_of(built[learner][0]) for learner, _ in changed})
    await heads.done(tx, due)
    if changed:
        await learners.announce(
            tx,
            [
                ("learner.created" if version == 1 else "learner.updated", learner, {"version": version})
                for learner, version in sorted(changed)
            ],
        )
    return len(changed)


def etag_of(body: bytes) -> str:
    """What names these bytes of a record."""
    return blake2b(body, digest_size=12).hexdigest()


def encoded(header: Header) -> bytes:
    """A header as it is served."""
    return _encode(header)


async def build(
    tx: Tx, sources: KnownSources, learners: Sequence[UUID], at: datetime
) -> dict[UUID, tuple[Header, Header | None, list[int]]]:
    """The headers of those of these learners who are somebody, without and (where that is less) with a view to what is
    sensitive: as they are, as those see it who may not see that, and the references they were made from.
    """
    members: dict[UUID, list[tuple[int, str]]] = {}
    for learner, source, key in await heads.members(tx, learners):
        members.setdefault(learner, []).append((source, key))
    if not members:
        return {}
    learner_of = {ref: learner for learner, refs in members.items() for ref in refs}
    statements_of: dict[UUID, list[Statement]] = {learner: [] for learner in members}
    for row in await persons.descriptions_of(tx, learner_of):
        statements_of[learner_of[row.source_id, row.person or row.key]].append(statement_of(row, sources))
    ids: dict[tuple[int, str], set[TypedId]] = {}
    for source, person, kind, issuer, value in await formers.own_of(tx, learner_of):
        ids.setdefault((source, person), set()).add(TypedId(kind, issuer, value))
    lookup = await context.lookup(tx, sources, [t for statements in statements_of.values() for t in statements])
    whole, seen, secret = await _holdings(tx, sorted(members), at)
    named = {source: known.source for source, known in sources.items()}
    built = {}
    for learner, statements in statements_of.items():
        everything, refs = header(learner, statements, ids, lookup=lookup, holdings=whole[learner], sources=named)
        less = _general(everything, seen.get(learner), secret.get(learner, 0), named)
        built[learner] = (everything, less, refs)
    return built


def _general(whole: Header, seen: Holdings | None, secret: int, sources: Mapping[int, RecordSource]) -> Header | None:
    return None if seen is None else general(whole, seen, sources, secret)


async def _holdings(
    tx: Tx, learners: Sequence[UUID], at: datetime
) -> tuple[dict[UUID, Holdings], dict[UUID, Holdings], dict[UUID, int]]:
    """What there is of learners; the same without what is sensitive, of those who have any; and how much that is."""
    counts: dict[UUID, list[CountRow]] = {}
    for row in await entries.counts(tx, learners):
        counts.setdefault(row.learner_id, []).append(row)
    glanced, seen = await glances(tx, learners, at)
    secret = {
        learner: sum(row.count for row in rows if row.sensitive and row.state != "retracted")
        for learner, rows in counts.items()
        if any(row.sensitive for row in rows)
    }
    guarded = sorted(secret.keys() | seen.keys())
    whole = await _holdings_of(tx, learners, counts, glanced, hiding=False)
    return whole, await _holdings_of(tx, guarded, counts, {**glanced, **seen}, hiding=True) if guarded else {}, secret


async def _holdings_of(
    tx: Tx,
    learners: Sequence[UUID],
    counts: Mapping[UUID, Sequence[CountRow]],
    glanced: Mapping[UUID, Glanced],
    *,
    hiding: bool,
) -> dict[UUID, Holdings]:
    rows = {learner: [r for r in counts.get(learner, ()) if not (hiding and r.sensitive)] for learner in learners}
    groups = sorted(
        {
            (learner, r.section, r.setting)
            for learner, counted in rows.items()
            for r in counted
            if r.state != "retracted"
        }
    )
    past = {(learner, r.section, r.setting) for learner, counted in rows.items() for r in counted if r.state in PAST}
    enrolled = [group for group in groups if group[1] == "enrollments"]
    others = [group for group in groups if group[1] != "enrollments" or group in past]
    running = await entries.latest(tx, enrolled, CLASSES, ["current"], general=hiding) if enrolled else []
    newest = await entries.latest(tx, others, LATEST, LISTED, general=hiding) if others else []
    short = {(row.piece, row.n): brief.read(row.body) for rows in (running, newest) for row in rows}
    newest += _first([row for row in running if (row.learner_id, row.section, row.setting) not in past])
    latest, classes = _by_learner(newest), _by_learner(running)
    return {
        learner: Holdings(
            [
                Counted(
                    r.section, r.setting, r.source_id, state=r.state, sensitive=r.sensitive, count=r.count, mark=r.mark
                )
                for r in rows[learner]
            ],
            [(r.section, r.setting, short[r.piece, r.n]) for r in latest.get(learner, ())],
            [short[r.piece, r.n] for r in classes.get(learner, ())[:CLASSES]],
            _glance(glanced.get(learner, {})),
        )
        for learner in learners
    }


def _first(rows: Iterable[BodyRow]) -> list[BodyRow]:
    """Of entries that all are current, the newest of each learner and setting."""
    groups: dict[tuple[UUID, str], list[BodyRow]] = {}
    for row in _newest(rows):
        groups.setdefault((row.learner_id, row.setting), []).append(row)
    return [row for group in groups.values() for row in group[:LATEST]]


def _by_learner(rows: Iterable[BodyRow]) -> dict[UUID, list[BodyRow]]:
    """Entries by learner, the newest first."""
    by_learner: dict[UUID, list[BodyRow]] = {}
    for row in _newest(rows):
        by_learner.setdefault(row.learner_id, []).append(row)
    return by_learner


def _newest(rows: Iterable[BodyRow]) -> list[BodyRow]:
    return sorted(rows, key=_order, reverse=True)


def _glance(glanced: Glanced) -> Glance:
    """Competencies at a glance; the frameworks of which most was shown."""
    placed = [(place, counts) for place, counts in glanced.items() if place.framework is not None]
    most = sorted(placed, key=lambda item: (-item[1].shown, item[0].title, str(item[0].framework)))[:FRAMEWORKS]
    return Glance(
        shown=sum(counts.shown for counts in glanced.values()),
        mastered=sum(counts.mastered for counts in glanced.values()),
        frameworks=tuple(
            FrameworkGlance(id=str(place.framework), title=place.title, shown=counts.shown, mastered=counts.mastered)
            for place, counts in most
        ),
    )


def _head(learner: UUID, whole: Header, seen: Header | None, refs: list[int]) -> Head:
    body, less = encoded(whole), None if seen is None else encoded(seen)
    return Head(
        learner, etag_of(body), body, general_etag=None if less is None else etag_of(less), general=less, refs=refs
    )
