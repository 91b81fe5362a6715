"""Links to learners' record pages: given, listed, taken back."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.api.kit.body import SoundRoute
from app.api.kit.context import ShareKeeper
from app.api.kit.problem import problems
from app.api.mastery.wire_mastery import RecordLink, RecordLinkList, RecordLinkListed, RecordLinkNew
from app.request import Inside
from app.sharing import record_links

router = APIRouter(prefix="/v1", tags=["Competencies"], route_class=SoundRoute)


@router.post("/learners/{learner}/record-link", status_code=201, responses=problems(400, 404))
async def make_record_link(
    learner: UUID, request: RecordLinkNew, response: Response, caller: ShareKeeper, inside: Inside
) -> RecordLink:
    """A link to a learner's record page, for a family, say. Whoever has it can read the page until it expires.

    Its address is told this once. Every look at the page is in the disclosure log.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        row, text = await record_links.create_link(
            tx, inside.vault, learner, reader=request.reader, days=request.days, by=f"client {caller.client}"
        )
    response.headers["Cache-Control"] = "no-store"
    return RecordLink(id=row.id, url=f"{inside.settings.home}/record/{text}", expires_at=row.expires_at)


@router.get("/learners/{learner}/record-links", responses=problems(404))
async def list_record_links(learner: UUID, caller: ShareKeeper, inside: Inside) -> RecordLinkList:
    """The links to a learner's record page, newest first, also those that are over."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await record_links.links_of(tx, learner)
    return RecordLinkList(
        links=[
            RecordLinkListed(
                id=row.id,
                reader=row.reader,
                created_by=row.created_by,
                created_at=row.created_at,
                expires_at=row.expires_at,
                revoked_at=row.revoked_at,
            )
            for row in rows
        ]
    )


@router.delete("/record-links/{link}", status_code=204, responses=problems(404))
async def revoke_record_link(link: UUID, caller: ShareKeeper, inside: Inside) -> None:
    """Take a link back: from now on it shows nothing."""
    async with inside.db.transaction(caller.tenant) as tx:
        await record_links.revoke(tx, link)
