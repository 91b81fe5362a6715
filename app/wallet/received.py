"""Received credentials: verified after they were taken in, and again from time to time, for they may be revoked.

What a program pushed stays as it was. The finding stands beside it, bound to the hash of what was looked at, and the
fold shows the two together: so a later finding changes the record, and a replay changes nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from app.credentials.verify import Fetch, Person, Report, verify
from app.db import Database, Tx, queue
from app.db.identity import persons
from app.db.pipeline import raw as kept
from app.db.pipeline import statements
from app.db.records import learners
from app.db.wallet import received
from app.db.wallet.received import FoundRow, ReceivedRow
from app.errors import ConfigError
from app.pipeline import raw
from app.pipeline.raw import Chunk

AGAIN = {"verified": timedelta(days=7), "unverified": timedelta(days=1), "failed": timedelta(days=30)}
"""When a credential is looked at again: a good one may be revoked, and whoever did not answer may answer."""
VERDICTS = {"valid": "verified", "invalid": "failed", "unconfirmed": "unverified"}
SOME = 20


class _Envelope(msgspec.Struct):
    """What a badge was pushed in, as far as it is needed here: its own bytes."""

    credential: msgspec.Raw


async def verify_received(db: Database, tenant: int, fetch: Fetch) -> int:
    """Verify what waits for it; how many there were. Nothing is held open while other hosts are asked."""
    done = 0
    while True:
        now = datetime.now(UTC)
        async with db.transaction(tenant) as tx:
            rows = await received.due(tx, now, SOME)
            contents = await _contents(tx, rows)
        for row, content in zip(rows, contents, strict=True):
            person = await _person(db, tenant, row)
            report = await verify(content, now, fetch=fetch, person=person)
            async with db.transaction(tenant) as tx:
                await _keep(tx, row, report, now)
        done += len(rows)
        if len(rows) < SOME:
            return done


def content_of(envelope: bytes) -> bytes:
    """The credential in what was pushed, byte for byte; of a token, its text."""
    found = bytes(msgspec.json.decode(envelope, type=_Envelope).credential)
    return msgspec.json.decode(found, type=str).encode() if found[:1] == b'"' else found


async def raw_records(tx: Tx, places: Sequence[tuple[int, int]]) -> list[bytes]:
    """The raw records at these places (chunk, position)."""
    chunks: dict[int, list[bytes]] = {}
    for raw_id in sorted({raw_id for raw_id, _ in places}):
        row = await kept.chunk(tx, raw_id)
        if row is None:
            raise ConfigError(f"raw chunk {raw_id} is gone: replay its source")
        columns = tuple(row.columns) if row.columns is not None else None
        chunks[raw_id] = raw.unpack(Chunk(columns, row.ends, row.sha256, row.body))
    return [chunks[raw_id][place] for raw_id, place in places]


async def _contents(tx: Tx, rows: Sequence[ReceivedRow]) -> list[bytes]:
    return [content_of(body) for body in await raw_records(tx, [(row.raw_id, row.raw_pos) for row in rows])]


async def _person(db: Database, tenant: int, row: ReceivedRow) -> Person | None:
    """Whose it is said to be, as far as it can be compared; None where nothing is known to compare with."""
    async with db.transaction(tenant) as tx:
        whose = await persons.learners_of(tx, [(row.source_id, row.person)])
    learner: UUID | None = whose.get((row.source_id, row.person))
    found = await learners.row(db, tenant, learner) if learner else None
    record: dict[str, Any] = msgspec.json.decode(found.body) if found and found.body else {}
    emails = {shown["value"].strip().lower() for shown in record.get("emails", [])}
    told = [shown for shown in record.get("identifiers", []) if shown["type"] in ("did", "email")]
    ids = {shown["value"] for shown in told if shown["type"] == "did"}
    emails |= {shown["value"].lower() for shown in told if shown["type"] == "email"}
    return Person(frozenset(emails), frozenset(ids)) if emails or ids else None


async def _keep(tx: Tx, row: ReceivedRow, report: Report, now: datetime) -> None:
    """Keep a finding and, where it is news, have the learner's record made again."""
    verdict, note = judged(report)
    found = FoundRow(
        row.source_id,
        row.raw_key,
        row.hash,
        verdict,
        _revoked(report),
        note,
        report.as_json(),
        [_inside(child) for child in report.children],
        now,
        now + AGAIN[verdict],
    )
    if await received.save(tx, found):
        await statements.touch(tx, row.source_id, [row.person], [])
        await queue.settle_soon(tx)


def _inside(child: Report) -> tuple[str, bool, str]:
    verdict, note = judged(child)
    return verdict, _revoked(child), note


def _revoked(report: Report) -> bool:
    status = report.check("status")
    return status is not None and status.outcome == "failed"


def judged(report: Report) -> tuple[str, str]:
    """The verdict as the record has it, and the finding in a sentence.

    A good credential that names an address we do not know the learner by is not false: it is only not confirmed.
    """
    wrong = [check for check in report.checks if check.outcome == "failed"]
    if wrong and all(check.name == "recipient" for check in wrong):
        return "unverified", wrong[0].message
    return VERDICTS[report.verdict], report.summary
