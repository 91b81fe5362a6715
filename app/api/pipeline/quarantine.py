"""Quarantine: records that could not be mapped, with the reason and the raw, and how to try them again."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from msgspec import Meta

from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import QuarantineManager
from app.api.kit.problem import problems
from app.api.pipeline.wire_quarantine import Quarantined, QuarantinedRaw, QuarantineList, Replayed, ReplayRequest
from app.pipeline import quarantine
from app.pipeline.quarantine import QuarantineRow
from app.request import Inside

router = APIRouter(prefix="/v1/quarantine", tags=["Quarantine"], route_class=SoundRoute)

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


@router.get("", responses=problems(400))
async def list_quarantine(
    caller: QuarantineManager,
    inside: Inside,
    source: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="only this source's")] = None,
    after: Annotated[str | None, Query(max_length=100, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
) -> QuarantineList:
    """Records that wait for a mapping, a setting or the source to be mended, in the order they came."""
    begin = cursor.decode(after, tuple[Number])[0] if after else 0
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await quarantine.listed(tx, source=source, after=begin, limit=limit)
    following = cursor.encode(rows[-1].id) if len(rows) == limit else None
    return QuarantineList(records=[Quarantined(**_common(row)) for row in rows], next=following)


@router.post("/replay", responses=problems(400, 404, 409))
async def replay_quarantine(selection: ReplayRequest, caller: QuarantineManager, inside: Inside) -> Replayed:
    """Try rejected records again, after a mapping or a setting was mended. Those that map now leave the quarantine."""
    report = await quarantine.try_again(inside.db, inside.vault, caller.tenant, selection.source, selection.ids)
    counts = [outcome.counts for outcome in report.streams.values()]
    return Replayed(
        run=report.run,
        released=sum(count[word] for count in counts for word in ("new", "updated", "unchanged")),
        rejected=sum(count["rejected"] for count in counts),
        message=report.message,
    )


@router.get("/{record:int}", responses=problems(404))
async def read_quarantined(
    record: Annotated[int, Path(ge=1, lt=2**63, examples=[17])], caller: QuarantineManager, inside: Inside
) -> QuarantinedRaw:
    """One rejected record, with what the source sent."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await quarantine.by_id(tx, record)
    return QuarantinedRaw(**_common(row), columns=row.columns, raw=row.body.decode(errors="backslashreplace"))


@router.delete("/{record:int}", status_code=204, responses=problems(404))
async def dismiss_quarantined(
    record: Annotated[int, Path(ge=1, lt=2**63, examples=[17])], caller: QuarantineManager, inside: Inside
) -> None:
    """Take a record off the quarantine that will never do. What was sent is kept; sent again, it is back."""
    async with inside.db.transaction(caller.tenant) as tx:
        await quarantine.dismiss(tx, [record])


def _common(row: QuarantineRow) -> dict[str, object]:
    return {
        "id": row.id,
        "source": row.source_id,
        "stream": row.stream,
        "key": row.raw_key,
        "position": row.position,
        "reason": row.reason,
        "times": row.times,
        "first_at": row.first_at,
        "last_at": row.last_at,
    }
