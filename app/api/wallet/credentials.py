"""Credentials and profiles for learners' apps: Open Badges 3.0 section 6.2 and CLR 2.0, one shape for both."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import tenants
from app.api.wallet.words import WordedRoute, status_info
from app.credentials import strict_json
from app.credentials.errors import CredentialError, Unreadable
from app.credentials.model import pairwise
from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.wallet.wallet import HeldRow, TokenRow
from app.errors import ApiError
from app.issuing.issuer import issuer_at, issuer_of
from app.records import reading
from app.records.document import SourcedName
from app.request import Inside, Slug
from app.sharing import sharing
from app.start import Service
from app.wallet import apps, submitted
from app.wallet.fetcher import credential_fetcher
from app.wallet.into_record import add_to_record
from app.wallet.submitted import CLR, JSON, JWS, OPEN_BADGES, Standard, SubmittedCredential
from app.wallet.verifying import verify_beside

USUAL, MOST = 50, 200
WHOLE = re.compile(r"[0-9]{1,10}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")
CONSENTED = "the learner let this app in"


def routes(standard: Standard) -> APIRouter:
    """The operations of one standard."""
    router = APIRouter(prefix=f"/t/{{tenant}}{standard.root}", route_class=WordedRoute)

    @router.get("/credentials")
    async def get_credentials(tenant: Slug, request: Request, inside: Inside) -> Response:
        limit, offset = min(_number(request, "limit", USUAL, 1), MOST), _number(request, "offset", 0, 0)
        since = _since(request)
        issuer = await issuer_at(inside, tenant)
        async with inside.db.transaction(issuer.tenant) as tx:
            token = await _let_in(tx, request, standard, "credential.readonly")
            total, rows = await submitted.credentials_of(
                tx, token.learner_id, standard, since=since, limit=limit, offset=offset
            )
            if rows:
                await _log(tx, token, standard, [str(row.id) for row in rows])
        links = _links(f"{issuer.home}{standard.root}/credentials", request, limit, offset, total)
        headers = {"X-Total-Count": str(total), "Cache-Control": "no-store", "Link": links}
        return Response(_listed(rows), headers=headers, media_type=JSON)

    @router.post("/credentials")
    async def upsert_credential(tenant: Slug, request: Request, inside: Inside) -> Response:
        owner = await tenants.by_slug(inside.db, tenant)
        async with inside.db.transaction(owner.id) as tx:
            token = await _let_in(tx, request, standard, "credential.upsert")
        handed = await _handed(request, inside, standard)
        async with inside.db.transaction(owner.id) as tx:
            landed = await add_to_record(tx, inside.vault, token.learner_id, handed, f"app {token.app_id}")
        if landed.outcome == "unchanged":
            return Response(status_code=304)
        status = 201 if landed.outcome == "created" else 200
        return Response(landed.body, status, {"Cache-Control": "no-store"}, handed.media_type)

    @router.get("/profile")
    async def get_profile(tenant: Slug, request: Request, inside: Inside) -> Response:
        owner = await tenants.by_slug(inside.db, tenant)
        async with inside.db.transaction(owner.id) as tx:
            token = await _let_in(tx, request, standard, "profile.readonly")
            body = await submitted.profile(tx, token.learner_id)
            await _log(tx, token, standard, ["profile"])
        if body is None:
            body = await _own_profile(inside, owner, token.learner_id)
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=JSON)

    @router.put("/profile")
    async def put_profile(tenant: Slug, request: Request, inside: Inside) -> Response:
        owner = await tenants.by_slug(inside.db, tenant)
        async with inside.db.transaction(owner.id) as tx:
            token = await _let_in(tx, request, standard, "profile.update")
        body = await request.body()
        profile = strict_json.load_object(body, "profile")
        if why := next(submitted.profile_validator().iter_errors(profile), None):
            raise Unreadable(f"{'/'.join(map(str, why.instance_path)) or 'the profile'}: {why.message[:300]}")
        async with inside.db.transaction(owner.id) as tx:
            await submitted.keep_profile(tx, token.learner_id, body)
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=JSON)

    for path, allowed in (("/credentials", {"GET", "POST"}), ("/profile", {"GET", "PUT"}), ("/discovery", {"GET"})):
        router.add_api_route(path, _not_allowed(allowed), methods=sorted(METHODS - allowed))
    return router


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}


def _not_allowed(allowed: set[str]) -> Any:
    async def refuse() -> Response:
        names = ", ".join(sorted(allowed))
        return status_info(405, f"Method not allowed: use {names}.", headers={"Allow": names})

    return refuse


async def _let_in(tx: Tx, request: Request, standard: Standard, scope: str) -> TokenRow:
    return await apps.bearer_of(tx, request.headers.get("authorization"), standard.scopes + scope)


async def _handed(request: Request, inside: Service, standard: Standard) -> SubmittedCredential:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (JSON, JWS):
        raise ApiError(415, "media-type", "Unsupported media type", f"Send {JSON}, or {JWS} for a compact JWS.")
    body = (await request.body()).strip()
    try:
        return submitted.read(body, media_type, standard)
    except CredentialError:
        handed = submitted.read(body, media_type, standard, loose=True)
        if not await _proven(inside, body):
            raise
        return handed


async def _proven(inside: Service, body: bytes) -> bool:
    """Whether the issuer's signature holds: then its form is the issuer's business, as far as it can be read."""
    fetch = credential_fetcher(inside.db, inside.vault, inside.settings)
    report = await verify_beside(body, fetch=fetch, alone=True)
    checks = [report.check(name) for name in ("parse", "context", "proof", "issuer key")]
    return all(check is not None and check.outcome == "passed" for check in checks)


async def _log(tx: Tx, token: TokenRow, standard: Standard, items: list[str]) -> None:
    app = await apps.live(tx, token.app_id)
    assert app is not None
    await sharing.note_disclosure(
        tx, token.learner_id, f"{standard.name} API", party=app.name, purpose=CONSENTED, items=items
    )


async def _own_profile(inside: Inside, owner: TenantRow, learner: UUID) -> bytes:
    """What the record says of who the learner is: a name, and the identifier in what we issue."""
    async with inside.db.transaction(owner.id) as tx:
        name = await reading.name(tx, learner) or SourcedName(value="")
    fields = {"name": name.value, "givenName": name.given, "familyName": name.family}
    profile = {field: value for field, value in fields.items() if value}
    did = issuer_of(owner, inside.settings).did
    return msgspec.json.encode({"id": pairwise(owner.salt, did, str(learner)), "type": ["Profile"], **profile})


def _listed(rows: list[HeldRow]) -> bytes:
    """The credentials as they are kept, byte for byte: those with a proof inside, and those that are tokens."""
    inside = [msgspec.Raw(row.body) for row in rows if row.media_type == JSON]
    tokens = [row.body.decode() for row in rows if row.media_type != JSON]
    return msgspec.json.encode({"credential": inside, "compactJwsString": tokens})


def _number(request: Request, name: str, usual: int, least: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not WHOLE.fullmatch(text) or not least <= int(text) < 2**31:
        raise _bad(name, f"it should be a whole number from {least}")
    return int(text)


def _since(request: Request) -> datetime | None:
    text = request.query_params.get("since")
    if text is None:
        return None
    try:
        if not MOMENT.fullmatch(text):
            raise ValueError(text)
        moment = datetime.fromisoformat(text.upper())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        raise _bad("since", "it should be a date-time like 2026-09-01T08:00:00Z") from None


def _bad(name: str, words: str) -> ApiError:
    return ApiError(400, "invalid", f"Parameter '{name}'", words, parameter=name)


def _links(where: str, request: Request, limit: int, offset: int, total: int) -> str:
    last = max(0, (total - 1) // limit * limit)
    offsets = {"first": 0, "last": last, "prev": max(0, offset - limit), "next": offset + limit}
    if offset == 0:
        del offsets["prev"]
    if offset + limit >= total:
        del offsets["next"]
    more = [(name, value) for name, value in request.query_params.items() if name == "since"]
    return ", ".join(
        f'<{where}?{urlencode([("limit", limit), ("offset", start), *more])}>; rel="{rel}"'
        for rel, start in offsets.items()
    )


router = APIRouter()
for standard_ in (OPEN_BADGES, CLR):
    router.include_router(routes(standard_))
