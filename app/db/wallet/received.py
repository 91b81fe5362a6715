"""Credentials that programs pushed: which wait to be verified, and what was found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.tables import credentials as tables
from schemas.codes import KnownBy, Verification


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """A received credential whose time to be verified has come, and where its raw bytes are; `again`: it was before."""

    source_id: int
    stream: str
    raw_key: str
    hash: int
    person: str
    raw_id: int
    raw_pos: int
    again: bool


class Finding(NamedTuple):
    """What was found of a credential, as the record shows it. `known_by`: what its issuer is known by, list or domain."""

    verdict: Verification
    revoked: bool
    note: str
    known_by: KnownBy | None = None


@dataclass(frozen=True, slots=True)
class FoundRow:
    """What verification found of a received credential: verdict, a sentence, the whole report; and when to look again.

    `known_by`: what its issuer is known by, a list or its domain. `inside`: of each credential inside it, in order.
    """

    source_id: int
    raw_key: str
    hash: int
    verdict: str
    revoked: bool
    note: str
    known_by: KnownBy | None
    report: dict[str, Any]
    inside: list[Finding]
    checked_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Findings:
    """What the record shows of a finding, and of each credential inside, in order."""

    whole: Finding
    inside: Sequence[Finding]

    def nth(self, n: int) -> Finding | None:
        """The finding of the credential itself (0), or of the nth inside it; None where it was not looked at."""
        return self.whole if n == 0 else self.inside[n - 1] if n <= len(self.inside) else None


DUE: LiteralString = """
FROM record r JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.connector = 'open_badges'
LEFT JOIN verification v ON v.tenant_id = r.tenant_id AND v.source_id = r.source_id AND v.raw_key = r.raw_key
WHERE r.tenant_id = %s AND r.kind = 'credential' AND r.n = 0 AND r.state <> 'retracted' AND r.person IS NOT NULL
  AND (v.hash IS DISTINCT FROM r.hash OR v.due_at <= %s OR (v.verdict = 'verified' AND v.known_by IS NULL))
"""


async def waiting(tx: Tx, now: datetime) -> bool:
    """Whether there are received credentials to be verified."""
    return bool(await tx.one(f"SELECT EXISTS (SELECT 1 {DUE})", tx.tenant, now))


async def due(tx: Tx, now: datetime, limit: int) -> list[ReceivedRow]:
    """Received credentials to be verified, those never looked at first."""
    return await tx.all(
        ReceivedRow,
        f"""SELECT r.source_id, r.stream, r.raw_key, r.hash, r.person, r.raw_id, r.raw_pos,
                coalesce(v.hash = r.hash, false) AS again {DUE}
                ORDER BY v.due_at NULLS FIRST, r.source_id, r.raw_key LIMIT %s""",
        tx.tenant,
        now,
        limit,
    )


async def save(tx: Tx, row: FoundRow) -> bool:
    """Keep what was found; whether it says something else than what was known of these bytes."""
    before = await tx.row(
        """SELECT verdict, revoked, note, known_by, inside FROM verification
           WHERE tenant_id = %s AND source_id = %s AND raw_key = %s AND hash = %s""",
        tx.tenant,
        row.source_id,
        row.raw_key,
        row.hash,
    )
    await tx.insert(
        tables.Verification(**asdict(row)),
        """ON CONFLICT (tenant_id, source_id, raw_key) DO UPDATE SET hash = excluded.hash, verdict = excluded.verdict,
               revoked = excluded.revoked, note = excluded.note, known_by = excluded.known_by,
               report = excluded.report, inside = excluded.inside,
               checked_at = excluded.checked_at, due_at = excluded.due_at""",
    )
    inside = [list(credential) for credential in row.inside]
    return before != (row.verdict, row.revoked, row.note, row.known_by, inside)


async def verdicts(tx: Tx, keys: Collection[tuple[int, str]]) -> Mapping[tuple[int, str], Findings]:
    """What was found of the received credentials (source, raw key), where they still say what was looked at."""
    rows = await tx.rows(
        """SELECT v.source_id, v.raw_key, v.inside, v.verdict, v.revoked, v.note, v.known_by
           FROM unnest(%s::int[], %s::text[]) AS w (source_id, raw_key)
           JOIN verification v ON v.tenant_id = %s AND v.source_id = w.source_id AND v.raw_key = w.raw_key
           JOIN record r ON r.tenant_id = v.tenant_id AND r.source_id = v.source_id AND r.raw_key = v.raw_key
               AND r.kind = 'credential' AND r.n = 0 AND r.hash = v.hash""",
        [source for source, _ in keys],
        [key for _, key in keys],
        tx.tenant,
    )
    return {
        (source, key): Findings(Finding(*whole), [Finding(*finding) for finding in inside])
        for source, key, inside, *whole in rows
    }


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A received credential of a learner: where it came from, where its bytes are, what was found of it."""

    source_id: int
    source: str
    raw_key: str
    name: str | None
    issuer: str | None
    received_at: datetime
    raw_id: int
    raw_pos: int
    verdict: str | None
    revoked: bool | None
    note: str | None


