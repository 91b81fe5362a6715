"""A mentor's link: one project, its rubric, no account; it ends by itself, or once it was used."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tenants
from app.db.access.tenants import TenantRow
from app.db.plans.plans import Signature
from app.errors import DomainError, Gone, Invalid, NotFound
from app.programs import links, looking, reviewing
from app.programs.links import LinkRow
from app.programs.reviewing import Case
from app.request import Inside, Slug
from app.start import Service
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, anybody, form
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later
from app.web.program.review_page import marks_of, verdict_of
from app.web.program.views import SubmissionView, file_answer, view_of

router = APIRouter(prefix="/t/{tenant}/assess/{code}", include_in_schema=False, route_class=SignedRoute)
OVER = later("This project is not being assessed any more. Thank you.")
VERDICTS = {
    "accept": later("It is there"),
    "needs work": later("It needs more work"),
    "reject": later("It is not there"),
}


@router.get("", dependencies=[anybody])
async def assess_form(tenant: Slug, code: str, request: Request, inside: Inside) -> Response:
    """The form to assess a project: its evidence, and its rubric."""
    owner, row, case, view = await _open(request, inside, tenant, code)
    return _page(request, owner, row, case=case, view=view, code=code)


@router.post("", dependencies=[anybody])
async def assess(tenant: Slug, code: str, request: Request, inside: Inside) -> Response:
    """What the mentor says."""
    owner, row, case, view = await _open(request, inside, tenant, code)
    sent = form(request)
    by = Signature(sent.text("name")[:200] or row.title, "outside assessor", f"link {row.id}")
    try:
        async with inside.db.transaction(owner.id) as tx:
            live = await links.opened(tx, code, datetime.now(UTC), links.JUDGING)
            marks, feedback = marks_of(sent, case.definition), sent.text("feedback")[:20_000] or None
            await reviewing.assess(
                tx, case.row.id, verdict_of(sent), marks=marks, feedback=feedback, by=by, now=datetime.now(UTC)
            )
            await links.used(tx, live)
    except (Invalid, DomainError) as why:
        return _page(request, owner, row, case=case, view=view, code=code, why=why, sent=sent)
    return show(request, "program/assessed.html", title=case.submission.title)


@router.get("/files/{sha256}", dependencies=[anybody])
async def file(tenant: Slug, code: str, sha256: str, request: Request, inside: Inside) -> Response:
    """A file of the project."""
    owner, _row, case, _view = await _open(request, inside, tenant, code)
    async with inside.db.transaction(owner.id) as tx:
        return await file_answer(inside, tx, case.row.id, sha256)


async def _open(
    request: Request, inside: Service, tenant: str, code: str
) -> tuple[TenantRow, LinkRow, Case, SubmissionView]:
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.codes)
    owner = await tenants.by_slug(inside.db, tenant)
    async with inside.db.transaction(owner.id) as tx:
        row = await links.opened(tx, code, datetime.now(UTC), links.JUDGING)
        if row.submission_id is None:
            raise NotFound
        case = await reviewing.case_of(tx, row.submission_id)
        if case.row.state not in reviewing.QUEUE:  # nothing of a child's is shown that nobody is to assess
            raise Gone(_(OVER))
        await looking.note_assessment(tx, row, case.row, datetime.now(UTC).date())
        view = await view_of(tx, case.row)
    return owner, row, case, view


def _page(
    request: Request,
    owner: TenantRow,
    row: LinkRow,
    case: Case,
    view: SubmissionView,
    code: str,
    why: DomainError | None = None,
    sent: Posted | None = None,
) -> Response:
    base = f"/t/{owner.slug}/assess/{code}"
    return show(
        request,
        "program/assess.html",
        status=why.status if why else 200,
        district=owner.name,
        name=sent.text("name") if sent else row.title,
        view=view.at(base),
        case=case,
        action=base,
        verdicts=[(key, _(words)) for key, words in VERDICTS.items()],
        complaint=error_words.translated(why.detail) if why else "",
        sent={name: sent.text(name) for name in sent.form} if sent else {},
    )
