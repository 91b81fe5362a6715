"""The sample district in the words of OneRoster 1.2 Gradebook: one function per resource (section 4)."""

from datetime import date

from app.sandbox import year
from app.sandbox.district import Class
from app.sandbox.gradebook import LEVELS, Benchmark, BenchmarkResult, LineItem, Objective, Result
from app.sandbox.sis.roster import Base, Json, class_ref, flag, head, org_ref, reference, session_ref, user_ref


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def category(_base: Base, item: tuple[str, str, float]) -> Json:
    """A gradebook category."""
    key, title, weight = item
    return head(key, year.SETTLED) | {"title": title, "weight": weight}


def score_scale(base: Base, item: Class) -> Json:
    """The four-point scale of a class's projects."""
    values = [{"itemValueLHS": level, "itemValueRHS": str(point)} for point, level in enumerate(LEVELS, 1)]
    return head(f"ss-{item.key[4:]}", year.SETTLED) | {
        "title": "Four levels of proficiency",
        "type": "ordinal",
        "class": class_ref(base, item.key),
        "scoreScaleValue": values,
    }


def line_item(base: Base, item: LineItem) -> Json:
    """An assignment of a class."""
    period = next(s.key for s in year.SESSIONS if s.type == "gradingPeriod" and s.begins <= item.due <= s.ends)
    record = head(item.key, item.modified) | {
        "title": item.title,
        "assignDate": _moment(item.due),
        "dueDate": _moment(item.due),
        "class": class_ref(base, item.class_.key),
        "school": org_ref(base, item.class_.school.key),
        "category": reference(base.gradebook, "categories", "category", item.category),
        "gradingPeriod": session_ref(base, period),
        "resultValueMin": 1.0 if item.scaled else 0.0,
        "resultValueMax": item.maximum,
    }
    if item.scaled:
        record["scoreScale"] = _scale(base, item)
    return record | {"learningObjectiveSet": _objectives(item.objectives)} if item.objectives else record


def _scale(base: Base, item: LineItem) -> Json:
    return reference(base.gradebook, "scoreScales", "scoreScale", f"ss-{item.class_.key[4:]}")


def _objectives(objectives: tuple[Objective, ...]) -> list[Json]:
    return [{"source": objective.source, "learningObjectiveIds": [objective.id]} for objective in objectives]


def result(base: Base, item: Result) -> Json:
    """What a learner reached on a line item, and on each objective of it."""
    record = head(item.key, item.modified) | {
        "lineItem": reference(base.gradebook, "lineItems", "lineItem", item.item.key),
        "student": user_ref(base, item.person),
        "class": class_ref(base, item.item.class_.key),
        "scoreStatus": item.status,
        "scoreDate": item.day,
        "late": flag(item.late),
        "missing": flag(item.missing),
    }
    if item.score is None:
        return record
    record["score"] = item.score
    if item.level:
        record |= {"textScore": item.level, "scoreScale": _scale(base, item.item)}
    if item.item.objectives:
        record["learningObjectiveSet"] = [
            {"source": o.source, "learningObjectiveResults": [{"learningObjectiveId": o.id, "score": item.score}]}
            for o in item.item.objectives
        ]
    return record


def benchmark(_base: Base, item: Benchmark) -> Json:
    """A district benchmark as an assessment line item."""
    return head(item.key, year.SETTLED) | {"title": item.title, "resultValueMin": 500.0, "resultValueMax": 900.0}


def benchmark_result(base: Base, item: BenchmarkResult) -> Json:
    """A learner's benchmark result, with the mastery of one standard by its CASE identifier."""
    mastery = {"learningObjectiveId": item.standard, "score": item.level, "textScore": LEVELS[int(item.level) - 1]}
    return head(item.key, item.modified) | {
        "assessmentLineItem": reference(
            base.gradebook, "assessmentLineItems", "assessmentLineItem", item.benchmark.key
        ),
        "student": user_ref(base, item.person),
        "score": item.score,
        "scoreDate": item.benchmark.taken,
        "scorePercentile": item.percentile,
        "scoreStatus": "fully graded",
        "learningObjectiveSet": [{"source": "case", "learningObjectiveResults": [mastery]}],
    }