async def of_learners(tx: Tx, learners: Collection[UUID]) -> list[HeldRow]:
    """The credentials that programs pushed for these learners, newest first; not those that came by consent."""
    return await tx.all(
        HeldRow,
        """SELECT r.source_id, s.name AS source, r.raw_key, r.body ->> 'name' AS name,
                      r.body -> 'issuer' ->> 'name' AS issuer, r.received_at, r.raw_id, r.raw_pos, v.verdict, v.revoked, v.note
               FROM person p
               JOIN source s ON s.tenant_id = p.tenant_id AND s.id = p.source_id AND s.connector = 'open_badges'
                   AND s.slug <> '_consented'
               JOIN record r ON r.tenant_id = p.tenant_id AND r.source_id = p.source_id AND r.person = p.key
                   AND r.kind = 'credential' AND r.n = 0 AND r.state <> 'retracted'
               LEFT JOIN verification v ON v.tenant_id = r.tenant_id AND v.source_id = r.source_id
                   AND v.raw_key = r.raw_key AND v.hash = r.hash
               WHERE p.tenant_id = %s AND p.learner_id = ANY(%s) ORDER BY r.received_at DESC, r.source_id, r.raw_key""",
        tx.tenant,
        list(learners),
    )


@dataclass(frozen=True, slots=True)
class CameRow:
    """A received credential of whomever: its learner where that is known, and what was found of it."""

    source_id: int
    source: str
    raw_key: str
    learner_id: UUID | None
    name: str | None
    issuer: str | None
    issuer_id: str | None
    received_at: datetime
    verdict: str | None
    revoked: bool | None
    known_by: KnownBy | None
    note: str | None


async def page(tx: Tx, verdict: str, before: tuple[datetime, int, str] | None, limit: int) -> list[CameRow]:
    """What was received, newest first: all, or what was found to be so; '' is all, 'waiting' what nobody looked at."""
    received_at, source, raw_key = before or (None, None, None)
    return await tx.all(
        CameRow,
        """SELECT r.source_id, s.name AS source, r.raw_key, p.learner_id, r.body ->> 'name' AS name,
               r.body -> 'issuer' ->> 'name' AS issuer, v.report ->> 'issuer_id' AS issuer_id, r.received_at, v.verdict,
               v.revoked, v.known_by, v.note
           FROM record r
           JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.connector = 'open_badges'
           LEFT JOIN person p ON p.tenant_id = r.tenant_id AND p.source_id = r.source_id AND p.key = r.person
           LEFT JOIN verification v ON v.tenant_id = r.tenant_id AND v.source_id = r.source_id
               AND v.raw_key = r.raw_key AND v.hash = r.hash
           WHERE r.tenant_id = %(tenant)s AND r.kind = 'credential' AND r.n = 0 AND r.state <> 'retracted'
             AND (%(verdict)s::text = '' OR coalesce(v.verdict, 'waiting') = %(verdict)s)
             AND (%(received_at)s::timestamptz IS NULL
                  OR (r.received_at, r.source_id, r.raw_key) < (%(received_at)s, %(source)s, %(raw_key)s))
           ORDER BY r.received_at DESC, r.source_id DESC, r.raw_key DESC LIMIT %(limit)s""",
        verdict=verdict,
        received_at=received_at,
        source=source,
        raw_key=raw_key,
        limit=limit,
    )


async def counts(tx: Tx) -> dict[str, int]:
    """How many were found to be what; 'waiting': so many nobody has looked at yet."""
    rows = await tx.rows(
        """SELECT coalesce(v.verdict, 'waiting'), count(*) FROM record r
           JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.connector = 'open_badges'
           LEFT JOIN verification v ON v.tenant_id = r.tenant_id AND v.source_id = r.source_id
               AND v.raw_key = r.raw_key AND v.hash = r.hash
           WHERE r.tenant_id = %s AND r.kind = 'credential' AND r.n = 0 AND r.state <> 'retracted' GROUP BY 1""",
        tx.tenant,
    )
    return dict(rows)


async def report(tx: Tx, source: int, raw_key: str) -> dict[str, Any] | None:
    """The whole report about a received credential; None where there is none."""
    row = await tx.row(
        "SELECT report FROM verification WHERE tenant_id = %s AND source_id = %s AND raw_key = %s",
        tx.tenant,
        source,
        raw_key,
    )
    return None if row is None else dict(row[0])
