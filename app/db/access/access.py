"""Clients, the hashes of their keys and tokens, and the first answers to requests that may be repeated."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import LiteralString, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from app.db import Database, Tx
from app.db.records.packed import unpacker
from app.db.sources.sources import SourceRow
from app.db.tables.access import Client


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a client of one tenant, by one of its keys or tokens, with what both the key and the client may do.

    `source` is the one it pushes into, if it pushes. `test`: what it calls with is of a sandbox.
    """

    tenant: int
    client: UUID
    key: UUID
    kind: str
    scopes: frozenset[str]
    source: SourceRow | None
    test: bool = False


@dataclass(frozen=True)
class LearnerRead:
    """What one reader of one learner gets. `etag` None: there is no such learner for them.

    `live`: there is a record. `packed`, the header as it is stored for such a reader, is left out where the reader holds
    it already. `stale`: something in it has become sensitive since, so that it is to be made anew.
    """

    client: UUID
    scopes: Sequence[str]
    etag: str | None
    live: bool
    packed: bytes | None
    merged_into: UUID | None
    tenant: int
    stale: bool

    @cached_property
    def body(self) -> bytes:
        """The record, unpacked once for all who asked for it together."""
        return b"" if self.packed is None else unpacker()(self.packed)


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A program that calls the API, with its scopes and, if it pushes, its source."""

    id: UUID
    name: str
    scopes: list[str]
    source_id: int | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What is known of a key once it has been shown."""

    id: UUID
    client_id: UUID
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


PUSHES: LiteralString = """(pushes).id, (pushes).tenant_id, (pushes).slug, (pushes).name, (pushes).connector,
    (pushes).settings, (pushes).secrets, (pushes).rank, (pushes).every_minutes, (pushes).full_every_days,
    (pushes).shrink_share, (pushes).state, (pushes).state_reason, (pushes).due_at, (pushes).created_at"""


READ: LiteralString = """SELECT n, client, scopes, etag, live, body, merged_into, tenant, stale
                           FROM read_headers(%b, %b, %b, %b)"""


async def callers(db: Database, presented: Sequence[bytes]) -> list[Caller | None]:
    """Who presents each of these hashes; None where nobody may."""
    async with db.connection() as conn:
        cursor = await conn.execute(
            f"SELECT n, tenant, client, key, kind, scopes, {PUSHES} FROM callers(%b)", [list(presented)]
        )
        callers_by_number = {
            n: Caller(
                tenant, client, key, kind=kind, scopes=frozenset(scopes), source=SourceRow(*row) if row[0] else None
            )
            for n, tenant, client, key, kind, scopes, *row in await cursor.fetchall()
        }
    return [callers_by_number.get(n) for n in range(1, len(presented) + 1)]


async def read_learners(db: Database, reads: Sequence[tuple[bytes, UUID, str, bool]]) -> list[LearnerRead | None]:
    """One learner for each (hash of the key presented, learner, ETag the reader holds, whether all is asked for).

    None where nobody may.
    """
    order = sorted(range(len(reads)), key=lambda place: reads[place][0])  # a key presented often is looked up once
    hashes, ids, etags, whole = zip(*(reads[place] for place in order), strict=True)
    answers: list[LearnerRead | None] = [None] * len(reads)
    async with db.connection() as conn:
        cursor = conn.cursor(binary=True)
        await cursor.execute(READ, [list(hashes), list(ids), list(etags), list(whole)])
        for n, client, scopes, etag, live, packed, merged_into, tenant, stale in await cursor.fetchall():
            answers[order[n - 1]] = LearnerRead(
                client=client,
                scopes=scopes.split(),
                etag=etag,
                live=bool(live),
                packed=packed,
                merged_into=merged_into,
                tenant=tenant,
                stale=bool(stale),
            )
    return answers


async def add_client(tx: Tx, client: UUID, name: str, scopes: Sequence[str], source: int | None) -> None:
    """Store a new client."""
    await tx.insert(Client(id=client, name=name, scopes=list(scopes), source_id=source))


async def clients(tx: Tx) -> list[ClientRow]:
    """All clients of the tenant, newest first."""
    return await tx.all(ClientRow, "FROM client WHERE tenant_id = %(tenant)s ORDER BY created_at DESC, id")


