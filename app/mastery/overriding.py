"""Overriding: a teacher of record sets a level, with a reason and an end, instead of what the policy makes of evidence.

Nothing that was shown is changed by it: where it is taken back or has ended, all stands as if it had never been.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from app.db import Tx, queue
from app.db.frameworks import frameworks
from app.db.mastery import overrides
from app.db.mastery.overrides import OverrideRow, Setting
from app.db.plans.plans import Signature
from app.db.records import learners as records
from app.errors import Conflict, Invalid, NotFound
from app.identity import learners
from app.mastery import judging
from app.mastery.deciding import check_known
from app.mastery.in_force import rulebook
from app.mastery.policies import Level
from app.mastery.views.perspectives import Scope

LONGEST = timedelta(days=731)
"""How long a level may be set for: after two years what was seen is to be looked at anew."""


async def set_level(tx: Tx, setting: Setting, by: Signature, now: datetime) -> OverrideRow:
    """Set a level, in the name of a teacher of record. NotFound for no learner, Invalid for what cannot be set."""
    learner = await learners.current(tx, setting.learner)
    await check_known(tx, setting.competency)
    names = [level.name for level in await levels(tx, setting.competency, now)]
    if setting.level not in names:
        detail = f"The policy in force has the levels {', '.join(names)}."
        raise Invalid(detail, pointers={"/level": "it is none of the policy's"})
    if not setting.reason.strip():
        raise Invalid("Say why the level is set: whoever asks reads it.", pointers={"/reason": "is missing"})
    if not now < setting.ends <= now + LONGEST:
        detail = f"It ends after today, and within {LONGEST.days} days: {setting.ends:%Y-%m-%d} does not."
        raise Invalid(detail, pointers={"/ends": "choose another day"})
    own = replace(setting, learner=learner, reason=setting.reason.strip())
    key = await overrides.add(tx, own, by, now)
    await judging.judge(tx, [learner], now, {(learner, setting.competency)})
    about: dict[str, object] = {"override": str(key), "competency": str(setting.competency)}
    await records.announce(tx, [("level.set", learner, about)])
    row = await by_key(tx, learner, key)
    await queue.settle_soon(tx)
    return row


async def levels(tx: Tx, competency: UUID, now: datetime) -> Sequence[Level]:
    """The levels that may be set of a competency: those of the policy in force."""
    return (await rulebook(tx, now, [competency])).of(competency).judge.policy.levels


async def withdraw(tx: Tx, learner: UUID, key: UUID, by: Signature, reason: str, now: datetime) -> OverrideRow:
    """Withdraw a level that was set. NotFound for no such key of the learner's, Conflict where it was withdrawn."""
    row = await by_key(tx, learner, key)
    if not reason.strip():
        raise Invalid("Say why it is taken back.", pointers={"/reason": "is missing"})
    if not await overrides.withdraw(tx, key, by, reason.strip(), now):
        raise Conflict(
            "Set the level anew, if that was a mistake.", type="withdrawn-already", title="Already withdrawn"
        )
    await judging.judge(tx, [row.learner_id], now, {(row.learner_id, row.competency_id)})
    about: dict[str, object] = {"override": str(key), "competency": str(row.competency_id)}
    await records.announce(tx, [("level.withdrawn", row.learner_id, about)])
    row = await by_key(tx, row.learner_id, key)
    await queue.settle_soon(tx)
    return row


async def by_key(tx: Tx, learner: UUID, key: UUID) -> OverrideRow:
    """A level that was set for a learner. NotFound where there is none of that key."""
    for row in await listed(tx, learner):
        if row.key == key:
            return row
    raise NotFound(f"No level of that key was set for this learner: {key}.")


async def listed(tx: Tx, learner: UUID, competency: UUID | None = None, *, scope: Scope = "all") -> list[OverrideRow]:
    """All levels that were set for a learner, also those that ended or were taken back, the first set first."""
    current = await learners.current(tx, learner)
    rows = await overrides.of_learners(tx, [current], None if competency is None else [competency], withdrawn=True)
    hidden = await frameworks.sensitive(tx, [row.competency_id for row in rows]) if scope == "general" else set[UUID]()
    return [row for row in rows if row.competency_id not in hidden]


async def sensitive(tx: Tx, competency: UUID) -> bool:
    """Whether a competency is sensitive."""
    return bool(await frameworks.sensitive(tx, [competency]))
