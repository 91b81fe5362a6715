"""Signing in by the district's provider: there and back over HTTP, by ours that can err and by one that is not ours."""

import dataclasses
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey

from app.access import tenants
from app.errors import Invalid, SourceError
from app.people import accounts, invitations, providers
from app.people.claims import Rule, read_rules, roles, subject, written
from app.people.invitations import Offer
from app.people.openid import keys_of
from tests.support.api import Api
from tests.support.district import District, user
from tests.support.openid import CLIENT, provider
from tests.support.people import TOKEN, browsing
from tests.support.signing_in import RULES, api, connect, enter, entered_as

__all__ = ["api"]
pytestmark = [pytest.mark.enable_socket]


async def test_a_group_gives_a_role_and_takes_it_away_again(api: Api) -> None:
    async with provider(sub="7", name="Lee Sample", groups=["Everybody", "Data Stewards"]) as openid:
        address = await connect(api, openid.address)
        page = await entered_as(api, address)
        assert "Lee Sample" in page
        assert "Data steward" in page
        openid.claims["groups"] = ["Everybody"]
        openid.claims["staff"] = {"job": "Registrar"}
        page = await entered_as(api, address)
        assert "Data steward" not in page
        assert "Registrar" in page
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.one("SELECT count(*) FROM account WHERE tenant_id = %(tenant)s", tenant=api.tenant) == 1


async def test_the_login_page_shows_the_way_and_it_leads_back_to_where_one_was(api: Api) -> None:
    async with provider(sub="7", groups="Data Stewards") as openid:
        await connect(api, openid.address)
        async with browsing(api.app) as http:
            page = (await http.get("/login?next=/me")).text
            match = re.search(r'href="(/login/sample/[^"]+)"', page)
            assert match
            assert "Sign in with Google" in page
            answer = await enter(http, match[1])
            assert answer.headers["location"] == "/me"


async def test_the_roster_gives_a_role_to_who_has_the_address(api: Api) -> None:
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.source("sis", "oneroster")
    role = {"roleType": "primary", "role": "teacher", "org": {"sourcedId": "o-1", "type": "org", "href": "x"}}
    await district.take(sis, "users", [user("t-1", "Tia", email="Tia@Example.org", roles=[role])])
    async with provider(sub="8", name="Tia", email="tia@example.org", email_verified=True) as openid:
        address = await connect(api, openid.address)
        assert "Teacher" in await entered_as(api, address)
        openid.claims = {"sub": "9", "name": "Eve", "email": "tia@example.org", "email_verified": False}
        assert "no role here yet" in await entered_as(api, address), "an address nobody vouches for is nobody's"


async def test_an_account_is_taken_over_only_where_its_address_is_vouched_for_on_both_sides(api: Api) -> None:
    async with api.db.transaction(api.tenant) as tx:
        typed = await accounts.make(tx, "kim@example.org", "Kim", password="four random words here")
        await accounts.give(tx, typed.id, "administrator", by="a test", origin="administrator")
    async with provider(sub="1", name="Kim", email="kim@example.org", email_verified=True) as openid:
        address = await connect(api, openid.address)
        assert "no role here yet" in await entered_as(api, address), "the login was typed, and vouched for by nobody"
        async with api.db.transaction(api.tenant) as tx:
            await tx.run("UPDATE account SET email = 'kim@example.org'")
        assert "Administrator" in await entered_as(api, address)


async def test_an_invitation_goes_along(api: Api) -> None:
    async with api.db.transaction(api.tenant) as tx:
        invited = await invitations.invite(tx, Offer("registrar"), "a test")
    async with provider(sub="5", name="Robin") as openid:
        address = await connect(api, openid.address, rules="")
        assert "no role here yet" in await entered_as(api, address)
        async with browsing(api.app) as http:
            assert f"{address}?invitation=" in (await http.get(f"/invitation/{invited.code}")).text
        assert "Registrar" in await entered_as(api, f"{address}?invitation={invited.code}")


@pytest.mark.parametrize(
    ("wrong", "forged"),
    [
        ("another key", {}),
        ("shared key", {}),
        ("unsigned", {}),
        ("public key as secret", {}),
        ("key of its own", {}),
        ("userinfo", {}),
        ("", {"nonce": "x"}),
        ("", {"aud": "another client"}),
        ("", {"aud": [CLIENT, "another"], "azp": "another"}),
        ("", {"iss": "https://evil.example"}),
        ("", {"exp": 1}),
        ("", {"exp": None}),
        ("", {"iat": 9_999_999_999}),
        ("", {"nbf": 9_999_999_999}),
        ("", {"aud": []}),
        ("", {"aud": None}),
        ("", {"iss": None}),
        ("", {"nonce": None}),
        ("", {"azp": "another"}),
        ("", {"sub": None}),
        ("", {"sub": ""}),
        ("", {"sub": 7}),
        ("", {"sub": "x" * 5000}),
    ],
)
async def test_what_does_not_fit_lets_nobody_in(api: Api, wrong: str, forged: dict[str, Any]) -> None:
    async with provider(sub="7", groups="Data Stewards") as openid:
        address = await connect(api, openid.address)
        openid.wrong, openid.forged = wrong, forged
        async with browsing(api.app) as http:
            answer = await enter(http, address)
            assert answer.status_code == 401, answer.text
            assert (await http.get("/me")).status_code == 303


