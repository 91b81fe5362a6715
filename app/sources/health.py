"""Health: how a source is doing, in words a person who is no developer can act on."""

from datetime import datetime, timedelta

from app.db.sources.sources import RECEIVED_DAYS, Condition, SourceRow
from connectors import named

OFTEN = 10
"""On so many of 28 days something comes from a source that sends on school days, holidays among them."""
LONG_WEEKEND = timedelta(days=5)
"""For so long a source that sends on school days may well be silent."""


def in_words(source: SourceRow, condition: Condition, now: datetime) -> str:
    """One or two sentences: what last happened, what waits, and what to do about it."""
    sentence = _last(source, condition, now)
    if condition.quarantined:
        sentence += f", {_count(condition.quarantined, 'record')} in quarantine"
    return sentence + "."


def pushed_last(condition: Condition) -> bool:
    """Whether what was pushed is the last that is known of a source: no run has begun since, and none is in trouble."""
    last, received = condition.last, condition.received_at
    return received is not None and (last is None or (last.state == "done" and last.started_at < received))


def silence(condition: Condition, now: datetime) -> timedelta | None:
    """For how long a source that sent on most days of four weeks has sent nothing; None where that is no wonder."""
    if condition.received_at is None or condition.received_days < OFTEN:
        return None
    silent = now - condition.received_at
    return silent if silent > LONG_WEEKEND else None


def silence_in_words(condition: Condition, now: datetime) -> str | None:
    """The same for a person."""
    if silence(condition, now) is None or condition.received_at is None:
        return None
    days = f"before, it sent on {condition.received_days} of {RECEIVED_DAYS} days"
    return f"nothing received for {_span(now, condition.received_at)}; {days}"


def _last(source: SourceRow, condition: Condition, now: datetime) -> str:
    last, received = condition.last, condition.received_at
    if source.state == "paused":
        return f"Paused: {source.state_reason or 'by a person'}".rstrip(".")
    if source.state == "retired":
        return "Retired: nothing of it is current, and its past stays"
    if received is not None and pushed_last(condition):
        return f"Received {_span(now, received)} ago"
    if last is not None and last.state == "running":
        return f"Being synced for {_span(now, last.started_at)}"
    if last is None:
        pulled = named(source.connector).client is not None
        return "Never synced" if pulled else "Ready: records are pushed or loaded from files"
    word = {"pull": "Synced", "file": "Loaded from a file", "replay": "Replayed"}.get(last.kind, "Updated")
    ended = last.finished_at or last.started_at
    if last.state == "done":
        return f"{word} {_span(now, ended)} ago"
    outcome = {"partial": "in part only", "held": "held back", "failed": "without success"}[last.state]
    since = f"; last good {_span(now, condition.last_done)} ago" if condition.last_done else "; never good yet"
    return f"{word} {outcome} {_span(now, ended)} ago ({last.message or 'no reason given'}){since}"


def _span(now: datetime, then: datetime) -> str:
    seconds = max(0, (now - then).total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            return _count(int(seconds // size), unit)
    return "less than a minute"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
