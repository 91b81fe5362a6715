"""Explains a level: the policy in words, every assertion, whether it decided, and if not, why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.competency.inforce import rulebook
from app.competency.perspectives import View
from app.competency.policies import Asserted, Level, Policy
from app.db import Tx, assertions
from app.db.assertions import AssertionRow


class Explained(View, frozen=True):
    """An assertion: what was shown, and why it decided or did not."""

    id: int
    at: datetime
    decided: bool
    why: str
    positive: bool
    share: float | None = None
    value: float | None = None
    unit: str | None = None
    level: str | None = None
    met: bool | None = None
    method: str | None = None
    confidence: float | None = None
    expires: datetime | None = None
    supersedes: int | None = None
    recorded_at: datetime | None = None
    detail: dict[str, Any] = {}


class Explanation(View, frozen=True):
    """Why a learner stands where they stand in a competency, as of a time."""

    competency: UUID
    as_of: datetime
    met: bool
    policy: str
    policy_says: Policy
    assertions: list[Explained]
    level: Level | None = None
    value: float | None = None
    changes_at: datetime | None = None


async def explain(tx: Tx, learner: UUID, competency: UUID, as_of: datetime, known_at: datetime | None) -> Explanation:
    """The explanation of one level of a learner."""
    rows = [
        row for row in await assertions.of_learner(tx, learner, known_at=known_at) if row.competency_id == competency
    ]
    policy = (await rulebook(tx, as_of, [competency])).of(competency)
    state, reasons = policy.judge.explain([_asserted(row) for row in rows], as_of)
    told = [
        Explained(
            row.id, row.at, reason.decided, reason.why, row.positive, row.share, row.value, row.unit, row.level,
            row.met, row.method, row.confidence, row.expires, row.supersedes, row.recorded_at, row.detail,
        )
        for row, reason in zip(rows, reasons, strict=True)
    ]  # fmt: skip
    level = None if state.level is None else policy.judge.policy.levels[state.level]
    return Explanation(
        competency, as_of, state.met, f"{policy.name} {policy.version}", policy.judge.policy, told, level, state.value,
        state.until,
    )  # fmt: skip


def _asserted(row: AssertionRow) -> Asserted:
    return Asserted(
        row.id,
        row.at,
        row.share,
        row.method,
        row.positive,
        row.confidence,
        row.expires,
        row.level,
        row.value,
        row.unit,
        row.met,
    )
