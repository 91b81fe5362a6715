"""Speak to another host's Open Badges 3.0 or CLR 2.0 API: its description, registration, tokens, credentials, profile.

description ─▶ register (RFC 7591) ─▶ the learner consents there (RFC 6749, 7636) ─▶ tokens ─▶ credentials, page by page

What the host says of itself is believed as far as it concerns the host: tokens go to its API's own origin alone.
"""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.errors import SourceDenied, Unavailable
from app.wallet.submitted import JSON, JWS, Standard
from connectors.kit import header_next, members

PAGES = 200
"""Pages of one fetch: whoever never ends is not a list of a learner's credentials."""
LIMIT = 100
PROFILE = 256 * 1024
"""Bytes of the longest profile that is kept: with an image inside, a few ten thousand are usual."""


@dataclass(frozen=True, slots=True)
class Described:
    """Where a host's API lets apps in, and for what (Open Badges 3.0, section 6.2.4)."""

    title: str
    authorize: str
    token: str
    refresh: str
    register: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """What we are at the host: our id there, our secret if it gave one, and how it wants them."""

    client: str
    secret: str | None
    method: str


class Tokens(msgspec.Struct):
    """What the host gave for a consent. `ends`: seconds since 1970 at which the access token does."""

    access: str
    refresh: str | None
    ends: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """A credential as the host gave it, byte for byte."""

    body: bytes
    media_type: str


class TokenRefused(SourceDenied):
    """The host does not take the access token, whatever end it told: a new one may do."""


class ConsentEnded(SourceDenied):
    """The host no longer honors what the learner consented to: the learner has to be asked again."""


