"""Which of the persons who are one learner today were known at a time to be one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.db import Tx
from app.db.identity import persons
from app.identity import identity
from app.identity.contests import FORMER
from app.identity.identity import RULES, SCORES
from app.identity.resolve import decision_of
from app.matching.apart import PersonRef, TypedId, person_facts
from app.pipeline.parting import is_numbered
from app.pipeline.statement import Statement


async def united_at(
    tx: Tx,
    rank: Mapping[int, int],
    statements: Mapping[PersonRef, Sequence[Statement]],
    ids: Mapping[PersonRef, Iterable[TypedId]],
    known_at: datetime,
) -> set[PersonRef]:
    """Those of a learner's persons who were known to be one, with whom the learner's id was made of.

    What rules conclude is known as soon as what they conclude it from was told: `statements` and `ids` are of then.
    What people have decided, and scores, is known from when they did; whose a number was that somebody is told of by is
    as it is known now. Who was parted since is not among a learner's
    persons.
    """
    if len(statements) < 2:
        return set(statements)
    ledger = await persons.decisions_at(tx, statements, known_at)
    decided = [(row.decided_by, decision_of(row)) for row in ledger]
    by_time = [
        decision_of(row)
        for row in await persons.decisions_of(tx, statements)
        if row.decided_by == RULES and row.rule.startswith(FORMER)
    ]
    told_of = {ref for decision in by_time for ref in (decision.left, decision.right) if is_numbered(ref.key)}
    resolution = identity.resolve(
        [
            person_facts(
                ref, rank[ref.source], () if ref in told_of else ids.get(ref, ()), [t.record for t in of_person]
            )
            for ref, of_person in statements.items()
        ],
        [decision for by, decision in decided if by not in {RULES, SCORES}],
        scored=[decision for by, decision in decided if by == SCORES and decision.judgement == "same"],
        by_time=by_time,
    )
    first = identity.head(statements, rank)
    return next({*component} for component in resolution.components if first in component)
