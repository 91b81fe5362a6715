"""Credentials fetched from another host: from our own provider on a real port, and from one that misbehaves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import msgspec
import pytest
import respx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import jwt
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.db.wallet import hosts
from app.db.wallet import wallet as credentials_wallet
from app.jobs import tasks
from app.wallet import apps
from app.wallet.host_client import Tokens
from app.wallet.received import verify_received
from tests.conftest import TestDatabase
from tests.support.api import Api, bearer
from tests.support.hosts import agreed, document, home, listening, put, there
from tests.support.landing import record
from tests.support.received import nowhere
from tests.support.wallet import BADGE

pytestmark = pytest.mark.enable_socket


@pytest.fixture
async def both(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Api]:
    async with listening(database, tmp_path) as api:
        yield api


async def connected(api: Api, standard: str = "Open Badges 3.0") -> tuple[dict[str, Any], dict[str, str]]:
    """The host, registered at with an invitation; and the headers of who may do all."""
    async with api.db.transaction(api.other) as tx:
        ticket = await apps.invite_app(tx, "the district next door", "test")
    root = "/ims/ob/v3p0" if standard == "Open Badges 3.0" else "/ims/clr/v2p0"
    body = {"name": "Other", "address": f"{home(api)}{root}/", "standard": standard, "initialAccessToken": ticket}
    headers = await api.pusher()
    made = await api.http.post("/v1/hosts", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return made.json(), headers


async def ask_consent(
    api: Api, host: dict[str, Any], learner: str, headers: dict[str, str]
) -> tuple[str, dict[str, str]]:
    made = await api.http.post(f"/v1/hosts/{host['id']}/consents", json={"learner": learner}, headers=headers)
    assert made.status_code == 201, made.text
    url = made.json()["authorizationUrl"]
    assert url.startswith(f"{home(api)}/oauth/authorize?")
    return made.json()["consent"]["id"], {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


async def fetch(api: Api, host: dict[str, Any], consent: str, headers: dict[str, str]) -> httpx.Response:
    return await api.http.post(f"/v1/hosts/{host['id']}/consents/{consent}/fetch", headers=headers)


async def consent_of(api: Api, host: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """The one consent at a host, as the API tells of it."""
    (consent,) = (await api.http.get(f"/v1/hosts/{host['id']}/consents", headers=headers)).json()["consents"]
    return dict(consent)


async def test_a_learners_credentials_come_from_the_host_into_the_record(both: Api) -> None:
    host, headers = await connected(both)
    learner, theirs = await both.learner(headers), await there(both)
    for n in range(120):
        await put(both, theirs, document(n))
    key = Ed25519PrivateKey.generate()
    issuer = {**BADGE["issuer"], "id": did_key(key.public_key())}
    token = jwt.sign(
        {**BADGE, "id": "urn:uuid:jws", "issuer": issuer}, SigningKey(did_key_method(key.public_key()), key)
    )
    await put(both, theirs, token.encode(), token=True)
    consent, wish = await ask_consent(both, host, learner, headers)
    assert (await fetch(both, host, consent, headers)).status_code == 409
    page = await agreed(both, wish, theirs)
    assert page.status_code == 200, page.text
    assert "Thank you" in page.text
    again = await both.http.get("/t/sample/oauth/back", params={"state": wish["state"], "code": "x"})
    assert again.status_code == 400
    assert "was used" in again.text
    done = await fetch(both, host, consent, headers)
    assert done.status_code == 200, done.text
    assert done.json()["counts"] == {"created": 121}
    assert done.json()["profile"]["type"] == ["Profile"]
    assert (await fetch(both, host, consent, headers)).json()["counts"] == {"unchanged": 121}
    assert len((await record(both, UUID(learner)))["credentials"]) == 121
    await verify_received(both.db, both.tenant, nowhere)
    sections = await record(both, UUID(learner))
    assert {credential["verification"] for credential in sections["credentials"]} == {"unknown issuer"}


async def sealed_tokens(api: Api, consent: str) -> Tokens:
    async with api.db.transaction(api.tenant) as tx:
        row = await hosts.consent(tx, UUID(consent))
    assert row is not None
    assert row.sealed is not None
    return msgspec.json.decode(api.app.state.service.vault.open(api.tenant, row.sealed), type=Tokens)


async def keep(api: Api, consent: str, tokens: Tokens) -> bool:
    sealed = api.app.state.service.vault.seal(api.tenant, msgspec.json.encode(tokens))
    async with api.db.transaction(api.tenant) as tx:
        return await hosts.keep_tokens(tx, UUID(consent), sealed, datetime.now(UTC))


async def connected_host(api: Api) -> tuple[dict[str, Any], str, dict[str, str], UUID]:
    """A host, a consent that was given, and the learner there."""
    host, headers = await connected(api)
    learner, theirs = await api.learner(headers), await there(api)
    consent, wish = await ask_consent(api, host, learner, headers)
    assert (await agreed(api, wish, theirs)).status_code == 200
    return host, consent, headers, theirs


async def test_a_host_that_is_known_is_not_asked_for_another_registration(both: Api) -> None:
    host, headers = await connected(both)
    again = {"name": "Again", "address": host["address"] + "/"}
    refused = await both.http.post("/v1/hosts", json=again, headers=headers)
    assert refused.status_code == 409, refused.text
    async with both.db.transaction(both.other) as tx:
        assert len(await credentials_wallet.apps(tx)) == 1


async def test_tokens_are_renewed_before_they_end_and_kept_sealed(both: Api) -> None:
    host, consent, headers, theirs = await connected_host(both)
    old = await sealed_tokens(both, consent)
    await keep(both, consent, msgspec.structs.replace(old, ends=0.0))
    await put(both, theirs, document(1))
    assert (await fetch(both, host, consent, headers)).json()["counts"] == {"created": 1}
    new = await sealed_tokens(both, consent)
    assert new.access != old.access
    assert new.refresh != old.refresh
    async with both.db.transaction(both.tenant) as tx:
        row = await tx.one("SELECT sealed FROM host_consent WHERE tenant_id = %s", tx.tenant)
    assert new.access.encode() not in row


async def test_an_access_token_refused_before_its_end_is_renewed_once(both: Api) -> None:
    host, consent, headers, theirs = await connected_host(both)
    old = await sealed_tokens(both, consent)
    await keep(both, consent, msgspec.structs.replace(old, access="refused"))
    await put(both, theirs, document(1))
    assert (await fetch(both, host, consent, headers)).json()["counts"] == {"created": 1}
    new = await sealed_tokens(both, consent)
    assert new.refresh != old.refresh
    await keep(both, consent, msgspec.structs.replace(new, access="refused", refresh=None))
    refused = await fetch(both, host, consent, headers)
    assert (refused.status_code, (await consent_of(both, host, headers))["state"]) == (422, "given")


async def test_an_old_credential_that_comes_to_the_host_late_is_fetched_all_the_same(both: Api) -> None:
    host, consent, headers, theirs = await connected_host(both)
    await put(both, theirs, document(1))
    assert (await fetch(both, host, consent, headers)).json()["counts"] == {"created": 1}
    await put(both, theirs, document(2))
    async with both.db.transaction(both.other) as tx:  # a host that lists by the time of issue, as the standards say
        await tx.run("UPDATE held_credential SET updated_at = '2020-01-01Z' WHERE tenant_id = %s", tx.tenant)
    assert (await fetch(both, host, consent, headers)).json()["counts"] == {"created": 1, "unchanged": 1}


async def test_a_consent_ended_while_it_is_fetched_by_stays_ended(both: Api) -> None:
    host, consent, headers, _ = await connected_host(both)
    tokens = await sealed_tokens(both, consent)
    assert (await both.http.delete(f"/v1/hosts/{host['id']}/consents/{consent}", headers=headers)).status_code == 204
    assert not await keep(both, consent, tokens)
    async with both.db.transaction(both.tenant) as tx:
        now = datetime.now(UTC)
        await hosts.fetched(tx, UUID(consent), now, now, None, {})
        row = await hosts.consent(tx, UUID(consent))
    assert row is not None
    assert (row.state, row.sealed, row.due_at, row.note) == ("ended", None, None, "ended by staff")


async def test_nothing_more_is_taken_in_once_a_consent_is_ended(both: Api) -> None:
    host, consent, headers, _ = await connected_host(both)
    page = {"credential": [msgspec.Raw(document(1))]}
    url = f"/v1/hosts/{host['id']}/consents/{consent}"

    async def first(_: httpx.Request) -> httpx.Response:
        assert (await both.http.delete(url, headers=headers)).status_code == 204
        return httpx.Response(200, content=msgspec.json.encode(page))

    with respx.mock:
        respx.get(url__startswith=f"{home(both)}/ims/ob/v3p0/credentials").mock(side_effect=first)
        refused = await fetch(both, host, consent, headers)
    assert (refused.status_code, "ended here" in refused.text) == (422, True)
    ended = await consent_of(both, host, headers)
    assert (ended["state"], ended["note"], ended["counts"]) == ("ended", "ended by staff", {})


async def test_a_fetch_of_whose_end_nothing_is_known_holds_up_no_other(both: Api) -> None:
    _, consent, _, _ = await connected_host(both)
    async with both.db.transaction(both.tenant) as tx:
        await tx.run("UPDATE host_consent SET sealed = %b WHERE tenant_id = %s", b"not ours", tx.tenant)
    await tasks.fetch_tenant(both.app.state.service, both.tenant)  # it costs itself alone
    async with both.db.transaction(both.tenant) as tx:
        assert await hosts.due(tx, datetime.now(UTC), 5) == []
        assert await hosts.due(tx, datetime.now(UTC) + timedelta(hours=2), 5) == [UUID(consent)]


async def test_a_registration_that_the_host_refuses_ends_no_learners_consent(both: Api) -> None:
    host, consent, headers, _ = await connected_host(both)
    async with both.db.transaction(both.other) as tx:
        (app,) = await credentials_wallet.apps(tx)
        await credentials_wallet.revoke_app(tx, app.id)
    assert (await fetch(both, host, consent, headers)).status_code == 422
    row = await consent_of(both, host, headers)
    assert (row["state"], "invalid_client" in row["note"]) == ("given", True)


async def test_a_consent_that_the_host_takes_back_ends_and_says_so(both: Api) -> None:
    host, consent, headers, _ = await connected_host(both)
    async with both.db.transaction(both.other) as tx:
        await tx.run("DELETE FROM wallet_token WHERE tenant_id = %s", tx.tenant)
    refused = await fetch(both, host, consent, headers)
    assert refused.status_code == 422
    ended = await consent_of(both, host, headers)
    assert ended["note"]
    assert ended["state"] == "ended"
    assert (await fetch(both, host, consent, headers)).status_code == 409


async def test_what_is_due_is_fetched_by_a_job_and_one_bad_credential_spoils_no_other(both: Api) -> None:
    host, _, headers, theirs = await connected_host(both)
    await put(both, theirs, b'{"type":["OpenBadgeCredential"],"name":"no credential"}')
    await put(both, theirs, document(1))
    async with both.db.transaction(both.tenant) as tx:
        assert await hosts.due(tx, datetime.now(UTC), 5)
    await tasks.fetch_tenant(both.app.state.service, both.tenant)
    async with both.db.transaction(both.tenant) as tx:
        assert not await hosts.due(tx, datetime.now(UTC), 5)
    consent = await consent_of(both, host, headers)
    assert consent["counts"] == {"created": 1, "refused": 1}


async def test_consents_are_listed_page_by_page_none_lost_or_told_twice(both: Api) -> None:
    host, headers = await connected(both)
    learner = await both.learner(headers)
    consents = [(await ask_consent(both, host, learner, headers))[0] for _ in range(5)]
    async with both.db.transaction(both.tenant) as tx:  # asked for at one moment, but the last
        await tx.run(
            "UPDATE host_consent SET asked_at = '2026-09-01Z' WHERE tenant_id = %s AND id <> %s",
            tx.tenant,
            consents[-1],
        )
    url, seen, after = f"/v1/hosts/{host['id']}/consents", list[str](), None
    while True:
        page = (await both.http.get(url, params={"limit": 2, "after": after or ""}, headers=headers)).json()
        seen += [consent["id"] for consent in page["consents"]]
        if (after := page["next"]) is None:
            break
    assert (seen[0], sorted(seen)) == (consents[-1], sorted(consents))
    assert (await both.http.get(url, params={"after": "x"}, headers=headers)).status_code == 400


async def test_a_learner_who_says_no_and_a_strangers_answer_change_nothing(both: Api) -> None:
    host, headers = await connected(both)
    learner = await both.learner(headers)
    consent, wish = await ask_consent(both, host, learner, headers)
    for query in ({"error": "access_denied"}, {"state": "guess", "code": "x"}, {"code": "x"}, {"state": wish["state"]}):
        assert (await both.http.get("/t/sample/oauth/back", params=query)).status_code == 400
    assert (await both.http.get("/t/other/oauth/back", params={"state": wish["state"], "code": "x"})).status_code == 400
    waiting = await consent_of(both, host, headers)
    assert (waiting["id"], waiting["state"]) == (consent, "asked")
    assert (await both.http.delete(f"/v1/hosts/{host['id']}/consents/{consent}", headers=headers)).status_code == 204
    assert (await both.http.delete(f"/v1/hosts/{host['id']}", headers=headers)).status_code == 204
    assert (await both.http.get("/v1/hosts", headers=headers)).json() == {"hosts": []}


async def test_a_learner_record_comes_by_the_clr_api(both: Api) -> None:
    host, headers = await connected(both, "CLR 2.0")
    learner, theirs = await both.learner(headers), await there(both)
    made = await both.http.post(
        f"/v1/learners/{theirs}/credentials",
        json={"kind": "ClrCredential"},
        headers=bearer(await both.key(tenant=both.other)),
    )
    assert made.status_code == 201, made.text
    consent, wish = await ask_consent(both, host, learner, headers)
    assert (await agreed(both, wish, theirs)).status_code == 200
    assert (await fetch(both, host, consent, headers)).json()["counts"] == {"created": 1}
