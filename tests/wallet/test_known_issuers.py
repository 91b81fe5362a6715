"""The district's list of known issuers, the service's own, and registries as files; share links given to verify."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials.keys import did_key
from app.errors import ConfigError
from app.wallet import known
from app.wallet.received import verify_received
from tests.support.api import Api, bearer, problem_of
from tests.support.everywhere import Everywhere, everywhere
from tests.support.issuer import credential
from tests.support.received import badge, badges, nowhere

__all__ = ["everywhere"]


async def finding(api: Api, headers: dict[str, str], document: Any) -> dict[str, Any]:
    answer = await api.http.post("/credentials/verify", json={"verifiableCredential": document}, headers=headers)
    return dict(answer.json())


async def test_staff_keep_the_list_and_what_was_received_is_looked_at_anew(api: Api) -> None:
    key = Ed25519PrivateKey.generate()
    headers = bearer(await api.key("credentials.read", "credentials.verify", "sources.manage"))
    document = badge(key)
    result = await finding(api, headers, document)
    assert result["verified"] is True
    assert any("anybody could have made it" in words for words in result["warnings"])
    await badges(api, document)
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    assert await verify_received(api.db, api.tenant, nowhere) == 0
    entry = {"issuer": did_key(key.public_key()), "name": "Robotics Club", "note": "met at the fair"}
    body = (await api.http.post("/v1/known-issuers", json=entry, headers=headers)).json()
    assert body["name"] == "Robotics Club"
    again = await api.http.post("/v1/known-issuers", json=entry | {"name": "Robots"}, headers=headers)
    assert again.json()["id"] == body["id"]
    listed = (await api.http.get("/v1/known-issuers", headers=headers)).json()["issuers"]
    assert [(row["name"], row["note"]) for row in listed] == [("Robots", "met at the fair")]
    assert await verify_received(api.db, api.tenant, nowhere) == 1
    result = await finding(api, headers, document)
    assert result["report"]["issuer_known"] is True
    assert "on the district's own list as 'Robots'" in result["report"]["summary"]
    gone = await api.http.delete(f"/v1/known-issuers/{body['id']}", headers=headers)
    assert gone.status_code == 204
    problem_of(await api.http.delete(f"/v1/known-issuers/{body['id']}", headers=headers), 404)
    assert (await finding(api, headers, document))["report"]["issuer_known"] is False


async def test_an_identifier_is_a_did_or_an_address_and_only_staff_write(api: Api) -> None:
    headers = bearer(await api.key("credentials.read"))
    entry = {"issuer": "Riverbend", "name": "Riverbend"}
    problem_of(await api.http.post("/v1/known-issuers", json=entry, headers=headers), 403)
    staff = bearer(await api.key("sources.manage"))
    problem_of(await api.http.post("/v1/known-issuers", json=entry, headers=staff), 422)
    assert (await api.http.get("/v1/known-issuers", headers=headers)).json() == {"issuers": []}


async def test_the_districts_of_this_service_are_known_to_each_other(api: Api) -> None:
    headers = bearer(await api.key("credentials.sign", "credentials.verify"))
    answer = await api.http.post("/credentials/issue", json={"credential": credential()}, headers=headers)
    result = await finding(api, headers, answer.json()["verifiableCredential"])
    assert "on the list of this service's own districts" in result["report"]["summary"]


def test_registries_are_files(tmp_path: Path) -> None:
    document = {
        "meta": {"title": "DCC Registry"},
        "registry": {"did:key:z1": {"name": "A", "url": "https://a.example"}},
    }
    (tmp_path / "dcc.json").write_text(json.dumps(document))
    (registry,) = known.registries(tmp_path)
    assert (registry.title, registry.name("did:key:z1"), registry.name("did:key:z2")) == (
        "the registry 'DCC Registry'",
        "A",
        None,
    )
    assert known.registries(None) == []
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(ConfigError, match="is no issuer registry"):
        known.registries(tmp_path)


async def test_the_page_shows_an_unknown_issuer_as_one_and_links_to_nobody(api: Api) -> None:
    document = badge(Ed25519PrivateKey.generate())
    answer = await api.http.post("/verify", data={"credential": json.dumps(document)})
    assert "<h1>Valid signature, unknown issuer</h1>" in answer.text
    assert answer.text.index("Its issuer is known") < answer.text.index("Can be read")
    assert 'href="https://badges.example.org"' not in answer.text


async def test_a_share_link_given_to_verify_leads_to_what_it_shows(api: Api, everywhere: Everywhere) -> None:
    await everywhere.share()
    address = f"http://127.0.0.1:8000{everywhere.link}"
    for link in (address, f"{address}/"):
        answer = await api.http.post("/verify", data={"address": link})
        assert "<h1>Valid</h1>" in answer.text, answer.text
    await everywhere.change("revoked")
    assert "<h1>Not valid</h1>" in (await api.http.post("/verify", data={"address": address})).text
    wrong = await api.http.post("/verify", data={"address": f"{address[:-3]}xyz"})
    assert wrong.status_code == 404
    assert "Check that it was copied whole" in wrong.text
