"""Memberships: of which learners persons have been part, and are no more."""

from collections.abc import Sequence
from uuid import UUID

from app.db import Tx
from app.db.bulk import numbers, texts, uuids


async def end(tx: Tx, rows: Sequence[tuple[int, str, UUID]]) -> None:
    """Persons (source, key) are part of these learners until now, and no longer."""
    await tx.run(
        """INSERT INTO membership (tenant_id, source_id, person, until, since, learner_id)
           SELECT %(tenant)s, p.source_id, p.person, clock_timestamp(), (SELECT max(m.until) FROM membership m
               WHERE m.tenant_id = %(tenant)s AND m.source_id = p.source_id AND m.person = p.person), p.learner_id
           FROM unnest(%(sources)s::int[], %(persons)s::text[], %(learners)s::uuid[]) AS p (source_id, person, learner_id)""",
        sources=numbers(source for source, *_ in rows),
        persons=texts([person for _, person, _ in rows]),
        learners=uuids(learner for *_, learner in rows),
    )
