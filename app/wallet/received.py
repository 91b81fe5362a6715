"""Received credentials: verified after they were taken in, and again from time to time, for they may be revoked.

What a program pushed stays as it was. The finding stands beside it, bound to the hash of what was looked at, and the
fold shows the two together: so a later finding changes the record, and a replay changes nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from app.credentials.verify import Fetch, IssuerList, Person, Report
from app.credentials.verify.report import Facts, unknown
from app.db import Database, Tx, queue
from app.db.identity import persons
from app.db.records import entries, learners
from app.db.wallet import received
from app.db.wallet.received import CameRow, Finding, FoundRow, ReceivedRow
from app.errors import ConfigError, place
from app.records.reading import header
from app.secrets import Vault
from app.settings import Settings
from app.wallet.envelopes import content_of, envelopes
from app.wallet.known import lists
from app.wallet.refreshing import newer, take_in
from app.wallet.verifying import verify_beside
from schemas.codes import Verification

log = structlog.get_logger(__name__)
WEEK = timedelta(days=7)
AGAIN = {"verified": WEEK, "unknown issuer": WEEK, "unverified": timedelta(days=1), "failed": timedelta(days=30)}
"""When a credential is looked at again: a good one may be revoked, and whoever did not answer may answer."""
VERDICTS: dict[str, Verification] = {"valid": "verified", "invalid": "failed", "unconfirmed": "unverified"}
SOME = 20
SET_ASIDE = Report(Facts(), (unknown("parse", "It could not be examined here, and is tried again."),))


async def verify_received(
    db: Database, tenant: int, fetch: Fetch, settings: Settings | None = None, vault: Vault | None = None
) -> int:
    """Verify what waits for it; how many there were. Nothing is held open while other hosts are asked.

    Issuers are looked up in the district's own list and, with settings, in those of the service. With a vault, what is
    looked at again is refreshed where it says so.

    One that cannot be examined or kept is set aside, with the reason in the log, and the others go on.
    """
    count, known = 0, await lists(db, settings, tenant)
    while True:
        now = datetime.now(UTC)
        async with db.transaction(tenant) as tx:
            rows = await received.due(tx, now, SOME)
            bodies = await envelopes(tx, [(row.raw_id, row.raw_pos) for row in rows])
        for row, envelope in zip(rows, bodies, strict=True):
            try:
                report = await _examined(db, tenant, row, envelope=envelope, fetch=fetch, known=known)
                fresh = await newer(report, fetch, known) if vault and row.again else None
                async with db.transaction(tenant) as tx:
                    await _keep(tx, row, report, now)
                    if vault and fresh and envelope:
                        await take_in(tx, vault, row, envelope, fresh)
            except Exception as why:  # noqa: BLE001  the fence: whatever it is, it is this one's
                log.warning("a received badge is set aside", tenant=tenant, source=row.source_id, why=place(why))
                async with db.transaction(tenant) as tx:
                    await _keep(tx, row, SET_ASIDE, now)
        count += len(rows)
        if len(rows) < SOME:
            return count


class Came(NamedTuple):
    """Some of what was received, and where to go on (None: this was the last)."""

    rows: Sequence[CameRow]
    following: tuple[datetime, int, str] | None


async def page(tx: Tx, verdict: str, before: tuple[datetime, int, str] | None, limit: int) -> Came:
    """What was received, newest first: all (''), what was found to be so, or what still waits ('waiting')."""
    rows = await received.page(tx, verdict, before, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return Came(rows[:limit], (last.received_at, last.source_id, last.raw_key) if last else None)


async def counts(tx: Tx) -> dict[str, int]:
    """How many were found to be what; 'waiting': so many nobody has looked at yet."""
    return await received.counts(tx)


async def _examined(
    db: Database, tenant: int, row: ReceivedRow, envelope: bytes | None, fetch: Fetch, known: Sequence[IssuerList]
) -> Report:
    if envelope is None:
        raise ConfigError(f"raw chunk {row.raw_id} is gone: replay its source")
    person = await _person(db, tenant, row)
    return await verify_beside(content_of(envelope), fetch=fetch, person=person, known=known, alone=True)


async def _person(db: Database, tenant: int, row: ReceivedRow) -> Person | None:
    """Whose it is said to be, as far as it can be compared; None where nothing is known to compare with."""
    async with db.transaction(tenant) as tx:
        whose = await persons.learners_of(tx, [(row.source_id, row.person)])
        learner: UUID | None = whose.get((row.source_id, row.person))
        if learner is None or not await learners.present(tx, [learner]):
            return None
        record = await header(tx, learner)
    emails = {email.value.strip().lower() for email in record.emails}
    ids = {known.value for known in record.identifiers if known.type == "did"}
    emails |= {known.value.lower() for known in record.identifiers if known.type == "email"}
    return Person(frozenset(emails), frozenset(ids)) if emails or ids else None


async def _keep(tx: Tx, row: ReceivedRow, report: Report, now: datetime) -> None:
    """Keep a finding and, where it is news, have the learner's record made again."""
    verdict, note = judged(report)
    finding = FoundRow(
        source_id=row.source_id,
        raw_key=row.raw_key,
        hash=row.hash,
        verdict=verdict,
        revoked=_revoked(report),
        note=_storable(note),
        known_by=report.known_by,
        report=_storable(report.as_json()),
        inside=[_inside(child) for child in report.children],
        checked_at=now,
        due_at=now + AGAIN[verdict],
    )
    if await received.save(tx, finding):
        await entries.touch(tx, [(row.source_id, row.stream, row.raw_key)])
        await queue.settle_soon(tx)


def _inside(child: Report) -> Finding:
    verdict, note = judged(child)
    return Finding(verdict, _revoked(child), _storable(note), child.known_by)


def _storable(value: Any) -> Any:
    """A value of JSON without what no database keeps: NUL, and halves of characters."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def _revoked(report: Report) -> bool:
    status = report.check("status")
    return status is not None and status.outcome == "failed"


def judged(report: Report) -> tuple[Verification, str]:
    """The verdict as the record has it, and the finding in a sentence: for a valid one, who knows its issuer.

    What nobody knows the issuer of is not verified, however good its signature: anybody could have made it. A good
    credential that names an address we do not know the learner by is not false: it is only not confirmed.
    """
    wrong = [check for check in report.checks if check.outcome == "failed"]
    if wrong and all(check.name == "recipient" for check in wrong):
        return "unverified", wrong[0].message
    if report.verdict == "valid" and not report.known:
        return "unknown issuer", report.summary
    return VERDICTS[report.verdict], report.summary