async def test_only_the_browser_that_began_can_come_back_and_only_once(api: Api) -> None:
    async with provider(sub="7", groups="Data Stewards") as openid:
        address = await connect(api, openid.address)
        async with browsing(api.app) as http, httpx.AsyncClient() as elsewhere, browsing(api.app) as victim:
            sent = await elsewhere.get((await http.get(address)).headers["location"])
            back = sent.headers["location"]
            assert (await victim.get(back)).status_code == 422, "another browser's"
            await victim.get(address)
            assert (await victim.get(back)).status_code == 422, "another state"
            assert (await victim.get(re.sub("state=[^&]*", "state=%C3%A9", back))).status_code == 422, "no state at all"
            assert (await http.get(back)).status_code == 303
            assert (await http.get(back)).status_code == 422, "it was used"
            openid.wrong = "refuses"
            assert (await enter(http, address)).status_code == 403


async def test_a_token_of_before_is_no_sign_in_of_now(api: Api) -> None:
    async with provider(sub="7", groups="Data Stewards") as openid:
        address = await connect(api, openid.address)
        assert "Data steward" in await entered_as(api, address)
        openid.wrong = "token of before"
        async with browsing(api.app) as http:
            assert (await enter(http, address)).status_code == 401, "its nonce is another sign-in's"


async def test_a_code_is_redeemed_only_where_it_was_made(api: Api) -> None:
    other = await tenants.add(api.db, "other", "Other District")
    async with provider(sub="7", groups="Data Stewards") as ours, provider(sub="7") as theirs:
        address = await connect(api, ours.address)
        elsewhere = dataclasses.replace(api, tenant=other.id)
        evil = (await connect(elsewhere, theirs.address)).replace("/sample/", "/other/")
        async with browsing(api.app) as http, httpx.AsyncClient() as outside:
            begun = httpx.URL((await http.get(evil)).headers["location"])
            query = {**dict(begun.params), "redirect_uri": f"http://127.0.0.1:8000{address}/back"}
            made = await outside.get(f"{ours.address}/authorize", params=query)  # what an evil provider would lead to
            back = httpx.URL(made.headers["location"])
            assert (await http.get(f"{address}/back?{back.query.decode()}")).status_code == 422, "begun elsewhere"
            assert not theirs.codes, "the evil provider never saw the code"
            assert (await http.get(f"{evil}/back?{back.query.decode()}&iss={ours.address}")).status_code == 401
        theirs.names_itself = True
        known = api.app.state.providers
        known._known.clear()
        async with browsing(api.app) as http, httpx.AsyncClient() as outside:
            sent = await outside.get((await http.get(evil)).headers["location"])
            unnamed = re.sub("&iss=[^&]*", "", sent.headers["location"])
            assert (await http.get(unnamed)).status_code == 401, "it would have said so"


async def test_a_sign_in_begun_in_one_district_ends_in_no_other(api: Api) -> None:
    other = await tenants.add(api.db, "other", "Other District")
    async with provider(sub="7", groups="Data Stewards") as openid:
        address = await connect(api, openid.address)
        async with browsing(api.app) as http, httpx.AsyncClient() as outside:
            back = (await outside.get((await http.get(address)).headers["location"])).headers["location"]
            tenant, _, sealed = http.cookies["tessera-provider"].strip(chr(34)).partition(".")
            assert tenant == str(api.tenant)
            for forged in (f"{other.id}.{sealed}", f"{tenant}.{sealed[:-8]}AAAAAAA=", "x", f"{tenant}.é"):
                cookie = {"Cookie": f"tessera-provider={forged}".encode()}
                async with browsing(api.app) as victim:
                    assert (await victim.get(back, headers=cookie)).status_code == 422, forged
            assert (await http.get(back.replace("/sample/", "/other/"))).status_code == 422


async def test_who_is_shut_out_at_the_provider_keeps_no_role_by_a_password(api: Api) -> None:
    async with provider(sub="7", name="Lee", groups="Data Stewards") as openid:
        address = await connect(api, openid.address)
        async with browsing(api.app) as http:
            assert (await enter(http, address)).status_code == 303
            page = await http.get("/me")
            token = TOKEN.search(page.text)
            assert token
            words = "four random words here"
            await http.post("/me/password", data={"password": words, "again": words, "form_token": token[1]})
            assert "Data steward" in (await http.get("/me")).text
        async with browsing(api.app) as http, api.db.transaction(api.tenant) as tx:
            login = await tx.one("SELECT login FROM account WHERE tenant_id = %(tenant)s", tenant=api.tenant)
            token = TOKEN.search((await http.get("/login")).text)
            assert token
            sent = {"login": login, "password": words, "form_token": token[1]}
            assert (await http.post("/login", data=sent)).status_code == 303
            assert "Data steward" not in (await http.get("/me")).text


