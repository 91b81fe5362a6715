"""Other hosts we are registered at, and the consents by which learners' credentials are fetched from them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.tables.credentials import Host, HostConsent


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host as it is stored."""

    id: UUID
    name: str
    address: str
    standard: str
    private: bool
    described: dict[str, Any]
    client: str
    method: str
    sealed: bytes | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """A consent as it is stored; `state` is asked, given or ended."""

    id: UUID
    host_id: UUID
    learner_id: UUID
    state: str
    sealed: bytes | None
    profile: bytes | None
    since: datetime | None
    due_at: datetime | None
    note: str | None
    counts: dict[str, Any]
    asked_by: str
    asked_at: datetime
    expires_at: datetime


CONSENT = "id, host_id, learner_id, state, sealed, profile, since, due_at, note, counts, asked_by, asked_at, expires_at"


async def add(tx: Tx, row: HostRow) -> None:
    """Store a host. psycopg.errors.UniqueViolation where its address is known."""
    await tx.insert(Host(**asdict(row)))


async def hosts(tx: Tx) -> list[HostRow]:
    """All hosts of the tenant, in the order of their making."""
    return await tx.all(HostRow, "FROM host WHERE tenant_id = %s ORDER BY created_at, id", tx.tenant)


async def host(tx: Tx, host: UUID) -> HostRow | None:
    """The host of that id."""
    return await tx.first(HostRow, "FROM host WHERE tenant_id = %s AND id = %s", tx.tenant, host)


async def forget(tx: Tx, host: UUID) -> bool:
    """Forget a host with all consents; what was fetched stays. False where there is none."""
    return bool(await tx.run("DELETE FROM host WHERE tenant_id = %s AND id = %s", tx.tenant, host))


async def ask(tx: Tx, row: ConsentRow, hashed: bytes) -> None:
    """Store a consent that is asked for."""
    await tx.insert(
        HostConsent(
            id=row.id,
            host_id=row.host_id,
            learner_id=row.learner_id,
            state="asked",
            token=hashed,
            sealed=row.sealed,
            counts={},
            asked_by=row.asked_by,
            expires_at=row.expires_at,
        )
    )


async def use_token(tx: Tx, hashed: bytes) -> ConsentRow | None:
    """The consent asked for by that token, which is used up; None where there is none that still waits."""
    return await tx.first(
        ConsentRow,
        f"""UPDATE host_consent SET token = NULL WHERE tenant_id = %s AND token = %s AND state = 'asked'
                AND expires_at > now() RETURNING {CONSENT}""",
        tx.tenant,
        hashed,
    )


async def consent(tx: Tx, consent: UUID) -> ConsentRow | None:
    """The consent of that id."""
    return await tx.first(ConsentRow, "FROM host_consent WHERE tenant_id = %s AND id = %s", tx.tenant, consent)


async def consents(
    tx: Tx, host: UUID, before: tuple[datetime, UUID] | None = None, limit: int | None = None
) -> list[ConsentRow]:
    """Consents for a host, newest first: all, or so many that were asked for before that time (and id)."""
    asked_at, consent = before or (None, None)
    return await tx.all(
        ConsentRow,
        """FROM host_consent WHERE tenant_id = %(tenant)s AND host_id = %(host)s
             AND (%(asked_at)s::timestamptz IS NULL OR (asked_at, id) < (%(asked_at)s, %(consent)s))
           ORDER BY asked_at DESC, id DESC LIMIT %(limit)s""",
        host=host,
        asked_at=asked_at,
        consent=consent,
        limit=limit,
    )


async def due(tx: Tx, now: datetime, limit: int) -> Sequence[UUID]:
    """Consents whose time to fetch has come, the longest due first."""
    rows = await tx.rows(
        """SELECT id FROM host_consent WHERE tenant_id = %s AND state = 'given' AND due_at <= %s
           ORDER BY due_at, id LIMIT %s""",
        tx.tenant,
        now,
        limit,
    )
    return [consent for (consent,) in rows]


async def begin(tx: Tx, consent: UUID, due_at: datetime) -> ConsentRow | None:
    """The consent, if it is given (still), to fetch by now; due again then, should nothing more be heard of it."""
    return await tx.first(
        ConsentRow,
        f"""UPDATE host_consent SET due_at = %s WHERE tenant_id = %s AND id = %s AND state = 'given'
                RETURNING {CONSENT}""",
        due_at,
        tx.tenant,
        consent,
    )


async def keep_tokens(tx: Tx, consent: UUID, sealed: bytes, due_at: datetime) -> bool:
    """Store what the host gave for a consent, which is given with that. False where it has ended: it stays so."""
    return bool(
        await tx.run(
            """UPDATE host_consent SET state = 'given', sealed = %b, due_at = %s
               WHERE tenant_id = %s AND id = %s AND state <> 'ended'""",
            sealed,
            due_at,
            tx.tenant,
            consent,
        )
    )


async def fetched(
    tx: Tx, consent: UUID, since: datetime | None, due_at: datetime, note: str | None, counts: dict[str, Any]
) -> None:
    """Note how a fetch went, and when the next is due, unless it was ended. `since` None leaves what stands there."""
    await tx.run(
        """UPDATE host_consent SET since = coalesce(%(since)s, since), due_at = %(due_at)s, note = %(note)s,
               counts = %(counts)s WHERE tenant_id = %(tenant)s AND id = %(consent)s AND state = 'given'""",
        since=since,
        due_at=due_at,
        note=note,
        counts=Jsonb(counts),
        consent=consent,
    )


async def keep_profile(tx: Tx, consent: UUID, profile: bytes) -> None:
    """Keep what the host says of whose credentials these are."""
    await tx.run("UPDATE host_consent SET profile = %b WHERE tenant_id = %s AND id = %s", profile, tx.tenant, consent)


async def end(tx: Tx, consent: UUID, note: str) -> bool:
    """End a consent: its tokens are gone. False where it had ended, or there is none."""
    return bool(
        await tx.run(
            """UPDATE host_consent SET state = 'ended', token = NULL, sealed = NULL, due_at = NULL, note = %s
               WHERE tenant_id = %s AND id = %s AND state <> 'ended'""",
            note,
            tx.tenant,
            consent,
        )
    )
