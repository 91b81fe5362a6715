"""The district's OpenID providers: where they are, who we are there, and which claim gives which role."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import DomainError, SourceError
from app.people import providers
from app.people.claims import written
from app.people.openid import Providers
from app.people.providers import EXAMPLES, SCOPES, ProviderSettings
from app.people.viewer import Viewer
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import confirm, done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _


@dataclass(frozen=True, slots=True)
class Back:
    """Where a provider sends browsers back to; known before it is connected, for it is registered there first."""

    provider: UUID
    address: str


router = APIRouter(prefix="/providers", include_in_schema=False, route_class=SignedRoute)
Administrator = Annotated[Viewer, may("accounts.manage")]


@router.get("")
async def listed(request: Request, viewer: Administrator, inside: Inside) -> Response:
    """The providers by which people of the district sign in."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await providers.listed(tx)
    return show(request, "district/providers.html", rows=rows)


@router.get("/new")
async def new(request: Request, viewer: Administrator, inside: Inside) -> Response:
    """The form of a new provider."""
    empty = ProviderSettings("", "", "", secret=None, scopes=SCOPES, rules="", vouches=False)
    return _form(
        request, "/providers/new", empty, back=_back(inside, viewer, uuid4()), complaint="", name=viewer.tenant.name
    )


@router.post("/new")
async def create(request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Connect it, once it has answered as itself."""
    settings, known, own = _settings(form(request)), _known(request), form(request).uuid("id") or uuid4()
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await providers.add(tx, inside.vault, known, settings, own)
    except (DomainError, SourceError) as why:
        back = _back(inside, viewer, own)
        return _form(request, "/providers/new", settings, back=back, complaint=_words(why), name=viewer.tenant.name)
    return done(request, "/providers", _("Connected. The sign-in page shows it now."))


@router.get("/{provider}")
async def provider_page(provider: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """The form of one that there is; its secret is never shown again."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await providers.by_id(tx, provider)
    settings = ProviderSettings(
        row.name,
        row.issuer,
        row.client_id,
        secret=None,
        scopes=row.scopes,
        rules=written(providers.rules_of(row)),
        vouches=row.vouches,
    )
    return _form(
        request, f"/providers/{provider}", settings, back=_back(inside, viewer, provider), complaint="", name=row.name
    )


@router.post("/{provider}")
async def change(provider: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Change a provider's settings."""
    settings, known = _settings(form(request)), _known(request)
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await providers.change(tx, inside.vault, known, provider, settings)
    except SourceError as why:
        back = _back(inside, viewer, provider)
        return _form(request, f"/providers/{provider}", settings, back=back, complaint=_words(why), name=settings.name)
    return done(request, "/providers", _("Saved."))


@router.get("/{provider}/end")
async def ask_end(provider: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Ask before a provider is taken away."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await providers.by_id(tx, provider)
    return confirm(
        request,
        question=_("Take %(name)s away?", name=row.name),
        words=_(
            "Whoever came by it is signed out, and the roles of its rules are over. Who has no password needs a link."
        ),
        action=f"/providers/{provider}/end",
        back=f"/providers/{provider}",
        button=_("Take it away"),
        crumbs=[(_("Sign-in"), "/providers")],
    )


@router.post("/{provider}/end")
async def end(provider: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Take a provider away."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await providers.end(tx, provider)
    return done(request, "/providers", _("It is taken away."))


def _back(inside: Service, viewer: Viewer, id: UUID) -> Back:
    return Back(id, providers.redirect_uri(inside.settings.home, viewer.tenant.slug, id))


def _form(request: Request, action: str, settings: ProviderSettings, back: Back, complaint: str, name: str) -> Response:
    return show(
        request,
        "district/provider.html",
        status=422 if complaint else 200,
        crumbs=[(_("Sign-in"), "/providers")],
        action=action,
        settings=settings,
        back=back.address,
        id=back.provider,
        complaint=complaint,
        examples=EXAMPLES,
        name=name,
        stored=action != "/providers/new",
    )


def _settings(sent: Posted) -> ProviderSettings:
    return ProviderSettings(
        name=sent.text("name"),
        issuer=sent.text("issuer"),
        client_id=sent.text("client_id"),
        secret=sent.secret("secret") or None,
        scopes=sent.text("scopes"),
        rules=sent.text("rules"),
        vouches=sent.flag("vouches"),
    )


def _known(request: Request) -> Providers:
    known: Providers = request.app.state.providers
    return known


def _words(why: DomainError | SourceError) -> str:
    return error_words.translated(why.detail) if isinstance(why, DomainError) else str(why)