async def test_a_provider_taken_away_takes_its_roles_and_sessions_along(api: Api) -> None:
    async with provider(sub="7", groups="Data Stewards") as openid:
        address = await connect(api, openid.address)
        async with api.db.transaction(api.tenant) as tx:
            boss = await accounts.make(tx, "kim@example.org", "Kim")
            await accounts.give(tx, boss.id, "administrator", by="a test", origin="administrator")
        async with browsing(api.app) as http:
            assert (await enter(http, address)).status_code == 303
            assert (await http.get("/me")).status_code == 200
            async with api.db.transaction(api.tenant) as tx:
                await providers.end(tx, (await providers.listed(tx))[0].id)
            assert (await http.get("/me")).status_code == 303
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.one("SELECT count(*) FROM held_role WHERE ends IS NULL AND role = 'steward'") == 0


async def test_a_provider_is_set_up_only_where_it_answers_as_itself(api: Api) -> None:
    async with provider(sub="7") as openid:
        openid.wrong = "issuer"
        with pytest.raises(Invalid, match="another issuer"):
            await connect(api, openid.address)
        with pytest.raises(Invalid, match="no rule"):
            await connect(api, openid.address, rules="groups = Teachers: king")
    for nowhere in (openid.address, "http://169.254.169.254", "https://localhost:1", "x"):
        with pytest.raises((SourceError, Invalid)):
            await connect(api, nowhere)


ODD_KEYS: list[dict[str, Any]] = [
    {"kty": "EC", "crv": "P-192", "x": "AA", "y": "AA"},
    {"kty": "RSA", "n": "!!", "e": "AQAB"},
    {"kty": "OKP", "crv": "X448", "x": "AA"},
    {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
    {"kid": "of no kind"},
    {},
]
"""Keys that a provider may list, and that are none for us: broken, or of kinds of another time."""


@pytest.mark.parametrize("odd", ODD_KEYS, ids=str)
def test_a_key_of_another_kind_costs_no_other(odd: dict[str, Any]) -> None:
    good = RSAKey.generate_key(2048, private=False).as_dict(private=False)
    thumbprint = RSAKey.import_key(good).thumbprint()
    for listed in ([odd, good], [good, odd]):
        keys = keys_of(json.dumps({"keys": listed}).encode())
        assert thumbprint in {key.thumbprint() for key in keys.keys if key.key_type == "RSA"}


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"keys": {}}', '{"keys": ["x"]}', '{"keys": []}', "<html>", '{"keys": [{}]}']
)
def test_what_is_no_key_set_is_refused_in_one_way(content: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever it says, a sign-in answers with the same page
        keys_of(content.encode())


async def test_microsofts_address_for_everybody_is_refused_with_what_to_give(api: Api) -> None:
    async with provider(sub="7") as openid:
        openid.wrong = "everybody"
        with pytest.raises(Invalid, match="the district's own tenant id"):
            await connect(api, openid.address)


@pytest.fixture
def independent() -> Iterator[str]:
    """A provider that others wrote (oidc-provider-mock), in a process of its own: its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    person = {"sub": "ada", "name": "Ada Sample", "email": "ada@example.org", "groups": ["Data Stewards"]}
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen([*command, "--user-claims", json.dumps(person)], stderr=subprocess.PIPE) as process:
        address = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                if httpx.get(f"{address}/.well-known/openid-configuration").is_success:
                    break
            except httpx.TransportError:
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.1)
        yield address
        process.kill()


async def test_a_provider_that_others_wrote_lets_ada_in(api: Api, independent: str) -> None:
    async with browsing(api.app) as http, httpx.AsyncClient() as elsewhere:
        described = (await elsewhere.get(f"{independent}/.well-known/openid-configuration")).json()
        address = await connect(api, described["issuer"])
        begun = (await http.get(address)).headers["location"]
        consent = await elsewhere.post(begun, data={"sub": "ada"})
        assert consent.status_code in (302, 303), consent.text
        answer = await http.get(consent.headers["location"])
        assert answer.status_code == 303, answer.text
        assert "Data steward" in (await http.get("/me")).text


def test_rules_are_read_as_they_are_written() -> None:
    rules, wrong = read_rules(RULES.splitlines())
    assert (written(rules), wrong) == (RULES, [])
    assert read_rules(["groups = x: guardian", "x", ": teacher", ""])[1] == ["groups = x: guardian", "x", ": teacher"]
    assert roles([Rule("email", "*", "teacher")], {}) == ()
    assert roles([Rule("email", "*", "teacher")], {"email": "x@y"}) == ("teacher",)


def test_an_address_counts_only_where_it_is_vouched_for() -> None:
    claims = {"sub": "1", "email": "Ada@Example.org"}
    assert subject(claims, vouches=False).email is None
    assert subject({**claims, "email_verified": "false"}, vouches=False).email is None
    assert subject({**claims, "email_verified": True}, vouches=False).email == "ada@example.org"
    assert subject(claims, vouches=True).email == "ada@example.org"
