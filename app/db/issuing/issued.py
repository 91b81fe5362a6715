"""Keys that sign, credentials that were issued, and their places in status lists."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx
from app.db.issuing.templates import TEXT, as_issued
from app.db.rows import columns
from app.db.tables.credentials import IssuerKey, StatusList

LIST_LENGTH = 131_072
"""Entries of a status list: the least that W3C Bitstring Status List 1.0 allows, so that one credential hides in many."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that signs (`retired_at` None) or has signed; `public` is its JWK, `sealed` its private part."""

    id: str
    kind: str
    public: dict[str, Any]
    sealed: bytes | None
    created_at: datetime
    retired_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedRow:
    """A credential as it was issued, and its state: active, suspended or revoked."""

    id: UUID
    learner_id: UUID
    kind: str
    origin: str
    name: str
    media_type: str
    body: bytes
    list_id: int
    list_index: int
    status_type: str
    state: str
    reason: str | None
    issued_by: str
    issued_at: datetime
    valid_until: datetime | None
    changed_at: datetime
    batch_id: UUID | None


ISSUED: LiteralString = """id, learner_id, kind, origin, name, media_type, body, list_id, list_index, status_type, state, reason, issued_by,
    issued_at, valid_until, changed_at, batch_id"""


async def keys(tx: Tx) -> list[KeyRow]:
    """All keys of the tenant, newest first."""
    return await tx.all(KeyRow, "FROM issuer_key WHERE tenant_id = %s ORDER BY created_at DESC, id", tx.tenant)


async def lock_keys(tx: Tx) -> None:
    """Be the only one who makes or changes keys of the tenant, until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, 1)", tx.tenant)


async def signing_key(tx: Tx, kind: str) -> KeyRow | None:
    """The key of that kind which signs now."""
    query = "FROM issuer_key WHERE tenant_id = %s AND kind = %s AND retired_at IS NULL"
    return await tx.first(KeyRow, query, tx.tenant, kind)


async def add_key(tx: Tx, id: str, kind: str, public: dict[str, Any], sealed: bytes) -> None:
    """Store a new key, which signs from now on: there may be no other of its kind that does."""
    await tx.insert(IssuerKey(id=id, kind=kind, public=public, sealed=sealed))


async def retire_keys(tx: Tx, kind: str) -> None:
    """Let the key of a kind sign no more."""
    await tx.run(
        "UPDATE issuer_key SET retired_at = now() WHERE tenant_id = %s AND kind = %s AND retired_at IS NULL",
        tx.tenant,
        kind,
    )


async def revoke_key(tx: Tx, id: str) -> bool:
    """Disown a key and forget its private part; False where there is no such key that is trusted."""
    return bool(
        await tx.run(
            """UPDATE issuer_key SET revoked_at = now(), retired_at = coalesce(retired_at, now()), sealed = NULL
               WHERE tenant_id = %s AND id = %s AND revoked_at IS NULL""",
            tx.tenant,
            id,
        )
    )


async def lock_issuing(tx: Tx) -> None:
    """Be the only one who issues for the tenant, until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, 2)", tx.tenant)


async def take_places(tx: Tx, count: int) -> list[tuple[int, int]]:
    """Places (list, index) in the tenant's status lists for new credentials, scattered so that they tell no order."""
    await lock_issuing(tx)
    places: list[tuple[int, int]] = []
    while len(places) < count:
        row = await tx.row(
            "SELECT id, step, start, taken FROM status_list WHERE tenant_id = %s ORDER BY id DESC LIMIT 1", tx.tenant
        )
        list_id, step, start, used = row if row and row[3] < LIST_LENGTH else await _new_list(tx, row[0] if row else 0)
        some = min(count - len(places), LIST_LENGTH - used)
        places += [(list_id, (start + n * step) % LIST_LENGTH) for n in range(used, used + some)]
        await tx.run(
            "UPDATE status_list SET taken = taken + %s WHERE tenant_id = %s AND id = %s", some, tx.tenant, list_id
        )
    return places


