"""Apps that fetch and hand in learners' credentials: how they are let in, their tokens, and what they handed in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.issuing.templates import TEXT, as_issued
from app.db.tables.credentials import HeldCredential, WalletApp, WalletTicket, WalletToken


@dataclass(frozen=True, slots=True)
class AppRow:
    """A registered app; `secret` is the hash of its secret, None for an app that can keep none."""

    id: UUID
    name: str
    secret: bytes | None
    redirect_uris: list[str]
    scopes: list[str]
    metadata: dict[str, Any]
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A code or token that an app got with one learner's consent (`family`)."""

    kind: str
    family: UUID
    app_id: UUID
    learner_id: UUID
    scopes: list[str]
    redirect_uri: str | None
    challenge: str | None
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A credential that an app handed in, byte for byte, or that we issued: as the learner holds it."""

    id: UUID
    name: str
    kind: str
    media_type: str
    body: bytes
    updated_at: datetime


CONSENTED = "_consented"
"""The slug of the source of what came by learners' consent. No source that staff make can have it."""

GIVEN = "kind, family, app_id, learner_id, scopes, redirect_uri, challenge, expires_at, used_at"


async def add_ticket(
    tx: Tx, hashed: bytes, kind: str, learner: UUID | None, note: str, by: str, expires: datetime
) -> None:
    """Store the hash of something that works once."""
    await tx.insert(WalletTicket(hash=hashed, kind=kind, learner_id=learner, note=note, made_by=by, expires_at=expires))


async def use_ticket(tx: Tx, hashed: bytes, kind: str) -> tuple[UUID | None, str] | None:
    """Use up a ticket: (whose it is, its note); None where there is none that still works."""
    row = await tx.row(
        """UPDATE wallet_ticket SET used_at = now() WHERE tenant_id = %s AND hash = %b AND kind = %s
           AND used_at IS NULL AND expires_at > now() RETURNING learner_id, note""",
        tx.tenant,
        hashed,
        kind,
    )
    return None if row is None else (row[0], row[1])


async def add_app(tx: Tx, row: AppRow) -> None:
    """Store a newly registered app."""
    await tx.insert(
        WalletApp(
            id=row.id,
            name=row.name,
            secret=row.secret,
            redirect_uris=row.redirect_uris,
            scopes=row.scopes,
            metadata_=row.metadata,
        )
    )


async def live_app(tx: Tx, app: UUID) -> AppRow | None:
    """The app of that id, unless it was revoked."""
    return await tx.first(
        AppRow, "FROM wallet_app WHERE tenant_id = %s AND id = %s AND revoked_at IS NULL", tx.tenant, app
    )


async def apps(tx: Tx) -> list[AppRow]:
    """All apps of the tenant, newest first."""
    return await tx.all(AppRow, "FROM wallet_app WHERE tenant_id = %s ORDER BY created_at DESC, id", tx.tenant)


async def revoke_app(tx: Tx, app: UUID) -> bool:
    """End an app with all its tokens; False where there is no such live app."""
    return bool(
        await tx.run(
            "UPDATE wallet_app SET revoked_at = now() WHERE tenant_id = %s AND id = %s AND revoked_at IS NULL",
            tx.tenant,
            app,
        )
    )


async def add_token(tx: Tx, hashed: bytes, row: TokenRow) -> None:
    """Store the hash of a new code or token."""
    await tx.insert(WalletToken(hash=hashed, **asdict(row)))


async def token(tx: Tx, hashed: bytes, kinds: Sequence[str]) -> TokenRow | None:
    """The code or token of that hash and one of these kinds, held; None if it expired, or was revoked with its app."""
    return await tx.first(
        TokenRow,
        f"""SELECT {GIVEN} FROM wallet_token t WHERE tenant_id = %s AND hash = %s AND kind = ANY(%s)
                AND revoked_at IS NULL AND expires_at > now()
                AND EXISTS (SELECT 1 FROM wallet_app a WHERE a.tenant_id = t.tenant_id AND a.id = t.app_id
                            AND a.revoked_at IS NULL) FOR UPDATE""",
        tx.tenant,
        hashed,
        list(kinds),
    )


