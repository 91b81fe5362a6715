"""OpenID Connect: to the district's provider and back, by a code with PKCE (OpenID Connect Core 1.0, RFC 9700).

What a provider says of itself is fetched through the guarded client, and counts only where it is the issuer we asked.
Of an ID token signature, issuer, audience, times and nonce are checked, and that the user information is of the same
subject.
"""

import base64
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec
import structlog
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet
from joserfc.jwt import JWTClaimsRegistry

from app.errors import Invalid, SourceError, Unauthenticated, Unavailable
from connectors.kit import visitor
from connectors.limits import Private

log = structlog.get_logger(__name__)

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Signatures with a provider's key. None with a shared secret, and none without a signature."""
LEEWAY = 120
"""Seconds that clocks may differ."""
FRESH = 3600
"""Seconds for which what a provider says of itself is kept."""
MOST_SUBJECT = 255
"""Characters of a subject (OpenID Connect Core 1.0, section 2)."""
SECONDS, BUDGET = 10, 512 * 1024


class ProviderMetadata(msgspec.Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Keys(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class Token(msgspec.Struct, frozen=True):
    """What a provider gives for a code (OpenID Connect Core 1.0, section 3.1.3.3)."""

    id_token: str
    access_token: str


@dataclass(frozen=True, slots=True)
class Client:
    """The service as a client of one provider."""

    issuer: str
    id: str
    secret: str | None
    scopes: str
    back: str
    """Where the provider sends browsers back to: an address that no other provider has (RFC 9700, section 4.4.2)."""


@dataclass(frozen=True, slots=True)
class Back:
    """What a browser brings from a provider: a code, and who says to have made it (RFC 9207)."""

    code: str
    issuer: str | None


@dataclass(frozen=True, slots=True)
class AuthenticationRequest:
    """A sign-in that has begun: where the browser goes, and what has to come back with it."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(slots=True)
class Providers:
    """What providers say of themselves and their keys, kept for a while in this process."""

    private: Private
    _known: dict[str, tuple[float, ProviderMetadata]] = field(default_factory=dict)
    _keys: dict[str, tuple[float, KeySet]] = field(default_factory=dict)

    async def metadata(self, issuer: str) -> ProviderMetadata:
        """What an issuer says of itself. Unavailable where it does not answer; Invalid where it is another's."""
        cached = self._known.get(issuer)
        if cached and cached[0] > time.monotonic():
            return cached[1]
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            metadata = msgspec.json.decode(await self._get(address), type=ProviderMetadata)
        except msgspec.MsgspecError as why:
            raise Invalid(f"{address} is no description of an OpenID provider: {why}.") from None
        if "{" in metadata.issuer:
            raise Invalid(
                f"{address} is for everybody's accounts: give the address that has the district's own tenant id in it."
            )
        if metadata.issuer.rstrip("/") != issuer.rstrip("/"):
            raise Invalid(
                f"{address} describes another issuer, '{metadata.issuer[:200]}': give that one, if it is meant."
            )
        self._known[issuer] = (time.monotonic() + FRESH, metadata)
        return metadata

    async def begin(self, client: Client) -> AuthenticationRequest:
        """Where a browser is sent to sign in."""
        metadata = await self.metadata(client.issuer)
        verifier, nonce, state = generate_token(64), generate_token(32), generate_token(32)
        address = prepare_grant_uri(
            metadata.authorization_endpoint,
            client.id,
            "code",
            redirect_uri=client.back,
            scope=client.scopes,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return AuthenticationRequest(address, state, nonce, verifier)

    async def finish(self, client: Client, back: Back, verifier: str, nonce: str) -> dict[str, Any]:
        """The claims about who has signed in. Unauthenticated where anything does not fit."""
        metadata = await self.metadata(client.issuer)
        async with self._http() as http:
            try:
                _its_own(metadata, back)
                token = await self._redeem(http, client, metadata, back.code, verifier)
                claims = await self._claims(client, metadata, token.id_token, nonce)
                return {**await self._user_info(http, metadata, token.access_token, claims), **claims}
            except (JoseError, ValueError, msgspec.MsgspecError, httpx.HTTPError, httpx.InvalidURL, SourceError) as why:
                raise Unauthenticated(
                    "The provider's answer could not be confirmed. Try again; if it happens again, tell the district's "
                    "administrator.",
                    type="not-confirmed",
                    title="Not signed in",
                ) from why

    async def _redeem(
        self, http: httpx.AsyncClient, client: Client, metadata: ProviderMetadata, code: str, verifier: str
    ) -> Token:
        """The tokens for a code (RFC 6749 section 4.1.3); the client shows itself by HTTP Basic, or in the form."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": client.back,
        }
        headers = {}
        if client.secret and "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            credentials = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
        else:
            sent |= {"client_id": client.id} | ({"client_secret": client.secret} if client.secret else {})
        answer = await http.post(metadata.token_endpoint, data=sent, headers=headers)
        if not answer.is_success:
            raise Unavailable(f"{metadata.token_endpoint} answered {answer.status_code}")
        return msgspec.json.decode(answer.content, type=Token)

    async def _claims(self, client: Client, metadata: ProviderMetadata, text: str, nonce: str) -> dict[str, Any]:
        """The claims of an ID token, all checked (OpenID Connect Core 3.1.3.7)."""
        try:
            token = jwt.decode(text, await self._key_set(metadata), algorithms=ALGORITHMS)
        except (JoseError, ValueError, msgspec.MsgspecError):  # perhaps the provider has new keys
            token = jwt.decode(text, await self._key_set(metadata, anew=True), algorithms=ALGORITHMS)
        claims = dict(token.claims)
        JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": metadata.issuer},
            aud={"essential": True, "value": client.id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
        if not isinstance(claims["sub"], str) or not 1 <= len(claims["sub"]) <= MOST_SUBJECT:
            raise ValueError("its subject is none")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != client.id:
            raise ValueError("it was issued to somebody else")
        return claims

    async def _user_info(
        self, http: httpx.AsyncClient, metadata: ProviderMetadata, token: str, claims: dict[str, Any]
    ) -> dict[str, Any]:
        """The claims that the provider's user information adds."""
        if metadata.userinfo_endpoint is None:
            return {}
        answer = await http.get(metadata.userinfo_endpoint, headers={"Authorization": f"Bearer {token}"})
        if not answer.is_success or "json" not in answer.headers.get("content-type", ""):
            return {}
        user_info = msgspec.json.decode(answer.content, type=dict[str, Any])
        if user_info.get("sub") != claims["sub"]:
            raise ValueError("its user information is of somebody else")
        return user_info

    async def _key_set(self, metadata: ProviderMetadata, *, anew: bool = False) -> KeySet:
        cached = self._keys.get(metadata.jwks_uri)
        if cached and cached[0] > time.monotonic() and not anew:
            return cached[1]
        keys = keys_of(await self._get(metadata.jwks_uri))
        self._keys[metadata.jwks_uri] = (time.monotonic() + FRESH, keys)
        return keys

    async def _get(self, address: str) -> bytes:
        host = urlsplit(address).hostname
        async with self._http() as http:
            try:
                answer = await http.get(address)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as why:
                raise Unavailable(f"{host} cannot be reached: {why}") from None
        if not answer.is_success:
            raise Unavailable(f"{host} answered {answer.status_code} to {urlsplit(address).path}")
        return answer.content

    def _http(self) -> httpx.AsyncClient:
        return visitor(seconds=SECONDS, budget=BUDGET, private=self.private)


def keys_of(content: bytes) -> KeySet:
    """The keys of a JSON Web Key Set (RFC 7517, section 5). ValueError where there is none that we can use.

    A key of a kind we do not know, or one that is broken, costs itself: a provider that adds one still lets people in.
    """
    usable: list[Key] = []
    for key in msgspec.json.decode(content, type=_Keys).keys:
        try:
            usable += KeySet.import_key_set({"keys": [key]}).keys
        except (JoseError, ValueError, TypeError, LookupError) as why:
            log.info("a key of a provider was passed over", kid=str(key.get("kid", ""))[:80], why=type(why).__name__)
    if not usable:
        raise ValueError("it has no key that could be used")
    return KeySet(usable)


def _its_own(metadata: ProviderMetadata, back: Back) -> None:
    """ValueError where another provider made the code, or where this one would say that it did, and nobody does.

    A code is redeemed only where it was made: a provider that gets another's could sign in with it (RFC 9207).
    """
    if back.issuer is None and metadata.authorization_response_iss_parameter_supported:
        raise ValueError("it does not say whose code it is")
    if back.issuer is not None and back.issuer != metadata.issuer:
        raise ValueError("another provider made the code")
