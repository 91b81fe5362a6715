"""A learner's credit as the record page shows it: what was awarded and stands, what has begun; nothing sensitive."""

from typing import Any

from app.plans.credit import Judged
from app.plans.crediting import Awarded, Credits

Json = dict[str, Any]


def awards_told(found: Credits) -> list[Json]:
    """What was awarded and not withdrawn, each credit once."""
    return [_award(one) for one in found.awards if one.row.withdrawn_at is None and not one.again]


def begun_told(found: Credits) -> list[Json]:
    """Credit that something was reached of, and that is not awarded yet."""
    had = {one.row.rule_id for one in found.awards if one.row.withdrawn_at is None}
    return [_begun(judged) for row, judged in found.within("general").rules if judged.have and row.id not in had]


def _award(one: Awarded) -> Json:
    return {
        "title": one.rule.title,
        "amount": f"{one.rule.amount:g}",
        "unit": one.rule.unit,
        "subject": one.rule.subject,
        "name": one.row.name,
        "role": one.row.role,
        "at": one.row.made_at,
        "slipped": bool(one.lacking("general")),
        "basis": [
            {
                "title": _called(held["code"], held["statement"]),
                "level": held["level"],
                "cited": [{"title": c["title"], "at": c.get("at"), "source": c["source"]} for c in held["evidence"]],
            }
            for held in one.row.basis
            if held["sensitivity"] == "general"
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
        "progress": f"{judged.have} of {rule.wanted}",
        "lacks": [
            f"{_called(one.where.code, one.where.statement)} ({one.lacks})"
            for one in judged.needs
            if one.where and one.lacks and not judged.eligible
        ],
    }


def _called(code: str | None, statement: str) -> str:
    return f"{code}: {statement}" if code else statement
