"""An app as learners use it: it registers, is let in, and holds tokens."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx

from app.wallet import apps
from tests.support.api import Api, bearer

OAUTH = "/t/sample/oauth"
BACK = "https://wallet.example.org/back"
REGISTRATION: dict[str, Any] = {
    "client_name": "Sample Wallet",
    "client_uri": "https://wallet.example.org",
    "logo_uri": "https://wallet.example.org/logo.png",
    "tos_uri": "https://wallet.example.org/terms",
    "policy_uri": "https://wallet.example.org/privacy",
    "software_id": "sample-wallet",
    "software_version": "1.0",
    "redirect_uris": [BACK],
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
}


@dataclass(frozen=True, slots=True)
class Wallet:
    """A registered app."""

    api: Api
    id: str
    secret: str

    def asked(self, scope: str, verifier: str) -> dict[str, str]:
        digest = hashlib.sha256(verifier.encode()).digest()
        return {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": BACK,
            "scope": scope,
            "state": "s-1",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }

    async def let_in(self, learner: UUID, scope: str, verifier: str) -> str:
        """The authorization code, once the learner has typed the code from school."""
        async with self.api.db.transaction(self.api.tenant) as tx:
            connect, _ = await apps.connect_code(tx, learner, "test")
        form = {**self.asked(scope, verifier), "connect_code": connect.lower(), "decision": "allow"}
        answer = await self.api.http.post(f"{OAUTH}/authorize", data=form)
        assert answer.status_code == 303, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        assert query["state"] == ["s-1"]
        return query["code"][0]

    async def token(self, **form: str) -> httpx.Response:
        return await self.api.http.post(f"{OAUTH}/token", data=form, auth=(self.id, self.secret))

    async def tokens(self, learner: UUID, *scopes: str) -> dict[str, Any]:
        verifier = secrets.token_urlsafe(48)
        code = await self.let_in(learner, " ".join(scopes or apps.SCOPES), verifier)
        answer = await self.token(grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=verifier)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def headers(self, learner: UUID, *scopes: str) -> dict[str, str]:
        return bearer((await self.tokens(learner, *scopes))["access_token"])


async def registered(api: Api, **more: Any) -> Wallet:
    async with api.db.transaction(api.tenant) as tx:
        ticket = await apps.invite_app(tx, "for a test", "test")
    answer = await api.http.post(f"{OAUTH}/register", json={**REGISTRATION, **more}, headers=bearer(ticket))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Wallet(api, body["client_id"], body.get("client_secret", ""))
