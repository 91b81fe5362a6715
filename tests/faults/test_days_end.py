"""A service that is told to stop, or runs out of disk, while thirty-two push: what was acknowledged is there."""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.support.load import Load, begun, lost, under_load
from tests.support.served import PATIENCE, served

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(300)]

NUMBERS = [str(1000001 + n) for n in range(9)]
SMALL = 200
"""Megabytes of a disk that an embedded database fits on, and not much more."""


async def test_told_to_stop_under_load_it_finishes_what_it_took(folder: Path, sis: str, dice: random.Random) -> None:
    with served(folder) as service:
        tenant, key = await begun(service, sis)
        load = Load([service.url], key, dice, NUMBERS)
        async with under_load(load):
            for _ in range(2):
                await load.acknowledged(len(load.told) + 30)
                assert await asyncio.to_thread(service.stop) == 0
                await asyncio.to_thread(service.start)
            await load.acknowledged(len(load.told) + 30)
        assert load.statuses <= {200, 201, 429, 503}
        assert await asyncio.to_thread(service.stop) == 0
        assert await lost(service, tenant, load) == {}


@pytest.fixture
def small(folder: Path) -> Iterator[Path]:
    """A data folder on a small disk of its own."""
    options = f"size={SMALL}m,mode=711"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("unavailable in CI: this machine does not let root mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_disk_that_fills_is_told_and_once_there_is_room_it_goes_on(
    small: Path, sis: str, dice: random.Random
) -> None:
    with served(small) as service:
        tenant, key = await begun(service, sis)
        load = Load([service.url], key, dice, NUMBERS)
        async with under_load(load), httpx.AsyncClient(base_url=service.url, timeout=PATIENCE) as http:
            await load.acknowledged(20)
            await asyncio.to_thread(fill, small / "other")
            async with asyncio.timeout(PATIENCE):
                while (full := await http.get("/readyz")).status_code == httpx.codes.OK:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            alive = await http.get("/livez")
            (small / "other").unlink()
            await asyncio.to_thread(service.ready)
            await load.acknowledged(len(load.told) + 20)
        assert "disk is full" in full.json()["writes"]
        assert alive.status_code == httpx.codes.OK
        assert load.statuses <= {200, 201, 429, 503}
        assert await asyncio.to_thread(service.stop) == 0
        assert await lost(service, tenant, load) == {}


def fill(path: Path) -> None:
    """Write until there is no room left."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0" * 65536)
