"""Signing in by a provider of the district: there and back."""

import base64
import time
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.access import tenants
from app.errors import ConfigError, Denied, Invalid
from app.people import providers, sessions
from app.people.claims import subject
from app.people.codes import read_code
from app.people.openid import Back, Providers
from app.people.viewer import origin_of
from app.request import Inside
from app.secrets import same_secret
from app.start import Service
from app.web.kit.cookies import brought, drop, put
from app.web.kit.signed import SignedRoute, anybody
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import later
from app.web.people.home import local
from app.web.people.sign_in import agent, entered

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
COOKIE = "tessera-provider"
MINUTES = 10
LOST = later("Signing in took too long, or began in another browser. Begin again.")
REFUSED = later("The provider did not let you in. Try again, or sign in another way.")


class Under(msgspec.Struct, frozen=True):
    """A sign-in under way, as the browser that began it carries it, sealed."""

    provider: UUID
    state: str
    nonce: str
    verifier: str
    next: str
    invitation: str | None
    until: float


@router.get("/login/{district}/{provider}/back", dependencies=[anybody])
async def come_back(
    district: str,
    provider: UUID,
    request: Request,
    inside: Inside,
    code: str = "",
    state: str = "",
    error: str = "",
    iss: str | None = None,
) -> Response:
    """From the provider, with a code that only this browser can use, and only at the address of that provider."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.codes)
    tenant, under = _carried(inside, request)
    begun_there = (tenant, under.provider) == ((await tenants.by_slug(inside.db, district)).id, provider)
    if not begun_there or not same_secret(state, under.state) or under.until < time.time():
        raise Invalid(LOST)
    if error or not code:
        raise Denied(REFUSED, title=later("Not signed in"))
    async with inside.db.transaction(tenant) as tx:
        row = await providers.by_id(tx, under.provider)
    known: Providers = request.app.state.providers
    client = providers.client(inside.vault, tenant, row, providers.redirect_uri(inside.settings.home, district, row.id))
    who = subject(await known.finish(client, Back(code, iss), under.verifier, under.nonce), vouches=row.vouches)
    async with inside.db.transaction(tenant) as tx:
        account = await providers.enter(tx, row, who, under.invitation)
        opened = await sessions.begin(tx, inside.settings, account.id, origin_of(row.id), agent(request))
    response = RedirectResponse(local(under.next), 303)
    drop(response, inside.settings, COOKIE)
    return await entered(request, response, inside, opened)


@router.get("/login/{district}/{provider}", dependencies=[anybody])
async def go(
    district: str, provider: UUID, request: Request, inside: Inside, next: str = "/", invitation: str = ""
) -> Response:
    """To the provider."""
    tenant = await tenants.by_slug(inside.db, district)
    async with inside.db.transaction(tenant.id) as tx:
        row = await providers.by_id(tx, provider)
    known: Providers = request.app.state.providers
    back = providers.redirect_uri(inside.settings.home, tenant.slug, row.id)
    begun = await known.begin(providers.client(inside.vault, tenant.id, row, back))
    until = time.time() + MINUTES * 60
    under = Under(
        row.id,
        begun.state,
        begun.nonce,
        verifier=begun.verifier,
        next=local(next),
        invitation=read_code(invitation),
        until=until,
    )
    sealed = inside.vault.seal(tenant.id, msgspec.json.encode(under))
    response = RedirectResponse(begun.address, 303)
    cookie = f"{tenant.id}.{base64.urlsafe_b64encode(sealed).decode()}"
    put(response, inside.settings, COOKIE, cookie, seconds=MINUTES * 60)
    return response


def _carried(inside: Service, request: Request) -> tuple[int, Under]:
    """The sign-in that this browser has begun. Invalid where it has begun none."""
    tenant, _, sealed = brought(request, inside.settings, COOKIE).partition(".")
    try:
        plain = inside.vault.open(int(tenant), base64.urlsafe_b64decode(sealed))
        return int(tenant), msgspec.json.decode(plain, type=Under)
    except (ValueError, ConfigError, msgspec.MsgspecError):
        raise Invalid(LOST) from None
