"""Competencies a learner has mastered, as what can be issued of them: the level, and the evidence that decided it.

The achievement is the same for all who are judged by the same policy; the level and what it rests on is the learner's.
Where a level changes, what was issued before still says what was so then. Of sensitive competencies nothing is said,
nor of what rests on others' credentials alone: these say it themselves.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID

from app.credentials.model import Achievement, Alignment, Evidence, Result, ResultDescription
from app.db import Tx
from app.db.mastery import citations, mastery
from app.db.mastery.citations import AddressedRow
from app.issuing.awards import Item, achievement_of
from app.mastery import judging
from app.mastery.standing import Evidenced
from app.mastery.standings import ties
from app.mastery.summaries import pieces
from app.plans.reached import Cited, Reached, reached


async def competencies(tx: Tx, home: str, learner: UUID) -> list[Item]:
    """What a learner has mastered, framework by framework; `home` is where achievements are published."""
    now = datetime.now(UTC)
    await judging.judge_overdue(tx, now, [learner])
    shown_of = [row.competency_id for row in await mastery.of_learners(tx, [learner], None)]
    if not shown_of:
        return []
    wholes = (await ties(tx, shown_of, "general")).below  # they may stand by their parts alone
    standings = (await reached(tx, [learner], sorted({*shown_of, *wholes}), now))[learner]
    mastered = [each for each in standings.values() if each.met and not each.sensitive and not each.retired]
    decided = await pieces(tx, (cited.assertion for each in mastered for cited in each.cited if cited.assertion))
    mastered = [each for each in mastered if any(_of_ours(cited, decided) for cited in each.cited)]
    places = {row.id: row for row in await citations.addressed(tx, [each.competency for each in mastered])}
    placed = [(each, places[each.competency]) for each in mastered if each.competency in places]
    placed.sort(key=lambda pair: (pair[1].framework, pair[1].code or "", pair[0].statement))
    return [_item(each, place, home) for each, place in placed]


def _of_ours(cited: Cited, decided: Mapping[int, Evidenced]) -> bool:
    """Whether something that decided came by itself, and not in a credential of another's."""
    piece = decided.get(cited.assertion) if cited.assertion else None
    return piece is not None and piece.verification is None


def _item(standing: Reached, place: AddressedRow, home: str) -> Item:
    achievement = achievement_of(_achievement(standing, place), home)
    (scale,) = achievement.results
    origin = f"competency/{standing.competency}/{standing.policy}/{standing.level}"
    by = standing.cited[0].source if standing.overridden and standing.cited else None
    return Item(
        f"/competencies/{standing.competency}",
        f"{origin}/set by a teacher" if by else origin,
        achievement,
        standing.at,
        f"The level was set by a teacher of record: {by}." if by else None,
        results=(Result(scale.id, value=standing.level, status="Completed"),),
        evidence=tuple(_evidence(standing.cited)),
    )


def _achievement(standing: Reached, place: AddressedRow) -> Achievement:
    aligned = Alignment(standing.statement, place.uri, place.code, place.framework, type="CFItem")
    return Achievement(
        id="",
        name=standing.statement,
        type="Competency",
        description=f"{place.code}: {standing.statement}" if place.code else standing.statement,
        criteria=f"Judged by the policy {standing.policy} of all that was shown, whatever time was spent on it.",
        alignments=(aligned,),
        results=(ResultDescription("", "Level", "PerformanceLevel", allowed=standing.levels, alignments=(aligned,)),),
        human_code=place.code,
    )


def _evidence(cited: tuple[Cited, ...]) -> Iterator[Evidence]:
    for piece in cited:
        day = f", {piece.at:%Y-%m-%d}" if piece.at else ""
        yield Evidence(name=piece.title, narrative=f"{piece.source}{day}", genre="Assessment")
