"""A standard's own OpenAPI document against our service, as schemathesis has it: in a process of its own, over HTTP."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app.cli.serve import listening

LONG = bool(os.environ.get("TESSERA_CONTRACT"))
"""Whether to try all that schemathesis thinks of: that takes many minutes."""


async def complaints(app: FastAPI, document: Path, base: str, token: str, *, config: str, examples: int) -> str:
    """What schemathesis finds, with `config` and so many examples of each operation; nothing where it finds nothing."""
    settings = document.parent / "schemathesis.toml"
    settings.write_text(config)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    done: list[subprocess.CompletedProcess[str]] = []
    with listening("127.0.0.1", 0) as taken:
        command = [
            str(Path(sys.executable).parent / "schemathesis"),
            "--config-file",
            str(settings),
            "run",
            str(document),
            "--url",
            f"http://127.0.0.1:{taken.getsockname()[1]}{base}",
            "--checks",
            "all",
            "--header",
            f"Authorization: Bearer {token}",
            "--max-examples",
            str(examples),
            "--seed",
            "1",
            "--generation-database",
            "none",
        ]

        def run() -> None:
            done.append(subprocess.run(command, cwd=settings.parent, capture_output=True, text=True, check=False))
            server.should_exit = True

        thread = threading.Thread(target=run)
        thread.start()
        await server.serve([taken])
        thread.join()
    return done[0].stdout[-8000:] if done[0].returncode else ""
