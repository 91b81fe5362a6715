"""Programs, the versions of what they recognize, and what they offer."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.tables.programs import Opportunity, Program, ProgramAchievement


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """A program as it is stored."""

    id: UUID
    slug: str
    name: str
    kind: str
    setting: str
    state: str
    contact: str | None
    about: str | None
    issuers: list[str]
    schools: list[str]
    signs: str
    trusted: bool
    source_id: int | None
    revision: int
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class AchievementRow:
    """A version of what a program recognizes, and who wrote it."""

    id: UUID
    version: int
    program_id: UUID
    body: str
    retired: bool
    name: str
    role: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class OpportunityRow:
    """Something a program offers, and the program's name."""

    id: UUID
    program_id: UUID
    program: str
    kind: str
    body: str
    begins_at: datetime | None
    ends_at: datetime | None
    revision: int
    made_by: str
    made_at: datetime
    ended_at: datetime | None


ACHIEVEMENT: LiteralString = """SELECT DISTINCT ON (id) id, version, program_id, body::text AS body, retired, name,
    role, made_by, made_at FROM program_achievement WHERE tenant_id = %(tenant)s"""
OPPORTUNITY: LiteralString = """SELECT o.id, o.program_id, p.name AS program, o.kind, o.body::text AS body, o.begins_at,
    o.ends_at, o.revision, o.made_by, o.made_at, o.ended_at FROM opportunity o
    JOIN program p ON p.tenant_id = o.tenant_id AND p.id = o.program_id WHERE o.tenant_id = %(tenant)s"""


async def add(tx: Tx, row: ProgramRow) -> None:
    """Store a new program. psycopg.errors.UniqueViolation where the slug is taken."""
    await tx.insert(Program(**asdict(row)))


async def listed(tx: Tx) -> list[ProgramRow]:
    """All programs of the tenant, by name."""
    return await tx.all(ProgramRow, "FROM program WHERE tenant_id = %(tenant)s ORDER BY name, id")


async def by_id(tx: Tx, program: UUID) -> ProgramRow | None:
    """The program of that id."""
    return await tx.first(ProgramRow, "FROM program WHERE tenant_id = %(tenant)s AND id = %(program)s", program=program)


async def locked(tx: Tx, program: UUID) -> ProgramRow | None:
    """The program of that id, locked: nobody else changes it until the transaction ends."""
    return await tx.first(
        ProgramRow, "FROM program WHERE tenant_id = %(tenant)s AND id = %(program)s FOR UPDATE", program=program
    )


async def by_slug(tx: Tx, slug: str) -> ProgramRow | None:
    """The program of that slug."""
    return await tx.first(ProgramRow, "FROM program WHERE tenant_id = %(tenant)s AND slug = %(slug)s", slug=slug)


async def by_source(tx: Tx, source: int) -> ProgramRow | None:
    """The program whose accepted work goes into the record by this source."""
    return await tx.first(
        ProgramRow, "FROM program WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source
    )


async def save(tx: Tx, row: ProgramRow) -> None:
    """Store a program as it is now; its revision counts the change."""
    await tx.run(
        """UPDATE program SET name = %(name)s, kind = %(kind)s, setting = %(setting)s, state = %(state)s,
               contact = %(contact)s, about = %(about)s, issuers = %(issuers)s, schools = %(schools)s,
               signs = %(signs)s, trusted = %(trusted)s, source_id = %(source_id)s, revision = revision + 1,
               decided_at = %(decided_at)s, decided_by = %(decided_by)s, reason = %(reason)s
           WHERE tenant_id = %(tenant)s AND id = %(id)s""",
        **{name: value for name, value in asdict(row).items() if name not in ("slug", "created_at", "revision")},
    )


async def add_achievement(
    tx: Tx, id: UUID, version: int, program: UUID, body: bytes, by: Signature, at: datetime, *, retired: bool
) -> None:
    """Store a version of what a program recognizes."""
    await tx.insert(
        ProgramAchievement(
            id=id, version=version, program_id=program, body=body, retired=retired, made_at=at, **asdict(by)
        )
    )


async def achievements(tx: Tx, program: UUID | None = None) -> list[AchievementRow]:
    """What a program (or every one) recognizes, each in its latest version."""
    of: LiteralString = " AND program_id = %(program)s" if program else ""
    return await tx.all(AchievementRow, f"{ACHIEVEMENT}{of} ORDER BY id, version DESC", program=program)


async def achievement(tx: Tx, id: UUID) -> AchievementRow | None:
    """The latest version of an achievement."""
    return await tx.first(AchievementRow, f"{ACHIEVEMENT} AND id = %(id)s ORDER BY id, version DESC", id=id)


async def add_opportunity(
    tx: Tx, id: UUID, program: UUID, kind: str, body: bytes, span: Sequence[datetime | None], by: str, at: datetime
) -> None:
    """Store a new offer; `span` is when it begins and ends, as far as it does."""
    begins, ends = span
    await tx.insert(
        Opportunity(
            id=id,
            program_id=program,
            kind=kind,
            body=body,
            begins_at=begins,
            ends_at=ends,
            revision=1,
            made_by=by,
            made_at=at,
        )
    )


async def save_opportunity(tx: Tx, id: UUID, kind: str, body: bytes, span: Sequence[datetime | None]) -> None:
    """Store what an offer says now, and when it begins and ends; its revision counts the change."""
    begins, ends = span
    await tx.run(
        """UPDATE opportunity SET kind = %(kind)s, body = %(body)s, begins_at = %(begins)s, ends_at = %(ends)s,
               revision = revision + 1
           WHERE tenant_id = %(tenant)s AND id = %(id)s""",
        id=id,
        kind=kind,
        body=body.decode(),
        begins=begins,
        ends=ends,
    )


async def opportunities(tx: Tx, program: UUID | None = None) -> list[OpportunityRow]:
    """What a program (or every approved one) offers and has not ended, the soonest first."""
    which: LiteralString = "o.program_id = %(program)s" if program else "p.state = 'approved'"
    order: LiteralString = "ORDER BY o.begins_at NULLS LAST, o.made_at, o.id"
    return await tx.all(OpportunityRow, f"{OPPORTUNITY} AND o.ended_at IS NULL AND {which} {order}", program=program)


async def opportunity(tx: Tx, id: UUID) -> OpportunityRow | None:
    """An offer, also one that is ended."""
    return await tx.first(OpportunityRow, f"{OPPORTUNITY} AND o.id = %(id)s", id=id)


async def end_opportunity(tx: Tx, id: UUID, at: datetime) -> bool:
    """End an offer; False where there is none that goes on."""
    return bool(
        await tx.run(
            """UPDATE opportunity SET ended_at = %(at)s, revision = revision + 1
               WHERE tenant_id = %(tenant)s AND id = %(id)s AND ended_at IS NULL""",
            id=id,
            at=at,
        )
    )
