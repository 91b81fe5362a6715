"""A month of a program, counted from the steps of its submissions."""

from datetime import datetime
from uuid import UUID

from app.db import Tx


async def steps(tx: Tx, program: UUID, begins: datetime, ends: datetime) -> dict[str, int]:
    """How many submissions of a program took which step within a time; handed in is what left the draft or came."""
    rows = await tx.rows(
        """SELECT t.step, count(DISTINCT t.submission_id) FROM submission_step t
           JOIN submission s ON s.tenant_id = t.tenant_id AND s.id = t.submission_id
           WHERE t.tenant_id = %(tenant)s AND s.program_id = %(program)s AND t.made_at >= %(begins)s AND t.made_at < %(ends)s
             AND (t.step <> 'submit' OR (t.after = 'pending' AND t.before IS DISTINCT FROM 'pending'))
           GROUP BY t.step""",
        program=program,
        begins=begins,
        ends=ends,
    )
    return {step: int(count) for step, count in rows}


async def decided_after(tx: Tx, program: UUID, begins: datetime, ends: datetime) -> list[float]:
    """Of what was decided within a time: after how many days from when it was first handed in."""
    rows = await tx.rows(
        """SELECT extract(epoch FROM min(t.made_at) - s.made_at)::float / 86400 FROM submission_step t
           JOIN submission s ON s.tenant_id = t.tenant_id AND s.id = t.submission_id
           WHERE t.tenant_id = %(tenant)s AND s.program_id = %(program)s AND t.step IN ('accept', 'reject')
             AND t.made_at >= %(begins)s AND t.made_at < %(ends)s GROUP BY s.tenant_id, s.id""",
        program=program,
        begins=begins,
        ends=ends,
    )
    return [float(days) for (days,) in rows]


async def awarded(tx: Tx, program: UUID, begins: datetime, ends: datetime) -> dict[UUID, int]:
    """Which achievements were awarded within a time, and how often."""
    rows = await tx.rows(
        """SELECT s.achievement_id, count(DISTINCT s.id) FROM submission_step t
           JOIN submission s ON s.tenant_id = t.tenant_id AND s.id = t.submission_id
           WHERE t.tenant_id = %(tenant)s AND s.program_id = %(program)s AND t.step = 'accept' AND s.achievement_id IS NOT NULL
             AND t.made_at >= %(begins)s AND t.made_at < %(ends)s GROUP BY s.achievement_id""",
        program=program,
        begins=begins,
        ends=ends,
    )
    return {achievement: int(count) for achievement, count in rows}


async def waiting_at(tx: Tx, program: UUID, moment: datetime) -> int:
    """How many submissions of a program waited for the district at a time, by the last step before it."""
    waiting: int = await tx.one(
        """SELECT count(*) FROM (
               SELECT DISTINCT ON (t.submission_id) t.after FROM submission_step t
               JOIN submission s ON s.tenant_id = t.tenant_id AND s.id = t.submission_id
               WHERE t.tenant_id = %(tenant)s AND s.program_id = %(program)s AND t.made_at < %(moment)s
               ORDER BY t.submission_id, t.id DESC) last
           WHERE after IN ('pending', 'in review')""",
        program=program,
        moment=moment,
    )
    return waiting


async def busy(tx: Tx) -> list[UUID]:
    """The approved programs that have handed something in."""
    rows = await tx.rows(
        """SELECT p.id FROM program p WHERE p.tenant_id = %(tenant)s AND p.state = 'approved' AND EXISTS (
               SELECT FROM submission s WHERE s.tenant_id = p.tenant_id AND s.program_id = p.id) ORDER BY p.id""",
        tenant=tx.tenant,
    )
    return [program for (program,) in rows]
