"""Provenance on the wire."""

from app.api.kit import cursor
from app.api.records.wire_learners import Provenance, SourceOf, Statement
from app.records import provenance


def as_wire(path: str, found: provenance.Provenance) -> Provenance:
    """Who says a value, and a page of their statements."""
    return Provenance(
        path=path,
        sources=[
            SourceOf(source=s.source, source_name=s.source_name, first=s.first, last=s.last, count=s.count)
            for s in found.sources
        ],
        statements=[_statement(statement) for statement in found.statements],
        next=cursor.encode(*found.following) if found.following else None,
        withheld=found.withheld,
    )


def _statement(said: provenance.Statement) -> Statement:
    return Statement(
        id=said.id,
        source=said.source,
        source_name=said.source_name,
        stream=said.stream,
        source_id=said.source_id,
        kind=said.kind,
        received_at=said.received_at,
        state=said.state,
        state_at=said.state_at,
        unread_since=said.unread_since,
        withdrawn=said.state == "retracted",
        columns=said.columns,
        raw=said.body,
    )
