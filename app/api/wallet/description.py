"""The service description document of each standard: where an app registers and how it is let in. No key is needed."""

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from app.api.wallet.words import WordedRoute
from app.issuing.issuer import Issuer, issuer_at
from app.request import Inside, Slug
from app.wallet import apps
from app.wallet.submitted import CLR, OPEN_BADGES, Standard, open_badges_description

router = APIRouter(prefix="/t/{tenant}", route_class=WordedRoute)


@router.get(f"{OPEN_BADGES.root}/discovery")
async def describe_open_badges(tenant: Slug, inside: Inside) -> Response:
    """The Open Badges 3.0 API as it is here."""
    return await _describe(tenant, inside, OPEN_BADGES)


@router.get(f"{CLR.root}/discovery")
async def describe_clr(tenant: Slug, inside: Inside) -> Response:
    """The CLR 2.0 API as it is here."""
    return await _describe(tenant, inside, CLR)


@router.get("/.well-known/oauth-authorization-server")
async def authorization_server(tenant: Slug, inside: Inside) -> Response:
    """What the authorization server can do (RFC 8414)."""
    issuer = await issuer_at(inside, tenant)
    oauth = f"{issuer.home}/oauth"
    return _answer(
        {
            "issuer": issuer.home,
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
            "revocation_endpoint": f"{oauth}/revoke",
            "registration_endpoint": f"{oauth}/register",
            "scopes_supported": [*apps.SCOPES, apps.OFFLINE],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


async def _describe(tenant: str, inside: Inside, standard: Standard) -> Response:
    issuer = await issuer_at(inside, tenant)
    published = open_badges_description()
    components = {**published["components"], "securitySchemes": {"OAuth2ACG": _security(issuer, standard)}}
    info = {
        "title": f"{issuer.name}: {standard.name}",
        "version": "1.0",
        "termsOfService": f"{issuer.home}/about",
        "x-imssf-privacyPolicyUrl": f"{issuer.home}/about",
        "x-imssf-image": f"{issuer.home.partition('/t/')[0]}/assets/tessera.svg",
    }
    described = {**published, "info": info, "servers": [{"url": issuer.home + standard.root}], "components": components}
    if standard is not OPEN_BADGES:  # its operations are the same, and it has no published document of its own
        described = {"openapi": published["openapi"], "info": info, "servers": described["servers"], "paths": {}}
        described["components"] = {"securitySchemes": components["securitySchemes"]}
    return _answer(described)


def _security(issuer: Issuer, standard: Standard) -> dict[str, Any]:
    oauth = f"{issuer.home}/oauth"
    return {
        "type": "oauth2",
        "description": "Authorization code with PKCE (S256). Registration needs an initial access token.",
        "x-imssf-registrationUrl": f"{oauth}/register",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{oauth}/authorize",
                "tokenUrl": f"{oauth}/token",
                "refreshUrl": f"{oauth}/token",
                "scopes": {scope: words for scope, words in apps.SCOPES.items() if scope.startswith(standard.scopes)},
            }
        },
    }


def _answer(document: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/json")
