"""Cases: who somebody is, with whoever they may be, for a page of the district's own that people decide in."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from msgspec import Meta

from app.api.identity.wire_identity import (
    Case,
    CaseCandidate,
    CaseClaim,
    CaseDecision,
    CaseField,
    CaseList,
    CaseNote,
    CaseOutcome,
    Person,
)
from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import IdentityManager
from app.api.kit.problem import problems
from app.identity import cases
from app.identity.portraits import side_by_side
from app.request import Inside

router = APIRouter(prefix="/v1/identity/cases", tags=["Identity"], route_class=SoundRoute)

Pair = Annotated[int, Path(ge=1, le=2**63 - 1, description="the number of a pair of the case", examples=[7])]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


@router.get("", responses=problems(400))
async def list_cases(
    caller: IdentityManager,
    inside: Inside,
    source: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="only persons of this source")] = None,
    days: Annotated[int, Query(ge=0, le=3650, description="only those that have waited longer, in days")] = 0,
    aside: Annotated[bool, Query(description="those of which it cannot be told so far")] = False,
    after: Annotated[str | None, Query(max_length=100, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="how many at most")] = 20,
) -> CaseList:
    """Persons of whom it is asked who they are, each with up to three candidates side by side."""
    now, begin = datetime.now(UTC), cursor.decode(after, tuple[Number])[0] if after else 0
    before = now - timedelta(days=days) if days else None
    async with inside.db.transaction(caller.tenant) as tx:
        listed = await cases.listed(tx, after=begin, limit=limit, source=source, before=before, aside=aside)
        waits = await cases.waits(tx, now)
    return CaseList(
        cases=[_case(case) for case in listed],
        next=cursor.encode(listed[-1].row.id) if len(listed) == limit else None,
        waiting=waits.waiting,
        aside=waits.aside,
        median_hours=_hours(waits.median),
        decided_median_hours=_hours(waits.decided),
    )


@router.post("/{pair}/claim", responses=problems(404, 409))
async def claim_case(pair: Pair, caller: IdentityManager, inside: Inside) -> CaseClaim:
    """Take a case for 15 minutes, so that nobody else looks at it meanwhile."""
    async with inside.db.transaction(caller.tenant) as tx:
        until = await cases.claim(tx, pair, by=f"client {caller.client}", now=datetime.now(UTC))
    return CaseClaim(claimed_until=until)


@router.delete("/{pair}/claim", status_code=204, responses=problems(404, 409))
async def release_case(pair: Pair, caller: IdentityManager, inside: Inside) -> None:
    """Give a case back."""
    async with inside.db.transaction(caller.tenant) as tx:
        await cases.release(tx, pair, by=f"client {caller.client}", now=datetime.now(UTC))


@router.put("/{pair}/note", status_code=204, responses=problems(400, 404))
async def note_case(pair: Pair, body: CaseNote, caller: IdentityManager, inside: Inside) -> None:
    """Note something for whoever looks at a case next."""
    async with inside.db.transaction(caller.tenant) as tx:
        await cases.note(tx, pair, body.note, by=f"client {caller.client}", now=datetime.now(UTC))


@router.post("/{pair}/decision", responses=problems(400, 404, 409))
async def decide_case(pair: Pair, body: CaseDecision, caller: IdentityManager, inside: Inside) -> CaseOutcome:
    """Say of a pair that it is one learner, of its case that it is none of them, or that it cannot be told."""
    async with inside.db.transaction(caller.tenant) as tx:
        state = await cases.decide(
            tx, pair, body.judgement, by=f"client {caller.client}", reason=body.reason, now=datetime.now(UTC)
        )
    return CaseOutcome(state=state)


def _hours(wait: timedelta | None) -> float | None:
    return None if wait is None else round(wait.total_seconds() / 3600, 1)


def _case(case: cases.Case) -> Case:
    row = case.row
    return Case(
        id=row.id,
        person=Person(source=row.source_id, person=row.person),
        since=row.since,
        candidates=[
            CaseCandidate(pair=c.pair, person=Person(source=c.ref[0], person=c.ref[1]), reason=c.reason)
            for c in case.candidates
        ],
        fields=[
            CaseField(field=line.field, person=line.values[0], candidates=line.values[1:], differs=line.differs[1:])
            for line in side_by_side(case.portrait, *(c.portrait for c in case.candidates))
        ],
        claimed_by=row.claimed_by,
        claimed_until=row.claimed_until,
        note=row.note,
        second_person=row.second_person,
        proposed=row.proposed,
        proposed_pair=row.proposed_pair,
        proposed_by=row.proposed_by,
    )
