"""A service with a database of its own for every test."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.db import tenants
from app.db.embedded import start
from app.db.tenants import TenantRow
from app.settings import Settings
from app.start import Service, running


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL, as its superuser sees it."""
    place = Path(tempfile.mkdtemp(prefix="tessera-", dir="/tmp"))
    place.chmod(0o711)
    with start(place) as embedded:
        yield embedded.admin_url
    shutil.rmtree(place)


@pytest.fixture
def settings(server: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings with an empty database, which is dropped afterwards with its role."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE jobs")
        yield Settings(data=tmp_path, database_url=SecretStr(make_conninfo(server, dbname="jobs")), port=0)
        connection.execute("DROP DATABASE jobs WITH (FORCE)")
        connection.execute("DROP ROLE IF EXISTS jobs_service")


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    async with running(settings) as service:
        yield service


@pytest.fixture
async def tenant(service: Service) -> TenantRow:
    return await tenants.add(service.db, "sample", "Sample District")
