"""The Open Badges 3.0 API against its own published OpenAPI document, with everything schemathesis thinks of."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from app.wallet.submitted import open_badges_description
from tests.support.api import Api
from tests.support.contract import LONG, complaints
from tests.support.wallets import registered

CONFIG = """
[phases.stateful]
enabled = false  # the document's links name path parameters that it does not have

[checks.positive_data_acceptance]
# The document types `type` and `@context` as any texts, and says in words which are meant: others are refused.
expected-statuses = [200, 201, 304, 400]
"""
BRIEF = """
[[operations]]
include-method = "POST"
phases.coverage.enabled = false  # every field of a credential in every wrong way: 9,000 requests
"""


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.timeout(900)
async def test_schemathesis_finds_nothing(api: Api, tmp_path: Path) -> None:
    tokens = await (await registered(api)).tokens(UUID(await api.learner(await api.pusher())))
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(open_badges_description()))
    config, examples = (CONFIG, 300) if LONG else (CONFIG + BRIEF, 50)
    base, token = "/t/sample/ims/ob/v3p0", str(tokens["access_token"])
    assert await complaints(api.app, document, base, token, config=config, examples=examples) == ""