async def use_token(tx: Tx, hashed: bytes) -> None:
    """Note that a code or refresh token was used: it works once."""
    await tx.run(
        "UPDATE wallet_token SET used_at = now() WHERE tenant_id = %s AND hash = %b AND used_at IS NULL",
        tx.tenant,
        hashed,
    )


async def revoke_family(tx: Tx, family: UUID) -> None:
    """End a consent: its code and all tokens got with it."""
    await tx.run(
        "UPDATE wallet_token SET revoked_at = now() WHERE tenant_id = %s AND family = %s AND revoked_at IS NULL",
        tx.tenant,
        family,
    )


async def end_access(tx: Tx, family: UUID) -> None:
    """End the access tokens of a consent, as new ones take their place."""
    await tx.run(
        """UPDATE wallet_token SET revoked_at = now()
           WHERE tenant_id = %s AND family = %s AND kind = 'access' AND revoked_at IS NULL""",
        tx.tenant,
        family,
    )


async def profile(tx: Tx, learner: UUID) -> bytes | None:
    """What an app said of the learner's profile."""
    row = await tx.row("SELECT body FROM wallet_profile WHERE tenant_id = %s AND learner_id = %s", tx.tenant, learner)
    return None if row is None else bytes(row[0])


async def save_profile(tx: Tx, learner: UUID, body: bytes) -> None:
    """Keep what an app says of the learner's profile."""
    await tx.run(
        """INSERT INTO wallet_profile (tenant_id, learner_id, body) VALUES (%s, %s, %b)
           ON CONFLICT (tenant_id, learner_id) DO UPDATE SET body = excluded.body, updated_at = now()""",
        tx.tenant,
        learner,
        body,
    )


HOLDINGS: LiteralString = f"""
    SELECT id, name, kind, media_type, body, changed_at AS updated_at, {TEXT}, NULL::bigint AS raw_id, NULL::int AS raw_pos
    FROM issued_credential
    WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) AND state <> 'revoked'
    UNION ALL
    SELECT id, name, kind, media_type, body, updated_at, NULL, NULL, NULL FROM held_credential
    WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s)
    UNION ALL
    SELECT md5(concat_ws('/', r.tenant_id, r.source_id, r.raw_key))::uuid, r.body ->> 'name',
        CASE WHEN r.body ->> 'format' LIKE 'OB 3.%%' THEN 'OpenBadgeCredential'
             WHEN r.body ->> 'format' LIKE 'CLR 2.%%' THEN 'ClrCredential' END,
        CASE WHEN r.body ->> 'format' LIKE '%%JWS' THEN 'text/plain' ELSE 'application/json' END,
        ''::bytea, v.checked_at, NULL, r.raw_id, r.raw_pos
    FROM person p
    JOIN source s ON s.tenant_id = p.tenant_id AND s.id = p.source_id AND s.connector = 'open_badges'
        AND s.slug <> %(consented)s
    JOIN record r ON r.tenant_id = p.tenant_id AND r.source_id = p.source_id AND r.person = p.key
        AND r.kind = 'credential' AND r.n = 0 AND r.state <> 'retracted'
    JOIN verification v ON v.tenant_id = r.tenant_id AND v.source_id = r.source_id AND v.raw_key = r.raw_key
        AND v.hash = r.hash AND v.verdict = 'verified' AND NOT v.revoked
    WHERE p.tenant_id = %(tenant)s AND p.learner_id = ANY(%(learners)s)
"""
"""What a learner holds: issued here and not revoked, handed in by an app, and pushed by others and found to be good."""


@dataclass(frozen=True, slots=True)
class HoldingRow(HeldRow):
    """A credential that a learner holds; of one that was pushed, the bytes are at a place among the raw records."""

    raw_id: int | None
    raw_pos: int | None


@dataclass(frozen=True, slots=True)
class _StoredRow(HoldingRow):
    text: str | None


