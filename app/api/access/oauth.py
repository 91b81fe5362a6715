"""OAuth 2.0: tokens for client credentials (RFC 6749), and their revocation (RFC 7009)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tokens
from app.access.scopes import ONEROSTER, SCOPES
from app.api.access.wire_oauth import OAuthToken
from app.api.kit.context import gate
from app.api.kit.form import FORM, NoForm, basic, form_of
from app.api.kit.problem import problems
from app.db.access.access import Caller
from app.errors import ApiError
from app.request import Inside

router = APIRouter(prefix="/oauth", tags=["OAuth"])

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Refused(ApiError):
    """An error as RFC 6749 section 5.2 words it; `type` is its `error`."""

    def __init__(self, error: str, detail: str, status: int = 400, headers: Mapping[str, str] = NO_STORE) -> None:
        super().__init__(status, error, error, detail, headers={**NO_STORE, **headers})


async def refused(_: Request, why: Exception) -> Response:
    """The answer to a refused request for a token."""
    assert isinstance(why, Refused)
    body = msgspec.json.encode({"error": why.type, "error_description": why.detail})
    return Response(body, why.status, why.headers, "application/json")


def _form(fields: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(fields), "required": required}
    basic_or_form: list[dict[str, list[str]]] = [{"clientBasic": []}, {}]
    return {"requestBody": {"required": True, "content": {FORM: {"schema": schema}}}, "security": basic_or_form}


CLIENT_FIELDS = {
    "client_id": {"type": "string", "format": "uuid", "description": "if not sent as HTTP Basic"},
    "client_secret": {"type": "string", "description": "an API key of the client, if not sent as HTTP Basic"},
}
TOKEN_FORM = _form(
    {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {"type": "string", "description": "some of the client's scopes; all of them if left out"},
        **CLIENT_FIELDS,
    },
    ["grant_type"],
)
REVOKE_FORM = _form({"token": {"type": "string"}, "token_type_hint": {"type": "string"}, **CLIENT_FIELDS}, ["token"])
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/OAuthError"},
                "example": {"error": error, "error_description": "What it was, and what to do next."},
            }
        },
    }
    for status, error, description in (
        (400, "invalid_request", "The request will not do: `error` says how (RFC 6749 section 5.2)"),
        (401, "invalid_client", "No client has this id and this key"),
        (429, "temporarily_unavailable", "Too often: `Retry-After` says when to ask again"),
    )
}
REFUSALS |= {503: problems()[503]}


@router.post("/token", openapi_extra=TOKEN_FORM, response_model=OAuthToken, responses=REFUSALS)
async def get_token(request: Request, inside: Inside) -> Response:
    """Trade a client's key for a token that lives at most an hour."""
    form = await _read(request)
    if form.get("grant_type") != "client_credentials":
        raise Refused("unsupported_grant_type", "The grant_type is 'client_credentials'.")
    client = await _client(request, form)
    if wait := request.app.state.tokens.take(client.client):
        raise _too_often(wait, "This client asks too often: keep a token and use it.")
    scopes = form["scope"].split() if form.get("scope") else sorted(client.scopes)
    granted = [scope for scope in scopes if scope in client.scopes or not scope.startswith(ONEROSTER)]
    scopes = granted or scopes  # clients of OneRoster ask for all they know, and take what they get (RFC 6749, 3.3)
    if surplus := [scope for scope in scopes if scope not in client.scopes]:
        known = surplus[0] in SCOPES
        detail = f"'{surplus[0][:80]}' is not {'a scope of this client' if known else 'a scope'}."
        raise Refused("invalid_scope", f"{detail} It may have: {' '.join(sorted(client.scopes))}")
    async with inside.db.transaction(client.tenant) as tx:
        token = await tokens.issue_token(tx, client, scopes)
    shape = OAuthToken(access_token=token.text, expires_in=token.seconds, scope=" ".join(token.scopes))
    return Response(shape.model_dump_json(), headers=NO_STORE, media_type="application/json")


@router.post("/revoke", openapi_extra=REVOKE_FORM, response_class=Response, responses=REFUSALS)
async def revoke_token(request: Request, inside: Inside) -> Response:
    """End a token at once. A text that is no token of this client gets the same answer."""
    form = await _read(request)
    if not form.get("token"):
        raise Refused("invalid_request", "The field 'token' is missing.")
    client = await _client(request, form)
    async with inside.db.transaction(client.tenant) as tx:
        await tokens.revoke_token(tx, client, form["token"])
    return Response(headers=NO_STORE)


async def _read(request: Request) -> dict[str, str]:
    try:
        return await form_of(request)
    except NoForm as why:
        raise Refused("invalid_request", str(why)) from None


async def _client(request: Request, form: Mapping[str, str]) -> Caller:
    """The client that shows its key, as HTTP Basic or in the form."""
    header = request.headers.get("authorization")
    stranger = Refused(
        "invalid_client",
        "No client has this id and this key. A key that was revoked or has expired no longer does.",
        401,
        {"WWW-Authenticate": 'Basic realm="tessera"'},
    )
    if header is not None and "client_secret" in form:
        raise Refused("invalid_request", "The client shows its key twice: use HTTP Basic or the form.")
    in_form = form.get("client_id", ""), form.get("client_secret", "")
    name, secret = in_form if header is None else basic(header) or ("", "")
    try:
        client_id = UUID(name)
    except ValueError:
        raise stranger from None
    caller = await gate(request).holder(secret)  # first: a right key is never refused for what strangers tried
    if caller is None or caller.client != client_id or caller.kind != "key":
        address = request.client.host if request.client else ""
        if wait := request.app.state.wrong_keys.take((address, client_id)):
            raise _too_often(wait, "Too many wrong keys for this client came from where you are.")
        raise stranger
    return caller


def _too_often(wait: float, detail: str) -> Refused:
    return Refused("temporarily_unavailable", detail, 429, {"Retry-After": str(int(wait) + 1)})