async def describe(http: httpx.AsyncClient, address: str) -> Described:
    """The host's description of itself. Unavailable where it has none that lets apps in as the standard says."""
    _checked(address, address)
    description = _object(await _sent(http, http.build_request("GET", f"{address}/discovery")), "the description")
    try:
        (scheme,) = [
            candidate
            for candidate in description["components"]["securitySchemes"].values()
            if candidate["type"] == "oauth2"
        ]
        flow = scheme["flows"]["authorizationCode"]
        authorize, token = flow["authorizationUrl"], flow["tokenUrl"]
        described = Described(
            str(description.get("info", {}).get("title") or address),
            authorize,
            token,
            refresh=flow.get("refreshUrl") or token,
            register=scheme["x-imssf-registrationUrl"],
            scopes=tuple(map(str, flow["scopes"])),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise Unavailable(f"the description of {address} does not say how apps are let in ({why!r})") from None
    for part in (described.authorize, described.token, described.refresh, described.register):
        _checked(part, address)
    return described


def _checked(part: Any, address: str) -> None:
    """An address of the host that may be used: https, unless the host itself is reached by http in our own network."""
    with suppress(httpx.InvalidURL, TypeError, ValueError):
        url = httpx.URL(part)
        if url.scheme in {"https", urlsplit(address).scheme} & {"https", "http"} and url.host and not url.userinfo:
            return
    raise Unavailable(f"{address} would lead to {str(part)[:200]!r}, which is no https address")


async def register(
    http: httpx.AsyncClient, described: Described, about: dict[str, Any], ticket: str | None
) -> Registered:
    """Register there (RFC 7591), with the initial access token if one was given."""
    headers = {"Authorization": f"Bearer {ticket}"} if ticket else {}
    request = http.build_request("POST", described.register, json=about, headers=headers)
    registration = _object(await _sent(http, request), "our registration")
    client, secret = registration.get("client_id"), registration.get("client_secret")
    if not isinstance(client, str) or not isinstance(secret, str | None):
        raise Unavailable("the host answered the registration without a client_id")
    usual = "client_secret_basic" if secret else "none"
    return Registered(client, secret, str(registration.get("token_endpoint_auth_method") or usual))


def authorization(
    described: Described, client: str, back: str, scopes: Sequence[str], state: str, verifier: str
) -> str:
    """Where the learner says yes."""
    parameters = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": back,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{described.authorize}{'&' if urlsplit(described.authorize).query else '?'}{urlencode(parameters)}"


async def redeem(
    http: httpx.AsyncClient, described: Described, me: Registered, code: str, verifier: str, back: str
) -> Tokens:
    """Tokens for the code the learner came back with."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    return await _tokens(http, described.token, me, form, None)


async def renew(
    http: httpx.AsyncClient, described: Described, me: Registered, old: Tokens, scopes: Sequence[str]
) -> Tokens:
    """New tokens for old ones. ConsentEnded where there are none to be had."""
    if old.refresh is None:
        raise ConsentEnded("the access has ended, and the host gave nothing to renew it with")
    form = {"grant_type": "refresh_token", "refresh_token": old.refresh, "scope": " ".join(scopes)}
    return await _tokens(http, described.refresh, me, form, old.refresh)


async def credentials(
    http: httpx.AsyncClient, address: str, standard: Standard, token: str
) -> AsyncIterator[list[Fetched]]:
    """All of the learner's credentials, page by page.

    The standards' `since` is not used: it asks for what was *issued* since then, and would pass over an older
    credential that the learner brought to the host only now.
    """
    url, seen = f"{address}/credentials?limit={LIMIT}", set[str]()
    for _ in range(PAGES):
        seen.add(url)
        response = await _sent(http, http.build_request("GET", url, headers=_bearer(token)))
        yield list(_listed(response.content, standard))
        target = header_next(response)
        if target is None:
            return
        url = _joined(response.url, target)
        if _origin(url) != _origin(address) or url in seen:
            raise Unavailable(f"{address}: the next page would be at another host, or one read already")
    raise Unavailable(f"{address}: the list of credentials does not end after {PAGES} pages")


async def profile(http: httpx.AsyncClient, address: str, token: str) -> bytes:
    """Whose credentials they are, as the host says it."""
    response = await _sent(http, http.build_request("GET", f"{address}/profile", headers=_bearer(token)))
    _object(response, "the profile")
    if len(response.content) > PROFILE:
        raise Unavailable(
            f"{response.url.host}: the profile has {len(response.content):,} bytes, the most is {PROFILE:,}"
        )
    return response.content


def _listed(body: bytes, standard: Standard) -> list[Fetched]:
    parts = members(body)
    if parts and not parts.keys() & {"credential", "compactJwsString"}:
        raise Unavailable(f"the answer has no credentials (it has {', '.join(sorted(parts)[:12])})")
    try:
        whole = msgspec.json.decode(parts.get("credential", b"[]"), type=list[msgspec.Raw])
        tokens = msgspec.json.decode(parts.get("compactJwsString", b"[]"), type=list[str])
    except msgspec.DecodeError as why:
        raise Unavailable(f"the answer is no list of credentials of {standard.name} ({why})") from None
    return [Fetched(bytes(content), JSON) for content in whole] + [Fetched(content.encode(), JWS) for content in tokens]


async def _tokens(
    http: httpx.AsyncClient, where: str, me: Registered, form: dict[str, str], refresh_before: str | None
) -> Tokens:
    headers = {"Accept": JSON}
    if me.method == "client_secret_basic" and me.secret is not None:
        pair = f"{quote_plus(me.client)}:{quote_plus(me.secret)}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    else:
        form = form | {"client_id": me.client} | ({"client_secret": me.secret} if me.secret else {})
    response = await http.post(where, data=form, headers=headers)
    # RFC 6749, 5.2: it, and no other
    if not response.is_success and _answer_of(response).get("error") == "invalid_grant":
        raise ConsentEnded(f"{urlsplit(where).hostname} refuses the consent: {_error(response)}")
    answer = _object(_judged(response), "the token endpoint's answer")
    access, refresh, seconds = (
        answer.get("access_token"),
        answer.get("refresh_token", refresh_before),
        answer.get("expires_in", 600),
    )
    kind = str(answer.get("token_type", "")).lower()
    if not isinstance(access, str) or not isinstance(refresh, str | None) or kind != "bearer":
        raise Unavailable(f"{urlsplit(where).hostname} answered without a bearer token")
    if not isinstance(seconds, int | float):
        seconds = 600
    return Tokens(access, refresh, datetime.now(UTC).timestamp() + seconds)


async def _sent(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    return _judged(await http.send(request))


def _judged(response: httpx.Response) -> httpx.Response:
    """The answer, if it is a good one. TokenRefused for 401, SourceDenied for 403, Unavailable else."""
    if response.is_success:
        return response
    host, status = response.url.host, response.status_code
    if status in (401, 403):
        refusal = TokenRefused if status == 401 else SourceDenied
        raise refusal(f"{host} does not let us in ({status}): {_error(response)}")
    raise Unavailable(f"{host}{response.url.path} answered {status}: {_error(response)}")


def _error(response: httpx.Response) -> str:
    """What an error answer says of itself, as OAuth or 1EdTech word it; nothing of any other body."""
    answer = _answer_of(response)
    words = [str(answer[name])[:200] for name in ("error", "error_description", "imsx_description") if name in answer]
    return ": ".join(words) or "no reason given"


def _object(response: httpx.Response, what: str) -> dict[str, Any]:
    if answer := _answer_of(response):
        return answer
    raise Unavailable(f"{response.url.host} answers with something else than {what}")


def _answer_of(response: httpx.Response) -> dict[str, Any]:
    """The object an answer is, or an empty one. What holds NUL counts as nothing told: no database keeps that."""
    try:
        answer = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) and b"\\u0000" not in response.content else {}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": JSON}


def _joined(here: httpx.URL, target: str) -> str:
    try:
        return str(here.join(target))
    except httpx.InvalidURL:
        raise Unavailable(f"{here.host}: the next page is at no address") from None


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()
