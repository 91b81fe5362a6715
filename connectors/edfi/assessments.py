"""Ed-Fi's assessments in canonical terms: what they are, their objectives, and what students reached in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from connectors.edfi.codes import NOT_TESTED
from connectors.edfi.readers import Notes, code_of, gone, link_of, linked, own_id, part_of, reference, required
from connectors.fields import Fields
from schemas import Alignment, AnyRecord, Competency, Framework, LineItem, ObjectiveResult, Result
from schemas.codes import ScoreStatus

PERCENTILE, ERROR = "percentile", "standard error measurement"
"""Reporting methods, in lower case, whose results are about a score and are none themselves."""


def assessment(f: Fields) -> Iterable[AnyRecord]:
    """An assessment: what results are results of, and the framework of its objectives. Its scales are the scores'."""
    if taken_back := gone(f):
        return [taken_back]
    key, title = own_id(f), f.text("assessmentTitle")
    f.drop("assessmentIdentifier", "namespace")
    return [
        LineItem(key=key, title=title, category=code_of(f, "assessmentCategoryDescriptor")),
        Framework(key=key, title=title, framework_type="Assessment"),
    ]


def objective_assessment(f: Fields) -> Iterable[AnyRecord]:
    """An objective of an assessment, found by the address that results have of it."""
    if taken_back := gone(f):
        return [taken_back]
    key, code = own_id(f), f.text("identificationCode")
    of = reference(f, "assessmentReference")
    nomenclature, description = f.text("nomenclature", None), f.text("description", None)
    return [
        Competency(
            key=key,
            statement=description or nomenclature or code,
            framework=link_of("assessmentReference", of),
            code=code,
            uri=_address(of, code),
            item_type="Objective assessment",
        )
    ]


def student_assessment(f: Fields) -> Iterable[AnyRecord]:
    """A student's result of an assessment, with those of its objectives; or why the student was not tested."""
    return _result(f, of_item=False)


def student_assessment_of_item(f: Fields) -> Iterable[AnyRecord]:
    """The same where assessments are read, too: the result is called by the assessment's title."""
    return _result(f, of_item=True)


def _result(f: Fields, *, of_item: bool) -> Iterable[AnyRecord]:
    if taken_back := gone(f):
        return [taken_back]
    key, person = own_id(f), linked(f, "studentReference")
    of, reached = reference(f, "assessmentReference"), _reached(f)
    reason, notes = code_of(f, "reasonNotTestedDescriptor"), reached.notes
    f.drop("studentAssessmentIdentifier", "whenAssessedGradeLevelDescriptor")
    objectives = tuple(_objective(each, notes) for each in f.each("studentObjectiveAssessments"))
    tested = bool(reached) or bool(objectives)
    if reason is not None and tested:
        notes["reasonNotTestedDescriptor"] = reason  # both are told: a part was not taken, perhaps
    status: ScoreStatus | None = "fully graded" if tested else None
    if reason is not None and not tested:
        status = NOT_TESTED.get(reason.lower(), "not tested")
    return [
        Result(
            key=key,
            person=person,
            line_item=link_of("assessmentReference", of) if of_item else None,
            title=None if of_item else part_of(of, "assessmentIdentifier"),
            status=status,
            narrative=f"Not tested: {reason}" if reason is not None and not tested else None,
            score=reached.score,
            unit=reached.unit,
            level=reached.level,
            text_score=reached.text,
            percentile=reached.percentile,
            standard_error=reached.error,
            method="summative",
            scored_at=f.moment("administrationDate", None),
            objectives=objectives,
            extensions=notes,
        )
    ]


def _objective(f: Fields, notes: Notes) -> ObjectiveResult:
    """A result against one objective; what it has no place for is noted, by the objective's code."""
    name = "objectiveAssessmentReference"
    of = f.pop(name, None)
    code = part_of(of, "identificationCode") if isinstance(of, dict) else None
    if not isinstance(of, dict) or code is None:
        raise f.wrong(name, of, "names no objective")
    reached = _reached(f)
    f.drop("administrationDate", "administrationEndDate", "assessedMinutes")
    notes.update({f"{code}: {method}": value for method, value in reached.notes.items()})
    return ObjectiveResult(
        objective=Alignment(code=code, url=_address(of, code), framework=part_of(of, "assessmentIdentifier")),
        score=reached.score if reached.score is not None else reached.percentile,
        text_score=reached.level or reached.text,
    )


@dataclass
class _Reached:
    """What a student reached: the first score that is a number, with its method, and the first level that was met.

    All others are kept in the notes, by their method.
    """

    score: float | None = None
    unit: str | None = None
    text: str | None = None
    level: str | None = None
    percentile: float | None = None
    error: float | None = None
    digit: str = ""  # a level that is told among the scores, in digits, and by which method
    digit_of: str = ""
    notes: Notes = field(default_factory=Notes)

    def __bool__(self) -> bool:
        values = (self.score, self.text, self.level, self.percentile, self.error)
        return any(value is not None for value in values)

    def note(self, name: str, value: str) -> None:
        """Keep what is not the first; of one method there may be several."""
        several = sum(known == name or known.startswith(f"{name} (") for known in self.notes)
        self.notes[f"{name} ({several + 1})" if several else name] = value


def _reached(f: Fields) -> _Reached:
    reached = _Reached()
    for each in f.each("scoreResults"):
        datatype = code_of(each, "resultDatatypeTypeDescriptor") or ""
        _score(reached, code_of(each, "assessmentReportingMethodDescriptor") or "score", each.text("result"), datatype)
    for each in f.each("performanceLevels"):
        method = code_of(each, "assessmentReportingMethodDescriptor") or "performance level"
        met = each.flag("performanceLevelMet", True)  # Data Standard 4 lists levels that were not reached, too
        each.drop("performanceLevelIndicatorName")
        level = code_of(each, "performanceLevelDescriptor")
        if level and met and reached.level is None:
            reached.level = level
        elif level:
            reached.note(method, level if met else f"{level} (not met)")
    if reached.level is None and reached.digit:
        reached.level = reached.digit
    elif reached.digit:
        reached.note(reached.digit_of, reached.digit)
    return reached


def _score(reached: _Reached, method: str, value: str, datatype: str) -> None:
    number = float(value) if _is_number(value) else None
    match "percentile" if datatype.lower() == "percentile" else method.lower():
        case name if number is not None and datatype.lower() == "level":  # a level in digits, or a code: no amount
            if "level" in name and not reached.digit:
                reached.digit, reached.digit_of = value, method
            else:
                reached.note(method, value)
        case name if name == PERCENTILE and number is not None and reached.percentile is None:
            reached.percentile = number
        case name if name == ERROR and number is not None and reached.error is None:
            reached.error = number
        case _ if number is not None and reached.score is None:
            reached.score, reached.unit = number, method
        case _ if number is None and reached.text is None:
            reached.text = value
        case _:
            reached.note(method, value)


def _address(of: Mapping[str, object], code: str) -> str:
    """What an objective is known by: its natural key as an address of no service."""
    name = "assessmentReference"
    parts = (required(part_of(of, "namespace"), name), required(part_of(of, "assessmentIdentifier"), name), code)
    return "urn:edfi:objectiveAssessment:" + ":".join(quote(part, safe="") for part in parts)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdecimal() and text.isascii()
