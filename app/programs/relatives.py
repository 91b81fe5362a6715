"""Relatives: who may not review a learner's work, by what rosters and roles say of who belongs to whom.

Names tell it only of those who share one. What the record knows is asked as well: whose agent a reviewer is, whose
guardian by a role, who has the same guardian.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.people import accounts, relations
from app.db.plans.plans import Signature
from app.identity.learners import lineage
from app.matching.names import tokens
from app.people.seeing import ADVISES, KIN
from app.pipeline.refs import ref
from app.programs.submission import Learner

ACCOUNT = "account "
NOT_KIN = ADVISES | {"administrator", "principal", "siteAdministrator", "aide", "student"}
"""What an agent is called who is no relative; whoever is called otherwise, or nothing, may be one."""


async def kinship(tx: Tx, learner: UUID, by: Signature, now: datetime) -> str | None:
    """How the record knows a reviewer to belong to a learner, in words; None where it knows of nothing.

    A key speaks for people whom the record cannot know: of those nothing is told here.
    """
    if not by.made_by.startswith(ACCOUNT):
        return None
    account = UUID(by.made_by.removeprefix(ACCOUNT))
    same = {*await lineage(tx, learner)}
    persons = [(row.source_id, row.person) for row in await accounts.bound(tx, account)]
    roles = {row.role for row in await accounts.roles(tx, account, now) if row.learner_id in same}
    if "learner" in roles or (persons and same & {*await relations.themselves(tx, persons)}):
        return "It is your own"
    if "guardian" in roles or await _charge(tx, persons, same):
        return "It is by a child you care for"
    if persons and await _kin(tx, persons, ()) & await _kin(tx, (), tuple(same)):
        return "It is by somebody who has the same guardian as you"
    return None


def named_alike(learner: Learner, made_by: str, by: Signature) -> str | None:
    """What names alone say of a reviewer who may not review what is a learner's."""
    own, reviewer = tokens(learner.name), tokens(by.name)
    guardian = tokens(learner.guardian.name) if learner.guardian else frozenset[str]()
    if made_by.startswith("account ") and made_by == by.made_by:
        return "You handed it in"
    if len(reviewer) > 1 and reviewer == own:
        return "It is by somebody of your name"
    if len(reviewer) > 1 and reviewer == guardian:
        return "It is by a child whose guardian has your name"
    return None


async def _charge(tx: Tx, persons: Sequence[relations.Ref], same: set[UUID]) -> bool:
    """Whether a roster names one of these persons a learner's relative, on either side."""
    refs = [ref(source, "person", key) for source, key in persons]
    charges = await relations.charges(tx, persons, refs, None) if persons else []
    return any(learner in same and called not in NOT_KIN for learner, called in charges)


async def _kin(tx: Tx, persons: Sequence[relations.Ref], learners: Sequence[UUID]) -> set[relations.Ref]:
    """The relatives that rosters name on the rows of persons, or of learners."""
    named = await relations.agents(tx, persons, learners)
    return {(source, agent) for source, agent, called in named if called in KIN | {"other"}}
