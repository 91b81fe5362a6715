"""How Tessera shows who it is: OAuth 2 client credentials, a static bearer token, OAuth 1.0a, HTTP Basic."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Literal

import httpx
import msgspec
from authlib.oauth1 import ClientAuth as OAuth1Client
from authlib.oauth2.auth import ClientAuth as OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from connectors.errors import ConfigError, SourceDenied, Unavailable
from connectors.kit.guard import place, url_of
from connectors.kit.retry import explanation, judged
from connectors.limits import without_credentials

Method = Literal["basic", "form"]
"""How the client secret travels to the token endpoint: in an Authorization header, or among the form's fields."""

_METHODS: dict[Method, str] = {"basic": "client_secret_basic", "form": "client_secret_post"}
_ASSERTED = 3600  # seconds an assertion is good for: the most that Google takes
_LEEWAY = 60.0  # seconds before its end at which a token is renewed, so that it does not end on its way


class Signed(httpx.AsyncBaseTransport):
    """Adds credentials to each request, each try anew: a nonce serves once, and a refused token is renewed once."""

    def __init__(self, inner: httpx.AsyncBaseTransport, auth: httpx.Auth) -> None:
        self._inner = inner
        self._auth = auth

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The last answer of the auth's own flow of requests."""
        flow = self._auth.async_auth_flow(request)
        try:
            sent = await anext(flow)
            while True:
                response = await self._inner.handle_async_request(sent)
                try:
                    sent = await flow.asend(response)
                except StopAsyncIteration:
                    return response
        finally:
            await flow.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


def bearer(token: str) -> httpx.Auth:
    """A static token, as an `Authorization: Bearer` header."""
    return _Bearer(token)


def basic(user: str, password: str) -> httpx.Auth:
    """User name and password by HTTP Basic (RFC 7617)."""
    return httpx.BasicAuth(user, password)


def oauth1(key: str, secret: str) -> httpx.Auth:
    """OAuth 1.0a with two legs (RFC 5849): every request signed by HMAC-SHA1, with its own nonce and time."""
    return _OAuth1(key, secret)


def oauth2(
    token_url: str, client_id: str, client_secret: str, *, scope: str = "", method: Method = "basic"
) -> httpx.Auth:
    """OAuth 2 client credentials (RFC 6749, 4.4). The token is shared by all requests, and renewed before it ends.

    Raises ConfigError for a token URL that is none; in use, SourceDenied when the token endpoint refuses the
    client, and Unavailable when it is down or talks nonsense.
    """
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    return _OAuth2(_url(token_url), OAuth2Client(client_id, client_secret, _METHODS[method]), form)


def refreshed(token_url: str, client_id: str, client_secret: str, refresh_token: str) -> httpx.Auth:
    """OAuth 2 with a refresh token (RFC 6749, 6): access tokens are got by it and renewed before they end.

    The refresh token must last: a server that gives another one with each answer is not for this. Raises as `oauth2`.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _OAuth2(_url(token_url), OAuth2Client(client_id, client_secret, _METHODS["form"]), form)


def service_account(
    token_url: str, email: str, private_key: str, *, scope: str, subject: str | None = None
) -> httpx.Auth:
    """OAuth 2 by a signed assertion (RFC 7523), as a service account shows who it is; `subject` is whom it acts for.

    ConfigError where the private key is none (PEM, RSA). Raises as `oauth2`.
    """
    try:
        key = RSAKey.import_key(private_key)
    except (ValueError, JoseError):
        raise ConfigError("the private key of the service account is no RSA key in PEM form") from None
    return _Asserted(_url(token_url), email, key, scope=scope, subject=subject)


def _url(token_url: str) -> httpx.URL:
    try:
        url = url_of(token_url)
    except ValueError as error:
        raise ConfigError(f"token_url '{without_credentials(token_url)}' is no URL: {error}") from None
    if not url.host or url.scheme not in ("https", "http"):
        raise ConfigError(f"token_url '{without_credentials(token_url)}' does not begin like https://login.example.org")
    return url


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


class _OAuth1(httpx.Auth):
    requires_request_body = True

    def __init__(self, key: str, secret: str) -> None:
        self._client = OAuth1Client(key, client_secret=secret)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        url, headers, body = self._client.prepare(
            request.method, str(request.url), dict(request.headers), request.content
        )
        yield httpx.Request(request.method, url, headers=headers, content=body)


class _OAuth2(httpx.Auth):
    def __init__(
        self,
        token_url: httpx.URL,
        client: OAuth2Client,
        form: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token_url = token_url
        self._client = client
        self._form = form
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends = 0.0

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        renewed = False
        async with self._lock:
            if not self._token or self._clock() >= self._ends:
                self._remember((yield self._token_request()))
                renewed = True
            token = self._token
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED or renewed:
            return
        async with self._lock:
            if self._token == token:  # no other request has renewed it meanwhile
                self._remember((yield self._token_request()))
            request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def _token_request(self) -> httpx.Request:
        plain = httpx.Request("POST", self._token_url, data=dict(self._form), headers={"Accept": "application/json"})
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = self._client.prepare("POST", str(plain.url), headers, plain.read().decode())
        return httpx.Request("POST", url, headers=headers, content=body)

    def _remember(self, response: httpx.Response) -> None:
        self._token = ""
        where = f"token endpoint {place(self._token_url)}"
        status = response.status_code
        if response.is_client_error and status not in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.REQUEST_TIMEOUT):
            raise SourceDenied(
                f"{where} refused client '{self._client.client_id}' with {status}{explanation(response)}"
                " (check client id, secret, scope, and whether it wants them by basic or by form)"
            )
        if response.has_redirect_location:
            raise Unavailable(f"{where} answered {status}: not following with a secret (is token_url right?)")
        judged(response.request, response, time.time())
        try:
            granted = msgspec.json.decode(response.content, type=_Granted, strict=False)
        except msgspec.DecodeError as error:
            raise Unavailable(f"{where} answered {status} without a token ({error}): is token_url right?") from None
        self._token = granted.access_token
        lifetime = granted.expires_in if granted.expires_in is not None else float("inf")
        self._ends = self._clock() + lifetime - min(_LEEWAY, lifetime / 10)


class _Asserted(_OAuth2):
    """A token is asked for with an assertion that is signed anew each time."""

    def __init__(self, token_url: httpx.URL, email: str, key: RSAKey, *, scope: str, subject: str | None) -> None:
        super().__init__(token_url, OAuth2Client(email, "", "none"), {})
        self._claims = {"iss": email, "scope": scope, "aud": str(token_url)} | ({"sub": subject} if subject else {})
        self._key = key

    def _token_request(self) -> httpx.Request:
        now = int(time.time())
        claims = {**self._claims, "iat": now, "exp": now + _ASSERTED}
        assertion = jwt.encode({"alg": "RS256"}, claims, self._key)
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return httpx.Request("POST", self._token_url, data=form, headers={"Accept": "application/json"})


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float | None = None