async def client_name(tx: Tx, client: UUID) -> str | None:
    """What a client is called; None where there is none."""
    row = await tx.row("SELECT name FROM client WHERE tenant_id = %(tenant)s AND id = %(client)s", client=client)
    return None if row is None else row[0]


async def lock_client(tx: Tx, client: UUID) -> ClientRow | None:
    """The client of that id, held until the transaction ends: what is decided about it is decided once."""
    return await tx.first(
        ClientRow, "FROM client WHERE tenant_id = %(tenant)s AND id = %(client)s FOR UPDATE", client=client
    )


async def revoke_client(tx: Tx, client: UUID) -> None:
    """End a client: none of its keys and tokens opens anything from here on."""
    await tx.run(
        "UPDATE client SET revoked_at = now() WHERE tenant_id = %s AND id = %s AND revoked_at IS NULL",
        tx.tenant,
        client,
    )


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key or token to be stored: its hash, what is shown of it, what it may do, and until when."""

    client_id: UUID
    id: UUID
    kind: str
    hash: bytes
    hint: str
    scopes: list[str]
    expires_at: datetime | None
    got_with: UUID | None = None


async def add_key(tx: Tx, key: NewKey) -> None:
    """Store the hash of a new key or token."""
    await tx.run(
        """INSERT INTO access_key (hash, tenant_id, client_id, id, kind, hint, scopes, expires_at, got_with)
           VALUES (%(hash)b, %(tenant)s, %(client_id)s, %(id)s, %(kind)s, %(hint)s, %(scopes)s, %(expires_at)s,
                   %(got_with)s)""",
        **asdict(key),
    )


async def keys(tx: Tx, client: UUID | None = None) -> list[KeyRow]:
    """The live keys (not the tokens) of one client or of all, oldest first."""
    return await tx.all(
        KeyRow,
        """FROM access_key WHERE tenant_id = %(tenant)s AND (%(client)s::uuid IS NULL OR client_id = %(client)s)
             AND kind = 'key' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
           ORDER BY created_at, id""",
        client=client,
    )


async def revoke_key(tx: Tx, client: UUID, key: UUID) -> bool:
    """End a key or token of a client, and the tokens that were got with it; False where there is none that is live."""
    return bool(
        await tx.run(
            """UPDATE access_key SET revoked_at = now()
               WHERE tenant_id = %s AND client_id = %s AND (id = %s OR got_with = %s) AND revoked_at IS NULL""",
            tx.tenant,
            client,
            key,
            key,
        )
    )


async def revoke_token(tx: Tx, client: UUID, hashed: bytes) -> None:
    """End an access token of a client, by its hash."""
    await tx.run(
        """UPDATE access_key SET revoked_at = now() WHERE tenant_id = %s AND client_id = %s AND hash = %b
           AND kind = 'token' AND revoked_at IS NULL""",
        tx.tenant,
        client,
        hashed,
    )


class Answer(NamedTuple):
    """What is known of a repeatable request: whether this is its first time, and else what was answered then.

    `same` is false where it was another request; `status` is 0 while the first is still being answered.
    """

    claimed: bool
    same: bool
    status: int
    response: bytes


async def claim_answer(conn: AsyncConnection[TupleRow], caller: Caller, key: str, request: bytes) -> Answer:
    """Be the one who answers the request of that Idempotency-Key, or learn what was answered. `request` is its hash.

    In a transaction, who asks at the same time waits until it ends, and learns then.
    """
    cursor = await conn.execute(
        "SELECT claimed, same, status, response FROM claim_answer(%s, %s, %s, %b)",
        [caller.tenant, caller.client, key, request],
    )
    row = await cursor.fetchone()
    assert row is not None
    return Answer(*row)


async def keep_answer(conn: AsyncConnection[TupleRow], caller: Caller, key: str, status: int, response: bytes) -> None:
    """Keep the first answer, for whoever asks again; status 0 gives the key up, as nothing was done."""
    await conn.execute("SELECT keep_answer(%s, %s, %s, %s, %b)", [caller.tenant, caller.client, key, status, response])
