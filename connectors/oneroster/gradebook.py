"""OneRoster gradebook in canonical terms: line items and results, with their learning objectives.

Source: OneRoster 1.2 Gradebook Service, section 4 (data model); OneRoster 1.1, section 4.
"""

from collections.abc import Iterable

import msgspec

from connectors.fields import Fields
from connectors.learner import key_of
from connectors.oneroster import scale
from connectors.oneroster.codes import SCORE_STATUSES
from connectors.oneroster.readers import Notes, bare, code, day, gone, moment, own_id, ref, referred, rest, score, side
from schemas import Alignment, AnyRecord, Identifier, LineItem, ObjectiveResult, Person, Result, Role
from schemas.codes import IdentifierType

ASSESSMENT = "assessment/"
"""What the key of an assessment's line item or result begins with, so that it cannot be mistaken for a class's own."""

JOINED = "learningObjectives"
"""The column the bundle reader adds: a row's objectives, as the JSON text of a `learningObjectiveSet`."""

STUDENT, CATEGORY, SCALE = "(student)", "(category)", "(scale)"
"""Notes beside an object that a tool wrote to us: as whom its student is known, what its category is called, and the
score scale it or its line item names, with what its values map to. What they replace is kept as the tool sent it."""

KNOWN_BY: dict[str, IdentifierType] = {"sourced": "sourced", "district": "district", "state": "state"}
"""Types of the number that a student who is named in what a tool wrote is known by."""


def unsaid(f: Fields) -> Iterable[AnyRecord]:
    """A category or a score scale: kept as it came, and no record of its own. A line item says its category's name."""
    f.drop(*f.names())
    return []


def line_item(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "title")):
        return [nothing_more]
    period = ref(f, "gradingPeriod", "gradingPeriodSourcedId")
    session = ref(f, "academicSession", "academicSessionSourcedId")
    if period is not None and session is not None:
        notes["gradingPeriod"] = period
    if school := ref(f, "school", "schoolSourcedId"):
        notes["school"] = school
    scale.noted(f.nested(SCALE, None), notes)
    return [
        LineItem(
            key=own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            title=f.text("title"),
            description=f.text("description", None),
            class_=referred(f, "class", "classSourcedId"),
            category=_category(f, notes),
            session=session or period,
            assigned=day(f, "assignDate", notes),
            due=day(f, "dueDate", notes),
            minimum=f.number("resultValueMin", None),
            maximum=f.number("resultValueMax", None),
            alignments=_alignments(f),
            extensions=rest(f, notes),
        )
    ]


def assessment_line_item(f: Fields) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "title")):
        return [nothing_more]
    if parent := ref(f, "parentAssessmentLineItem", "parentAssessmentLineItemSourcedId"):
        notes["parentAssessmentLineItem"] = ASSESSMENT + parent
    scale.noted(f.nested(SCALE, None), notes)
    return [
        LineItem(
            key=ASSESSMENT + own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            title=f.text("title"),
            description=f.text("description", None),
            class_=ref(f, "class", "classSourcedId"),
            minimum=f.number("resultValueMin", None),
            maximum=f.number("resultValueMax", None),
            alignments=_alignments(f),
            extensions=rest(f, notes),
        )
    ]


def result(f: Fields) -> Iterable[AnyRecord]:
    return _result(f, "", "lineItem")


def assessment_result(f: Fields) -> Iterable[AnyRecord]:
    return _result(f, ASSESSMENT, "assessmentLineItem")


def _result(f: Fields, prefix: str, item: str) -> Iterable[AnyRecord]:
    notes: Notes = {}
    withdrawn = gone(f, notes)
    if withdrawn and (nothing_more := bare(f, "student", "studentSourcedId")):
        return [nothing_more]
    for flag in ("inProgress", "incomplete"):
        if (value := f.flag(flag, None)) is not None:
            notes[flag] = value
    number, words = score(f, "score", notes)
    student = _student(referred(f, "student", "studentSourcedId"), f.nested(STUDENT, None), notes)
    text = f.text("textScore", None) or words
    mapped = scale.noted(f.nested(SCALE, None), notes)
    return [
        Result(
            key=prefix + own_id(f),
            modified=moment(f, "dateLastModified", notes),
            withdrawn=withdrawn,
            person=student if isinstance(student, str) else student.key,
            line_item=prefix + referred(f, item, f"{item}SourcedId"),
            class_=ref(f, "class", "classSourcedId"),
            status=code(f, "scoreStatus", SCORE_STATUSES, notes),
            score=number,
            text_score=text,
            level=scale.level(mapped, number, text),
            percentile=f.number("scorePercentile", None),
            narrative=f.text("comment", None),
            scored_on=side(notes, "scoreDate", lambda: day(f, "scoreDate", notes), None),
            late=f.flag("late", None),
            missing=f.flag("missing", None),
            objectives=_objectives(f),
            extensions=rest(f, notes),
        ),
        *([] if isinstance(student, str) else [student]),
    ]


def _student(key: str, known_as: Fields | None, notes: Notes) -> Person | str:
    """Who a result is of: the person of that key in a roster; of a tool's result, who is known by a number alone.

    A tool tells results and nobody's roster. What is told by a number stays with the child who had it then.
    """
    if known_as is None:
        return key
    notes["student"] = key
    kind, value, issuer = known_as.one_of("type", KNOWN_BY), known_as.ident("value"), known_as.ident("issuer", None)
    identifier = Identifier(type=kind, value=value, issuer=issuer)
    return Person(key=key_of(kind, value, issuer), identifiers=(identifier,), roles=(Role(role="student"),))


def _category(f: Fields, notes: Notes) -> str | None:
    named, category = f.text(CATEGORY, None), ref(f, "category", "categorySourcedId")
    if named and category:
        notes["category"] = category
    return named or category


def _objective_sets(f: Fields) -> list[Fields]:
    """The learning objective sets; of CSV, those the bundle reader joined from the objectives' own file."""
    joined = f.pop(JOINED, None)
    if joined is None:
        return f.each("learningObjectiveSet")
    try:
        return Fields({JOINED: msgspec.json.decode(joined)}).each(JOINED)
    except (msgspec.DecodeError, TypeError):
        raise f.wrong(JOINED, joined, "is not a JSON list of learning objective sets") from None


def _alignments(f: Fields) -> tuple[Alignment, ...]:
    alignments: list[Alignment] = []
    for objectives in _objective_sets(f):
        source = objectives.text("source")
        alignments += [_alignment(source, objective) for objective in objectives.texts("learningObjectiveIds")]
    return tuple(alignments)


def _objectives(f: Fields) -> tuple[ObjectiveResult, ...]:
    results: list[ObjectiveResult] = []
    for objectives in _objective_sets(f):
        source = objectives.text("source")
        results += [
            ObjectiveResult(
                objective=_alignment(source, item.text("learningObjectiveId")),
                score=item.number("score", None),
                text_score=item.text("textScore", None),
            )
            for item in objectives.each("learningObjectiveResults")
        ]
    return tuple(results)


def _alignment(source: str, objective: str) -> Alignment:
    """A learning objective: of a CASE item its identifier (a UUID); of another source the id it has there."""
    if source.lower() == "case":
        return Alignment(code=objective, type="CFItem")
    return Alignment(code=objective, framework=None if source.lower() == "unknown" else source)
