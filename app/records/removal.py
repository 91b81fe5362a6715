"""Remove: a source is taken away for good, with everything it said; the records of whom it spoke follow.

What the district decided to take in is nobody's to take out with its source: accepted work of a program, and what
learners let apps and other hosts put into their records. Such a source can be retired, and is not removed.
"""

from collections import defaultdict
from datetime import UTC, datetime

from app.db import Database, Tx, queue
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.identity import persons
from app.db.pipeline import raw as kept
from app.db.pipeline import statements
from app.db.sources import removal, sources
from app.db.sources.removal import Holdings
from app.db.sources.sources import SourceRow
from app.errors import Conflict
from app.identity import decisions, remembering
from app.identity.resolve import contests_of
from app.pipeline.known_sources import known_sources
from app.pipeline.report import Progress
from app.records.settle import batches, settle

__all__ = ["Holdings", "begin", "consequences", "holdings", "refusal", "remove"]

REASON = "it is being removed"


async def holdings(tx: Tx, source: int) -> Holdings:
    """What a source holds, and what would go with it."""
    return await removal.holdings(tx, source)


def consequences(holdings: Holdings) -> list[str]:
    """What becomes of what a source holds when it is removed, in words."""
    if why := refusal(holdings):
        return [why]
    alone, raw = holdings.known_from_it_alone, _size(holdings.raw_bytes)
    sentences = [
        f"{holdings.statements:,} statements about {holdings.persons:,} persons are deleted",
        f"so is the raw data they were made from, {raw}: only a backup or the source brings it back",
        f"{alone:,} of its {holdings.learners:,} learners are known from it alone: their records end",
        f"{holdings.quarantined:,} records in quarantine and a history of {holdings.runs:,} runs are deleted",
        "credentials that were issued, shares, plans and awarded credit stay; the audit log keeps that it was here",
    ]
    if holdings.clients:
        sentences.insert(4, f"the clients that push into it are revoked: {', '.join(holdings.clients)}")
    return sentences


def refusal(holdings: Holdings) -> str | None:
    """Why a source is not removed, and what to do instead; None where it may be."""
    if holdings.program is not None:
        return (
            f"It is the source of the program {holdings.program}: "
            f"{_count(holdings.submissions, 'accepted submission')}, with their evidence and "
            f"{_count(holdings.badges, 'badge')} in force, stand in it, and belong to the learners. Retire it, end the "
            "program, or retract what should not have been accepted; nothing was removed."
        )
    if holdings.handed_in:
        return (
            f"It holds {_count(holdings.handed_in, 'credential')} that learners let apps and other hosts put into "
            "their records. Retire it instead; nothing was removed."
        )
    return None


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _size(count: int) -> str:
    return f"{count / 1024**2:,.1f} MB"


async def begin(tx: Tx, row: SourceRow) -> None:
    """Pause a source, revoke the clients that push into it, and have it removed once this transaction has committed.

    Conflict where it is not to be removed (`refusal`).
    """
    await _check(tx, row)
    await sources.set_state(tx, row.id, "paused", REASON)
    await removal.revoke_clients(tx, row.id)
    await queue.remove_soon(tx, row.id)


async def remove(db: Database, row: SourceRow, *, at: datetime | None = None, progress: Progress | None = None) -> None:
    """Remove a source, as of now or of a time. Conflict while a run of it is under way, or for a `refusal`.

    Where it is broken off, the source is paused, and removed by removing it again.
    """
    async with db.alone(row.tenant_id, -row.id) as ours:
        if not ours:
            raise Conflict(f"'{row.slug}' is being synced: pause it, wait until the run has ended, then try again.")
        owner = await tenants.by_id(db, row.tenant_id)
        assert owner is not None
        async with db.transaction(row.tenant_id) as tx:
            await _check(tx, row)
        await settle(db, row.tenant_id, progress=progress)
        async with db.transaction(row.tenant_id) as tx:
            await sources.set_state(tx, row.id, "paused", REASON)
            await _remember_numbers(tx, owner, row.id, at or datetime.now(UTC))
            await decisions.inherit(tx, row.id)
            await kept.forget_statements(tx, row.id)
            await removal.drop_contents(tx, row.id)
        await settle(db, row.tenant_id, progress=progress)
        async with db.transaction(row.tenant_id) as tx:
            await removal.drop(tx, row.id)


async def _check(tx: Tx, row: SourceRow) -> None:
    if why := refusal(await holdings(tx, row.id)):
        raise Conflict(f"'{row.slug}' is not removed. {why}", type="source-stays", title="Source holds accepted work")


async def _remember_numbers(tx: Tx, owner: TenantRow, source: int, at: datetime) -> None:
    """Keep when numbers by which others tell of children were whose, and have these children settled anew."""
    await persons.lock_settling(tx)
    known = await known_sources(tx)
    told_of = await remembering.told_of(tx, source)
    contests = [case for some in batches(told_of) for case in await contests_of(tx, owner, known, some)]
    await remembering.remember(tx, contests, source, at)
    keys: dict[int, list[str]] = defaultdict(list)
    for ref in told_of:
        keys[ref.source].append(ref.key)
    for of, some_keys in keys.items():
        await statements.touch(tx, of, some_keys, [])
