"""Sources: create, change, test and sync them; their history, and how they are doing in words."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.api.kit.body import SoundRoute
from app.api.kit.context import SourceManager, SourceReader
from app.api.kit.problem import problems
from app.api.sources import conversion
from app.api.sources.wire_sources import (
    AlarmList,
    AlarmPermission,
    ConnectorList,
    Removal,
    RemovalQueued,
    RunList,
    Source,
    SourceChange,
    SourceList,
    SourceNew,
    SyncQueued,
    SyncRequest,
    Tested,
)
from app.db import Tx
from app.errors import ApiError
from app.pipeline import allowing, retire, undo
from app.records import removal
from app.request import Inside
from app.sources import configure, demand, known

router = APIRouter(prefix="/v1", tags=["Sources"], route_class=SoundRoute)

RunId = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[41])]
SourceId = Annotated[int, Path(ge=1, le=2**31 - 1, examples=[3])]


@router.get("/connectors", responses=problems())
async def list_connectors(_: SourceReader) -> ConnectorList:
    """The standards and products a source can be made of, and what settings each wants."""
    return ConnectorList(connectors=conversion.connectors())


@router.get("/sources", responses=problems())
async def list_sources(caller: SourceReader, inside: Inside) -> SourceList:
    """All sources, and how each is doing."""
    async with inside.db.transaction(caller.tenant) as tx:
        sources = await known.with_conditions(tx)
    return SourceList(sources=[conversion.source(row, condition, inside.vault) for row, condition in sources])


@router.post("/sources", status_code=201, responses=problems(400, 409))
async def create_source(new: SourceNew, caller: SourceManager, inside: Inside, response: Response) -> Source:
    """Create a source. Its secrets are encrypted and never shown again; a schedule begins at once."""
    async with inside.db.transaction(caller.tenant) as tx:
        source_id = await configure.create(tx, conversion.new_source(new), inside.vault, inside.settings.limits)
        response.headers["Location"] = f"/v1/sources/{source_id}"
        return await _source(tx, inside, source_id)


@router.get("/sources/{source}", responses=problems(404))
async def read_source(source: SourceId, caller: SourceReader, inside: Inside) -> Source:
    """One source, and how it is doing."""
    async with inside.db.transaction(caller.tenant) as tx:
        return await _source(tx, inside, source)


@router.patch("/sources/{source}", responses=problems(400, 404))
async def change_source(source: SourceId, change: SourceChange, caller: SourceManager, inside: Inside) -> Source:
    """Change a source: its name, settings or schedule; pause it, or make it active again."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await known.by_id(tx, source)
        await configure.change(tx, row, conversion.changes(change), inside.vault, inside.settings.limits)
        return await _source(tx, inside, source)


@router.get("/sources/{source}/removal", responses=problems(404))
async def preview_removal(source: SourceId, caller: SourceReader, inside: Inside) -> Removal:
    """What a source holds, and what becomes of it if the source is removed."""
    async with inside.db.transaction(caller.tenant) as tx:
        await known.by_id(tx, source)
        holdings = await removal.holdings(tx, source)
    return Removal(**asdict(holdings), refused=removal.refusal(holdings), becomes=removal.consequences(holdings))


@router.delete("/sources/{source}", status_code=202, responses=problems(404, 409))
async def remove_source(
    source: SourceId,
    caller: SourceManager,
    inside: Inside,
    slug: Annotated[str, Query(max_length=63, description="the source's slug, so that none is removed by mistake")],
) -> RemovalQueued:
    """Remove a source for good, with all it said (`GET …/removal` tells what goes). Its clients are revoked at once.

    A program's source, and that of what learners let apps put into their records, is refused with 409: retire it.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        row = await known.by_id(tx, source)
        if row.slug != slug:
            detail = f"Source {source} is '{row.slug}', not '{slug}': nothing was removed."
            raise ApiError(409, "another-source", "This is another source", detail)
        await removal.begin(tx, row)
    return RemovalQueued(message=f"'{row.name}' will be removed in a moment")


@router.post("/sources/{source}/retire", status_code=202, responses=problems(404, 409))
async def retire_source(source: SourceId, caller: SourceManager, inside: Inside) -> SyncQueued:
    """Retire a source that is over: what it tells of now ends, and its past stays. Its clients are revoked."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await retire.ask(tx, source)
    return SyncQueued(message=f"'{row.name}' will be retired in a moment", runs=f"/v1/sources/{source}/runs")


