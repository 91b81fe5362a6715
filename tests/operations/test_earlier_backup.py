"""A backup that an earlier release made, restored by this one: everybody's record holds what it held.

`fixtures/schema-0055.tessera` is the backup of a demo with 40 learners, made by the release of that schema under the
passphrase below; `schema-0055.json` is what `contents` gave on the same instance then.
"""

import json
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import SecretStr

from app.cli.sample import SLUG
from app.db.access import tenants
from app.db.server.migrate import head, revisions
from app.operations.backup import restore
from app.settings import Settings
from tests.support.api import Api, bearer, serving

FIXTURES = Path(__file__).parent / "fixtures"
EARLIER = FIXTURES / "schema-0055.tessera"
PASSPHRASE = "correct horse battery"


async def contents(http: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, Any]:
    """What every learner's record holds, by learner: names, identifiers, titles by section, levels by competency."""
    listing = (await http.get("/v1/learners", params={"limit": 200}, headers=headers)).json()
    return {learner["id"]: await _of_learner(http, headers, learner["id"]) for learner in listing["learners"]}


async def _of_learner(http: httpx.AsyncClient, headers: dict[str, str], learner: str) -> dict[str, Any]:
    record = (await http.get(f"/v1/learners/{learner}/record/full", headers=headers)).json()
    profile = (await http.get(f"/v1/learners/{learner}/profile", headers=headers)).json()
    return {
        "names": sorted(name["value"] for name in record["names"]),
        "identifiers": sorted(f"{each['type']}:{each['value']}" for each in record["identifiers"]),
        "sections": {
            section: dict(
                sorted(Counter(str(entry.get("title") or entry.get("name")) for entry in record[section]).items())
            )
            for section in ("enrollments", "results", "credentials", "evidence")
        },
        "levels": {
            domain["domain"]: {str(level["level"]): level["count"] for level in domain["levels"] if level["count"]}
            for domain in profile["domains"]
        },
    }


async def test_a_backup_of_an_earlier_release_comes_up_with_all_it_held(postgres: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="tessera-earlier-", dir="/tmp"))
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE earlier_backup")
    url = make_conninfo(postgres, dbname="earlier_backup")
    settings = Settings(data=folder, database_url=SecretStr(url), requests_per_second=1e6, log_level="warning")
    try:
        assert restore(settings, EARLIER, PASSPHRASE).tables > 40
        assert revisions(url) == (head(), head())
        async with serving(settings) as (app, http):
            tenant = await tenants.by_slug(app.state.service.db, SLUG)
            assert tenant is not None
            api = Api(app, http, app.state.service.db, tenant.id, tenant.id)
            assert await contents(http, bearer(await api.key())) == json.loads(EARLIER.with_suffix(".json").read_text())
    finally:
        shutil.rmtree(folder)
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("DROP DATABASE earlier_backup WITH (FORCE)")
            connection.execute(f"DROP ROLE IF EXISTS {conninfo_to_dict(url)['dbname']}_service")
