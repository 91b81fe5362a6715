"""The words of learners' names: kept when a header is made, and looked up by how they begin."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.db import Tx

LAST = "\U0010ffff"
"""What stands behind every word that begins so."""


async def keep(tx: Tx, words: Mapping[UUID, Sequence[str]]) -> None:
    """Keep the words of these learners' names, in place of those they had."""
    if not words:
        return
    pairs = [(learner, word) for learner, own in words.items() for word in own]
    await tx.run(
        """DELETE FROM learner_word w WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s)
             AND NOT EXISTS (SELECT FROM unnest(%(ids)s::uuid[], %(words)s::text[]) n (id, word)
                             WHERE n.id = w.learner_id AND n.word = w.word)""",
        learners=list(words),
        ids=[learner for learner, _ in pairs],
        words=[word for _, word in pairs],
    )
    await tx.run(
        """INSERT INTO learner_word (tenant_id, word, learner_id)
           SELECT %(tenant)s, word, id FROM unnest(%(ids)s::uuid[], %(words)s::text[]) n (id, word) ON CONFLICT DO NOTHING""",
        ids=[learner for learner, _ in pairs],
        words=[word for _, word in pairs],
    )


async def beginning_with(
    tx: Tx, beginnings: Sequence[str], within: Collection[UUID] | None, after: UUID | None, limit: int
) -> list[UUID]:
    """Learners whose names have a word that begins with each of these; among these learners, where any are given."""
    rows = await tx.rows(
        """SELECT l.id FROM learner l JOIN (
               SELECT w.learner_id FROM unnest(%(low)s::text[], %(high)s::text[]) b (low, high)
               CROSS JOIN LATERAL (SELECT DISTINCT learner_id FROM learner_word WHERE tenant_id = %(tenant)s
                   AND word >= b.low COLLATE "C" AND word < b.high COLLATE "C") w
               GROUP BY w.learner_id HAVING count(*) = %(wanted)s) f ON f.learner_id = l.id
           WHERE l.tenant_id = %(tenant)s AND l.body IS NOT NULL
             AND (%(within)s::uuid[] IS NULL OR l.id = ANY(%(within)s))
             AND (%(after)s::uuid IS NULL OR l.id > %(after)s)
           ORDER BY l.id LIMIT %(limit)s""",
        low=list(beginnings),
        high=[f"{beginning}{LAST}" for beginning in beginnings],
        wanted=len(beginnings),
        within=None if within is None else list(within),
        after=after,
        limit=limit,
    )
    return [learner for (learner,) in rows]
