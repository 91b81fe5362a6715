"""A source taken away with everything that it said; what was made of its records and stands for itself stays."""

from dataclasses import dataclass
from typing import LiteralString

from app.db import Tx
from app.db.wallet.wallet import CONSENTED

CONTENTS: tuple[LiteralString, ...] = (
    "raw",
    "raw_floor",
    "seen",
    "quarantine",
    "stream_state",
    "xapi_document",
    "xapi_attachment",
    "guard_alarm",
    "verification",
    "former_identifier",
)
"""Tables whose rows of a source are dropped first, before its persons are settled."""

AFTER_SETTLING: tuple[LiteralString, ...] = (
    "record",
    "record_history",
    "entry_count",
    "succession",
    "touched",
    "identifier",
    "membership",
    "person",
    "run",
    "roster_user",
    "matching",
    "match_case",
    "match_key",
    "account_person",
    "awaited_sync",
    "source_notice",
)
"""Tables whose rows of a source are dropped with the source itself, once its persons are settled."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a source holds: what it sent, whom it speaks of, and which clients push into it.

    `program` is whose source it is, `submissions` are those of the program that stand accepted, `badges` the ones in
    force that were issued for them, and `handed_in` the credentials that learners' apps and other hosts put here.
    """

    raw_bytes: int
    statements: int
    persons: int
    learners: int
    known_from_it_alone: int
    quarantined: int
    runs: int
    clients: list[str]
    program: str | None
    submissions: int
    badges: int
    handed_in: int


async def holdings(tx: Tx, source: int) -> Holdings:
    """What a source holds now."""
    row = await tx.first(
        Holdings,
        """SELECT (SELECT coalesce(sum(octet_length(body)), 0) FROM raw
                     WHERE tenant_id = %(tenant)s AND source_id = %(source)s)::bigint AS raw_bytes,
               (SELECT count(*) FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s) AS statements,
               (SELECT count(*) FROM person WHERE tenant_id = %(tenant)s AND source_id = %(source)s) AS persons,
               (SELECT count(DISTINCT learner_id) FROM person
                  WHERE tenant_id = %(tenant)s AND source_id = %(source)s) AS learners,
               (SELECT count(DISTINCT p.learner_id) FROM person p
                  WHERE p.tenant_id = %(tenant)s AND p.source_id = %(source)s AND NOT EXISTS (SELECT FROM person o
                      WHERE o.tenant_id = p.tenant_id AND o.learner_id = p.learner_id AND o.source_id <> p.source_id))
                   AS known_from_it_alone,
               (SELECT count(*) FROM quarantine WHERE tenant_id = %(tenant)s AND source_id = %(source)s
                  AND resolved_at IS NULL) AS quarantined,
               (SELECT count(*) FROM run WHERE tenant_id = %(tenant)s AND source_id = %(source)s) AS runs,
               ARRAY(SELECT name FROM client WHERE tenant_id = %(tenant)s AND source_id = %(source)s
                  AND revoked_at IS NULL ORDER BY name) AS clients,
               (SELECT name FROM program WHERE tenant_id = %(tenant)s AND source_id = %(source)s) AS program,
               (SELECT count(*) FROM submission s JOIN program p ON p.tenant_id = s.tenant_id AND p.id = s.program_id
                  WHERE s.tenant_id = %(tenant)s AND p.source_id = %(source)s AND s.state = 'accepted') AS submissions,
               (SELECT count(*) FROM submission s JOIN program p ON p.tenant_id = s.tenant_id AND p.id = s.program_id
                  JOIN issued_credential c ON c.tenant_id = s.tenant_id AND c.id = s.credential_id
                  WHERE s.tenant_id = %(tenant)s AND p.source_id = %(source)s AND s.state = 'accepted'
                    AND c.state <> 'revoked') AS badges,
               (SELECT count(*) FROM held_credential h JOIN source s ON s.tenant_id = h.tenant_id
                  WHERE h.tenant_id = %(tenant)s AND s.id = %(source)s AND s.slug = %(consented)s) AS handed_in""",
        source=source,
        consented=CONSENTED,
    )
    assert row is not None
    return row


async def drop_contents(tx: Tx, source: int) -> None:
    """Delete what a source sent and how far its streams had come, and revoke the clients that push into it."""
    for table in CONTENTS:
        await tx.run(f"DELETE FROM {table} WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source)
    await revoke_clients(tx, source)


async def revoke_clients(tx: Tx, source: int) -> None:
    """Revoke the clients that push into a source."""
    await tx.run(
        """UPDATE client SET revoked_at = now()
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND revoked_at IS NULL""",
        source=source,
    )


async def drop(tx: Tx, source: int) -> None:
    """Delete a source whose persons are settled, with its history of runs. Decisions about its persons are ended.

    What was pushed while they were settled goes, too.
    """
    await drop_contents(tx, source)
    for table in AFTER_SETTLING:
        await tx.run(f"DELETE FROM {table} WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source)
    await _end_roles(tx, source)
    await tx.run(
        """WITH ended AS (UPDATE assertion SET ended_at = now()
               WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND ended_at IS NULL RETURNING learner_id)
           UPDATE mastery SET tally = NULL WHERE tenant_id = %(tenant)s AND learner_id IN (SELECT learner_id FROM ended)""",
        source=source,
    )
    await tx.run(
        """UPDATE decision SET ended_at = now(), ended_by = 'removal of the source' WHERE tenant_id = %(tenant)s
             AND %(source)s IN (left_source, right_source) AND ended_at IS NULL""",
        source=source,
    )
    await tx.run("DELETE FROM source WHERE tenant_id = %(tenant)s AND id = %(source)s", source=source)


async def _end_roles(tx: Tx, source: int) -> None:
    """End roles at a source, or at a school that it tells of, and invitations to them: nobody could be reached by them."""
    await tx.run(
        """UPDATE held_role SET ends = greatest(now(), begins), ended_by = 'removal of the source'
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND (ends IS NULL OR ends > now())""",
        source=source,
    )
    await tx.run(
        """UPDATE invitation SET ended_at = now() WHERE tenant_id = %(tenant)s AND source_id = %(source)s
             AND used_at IS NULL AND ended_at IS NULL""",
        source=source,
    )
