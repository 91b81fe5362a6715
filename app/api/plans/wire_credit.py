"""Credit on the wire: rules, how far a learner is from each, and what was awarded."""

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from app.api.kit.wire_base import Cursor, TeacherOfRecord, Text, Wire
from app.api.plans.wire_plans import COMPETENCY, EvidenceCited, Named

FRAMEWORK = "9909231f-bf1f-5d61-9dae-5bcdc6315104"
OTHER = "0af12d2f-9d92-5b9c-8e66-9d5ad5b4f0a1"
RULE: dict[str, Any] = {
    "title": "Mathematics 6, first half",
    "amount": 0.5,
    "unit": "credit",
    "subject": "Mathematics",
    "framework": FRAMEWORK,
    "needs": [{"competency": COMPETENCY, "level": "Proficient"}, {"competency": OTHER}],
    "atLeast": None,
    "retired": False,
}
TEACHER: dict[str, Any] = {"name": "Kim Sample", "role": "Mathematics teacher, grade 6"}


class CreditNeed(Wire):
    """A competency: at a level of the policy in force, or mastered."""

    competency: UUID
    level: Text | None = None


class CreditRuleTerms(Wire):
    """So much credit for these competencies of a framework: for all, or for `atLeast` so many of them."""

    title: Text
    amount: Annotated[float, Field(strict=True, gt=0, le=1000)]
    unit: Text = Field(description="what the amount counts: Carnegie units, credit hours")
    subject: Text
    framework: UUID
    needs: list[CreditNeed] = Field(min_length=1, max_length=500)
    at_least: Annotated[int, Field(strict=True, ge=1, le=500)] | None = None
    retired: StrictBool = Field(
        False, description="nothing is proposed or awarded by it any more; what was awarded stands"
    )


class CreditRuleBody(CreditRuleTerms):
    """A rule, and who wrote it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**RULE, "writer": {"name": "Kim Sample", "role": "teacher"}}]}
    )

    writer: Named


class CreditRule(CreditRuleTerms):
    """A version of a rule. It is never changed: what is written next is another version."""

    id: UUID
    version: int
    writer: Named
    client: str
    at: dt.datetime


class RuleList(Wire):
    """The latest version of every rule."""

    rules: list[CreditRule]


class RuleVersions(Wire):
    """All versions of a rule, the first first."""

    versions: list[CreditRule]


class NeedStanding(Wire):
    """Where a learner stands in what a rule asks for; what an award rests on is not told where it is sensitive."""

    competency: UUID | None
    code: str | None
    statement: str
    wanted: str | None = Field(description="the level wanted; null: mastery")
    reached: bool
    level: str | None
    at: dt.datetime | None
    lacks: str | None
    cited: list[EvidenceCited]


class CreditRuleStanding(Wire):
    """How far a learner is from a rule's credit. `proposed`: all is reached, and a teacher of record may award it."""

    rule: UUID
    version: int
    title: str
    amount: float
    unit: str
    subject: str
    have: int
    of: int
    proposed: bool
    awarded: bool
    needs: list[NeedStanding]


class Award(Wire):
    """Credit that was awarded, as it was then: later versions of the rule, and what is shown later, leave it as it is.

    `slipped`: what is shown today would no longer do. `again`: by a merge, the learner has this credit twice.
    """

    id: UUID
    learner: UUID
    rule: UUID
    version: int
    title: str
    amount: float
    unit: str
    subject: str
    teacher_of_record: TeacherOfRecord
    note: str | None
    client: str
    at: dt.datetime
    basis: list[NeedStanding]
    slipped: bool
    lacks_today: list[NeedStanding]
    again: bool
    withdrawn_at: dt.datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


class CreditList(Wire):
    """What a learner was awarded, and how far they are from what else there is.

    `withheld`: so many rules ask for what is sensitive, and are told of with `scope=all`.
    """

    awards: list[Award]
    rules: list[CreditRuleStanding]
    withheld: int


class Proposal(Wire):
    """A learner who may be awarded a rule's credit."""

    learner: UUID
    have: int
    of: int


class ProposalList(Wire):
    """Who may be awarded a rule's credit and was not yet, a page of it."""

    rule: UUID
    version: int
    proposals: list[Proposal]
    next: Cursor


class CreditAwardNew(Wire):
    """An award: by which version of which rule, and the teacher of record who approves it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rule": COMPETENCY, "version": 1, "teacherOfRecord": TEACHER}]}
    )

    rule: UUID
    version: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
    teacher_of_record: TeacherOfRecord
    note: Text | None = None


class CreditWithdrawal(Wire):
    """Why an award is withdrawn, and by whom."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"teacherOfRecord": TEACHER, "reason": "It was another learner's work"}]}
    )

    teacher_of_record: TeacherOfRecord
    reason: Text
