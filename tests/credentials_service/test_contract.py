"""The Open Badges 3.0 API against its own published OpenAPI document, with everything schemathesis thinks of."""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pytest
import uvicorn

from app.registrar.holding import open_badges_description
from tests.api.conftest import Api
from tests.credentials_service.wallets import registered

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
LONG = bool(os.environ.get("TESSERA_CONTRACT"))
"""Whether to try all that schemathesis thinks of: that takes minutes."""


@pytest.mark.enable_socket
@pytest.mark.timeout(900)
async def test_schemathesis_finds_nothing(api: Api, tmp_path: Path) -> None:
    tokens = await (await registered(api)).tokens(uuid4())
    server = uvicorn.Server(uvicorn.Config(api.app, log_level="error", lifespan="off"))
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # said, so that no packet waits
    listening.bind(("127.0.0.1", 0))
    (tmp_path / "schemathesis.toml").write_text(CONFIG if LONG else CONFIG + BRIEF)
    (tmp_path / "openapi.json").write_text(json.dumps(open_badges_description()))
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(tmp_path / "schemathesis.toml"), "run",
        str(tmp_path / "openapi.json"), "--url", f"http://127.0.0.1:{listening.getsockname()[1]}/t/sample/ims/ob/v3p0",
        "--checks", "all", "--header", f"Authorization: Bearer {tokens['access_token']}", "--max-examples",
        "300" if LONG else "50", "--seed", "1", "--generation-database", "none",
    ]  # fmt: skip
    done: list[subprocess.CompletedProcess[str]] = []

    def fuzz() -> None:
        done.append(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False))
        server.should_exit = True

    thread = threading.Thread(target=fuzz)
    thread.start()
    await server.serve([listening])
    thread.join()
    assert done[0].returncode == 0, done[0].stdout[-8000:]
