"""A tenant leaves: its rows are deleted by the database's owner in one transaction, and then the files handed in."""

import shutil

from app.db.server import leaving
from app.db.server.leaving import Holdings
from app.db.server.migrate import alone
from app.errors import ConfigError
from app.programs.files import FOLDER
from app.settings import Settings
from app.start import known_vault, owner_url

__all__ = ["Holdings", "remove_tenant", "tenant_holdings"]


def tenant_holdings(settings: Settings, slug: str) -> Holdings:
    """What a tenant has. ConfigError where there is none of that slug."""
    with owner_url(settings) as owner, alone(owner) as connection:
        known_vault(settings, connection)
        holdings = leaving.holdings(connection, slug)
    if holdings is None:
        raise ConfigError(f"there is no tenant '{slug}': see 'tessera tenant list'")
    return holdings


def remove_tenant(settings: Settings, slug: str) -> int:
    """Delete a tenant with everything of it; how many rows that were. ConfigError where there is none of that slug.

    The files of its submissions go once its rows are gone; ConfigError names their folder where it cannot be deleted.
    Others' requests wait for seconds at most: the logs that nobody may change are closed to them meanwhile.
    """
    with owner_url(settings) as owner, alone(owner) as connection:
        known_vault(settings, connection)
        holdings = leaving.holdings(connection, slug)
        if holdings is None:
            raise ConfigError(f"there is no tenant '{slug}': see 'tessera tenant list'")
        rows = leaving.remove(connection, holdings.id)
    folder = settings.data / FOLDER / str(holdings.id)
    if folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError as why:
            raise ConfigError(f"the rows of '{slug}' are deleted, its files are not: delete {folder} ({why})") from why
    return rows
