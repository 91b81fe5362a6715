"""Our provider, pulled by our own connector into another tenant: the same roster comes out."""

from typing import Any, get_args

import msgspec
import pytest

from app.access.scopes import ONEROSTER
from app.db.access import tenants
from app.pipeline.pull import pull
from app.rosters import sharing
from connectors.oneroster.settings import Collection
from tests.support.api import Api
from tests.support.district import District
from tests.support.rosters import EVERY, Provider, listening

pytestmark = pytest.mark.enable_socket


async def _current_statements(api: Api, tenant: int) -> dict[str, list[dict[str, Any]]]:
    """All current statements of a tenant by kind, its keys replaced by what they name."""
    async with api.db.transaction(tenant) as tx:
        rows = await tx.rows(
            """SELECT kind, key, body::text FROM record WHERE tenant_id = %(tenant)s AND state = 'current'
               ORDER BY kind, key""",
            given=None,
        )
    records = [(kind, key, msgspec.json.decode(body)) for kind, key, body in rows]
    named = {key: _name(kind, body) for kind, key, body in records if kind != "demographics"}
    kinds: dict[str, list[dict[str, Any]]] = {}
    for kind, _, body in records:
        kinds.setdefault(kind, []).append({name: _renamed(value, named) for name, value in body.items()})
    return kinds


def _name(kind: str, body: dict[str, Any]) -> str:
    names = body.get("names") or [{}]
    return f"{kind} {body.get('name') or body.get('title') or names[0].get('given') or ''}"


def _renamed(value: Any, named: dict[str, str]) -> Any:
    if isinstance(value, str):
        return named.get(value, value)
    if isinstance(value, list):
        return [_renamed(each, named) for each in value]
    if isinstance(value, dict):
        return {name: _renamed(each, named) for name, each in value.items()}
    return value


LINKING = ("state", "district", "username", "email")
UNEQUAL = {"key", "modified", "extensions", "identifiers", "alignments", "category"}
"""What is the source's own, or compared apart."""


def _comparable(kinds: dict[str, list[dict[str, Any]]], kind: str) -> list[str]:
    rows = [{name: value for name, value in row.items() if name not in UNEQUAL} for row in kinds.get(kind, [])]
    return sorted(msgspec.json.encode(row, order="sorted").decode() for row in rows)


async def test_the_same_roster_comes_out(provider: Provider) -> None:
    api = provider.api
    client, key = await api.client(*EVERY)
    async with api.db.transaction(api.tenant) as tx:
        await sharing.share(tx, client, None, None, [])
    owner = await tenants.by_id(api.db, api.other)
    assert owner is not None
    district = District(api.db, owner)
    async with listening(api) as address:
        source = await district.source(
            "provider",
            "oneroster",
            base_url=address,
            token_url=address + "/oauth/token",
            client_id=str(client),
            client_secret=key,
            collections=list(get_args(Collection)),
            page_size=2,
        )
        report = await pull(api.db, source)
        assert (report.state, report.message) == ("done", None), report
        again = await pull(api.db, source)
        assert again.state == "done"
    await district.settle()
    ours, theirs = await _current_statements(api, api.tenant), await _current_statements(api, api.other)
    for kind in ("academicSession", "person", "demographics", "enrollment", "lineItem", "result"):
        mine, other = _comparable(ours, kind), _comparable(theirs, kind)
        if kind == "academicSession":
            other = [row for row in other if "Always" not in row]
        assert other == mine, kind
    assert {row["name"] for row in theirs["org"]} == {row["name"] for row in ours["org"]} | {"Sample District"}
    numbers = [
        sorted((n["type"], n["value"]) for row in roster["person"] for n in row["identifiers"] if n["type"] in LINKING)
        for roster in (ours, theirs)
    ]
    assert numbers[0] == numbers[1]
    mine, other = (
        [row.get("alignments") for row in roster["lineItem"] if row["title"] == "Quiz 1"] for roster in (ours, theirs)
    )
    assert other == mine != [None]


async def test_a_delta_of_our_own_brings_what_changed_alone(provider: Provider) -> None:
    headers = await provider.client(ONEROSTER + "roster.readonly")
    answer = await provider.get("/users", headers=headers, sort="dateLastModified", orderBy="desc", limit=1)
    newest = answer.json()["users"][0]["dateLastModified"]
    again = await provider.get("/users", headers=headers, filter=f"dateLastModified>'{newest}'")
    assert again.json() == {"users": []}
