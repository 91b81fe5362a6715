"""The sample district and its fake systems, asked without a network."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.sandbox.district import District
from app.sandbox.serve import sandbox
from app.sandbox.world import World


@pytest.fixture(scope="session")
def district() -> District:
    """The district on its first day."""
    return District()


@pytest.fixture
def world() -> World:
    """A world nobody has touched, without wrong records."""
    return World(District(), flawed=False)


@pytest.fixture
async def http(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the world's systems."""
    transport = httpx.ASGITransport(sandbox(world))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.example") as client:
        yield client
