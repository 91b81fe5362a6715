"""What tests share of received."""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.credentials.verify import Fetched, Unreachable
from app.records.settle import settle
from tests.support.api import Api, bearer
from tests.support.wallet import BADGE

ENVELOPE: dict[str, Any] = {
    "id": "badge-1",
    "learner": {"identifiers": [{"type": "district", "value": "100482"}], "name": {"full": "Ada Sample"}},
}


async def nowhere(address: str) -> Fetched:
    raise Unreachable(f"{address} is not there")


def badge(key: Ed25519PrivateKey, **more: Any) -> dict[str, Any]:
    issuer = {**BADGE["issuer"], "id": did_key(key.public_key())}
    document = {**BADGE, "issuer": issuer, "credentialSubject": called(more.get("name", BADGE["name"])), **more}
    return sign(document, SigningKey(did_key_method(key.public_key()), key), datetime(2026, 10, 3, 17, tzinfo=UTC))


def called(name: str) -> dict[str, Any]:
    """The subject of a badge whose achievement has this name."""
    subject = BADGE["credentialSubject"]
    return {**subject, "achievement": {**subject["achievement"], "name": name}}


async def badges(api: Api, *documents: dict[str, Any] | str) -> dict[str, str]:
    """Push several badges of one learner; the headers of who pushed them."""
    headers = bearer(await api.key(source=await api.source("open_badges", "badges")))
    for number, document in enumerate(documents):
        body = {**ENVELOPE, "id": f"badge-{number}", "credential": document}
        answer = await api.http.post("/v1/badges", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
    await settle(api.db, api.tenant)
    return headers


async def know(api: Api, key: Ed25519PrivateKey, name: str = "Robotics Club") -> None:
    """Put whoever has a key on the district's list of issuers."""
    order = {"issuer": did_key(key.public_key()), "name": name}
    answer = await api.http.post("/v1/known-issuers", json=order, headers=bearer(await api.key("sources.manage")))
    assert answer.is_success, answer.text
