"""From a learner's record to what can be awarded of it, purely: each result and each piece of evidence by itself.

An achievement is told by its content alone, so that all who reached the same have the same one. Only what staff have
put into words for many learners is shown to everybody: the title of a work may name who made it. `origin` names
the statement an award comes from, and outlives any rebuilding of the record.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from app.credentials.grouping import PROJECT, Group, group_of
from app.credentials.model import (
    Achievement,
    Alignment,
    Award,
    Evidence,
    Result,
    ResultDescription,
    ResultStatus,
    ResultType,
    Subject,
)
from app.issuing.kinds import EXAMINING, is_examination, is_project
from app.records.document import Entry, EvidenceEntry, ResultEntry, WholeRecord
from app.records.parts import EntryAlignment, EntryClass

Json = dict[str, Any]
TARGETS = {"CFItem", "CFRubric", "CFRubricCriterion", "CFRubricCriterionLevel", "CTDL", "ceasn:Competency"}
"""Kinds of alignment targets that the standard lists, of those that sources name."""
NOT_REACHED = {"not submitted", "not tested", "exempt"}
UNITS: dict[str, ResultType] = {"percent": "Percent", "%": "Percent", "points": "RawScore", "point": "RawScore"}

STATUS: dict[bool | None, ResultStatus | None] = {True: "Completed", False: "Failed"}
"""What a source says of passing, as the standard words it; nothing where it says nothing."""
MASTERED: dict[bool, ResultStatus] = {True: "Completed", False: "InProgress"}


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a record that can be awarded: where it is (`path`), what it comes from, when it was reached."""

    path: str
    origin: str
    achievement: Achievement
    date: datetime | None
    narrative: str | None = None
    results: tuple[Result, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    credits: float | None = None
    term: str | None = None
    endorsements: tuple[Json, ...] = ()

    @property
    def group(self) -> Group:
        """Where in a learner record it is read."""
        return group_of(self.achievement.type, self.achievement.tags, credit=self.credits is not None)

    def award(self, id: str, subject: Subject, now: datetime, until: datetime | None, status: Iterable[Json]) -> Award:
        """The award that is issued of this item."""
        return Award(
            id=id,
            achievement=self.achievement,
            subject=subject,
            valid_from=now,
            valid_until=until,
            awarded=self.date,
            narrative=self.narrative,
            results=self.results,
            evidence=self.evidence,
            credits=self.credits,
            term=self.term,
            endorsements=self.endorsements,
            status=tuple(status),
        )


def items(record: WholeRecord) -> list[Item]:
    """What can be awarded of a record: not what came in others' credentials, which say it themselves."""
    awardables = [
        *(_result(entry) for entry in record.results if reached(entry)),
        *(_evidence(entry) for entry in record.evidence if _is_award(entry)),
    ]
    return list({item.origin: item for item in awardables}.values())


def by_path(record: WholeRecord, awardables: Iterable[Item]) -> dict[str, Item]:
    """Items by their path: an entry by its id, or by its place in its section, the newest being the first (0)."""
    known = {item.path: item for item in awardables}
    sections: dict[str, Sequence[ResultEntry | EvidenceEntry]] = {
        "results": record.results,
        "evidence": record.evidence,
    }
    for section, listed in sections.items():
        for place, entry in enumerate(listed):
            if item := known.get(f"/{section}/{entry.id}"):
                known[f"/{section}/{place}"] = item
    return known


def achievement_of(achievement: Achievement, home: str | None = None) -> Achievement:
    """The achievement with the id its content gives it, and its results named by that.

    With `home`, where the issuer publishes achievements, the id is the address at which it will be found.
    """
    content = msgspec.json.encode(replace(achievement, id=""), order="deterministic")
    own = uuid5(NAMESPACE_URL, f"{home} {hashlib.sha256(content).hexdigest()}")
    name = f"{home}/achievements/{own}" if home else own.urn
    results = tuple(replace(result, id=f"{name}#{n}") for n, result in enumerate(achievement.results, 1))
    return replace(achievement, id=name, results=results)


def reached(entry: ResultEntry) -> bool:
    """Whether a result tells of something that was reached here, and not in another's credential."""
    is_told = any(
        value is not None for value in (entry.score, entry.text_score, entry.level, entry.passed, entry.narrative)
    )
    complete = entry.status not in NOT_REACHED and not entry.missing
    return is_told and complete and bool(entry.title) and entry.verification is None


def _is_award(entry: EvidenceEntry) -> bool:
    return bool(entry.name or entry.description or entry.narrative) and entry.verification is None


def _result(entry: ResultEntry) -> Item:
    title, taught = entry.title or "", entry.class_ or EntryClass()
    place = ", ".join(part for part in (taught.course or taught.title, taught.school) if part)
    name = _named(title, taught)
    described = [*_scores(entry, name), *_objectives(entry)]
    achievement = achievement_of(
        Achievement(
            id="",
            name=name,
            type="Assessment" if entry.method in EXAMINING or is_examination(entry) else "Assignment",
            description=f"{name} ({taught.school})" if taught.school else name,
            criteria=f"The result that was recorded for {title}{f' in {place}' if place else ''}.",
            alignments=tuple(_alignments(entry.alignments)),
            results=tuple(description for description, _ in described),
            tags=(PROJECT,) if is_project(entry) else (),
            field_of_study=entry.subject,
        )
    )
    results = tuple(
        replace(result, description=description.id)
        for description, (_, result) in zip(achievement.results, described, strict=True)
    )
    return Item(
        f"/results/{entry.id}",
        origin_of(entry),
        achievement,
        date=moment(entry.date),
        narrative=entry.narrative,
        results=results,
    )


def _evidence(entry: EvidenceEntry) -> Item:
    name = entry.name or (entry.description or entry.narrative or "")[:80]
    by = entry.issuer.name if entry.issuer else None
    achievement = achievement_of(
        Achievement(
            id="",
            name=name,
            type="CoCurricular" if entry.setting in ("after-school", "summer") else "Achievement",
            description=entry.description or name,
            criteria=f"Work that {by or 'a program'} has recorded as evidence.",
            alignments=tuple(_alignments(entry.alignments)),
            tags=(PROJECT,),
        )
    )
    evidence = Evidence(
        id=entry.url,
        name=name,
        description=entry.description,
        narrative=entry.narrative,
        genre=entry.genre,
        audience=entry.audience,
    )
    return Item(f"/evidence/{entry.id}", origin_of(entry), achievement, moment(entry.date), evidence=(evidence,))


def _named(title: str, taught: EntryClass) -> str:
    """What a work is called where it stands among others: "Project" says nothing without the course.

    "Mathematics exam, grade 07" says all that "Mathematics, grade 07" would.
    """
    course = taught.course or taught.title
    return title if course is None or _words(course) <= _words(title) else f"{title}, {course}"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _scores(entry: ResultEntry, title: str) -> Iterator[tuple[ResultDescription, Result]]:
    """The result as scores, words, a level: as the source told it and on its own scale."""
    status, text = STATUS.get(entry.passed), entry.text_score
    if entry.score is not None:
        kind = UNITS.get((entry.unit or "points").lower(), "ScaledScore")
        name = f"{title}, in {entry.unit}" if entry.unit else title
        least, most = number(entry.minimum), number(entry.maximum)
        yield (
            ResultDescription("", name, kind, value_min=least, value_max=most),
            Result(value=number(entry.score), status=status),
        )
    if text is not None:
        yield (
            ResultDescription("", title, "LetterGrade" if len(text) <= 2 else "Result"),
            Result(value=text, status=status),
        )
    if entry.level is not None:
        yield ResultDescription("", f"{title}, level", "PerformanceLevel"), Result(value=entry.level)
    if status is not None and entry.score is None and text is None:
        yield ResultDescription("", title, "Status"), Result(status=status)


def _objectives(entry: ResultEntry) -> Iterator[tuple[ResultDescription, Result]]:
    """What was reached against each competency, aligned to it."""
    for objective in entry.objectives:
        goal, mastered = objective.objective, objective.mastered
        name = goal.name or goal.code or goal.url
        value = number(objective.score) or objective.text_score
        if name is None or (value is None and mastered is None):
            continue
        aligned = tuple(_alignments([goal]))
        kind: ResultType = "RubricScore" if value is not None else "Status"
        status = None if mastered is None else MASTERED[mastered]
        yield (
            ResultDescription("", name, kind, alignments=aligned),
            Result(value=value, status=status, alignments=aligned),
        )


def _alignments(entries: Iterable[EntryAlignment]) -> Iterator[Alignment]:
    """Alignments that lead somewhere: the standard wants an address."""
    for entry in entries:
        if entry.url:
            name = entry.name or entry.code or entry.url
            kind = entry.type if entry.type in TARGETS else None
            yield Alignment(name, entry.url, entry.code, entry.framework, type=kind)


def origin_of(entry: Entry) -> str:
    """The statement an entry is made of, whatever becomes of the record."""
    statement = entry.from_[0]
    return f"{statement.source}/{statement.stream}/{statement.kind}/{statement.source_id}"


def number(value: float | None) -> str | None:
    """A number as credentials write it."""
    return None if value is None else f"{value:g}"


def moment(text: str | None) -> datetime | None:
    """A day or a moment as entries write it."""
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
