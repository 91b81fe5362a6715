"""Record: fold the statements of learners into the bytes that are served, and announce what changed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import msgspec
from msgspec.structs import replace

from app.db import Tx
from app.db.identity import persons
from app.db.records import learners
from app.db.wallet import received
from app.identity.resolve import Moved, Neighborhood
from app.mastery import judging
from app.pipeline.statement import Told
from app.pipeline.tellers import Tellers, told
from app.records.fold import Folded, fold
from schemas import AnyRecord, Class, Credential, Enrollment, LineItem, Person, Result

Wanted = tuple[int, str, str]
_encode = msgspec.json.Encoder().encode


async def rebuild(tx: Tx, told_by: Tellers, around: Neighborhood, moved: Moved, at: datetime) -> int:
    """Rebuild the records of a neighborhood's learners; how many say something else now."""
    context = await _context(tx, told_by, around)
    judged = await _judge(tx, around)
    rows = []
    for learner, members in moved.members.items():
        said = [judged(t) for ref in members for t in around.statements[ref]]
        ids = {(ref.source, ref.key): around.ids.get(ref, ()) for ref in members}
        folded: Folded = fold(learner, said, ids, lambda *key: context.get(key))
        body = _encode(folded.body)
        rows.append((learner, etag_of(body), body, folded.refs))
    changed = await learners.remember(tx, sorted(rows), at)
    learner_of = {ref: learner for learner, members in moved.members.items() for ref in members}
    await judging.follow(tx, around.statements, learner_of, lambda *key: context.get(key), at)
    gone = await _retire(tx, moved, at)
    events: list[tuple[str, UUID, dict[str, object]]] = [
        ("learner.created" if version == 1 else "learner.updated", learner, {"version": version})
        for learner, version in sorted(changed)
    ]
    events += [
        (("learner.merged", was, {"into": str(now)}) if now else ("learner.removed", was, {})) for was, now in gone
    ]
    if events:
        await learners.announce(tx, events)
    return len(changed) + len(gone)


def etag_of(body: bytes) -> str:
    """What names these bytes of a record."""
    return blake2b(body, digest_size=12).hexdigest()


async def _judge(tx: Tx, around: Neighborhood) -> Callable[[Told], Told]:
    """Puts what verification has found into received credentials: their statements stay what their source said.

    The first credential of a raw record is the one received; the others are those inside it, in order.
    """
    said = [t for several in around.statements.values() for t in several if isinstance(t.record, Credential)]
    order: dict[tuple[int, str], list[int]] = {}
    for t in sorted(said, key=lambda t: t.n):
        order.setdefault((t.teller.id, t.raw_key), []).append(t.n)
    found = await received.verdicts(tx, order) if order else {}

    def judged(told: Told) -> Told:
        verdict = found.get((told.teller.id, told.raw_key))
        if verdict is None or not isinstance(told.record, Credential):
            return told
        place = order[told.teller.id, told.raw_key].index(told.n)
        told_of = [(verdict.verdict, verdict.revoked, verdict.note), *verdict.inside]
        if place >= len(told_of):
            return told
        outcome, revoked, note = told_of[place]
        revoked = told.record.revoked or revoked
        return told._replace(record=replace(told.record, verification=outcome, verification_note=note, revoked=revoked))

    return judged


async def _retire(tx: Tx, moved: Moved, at: datetime) -> list[tuple[UUID, UUID | None]]:
    """Learners who have no persons any more: where they went.

    An id leads to wherever the person is whose own it was, and moves on with them: never to another child. Where that
    person is no learner any more, it leads to whom all others went, if that is one.
    """
    empty = moved.left.keys() - moved.members.keys()
    if empty:
        empty -= await learners.populated(tx, sorted(empty))
    went = {was: next(iter(moved.left[was])) if len(moved.left[was]) == 1 else None for was in empty}
    went = dict.fromkeys(moved.own) | went | {was: now for was, now in moved.own.items() if now is not None}
    if not went:
        return []
    retired = set(await learners.retire(tx, sorted(went.items()), at))
    return [(was, now) for was, now in sorted(went.items()) if was in retired]


async def _context(tx: Tx, told_by: Tellers, around: Neighborhood) -> Mapping[Wanted, Told]:
    """Every record that the neighborhood's statements name, and what those name in turn."""
    found: dict[Wanted, Told] = {}
    asked: set[Wanted] = set()
    wanted = {w for said in around.statements.values() for t in said for w in _named(t.teller.id, t.record)}
    while wanted:
        asked |= wanted
        adults = {w for w in wanted if w[1] == "person"}
        rows = await persons.context(tx, wanted - adults)
        if adults:
            everything = await persons.statements_of(tx, {(source, key) for source, _, key in adults})
            rows += [
                row for row in sorted(everything, key=lambda r: (r.raw_key, r.n), reverse=True) if row.kind == "person"
            ]
        fresh = [told(row, told_by) for row in rows]
        found.update({(t.teller.id, str(t.record.__struct_config__.tag), t.record.key): t for t in fresh})
        wanted = {w for t in fresh if not isinstance(t.record, Person) for w in _named(t.teller.id, t.record)} - asked
    return found


def _named(source: int, record: AnyRecord) -> list[Wanted]:
    """The records of its own source that a record names."""
    match record:
        case Person():
            named = [("org", r.org) for r in record.roles] + [("org", record.primary_org)]
            named += [("person", agent.person) for agent in record.agents]
        case Enrollment():
            named = [("class", record.class_)]
        case Result():
            named = [("lineItem", record.line_item), ("class", record.class_)]
        case LineItem():
            named = [("class", record.class_)]
        case Class():
            named = [("course", record.course), ("org", record.org)]
        case Credential():
            named = [("achievement", record.achievement)]
        case _:
            named = []
    return [(source, kind, key) for kind, key in named if key is not None]
