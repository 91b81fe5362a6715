"""Keys and tokens: got, rotated, expired, revoked; and how often one may ask."""

import asyncio
import base64
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from app.access.clients import create_client
from app.db.access import tenants
from tests.conftest import TestDatabase
from tests.support.api import Api, bearer, problem_of, serving, settings_for


async def _token(api: Api, client: object, key: str, **form: str) -> httpx.Response:
    fields = {"grant_type": "client_credentials", "client_id": str(client), "client_secret": key, **form}
    return await api.http.post("/oauth/token", data=fields)


async def test_a_key_is_traded_for_a_token_by_form_and_by_basic(api: Api) -> None:
    client, key = await api.client("learners.read", "events.read")
    by_form = await _token(api, client, key)
    basic = base64.b64encode(f"{client}:{key}".encode()).decode()
    by_basic = await api.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    for answer in (by_form, by_basic):
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
        assert body["scope"].split() == ["events.read", "learners.read"]
        assert (await api.http.get("/v1/events", headers=bearer(body["access_token"]))).status_code == 200


async def test_a_token_has_no_more_scopes_than_were_asked_for(api: Api) -> None:
    client, key = await api.client("learners.read", "events.read")
    token = (await _token(api, client, key, scope="learners.read")).json()["access_token"]
    assert (await api.http.get("/v1/learners", headers=bearer(token))).status_code == 200
    problem_of(await api.http.get("/v1/events", headers=bearer(token)), 403)
    more = await _token(api, client, key, scope="learners.read clients.manage")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")


async def test_the_token_endpoint_refuses_as_rfc_6749_words_it(api: Api) -> None:
    client, key = await api.client("learners.read")
    other, _ = await api.client("learners.read")
    token = (await _token(api, client, key)).json()["access_token"]
    refusals: list[tuple[httpx.Response, int, str]] = [
        (await _token(api, client, "tsk_" + "0" * 64), 401, "invalid_client"),
        (await _token(api, other, key), 401, "invalid_client"),
        (await _token(api, "nobody", key), 401, "invalid_client"),
        (await _token(api, client, token), 401, "invalid_client"),  # a token gets no token
        (await _token(api, client, key, grant_type="password"), 400, "unsupported_grant_type"),
        (await api.http.post("/oauth/token", json={"grant_type": "client_credentials"}), 400, "invalid_request"),
        (await api.http.post("/oauth/token", content=b"a=1&a=2", headers=FORM), 400, "invalid_request"),
        (await api.http.post("/oauth/token", content=b"\xff\xfe=%ff", headers=FORM), 400, "invalid_request"),
        (
            await api.http.post(
                "/oauth/token",
                content=f"grant_type=client_credentials&client_secret={key}".encode(),
                headers={**FORM, "Authorization": "Basic eDp5"},
            ),
            400,
            "invalid_request",
        ),
    ]
    for answer, status, error in refusals:
        assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
        assert answer.json()["error_description"]
        if status == 401:
            assert answer.headers["www-authenticate"].startswith("Basic")


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_guessing_at_one_client_is_slowed_down_and_others_are_not(api: Api) -> None:
    client, _ = await api.client("learners.read")
    other, others = await api.client("learners.read")
    answers = [await _token(api, client, "tsk_" + f"{n:064x}") for n in range(40)]
    assert [a.status_code for a in answers[:30]] == [401] * 30
    slowed = answers[-1]
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) >= 1
    assert (await _token(api, other, others)).status_code == 200


