"""Passkeys: made and taken away on one's own pages, and signed in with."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.access import tenants
from app.errors import DomainError, Invalid, NotFound
from app.people import passkeys, passwords, sessions
from app.people.passkeys import Place
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, anybody, form, may
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _
from app.web.people.home import local
from app.web.people.me import CRUMBS, WRONG_NOW
from app.web.people.sign_in import agent, entered, remember, sign_in_page

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Anyone = Annotated[Viewer, may()]


@router.get("/me/passkeys/new")
async def offer(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Make a passkey."""
    place = Place(inside.settings.home)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        known = await passkeys.of(tx, viewer.account.id)
    session = str(viewer.session.id)
    options = (
        passkeys.offer(inside.vault, place, viewer.account, tenant=viewer.tenant.id, known=known, browser=session)
        if place.possible
        else ""
    )
    return show(request, "passkey.html", crumbs=[(_(words), address) for words, address in CRUMBS], options=options)


@router.post("/me/passkeys")
async def add(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Take the passkey that this browser has made. A password is asked for where there is one."""
    sent, hashed = form(request), viewer.account.password
    if hashed is not None and not await passwords.fits(hashed, sent.secret("now")):
        raise Invalid(WRONG_NOW)
    place, session = Place(inside.settings.home), str(viewer.session.id)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await passkeys.add(
            tx,
            inside.vault,
            place,
            owner=viewer.account,
            answer=sent.text("answer"),
            browser=session,
            name=sent.text("name") or _("A passkey"),
        )
    return done(request, "/me", _("This passkey opens your account from now on."))


@router.post("/me/passkeys/{passkey}/remove")
async def remove(passkey: UUID, request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Take a passkey away: it opens nothing from now on."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await passkeys.remove(tx, viewer.account.id, passkey)
    return done(request, "/me", _("That passkey opens nothing any more."))


@router.post("/login/passkey", dependencies=[anybody])
async def sign(request: Request, inside: Inside) -> Response:
    """Sign in with a passkey: it says itself whose it is."""
    visitors: Visitors = request.app.state.visitors
    sent = form(request)
    answer, onward = sent.text("answer"), local(sent.text("next", "/"))
    try:
        admit(request, visitors.codes)
        tenant = await tenants.by_id(inside.db, passkeys.tenant_in(answer))
        async with inside.db.transaction(tenant.id) as tx:
            account = await passkeys.enter(tx, inside.vault, Place(inside.settings.home), answer, request.state.visit)
            opened = await sessions.begin(tx, inside.settings, account.id, "passkey", agent(request))
    except NotFound:
        return await sign_in_page(request, inside, "", onward, why=passkeys.wrong())
    except DomainError as why:
        return await sign_in_page(request, inside, "", onward, why=why)
    response = RedirectResponse(onward, 303)
    remember(request, response, inside, tenant, account.login)
    return await entered(request, response, inside, opened)
