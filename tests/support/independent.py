"""Independent libraries to compare with: PyLD in this process, Digital Bazaar's beside it in Node."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld

from app.credentials.contexts import SHIPPED, shipped
from app.credentials.errors import ContextRefused

NODE = Path(__file__).parent / "node"


def unavailable() -> str | None:
    """Why the Node libraries cannot be asked here, or None."""
    if shutil.which("node") is None:
        return "there is no Node here: install Node 20"
    if not (NODE / "node_modules").is_dir():
        return f"the Node libraries are not installed: run 'npm ci' in {NODE}"
    return None


class Node:
    """A running Node process that answers questions."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def ask(self, question: str, **more: Any) -> Any:
        """The answer; LookupError with the library's words where it refuses."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"ask": question, **more}) + "\n")
        self.process.stdin.flush()
        document = json.loads(self.process.stdout.readline())
        if "error" in document:
            raise LookupError(document["error"])
        return document["answer"]

    def give(self, documents: dict[str, Any]) -> None:
        """What the libraries may load: the shipped contexts, and these."""
        contexts = {address: {"@context": shipped(address)} for address in SHIPPED}
        self.ask("given", given=contexts | documents)


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """Digital Bazaar's libraries, with the contexts that we ship and nothing else."""
    if reason := unavailable():
        pytest.skip(reason)
    with node_process() as running:
        yield running


@contextmanager
def node_process() -> Iterator[Node]:
    """A Node process with the shipped contexts."""
    command = ["node", str(NODE / "answer.mjs")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=NODE) as process:
        started = Node(process)
        started.give({})
        yield started
        assert process.stdin
        process.stdin.close()


def pyld(document: Any) -> str:
    """PyLD's canonical form; LookupError where it refuses."""
    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "base": "",
        "rdfDirection": "i18n-datatype",
        "documentLoader": _load,
    }
    try:
        return jsonld.normalize(document, options)
    except (jsonld.JsonLdError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise LookupError(str(error)) from error


def _load(address: str, options: Any) -> dict[str, Any]:
    try:
        return {"contextUrl": None, "documentUrl": address, "document": {"@context": shipped(address)}}
    except ContextRefused as error:
        raise jsonld.JsonLdError(str(error), "jsonld.LoadDocumentError") from error
