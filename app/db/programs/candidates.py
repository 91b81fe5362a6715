"""Words of learners' names with their birth dates, and the learners that these lead to."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.tables.programs import LearnerNamesRead


class NameRow(NamedTuple):
    """A word of a learner's name, and the day they were born ('' where no source tells)."""

    word: str
    born: str
    learner_id: UUID


class CandidateRow(NamedTuple):
    """A learner, how many of the words asked for are in their name, and whether the birth date is theirs."""

    learner_id: UUID
    words: int
    born: bool


async def read_until(tx: Tx) -> tuple[datetime, UUID] | None:
    """How far learners' names have been read; one reads at a time, until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, hashtext('learner_name'))", tx.tenant)
    row = await tx.row("SELECT changed_at, learner_id FROM learner_names_read WHERE tenant_id = %s", tx.tenant)
    return None if row is None else (row[0], row[1])


async def replace(tx: Tx, learners: Sequence[UUID], rows: Sequence[NameRow], until: tuple[datetime, UUID]) -> None:
    """Store the words of these learners' names in place of those stored, and how far they have been read."""
    await tx.run("DELETE FROM learner_name WHERE tenant_id = %s AND learner_id = ANY(%s)", tx.tenant, list(learners))
    await tx.run(
        """INSERT INTO learner_name (tenant_id, word, born, learner_id)
           SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::uuid[]) ON CONFLICT DO NOTHING""",
        tx.tenant,
        [row.word for row in rows],
        [row.born for row in rows],
        [row.learner_id for row in rows],
    )
    ending = """ON CONFLICT (tenant_id) DO UPDATE
                SET changed_at = excluded.changed_at, learner_id = excluded.learner_id"""
    await tx.insert(LearnerNamesRead(changed_at=until[0], learner_id=until[1]), ending)


async def by_words(tx: Tx, words: Sequence[str], born: str | None, limit: int) -> list[CandidateRow]:
    """Learners whose name has these words, those with the birth date and the most words first.

    Either two words, or one and the birth date; who has no record any more is left out.
    """
    return await tx.all(
        CandidateRow,
        """SELECT learner_id, words, born FROM (
               SELECT n.learner_id, count(DISTINCT n.word)::int AS words,
                      coalesce(bool_or(n.born = %(born)s), false) AS born
               FROM learner_name n WHERE n.tenant_id = %(tenant)s AND n.word = ANY(%(words)s)
               GROUP BY n.learner_id) f
           WHERE (words >= 2 OR born) AND EXISTS (
               SELECT FROM learner l WHERE l.tenant_id = %(tenant)s AND l.id = f.learner_id AND l.body IS NOT NULL)
           ORDER BY born DESC, words DESC, learner_id LIMIT %(limit)s""",
        words=list(words),
        born=born,
        limit=limit,
    )
