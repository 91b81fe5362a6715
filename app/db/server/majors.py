"""Where the data of two major versions of PostgreSQL lie in one folder, and the last step of going from one to the next.

    FOLDER/data                 what is served
    FOLDER/upgrading/data       the next one while it is filled; worth nothing until it takes the other's place
    FOLDER/data.postgresql-N    what version N left, kept until it is removed

The last step is two renames. Whoever is killed between them leaves no `data`: the next start makes the second one.
"""

import os
import re
from pathlib import Path

from app.db.server.server import made_by
from app.errors import ConfigError

ASIDE = "data.postgresql-"


def upgrading(folder: Path) -> Path:
    """Where the next server is made and filled."""
    return folder / "upgrading"


def earlier(folder: Path) -> list[Path]:
    """What earlier major versions left in a folder, oldest first."""
    versions = [path for path in folder.glob(f"{ASIDE}*") if re.fullmatch(r"\d+", path.name.removeprefix(ASIDE))]
    return sorted(versions, key=lambda path: int(path.name.removeprefix(ASIDE)))


def put_in_place(folder: Path) -> Path:
    """Put what was filled in the place of the old data; where that is kept. Both servers have stopped."""
    data = folder / "data"
    aside = folder / f"{ASIDE}{made_by(data)}"
    if aside.exists():
        raise ConfigError(f"{aside} is there already, from an earlier upgrade: move it elsewhere, then try again")
    data.rename(aside)
    _take_place(folder)
    return aside


def finish(folder: Path, major: str) -> None:
    """Make the second rename where the first was the last thing that happened. ConfigError for another version."""
    data, filled = folder / "data", upgrading(folder) / "data"
    if data.exists() or not (old := earlier(folder)):
        return
    if not filled.exists():
        raise ConfigError(f"{data} is missing, and {old[-1]} is there: rename that to {data} to go back to it")
    if (version := made_by(filled)) != major:
        raise ConfigError(
            f"an upgrade of {folder} to PostgreSQL {version} was stopped at its last step, and this is {major}: start "
            f"the Tessera with PostgreSQL {version}, or rename {old[-1]} to {data} to stay with {major}"
        )
    _take_place(folder)


def _take_place(folder: Path) -> None:
    (upgrading(folder) / "data").rename(folder / "data")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
