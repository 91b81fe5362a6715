"""What was accepted, in two forms: as evidence for the record, and as the achievement and award of a badge. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal
from uuid import UUID

from app.credentials import model
from app.db.mastery.citations import AddressedRow
from app.frameworks.outline import plain
from app.issuing.awards import Item
from app.issuing.picture import badge_uri
from app.programs.judging import Decision, Reached
from app.programs.rubric import Definition
from app.programs.submission import Submission
from connectors.evidence.model import EvidenceItem
from schemas.codes import Setting

Places = Mapping[UUID, AddressedRow]
"""Competencies by their ids: where their frameworks say they are."""
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Recognized:
    """A submission that assessors accepted, and all that is said of it.

    `setting` is where it happened, `places` the competencies it may show; `credits`, what its badge alone can give by a
    rule of credit.
    """

    id: UUID
    submission: Submission
    program: str
    signs: Literal["program", "district"]
    setting: Setting
    definition: Definition | None
    decision: Decision
    assessors: str
    places: Places
    credits: float | None = None

    def done_at(self, today: date) -> datetime:
        """When the work was done: a day, at noon, so that it is the same day everywhere in a country."""
        return datetime.combine(self.submission.on or today, NOON, UTC)


def evidence(recognized: Recognized, today: date) -> EvidenceItem:
    """The submission as a piece of evidence: what was done, and what assessors saw in it, criterion by criterion."""
    submission, definition = recognized.submission, recognized.definition
    whole = [*(definition.competencies if definition else ()), *submission.competencies]
    link = next((piece.value for piece in submission.evidence if piece.medium == "link"), None)
    criteria = [_criterion(reached, recognized.places) for reached in recognized.decision.reached]
    item: dict[str, Any] = {
        "id": str(recognized.id),
        "learner": _learner(recognized),
        "name": submission.title,
        "narrative": submission.done,
        "description": _about(submission),
        "url": link,
        "occurredAt": recognized.done_at(today).isoformat(),
        "setting": recognized.setting,
        "place": submission.place,
        "issuer": {"name": recognized.program},
        "assessor": recognized.assessors[:255],
        "result": {"passed": True, "level": _overall(recognized.decision), "method": "summative", "criteria": criteria},
        "alignments": [_alignment(recognized.places[aim]) for aim in dict.fromkeys(whole) if aim in recognized.places],
    }
    return EvidenceItem.model_validate(_filled(item))


def award(recognized: Recognized, name: str, version: str, secret: Sequence[UUID], today: date) -> Item:
    """The award of a badge for it; `name` is the achievement's address, `secret` the competencies told to nobody."""
    definition = recognized.definition
    assert definition is not None
    public = {id_: place for id_, place in recognized.places.items() if id_ not in secret}
    achievement = achievement_of(
        name, definition, public, version, program=recognized.program, credits=recognized.credits
    )
    described = {description.name: description for description in achievement.results}
    results = tuple(
        model.Result(
            described[reached.criterion.name].id,
            level=_level_id(described[reached.criterion.name], reached.level),
            status="Completed" if reached.met else None,
        )
        for reached in recognized.decision.reached
    )
    return Item(
        path="",
        origin=f"program/{recognized.id}",
        achievement=achievement,
        date=recognized.done_at(today),
        narrative=_assessed(recognized),
        results=results,
        evidence=(
            model.Evidence(
                name=recognized.submission.title, narrative=recognized.submission.done, genre=recognized.setting
            ),
        ),
    )


def picture_of(definition: Definition, program: str) -> str:
    """The picture of a badge as a data URI: its own or, without one, drawn from its name, color and icon."""
    return definition.image or badge_uri(definition.name, program, definition.color, definition.icon)


def achievement_of(
    name: str, definition: Definition, places: Places, version: str, program: str, credits: float | None = None
) -> model.Achievement:
    """What can be achieved, as badges say it: each criterion of the rubric describes a result, with its levels."""
    results = []
    for index, criterion in enumerate(definition.rubric, 1):
        levels = tuple(
            model.Level(
                f"{name}#{index}-{rank}",
                level.name,
                level.name,
                points=None if level.points is None else f"{level.points:g}",
                description=level.description,
            )
            for rank, level in enumerate(criterion.levels, 1)
        )
        results.append(
            model.ResultDescription(
                id=f"{name}#{index}",
                name=criterion.name,
                type="RubricCriterionLevel",
                required_level=levels[criterion.rank(criterion.wanted)].id,
                levels=levels,
                alignments=_aims(criterion.competencies, places),
            )
        )
    return model.Achievement(
        id=name,
        name=definition.name,
        description=definition.description,
        criteria=definition.criteria,
        type=definition.kind,
        image=picture_of(definition, program),
        credits=credits,
        alignments=_aims(definition.shown, places),
        results=tuple(results),
        tags=definition.tags,
        version=version,
    )


def _about(submission: Submission) -> str:
    """What is said of the work beside what was done: which stage of a project it is, and the learner's own words."""
    stage = f"Stage of the project: {submission.stage}." if submission.stage else ""
    return "\n".join(filter(None, (stage, submission.reflection and f"Reflection: {submission.reflection}")))


def _learner(recognized: Recognized) -> dict[str, Any]:
    """Who the program says it is. Without a number it is a person of its own, whom only a decision ties to another."""
    learner = recognized.submission.learner
    numbers = [{"type": number.type, "value": number.value} for number in learner.numbers]
    return {
        "identifiers": numbers or [{"type": "program", "value": f"submission {recognized.id}"}],
        "name": {"full": learner.name} if learner.name else None,
        "birthDate": learner.birth_date.isoformat() if learner.birth_date else None,
        "grade": learner.grade,
    }


def _criterion(reached: Reached, places: Places) -> dict[str, Any]:
    aims = [_alignment(places[aim]) for aim in reached.criterion.competencies if aim in places]
    return {"name": reached.criterion.name, "level": reached.level, "met": reached.met, "alignments": aims}


def _overall(decision: Decision) -> str | None:
    """The level of the whole where every criterion reached the same; nothing is averaged."""
    levels = {reached.level for reached in decision.reached}
    return levels.pop() if len(levels) == 1 else None


def _alignment(place: AddressedRow) -> dict[str, str | None]:
    return {
        "code": place.code,
        "url": place.uri,
        "name": plain(place.statement)[:255],
        "framework": place.framework[:255],
        "type": "CFItem",
    }


def _aims(competencies: Sequence[UUID], places: Places) -> tuple[model.Alignment, ...]:
    return tuple(
        model.Alignment(plain(place.statement), place.uri, place.code, place.framework, type="CFItem")
        for competency in competencies
        if (place := places.get(competency))
    )


def _level_id(description: model.ResultDescription, level: str) -> str:
    return next(candidate.id for candidate in description.levels if candidate.name == level)


def _assessed(recognized: Recognized) -> str:
    by = f"Assessed by {recognized.assessors}." if recognized.assessors else "Assessed by the district."
    return by if recognized.signs == "program" else f"Recognized by {recognized.program} for the district. {by}"


def _filled(value: Any) -> Any:
    """A document without its empty parts."""
    if isinstance(value, dict):
        return {name: inner for name, part in value.items() if (inner := _filled(part)) not in (None, "", [], {})}
    return [_filled(item) for item in value] if isinstance(value, list) else value
