"""Apps of learners: let in by invitation and consent, and Open Badges 3.0 as they fetch and hand in."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials import jwt
from app.credentials.keys import SigningKey, did_key, did_key_method
from app.credentials.proof import sign
from app.wallet import apps
from app.wallet.received import verify_received
from tests.support.api import Api, bearer, problem_of
from tests.support.received import badge as pushed_badge
from tests.support.received import badges, know, nowhere
from tests.support.wallet import BADGE, OB, SCOPE
from tests.support.wallets import BACK, OAUTH, REGISTRATION, registered


@pytest.fixture
async def learner(api: Api) -> UUID:
    return UUID(await api.learner(await api.pusher()))


async def test_the_description_tells_an_app_how_to_get_in(api: Api) -> None:
    body = (await api.http.get(f"{OB}/discovery")).json()
    scheme = body["components"]["securitySchemes"]["OAuth2ACG"]
    assert scheme["x-imssf-registrationUrl"].endswith("/t/sample/oauth/register")
    assert SCOPE + "upsert" in scheme["flows"]["authorizationCode"]["scopes"]
    assert body["servers"][0]["url"].endswith(OB)
    assert {"termsOfService", "x-imssf-privacyPolicyUrl", "title", "version"} <= body["info"].keys()
    assert (await api.http.get("/t/sample/ims/clr/v2p0/discovery")).status_code == 200


async def test_an_app_registers_once_per_invitation(api: Api) -> None:
    async with api.db.transaction(api.tenant) as tx:
        ticket = await apps.invite_app(tx, "for a test", "test")
    url, headers = f"{OAUTH}/register", bearer(ticket)
    assert (await api.http.post(url, json=REGISTRATION)).status_code == 401
    for wrong in ({"redirect_uris": ["http://wallet.example.org/x"]}, {"redirect_uris": []}, {"scope": "x"}):
        refused = await api.http.post(url, json={**REGISTRATION, **wrong}, headers=headers)
        assert refused.status_code == 400, refused.text
        assert refused.json()["error"] in ("invalid_redirect_uri", "invalid_client_metadata")
    made = await api.http.post(url, json=REGISTRATION, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["client_secret"]
    again = await api.http.post(url, json=REGISTRATION, headers=headers)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_token")


async def test_the_page_says_who_asks_for_what_and_no_is_an_answer(api: Api, learner: UUID) -> None:
    app = await registered(api)
    query = app.asked(f"{SCOPE}readonly", "v" * 43)
    answer = await api.http.get(f"{OAUTH}/authorize", params=query)
    assert answer.status_code == 200
    assert "Sample Wallet" in answer.text
    assert "read your badges" in answer.text
    assert "script" not in answer.headers["content-security-policy"]
    said_no = await api.http.post(f"{OAUTH}/authorize", data={**query, "decision": "deny"})
    assert "error=access_denied" in said_no.headers["location"]
    wrong = await api.http.post(
        f"{OAUTH}/authorize", data={**query, "decision": "allow", "connect_code": "AAAAA-AAAAA"}
    )
    assert wrong.status_code == 400
    assert "not known" in wrong.text


@pytest.mark.parametrize("change", [{"client_id": str(uuid4())}, {"redirect_uri": "https://evil.example.org/back"}])
async def test_nobody_is_sent_to_an_address_that_was_not_registered(api: Api, change: dict[str, str]) -> None:
    app = await registered(api)
    for call in (api.http.get, api.http.post):
        query = {**app.asked(f"{SCOPE}readonly", "v" * 43), **change}
        answer = await call(f"{OAUTH}/authorize", **{"params" if call == api.http.get else "data": query})  # type: ignore[operator]
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "change", [{"code_challenge_method": "plain"}, {"code_challenge": ""}, {"response_type": "token"}, {"scope": "x"}]
)
async def test_a_request_that_will_not_do_goes_back_to_the_app(api: Api, change: dict[str, str]) -> None:
    app = await registered(api)
    answer = await api.http.get(f"{OAUTH}/authorize", params={**app.asked(f"{SCOPE}readonly", "v" * 43), **change})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{BACK}?error=")


async def test_a_code_that_comes_twice_ends_everything_got_with_it(api: Api, learner: UUID) -> None:
    app, verifier = await registered(api), "v" * 43
    code = await app.let_in(learner, f"{SCOPE}readonly", verifier)
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert (await app.token(**grant, code_verifier="w" * 43)).json()["error"] == "invalid_grant"
    assert (
        await app.token(**{**grant, "redirect_uri": "https://x.example.org"}, code_verifier=verifier)
    ).status_code == 400
    tokens = (await app.token(**grant, code_verifier=verifier)).json()
    assert (await api.http.get(f"{OB}/credentials", headers=bearer(tokens["access_token"]))).status_code == 200
    assert (await app.token(**grant, code_verifier=verifier)).json()["error"] == "invalid_grant"
    assert (await api.http.get(f"{OB}/credentials", headers=bearer(tokens["access_token"]))).status_code == 401
    assert (await app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])).status_code == 400


async def test_a_refresh_token_works_once_and_a_stolen_one_ends_the_consent(api: Api, learner: UUID) -> None:
    app = await registered(api)
    first = await app.tokens(learner, f"{SCOPE}readonly", f"{SCOPE}upsert")
    less = await app.token(grant_type="refresh_token", refresh_token=first["refresh_token"], scope=f"{SCOPE}readonly")
    assert less.json()["scope"] == f"{SCOPE}readonly"
    assert (await api.http.get(f"{OB}/credentials", headers=bearer(first["access_token"]))).status_code == 401
    assert (await app.token(grant_type="refresh_token", refresh_token=first["refresh_token"])).status_code == 400
    assert (await api.http.get(f"{OB}/credentials", headers=bearer(less.json()["access_token"]))).status_code == 401


async def test_a_revoked_consent_opens_nothing_and_another_app_cannot_revoke_it(api: Api, learner: UUID) -> None:
    app, other = await registered(api), await registered(api, client_name="Another")
    tokens = await app.tokens(learner)
    form = {"token": tokens["access_token"]}
    await api.http.post(f"{OAUTH}/revoke", data=form, auth=(other.id, other.secret))
    assert (await api.http.get(f"{OB}/credentials", headers=bearer(tokens["access_token"]))).status_code == 200
    assert (await api.http.post(f"{OAUTH}/revoke", data=form, auth=(app.id, app.secret))).status_code == 200
    assert (await api.http.get(f"{OB}/credentials", headers=bearer(tokens["access_token"]))).status_code == 401
    wrong = await api.http.post(f"{OAUTH}/token", data={"grant_type": "refresh_token"}, auth=(app.id, "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


async def test_what_is_handed_in_comes_back_byte_for_byte_and_newer_replaces_older(api: Api, learner: UUID) -> None:
    app = await registered(api)
    headers = {**await app.headers(learner), "Content-Type": "application/json"}
    body = json.dumps(BADGE, indent=3).encode()

    async def post(content: bytes) -> tuple[int, bytes]:
        answer = await api.http.post(f"{OB}/credentials", content=content, headers=headers)
        return answer.status_code, answer.content

    assert await post(body) == (201, body)
    assert await post(body) == (304, b"")
    same = {**BADGE, "id": f" {BADGE['id'].replace('/7', '/%37')} ", "validFrom": "2026-11-01T00:00:00Z"}
    newer = json.dumps(same).encode()
    assert await post(newer) == (200, newer)
    assert (await post(body))[0] == 304
    listed = await api.http.get(f"{OB}/credentials", headers=headers)
    assert listed.headers["x-total-count"] == "1"
    assert newer in listed.content
    someone = {"identifiers": [{"type": "district", "value": "100777"}]}
    other = UUID(await api.learner(await api.pusher(slug="chess-club"), id="other", learner=someone))
    stranger = await (await registered(api)).headers(other)
    assert (await api.http.get(f"{OB}/credentials", headers=stranger)).json() == {
        "credential": [],
        "compactJwsString": [],
    }


async def test_an_app_gets_what_others_pushed_once_it_is_verified(api: Api) -> None:
    """Of those, the ones whose issuer is known and whose proof holds, byte for byte; not forged or unknown ones."""
    known, unknown = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    await know(api, known)
    good = pushed_badge(known, id="urn:uuid:good")
    token_key = SigningKey(did_key_method(known.public_key()), known)
    issuer = {**BADGE["issuer"], "id": did_key(known.public_key())}
    token = jwt.sign({**BADGE, "id": "urn:uuid:token", "issuer": issuer}, token_key)
    forged = {**pushed_badge(known, id="urn:uuid:forged"), "name": "PhD"}
    stranger = pushed_badge(unknown, id="urn:uuid:stranger")
    headers = await badges(api, good, token, forged, stranger)
    learners = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    learner = UUID(learners.json()["learners"][0]["id"])
    app = await (await registered(api)).headers(learner)

    async def listed(**query: str) -> dict[str, Any]:
        answer = await api.http.get(f"{OB}/credentials", params=query, headers=app)
        assert answer.status_code == 200, answer.text
        return {**answer.json(), "total": answer.headers["x-total-count"]}

    assert await listed() == {"credential": [], "compactJwsString": [], "total": "0"}
    assert await verify_received(api.db, api.tenant, nowhere) == 4
    assert await listed() == {"credential": [good], "compactJwsString": [token], "total": "2"}
    pages = [await listed(limit="1", offset=str(offset)) for offset in (0, 1, 2)]
    assert sum(len(page["credential"]) + len(page["compactJwsString"]) for page in pages) == 2
    assert (await listed(since="2099-01-01T00:00:00Z"))["total"] == "0"
    clr = await api.http.get("/t/sample/ims/clr/v2p0/credentials", headers=app)
    assert clr.json()["credential"] == []


@pytest.mark.parametrize(
    ("name", "path", "kind"),
    [
        ("ob30/simple.json", OB, "application/json"),
        ("ob30/simple_v1.json", OB, "application/json"),
        ("clr20/simple.json", "/t/sample/ims/clr/v2p0", "application/json"),
    ],
)
async def test_published_samples_are_handed_in(
    api: Api, learner: UUID, shared: Path, name: str, path: str, kind: str
) -> None:
    headers = {**await (await registered(api)).headers(learner), "Content-Type": kind}
    content = (shared / "data" / "credentials" / "samples" / name).read_bytes().strip()
    answer = await api.http.post(f"{path}/credentials", content=content, headers=headers)
    assert (answer.status_code, answer.content) == (201, content)
    served = (await api.http.get(f"{path}/credentials", headers=headers)).content
    assert content in served


async def test_a_badge_with_one_proof_and_not_a_list_is_taken_where_the_proof_holds(api: Api, learner: UUID) -> None:
    headers = {**await (await registered(api)).headers(learner), "Content-Type": "application/json"}
    key = Ed25519PrivateKey.generate()
    document = {**BADGE, "issuer": {**BADGE["issuer"], "id": did_key(key.public_key())}}
    signed = sign(document, SigningKey(did_key_method(key.public_key()), key), datetime(2026, 10, 3, tzinfo=UTC))
    changed = await api.http.post(f"{OB}/credentials", json={**signed, "name": "x"}, headers=headers)
    assert changed.status_code == 400
    assert "proof" in changed.json()["imsx_description"]
    assert (await api.http.post(f"{OB}/credentials", json=signed, headers=headers)).status_code == 201


async def test_a_token_is_handed_in_and_listed_apart(api: Api, learner: UUID) -> None:
    headers = {**await (await registered(api)).headers(learner), "Content-Type": "text/plain"}
    token = jwt.sign(BADGE, SigningKey("https://badges.example.org/keys/1", Ed25519PrivateKey.generate()))
    answer = await api.http.post(f"{OB}/credentials", content=token, headers=headers)
    assert (answer.status_code, answer.text) == (201, token)
    body = (await api.http.get(f"{OB}/credentials", headers=headers)).json()
    assert body == {"credential": [], "compactJwsString": [token]}


async def test_pages_links_and_since(api: Api, learner: UUID) -> None:
    headers = await (await registered(api)).headers(learner)
    for n in range(5):
        badge = {**BADGE, "id": f"urn:badge:{n}"}
        assert (await api.http.post(f"{OB}/credentials", json=badge, headers=headers)).status_code == 201
    seen: list[str] = []
    url = f"{OB}/credentials?limit=2"
    while url:
        page = await api.http.get(url, headers=headers)
        assert page.headers["x-total-count"] == "5"
        seen += [credential["id"] for credential in page.json()["credential"]]
        url = page.links.get("next", {}).get("url", "")
    assert sorted(seen) == [f"urn:badge:{n}" for n in range(5)]
    later = await api.http.get(f"{OB}/credentials", params={"since": "2099-01-01T00:00:00Z"}, headers=headers)
    assert later.json()["credential"] == []
    for wrong in ("limit=0", "limit=x", "offset=-1", "since=yesterday", "limit=1.0"):
        refused = await api.http.get(f"{OB}/credentials?{wrong}", headers=headers)
        assert refused.status_code == 400
        minor = refused.json()["imsx_codeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
        assert minor in ("invalid_query_parameter", "invalid_data")


@pytest.mark.parametrize("fields", [{"name": "a\x00b"}, {"name": "a\ud800"}, {"id": "urn:x:%00"}])
async def test_what_no_database_can_keep_is_refused_with_its_reason(
    api: Api, learner: UUID, fields: dict[str, str]
) -> None:
    headers = {**await (await registered(api)).headers(learner), "Content-Type": "application/json"}
    refused = await api.http.post(f"{OB}/credentials", content=json.dumps(BADGE | fields), headers=headers)
    assert refused.status_code == 400, refused.text
    assert "character" in refused.json()["imsx_description"]


@pytest.mark.parametrize("begins", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_a_moment_beyond_all_calendars_is_refused_and_does_not_break_the_next(
    api: Api, learner: UUID, begins: str
) -> None:
    headers = {**await (await registered(api)).headers(learner), "Content-Type": "application/json"}
    for _ in range(2):
        refused = await api.http.post(f"{OB}/credentials", json=BADGE | {"validFrom": begins}, headers=headers)
        assert refused.status_code == 400, refused.text
        assert begins in refused.json()["imsx_description"]


async def test_errors_are_worded_as_the_standard_wants(api: Api, learner: UUID) -> None:
    app = await registered(api)
    reading = await app.headers(learner, f"{SCOPE}readonly")
    writing = await app.headers(learner, f"{SCOPE}upsert")
    without_issuer = {name: value for name, value in BADGE.items() if name != "issuer"}
    cut = {"content": b"{", "headers": {**writing, "Content-Type": "application/json"}}
    for answer, status, minor in (
        (await api.http.get(f"{OB}/credentials"), 401, "unauthorizedrequest"),
        (await api.http.get(f"{OB}/credentials", headers=bearer("x")), 401, "unauthorizedrequest"),
        (await api.http.get(f"{OB}/credentials", headers=writing), 403, "forbidden"),
        (await api.http.post(f"{OB}/credentials", json=BADGE, headers=reading), 403, "forbidden"),
        (await api.http.post(f"{OB}/credentials", json=without_issuer, headers=writing), 400, "invalid_data"),
        (await api.http.post(f"{OB}/credentials", **cut), 400, "invalid_data"),
        (await api.http.delete(f"{OB}/credentials", headers=writing), 405, "not_allowed"),
    ):
        assert answer.status_code == status, answer.text
        body = answer.json()
        assert (body["imsx_codeMajor"], body["imsx_severity"]) == ("failure", "error")
        assert body["imsx_codeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == minor


async def test_the_profile_is_the_learners_until_their_app_says_another(api: Api, learner: UUID) -> None:
    headers = await (await registered(api)).headers(learner)
    own = (await api.http.get(f"{OB}/profile", headers=headers)).json()
    assert own["name"] == "Ada Sample"
    assert str(learner) not in json.dumps(own)
    profile = {"id": "did:example:ada", "type": ["Profile"], "name": "Ada S."}
    assert (await api.http.put(f"{OB}/profile", json=profile, headers=headers)).json() == profile
    assert (await api.http.get(f"{OB}/profile", headers=headers)).json() == profile
    assert (await api.http.put(f"{OB}/profile", json={"name": 1}, headers=headers)).status_code == 400


async def test_another_tenants_token_opens_nothing(api: Api, learner: UUID) -> None:
    headers = await (await registered(api)).headers(learner)
    answer = await api.http.get("/t/other/ims/ob/v3p0/credentials", headers=headers)
    assert answer.status_code == 401
    problem_of(await api.http.get("/t/nobody/jwks.json"), 404)
