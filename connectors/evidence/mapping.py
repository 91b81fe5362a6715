"""One pushed piece of evidence becomes the learner, the evidence, and the result and achievement it came with."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time

from connectors.evidence.model import AchievementItem, AlignmentItem, CriterionItem, EvidenceItem, Issuer
from connectors.fields import Fields
from connectors.kit.strays import naming_strays
from connectors.pushed import read
from schemas import Achievement, Alignment, AnyRecord, Credential, Evidence, Gone, ObjectiveResult, Profile, Result

TOLD = "told by the submitter; no signed credential came with it"
NOON = time(12)


@naming_strays(EvidenceItem)
def evidence(f: Fields) -> Iterator[AnyRecord]:
    """Say one `EvidenceItem` in canonical records. MappingError names every field that will not do.

    What is taken back by its id alone keeps what it said before, marked as withdrawn.
    """
    item = read(f, EvidenceItem)
    if item.learner is None or not item.shows_something:
        yield Gone(key=item.id, modified=item.updated_at)
        return
    person = item.learner.person(item.id)
    achievement = _achievement(item, item.achievement) if item.achievement else None
    yield _evidence(item, person.key, item.id if achievement else None)
    yield person
    if item.result:
        yield _result(item, person.key)
    if achievement:
        yield achievement
        yield _credential(item, person.key, achievement)


def _evidence(item: EvidenceItem, person: str, credential: str | None) -> Evidence:
    return Evidence(
        key=item.id,
        person=person,
        name=item.name,
        description=item.description,
        narrative=item.narrative,
        url=item.url,
        genre=item.genre,
        audience=item.audience,
        occurred_at=_moment(item),
        begins=_day(item),
        expires_at=item.expires_at,
        place=item.place,
        setting=item.setting,
        issuer=_profile(item.issuer),
        credential=credential,
        alignments=_alignments(item),
        modified=item.updated_at,
        withdrawn=item.withdrawn,
        extensions={} if item.result else _of_results(item),
    )


def _of_results(item: EvidenceItem) -> dict[str, str]:
    """What a result would say, and the evidence keeps where there is none: who judged it, and the subject."""
    return {name: value for name in ("assessor", "subject") if (value := getattr(item, name)) is not None}


def _result(item: EvidenceItem, person: str) -> Result:
    result = item.result
    assert result is not None
    return Result(
        key=item.id,
        person=person,
        title=item.name,
        subject=item.subject,
        score=result.score,
        minimum=result.min,
        maximum=result.max,
        unit=result.unit,
        level=result.level,
        passed=result.passed,
        status=result.status,
        narrative=result.narrative,
        method=result.method,
        confidence=result.confidence,
        assessor=item.assessor,
        issuer=_profile(item.issuer),
        scored_at=_moment(item),
        scored_on=_day(item),
        expires_at=item.expires_at,
        setting=item.setting,
        objectives=tuple(_objectives(item, result.criteria)) if result.criteria else (),
        alignments=_alignments(item),
        modified=item.updated_at,
        withdrawn=item.withdrawn,
    )


def _objectives(item: EvidenceItem, criteria: Iterable[CriterionItem]) -> Iterator[ObjectiveResult]:
    """What was reached against each competency: by its criterion, or by the whole where no criterion shows it."""
    passed = item.result.passed if item.result else None
    of_criteria = [(criterion, _alignment(alignment)) for criterion in criteria for alignment in criterion.alignments]
    for criterion, alignment in of_criteria:
        yield ObjectiveResult(objective=alignment, text_score=criterion.level, mastered=criterion.met)
    for alignment in map(_alignment, item.alignments):
        if passed is not None and alignment not in [other for _, other in of_criteria]:
            yield ObjectiveResult(objective=alignment, mastered=passed)


def _achievement(item: EvidenceItem, award: AchievementItem) -> Achievement:
    return Achievement(
        key=award.id or f"name:{award.name}",
        uri=award.id if award.id and award.id.startswith(("http://", "https://", "urn:")) else None,
        name=award.name,
        description=award.description,
        criteria=award.criteria,
        criteria_url=award.criteria_url,
        achievement_type=award.achievement_type,
        image=award.image,
        issuer=_profile(item.issuer),
        alignments=_alignments(item),
    )


def _credential(item: EvidenceItem, person: str, achievement: Achievement) -> Credential:
    return Credential(
        key=item.id,
        person=person,
        achievement=achievement.key,
        name=achievement.name,
        issuer=achievement.issuer,
        issued_at=_issued(item),
        expires_at=item.expires_at,
        verification="unverified",
        verification_note=TOLD,
        setting=item.setting,
        modified=item.updated_at,
        withdrawn=item.withdrawn,
    )


def _moment(item: EvidenceItem) -> datetime | None:
    return item.occurred_at if isinstance(item.occurred_at, datetime) else None


def _day(item: EvidenceItem) -> date | None:
    """The day it happened, where the hour is not told."""
    return None if isinstance(item.occurred_at, datetime) else item.occurred_at


def _issued(item: EvidenceItem) -> datetime | None:
    """The moment; of a day its noon, for a credential has a moment, and so it is the same day all over a country."""
    day = _day(item)
    return datetime.combine(day, NOON, UTC) if day else _moment(item)


def _alignments(item: EvidenceItem) -> tuple[Alignment, ...]:
    return tuple(map(_alignment, item.alignments))


def _alignment(item: AlignmentItem) -> Alignment:
    return Alignment(code=item.code, framework=item.framework, url=item.url, name=item.name, type=item.type)


def _profile(issuer: Issuer | None) -> Profile | None:
    return Profile(id=issuer.id, name=issuer.name, url=issuer.url) if issuer else None
