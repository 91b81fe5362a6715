"""Between sources on the wire and sources as they are stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from psycopg.errors import UniqueViolation

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
from app.db import Tx
from app.db.sources import sources
from app.db.sources.sources import Condition, RunRow, SourceRow
from app.errors import ApiError, ConfigError
from app.pipeline import allowing
from app.secrets import Vault
from app.sources.calendar import calendar_of
from app.sources.health import in_words
from app.sources.scheduling import first_due
from app.sources.source import changed_settings, open_source, public_settings, secrets_of, split_settings
from app.sources.testing import test_source
from connectors import discover, named
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


async def create(tx: Tx, wanted: SourceNew, vault: Vault, limits: Limits) -> int:
    """Store a new source; its id. ConfigError names what is wrong with its settings."""
    connector = named(wanted.connector)
    settings, secrets = split_settings(connector, wanted.settings, tx.tenant, vault, limits)
    _check_schedule(wanted.connector, wanted.every_minutes)
    now = datetime.now(UTC)
    calendar = _stored(wanted.calendar)
    row = SourceRow(
        id=0,
        tenant_id=tx.tenant,
        slug=wanted.slug,
        name=wanted.name,
        connector=wanted.connector,
        settings=settings,
        secrets=secrets,
        rank=connector.rank if wanted.rank is None else wanted.rank,
        every_minutes=wanted.every_minutes,
        full_every_days=wanted.full_every_days,
        shrink_share=wanted.shrink_share,
        state="active",
        state_reason=None,
        due_at=first_due(wanted.every_minutes, calendar, now),
        created_at=now,
        calendar=calendar,
    )
    try:
        return await sources.add(tx, row)
    except UniqueViolation:
        raise ApiError(
            409, "slug-taken", "There is such a source", f"The slug '{wanted.slug}' is taken: choose another."
        ) from None


def changed(row: SourceRow, change: SourceChange, vault: Vault, limits: Limits) -> SourceRow:
    """A source with what is to be changed. ConfigError names what is wrong with its settings."""
    given = {name: getattr(change, name) for name in change.model_fields_set - {"settings", "reason"}}
    given = {name: value for name, value in given.items() if value is not None or name == "every_minutes"}
    if "state" in given:
        given["state_reason"] = change.reason if given["state"] == "paused" else None
    if "every_minutes" in given:
        _check_schedule(row.connector, given["every_minutes"])
    if "calendar" in given:
        given["calendar"] = _stored(change.calendar)
    if {"calendar", "every_minutes"} & given.keys():
        every, calendar = given.get("every_minutes", row.every_minutes), given.get("calendar", row.calendar)
        given["due_at"] = first_due(every, calendar, datetime.now(UTC))
    if change.settings is not None:
        settings = changed_settings(row, change.settings, vault)
        given["settings"], given["secrets"] = split_settings(
            named(row.connector), settings, row.tenant_id, vault, limits
        )
    return replace(row, **given)


def check_syncable(row: SourceRow) -> None:
    """ApiError where a source cannot be synced as it is."""
    if named(row.connector).client is None:
        raise ApiError(422, "not-pulled", "Source is not pulled", f"{row.connector} is pushed, or loaded from files.")
    if row.state != "active":
        reason = row.state_reason or "no reason given"
        raise ApiError(
            409, "source-paused", "The source is paused", f"{reason}. Mend that, set its state to 'active', try again."
        )


async def tested(row: SourceRow, vault: Vault, limits: Limits) -> Tested:
    """Whether a source answers as it should, and each stream that a sync would pull, in words."""
    try:
        result = await test_source(open_source(row, vault, limits))
    except ConfigError as why:
        return Tested(ok=False, message=str(why), streams=[])
    streams = [StreamTested(stream=s.stream, ok=s.ok, message=s.message) for s in result.streams]
    return Tested(ok=result.ok, message=result.message, streams=streams)


def shown(row: SourceRow, condition: Condition, vault: Vault) -> Source:
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


def alarms(shown: Sequence[allowing.Alarm]) -> AlarmList:
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
            for alarm in shown
        ]
    )


def _stored(calendar: Calendar | None) -> dict[str, Any] | None:
    """A calendar as it is stored; None where it says nothing. ConfigError where it makes no sense."""
    if calendar is None or not (calendar.at or calendar.blackout or calendar.rollover):
        return None
    stored = calendar.model_dump(mode="json", exclude_none=True)
    calendar_of(stored)
    return stored


def _check_schedule(connector: str, every_minutes: int | None) -> None:
    if every_minutes is not None and named(connector).client is None:
        raise ApiError(422, "not-pulled", "Source is not pulled", f"{connector} is pushed: leave out everyMinutes.")
