"""The audit log: whoever changes the configuration, and whichever way, it is written down without secrets."""

import json

import psycopg
import pytest

from app.access.audit import KINDS
from tests.conftest import TestDatabase
from tests.support.api import Api, bearer, problem_of
from tests.support.sources_cases import ONEROSTER


async def changes(api: Api, headers: dict[str, str], **params: str) -> list[dict[str, object]]:
    answer = await api.http.get("/v1/audit", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["changes"])


async def test_a_change_of_a_source_is_told_before_and_after_and_who(api: Api) -> None:
    client, key = await api.client()
    headers = bearer(key)
    source = (await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)).json()["id"]
    change = {"name": "SIS of the lake", "settings": {"client_secret": "another"}}
    await api.http.patch(f"/v1/sources/{source}", json=change, headers=headers)
    changed, created = await changes(api, headers, kind="source")
    assert (created["action"], changed["action"]) == ("created", "changed")
    assert (changed["actor"], changed["thing"]) == (f"client {client}", str(source))
    assert changed["before"]["name"] == "District SIS"  # type: ignore[index]
    assert changed["after"]["name"] == "SIS of the lake"  # type: ignore[index]
    assert changed["before"]["secrets"] != changed["after"]["secrets"]  # type: ignore[index]
    assert set(changed["after"]) == {"name", "secrets"}  # type: ignore[call-overload]
    trail = json.dumps(await changes(api, headers))
    assert "hush-hush" not in trail
    assert "another" not in trail


async def test_clients_and_keys_and_what_reading_them_takes(api: Api) -> None:
    headers = bearer(await api.key())
    made = await api.http.post("/v1/clients", json={"name": "Vendor", "scopes": ["learners.read"]}, headers=headers)
    client, key = made.json()["client"]["id"], made.json()["key"]
    await api.http.delete(f"/v1/clients/{client}", headers=headers)
    kinds = [(row["kind"], row["action"]) for row in await changes(api, headers, thing=client)]
    assert kinds == [("client", "changed"), ("client", "created")]
    assert key["key"] not in json.dumps(await changes(api, headers))
    (change,) = await changes(api, headers, thing=key["id"])
    assert change["after"]["hint"] == key["hint"]  # type: ignore[index]
    assert "hash" not in change["after"]  # type: ignore[operator]
    problem_of(await api.http.get("/v1/audit", headers=bearer(await api.key("sources.manage"))), 403)


async def test_a_token_is_no_change_of_the_configuration(api: Api) -> None:
    client, key = await api.client()
    form = {"grant_type": "client_credentials", "client_id": str(client), "client_secret": key}
    assert (await api.http.post("/oauth/token", data=form)).status_code == 200
    kinds = [row["kind"] for row in await changes(api, bearer(key))]
    assert sorted(kinds) == ["access_key", "client"]


async def test_pages_and_another_tenant(api: Api) -> None:
    headers = bearer(await api.key())
    for slug in ("a", "b", "c"):
        await api.http.post("/v1/sources", json={**ONEROSTER, "slug": slug}, headers=headers)
    first = (await api.http.get("/v1/audit", params={"kind": "source", "limit": 2}, headers=headers)).json()
    rest = await api.http.get(
        "/v1/audit", params={"kind": "source", "limit": 2, "after": first["next"]}, headers=headers
    )
    slugs = [row["after"]["slug"] for page in (first, rest.json()) for row in page["changes"]]
    assert slugs == ["c", "b", "a"]
    others = bearer(await api.key(tenant=api.other))
    assert {row["kind"] for row in await changes(api, others)} == {"client", "access_key"}


def test_every_kind_has_its_trigger_and_nobody_takes_a_line_back(database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url) as owner:
        rows = owner.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'audited'")
        assert {table for (table,) in rows} == set(KINDS)
        owner.execute(
            "INSERT INTO audit (tenant_id, actor, kind, thing, action) VALUES (1, 'x', 'source', '1', 'created')"
        )
    for words in ("UPDATE audit SET actor = 'y'", "DELETE FROM audit", "TRUNCATE audit"):
        with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute(words)  # type: ignore[call-overload]
