"""A learner's credit as the record page shows it: what was awarded and stands, what has begun; nothing sensitive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.plans.credit import Judged, kept_needs
from app.plans.crediting import Awarded, Credits
from app.plans.reached import Cited
from app.web.kit import lacking
from app.web.kit.words import _


@dataclass(frozen=True, slots=True)
class NeedLine:
    """What a credit rests on: a competency, the level it was awarded at, and what was cited."""

    title: str
    level: str | None
    cited: Sequence[Cited]


@dataclass(frozen=True, slots=True)
class CreditCard:
    """Credit that was awarded, by whom; `slipped`: what is shown today would no longer do."""

    title: str
    amount: str
    unit: str
    subject: str
    name: str
    role: str
    at: datetime
    slipped: bool
    basis: Sequence[NeedLine]


@dataclass(frozen=True, slots=True)
class CreditBegun:
    """Credit that something was reached of; `ready`: all that a rule asks for is, and a teacher may award it."""

    title: str
    amount: str
    unit: str
    subject: str
    ready: bool
    progress: str
    lacks: Sequence[str]


def awards_of(credits: Credits) -> list[CreditCard]:
    """What was awarded and not withdrawn, each credit once."""
    return [_award(awarded) for awarded in credits.awards if awarded.row.withdrawn_at is None and not awarded.again]


def begun_of(credits: Credits) -> list[CreditBegun]:
    """Credit that something was reached of, and that is not awarded yet."""
    had = {awarded.row.rule_id for awarded in credits.awards if awarded.row.withdrawn_at is None}
    return [_begun(judged) for row, judged in credits.within("general").rules if judged.have and row.id not in had]


def _award(awarded: Awarded) -> CreditCard:
    return CreditCard(
        title=awarded.rule.title,
        amount=f"{awarded.rule.amount:g}",
        unit=awarded.rule.unit,
        subject=awarded.rule.subject,
        name=awarded.row.name,
        role=awarded.row.role,
        at=awarded.row.made_at,
        slipped=bool(awarded.lacking("general")),
        basis=[
            NeedLine(title=_called(need.code, need.statement), level=need.level, cited=need.evidence)
            for need in kept_needs(awarded.row.basis)
            if need.sensitivity == "general"
        ],
    )


def _begun(judged: Judged) -> CreditBegun:
    rule = judged.rule
    return CreditBegun(
        title=rule.title,
        amount=f"{rule.amount:g}",
        unit=rule.unit,
        subject=rule.subject,
        ready=judged.eligible,
        progress=_("%(have)s of %(all)s", have=judged.have, all=rule.wanted),
        lacks=[
            f"{_called(need.where.code, need.where.statement)} ({lacking.translated(need.lacks)})"
            for need in judged.needs
            if need.where and need.lacks and not judged.eligible
        ],
    )


def _called(code: str | None, statement: str) -> str:
    return f"{statement} ({code})" if code else statement
