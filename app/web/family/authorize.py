"""The page where a learner, or who cares for them, lets an app in: what it asks for, and the code from school."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.issuing.issuer import Issuer, issuer_at
from app.request import Inside, Slug
from app.wallet import apps
from app.wallet.apps import Refused, Wish
from app.web import POLICY, page
from app.web.kit.route import SpokenRoute
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later

router = APIRouter(include_in_schema=False, route_class=SpokenRoute)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")


@router.get("/t/{tenant}/oauth/authorize")
async def ask(tenant: Slug, request: Request, inside: Inside) -> Response:
    """Show who asks for what."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.looks)
    return await _answer(tenant, inside, dict(request.query_params), None)


@router.post("/t/{tenant}/oauth/authorize")
async def decide(tenant: Slug, request: Request, inside: Inside) -> Response:
    """Let the app in, or not."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.guesses)
    form = await request.form(max_files=0, max_fields=20)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return await _answer(tenant, inside, fields, fields.get("decision"))


async def _answer(tenant: str, inside: Inside, fields: Mapping[str, str], decision: str | None) -> Response:
    issuer = await issuer_at(inside, tenant)
    try:
        wish = await _wish(inside, issuer, fields)
    except Refused as why:
        if why.error == "not_redirected":
            return page(
                "message.html", status=400, title=_("This link will not do"), words=_(why.words), owner=issuer.name
            )
        return _back(issuer, fields, error=why.error, error_description=why.words)
    if decision == "deny":
        return _back(issuer, fields, error="access_denied", error_description="The learner said no.")
    if decision == "allow":
        try:
            async with inside.db.transaction(issuer.tenant) as tx:
                code = await apps.consent(tx, wish, fields.get("connect_code", ""))
            return _back(issuer, fields, code=code)
        except Refused as why:
            return _page(issuer, wish, fields, why.words, 400)
    return _page(issuer, wish, fields, None, 200)


async def _wish(inside: Inside, issuer: Issuer, fields: Mapping[str, str]) -> Wish:
    """What is asked for. Refused: `not_redirected` where the app or its address cannot be trusted."""
    try:
        client = UUID(fields.get("client_id", ""))
    except ValueError:
        raise Refused("not_redirected", later("It names no app that is registered here.")) from None
    async with inside.db.transaction(issuer.tenant) as tx:
        app = await apps.live(tx, client)
    if app is None:
        raise Refused("not_redirected", later("It names no app that is registered here."))
    redirect = fields.get("redirect_uri", "")
    if not apps.may_redirect(app, redirect):
        raise Refused("not_redirected", later("It would lead to an address that the app has not registered."))
    if fields.get("response_type") != "code":
        raise Refused("unsupported_response_type", "response_type is 'code'.")
    if fields.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise Refused("invalid_request", "code_challenge with code_challenge_method=S256 is needed (PKCE).")
    scopes = tuple(fields.get("scope", "").split())
    if not scopes or (surplus := [scope for scope in scopes if scope not in app.scopes]):
        raise Refused("invalid_scope", f"'{surplus[0][:100] if scopes else ''}' is no scope of this app.")
    return Wish(app, redirect, scopes, fields["code_challenge"])


def _page(issuer: Issuer, wish: Wish, fields: Mapping[str, str], complaint: str | None, status: int) -> Response:
    parts = urlsplit(wish.redirect_uri)
    target = f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else f"{parts.scheme}:"
    policy = POLICY.replace("form-action 'self'", f"form-action 'self' {target}")
    return page(
        "authorize.html",
        status=status,
        policy=policy,
        owner=issuer.name,
        app=wish.app,
        goes_to=parts.netloc if parts.scheme in ("http", "https") else _("the app %(name)s", name=parts.scheme),
        wants=[apps.SCOPES[scope] for scope in wish.scopes if scope in apps.SCOPES],
        asked={name: fields[name] for name in ASKED if name in fields},
        complaint=complaint,
    )


def _back(issuer: Issuer, fields: Mapping[str, str], **answer: str) -> Response:
    """Back to the app, with the answer (RFC 6749 section 4.1.2) and who gives it (RFC 9207)."""
    parameters = {**answer, "iss": issuer.home} | ({"state": fields["state"]} if fields.get("state") else {})
    uri = fields["redirect_uri"]
    return RedirectResponse(f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode(parameters)}", 303)
