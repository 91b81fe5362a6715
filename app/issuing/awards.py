"""From a learner's record to what can be awarded of it, purely: each result and each piece of evidence by itself.

An achievement is told by its content alone, so that all who reached the same have the same one. Only what staff have
put into words for many learners is shown to everybody: the title of a work may name who made it. `origin` names
the statement an award comes from, and outlives any rebuilding of the record.
"""

import hashlib
from collections.abc import Iterable, Iterator
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

Json = dict[str, Any]
TARGETS = {"CFItem", "CFRubric", "CFRubricCriterion", "CFRubricCriterionLevel", "CTDL", "ceasn:Competency"}
"""Kinds of alignment targets that the standard lists, of those that sources name."""
NOT_REACHED = {"not submitted", "exempt"}
UNITS: dict[str, ResultType] = {"percent": "Percent", "%": "Percent", "points": "RawScore", "point": "RawScore"}

STATUS: dict[bool | None, ResultStatus | None] = {True: "Completed", False: "Failed"}
"""What a source says of passing, as the standard words it; nothing where it says nothing."""


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

    @property
    def group(self) -> Group:
        """Where in a learner record it is read."""
        return group_of(self.achievement.type, self.achievement.tags, credit=self.credits is not None)

    def award(self, id: str, subject: Subject, now: datetime, until: datetime | None, status: Iterable[Json]) -> Award:
        """What is issued of it."""
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
            status=tuple(status),
        )


def items(record: Json) -> list[Item]:
    """What can be awarded of a record: not what came in others' credentials, which say it themselves."""
    awardables = [
        *(_result(entry) for entry in record["results"] if reached(entry)),
        *(_evidence(entry) for entry in record["evidence"] if _told(entry)),
    ]
    return list({item.origin: item for item in awardables}.values())


def by_path(record: Json, awardables: Iterable[Item]) -> dict[str, Item]:
    """Items by their path: an entry by its id, or by its place in its section, the newest being the first (0)."""
    known = {item.path: item for item in awardables}
    for section in ("results", "evidence"):
        for place, entry in enumerate(record[section]):
            if item := known.get(f"/{section}/{entry['id']}"):
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


def reached(entry: Json) -> bool:
    """Whether a result tells of something that was reached here, and not in another's credential."""
    is_told = any(entry.get(field) is not None for field in ("score", "textScore", "level", "passed", "narrative"))
    done = entry.get("status") not in NOT_REACHED and not entry.get("missing")
    return is_told and done and bool(entry.get("title")) and "verification" not in entry


def _told(entry: Json) -> bool:
    text = entry.get("name") or entry.get("description") or entry.get("narrative")
    return bool(text) and "verification" not in entry


def _result(entry: Json) -> Item:
    title, taught = entry["title"], entry.get("class", {})
    place = ", ".join(str(taught[name]) for name in ("course", "title", "school") if taught.get(name))
    described = [*_scores(entry, title), *_objectives(entry)]
    achievement = achievement_of(
        Achievement(
            id="",
            name=title,
            type="Assessment" if entry.get("method") in EXAMINING or is_examination(entry) else "Assignment",
            description=f"{title} ({place})" if place else title,
            criteria=f"The result that was recorded for {title}{f' in {place}' if place else ''}.",
            alignments=tuple(_alignments(entry.get("alignments", ()))),
            results=tuple(description for description, _ in described),
            tags=(PROJECT,) if is_project(entry) else (),
            field_of_study=entry.get("subject"),
        )
    )
    results = tuple(
        replace(result, description=description.id)
        for description, (_, result) in zip(achievement.results, described, strict=True)
    )
    return Item(
        f"/results/{entry['id']}",
        origin_of(entry),
        achievement,
        moment(entry.get("date")),
        entry.get("narrative"),
        results,
    )


def _evidence(entry: Json) -> Item:
    name = entry.get("name") or (entry.get("description") or entry["narrative"])[:80]
    by = entry.get("issuer", {}).get("name")
    achievement = achievement_of(
        Achievement(
            id="",
            name=name,
            type="CoCurricular" if entry.get("setting") in ("after-school", "summer") else "Achievement",
            description=entry.get("description") or name,
            criteria=f"Work that {by or 'a program'} has recorded as evidence.",
            alignments=tuple(_alignments(entry.get("alignments", ()))),
            tags=(PROJECT,),
        )
    )
    evidence = Evidence(
        id=entry.get("url"),
        name=name,
        description=entry.get("description"),
        narrative=entry.get("narrative"),
        genre=entry.get("genre"),
        audience=entry.get("audience"),
    )
    return Item(
        f"/evidence/{entry['id']}", origin_of(entry), achievement, moment(entry.get("date")), evidence=(evidence,)
    )


def _scores(entry: Json, title: str) -> Iterator[tuple[ResultDescription, Result]]:
    """The result as scores, words, a level: as the source told it and on its own scale."""
    status = STATUS.get(entry.get("passed"))
    text = entry.get("textScore")
    if (score := entry.get("score")) is not None:
        kind = UNITS.get(str(entry.get("unit", "points")).lower(), "ScaledScore")
        name = f"{title}, in {entry['unit']}" if entry.get("unit") else title
        least, most = number(entry.get("minimum")), number(entry.get("maximum"))
        yield (
            ResultDescription("", name, kind, value_min=least, value_max=most),
            Result(value=number(score), status=status),
        )
    if text is not None:
        yield (
            ResultDescription("", title, "LetterGrade" if len(text) <= 2 else "Result"),
            Result(value=text, status=status),
        )
    if (level := entry.get("level")) is not None:
        yield ResultDescription("", f"{title}, level", "PerformanceLevel"), Result(value=level)
    if status is not None and score is None and text is None:
        yield ResultDescription("", title, "Status"), Result(status=status)


def _objectives(entry: Json) -> Iterator[tuple[ResultDescription, Result]]:
    """What was reached against each competency, aligned to it."""
    for objective in entry.get("objectives", ()):
        goal = objective["objective"]
        name = goal.get("name") or goal.get("code") or goal.get("url")
        value = number(objective.get("score")) or objective.get("textScore")
        mastered = objective.get("mastered")
        if name is None or (value is None and mastered is None):
            continue
        aligned = tuple(_alignments([goal]))
        kind: ResultType = "RubricScore" if value is not None else "Status"
        status: Any = {True: "Completed", False: "InProgress"}.get(mastered)
        yield (
            ResultDescription("", name, kind, alignments=aligned),
            Result(value=value, status=status, alignments=aligned),
        )


def _alignments(entries: Iterable[Json]) -> Iterator[Alignment]:
    """Alignments that lead somewhere: the standard wants an address."""
    for entry in entries:
        if entry.get("url"):
            kind = entry.get("type")
            name = entry.get("name") or entry.get("code") or entry["url"]
            yield Alignment(
                name, entry["url"], entry.get("code"), entry.get("framework"), type=kind if kind in TARGETS else None
            )


def origin_of(entry: Json) -> str:
    """The statement an entry is made of, whatever becomes of the record."""
    statement = entry["from"][0]
    return "/".join((statement["source"], statement["stream"], statement["kind"], statement["sourceId"]))


def number(value: Any) -> str | None:
    """A number as credentials write it."""
    return None if value is None else f"{value:g}"


def moment(text: str | None) -> datetime | None:
    """A day or a moment as entries write it."""
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
