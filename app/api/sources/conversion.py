"""Between sources on the wire and sources as they are stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from app.api.sources.wire_sources import (
    Alarm,
    AlarmList,
    Calendar,
    ConnectorListed,
    Run,
    Source,
    SourceChange,
    SourceNew,
    StreamTested,
    Tested,
)
from app.db.sources.sources import Condition, RunRow, SourceRow
from app.errors import ConfigError
from app.pipeline import allowing
from app.secrets import Vault
from app.sources.calendar import calendar_of
from app.sources.configure import NewSource, SourceChanges
from app.sources.health import in_words
from app.sources.source import open_source, public_settings, secrets_of
from app.sources.testing import test_source
from connectors import discover
from connectors.limits import Limits


def connectors() -> list[ConnectorListed]:
    """Every connector, by name."""
    return [
        ConnectorListed(
            name=name,
            title=connector.title,
            tier=connector.tier,
            pulled=connector.client is not None,
            files=connector.file is not None,
            streams=[stream.name for stream in connector.streams],
            settings=connector.settings.model_json_schema(),
        )
        for name, connector in sorted(discover().items())
    ]


def new_source(new: SourceNew) -> NewSource:
    """A source to be made, as the domain takes it."""
    return NewSource(
        connector=new.connector,
        slug=new.slug,
        name=new.name,
        settings=new.settings,
        every_minutes=new.every_minutes,
        full_every_days=new.full_every_days,
        shrink_share=new.shrink_share,
        rank=new.rank,
        calendar=_stored(new.calendar),
    )


def changes(change: SourceChange) -> SourceChanges:
    """What is to be changed of a source, as the domain takes it."""
    values = {name: getattr(change, name) for name in change.model_fields_set - {"reason"}}
    values = {name: value for name, value in values.items() if value is not None or name == "every_minutes"}
    if "state" in values:
        values["state_reason"] = change.reason if values["state"] == "paused" else None
    if "calendar" in values:
        values["calendar"] = _stored(change.calendar)
    return cast(SourceChanges, values)


async def test_outcome(row: SourceRow, vault: Vault, limits: Limits) -> Tested:
    """Whether a source answers as it should, and each stream that a sync would pull, in words."""
    try:
        result = await test_source(open_source(row, vault, limits))
    except ConfigError as why:
        return Tested(ok=False, message=str(why), streams=[])
    streams = [StreamTested(stream=s.stream, ok=s.ok, message=s.message) for s in result.streams]
    return Tested(ok=result.ok, message=result.message, streams=streams)


def source(row: SourceRow, condition: Condition, vault: Vault) -> Source:
    """A source on the wire."""
    return Source(
        id=row.id,
        slug=row.slug,
        name=row.name,
        connector=row.connector,
        settings=public_settings(row),
        secrets=sorted(secrets_of(row, vault)),
        every_minutes=row.every_minutes,
        full_every_days=row.full_every_days,
        shrink_share=row.shrink_share,
        rank=row.rank,
        calendar=None if row.calendar is None else Calendar.model_validate(row.calendar),
        state=row.state,
        due_at=row.due_at,
        created_at=row.created_at,
        quarantined=condition.quarantined,
        last_run=run(condition.last) if condition.last else None,
        received_at=condition.received_at,
        health=in_words(row, condition, datetime.now(UTC)),
    )


def run(row: RunRow) -> Run:
    """A run on the wire."""
    return Run(
        id=row.id,
        kind=row.kind,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        counts=row.counts,
        message=row.message,
        undone_at=row.undone_at,
    )


def alarms(rows: Sequence[allowing.Alarm]) -> AlarmList:
    """What the guard shows, on the wire."""
    return AlarmList(
        alarms=[
            Alarm(
                id=alarm.id,
                run=alarm.run_id,
                stream=alarm.stream,
                scope=alarm.scope,
                key=alarm.key,
                words=alarm.words,
                gone=alarm.gone,
                total=alarm.total,
                keys=alarm.keys,
                allowed_at=alarm.allowed_at,
                allowed_by=alarm.allowed_by,
            )
            for alarm in rows
        ]
    )


def _stored(calendar: Calendar | None) -> dict[str, Any] | None:
    """A calendar as it is stored; None where it says nothing. ConfigError where it makes no sense."""
    if calendar is None or not (calendar.at or calendar.blackout or calendar.rollover):
        return None
    stored = calendar.model_dump(mode="json", exclude_none=True)
    calendar_of(stored)
    return stored
