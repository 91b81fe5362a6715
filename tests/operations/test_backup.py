"""Backup and restore: every row byte for byte, by an owner who is no superuser, while the service works."""

import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import Image
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.db.access import tenants
from app.db.server import dump
from app.errors import ConfigError
from app.operations.backup import back_up, restore
from app.programs import files
from app.secrets import KEY_FILE, new_key
from app.settings import Settings
from tests.support.api import BADGE, EVIDENCE, Api, serving
from tests.support.api import bearer as bearing
from tests.support.programs import club, handed_in, now

PASSPHRASE = "correct horse battery"
CANVAS = {
    "slug": "lms",
    "name": "LMS",
    "connector": "canvas",
    "settings": {"base_url": "https://lms.example.org", "token": "hush"},
}


class Servers:
    """Databases owned by a role that may make roles and is no superuser, as a managed PostgreSQL gives them."""

    def __init__(self, admin: str) -> None:
        self.admin = admin
        self.made: list[str] = []
        self.owner = f"owner_{secrets.token_hex(4)}"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {self.owner} LOGIN CREATEROLE PASSWORD 'owner'")

    def database(self) -> str:
        name = f"lake_{secrets.token_hex(4)}"
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {self.owner}")
        self.made.append(name)
        return make_conninfo(self.admin, dbname=name, user=self.owner, password="owner")

    def rows(self, url: str) -> dict[str, bytes]:
        """Every table's rows as they are on the disk, seen by the superuser."""
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with psycopg.connect(make_conninfo(self.admin, dbname=str(name))) as connection:
            return {table.name: self._rows(connection, table) for table in dump.tables(connection)}

    def _rows(self, connection: psycopg.Connection[Any], table: dump.Table) -> bytes:
        columns = ", ".join(f'"{column}"' for column in table.columns)
        with connection.cursor().copy(
            f'COPY (SELECT {columns} FROM "{table.name}" ORDER BY "{table.name}"::text) TO STDOUT (FORMAT binary)'
        ) as copy:
            return b"".join(bytes(block) for block in copy)

    def forget(self) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for name in self.made:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
                connection.execute(f"DROP ROLE IF EXISTS {name}_service")
            connection.execute(f"DROP ROLE {self.owner}")


@pytest.fixture
def servers(postgres: str) -> Iterator[Servers]:
    made = Servers(postgres)
    yield made
    made.forget()


def settings(url: str, folder: Path, **more: Any) -> Settings:
    return Settings(data=folder, database_url=SecretStr(url), requests_per_second=1e6, **more)


async def fill(api: Api) -> bytes:
    """Two tenants with something of most kinds; a learner's record as it is served."""
    headers = await api.pusher()
    learner = await api.learner(headers)
    await api.http.post("/v1/badges", json=BADGE, headers=await api.pusher("open_badges", "badges"))
    await api.http.post("/v1/evidence", json=[{"id": "bad"}], headers=headers)
    await api.http.post("/v1/frameworks/shipped/ccss-math", headers=headers)
    assert (await api.http.post("/v1/sources", json=CANVAS, headers=headers)).status_code == 201
    await api.http.post(f"/v1/learners/{learner}/credentials", json={"kind": "ClrCredential"}, headers=headers)
    other = bearing(await api.key(tenant=api.other, source=await api.source(tenant=api.other)))
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=other)).status_code == 201
    return (await api.http.get(f"/v1/learners/{learner}", headers=headers)).content


async def test_every_row_comes_back_byte_for_byte(servers: Servers, tmp_path: Path) -> None:
    here, there, file = servers.database(), servers.database(), tmp_path / "lake.backup"
    async with serving(settings(here, tmp_path / "here")) as (app, http):
        db = app.state.service.db
        tenant, other = await tenants.add(db, "sample", "Sample"), await tenants.add(db, "other", "Other")
        api = Api(app, http, db, tenant.id, other.id)
        record = await fill(api)
        made = back_up(settings(here, tmp_path / "here"), file, PASSPHRASE)  # while it serves
        before = servers.rows(here)
        key = await api.key()
    assert made.rows > 1000
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"hush" not in file.read_bytes()
    restored = restore(settings(there, tmp_path / "there"), file, PASSPHRASE)
    assert restored.rows == made.rows
    after = servers.rows(there)
    assert {name for name in before if before[name] != after[name]} == set()
    assert sum(len(rows) > 21 for rows in after.values()) > 15, "many kinds of tables have rows"
    async with serving(settings(there, tmp_path / "there")) as (app, http):
        api = Api(app, http, app.state.service.db, tenant.id, other.id)
        headers = bearing(await api.key())
        (learner,) = (await http.get("/v1/learners?identifier=district:100482", headers=headers)).json()["learners"]
        assert (await http.get(f"/v1/learners/{learner['id']}", headers=headers)).content == record
        assert (await http.get("/v1/learners", headers=bearing(key))).status_code == 401, "made after the backup"
        sources = (await http.get("/v1/sources", headers=headers)).json()["sources"]
        assert [source["secrets"] for source in sources if source["slug"] == "lms"] == [["token"]]
        made_anew = await http.post("/v1/sources", json={**CANVAS, "slug": "lms-2"}, headers=headers)
        assert made_anew.json()["id"] > max(source["id"] for source in sources), "sequences go on"
        async with app.state.service.db.transaction(tenant.id) as tx:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await tx.run("INSERT INTO touched (tenant_id, source_id, persons, refs) VALUES (99, 1, '{}', '{}')")


