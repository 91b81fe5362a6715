"""Policies of mastery as a tenant sets them: version after version, each in force from a time on, none in the past."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import judging as progress
from app.db.mastery import mastery as stored
from app.db.mastery.judging import JudgingRow
from app.db.mastery.mastery import PolicyRow, PolicyScope
from app.errors import Invalid
from app.mastery import judging
from app.mastery.deciding import check_known


class NewPolicy(NamedTuple):
    """A version of a policy to be set: its name, what it is for, its JSON, and from when it is in force (None: now)."""

    name: str
    scope: PolicyScope
    body: bytes
    begins: datetime | None


async def listed(tx: Tx) -> tuple[list[PolicyRow], JudgingRow | None]:
    """All versions of all policies; and how far all has been judged anew by them, if that was ever asked for."""
    return await stored.policies(tx), await progress.current(tx)


async def set_policy(tx: Tx, new: NewPolicy, by: str, now: datetime) -> int:
    """Set a policy, a new version of it; its id. A job judges all anew.

    Invalid where it is for two things, for what the tenant does not have, or would judge a time judged already.
    """
    await stored.alone_with_policies(tx)
    await _check_scope(tx, new.scope)
    if new.begins is not None and new.begins < now:
        _check_rewrites_nothing(await stored.policies(tx), new.scope, now)
    row = await stored.add_policy(tx, new.name, new.scope, new.body, begins=new.begins or now, by=by)
    await judging.judge_again(tx, now)
    return row.id


async def _check_scope(tx: Tx, scope: PolicyScope) -> None:
    if scope.framework is not None and scope.competency is not None:
        detail = "It is for a framework or for one competency: leave one of them out."
        raise Invalid(detail, type="two-scopes", title="A policy is for one thing")
    if scope.framework is not None and await frameworks.by_id(tx, scope.framework) is None:
        detail = f"There is no framework {scope.framework}: see GET /v1/frameworks."
        raise Invalid(detail, type="unknown-framework", title="Unknown framework")
    if scope.competency is not None:
        await check_known(tx, scope.competency)


def _check_rewrites_nothing(rows: Sequence[PolicyRow], scope: PolicyScope, now: datetime) -> None:
    """The first of a scope may begin before today: a district that comes with last year's results has its own scale."""
    in_force = [row for row in rows if (row.framework_id, row.competency_id) == scope and row.begins <= now]
    if in_force:
        last = in_force[-1]
        detail = (
            f"'{last.name}', version {last.version}, is in force here since {last.begins:%Y-%m-%d}: a new version "
            "begins now (leave out `begins`) or later, and rewrites nothing."
        )
        raise Invalid(detail, type="rewrites-history", title="A policy judges no time that another has judged")
