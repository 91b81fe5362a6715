"""The published samples and vectors of credentials, and the independent libraries in Node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import independent


@pytest.fixture(scope="session")
def published(shared: Path) -> Path:
    """The folder of the published contexts, schemas, vectors and samples."""
    return shared / "data" / "credentials"


@pytest.fixture(scope="session")
def node() -> Iterator[independent.Node]:
    """Digital Bazaar's libraries, with the contexts that we ship and nothing else."""
    if reason := independent.unavailable():
        pytest.skip(reason)
    with independent.node() as running:
        yield running
