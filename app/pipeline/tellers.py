"""Who tells: a tenant's sources as identity and record see them, without their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.db import Tx
from app.db.identity.persons import StatementRow
from app.db.sources import sources
from app.db.wallet.wallet import CONSENTED
from app.pipeline.normalize import decode_record
from app.pipeline.statement import Statement, Teller
from connectors import SourceSettings, named


@dataclass(frozen=True, slots=True)
class Known:
    """A source: how the record names it, and whose identifiers its own are."""

    teller: Teller
    types: Mapping[str, str]
    issuers: Mapping[str, str]


Tellers = Mapping[int, Known]


async def tellers(tx: Tx) -> Tellers:
    """All sources of the tenant, by id."""
    by_id = {}
    for row in await sources.listed(tx):
        general = SourceSettings.model_validate(
            {k: v for k, v in row.settings.items() if k in SourceSettings.model_fields}
        )
        setting = general.setting or named(row.connector).setting
        teller = Teller(row.id, row.slug, row.name, row.rank, setting, row.slug == CONSENTED)
        by_id[row.id] = Known(teller, general.types, general.issuers)
    return by_id


def statement_of(row: StatementRow, told_by: Tellers) -> Statement:
    """A stored statement as the record reads it."""
    record = decode_record(row.body)
    return Statement(
        teller=told_by[row.source_id].teller,
        stream=row.stream,
        raw_key=row.raw_key,
        n=row.n,
        received_at=row.received_at,
        state=row.state,
        record=record,
        state_at=row.state_at,
        unread_since=row.unread_since,
    )
