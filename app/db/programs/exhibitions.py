"""Exhibitions of learners' work, and what visitors said of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.db import Tx
from app.db.tables.programs import Exhibition, ExhibitionComment


@dataclass(frozen=True, slots=True)
class ExhibitionRow:
    """What a learner shows, who agreed to it, and until when."""

    id: UUID
    learner_id: UUID
    hash: bytes
    sealed: bytes
    title: str
    shown_as: str
    words: str | None
    pieces: list[UUID]
    consent_by: str
    consent_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A visitor's word; `shown_at` None: nobody has let it be seen."""

    id: UUID
    exhibition_id: UUID
    name: str
    words: str
    shown_at: datetime | None
    made_at: datetime


async def add(tx: Tx, row: ExhibitionRow) -> None:
    """Store a new exhibition."""
    await tx.insert(Exhibition(**asdict(row)))


async def by_hash(tx: Tx, digest: bytes) -> ExhibitionRow | None:
    """The exhibition of a secret."""
    return await tx.first(
        ExhibitionRow, "FROM exhibition WHERE tenant_id = %(tenant)s AND hash = %(hash)s", hash=digest
    )


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[ExhibitionRow]:
    """The exhibitions of these learners, newest first."""
    query: LiteralString = "FROM exhibition WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s)"
    return await tx.all(ExhibitionRow, f"{query} ORDER BY made_at DESC, id", learners=list(learners))


async def end(tx: Tx, exhibition: UUID, at: datetime) -> None:
    """End an exhibition."""
    await tx.run(
        "UPDATE exhibition SET ended_at = %s WHERE tenant_id = %s AND id = %s AND ended_at IS NULL",
        at,
        tx.tenant,
        exhibition,
    )


async def add_comment(tx: Tx, row: CommentRow) -> None:
    """Store a visitor's word."""
    await tx.insert(ExhibitionComment(**asdict(row)))


async def comments(tx: Tx, exhibition: UUID) -> list[CommentRow]:
    """The comments on an exhibition, the first first."""
    query: LiteralString = "FROM exhibition_comment WHERE tenant_id = %(tenant)s AND exhibition_id = %(exhibition)s"
    return await tx.all(CommentRow, f"{query} ORDER BY made_at, id", exhibition=exhibition)


async def show_comment(tx: Tx, exhibition: UUID, comment: UUID, at: datetime) -> None:
    """Let a comment be seen."""
    await tx.run(
        """UPDATE exhibition_comment SET shown_at = %(at)s
           WHERE tenant_id = %(tenant)s AND exhibition_id = %(exhibition)s AND id = %(comment)s""",
        at=at,
        exhibition=exhibition,
        comment=comment,
    )
