"""What attacks start from: a district in a database, a service with two tenants, and one in processes of its own."""

import os
import random
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.district import District
from app.sandbox.serve import serving
from app.sandbox.world import World


@pytest.fixture
def dice() -> random.Random:
    """Chance, from a seed that is printed; TESSERA_SEED repeats a run."""
    seed = os.environ.get("TESSERA_SEED") or secrets.token_hex(4)
    print(f"TESSERA_SEED={seed}")  # noqa: T201  shown where the test fails
    return random.Random(seed)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder. As root, PostgreSQL runs as another user, who may not enter pytest's own folders."""
    made = Path(tempfile.mkdtemp(prefix="tessera-kill-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def sis() -> Iterator[str]:
    """The sample district's student information system: its rostering service."""
    with serving(World(District(size=40))) as addresses:
        yield addresses.rostering
