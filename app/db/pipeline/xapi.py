"""What a learning record store gives back: the statements a source was sent, the files beside them, documents."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db import Tx


@dataclass(frozen=True, slots=True)
class SentRow:
    """A statement that was sent: where it is kept, or its bytes if in quarantine. `voided`: another took it back."""

    raw_key: str
    received_at: datetime
    raw_id: int | None
    raw_pos: int
    body: bytes | None
    voided: bool


SENT = """
    SELECT raw_key, received_at, raw_id, raw_pos, NULL::bytea AS body, state = 'retracted' AS voided FROM record
    WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = 'statements' AND n = 0
        AND (%(keys)s::text[] IS NULL OR raw_key = ANY(%(keys)s::text[]))
    UNION ALL
    SELECT q.raw_key, q.first_at, NULL, 0, q.body, EXISTS (SELECT 1 FROM record g WHERE g.tenant_id = q.tenant_id
            AND g.source_id = q.source_id AND g.kind = 'gone' AND g.key = q.raw_key AND g.person IS NULL
            AND g.stream = q.stream AND g.raw_key <> g.key)
    FROM quarantine q
    WHERE q.tenant_id = %(tenant)s AND q.source_id = %(source)s AND q.stream = 'statements' AND q.resolved_at IS NULL
        AND (%(keys)s::text[] IS NULL OR q.raw_key = ANY(%(keys)s::text[]))
        AND NOT EXISTS (SELECT 1 FROM record r WHERE r.tenant_id = q.tenant_id AND r.source_id = q.source_id
                        AND r.stream = q.stream AND r.raw_key = q.raw_key AND r.n = 0)"""


async def by_key(tx: Tx, source: int, keys: Sequence[str]) -> list[SentRow]:
    """Those of these statements that were sent."""
    return await tx.all(
        SentRow,
        f"SELECT raw_key, received_at, raw_id, raw_pos, body, voided FROM ({SENT}) s",
        source=source,
        keys=list(keys),
    )


async def between(
    tx: Tx,
    source: int,
    *,
    since: datetime | None,
    until: datetime | None,
    after: tuple[datetime, str] | None,
    ascending: bool,
    limit: int,
) -> list[SentRow]:
    """Statements received after `since` and not after `until`, in order of time, beyond the one named by `after`."""
    order, beyond = ("ASC", ">") if ascending else ("DESC", "<")
    return await tx.all(
        SentRow,
        f"""SELECT raw_key, received_at, raw_id, raw_pos, body, voided FROM ({SENT}) s
            WHERE NOT voided AND (%(since)s::timestamptz IS NULL OR received_at > %(since)s)
                AND (%(until)s::timestamptz IS NULL OR received_at <= %(until)s)
                AND (%(at)s::timestamptz IS NULL OR (received_at, raw_key) {beyond} (%(at)s, %(key)s))
            ORDER BY received_at {order}, raw_key {order} LIMIT %(limit)s""",
        source=source,
        keys=None,
        since=since,
        until=until,
        at=after[0] if after else None,
        key=after[1] if after else None,
        limit=limit,
    )


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file beside statements: the SHA-2 by which they name it, in hexadecimal, its media type and its bytes."""

    sha2: str
    content_type: str
    body: bytes


async def put_attachment(tx: Tx, source: int, row: AttachmentRow) -> None:
    """Keep a file, once."""
    await tx.run(
        """INSERT INTO xapi_attachment (tenant_id, source_id, sha2, content_type, body, received_at)
           VALUES (%(tenant)s, %(source)s, %(sha2)s, %(type)s, %(body)s, now()) ON CONFLICT DO NOTHING""",
        source=source,
        sha2=row.sha2,
        type=row.content_type,
        body=row.body,
    )


async def attachments(tx: Tx, source: int, digests: Sequence[str]) -> list[AttachmentRow]:
    """The files of these names that a source was sent."""
    return await tx.all(
        AttachmentRow,
        """SELECT sha2, content_type, body FROM xapi_attachment
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND sha2 = ANY(%(digests)s) ORDER BY sha2""",
        source=source,
        digests=list(digests),
    )


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document that a tool keeps of an activity or a learner: its bytes, as they came."""

    name: str
    content_type: str
    body: bytes
    etag: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where documents are: of which kind, of which activity, agent and registration ("" where there is none)."""

    source: int
    kind: str
    activity: str = ""
    agent: str = ""
    registration: str = ""

    @property
    def digest(self) -> bytes:
        """What stands for activity, agent and registration in an index, however long they are."""
        return hashlib.sha256(json.dumps([self.activity, self.agent, self.registration]).encode()).digest()


WHERE = "tenant_id = %(tenant)s AND source_id = %(source)s AND kind = %(of)s AND shelf = %(shelf)s"


def _named(shelf: Shelf) -> dict[str, Any]:
    return {"source": shelf.source, "of": shelf.kind, "shelf": shelf.digest}


async def document(tx: Tx, shelf: Shelf, name: str) -> DocumentRow | None:
    """A document, held until the transaction ends."""
    return await tx.first(
        DocumentRow,
        f"""SELECT name, content_type, body, etag, updated_at FROM xapi_document
            WHERE {WHERE} AND name = %(name)s FOR UPDATE""",
        name=name,
        **_named(shelf),
    )


async def document_names(tx: Tx, shelf: Shelf, since: datetime | None) -> list[str]:
    """The names of the documents on a shelf, or of those changed since."""
    rows = await tx.rows(
        f"""SELECT name FROM xapi_document WHERE {WHERE}
            AND (%(since)s::timestamptz IS NULL OR updated_at > %(since)s) ORDER BY name""",
        since=since,
        **_named(shelf),
    )
    return [name for (name,) in rows]


async def put_document(tx: Tx, shelf: Shelf, row: DocumentRow) -> None:
    """Keep a document, in place of the one of that name."""
    await tx.run(
        """INSERT INTO xapi_document (tenant_id, source_id, kind, shelf, name, activity, agent, registration,
                                      content_type, body, etag, updated_at)
           VALUES (%(tenant)s, %(source)s, %(of)s, %(shelf)s, %(name)s, %(activity)s, %(agent)s, %(registration)s,
                   %(type)s, %(body)s, %(etag)s, %(at)s)
           ON CONFLICT (tenant_id, source_id, kind, shelf, name) DO UPDATE
           SET content_type = excluded.content_type, body = excluded.body, etag = excluded.etag,
               updated_at = excluded.updated_at""",
        name=row.name,
        activity=shelf.activity,
        agent=shelf.agent,
        registration=shelf.registration,
        type=row.content_type,
        body=row.body,
        etag=row.etag,
        at=row.updated_at,
        **_named(shelf),
    )


async def delete_documents(tx: Tx, shelf: Shelf, name: str | None) -> None:
    """Delete a document, or all on a shelf."""
    await tx.run(
        f"DELETE FROM xapi_document WHERE {WHERE} AND (%(name)s::text IS NULL OR name = %(name)s)",
        name=name,
        **_named(shelf),
    )
