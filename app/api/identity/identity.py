"""Identity: near matches that wait for a person, and what people decide."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from msgspec import Meta

from app.api.identity.wire_identity import (
    Decision,
    DecisionList,
    DecisionNew,
    Duplicate,
    DuplicateList,
    LinksAllowed,
    MatchingChange,
    MatchingList,
    MatchingSource,
    MatchingWeights,
    NearMatch,
    NearMatchList,
    Person,
    PersonKnown,
)
from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import IdentityManager
from app.api.kit.problem import problems
from app.identity import cases, decisions, duplicates, linking, scored
from app.identity.decisions import DecisionRow, Learners, refs_of
from app.request import Inside

router = APIRouter(prefix="/v1/identity", tags=["Identity"], route_class=SoundRoute)

SourceId = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


@router.get("/near-matches", responses=problems(400))
async def list_near_matches(
    caller: IdentityManager,
    inside: Inside,
    after: Annotated[str | None, Query(max_length=100, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
) -> NearMatchList:
    """Pairs of persons that may be one learner. None of them was linked: somebody who knows them has to decide."""
    begin = cursor.decode(after, tuple[Number])[0] if after else 0
    async with inside.db.transaction(caller.tenant) as tx:
        rows, learners = await decisions.near_matches(tx, after=begin, limit=limit)
    matches = [_near_match(row, learners) for row in rows]
    return NearMatchList(matches=matches, next=cursor.encode(rows[-1].id) if len(rows) == limit else None)


@router.get("/decisions", responses=problems())
async def list_decisions(
    learner: Annotated[UUID, Query(description="the learner whose persons it is about")],
    caller: IdentityManager,
    inside: Inside,
) -> DecisionList:
    """Why a learner's persons are one learner, and with whom they are not to be confused."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await decisions.about(tx, learner)
    return DecisionList(decisions=[_decision(row) for row in rows])


@router.post("/decisions", status_code=204, responses=problems(400))
async def decide_identity(decision: DecisionNew, caller: IdentityManager, inside: Inside) -> None:
    """Link two persons, keep them apart, or take a decision back. The records follow a moment later.

    Where the district wants a second person for a source, nothing holds before another one has decided the same.
    """
    left, right = (decision.left.source, decision.left.person), (decision.right.source, decision.right.person)
    by = f"client {caller.client}"
    async with inside.db.transaction(caller.tenant) as tx:
        await cases.decide_between(
            tx, left, right, decision.judgement, by=by, reason=decision.reason, now=datetime.now(UTC)
        )


@router.get("/duplicates", responses=problems(404))
async def list_duplicates(
    source: Annotated[int, Query(ge=1, le=2**31 - 1, description="the source to look at")],
    caller: IdentityManager,
    inside: Inside,
) -> DuplicateList:
    """Persons that one source may hold twice, and numbers that two of its persons have: for who keeps the source."""
    async with inside.db.transaction(caller.tenant) as tx:
        report = await duplicates.report(tx, source)
    return DuplicateList(
        duplicates=[
            Duplicate(
                left=Person(source=pair.left[0], person=pair.left[1]),
                right=Person(source=pair.right[0], person=pair.right[1]),
                kind=pair.kind,
                reason=pair.reason,
            )
            for pair in report.duplicates
        ],
        whole=report.whole,
        by_names=report.by_names,
    )


@router.get("/matching", responses=problems())
async def list_matching(caller: IdentityManager, inside: Inside) -> MatchingList:
    """Which sources' persons are scored, and what would come of it, or has."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows, weights = await scored.listed(tx), await scored.weights(tx)
    return MatchingList(
        weights=_weights(weights),
        sources=[
            MatchingSource(
                source=row.source,
                slug=row.slug,
                mode=row.mode,
                linked=row.outcome.linked,
                ready=row.outcome.sure,
                asked=row.outcome.asked,
                at_once=row.at_once,
                held_since=row.held_since,
                why_held=row.why_held,
                second_person=row.second_person,
            )
            for row in rows
        ],
    )


@router.put("/matching/{source}", status_code=204, responses=problems(400, 404, 409))
async def set_matching(source: SourceId, change: MatchingChange, caller: IdentityManager, inside: Inside) -> None:
    """Have a source's persons scored from now on, or no longer. What comes of it is there a moment later."""
    async with inside.db.transaction(caller.tenant) as tx:
        await scored.set_mode(
            tx,
            source,
            change.mode,
            by=f"client {caller.client}",
            at_once=change.at_once,
            second_person=change.second_person,
        )


@router.post("/matching/{source}/links", status_code=204, responses=problems(400, 404, 409))
async def let_links_through(source: SourceId, allowed: LinksAllowed, caller: IdentityManager, inside: Inside) -> None:
    """Make the links of a source that were too many at once. The records follow a moment later."""
    async with inside.db.transaction(caller.tenant) as tx:
        await linking.let_through(tx, source, allowed.links, by=f"client {caller.client}")


def _weights(weights: scored.Weights) -> MatchingWeights:
    compared = weights.compared
    return MatchingWeights(
        version=weights.version,
        learned_at=weights.learned_at,
        reason=compared and compared.reason,
        pairs=compared.pairs if compared else 0,
        expected=compared.expected if compared else 0,
        shipped_loss=compared.shipped_loss if compared else 0.0,
        learned_loss=compared.learned_loss if compared else 0.0,
    )


def _near_match(row: DecisionRow, learners: Learners) -> NearMatch:
    left, right = (PersonKnown(source=ref[0], person=ref[1], learner=learners.get(ref)) for ref in refs_of(row))
    return NearMatch(id=row.id, left=left, right=right, reason=row.reason, since=row.since)


def _decision(row: DecisionRow) -> Decision:
    left, right = (Person(source=ref[0], person=ref[1]) for ref in refs_of(row))
    return Decision(
        id=row.id,
        left=left,
        right=right,
        judgement=row.judgement,
        rule=row.rule,
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
