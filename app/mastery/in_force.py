"""Which policy judges which competency, and when: its own, else its framework's, else the tenant's, else Tessera's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.mastery import mastery
from app.db.mastery.mastery import PolicyRow
from app.mastery.judge import Judge
from app.mastery.policies import Policy, read


class InForce(NamedTuple):
    """A policy at work: its version's id (0: Tessera's own), its name, and its judge."""

    id: int
    name: str
    version: int
    judge: Judge


TESSERAS_OWN = InForce(0, "tessera", 1, Judge(Policy()))
"""Where a tenant has set nothing: the latest result, on four levels, mastery from 70 %."""


class Rulebook:
    """The policies of a tenant as they stood at a time."""

    def __init__(self, rows: Sequence[PolicyRow], at: datetime, frameworks: Mapping[UUID, set[UUID]]) -> None:
        self._frameworks = frameworks
        self._rows = {row.id: row for row in rows}
        scopes = {row.competency_id or row.framework_id: row.id for row in rows if row.begins <= at}
        self._by_id: dict[int, InForce] = {0: TESSERAS_OWN}
        self._by_scope: dict[UUID | None, InForce] = {scope: self.by_id(policy) for scope, policy in scopes.items()}
        self._found: dict[UUID, InForce] = {}

    def of(self, competency: UUID) -> InForce:
        """The policy for a competency. Of several frameworks that have one, the first by id."""
        if competency not in self._found:
            scopes = [competency, *sorted(self._frameworks.get(competency, ())), None]
            self._found[competency] = next(
                (self._by_scope[scope] for scope in scopes if scope in self._by_scope), TESSERAS_OWN
            )
        return self._found[competency]

    def by_id(self, policy: int) -> InForce:
        """The policy of that id, also one in force no more: states stand by what judged them until judged anew."""
        if policy not in self._by_id:
            row = self._rows[policy]
            judge = Judge(read(msgspec.json.encode(row.body)))
            self._by_id[policy] = InForce(row.id, row.name, row.version, judge)
        return self._by_id[policy]


async def rulebook(tx: Tx, at: datetime, competencies: Sequence[UUID]) -> Rulebook:
    """The policies in force at a time, for these competencies."""
    rows = await mastery.policies(tx)
    scoped = any(row.framework_id for row in rows)
    return Rulebook(rows, at, await mastery.frameworks_of(tx, competencies) if scoped else {})
