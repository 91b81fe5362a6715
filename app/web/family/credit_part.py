"""A learner's credit as the record page shows it: what was awarded and stands, what has begun; nothing sensitive."""

from typing import Any

from app.plans.credit import Judged
from app.plans.crediting import Awarded, Credits
from app.web.kit.words import _

Json = dict[str, Any]


def awards_of(credits: Credits) -> list[Json]:
    """What was awarded and not withdrawn, each credit once."""
    return [_award(awarded) for awarded in credits.awards if awarded.row.withdrawn_at is None and not awarded.again]


def begun_of(credits: Credits) -> list[Json]:
    """Credit that something was reached of, and that is not awarded yet."""
    had = {awarded.row.rule_id for awarded in credits.awards if awarded.row.withdrawn_at is None}
    return [_begun(judged) for row, judged in credits.within("general").rules if judged.have and row.id not in had]


def _award(awarded: Awarded) -> Json:
    return {
        "title": awarded.rule.title,
        "amount": f"{awarded.rule.amount:g}",
        "unit": awarded.rule.unit,
        "subject": awarded.rule.subject,
        "name": awarded.row.name,
        "role": awarded.row.role,
        "at": awarded.row.made_at,
        "slipped": bool(awarded.lacking("general")),
        "basis": [
            {
                "title": _called(need["code"], need["statement"]),
                "level": need["level"],
                "cited": [{"title": c["title"], "at": c.get("at"), "source": c["source"]} for c in need["evidence"]],
            }
            for need in awarded.row.basis
            if need["sensitivity"] == "general"
        ],
    }


def _begun(judged: Judged) -> Json:
    rule = judged.rule
    return {
        "title": rule.title,
        "amount": f"{rule.amount:g}",
        "unit": rule.unit,
        "subject": rule.subject,
        "ready": judged.eligible,
        "progress": _("%(have)s of %(all)s", have=judged.have, all=rule.wanted),
        "lacks": [
            f"{_called(need.where.code, need.where.statement)} ({need.lacks})"
            for need in judged.needs
            if need.where and need.lacks and not judged.eligible
        ],
    }


def _called(code: str | None, statement: str) -> str:
    return f"{code}: {statement}" if code else statement
