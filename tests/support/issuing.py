"""What tests share of issuing."""

import json
from datetime import UTC, datetime
from typing import Any

from app.credentials.verify import Report, verify
from app.wallet.fetcher import credential_fetcher
from tests.support.api import Api

HEADERS = ("credentials.issue", "credentials.read", "learners.read")


async def checked(api: Api, document: Any) -> Report:
    """What verification finds, with nothing but our own documents to look up."""
    service = api.app.state.service
    content = document if isinstance(document, str) else json.dumps(document)
    return await verify(
        content, datetime.now(UTC), fetch=credential_fetcher(service.db, service.vault, service.settings)
    )


async def badge(api: Api, learner: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    order = {"kind": "OpenBadgeCredential", "items": ["/evidence/0"], **more}
    answer = await api.http.post(f"/v1/learners/{learner}/credentials", json=order, headers=headers)
    assert answer.status_code == 201, answer.text
    (credential,) = answer.json()["credentials"]
    return dict(credential)
