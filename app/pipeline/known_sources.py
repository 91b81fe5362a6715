"""A tenant's sources as identity and record see them, without their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.db import Tx
from app.db.identity.persons import StatementRow
from app.db.sources import sources as source_rows
from app.db.wallet.wallet import CONSENTED
from app.pipeline.normalize import decode_record
from app.pipeline.statement import RecordSource, Statement
from connectors import Absence, Connector, SourceSettings, named


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source: how the record names it, and whose identifiers its own are.

    `everybody_once`: it lists all persons it has, so that two of its persons are two people.
    """

    source: RecordSource
    types: Mapping[str, str]
    issuers: Mapping[str, str]
    everybody_once: bool = False


KnownSources = Mapping[int, KnownSource]


async def known_sources(tx: Tx) -> KnownSources:
    """All sources of the tenant, by id."""
    by_id = {}
    for row in await source_rows.listed(tx):
        general = SourceSettings.model_validate(
            {k: v for k, v in row.settings.items() if k in SourceSettings.model_fields}
        )
        connector = named(row.connector)
        setting = general.setting or connector.setting
        source = RecordSource(
            row.id, row.slug, row.name, rank=row.rank, setting=setting, learners_own=row.slug == CONSENTED
        )
        by_id[row.id] = KnownSource(source, general.types, general.issuers, lists_everybody_once(connector))
    return by_id


def lists_everybody_once(connector: Connector) -> bool:
    """Whether a connector has full listings of persons: who is not in one any more has left."""
    return any(
        Absence.LEFT in (stream.absence.values() if isinstance(stream.absence, Mapping) else (stream.absence,))
        for stream in connector.streams
    )


def statement_of(row: StatementRow, sources: KnownSources) -> Statement:
    """A stored statement as the record reads it."""
    record = decode_record(row.body)
    return Statement(
        source=sources[row.source_id].source,
        stream=row.stream,
        raw_key=row.raw_key,
        n=row.n,
        received_at=row.received_at,
        state=row.state,
        record=record,
        state_at=row.state_at,
        unread_since=row.unread_since,
    )
