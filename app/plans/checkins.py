"""Check-ins: an advisor's talks with a learner, and whom nobody has seen for a while.

Topics and the next step are for all who advise the learner. A private note is its writer's alone (a sole possession
record, 34 CFR 99.3): sealed, shown to nobody else, and in no record or export.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from app.db import Tx
from app.db.plans import checkins as stored
from app.db.plans.checkins import CheckinRow
from app.errors import Invalid
from app.secrets import Vault

MOST = 200
LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Checkin:
    """A check-in as one reader sees it: `private` only where they wrote it."""

    by: str
    on: date
    topics: str
    next_step: str
    private: str


@dataclass(frozen=True, slots=True)
class Last:
    """When a learner last showed something and was last talked with, and what was agreed. `days`: since the later."""

    learner: UUID
    shown: date | None
    talked: date | None
    next_step: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Talk:
    """What is noted of a talk."""

    on: date
    topics: str
    next_step: str
    private: str


async def note(tx: Tx, vault: Vault, learner: UUID, account: UUID, by: str, talk: Talk) -> None:
    """Note a talk with a learner. Invalid where the note is empty, or of a day to come."""
    if not (talk.topics or talk.next_step or talk.private):
        raise Invalid("Say what you talked about, what comes next, or a note of your own.")
    if talk.on > datetime.now(UTC).date():
        raise Invalid("A talk of a day to come cannot be noted yet.")
    sealed = vault.seal(tx.tenant, talk.private[:LONGEST].encode()) if talk.private else None
    row = CheckinRow(
        id=uuid4(),
        learner_id=learner,
        account_id=account,
        name=by,
        on=talk.on,
        topics=talk.topics[:LONGEST],
        next_step=talk.next_step[:LONGEST],
        sealed_note=sealed,
        made_at=datetime.now(UTC),
    )
    await stored.add(tx, row)


async def of_learner(tx: Tx, vault: Vault, same: Sequence[UUID], reader: UUID) -> list[Checkin]:
    """The talks with a learner, newest first, with the reader's own private notes."""
    rows = await stored.of_learners(tx, same, MOST)
    return [Checkin(row.name, row.on, row.topics, row.next_step, _private(tx, vault, row, reader)) for row in rows]


async def last(tx: Tx, learners: Sequence[UUID], today: date) -> list[Last]:
    """When each learner was last seen, the longest ago first."""
    rows = [
        Last(
            learner=row.learner,
            shown=row.shown.date() if row.shown else None,
            talked=row.talked,
            next_step=row.next_step or "",
            days=_days(row.shown.date() if row.shown else None, row.talked, today),
        )
        for row in await stored.last(tx, learners)
    ]
    return sorted(rows, key=lambda seen: (seen.days is not None, -(seen.days or 0), str(seen.learner)))


def _days(evidence_on: date | None, talked: date | None, today: date) -> int | None:
    days = [on for on in (evidence_on, talked) if on]
    return max((today - max(days)).days, 0) if days else None


def _private(tx: Tx, vault: Vault, row: CheckinRow, reader: UUID) -> str:
    if row.sealed_note is None or row.account_id != reader:
        return ""
    return vault.open(tx.tenant, row.sealed_note).decode()
