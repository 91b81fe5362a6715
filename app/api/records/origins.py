"""Provenance on the wire."""

from app.api.kit import cursor
from app.api.records.wire_learners import Provenance, SourceOf, Statement
from app.records import provenance


def as_wire(path: str, origins: provenance.Provenance) -> Provenance:
    """Who says a value, and a page of their statements."""
    return Provenance(
        path=path,
        sources=[
            SourceOf(source=s.source, source_name=s.source_name, first=s.first, last=s.last, count=s.count)
            for s in origins.sources
        ],
        statements=[_statement(statement) for statement in origins.statements],
        next=cursor.encode(*origins.following) if origins.following else None,
        withheld=origins.withheld,
    )


def _statement(statement: provenance.StatementOrigin) -> Statement:
    return Statement(
        id=statement.id,
        source=statement.source,
        source_name=statement.source_name,
        stream=statement.stream,
        source_id=statement.source_id,
        kind=statement.kind,
        received_at=statement.received_at,
        state=statement.state,
        state_at=statement.state_at,
        unread_since=statement.unread_since,
        withdrawn=statement.state == "retracted",
        columns=statement.columns,
        raw=statement.body,
    )