async def _new_list(tx: Tx, last: int) -> tuple[int, int, int, int]:
    chance = random.SystemRandom()
    step, start = chance.randrange(LIST_LENGTH // 8, LIST_LENGTH) | 1, chance.randrange(LIST_LENGTH)
    await tx.insert(StatusList(id=last + 1, step=step, start=start, taken=0))
    return last + 1, step, start, 0


async def list_exists(tx: Tx, list_id: int) -> bool:
    """Whether the tenant has a status list of that number."""
    return bool(await tx.row("SELECT 1 FROM status_list WHERE tenant_id = %s AND id = %s", tx.tenant, list_id))


async def revoked_places(tx: Tx, list_id: int) -> list[int]:
    """The places in a status list of the credentials that are revoked."""
    rows = await tx.rows(
        "SELECT list_index FROM issued_credential WHERE tenant_id = %s AND list_id = %s AND state = 'revoked'",
        tx.tenant,
        list_id,
    )
    return [index for (index,) in rows]


async def store(tx: Tx, rows: Sequence[IssuedRow]) -> list[UUID]:
    """Store new credentials; the ids of those stored: what was issued already and is not revoked is left out."""
    stored = await tx.rows(
        f"""INSERT INTO issued_credential (tenant_id, {ISSUED})
            SELECT %(tenant)s, * FROM unnest(%(id)s::uuid[], %(learner_id)s::uuid[], %(kind)s::text[], %(origin)s::text[],
                %(name)s::text[], %(media_type)s::text[], %(body)s::bytea[], %(list_id)s::int[], %(list_index)s::int[],
                %(status_type)s::text[], %(state)s::text[], %(reason)s::text[], %(issued_by)s::text[],
                %(issued_at)s::timestamptz[], %(valid_until)s::timestamptz[], %(changed_at)s::timestamptz[],
                %(batch_id)s::uuid[])
            ON CONFLICT (tenant_id, learner_id, kind, origin) WHERE state <> 'revoked' DO NOTHING RETURNING id""",
        **{name: [getattr(row, name) for row in rows] for name in columns(IssuedRow)},
    )
    return [credential for (credential,) in stored]


async def issued(tx: Tx, id: UUID) -> IssuedRow | None:
    """The credential of that id."""
    rows = await _issued(tx, "id = %s", id)
    return rows[0] if rows else None


async def standing(tx: Tx, kind: str, pairs: Sequence[tuple[UUID, str]]) -> dict[tuple[UUID, str], IssuedRow]:
    """The credentials that say these things (learner, origin) and are not revoked."""
    rows = await _issued(
        tx,
        """kind = %s AND state <> 'revoked' AND (learner_id, origin) IN
           (SELECT learner, origin FROM unnest(%s::uuid[], %s::text[]) AS s (learner, origin))""",
        kind,
        [learner for learner, _ in pairs],
        [origin for _, origin in pairs],
    )
    return {(row.learner_id, row.origin): row for row in rows}


async def by_given_id(tx: Tx, credential: str) -> list[UUID]:
    """The credentials that were signed as a client gave them, under this id or the ledger's own (urn:uuid:)."""
    rows = await tx.rows(
        """SELECT id FROM issued_credential WHERE tenant_id = %(tenant)s AND origin LIKE 'as given %%'
           AND %(credential)s IN ('urn:uuid:' || id::text, substr(origin, 47)) ORDER BY issued_at""",
        credential=credential,
    )
    return [issued for (issued,) in rows]


async def of_origin(tx: Tx, kind: str, origin: str) -> list[UUID]:
    """The credentials that say this of whomever, and are not revoked."""
    rows = await tx.rows(
        "SELECT id FROM issued_credential WHERE tenant_id = %s AND kind = %s AND origin = %s AND state <> 'revoked'",
        tx.tenant,
        kind,
        origin,
    )
    return [credential for (credential,) in rows]


async def publish_achievements(tx: Tx, rows: Sequence[tuple[UUID, bytes]]) -> None:
    """Let everybody read these achievements (id, JSON)."""
    await tx.run(
        """INSERT INTO published_achievement (tenant_id, id, body)
           SELECT %s, id, body::json FROM unnest(%s::uuid[], %s::text[]) AS a (id, body) ON CONFLICT DO NOTHING""",
        tx.tenant,
        [row[0] for row in rows],
        [row[1].decode() for row in rows],
    )


async def achievement(tx: Tx, id: UUID) -> dict[str, Any] | None:
    """The achievement of that id, as everybody may read it."""
    row = await tx.row("SELECT body FROM published_achievement WHERE tenant_id = %s AND id = %s", tx.tenant, id)
    return None if row is None else dict(row[0])


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[IssuedRow]:
    """All credentials issued to these learners, newest first."""
    return await _issued(tx, "learner_id = ANY(%s) ORDER BY issued_at DESC, id", list(learners))


async def ended(tx: Tx) -> list[tuple[UUID, str, str | None]]:
    """All credentials that are suspended or revoked, and why."""
    return await tx.rows(
        """SELECT id, state, reason FROM issued_credential WHERE tenant_id = %s AND state <> 'active'
           ORDER BY changed_at, id""",
        tx.tenant,
    )


async def set_state(tx: Tx, id: UUID, state: str, reason: str | None) -> bool:
    """Suspend, reinstate or revoke; False where it is revoked already, for that is final."""
    return bool(
        await tx.run(
            """UPDATE issued_credential SET state = %s, reason = %s, changed_at = now(),
                   changed_by = nullif(current_setting('tessera.actor', true), '')
               WHERE tenant_id = %s AND id = %s AND state <> 'revoked'""",
            state,
            reason,
            tx.tenant,
            id,
        )
    )


@dataclass(frozen=True, slots=True)
class _StoredRow(IssuedRow):
    text: str | None


async def _issued(tx: Tx, where: LiteralString, *args: Any) -> list[IssuedRow]:
    query = f"SELECT {ISSUED}, {TEXT} FROM issued_credential WHERE tenant_id = %s AND {where}"
    rows = await tx.all(_StoredRow, query, tx.tenant, *args)
    return [replace(row, body=as_issued(row.body, row.text)) for row in rows]


async def links(tx: Tx, competencies: list[UUID]) -> list[tuple[str, UUID, UUID]]:
    """How frameworks say that these competencies stand to each other: type, origin, destination."""
    if len(competencies) < 2:
        return []
    rows = await tx.rows(
        """SELECT DISTINCT type, origin, coalesce(meant, destination) FROM competency_link
           WHERE tenant_id = %s AND origin = ANY(%s) AND coalesce(meant, destination) = ANY(%s) ORDER BY 1, 2, 3""",
        tx.tenant,
        competencies,
        competencies,
    )
    return [(kind, origin, destination) for kind, origin, destination in rows]
