"""Absence: what a complete listing no longer has is over or unlisted, as its stream declares; it is never retracted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import Tx
from app.db.pipeline import leaving, listings, quarantine, revisions, statements
from app.db.pipeline.leaving import Alarm
from app.db.pipeline.listings import Missing
from app.pipeline import guard, raw, sweeping
from app.pipeline.arrival import Arrival
from app.pipeline.guard import LeavingRecords
from app.pipeline.ingest import CONTEXT_KINDS, PERSON_KINDS, Outcome
from app.pipeline.normalize import decode_record
from app.pipeline.refs import refs
from app.pipeline.report import HeldByGuard
from app.pipeline.succession import MARK
from app.pipeline.sweeping import Revised
from app.pipeline.unsaid import STATES, states_of
from app.sources.calendar import Calendar
from connectors import Stream

FEW_CHANGED = 2
"""Fewer changes on a page than this are nobody's but their own."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may end in this run: what was allowed by name, and with `shrink` all that the last held run showed."""

    shrink: bool = False

    async def refused(self, tx: Tx, source: int, alarms: Sequence[Alarm]) -> list[Alarm]:
        """The alarms that nobody has allowed. Where nothing was ever shown, `shrink` allows what there is."""
        if not alarms:
            return []
        alarms_before = await leaving.alarms(tx, source)
        last = max((alarm.run_id for alarm in alarms_before if alarm.scope != guard.ROLLOVER), default=None)
        if self.shrink and last is None:
            return []
        return guard.not_allowed(alarms, alarms_before, last if self.shrink else None)


@dataclass(frozen=True, slots=True)
class Listed:
    """A complete listing that has come, what it lacks, and what of that still ran."""

    listing: Arrival
    outcome: Outcome
    gone: Sequence[Missing]
    leaving: LeavingRecords


async def lacking(tx: Tx, listing: Arrival, outcome: Outcome) -> Listed:
    """What a complete listing lacks.

    Where pieces of the listing could not be read at all (they have no key), what seems absent may be among them: it
    lacks nothing then.
    """
    source, stream = listing.source, listing.stream.name
    assert listing.listing is not None
    gone = await listings.missing(tx, source.id, stream, listing.listing)
    if gone and await quarantine.unreadable(tx, source.id, stream, listing.listing):
        outcome.notes.append(f"{stream}: {len(gone)} records seem gone, but part of the listing is unreadable: kept")
        gone = []
    keys = [record.raw_key for record in gone if _ends(listing, record)]
    return Listed(listing, outcome, gone, LeavingRecords(stream, keys, listing.at, listing.at))


async def end_absent(tx: Tx, listing: Arrival, outcome: Outcome, *, allow_shrink: bool) -> None:
    """End what one complete listing lacks, judged by itself."""
    await end_all(tx, [await lacking(tx, listing, outcome)], Allowance(shrink=allow_shrink))


async def end_all(tx: Tx, listed: Sequence[Listed], allowance: Allowance) -> None:
    """Give what complete listings lacked the state that their streams declare, all of them or none.

    Held where that would end more than a district does in a day (`app.pipeline.guard`), and nobody allowed what was
    shown. What is only unlisted loses nothing, and nothing that was over already ends.
    """
    for whole in listed[:1]:
        source = whole.listing.source
        leavers = [each.leaving for each in listed if each.leaving.keys]
        alarms = await guard.alarms_of(tx, source.id, leavers, source.shrink_share)
        if refused := await allowance.refused(tx, source.id, alarms):
            raise HeldByGuard(guard.in_words(refused), refused)
    for whole in listed:
        await _end(tx, whole)


async def keep_all(tx: Tx, listed: Sequence[Listed], calendar: Calendar) -> None:
    """While the school year turns, what complete listings lack stays as it is; how much that is, is told.

    It is kept in mind, too: whoever is still not listed once the year has turned ends then without being held.
    """
    assert calendar.rollover is not None
    for whole in listed[:1]:
        left = [guard.left_by_rollover(each.leaving, whole.listing.run or 0) for each in listed if each.leaving.keys]
        await leaving.forget_alarms(tx, whole.listing.source.id)
        await leaving.show(tx, whole.listing.source.id, whole.listing.run or 0, left)
    for whole in listed:
        stream = whole.listing.stream.name
        await listings.forget_seen(tx, whole.listing.source.id, stream)
        if whole.gone:
            whole.outcome.notes.append(
                f"{stream}: {len(whole.gone):,} records are no longer listed; the school year is turning, and until"
                f" {calendar.rollover.ends} nothing ends by that"
            )