async def test_what_strangers_try_keeps_no_client_from_its_tokens_nor_from_revoking_them(api: Api) -> None:
    client, key = await api.client("learners.read")
    leaked = (await _token(api, client, key)).json()["access_token"]
    for n in range(40):
        await _token(api, client, "tsk_" + f"{n:064x}")
    assert (await _token(api, client, "tsk_" + "0" * 64)).status_code == 429
    assert (await _token(api, client, key)).status_code == 200, "from the very same address"
    form = {"client_id": str(client), "client_secret": key, "token": leaked}
    assert (await api.http.post("/oauth/revoke", data=form)).status_code == 200
    problem_of(await api.http.get("/v1/learners", headers=bearer(leaked)), 401)
    elsewhere = httpx.ASGITransport(api.app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://tessera.example.org") as http:
        wrong = {"grant_type": "client_credentials", "client_id": str(client), "client_secret": "tsk_" + "0" * 64}
        assert (await http.post("/oauth/token", data=wrong)).status_code == 401, "counted by where it came from"


async def test_a_client_that_asks_for_tokens_without_end_is_slowed_down(api: Api) -> None:
    client, key = await api.client("learners.read")
    statuses = [(await _token(api, client, key)).status_code for _ in range(70)]
    assert statuses[:60] == [200] * 60
    assert 429 in statuses


async def test_a_revoked_token_is_refused_at_once(api: Api) -> None:
    client, key = await api.client("learners.read")
    token = (await _token(api, client, key)).json()["access_token"]
    form = {"client_id": str(client), "client_secret": key, "token": token}
    stranger, strangers = await api.client("learners.read")
    theirs = {**form, "client_id": str(stranger), "client_secret": strangers}
    assert (await api.http.post("/oauth/revoke", data=theirs)).status_code == 200
    assert (await api.http.get("/v1/learners", headers=bearer(token))).status_code == 200
    assert (await api.http.post("/oauth/revoke", data=form)).status_code == 200
    problem_of(await api.http.get("/v1/learners", headers=bearer(token)), 401)
    assert (await api.http.post("/oauth/revoke", data=form)).status_code == 200
    assert (await api.http.get("/v1/learners", headers=bearer(key))).status_code == 200


async def test_when_a_key_was_last_used_is_told_also_of_tokens_got_with_it(api: Api) -> None:
    manager = bearer(await api.key())
    client, key = await api.client("learners.read")
    (known,) = (await api.http.get(f"/v1/clients/{client}", headers=manager)).json()["keys"]
    assert known["usedAt"] is None
    token = (await _token(api, client, key)).json()["access_token"]
    for path in ("/v1/learners", f"/v1/learners/{uuid4()}"):
        await api.http.get(path, headers=bearer(token))
        await api.app.state.gate.uses.keep(api.db)
        (known,) = (await api.http.get(f"/v1/clients/{client}", headers=manager)).json()["keys"]
        assert known["usedAt"] is not None
        async with api.db.transaction(api.tenant) as tx:
            await tx.run("DELETE FROM key_use WHERE tenant_id = %(tenant)s", given=None)


async def test_a_key_revoked_in_one_process_is_refused_at_once_in_another(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    manager = bearer(await api.key())
    async with serving(settings_for(database, tmp_path)) as (_, elsewhere):
        for _ in range(10):
            client, key = await api.client("learners.read")
            token = (await _token(api, client, key)).json()["access_token"]
            for bearing in (key, token):
                assert (await elsewhere.get("/v1/learners", headers=bearer(bearing))).status_code == 200
                assert (await elsewhere.get(f"/v1/learners/{uuid4()}", headers=bearer(bearing))).status_code == 404
            (known,) = (await api.http.get(f"/v1/clients/{client}", headers=manager)).json()["keys"]
            revoked = await api.http.delete(f"/v1/clients/{client}/keys/{known['id']}", headers=manager)
            assert revoked.status_code == 204
            for bearing in (key, token):
                problem_of(await elsewhere.get("/v1/learners", headers=bearer(bearing)), 401)
                problem_of(await elsewhere.get(f"/v1/learners/{uuid4()}", headers=bearer(bearing)), 401)


async def test_a_key_revoked_under_load_opens_nothing_that_is_asked_afterwards(api: Api) -> None:
    learner = uuid4()
    client, key = await api.client("learners.read")
    revoked = asyncio.Event()
    late: list[int] = []

    async def ask() -> None:
        for _ in range(40):
            begun_after = revoked.is_set()
            answer = await api.http.get(f"/v1/learners/{learner}", headers=bearer(key))
            if begun_after:
                late.append(answer.status_code)

    async def revoke() -> None:
        await asyncio.sleep(0.05)
        await api.http.delete(f"/v1/clients/{client}", headers=bearer(await api.key()))
        revoked.set()

    await asyncio.gather(revoke(), *(ask() for _ in range(20)))
    assert late
    assert set(late) == {401}


async def test_a_key_is_rotated_without_a_gap_and_only_two_live(api: Api) -> None:
    client, first = await api.client("learners.read")
    manager = bearer(await api.key())
    second = await api.http.post(f"/v1/clients/{client}/keys", json={"days": 30}, headers=manager)
    assert second.status_code == 201
    for key in (first, second.json()["key"]):
        assert (await api.http.get("/v1/learners", headers=bearer(key))).status_code == 200
    third = await api.http.post(f"/v1/clients/{client}/keys", json={}, headers=manager)
    assert problem_of(third, 409)["type"] == "urn:tessera:problem:too-many-keys"
    old = (await api.http.get(f"/v1/clients/{client}", headers=manager)).json()["keys"][0]
    assert (await api.http.delete(f"/v1/clients/{client}/keys/{old['id']}", headers=manager)).status_code == 204
    problem_of(await api.http.get("/v1/learners", headers=bearer(first)), 401)
    assert (await api.http.get("/v1/learners", headers=bearer(second.json()["key"]))).status_code == 200
    assert (await api.http.post(f"/v1/clients/{client}/keys", json={}, headers=manager)).status_code == 201


async def test_two_who_issue_a_key_at_once_do_not_make_three(api: Api) -> None:
    client, _ = await api.client("learners.read")
    manager = bearer(await api.key())
    answers = await asyncio.gather(
        *(api.http.post(f"/v1/clients/{client}/keys", json={}, headers=manager) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_an_expired_key_and_its_tokens_open_nothing(api: Api, database: TestDatabase) -> None:
    client, key = await api.client("learners.read", days=1)
    answer = (await _token(api, client, key)).json()
    assert answer["expires_in"] == 3600
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE access_key SET expires_at = now() + interval '10 minutes' WHERE kind = 'key'")
        shorter = (await _token(api, client, key)).json()
        assert shorter["expires_in"] <= 600
        owner.execute("UPDATE access_key SET expires_at = now() - interval '1 second'")
    for credential in (key, answer["access_token"]):
        problem_of(await api.http.get("/v1/learners", headers=bearer(credential)), 401)
    assert (await _token(api, client, key)).status_code == 401


async def test_no_key_is_stored(api: Api, database: TestDatabase) -> None:
    client, key = await api.client("learners.read")
    token = (await _token(api, client, key)).json()["access_token"]
    with psycopg.connect(database.owner_url) as owner:
        tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows: list[tuple[Any, ...]] = owner.execute(f"SELECT * FROM {table}").fetchall()  # type: ignore[call-overload]
            for secret in (key, token):
                assert secret not in str(rows)
                assert secret.encode() not in b"".join(v for row in rows for v in row if isinstance(v, bytes))


async def test_a_client_that_asks_too_often_is_told_when_to_ask_again(database: TestDatabase, tmp_path: Path) -> None:
    slow = settings_for(database, tmp_path).model_copy(update={"requests_per_second": 5})
    async with serving(slow) as (app, http):
        tenant = await tenants.add(app.state.service.db, "sample", "Sample District")
        api = Api(app, http, app.state.service.db, tenant.id, 0)
        key, other = await api.key("learners.read"), await api.key("learners.read")
        answers = [await http.get("/v1/learners", headers=bearer(key)) for _ in range(30)]
        assert [a.status_code for a in answers[:10]] == [200] * 10
        assert problem_of(answers[-1], 429)["type"] == "urn:tessera:problem:too-many-requests"
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert (await http.get("/v1/learners", headers=bearer(other))).status_code == 200


async def test_a_client_gives_no_scope_it_does_not_have(api: Api) -> None:
    manager = bearer(await api.key("clients.manage"))
    made = await api.http.post("/v1/clients", json={"name": "X", "scopes": ["learners.read"]}, headers=manager)
    assert problem_of(made, 403)["type"] == "urn:tessera:problem:scope-not-held"
    stronger, _ = await api.client("learners.read")
    problem_of(await api.http.post(f"/v1/clients/{stronger}/keys", json={}, headers=manager), 403)


async def test_the_limit_is_told_on_every_answer_to_a_client(database: TestDatabase, tmp_path: Path) -> None:
    settings = settings_for(database, tmp_path).model_copy(update={"requests_per_second": 2})
    async with serving(settings) as (app, http):
        tenant = await tenants.add(app.state.service.db, "limited", "Limited District")
        async with app.state.service.db.transaction(tenant.id) as tx:
            _, issued = await create_client(tx, "test", ["learners.read"], None)
        answers = [await http.get("/v1/learners", headers=bearer(issued.text)) for _ in range(6)]
        assert answers[0].headers["ratelimit-policy"] == '"client";q=4;w=2'
        assert answers[0].headers["ratelimit"] == '"client";r=3;t=2'
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert refused.headers["ratelimit"].startswith('"client";r=0;t=')
        assert "ratelimit" not in (await http.get("/livez")).headers
