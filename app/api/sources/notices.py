"""Who is told when a source is held, fails again and again or is late; and what was told."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.kit.body import SoundRoute
from app.api.kit.context import SourceManager, SourceReader
from app.api.kit.problem import problems
from app.api.sources.wire_notices import NoticeReader, NoticeReaders, ReaderList, SourceNotice, SourceNoticeList
from app.operations import watching
from app.request import Inside

router = APIRouter(prefix="/v1/source-notices", tags=["Sources"], route_class=SoundRoute)


@router.get("", responses=problems())
async def list_source_notices(
    caller: SourceReader,
    inside: Inside,
    source: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="only of this source")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 50,
) -> SourceNoticeList:
    """What was told of sources, newest first: each as an event of the feed, too (`source.held`, `source.late` …)."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await watching.listed(tx, source, limit)
    return SourceNoticeList(
        notices=[
            SourceNotice(
                source=row.source_id,
                kind=watching.kind_of(row),
                run=row.run_id,
                at=row.made_at,
                over_at=row.over_at,
                mail=row.state,
            )
            for row in rows
        ]
    )


@router.get("/readers", responses=problems())
async def list_notice_readers(caller: SourceReader, inside: Inside) -> ReaderList:
    """Who may be told by e-mail, and who is: those who were chosen or, where nobody was, the data stewards."""
    async with inside.db.transaction(caller.tenant) as tx:
        readers = await watching.readers(tx, datetime.now(UTC))
    return _listed(readers)


@router.put("/readers", responses=problems())
async def choose_notice_readers(chosen: NoticeReaders, caller: SourceManager, inside: Inside) -> ReaderList:
    """Choose who is told by e-mail, in place of who was; an empty list means all data stewards."""
    async with inside.db.transaction(caller.tenant) as tx:
        readers = await watching.choose(tx, chosen.accounts, datetime.now(UTC))
    return _listed(readers)


def _listed(readers: list[watching.NoticeReader]) -> ReaderList:
    return ReaderList(
        readers=[
            NoticeReader(
                account=reader.account, name=reader.name, has_address=reader.address is not None, told=reader.told
            )
            for reader in readers
        ]
    )
