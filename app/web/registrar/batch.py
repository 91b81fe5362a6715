"""Issue to a class: the same badge for everybody, or to each their learner record; and how far that is."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.db import Tx
from app.errors import Denied, Invalid
from app.issuing import batch as batches
from app.issuing import ledger
from app.issuing.ledger import BatchRow
from app.mastery import group
from app.people import seeing
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit import error_words, looks
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import FORBIDDEN, SignedRoute, form, may
from app.web.kit.words import _, later
from app.web.registrar.words import BATCHES, COUNTS, pill
from app.web.teacher.room import Room, room

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Issuer = Annotated[Viewer, may("credential.issue", "class.read")]
AT_ONCE = 60
WHAT = {
    "badge": later("The same badge for everybody"),
    "record": later("To each their own learner record, of what their record says"),
}
LIVE = ("waiting", "running")
CREDENTIALS = (later("Badges and credentials"), "/credentials")


@router.get("/credentials/classes")
async def choose_class(
    request: Request, viewer: Issuer, inside: Inside, after: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """The classes to issue to, page by page, and what was issued to classes lately."""
    slug, _blank, key = after.partition("\x1f")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await check_whole(tx, viewer)
        listed = await group.listed(tx, after=(slug, key), limit=AT_ONCE)
        lately = await ledger.batches(tx)
    following = f"{listed[-1].slug}\x1f{listed[-1].key}" if len(listed) == AT_ONCE else ""
    return show(
        request,
        "registrar/classes.html",
        crumbs=[(_(CREDENTIALS[0]), CREDENTIALS[1])],
        listed=listed,
        following=following,
        lately=[(row, _title(row), *pill(BATCHES, row.state)) for row in lately],
    )


@router.get("/classes/{source}/{key}/credentials")
async def batch_form(source: int, key: str, request: Request, viewer: Issuer, inside: Inside) -> Response:
    """What is issued, and to whom."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await _class(tx, viewer, source, key)
    return _form(request, here)


@router.post("/classes/{source}/{key}/credentials")
async def ask_batch(source: int, key: str, request: Request, viewer: Issuer, inside: Inside) -> Response:
    """Order the batch: a job issues it, and its page says how far it is."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        here = await _class(tx, viewer, source, key)
        try:
            order = batches.BatchOrder(source=source, class_=here.key, award=_award(sent))
            row = await batches.order_batch(tx, order, viewer.actor, sent.uuid("batch"))
        except Invalid as why:
            return _form(request, here, sent, error_words.translated(why.detail))
    return done(request, f"/credentials/batches/{row.id}", _("It is being issued."))


@router.get("/credentials/batches/{batch}")
async def progress(batch: UUID, request: Request, viewer: Issuer, inside: Inside) -> Response:
    """How far a batch is; the page asks again by itself while it runs."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await check_whole(tx, viewer)
        row = await batches.batch_of(tx, batch)
    everybody = row.counts.get("learners", 0)
    done_with = sum(count for name, count in row.counts.items() if name in COUNTS)
    return show(
        request,
        "registrar/batch.html",
        crumbs=[(_(CREDENTIALS[0]), CREDENTIALS[1]), (_("Issue to a class"), "/credentials/classes")],
        row=row,
        title=_title(row),
        state=pill(BATCHES, row.state),
        live=row.state in LIVE,
        claimable=row.state == "done" and bool(row.counts.get("issued")),
        mail=bool(inside.settings.mail_host),
        everybody=everybody,
        done_with=min(done_with, everybody),
        counts=[(row.counts[name], _(words)) for name, words in COUNTS.items() if row.counts.get(name)],
    )


async def check_whole(tx: Tx, viewer: Viewer) -> None:
    """Denied to who may not issue to everybody: a class may have others in it than those one has to do with."""
    if await seeing.learners_of(tx, viewer, "credential.issue", datetime.now(UTC).date()) is not None:
        raise Denied(FORBIDDEN, type="no-right", title=later("Not your page"))


async def _class(tx: Tx, viewer: Viewer, source: int, key: str) -> Room:
    await check_whole(tx, viewer)
    return await room(tx, viewer, source, key)


def _title(row: BatchRow) -> str:
    award = batches.BatchOrder.model_validate(row.wanted).award
    return award.name if award else _("Learner records")


def _award(sent: Posted) -> batches.Award | None:
    """What everybody is awarded; None: to each their record. Invalid where something lacks."""
    if sent.text("what") == "record":
        return None
    if sent.text("what") != "badge":
        raise Invalid(_("Choose what is issued."))
    name, description, criteria = sent.text("name"), sent.text("description"), sent.text("criteria")
    if not (name and description and criteria):
        raise Invalid(_("A badge needs a name, what it is, and what was done for it: whoever verifies it reads them."))
    return batches.Award(
        name=name[:200],
        description=description[:2000],
        criteria=criteria[:2000],
        color=looks.color(sent),
        icon=looks.icon(sent),
    )


def _form(request: Request, here: Room, sent: Posted | None = None, error: str = "") -> Response:
    return show(
        request,
        "registrar/batch_form.html",
        status=422 if error else 200,
        crumbs=[(_(CREDENTIALS[0]), CREDENTIALS[1]), (_("Issue to a class"), "/credentials/classes")],
        room=here,
        what=[(code, _(words)) for code, words in WHAT.items()],
        colors=looks.colors(),
        icons=looks.icons(),
        batch=(sent.text("batch") if sent else "") or str(uuid4()),
        sent=sent,
        error=error,
    )