async def holdings(
    tx: Tx, learners: Sequence[UUID], kinds: Sequence[str], since: datetime | None, limit: int, offset: int
) -> tuple[int, list[HoldingRow]]:
    """How many credentials of these kinds the learner holds that changed at or after a time, and a page of them.

    What was pushed counts as changed whenever it was verified.
    """
    chosen = {"learners": list(learners), "kinds": list(kinds), "since": since or "-infinity", "consented": CONSENTED}
    where = f"FROM ({HOLDINGS}) h WHERE kind = ANY(%(kinds)s) AND updated_at >= %(since)s::timestamptz"
    total = await tx.one(f"SELECT count(*) {where}", **chosen)
    page = f"{where} ORDER BY updated_at, id LIMIT %(limit)s OFFSET %(offset)s"
    rows = await tx.all(_StoredRow, page, **chosen, limit=limit, offset=offset)
    return total, [replace(row, body=as_issued(row.body, row.text)) for row in rows]


@dataclass(frozen=True, slots=True)
class HandedRow(HeldRow):
    """A credential that an app handed in, whose it says it is, and what was found when it was verified."""

    issuer: str
    verdict: str | None
    revoked: bool | None
    note: str | None


async def handed_in(tx: Tx, learners: Sequence[UUID]) -> list[HandedRow]:
    """What these learners' apps handed in, newest first."""
    return await tx.all(
        HandedRow,
        """SELECT h.id, h.name, h.kind, h.media_type, h.body, h.updated_at, h.issuer, v.verdict, v.revoked, v.note
               FROM held_credential h
               LEFT JOIN source s ON s.tenant_id = h.tenant_id AND s.slug = %s
               LEFT JOIN record r ON r.tenant_id = h.tenant_id AND r.source_id = s.id AND r.raw_key = h.id::text
                   AND r.stream = 'credentials' AND r.n = 0
               LEFT JOIN verification v ON v.tenant_id = h.tenant_id AND v.source_id = s.id
                   AND v.raw_key = r.raw_key AND v.hash = r.hash
               WHERE h.tenant_id = %s AND h.learner_id = ANY(%s) ORDER BY h.updated_at DESC, h.id""",
        CONSENTED,
        tx.tenant,
        list(learners),
    )


class Before(NamedTuple):
    """A credential that was handed in before: our id of it, its bytes, and since when it is valid."""

    id: UUID
    body: bytes
    valid_from: datetime


async def earlier(tx: Tx, learner: UUID, issuer: str, credential: str) -> Before | None:
    """The credential handed in of that issuer and id; nobody else changes it until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", tx.tenant, f"held {learner} {issuer} {credential}")
    row = await tx.row(
        """SELECT id, body, valid_from FROM held_credential
           WHERE tenant_id = %s AND learner_id = %s AND issuer = %s AND credential = %s""",
        tx.tenant,
        learner,
        issuer,
        credential,
    )
    return None if row is None else Before(row[0], bytes(row[1]), row[2])


async def hold(
    tx: Tx, learner: UUID, row: HeldRow, issuer: str, credential: str, valid_from: datetime, by: str
) -> None:
    """Keep a credential that was handed in, in place of an older one of that issuer and id."""
    await tx.insert(
        HeldCredential(
            id=row.id,
            learner_id=learner,
            issuer=issuer,
            credential=credential,
            kind=row.kind,
            name=row.name,
            media_type=row.media_type,
            body=row.body,
            valid_from=valid_from,
            received_from=by,
        ),
        """ON CONFLICT (tenant_id, learner_id, issuer, credential) DO UPDATE SET kind = excluded.kind,
               name = excluded.name, media_type = excluded.media_type, body = excluded.body,
               valid_from = excluded.valid_from, received_from = excluded.received_from, updated_at = now()""",
    )


async def anchor(tx: Tx, learner: UUID, same: Sequence[UUID]) -> tuple[int, str] | None:
    """The person (source, key) whose own the learner's id is, else the first of the learner; None where there is none."""
    row = await tx.row(
        """SELECT p.source_id, p.key FROM person p
           JOIN source s ON s.tenant_id = p.tenant_id AND s.id = p.source_id AND s.slug <> %s
           WHERE p.tenant_id = %s AND p.learner_id = ANY(%s)
           ORDER BY p.own_id <> %s, p.source_id, p.key LIMIT 1""",
        CONSENTED,
        tx.tenant,
        list(same),
        learner,
    )
    return None if row is None else (row[0], row[1])


async def lock_consented(tx: Tx) -> None:
    """One at a time makes the source of what came by consent, until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", tx.tenant, CONSENTED)
