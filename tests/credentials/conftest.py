"""The published samples and vectors of credentials."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def published(shared: Path) -> Path:
    """The folder of the published contexts, schemas, vectors and samples."""
    return shared / "data" / "credentials"
