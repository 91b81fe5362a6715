"""Who is told when a source is held, fails or is late; and what was told of late."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import Invalid
from app.operations import watching
from app.operations.watching import NoticeKind
from app.people.viewer import Viewer
from app.request import Inside
from app.sources import known
from app.web.district.sources import crumbs
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later

router = APIRouter(prefix="/source-notices", include_in_schema=False, route_class=SignedRoute)
Manager = Annotated[Viewer, may("sources.manage")]
WORDS: dict[NoticeKind, str] = {
    "held": later("held back"),
    "failing": later("does not come through"),
    "late": later("is late"),
    "well": later("is well again"),
}
SENT = {
    "waiting": later("by e-mail soon"),
    "sent": later("by e-mail"),
    "unsent": later("nobody has an e-mail address"),
    "given up": later("the mail server would not take it"),
}
SHOWN = 30


@router.get("")
async def notices(request: Request, viewer: Manager, inside: Inside) -> Response:
    """Who is told, and what was."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        readers = await watching.readers(tx, datetime.now(UTC))
        rows = await watching.listed(tx, limit=SHOWN)
        names = {row.id: row.name for row in await known.listed(tx)}
    mail = inside.settings.mail_host is not None
    lines = [
        (
            row,
            names.get(row.source_id, ""),
            _(WORDS[watching.kind_of(row)]),
            _(SENT[row.state]) if mail or row.state == "sent" else "",
        )
        for row in rows
    ]
    return show(request, "district/source_notices.html", crumbs=crumbs(), readers=readers, told=lines, mail=mail)


@router.post("")
async def choose(request: Request, viewer: Manager, inside: Inside) -> Response:
    """Choose who is told."""
    try:
        accounts = [UUID(text) for text in form(request).many("account")]
    except ValueError:
        raise Invalid(_("Choose from the list.")) from None
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await watching.choose(tx, accounts, datetime.now(UTC))
    return done(request, "/source-notices", _("Saved."))
