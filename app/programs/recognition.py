"""What was accepted, said twice, purely: as evidence for the record, and as the achievement and award of a badge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal
from uuid import UUID

from app.credentials import model
from app.db.mastery.citations import AddressedRow
from app.frameworks.outline import plain
from app.issuing.awards import Item
from app.programs.judging import Decision, Reached
from app.programs.rubric import Definition
from app.programs.submission import Submission
from connectors.evidence.model import EvidenceItem

Places = Mapping[UUID, AddressedRow]
"""Competencies by their ids: where their frameworks say they are."""
NOON = time(12)


@dataclass(frozen=True, slots=True)
class Recognized:
    """A submission that assessors accepted, and all that is said of it: `places` are the competencies it may show."""

    id: UUID
    told: Submission
    program: str
    signs: Literal["program", "district"]
    definition: Definition | None
    decision: Decision
    assessors: str
    places: Places

    def at(self, today: date) -> datetime:
        """When it was done: a day, at noon, so that it is the same day everywhere in a country."""
        return datetime.combine(self.told.on or today, NOON, UTC)


def evidence(one: Recognized, today: date) -> EvidenceItem:
    """It as a piece of evidence: what was done, and what assessors saw in it, criterion by criterion."""
    told, definition = one.told, one.definition
    whole = [*(definition.competencies if definition else ()), *told.competencies]
    link = next((piece.value for piece in told.evidence if piece.medium == "link"), None)
    criteria = [_criterion(reached, one.places) for reached in one.decision.reached]
    item: dict[str, Any] = {
        "id": str(one.id),
        "learner": _learner(one),
        "name": told.title,
        "narrative": told.done,
        "description": told.reflection and f"Reflection: {told.reflection}",
        "url": link,
        "occurredAt": one.at(today).isoformat(),
        "setting": told.setting,
        "place": told.place,
        "issuer": {"name": one.program},
        "assessor": one.assessors[:255],
        "result": {"passed": True, "level": _overall(one.decision), "method": "summative", "criteria": criteria},
        "alignments": [_alignment(one.places[aim]) for aim in dict.fromkeys(whole) if aim in one.places],
    }
    return EvidenceItem.model_validate(_filled(item))


def award(one: Recognized, name: str, version: str, secret: Sequence[UUID], today: date) -> Item:
    """It as what a badge is awarded for; `name` is the achievement's address, `secret` what is told to nobody."""
    definition = one.definition
    assert definition is not None
    shown = {id_: place for id_, place in one.places.items() if id_ not in secret}
    achievement = achievement_of(name, definition, shown, version)
    described = {description.name: description for description in achievement.results}
    results = tuple(
        model.Result(
            described[reached.criterion.name].id,
            level=_level_id(described[reached.criterion.name], reached.level),
            status="Completed" if reached.met else None,
        )
        for reached in one.decision.reached
    )
    return Item(
        path="",
        origin=f"program/{one.id}",
        achievement=achievement,
        date=one.at(today),
        narrative=_assessed(one),
        results=results,
        evidence=(model.Evidence(name=one.told.title, narrative=one.told.done, genre=one.told.setting),),
    )


def achievement_of(name: str, definition: Definition, places: Places, version: str) -> model.Achievement:
    """What can be achieved, as badges say it: each criterion of the rubric describes a result, with its levels."""
    results = []
    for at, one in enumerate(definition.rubric, 1):
        levels = tuple(
            model.Level(
                f"{name}#{at}-{rank}",
                level.name,
                level.name,
                points=None if level.points is None else f"{level.points:g}",
                description=level.description,
            )
            for rank, level in enumerate(one.levels, 1)
        )
        results.append(
            model.ResultDescription(
                id=f"{name}#{at}",
                name=one.name,
                type="RubricCriterionLevel",
                required_level=levels[one.rank(one.wanted)].id,
                levels=levels,
                alignments=_aims(one.competencies, places),
            )
        )
    return model.Achievement(
        id=name,
        name=definition.name,
        description=definition.description,
        criteria=definition.criteria,
        type=definition.kind,
        alignments=_aims(definition.shown, places),
        results=tuple(results),
        tags=definition.tags,
        version=version,
    )


def _learner(one: Recognized) -> dict[str, Any]:
    """Who the program says it is. Without a number it is a person of its own, whom only a decision ties to another."""
    learner = one.told.learner
    numbers = [{"type": number.type, "value": number.value} for number in learner.numbers]
    return {
        "identifiers": numbers or [{"type": "program", "value": f"submission {one.id}"}],
        "name": {"full": learner.name} if learner.name else None,
        "birthDate": learner.birth_date.isoformat() if learner.birth_date else None,
        "grade": learner.grade,
    }


def _criterion(one: Reached, places: Places) -> dict[str, Any]:
    aims = [_alignment(places[aim]) for aim in one.criterion.competencies if aim in places]
    return {"name": one.criterion.name, "level": one.level, "met": one.met, "alignments": aims}


def _overall(decision: Decision) -> str | None:
    """The level of the whole where every criterion reached the same; nothing is averaged."""
    levels = {one.level for one in decision.reached}
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
        for one in competencies
        if (place := places.get(one))
    )


def _level_id(description: model.ResultDescription, level: str) -> str:
    return next(one.id for one in description.levels if one.name == level)


def _assessed(one: Recognized) -> str:
    by = f"Assessed by {one.assessors}." if one.assessors else "Assessed by the district."
    return by if one.signs == "program" else f"Recognized by {one.program} for the district. {by}"


def _filled(value: Any) -> Any:
    """A document without what says nothing."""
    if isinstance(value, dict):
        return {name: inner for name, told in value.items() if (inner := _filled(told)) not in (None, "", [], {})}
    return [_filled(one) for one in value] if isinstance(value, list) else value
