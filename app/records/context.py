"""Context: the records that statements name, and what verification has found of received credentials."""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter

from msgspec.structs import replace

from app.db import Tx
from app.db.identity import persons
from app.db.wallet import received
from app.db.wallet.received import Finding
from app.pipeline.known_sources import KnownSources, statement_of
from app.pipeline.statement import CredentialContext, Statement, kind_of
from app.records.book import Context, Reference
from schemas import AnyRecord, Class, Credential, Enrollment, Evidence, LineItem, Person, Result

MOST = 5000
"""So many records are known at most before they are read anew: what is kept in memory is bounded."""


async def lookup(
    tx: Tx, sources: KnownSources, statements: Iterable[Statement], context: Context | None = None
) -> Context:
    """Looks up every record that these statements name, and what those name in turn; what a context has is not read."""
    return await lookup_by(partial(_read, tx, sources), statements, context)


async def lookup_by(
    read: Callable[[set[Reference]], Awaitable[list[Statement]]],
    statements: Iterable[Statement],
    context: Context | None = None,
) -> Context:
    """A lookup of records by source, kind and key; of several that are read for one key the last counts."""
    context = Context() if context is None else context
    if len(context.looked_up) > MOST:
        context.forget()
    missing = {named for t in statements for named in _named(t.source.id, t.record)} - context.looked_up
    while missing:
        context.looked_up |= missing
        fresh = await read(missing)
        context.known.update({(t.source.id, kind_of(t), t.record.key): t for t in fresh})
        naming = (t for t in fresh if not isinstance(t.record, Person))
        missing = {w for t in naming for w in _named(t.source.id, t.record)} - context.looked_up
    return context


async def judging(tx: Tx, statements: Sequence[Statement]) -> Callable[[Statement], Statement]:
    """Puts what verification has found into received credentials, and into what came in them.

    The first credential of a raw record is the one received; the others are those inside it, in order, and what
    follows one came in it. What a source told of a credential without handing it in (no format) was not received.
    All statements of a raw record are to be among these.
    """
    order: dict[tuple[int, str], list[tuple[int, Credential]]] = {}
    for t in sorted(statements, key=lambda t: t.n):
        if isinstance(t.record, Credential) and t.record.format is not None:
            order.setdefault((t.source.id, t.raw_key), []).append((t.n, t.record))
    verdicts = await received.verdicts(tx, order) if order else {}

    def judged(statement: Statement) -> Statement:
        where = (statement.source.id, statement.raw_key)
        place = bisect_right(order.get(where, ()), statement.n, key=itemgetter(0)) - 1
        if place < 0 or not isinstance(statement.record, Credential | Result | Evidence):
            return statement
        finding = verdicts[where].nth(place) if where in verdicts else None
        return _verified(statement, order[where][place][1], finding)

    return judged


def _verified(statement: Statement, credential: Credential, finding: Finding | None) -> Statement:
    """A statement with what was found of the credential that it is, or came in."""
    if finding is None:
        return statement._replace(within=CredentialContext(credential.key, credential.verification, credential.revoked))
    revoked = credential.revoked or finding.revoked
    statement = statement._replace(within=CredentialContext(credential.key, finding.verdict, revoked, finding.known_by))
    if not isinstance(statement.record, Credential):
        return statement
    changed = {"verification": finding.verdict, "verification_note": finding.note, "revoked": revoked}
    return statement._replace(record=replace(statement.record, **changed))


async def _read(tx: Tx, sources: KnownSources, references: set[Reference]) -> list[Statement]:
    adults = {w for w in references if w[1] == "person"}
    rows = await persons.context(tx, references - adults) if references - adults else []
    if adults:
        adult_rows = await persons.descriptions_of(tx, {(source, key) for source, _, key in adults})
        rows += [
            row for row in sorted(adult_rows, key=lambda r: (r.raw_key, r.n), reverse=True) if row.kind == "person"
        ]
    return [statement_of(row, sources) for row in rows]


def _named(source: int, record: AnyRecord) -> list[Reference]:
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
            named += [("academicSession", session) for session in record.sessions]
        case Credential():
            named = [("achievement", record.achievement)]
        case _:
            named = []
    return [(source, kind, key) for kind, key in named if key is not None]