@router.post("/sources/{source}/test", responses=problems(404))
async def test_source(source: SourceId, caller: SourceManager, inside: Inside) -> Tested:
    """Test the connection: does the source answer, and does it accept our credentials? Nothing is stored."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await known.by_id(tx, source)
    return await conversion.test_outcome(row, inside.vault, inside.settings.limits)


@router.post("/sources/{source}/sync", status_code=202, responses=problems(400, 404, 409))
async def sync_source(
    source: SourceId, caller: SourceManager, inside: Inside, options: SyncRequest | None = None
) -> SyncQueued:
    """Sync now. The answer comes at once: the run shows in the source's history as soon as it has begun."""
    how = options or SyncRequest()
    async with inside.db.transaction(caller.tenant) as tx:
        row = await demand.sync(tx, source, full=how.full, allow_shrink=how.allow_shrink)
    return SyncQueued(message=f"'{row.name}' will be synced in a moment", runs=f"/v1/sources/{source}/runs")


@router.get("/sources/{source}/runs", responses=problems(404))
async def list_runs(
    source: SourceId,
    caller: SourceReader,
    inside: Inside,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 50,
) -> RunList:
    """A source's history: what each run did, stream by stream, newest first."""
    async with inside.db.transaction(caller.tenant) as tx:
        return RunList(runs=[conversion.run(row) for row in await known.runs(tx, source, limit)])


@router.post("/sources/{source}/preview", status_code=202, responses=problems(404, 409))
async def preview_source(source: SourceId, caller: SourceManager, inside: Inside) -> SyncQueued:
    """Say what a full sync would change, by school, and change nothing: the history has it as a `preview`."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await demand.preview(tx, source)
    return SyncQueued(message=f"a preview of '{row.name}' will be made in a moment", runs=f"/v1/sources/{source}/runs")


@router.post("/sources/{source}/runs/{run}/undo", status_code=202, responses=problems(404, 409))
async def undo_run(source: SourceId, run: RunId, caller: SourceManager, inside: Inside) -> SyncQueued:
    """Undo a run: all is said again without it, and what came later stays. A source that is pulled is paused then."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await undo.ask(tx, source, run)
    return SyncQueued(message=f"run {run} of '{row.name}' will be undone", runs=f"/v1/sources/{source}/runs")


@router.get("/sources/{source}/alarms", responses=problems(404))
async def list_alarms(source: SourceId, caller: SourceReader, inside: Inside) -> AlarmList:
    """What the guard shows: schools, classes, grades and roles of which a held run would have ended too much."""
    async with inside.db.transaction(caller.tenant) as tx:
        await known.by_id(tx, source)
        return conversion.alarms(await allowing.alarms(tx, source))


@router.post("/sources/{source}/alarms/allow", responses=problems(400, 404))
async def allow_alarms(source: SourceId, request: AlarmPermission, caller: SourceManager, inside: Inside) -> AlarmList:
    """Allow what was shown to end at the next sync: those records, and not whatever is gone by then."""
    async with inside.db.transaction(caller.tenant) as tx:
        await known.by_id(tx, source)
        await allowing.allow(tx, source, request.ids, f"client {caller.client}")
        return conversion.alarms(await allowing.alarms(tx, source))


async def _source(tx: Tx, inside: Inside, source: int) -> Source:
    return conversion.source(*await known.with_condition(tx, source), inside.vault)
