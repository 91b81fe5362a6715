"""How apps get in: registration (RFC 7591), tokens for codes (RFC 6749, 7636), revocation (RFC 7009)."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from app.access import tenants
from app.api.kit.form import NoForm, basic, form_of
from app.api.wallet.words import WordedRoute
from app.db import Tx
from app.request import Inside, Slug
from app.wallet import apps
from app.wallet.apps import Refused, Tokens

router = APIRouter(prefix="/t/{tenant}/oauth", route_class=WordedRoute)
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
Text = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Method = Literal["client_secret_basic", "client_secret_post", "none"]


class Registration(BaseModel):
    """What an app says of itself (RFC 7591 section 2; Open Badges 3.0 section 7.1.2)."""

    model_config = ConfigDict(extra="ignore")

    client_name: Text
    redirect_uris: Annotated[list[Text], Field(min_length=1, max_length=10)]
    client_uri: Text | None = None
    logo_uri: Text | None = None
    tos_uri: Text | None = None
    policy_uri: Text | None = None
    software_id: Text | None = None
    software_version: Text | None = None
    contacts: Annotated[list[Text], Field(max_length=10)] | None = None
    token_endpoint_auth_method: Method = "client_secret_basic"  # noqa: S105  the name of a method
    grant_types: list[Literal["authorization_code", "refresh_token"]] = ["authorization_code", "refresh_token"]
    response_types: list[Literal["code"]] = ["code"]
    scope: Annotated[str, Field(max_length=2000)] | None = None


@router.post("/register")
async def register(tenant: Slug, request: Request, inside: Inside) -> Response:
    """Register an app that holds an initial access token of the district."""
    owner = await tenants.by_slug(inside.db, tenant)
    kind, _, ticket = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return _refused(Refused("invalid_token", "Send the initial access token as 'Authorization: Bearer …'."), 401)
    try:
        metadata = Registration.model_validate_json(await request.body()).model_dump(exclude_none=True)
        async with inside.db.transaction(owner.id) as tx:
            app, secret = await apps.register(tx, ticket.strip(), metadata)
    except ValidationError as why:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in why.errors()[:5])
        return _refused(Refused("invalid_client_metadata", problems))
    except Refused as why:
        return _refused(why, 401 if why.error == "invalid_token" else 400)
    answer: dict[str, Any] = {
        **metadata,
        "client_id": str(app.id),
        "client_id_issued_at": int(app.created_at.timestamp()),
        "scope": " ".join(app.scopes),
    }
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return _json(answer, 201)


@router.post("/token")
async def give_tokens(tenant: Slug, request: Request, inside: Inside) -> Response:
    """Trade an authorization code or a refresh token for tokens."""
    owner = await tenants.by_slug(inside.db, tenant)
    try:
        form = await _form(request)
        async with inside.db.transaction(owner.id) as tx:
            tokens = await _tokens(tx, request, form)
        if tokens is None:  # after the commit that ended the consent
            raise Refused("invalid_grant", "It was used before, so all that was got with it is revoked.")
    except Refused as why:
        return _refused(why)
    return _json(
        {
            "access_token": tokens.access,
            "token_type": "Bearer",
            "expires_in": apps.ACCESS_SECONDS,
            "refresh_token": tokens.refresh,
            "scope": " ".join(tokens.scopes),
        }
    )


@router.post("/revoke")
async def revoke(tenant: Slug, request: Request, inside: Inside) -> Response:
    """End a consent by one of its tokens. A text that is no token of this app gets the same answer."""
    owner = await tenants.by_slug(inside.db, tenant)
    try:
        form = await _form(request)
        async with inside.db.transaction(owner.id) as tx:
            app = await apps.app_of(tx, *_client_credentials(request, form))
            await apps.revoke(tx, app, form.get("token", ""))
    except Refused as why:
        return _refused(why)
    return Response(headers=NO_STORE)


async def _tokens(tx: Tx, request: Request, form: dict[str, str]) -> Tokens | None:
    app = await apps.app_of(tx, *_client_credentials(request, form))
    match form.get("grant_type"):
        case "authorization_code":
            grant = [form.get(name, "") for name in ("code", "redirect_uri", "code_verifier")]
            return await apps.redeem(tx, app, *grant)
        case "refresh_token":
            return await apps.refresh(tx, app, form.get("refresh_token", ""), form.get("scope", "").split())
        case _:
            raise Refused("unsupported_grant_type", "grant_type is 'authorization_code' or 'refresh_token'.")


async def _form(request: Request) -> dict[str, str]:
    try:
        return await form_of(request)
    except NoForm as why:
        raise Refused("invalid_request", str(why)) from None


def _client_credentials(request: Request, form: dict[str, str]) -> tuple[str, str | None]:
    """The app's id and secret, by HTTP Basic or in the form; no secret for an app that has none."""
    header = request.headers.get("authorization")
    if not header:
        return form.get("client_id", ""), form.get("client_secret")
    if credentials := basic(header):
        return credentials
    raise Refused("invalid_client", "The Authorization header is no HTTP Basic.")


def _refused(why: Refused, status: int | None = None) -> Response:
    answer = _json({"error": why.error, "error_description": why.words}, status or 400)
    if why.error in ("invalid_client", "invalid_token"):
        answer.status_code = 401
        answer.headers["WWW-Authenticate"] = "Basic" if why.error == "invalid_client" else "Bearer"
    return answer


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, NO_STORE, "application/json")
