"""What tests share of landing."""

from typing import Any
from uuid import UUID

import pytest

from app.records.settle import settle
from tests.support.api import Api, bearer
from tests.support.wallet import OB
from tests.support.wallets import registered


@pytest.fixture
async def learner(api: Api) -> UUID:
    return UUID(await api.learner(await api.pusher()))


async def hand_in(api: Api, learner: UUID, document: Any) -> Any:
    headers = await (await registered(api)).headers(learner)
    if isinstance(document, str):
        return await api.http.post(
            f"{OB}/credentials", content=document, headers={**headers, "Content-Type": "text/plain"}
        )
    return await api.http.post(f"{OB}/credentials", json=document, headers=headers)


async def record(api: Api, learner: UUID) -> dict[str, Any]:
    await settle(api.db, api.tenant)
    answer = await api.http.get(f"/v1/learners/{learner}/record/full", headers=bearer(await api.key()))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def listed(document: dict[str, Any]) -> dict[str, Any]:
    """As the API's schema wants it: proofs in a list."""
    return {**document, "proof": [document["proof"]]}
