"""A small OpenID provider of our own, over HTTP on this machine: right, or wrong in a way that a test asks for."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "tessera", "s3cr:t/&%"


@dataclass
class Provider:
    """Who signs in (`claims`), and what goes wrong: `forged` overrides claims of the ID token, the rest is by name."""

    claims: dict[str, Any]
    address: str = ""
    forged: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    names_itself: bool = False  # in what it sends back (RFC 9207)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.described),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
                Route("/userinfo", self.userinfo),
            ]
        )

    async def described(self, _: Request) -> Response:
        ends = {name: f"{self.address}/{path}" for name, path in ENDPOINTS.items()}
        others = {"issuer": "https://evil.example", "everybody": "https://login.microsoftonline.com/{tenantid}/v2.0"}
        issuer = others.get(self.wrong, self.address)
        return JSONResponse(
            {
                "issuer": issuer,
                **ends,
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": self.names_itself,
            }
        )

    async def authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        assert (query["client_id"], query["response_type"], query["code_challenge_method"]) == (CLIENT, "code", "S256")
        if self.wrong == "refuses":
            return RedirectResponse(
                f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
            )
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], **({"iss": self.address} if self.names_itself else {})}
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        pending = self.codes.pop(str(form["code"]), None)
        credentials = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest()).decode()
        good = (
            pending
            and pending["code_challenge"] == challenge.rstrip("=")
            and pending["redirect_uri"] == form["redirect_uri"]
        )
        if not good or credentials != "tessera:s3cr%3At%2F%26%25":
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert pending
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": pending["nonce"]}
        claims |= {"sub": self.claims["sub"], **self.forged}
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": self.signed(claims)})

    def signed(self, claims: dict[str, Any]) -> str:
        if self.wrong == "shared key":
            return jwt.encode({"alg": "HS256", "kid": "1"}, claims, OctKey.import_key(SECRET * 4), algorithms=["HS256"])
        if self.wrong == "unsigned":
            parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)]
            return ".".join([*(part.decode().rstrip("=") for part in parts), ""])
        if self.wrong == "public key as secret":
            public = OctKey.import_key(self.key.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": "1"}, claims, public, algorithms=["HS256"])
        if self.wrong == "key of its own":
            own = RSAKey.generate_key(2048)
            return jwt.encode({"alg": "RS256", "jwk": own.as_dict(private=False)}, claims, own)
        if self.wrong == "token of before" and self.tokens:
            return self.tokens[0]
        key = RSAKey.generate_key(2048, {"kid": "1"}) if self.wrong == "another key" else self.key
        self.tokens.append(jwt.encode({"alg": "RS256", "kid": "1"}, claims, key))
        return self.tokens[-1]

    async def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer at"
        more = {"sub": "somebody else"} if self.wrong == "userinfo" else {}
        return JSONResponse({**self.claims, **more})


ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "jwks_uri": "keys",
    "userinfo_endpoint": "userinfo",
}


@asynccontextmanager
async def provider(**claims: Any) -> AsyncIterator[Provider]:
    """A provider that says this of whoever signs in, running."""
    made = Provider(claims)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        made.address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(made.app(), lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        )
        task = asyncio.create_task(server.serve(sockets=[taken]))
        yield made
        server.should_exit = True
        await task
