"""The way in, with a password or by a provider of the district, and the way out."""

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.access import tenants
from app.db.access.tenants import TenantRow
from app.errors import DomainError, Invalid, TooManyRequests, Unauthenticated
from app.people import passkeys, providers, sessions, sign_in
from app.people.accounts import folded
from app.people.passkeys import Place
from app.people.sessions import Opened
from app.people.sign_in import SignInAttempts, SignInForm
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.cookies import KNOWN, SESSION, YEAR, brought, drop, put
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, anybody, form, viewer_of
from app.web.kit.visitors import place
from app.web.kit.words import later
from app.web.people.home import local

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
MARKS = 5
"""How many accounts a browser may be known by."""


@router.get("/login", dependencies=[anybody])
async def ask(request: Request, inside: Inside, next: str = "/", district: str = "") -> Response:
    """The page on which people sign in."""
    if viewer_of(request) is not None:
        return RedirectResponse(local(next), 303)
    return await sign_in_page(request, inside, district, next)


@router.post("/login", dependencies=[anybody])
async def sign(request: Request, inside: Inside) -> Response:
    """Sign in with a password."""
    sent = form(request)
    district, onward = sent.text("district"), local(sent.text("next", "/"))
    typed = SignInForm(sent.text("login"), sent.secret("password"), sent.text("code"))
    try:
        tenant = await _district(inside, district)
        login = folded(typed.login)
        carried = sign_in.known_mark(inside.vault, tenant.id, login, brought(request, inside.settings, KNOWN))
        tries: SignInAttempts = request.app.state.tries
        tries.admit(tenant.id, login, place(request), carried)
        async with inside.db.transaction(tenant.id) as tx:
            account = await sign_in.check(tx, inside.vault, typed)
            tries.succeeded(tenant.id, login, place(request), carried)
            opened = await sessions.begin(tx, inside.settings, account.id, "password", agent(request))
    except (Unauthenticated, TooManyRequests, Invalid) as why:
        return await sign_in_page(request, inside, district, onward, why=why, login=typed.login)
    response = RedirectResponse(onward, 303)
    remember(request, response, inside, tenant, login)
    return await entered(request, response, inside, opened)


@router.post("/logout", dependencies=[anybody])
async def leave(request: Request, inside: Inside) -> Response:
    """Sign this browser out."""
    await _end(request, inside)
    response = RedirectResponse("/", 303)
    drop(response, inside.settings, SESSION)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _end(request: Request, inside: Service) -> None:
    """End the session that this browser has, if any: also where it signs in anew."""
    viewer = viewer_of(request)
    if viewer is not None:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await sessions.end(tx, viewer.account.id, id=viewer.session.id)


async def entered(request: Request, response: Response, inside: Service, opened: Opened) -> Response:
    """An answer that hands out the session's cookie: until the browser is closed, or the session is over.

    Every way in ends here, and with it the session that the browser had: nobody who knew that one comes along.
    """
    await _end(request, inside)
    put(response, inside.settings, SESSION, opened.cookie)
    return response


def remember(request: Request, response: Response, inside: Service, tenant: TenantRow, login: str) -> None:
    """Mark a browser as one that has signed in with a login: its tries are counted apart."""
    mark = sign_in.browser_mark(inside.vault, tenant.id, login)
    others = [other for other in brought(request, inside.settings, KNOWN).split(".") if other and other != mark]
    put(response, inside.settings, KNOWN, ".".join([mark, *others][:MARKS]), seconds=YEAR)


def agent(request: Request) -> str:
    """What the browser says it is."""
    return request.headers.get("user-agent", "")[:400]


async def _district(inside: Service, slug: str) -> TenantRow:
    """The district somebody signs in to: the one chosen, or the only one. Invalid where it is to be chosen."""
    known = await tenants.listed(inside.db)
    chosen = [row for row in known if row.slug == slug] if slug else known
    if len(chosen) != 1:
        raise Invalid(later("Choose your district first."))
    return chosen[0]


async def _ways(inside: Service, known: list[TenantRow], district: str, onward: str) -> list[dict[str, str]]:
    """The providers that one can sign in by: of the district chosen, or of the only one."""
    chosen = [row for row in known if row.slug == district] if district else known
    if len(chosen) != 1:
        return []
    async with inside.db.transaction(chosen[0].id) as tx:
        rows = await providers.listed(tx)
    return [
        {"name": row.name, "address": f"/login/{chosen[0].slug}/{row.id}?next={quote(local(onward), safe='/')}"}
        for row in rows
    ]


async def sign_in_page(
    request: Request, inside: Service, district: str, onward: str, *, why: DomainError | None = None, login: str = ""
) -> Response:
    """The page to sign in on, perhaps with what went wrong."""
    where = Place(inside.settings.home)
    known = await tenants.listed(inside.db)
    return show(
        request,
        "login.html",
        status=why.status if why else 200,
        headers=why.headers if why else None,
        districts=[(row.slug, row.name) for row in known],
        district=district,
        next=local(onward),
        complaint=error_words.translated(why.detail) if why else "",
        login=login,
        passkey=passkeys.ask(inside.vault, where, request.state.visit) if where.possible else "",
        providers=await _ways(inside, known, district, onward),
    )
