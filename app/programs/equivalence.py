"""What credit a badge may give: by a rule that asks for competencies, of which the badge shows some or all.

A badge awards no credit. It shows competencies; the rule proposes whoever has shown enough to a teacher of record.
"""

from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.errors import NotFound
from app.plans import credit, crediting
from app.plans.credit import Rule
from app.programs.rubric import Definition


class Equivalence(NamedTuple):
    """A rule of credit, and how many of the competencies it asks for a badge shows."""

    id: UUID
    rule: Rule
    shows: int

    @property
    def alone(self) -> bool:
        """Whether the badge alone shows enough for the rule."""
        return not self.rule.retired and self.shows >= self.rule.wanted


async def equivalence_of(tx: Tx, definition: Definition | None) -> Equivalence | None:
    """The rule that a badge counts for, if it counts for one."""
    if definition is None or definition.credit_rule is None:
        return None
    rule = credit.read((await crediting.rule_now(tx, definition.credit_rule)).body)
    competencies = set(definition.shown)
    return Equivalence(definition.credit_rule, rule, sum(1 for need in rule.needs if need.competency in competencies))


async def rules(tx: Tx) -> list[tuple[UUID, Rule]]:
    """The rules that a badge may count for."""
    return [(row.id, rule) for row in await crediting.rules(tx) if not (rule := credit.read(row.body)).retired]


async def wrong_rule(tx: Tx, definition: Definition) -> dict[str, str]:
    """What is wrong with the rule that a badge is to count for, by JSON Pointer."""
    try:
        await equivalence_of(tx, definition)
    except NotFound:
        return {"/creditRule": "there is no such rule of credit"}
    return {}
