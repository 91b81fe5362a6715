"""What is one's own: name, language, password, second factor, and where one is signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.errors import Invalid
from app.issuing.picture import qr
from app.people import accounts, passkeys, passwords, second_factor, sessions
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit.cookies import LANGUAGE, SESSION, YEAR, drop, put
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import LANGUAGES, _, later, speak

router = APIRouter(prefix="/me", include_in_schema=False, route_class=SignedRoute)
Anyone = Annotated[Viewer, may()]
CRUMBS = ((later("My account"), "/me"),)
WRONG_NOW = later("The password you have now is not this one.")


@router.get("")
async def mine(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """One's own account on one page: name, language, password, second factor, sessions."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        live = await sessions.live(tx, inside.settings, viewer.account.id)
        own_passkeys = await passkeys.of(tx, viewer.account.id)
    return show(request, "me.html", sessions=live, passkeys=own_passkeys)


@router.post("")
async def change(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Change one's name and language."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.rename(tx, viewer.account, sent.text("name"), sent.text("language") or None)
    if sent.text("language"):
        speak(sent.text("language"))
    response = done(request, "/me", _("Saved."))
    if sent.text("language") in LANGUAGES:
        put(response, inside.settings, LANGUAGE, sent.text("language"), seconds=YEAR)
    else:
        drop(response, inside.settings, LANGUAGE)
    return response


@router.post("/password")
async def change_password(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Set another password; every other browser is signed out. Who came in by a passkey may have forgotten theirs."""
    sent, hashed = form(request), viewer.account.password
    if hashed is not None and viewer.session.way != "passkey" and not await passwords.fits(hashed, sent.secret("now")):
        raise Invalid(WRONG_NOW)
    if sent.secret("password") != sent.secret("again"):
        raise Invalid(later("The two passwords are not the same."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.set_password(tx, viewer.account, sent.secret("password"), keep=viewer.session.id)
    return done(request, "/me", _("Your password is changed. Other browsers are signed out."))


@router.get("/second-factor")
async def offer_second(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Add an app's codes to the password."""
    if viewer.account.second_at is not None:
        return RedirectResponse("/me", 303)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        offered = await second_factor.offer(tx, inside.vault, viewer.account, f"Tessera, {viewer.tenant.name}")
    return show(request, "second_factor.html", crumbs=CRUMBS, offered=offered, picture=qr(offered.uri), recovery=[])


@router.post("/second-factor")
async def confirm_second(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Have the codes asked for from now on; shows the recovery codes this once."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        recovery_codes = await second_factor.confirm(tx, inside.vault, viewer.account, form(request).text("code"))
    return show(request, "second_factor.html", crumbs=CRUMBS, offered=None, picture="", recovery=recovery_codes)


@router.post("/second-factor/remove")
async def remove_second(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Do without codes again."""
    if not await passwords.fits(viewer.account.password, form(request).secret("now")):
        raise Invalid(WRONG_NOW)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await second_factor.remove(tx, viewer.account)
    return done(request, "/me", _("Codes are no longer asked for."))


@router.post("/sessions/end")
async def end_sessions(request: Request, viewer: Anyone, inside: Inside) -> Response:
    """Sign out everywhere else, or everywhere."""
    everywhere = form(request).flag("here")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await sessions.end(tx, viewer.account.id, but=None if everywhere else viewer.session.id)
    if not everywhere:
        return done(request, "/me", _("Other browsers are signed out."))
    response = RedirectResponse("/", 303)
    drop(response, inside.settings, SESSION)
    return response


@router.post("/sessions/{session}/end")
async def end_session(session: UUID, request: Request, viewer: Anyone, inside: Inside) -> Response:
    """End one of one's own sessions: that browser is signed out."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await sessions.end(tx, viewer.account.id, id=session)
    return done(request, "/me", _("That browser is signed out."))