async def test_files_of_submissions_come_back(servers: Servers, tmp_path: Path) -> None:
    here, there, file = servers.database(), servers.database(), tmp_path / "lake.backup"
    Image.new("RGB", (32, 32), "#2f6fb9").save(tmp_path / "robot.png")
    photo = await files.clean((tmp_path / "robot.png").read_bytes(), "robot.png")
    async with serving(settings(here, tmp_path / "here")) as (app, http):
        service = app.state.service
        tenant, other = (
            await tenants.add(service.db, "sample", "Sample"),
            await tenants.add(service.db, "other", "Other"),
        )
        api = Api(app, http, service.db, tenant.id, other.id)
        submission = await handed_in(api, await club(api))
        async with service.db.transaction(tenant.id) as tx:
            await files.keep(tx, service.vault, service.settings, submission, [photo], now())
        (tmp_path / "here" / "evidence" / f"{tenant.id}" / "half.1.new").write_bytes(b"half written")
        made = back_up(settings(here, tmp_path / "here"), file, PASSPHRASE)
    assert made.files == 1
    assert restore(settings(there, tmp_path / "there"), file, PASSPHRASE).files == 1
    async with serving(settings(there, tmp_path / "there")) as (app, _):
        service = app.state.service
        async with service.db.transaction(tenant.id) as tx:
            _, body = await files.content(tx, service.vault, service.settings, submission, photo.sha256)
    assert body == photo.clean.body


async def test_what_cannot_be_restored_changes_nothing(servers: Servers, tmp_path: Path) -> None:
    here, there, file = servers.database(), servers.database(), tmp_path / "lake.backup"
    key = new_key()
    async with serving(settings(here, tmp_path / "here", key=SecretStr(key))) as (app, _):
        await tenants.add(app.state.service.db, "sample", "Sample")
    ours = settings(here, tmp_path / "here", key=SecretStr(key))
    back_up(ours, file, PASSPHRASE)
    for wrong, words in (
        (settings(there, tmp_path / "there"), "not the passphrase"),
        (settings(there, tmp_path / "there", key=SecretStr(new_key())), "belongs to the instance key"),
        (ours, "the database is not empty"),
    ):
        with pytest.raises(ConfigError, match=words):
            restore(wrong, file, "wrong horse battery")
    damaged = tmp_path / "damaged"
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(damaged, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name)[:-1] if name.startswith("rows/tenant") else good.read(name))
    with pytest.raises(ConfigError, match="is damaged"):
        restore(settings(there, tmp_path / "there", key=SecretStr(key)), damaged, None)
    bare = tmp_path / "bare"
    back_up(ours, bare, None)
    with pytest.raises(ConfigError, match="came without its key"):
        restore(settings(there, tmp_path / "there"), bare, None)
    with pytest.raises(ConfigError, match="no backup of Tessera"):
        restore(settings(there, tmp_path / "there"), Path(__file__), None)
    assert not (tmp_path / "there" / KEY_FILE).exists()
    with psycopg.connect(there) as owner:
        assert owner.execute("SELECT to_regclass('tenant')").fetchone() == (None,)
    restore(settings(there, tmp_path / "there", key=SecretStr(key)), bare, None)


def test_a_disk_that_is_full_leaves_no_half_a_backup(servers: Servers, tmp_path: Path) -> None:
    (tmp_path / "full.part").symlink_to("/dev/full")
    with pytest.raises(ConfigError, match="nothing to back up"):
        back_up(settings(servers.database(), tmp_path / "here"), tmp_path / "full", PASSPHRASE)


@pytest.mark.slow
def test_the_embedded_database_too(tmp_path: Path) -> None:
    """As root, PostgreSQL runs as another user, who may not enter pytest's own folders."""
    place = Path(tempfile.mkdtemp(prefix="tessera-backup-", dir="/tmp"))
    place.chmod(0o711)
    try:
        import asyncio

        async def make() -> None:
            async with serving(Settings(data=place / "here", port=0)) as (app, _):
                await tenants.add(app.state.service.db, "sample", "Sample")

        asyncio.run(make())
        made = back_up(Settings(data=place / "here"), place / "file", PASSPHRASE)
        assert restore(Settings(data=place / "there"), place / "file", PASSPHRASE).rows == made.rows
        assert (place / "there" / KEY_FILE).read_text() == (place / "here" / KEY_FILE).read_text()
    finally:
        shutil.rmtree(place)
