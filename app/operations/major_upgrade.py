"""The embedded PostgreSQL from one major version to the next, and what the one before left."""

from pathlib import Path
from typing import NamedTuple

from app.db.server import majors, upgrading
from app.db.server.server import MAJOR, made_by
from app.db.server.upgrading import Upgraded
from app.errors import ConfigError
from app.settings import Settings


class Versions(NamedTuple):
    """Which version this release brings, which the data are of (None: there are none yet), what is kept of others."""

    ours: str
    data: str | None
    kept: list[Path]


def versions(settings: Settings) -> Versions:
    """What is in the data folder. ConfigError where the database is elsewhere."""
    folder = _folder(settings)
    data = folder / "data"
    return Versions(MAJOR, made_by(data) if data.exists() else None, majors.earlier(folder))


def upgrade(settings: Settings, programs: Path | None) -> Upgraded | None:
    """Take the embedded database over from an earlier major version; None where there is nothing to do."""
    return upgrading.upgrade(_folder(settings), programs)


def remove_kept(settings: Settings) -> list[Path]:
    """Remove what earlier major versions left; the folders that are gone."""
    return upgrading.remove_kept(_folder(settings))


def _folder(settings: Settings) -> Path:
    if settings.database_url is not None:
        raise ConfigError("DATABASE_URL names a PostgreSQL of your own: it is upgraded by its own means (pg_upgrade)")
    return settings.data / "postgres"
