"""Links and claim codes, lists, and files of submissions, as they are stored."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Json

from app.db import Tx
from app.db.tables.programs import ProgramList, SubmissionFile, SubmissionLink


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link by which somebody without an account hands in (`form`, `code`), or judges one project (`assess`)."""

    id: UUID
    program_id: UUID
    kind: str
    hash: bytes
    sealed: bytes
    sealed_pin: bytes | None
    title: str
    achievement_id: UUID | None
    opportunity_id: UUID | None
    submission_id: UUID | None
    uses_left: int | None
    wrong_pins: int
    expires_at: datetime
    ended_at: datetime | None
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class UploadRow:
    """A list that a program handed in."""

    id: UUID
    program_id: UUID
    name: str
    rows: Any
    made_by: str
    made_at: datetime
    taken_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file of a submission."""

    submission_id: UUID
    sha256: str
    name: str
    media_type: str
    size: int
    sealed: bytes
    made_at: datetime


async def add_link(tx: Tx, row: LinkRow) -> None:
    """Store a new link."""
    await tx.insert(SubmissionLink(**asdict(row)))


async def link_by_hash(tx: Tx, digest: bytes) -> LinkRow | None:
    """The link of a secret, held until the transaction ends."""
    query: LiteralString = "FROM submission_link WHERE tenant_id = %(tenant)s AND hash = %(hash)s FOR UPDATE"
    return await tx.first(LinkRow, query, hash=digest)


async def link(tx: Tx, id: UUID) -> LinkRow | None:
    """The link of that id."""
    return await tx.first(LinkRow, "FROM submission_link WHERE tenant_id = %(tenant)s AND id = %(id)s", id=id)


async def links(tx: Tx, program: UUID) -> list[LinkRow]:
    """A program's links, newest first."""
    query: LiteralString = "FROM submission_link WHERE tenant_id = %(tenant)s AND program_id = %(program)s"
    return await tx.all(LinkRow, f"{query} ORDER BY made_at DESC, id", program=program)


async def use_link(tx: Tx, id: UUID) -> None:
    """Count a use of a link."""
    await tx.run("UPDATE submission_link SET uses_left = uses_left - 1 WHERE tenant_id = %s AND id = %s", tx.tenant, id)


async def count_pin(tx: Tx, id: UUID) -> None:
    """Count a wrong PIN."""
    await tx.run(
        "UPDATE submission_link SET wrong_pins = wrong_pins + 1 WHERE tenant_id = %s AND id = %s", tx.tenant, id
    )


async def end_link(tx: Tx, id: UUID, at: datetime) -> bool:
    """End a link; False where it is ended already."""
    return bool(
        await tx.run(
            "UPDATE submission_link SET ended_at = %s WHERE tenant_id = %s AND id = %s AND ended_at IS NULL",
            at,
            tx.tenant,
            id,
        )
    )


async def add_upload(tx: Tx, row: UploadRow) -> None:
    """Store a list as it was read."""
    await tx.insert(ProgramList(**asdict(row)))


async def upload(tx: Tx, id: UUID) -> UploadRow | None:
    """The list of that id, held until the transaction ends."""
    query: LiteralString = "FROM program_list WHERE tenant_id = %(tenant)s AND id = %(id)s FOR UPDATE"
    return await tx.first(UploadRow, query, id=id)


async def uploads(tx: Tx, program: UUID, limit: int) -> list[UploadRow]:
    """A program's lists, newest first."""
    query: LiteralString = "FROM program_list WHERE tenant_id = %(tenant)s AND program_id = %(program)s"
    return await tx.all(UploadRow, f"{query} ORDER BY made_at DESC, id LIMIT %(limit)s", program=program, limit=limit)


async def lists_of(tx: Tx, program: UUID) -> list[UploadRow]:
    """All lists of a program, held until the transaction ends."""
    query: LiteralString = "FROM program_list WHERE tenant_id = %(tenant)s AND program_id = %(program)s"
    return await tx.all(UploadRow, f"{query} ORDER BY id FOR UPDATE", program=program)


async def rewrite_list(tx: Tx, id: UUID, rows: object) -> None:
    """Store what is left of a list."""
    await tx.run(
        "UPDATE program_list SET rows = %(rows)s WHERE tenant_id = %(tenant)s AND id = %(id)s", rows=Json(rows), id=id
    )


async def mark_upload(tx: Tx, id: UUID, taken_at: datetime | None, undone: datetime | None) -> None:
    """Note that a list was taken in, or taken back."""
    await tx.run(
        "UPDATE program_list SET taken_at = %(taken)s, undone_at = %(undone)s WHERE tenant_id = %(tenant)s AND id = %(id)s",
        taken=taken_at,
        undone=undone,
        id=id,
    )


async def add_file(tx: Tx, row: FileRow) -> bool:
    """Store that a file is a submission's; False where it has the same one already."""
    return await tx.insert(SubmissionFile(**asdict(row)), "ON CONFLICT DO NOTHING RETURNING sha256") is not None


async def files(tx: Tx, submission: UUID) -> list[FileRow]:
    """The files of a submission, in the order they came."""
    query: LiteralString = "FROM submission_file WHERE tenant_id = %(tenant)s AND submission_id = %(submission)s"
    return await tx.all(FileRow, f"{query} ORDER BY made_at, sha256", submission=submission)


async def forget_files(tx: Tx, submissions: Sequence[UUID]) -> list[FileRow]:
    """Forget the files of submissions, and the keys they are sealed with; which they were."""
    query: LiteralString = """DELETE FROM submission_file WHERE tenant_id = %(tenant)s AND submission_id = ANY(%(ids)s)
        RETURNING submission_id, sha256, name, media_type, size, sealed, made_at"""
    return await tx.all(FileRow, query, ids=list(submissions))


async def known_files(tx: Tx, names: Sequence[str]) -> set[str]:
    """Those of these names that a submission's file is kept by: its SHA-256, and behind a dot the submission's id."""
    rows = await tx.rows(
        """SELECT sha256 || '.' || submission_id FROM submission_file
           WHERE tenant_id = %(tenant)s AND sha256 = ANY(%(hashes)s)""",
        hashes=[name.partition(".")[0] for name in names],
    )
    return {name for (name,) in rows}
