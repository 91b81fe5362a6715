"""An exhibition as its visitors see it: chosen work, no full name, until its end; then it is gone (410)."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tenants
from app.errors import Invalid, NotFound
from app.programs import exhibition as exhibitions
from app.programs import programs, submission
from app.request import Inside, Slug
from app.start import Service
from app.web.kit import error_words
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, anybody, form
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _
from app.web.program.views import file_answer

router = APIRouter(prefix="/t/{tenant}/x/{code}", include_in_schema=False, route_class=SignedRoute)


@router.get("", dependencies=[anybody])
async def visit(tenant: Slug, code: str, request: Request, inside: Inside) -> Response:
    """What is shown."""
    return await _page(request, inside, tenant, code)


@router.post("", dependencies=[anybody])
async def comment(tenant: Slug, code: str, request: Request, inside: Inside) -> Response:
    """Say something; it is held until the learner's side lets it be seen."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.work)
    owner, sent = await tenants.by_slug(inside.db, tenant), form(request)
    try:
        async with inside.db.transaction(owner.id) as tx:
            row, _works = await exhibitions.by_code(tx, code, datetime.now(UTC))
            await exhibitions.comment(tx, row, sent.text("name"), sent.text("words"), datetime.now(UTC))
    except Invalid as why:
        return await _page(request, inside, tenant, code, error_words.translated(why.detail))
    return done(request, f"/t/{tenant}/x/{code}", _("Thank you. It can be seen once the learner's side has read it."))


@router.get("/files/{piece}/{sha256}", dependencies=[anybody])
async def file(tenant: Slug, code: str, piece: UUID, sha256: str, inside: Inside) -> Response:
    """A file of a piece that is shown."""
    owner = await tenants.by_slug(inside.db, tenant)
    async with inside.db.transaction(owner.id) as tx:
        _row, works = await exhibitions.by_code(tx, code, datetime.now(UTC))
        work = next((work for work in works if work.id == piece), None)
        today = datetime.now(UTC).date()
        if work is None or sha256 not in {picture.sha256 for picture in await exhibitions.pictures(tx, work, today)}:
            raise NotFound
        return await file_answer(inside, tx, piece, sha256)


async def _page(request: Request, inside: Service, tenant: str, code: str, error: str = "") -> Response:
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.codes)
    owner = await tenants.by_slug(inside.db, tenant)
    now = datetime.now(UTC)
    async with inside.db.transaction(owner.id) as tx:
        row, works = await exhibitions.by_code(tx, code, now)
        names = {program.id: program.name for program in await programs.listed(tx)}
        pictures = {work.id: await exhibitions.pictures(tx, work, now.date()) for work in works}
        comments = [comment for comment in await exhibitions.comments(tx, row.id) if comment.shown_at is not None]
    pieces = [
        {
            "id": work.id,
            "submission": submission.decode(work.body),
            "program": names.get(work.program_id, ""),
            "files": pictures[work.id],
        }
        for work in works
    ]
    base = f"/t/{tenant}/x/{code}"
    values = {"exhibition": row, "pieces": pieces, "comments": comments, "base": base, "error": error}
    return show(request, "program/exhibition.html", status=422 if error else 200, district=owner.name, **values)  # type: ignore[arg-type]