async def _end(tx: Tx, listed: Listed) -> None:
    listing, stream = listed.listing, listed.listing.stream.name
    source = listing.source.id
    await listings.forget_seen(tx, source, stream)
    if listed.gone:
        keys = [record.raw_key for record in listed.gone]
        chunk = raw.pack([key.encode() for key in keys], None)
        await statements.keep(tx, source, stream, run=listing.run, received_at=listing.at, chunk=chunk, kind="absent")
        await mark_absent(tx, source, listing.stream, keys, listing.at)
    listed.outcome.counts["absent"] += len(listed.gone)


async def check_withdrawn(
    tx: Tx, arrival: Arrival, gone: int, since: datetime, allowance: Allowance, *, wary: bool = False
) -> None:
    """Held where a run has withdrawn more of a stream, by saying so record by record, than a district does in a day.

    `since` is when the run began. `wary`: where anything is withdrawn, for the last run was held: share by share, a
    storm would pass in a few runs.
    """
    if not gone or allowance.shrink:
        return
    source, stream = arrival.source, arrival.stream.name
    current = gone + await listings.count_current(tx, source.id, stream)
    if guard.is_shrinking(gone, current, source.shrink_share) or wary:
        much = guard.is_shrinking(gone, current, source.shrink_share)
        which = f"at once, more than {source.shrink_share:.0%}" if much else "after a run that was held"
        raise HeldByGuard(
            f"{stream}: {gone} of {current} records are withdrawn {which}; the run stopped before: look at the source, "
            "then sync again and allow it to shrink"
        )
    withdrawn = LeavingRecords(stream, (), arrival.at, since, classes=False)
    alarms = await guard.alarms_of(tx, source.id, [withdrawn], source.shrink_share)
    if refused := await allowance.refused(tx, source.id, alarms):
        raise HeldByGuard(guard.in_words(refused), refused)


async def check_changed(tx: Tx, arrival: Arrival, page: Outcome, since: datetime, allowance: Allowance) -> None:
    """Held where a page that was just stored changes for nearly everybody who they are or where they belong.

    `since` is when the run began. The caller's transaction takes the page back.
    """
    if len(page.changed) < FEW_CHANGED:
        return
    source, stream = arrival.source.id, arrival.stream.name
    changed = await _revised(tx, arrival, page.changed)
    alarms = sweeping.exchanges(stream, changed)
    calendar = arrival.source.calendar
    turning = calendar is not None and calendar.turning(arrival.at)
    facets = sweeping.facets(changed, turning=turning)
    if facets:
        least = 0 if arrival.listing is not None else sweeping.least(await listings.count_current(tx, source, stream))
        everybody = changed + await _revised(tx, arrival, page.unchanged)
        alarms += sweeping.sweeps(stream, facets, everybody, least)
    if not turning and (schools := sweeping.schools_left(changed)):
        alarms += sweeping.moves(
            stream, await revisions.leavers(tx, source, stream, schools, since=since, on=arrival.at.date())
        )
    if refused := await allowance.refused(tx, source, alarms):
        raise HeldByGuard(guard.in_words(refused), refused)


async def _revised(tx: Tx, arrival: Arrival, keys: Sequence[str]) -> list[Revised]:
    """What raw records of a page say, beside what they said."""
    rows = await revisions.of_page(tx, arrival.source.id, arrival.stream.name, keys, at=arrival.at, mark=MARK)
    return [
        sweeping.revised(
            row.raw_key,
            decode_record((row.before or row.after).encode()),
            decode_record(row.after.encode()),
            arrival.at.date(),
        )
        for row in rows
    ]


async def mark_absent(tx: Tx, source: int, stream: Stream, keys: Sequence[str], at: datetime) -> None:
    """Give raw records that a listing of that time lacked the state that their stream declares."""
    await mark(tx, source, stream.name, keys, states_of(stream), at=at)


async def mark(
    tx: Tx, source: int, stream: str, keys: Sequence[str], states: Mapping[str, str], *, at: datetime
) -> None:
    """Give raw records a state from a time on, by kind, and touch whom they spoke of."""
    stated = await statements.stored_of(tx, source, stream, keys)
    await listings.mark(tx, source, stream, keys, {"nothing": "unlisted", **states}, at=at)
    persons = sorted({row.person for row in stated if row.person is not None and row.kind in PERSON_KINDS})
    context = {(row.kind, row.key) for row in stated if row.kind in CONTEXT_KINDS}
    await statements.touch(tx, source, persons, refs(source, context))


def _ends(listing: Arrival, record: Missing) -> bool:
    """Whether a record that a listing lacks was still running."""
    over = record.ends is not None and record.ends < listing.at.date()
    return STATES.get(listing.stream.absence_of(record.kind)) == "ended" and not over
