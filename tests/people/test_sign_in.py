"""Signing in and out: the first link, passwords, codes, invitations, sessions, and what a guesser meets."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pyotp
import pytest

from app.people import accounts, first, invitations, passwords, sessions
from app.people.invitations import Offer
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for
from tests.support.people import HTML, TOKEN, Reader, browsing, signed_in

GOOD = "four random words here"


async def token(http: httpx.AsyncClient, path: str = "/login") -> str:
    hidden = TOKEN.search((await http.get(path)).text)
    assert hidden
    return hidden[1]


async def try_password(http: httpx.AsyncClient, login: str, password: str, **more: str) -> httpx.Response:
    values = {"login": login, "password": password, "form_token": await token(http), "district": "sample", **more}
    return await http.post("/login", data=values)


@pytest.fixture
async def known(api: Api) -> str:
    """The login of an administrator with the good password."""
    async with api.db.transaction(api.tenant) as tx:
        row = await accounts.make(tx, "kim@example.org", "Kim Sample", password=GOOD)
        await accounts.give(tx, row.id, "administrator", by="a test", origin="administrator")
    return row.login


async def test_the_start_is_a_page_for_people_and_json_for_programs(api: Api) -> None:
    page = await api.http.get("/", headers=HTML)
    assert page.status_code == 200
    assert "Sample District" in page.text
    body = (await api.http.get("/")).json()
    assert body["documentation"].endswith("/docs")


async def test_a_password_opens_and_signing_out_closes(api: Api, known: str) -> None:
    async with browsing(api.app) as http:
        answer = await try_password(http, " KIM@example.org ", GOOD, next="/me")
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        me = await http.get("/me")
        assert "Kim Sample" in me.text
        assert "script-src 'self'" in me.headers["content-security-policy"]
        assert "unsafe" not in me.headers["content-security-policy"]
        assert me.headers["referrer-policy"] == "no-referrer"
        cookies = dict(http.cookies)
        out = await http.post("/logout", data={"form_token": TOKEN.search(me.text)[1]})
        assert out.status_code == 303
    async with browsing(api.app, cookies["tessera"]) as http:
        assert (await http.get("/me")).status_code == 303, "the cookie opens nothing any more"


async def test_signing_in_anew_ends_the_session_before(api: Api, known: str) -> None:
    async with browsing(api.app) as http:
        assert (await try_password(http, known, GOOD)).status_code == 303
        before = http.cookies["tessera"]
        page = TOKEN.search((await http.get("/me")).text)
        assert page
        again = {"login": known, "password": GOOD, "form_token": page[1], "district": "sample"}
        assert (await http.post("/login", data=again)).status_code == 303
        assert http.cookies["tessera"] != before
        assert "Kim Sample" in (await http.get("/me")).text
        out = await http.post("/logout", data={"form_token": TOKEN.search((await http.get("/me")).text)[1]})
        assert out.headers["clear-site-data"] == '"cache"'
    async with browsing(api.app, before) as http:
        assert (await http.get("/me")).status_code == 303


async def test_a_password_is_compared_to_its_end(api: Api) -> None:
    longest = ("four random words here " * 20)[:200]
    hash_ = await passwords.hashed(longest)
    assert await passwords.fits(hash_, longest)
    assert not await passwords.fits(hash_, f"{longest}x")


async def test_whatever_is_wrong_is_said_in_the_same_words(api: Api, known: str) -> None:
    async with browsing(api.app) as http:
        wrong = await try_password(http, known, "not the password")
        nobody = await try_password(http, "nobody@example.org", "not the password")
        assert wrong.status_code == nobody.status_code == 401
        plain = [re.sub(r'value="[^"]*"', "", answer.text) for answer in (wrong, nobody)]
        assert plain[0] == plain[1]
        assert "do not fit together" in plain[0]


async def test_guessing_elsewhere_does_not_lock_the_owner_out(api: Api, known: str) -> None:
    async with browsing(api.app) as own:
        await try_password(own, known, GOOD)
        own.cookies.delete("tessera")
        async with browsing(api.app) as guesser:
            answers = [(await try_password(guesser, known, f"guess {n}")).status_code for n in range(12)]
            assert answers[:9] == [401] * 9
            assert answers[-1] == 429
            refused = await try_password(guesser, known, GOOD)
            assert refused.status_code == 429
            assert int(refused.headers["retry-after"]) > 0
        assert (await try_password(own, known, GOOD)).status_code == 303


async def test_a_form_from_elsewhere_is_refused(api: Api, known: str) -> None:
    reader = await signed_in(api, "administrator")
    for values in ({}, {"form_token": "0" * 64}):
        assert (await reader.http.post("/me", data={"name": "X", **values})).status_code == 403
    other = await signed_in(api, "administrator")
    foreign = TOKEN.search((await other.get("/me")).text)[1]
    assert (await reader.http.post("/me", data={"name": "X", "form_token": foreign})).status_code == 403
    mine = TOKEN.search((await reader.get("/me")).text)[1]
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert (await reader.http.post("/me", data={"name": "X", "form_token": mine}, headers=cross)).status_code == 403
    assert (await reader.send("/me", {"name": "Kim Changed"})).status_code == 303
    assert "Kim Changed" in (await reader.get("/me")).text


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_signing_in_leads_nowhere_else(api: Api, known: str, address: str) -> None:
    async with browsing(api.app) as http:
        answer = await try_password(http, known, GOOD, next=address)
        assert answer.headers["location"] == "/"


async def test_a_session_ends_by_rest_and_by_age_and_when_it_is_ended(api: Api) -> None:
    for ended in ("seen_at = now() - interval '3 hours'", "expires_at = now()", "ended_at = now()"):
        reader = await signed_in(api, "teacher")
        assert (await reader.get("/me")).status_code == 200
        async with api.db.transaction(api.tenant) as tx:
            await tx.run(f"UPDATE session SET {ended} WHERE account_id = %(account)s", account=reader.account)
        assert (await reader.get("/me")).headers["location"] == "/login?next=/me"


async def test_only_hashes_of_sessions_and_passwords_are_kept(api: Api, known: str) -> None:
    reader = await signed_in(api, "teacher")
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT s::text FROM session s")
        passwords = await tx.rows("SELECT convert_from(password, 'UTF8') FROM account WHERE password IS NOT NULL")
        audit = await tx.rows("SELECT a::text FROM audit a")
    secret = reader.cookie.partition(".")[2]
    assert secret not in str(rows)
    assert all(password.startswith("$argon2id$") for (password,) in passwords)
    assert "argon2" not in str(audit)


async def test_sign_out_everywhere_else_leaves_this_browser(api: Api) -> None:
    reader = await signed_in(api, "teacher")
    async with api.db.transaction(api.tenant) as tx:
        again = await sessions.begin(tx, api.app.state.service.settings, reader.account, "password", "Firefox Linux")
    other = Reader(browsing(api.app, again.cookie), reader.account, again.cookie)
    assert (await other.get("/me")).status_code == 200
    await reader.send("/me/sessions/end")
    assert (await other.get("/me")).status_code == 303
    assert (await reader.get("/me")).status_code == 200


async def test_a_role_taken_away_counts_at_the_next_request(api: Api) -> None:
    reader = await signed_in(api, "steward")
    async with api.db.transaction(api.tenant) as tx:
        assert "Data steward" in (await reader.get("/me")).text
        await tx.run("UPDATE held_role SET ends = now() WHERE account_id = %(a)s", a=reader.account)
    assert "Data steward" not in (await reader.get("/me")).text


async def test_codes_of_an_app_are_asked_for_once_set_up_and_work_once(api: Api, known: str) -> None:
    async with browsing(api.app) as http:
        await try_password(http, known, GOOD)
        offered = (await http.get("/me/second-factor")).text
        secret = re.search(r'<span class="code">([A-Z2-7]{32})</span>', offered)[1]
        now = pyotp.TOTP(secret)
        sent = {"code": now.now(), "form_token": TOKEN.search(offered)[1]}
        confirmed = await http.post("/me/second-factor", data=sent)
        recovery = re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", confirmed.text)
        assert len(recovery) == 8
        http.cookies.delete("tessera")
        assert (await try_password(http, known, GOOD)).status_code == 401
        assert (await try_password(http, known, GOOD, code=sent["code"])).status_code == 401, "it was used"
        assert (await try_password(http, known, GOOD, code=recovery[0])).status_code == 303
        http.cookies.delete("tessera")
        assert (await try_password(http, known, GOOD, code=recovery[0])).status_code == 401, "it was used"
        later = now.at(datetime.now(UTC) + timedelta(seconds=30))
        assert (await try_password(http, known, GOOD, code=later)).status_code == 303


async def test_an_invitation_makes_an_account_once(api: Api) -> None:
    async with api.db.transaction(api.tenant) as tx:
        invited = await invitations.invite(tx, Offer("steward", email="Lee@Example.org"), "a test")
    async with browsing(api.app) as http:
        typed = {"code": invited.code.lower().replace("-", " "), "form_token": await token(http, "/invitation")}
        onward = await http.post("/invitation", data=typed)
        path = onward.headers["location"]
        page = (await http.get(path)).text
        assert "Data steward" in page
        sent = {"name": "Lee", "login": "lee@example.org", "form_token": TOKEN.search(page)[1]}
        short = await http.post(path, data={**sent, "password": "short", "again": "short"})
        assert short.status_code == 422
        taken = await http.post(path, data={**sent, "password": GOOD, "again": GOOD})
        assert taken.status_code == 303, taken.text
        assert "Data steward" in (await http.get("/me")).text
        async with browsing(api.app) as late:
            assert (await late.get(path)).status_code == 410
    async with api.db.transaction(api.tenant) as tx:
        assert (await tx.one("SELECT email FROM account WHERE login = 'lee@example.org'")) == "lee@example.org"


async def test_a_wrong_code_says_nothing_and_is_counted(api: Api) -> None:
    async with browsing(api.app) as http:
        answers = [(await http.get("/invitation/0000000000000000")).status_code for _ in range(40)]
    assert answers[0] == 404
    assert answers[-1] == 429


async def test_the_first_district_is_made_once_by_a_link(database: TestDatabase, tmp_path: Path) -> None:
    async with serving(settings_for(database, tmp_path)) as (app, _):
        link = f"/start/{first.link_token(app.state.service.vault)}"
        async with browsing(app) as http:
            sent = {
                "district": "Lake Unified",
                "name": "Robin",
                "login": "robin@example.org",
                "password": GOOD,
                "again": GOOD,
                "form_token": await token(http, link),
            }
            assert (await http.post(link.replace("9", "8"), data=sent)).status_code in (404, 410)
            made = await http.post(link, data=sent)
            assert made.status_code == 303, made.text
            assert "Administrator" in (await http.get("/me")).text
            assert (await http.get(link)).status_code == 410


async def test_the_last_administrator_stays(api: Api, known: str) -> None:
    async with api.db.transaction(api.tenant) as tx:
        (role,) = await tx.rows("SELECT id FROM held_role")
    with pytest.raises(Exception, match="Nobody would administer"):
        async with api.db.transaction(api.tenant) as tx:
            await accounts.take(tx, role[0], "a test")


async def test_pages_are_in_the_reader_s_language(api: Api) -> None:
    async with browsing(api.app) as http:
        spanish = await http.get("/login", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
        assert '<html lang="es">' in spanish.text
        german = await http.get("/login", headers={"Accept-Language": "de"})
        assert '<html lang="en">' in german.text
        sent = {"language": "es", "next": "/login", "form_token": await token(http)}
        assert (await http.post("/language", data=sent)).headers["location"] == "/login"
        assert '<html lang="es">' in (await http.get("/login")).text
    reader = await signed_in(api, "guardian", learner=uuid4(), language="es")
    assert '<html lang="es">' in (await reader.get("/me")).text


async def test_a_link_signs_its_owner_in_once_and_not_by_being_looked_at(api: Api, known: str) -> None:
    async with api.db.transaction(api.tenant) as tx:
        row = await accounts.known(tx, await tx.one("SELECT id FROM account WHERE login = %(login)s", login=known))
        invited = await invitations.sign_in_link(tx, row.id, "a test")
    path = f"/invitation/{invited.code}"
    async with browsing(api.app) as http:
        page = await http.get(path)
        assert "Go in as Kim Sample" in page.text
        assert (await http.get("/me")).status_code == 303, "looking is not going in"
        sent = {"form_token": await token(http, path)}
        assert (await http.post(path, data=sent)).status_code == 303
        assert "Kim Sample" in (await http.get("/me")).text
    async with browsing(api.app) as other:
        assert (await other.get(path)).status_code == 410
