"""Ed-Fi's student assessments in canonical terms, with their objective assessments."""

from collections.abc import Iterable

from connectors.edfi.readers import Notes, code_of, gone, linked, own_id, part_of
from connectors.fields import Fields
from schemas import Alignment, AnyRecord, ObjectiveResult, Result


def student_assessment(f: Fields) -> Iterable[AnyRecord]:
    """A student's result of an assessment, with those of its objective assessments."""
    if taken_back := gone(f):
        return [taken_back]
    key, person = own_id(f), linked(f, "studentReference")
    assessment = f.pop("assessmentReference")
    if not isinstance(assessment, dict):
        raise f.wrong("assessmentReference", assessment, "is not a reference")
    scores, levels = _scores(f), _levels(f)
    f.drop("studentAssessmentIdentifier", "whenAssessedGradeLevelDescriptor")
    score, unit = next(((float(value), unit) for unit, value in scores if _is_number(value)), (None, None))
    notes = Notes({name: value for name, value in scores if name != unit})
    return [
        Result(
            key=key,
            person=person,
            title=part_of(assessment, "assessmentIdentifier"),
            status="fully graded",
            score=score,
            unit=unit,
            level=next(iter(levels), None),
            text_score=next((value for _, value in scores if not _is_number(value)), None),
            method="summative",
            scored_at=f.moment("administrationDate", None),
            objectives=tuple(_objective(each) for each in f.each("studentObjectiveAssessments")),
            extensions=notes,
        )
    ]


def _objective(f: Fields) -> ObjectiveResult:
    reference = f.pop("objectiveAssessmentReference")
    code = part_of(reference, "identificationCode") if isinstance(reference, dict) else None
    if not isinstance(reference, dict) or code is None:
        raise f.wrong("objectiveAssessmentReference", reference, "names no objective")
    scores, levels = _scores(f), _levels(f)
    f.drop("administrationDate", "administrationEndDate", "assessedMinutes")
    number = next((float(value) for _, value in scores if _is_number(value)), None)
    text = next((value for _, value in scores if not _is_number(value)), None)
    return ObjectiveResult(
        objective=Alignment(code=code, framework=part_of(reference, "assessmentIdentifier")),
        score=number,
        text_score=next(iter(levels), None) or text,
    )


def _scores(f: Fields) -> list[tuple[str, str]]:
    """Score results: by which method, and what. The first is taken to be the assessment's own."""
    scores = []
    for each in f.each("scoreResults"):
        each.drop("resultDatatypeTypeDescriptor")
        scores.append((code_of(each, "assessmentReportingMethodDescriptor") or "score", each.text("result")))
    return scores


def _levels(f: Fields) -> list[str]:
    levels = []
    for each in f.each("performanceLevels"):
        each.drop("assessmentReportingMethodDescriptor", "performanceLevelIndicatorName", "performanceLevelMet")
        if level := code_of(each, "performanceLevelDescriptor"):
            levels.append(level)
    return levels


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdecimal() and text.isascii()
