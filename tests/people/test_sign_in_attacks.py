"""Sign-in under attack: cookies planted, tokens forged, swapped and reused, codes used twice, browsers left open."""

import asyncio
import re
from pathlib import Path
from uuid import UUID

import httpx
import pyotp
import pytest

from app.access import tenants
from app.people import accounts, invitations, sessions
from app.people.invitations import Offer
from app.web.kit.visitors import Visitors
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for
from tests.support.people import HTML, TOKEN, browsing, signed_in

GOOD, BETTER = "four random words here", "five other random words here"


def token(page: httpx.Response) -> str:
    """The token of a page's forms."""
    hidden = TOKEN.search(page.text)
    assert hidden, page.text[:400]
    return hidden[1]


async def account(api: Api, login: str = "kim@example.org") -> UUID:
    """A steward with the good password."""
    async with api.db.transaction(api.tenant) as tx:
        row = await accounts.make(tx, login, "Kim Sample", password=GOOD)
        await accounts.give(tx, row.id, "steward", by="a test", origin="administrator")
    return row.id


async def enter(http: httpx.AsyncClient, login: str = "kim@example.org", password: str = GOOD) -> httpx.Response:
    """Sign a browser in."""
    sent = {"login": login, "password": password, "district": "sample"}
    return await http.post("/login", data={**sent, "form_token": token(await http.get("/login"))})


async def reset_code(api: Api, whose: UUID) -> str:
    """A link by which somebody sets a new password."""
    async with api.db.transaction(api.tenant) as tx:
        return f"/invitation/{(await invitations.invite_anew(tx, whose, 'a test')).code}"


async def invited(api: Api) -> str:
    """A link that makes a registrar."""
    async with api.db.transaction(api.tenant) as tx:
        return f"/invitation/{(await invitations.invite(tx, Offer('registrar'), 'a test')).code}"


async def is_in(http: httpx.AsyncClient) -> bool:
    """Whether a browser is signed in."""
    return (await http.get("/me")).status_code == 200


@pytest.mark.parametrize("way", ["password", "reset", "link"])
async def test_a_session_that_was_planted_is_over_after_each_way_in(api: Api, way: str) -> None:
    whose, planted = await account(api), await signed_in(api, "teacher")
    async with browsing(api.app, planted.cookie) as http:
        if way == "password":
            sent = {"login": "kim@example.org", "password": GOOD, "district": "sample"}
            answer = await http.post("/login", data={**sent, "form_token": token(await http.get("/me"))})
        else:
            async with api.db.transaction(api.tenant) as tx:
                make = invitations.invite_anew if way == "reset" else invitations.sign_in_link
                link = f"/invitation/{(await make(tx, whose, 'a test')).code}"
            sent = {"password": GOOD, "again": GOOD, "form_token": token(await http.get(link))}
            answer = await http.post(link, data=sent)
        assert answer.status_code == 303, answer.text
        own = next(cookie for cookie in answer.cookies.jar if cookie.name == "tessera")
    assert own.value
    assert own.value != planted.cookie
    assert "Kim Sample" in (await browsing(api.app, own.value).get("/me")).text
    assert not await is_in(browsing(api.app, planted.cookie)), "whoever planted it does not come along"


async def test_forms_take_the_token_of_this_session_alone(api: Api) -> None:
    mine, other = await signed_in(api, "teacher"), await signed_in(api, "teacher")
    async with browsing(api.app) as outside:
        visiting = token(await outside.get("/login"))
    good = token(await mine.get("/me"))
    forged = [
        "",
        "0" * 64,
        good.upper(),
        good[:-1],
        f"{good} ",
        "é" * 64,
        "\u202e",
        visiting,
        token(await other.get("/me")),
    ]
    for value in forged:
        answer = await mine.http.post("/me", data={"name": "Mallory", "form_token": value})
        assert answer.status_code == 403, value
    answer = await mine.http.post("/me", data={"name": "Mallory", "form_token": ["x", good]})
    assert answer.status_code in (303, 403), "two tokens are no error of ours"
    for site in ("cross-site", "same-site"):
        sent = {"name": "Mallory", "form_token": good}
        assert (await mine.http.post("/me", data=sent, headers={"Sec-Fetch-Site": site})).status_code == 403
    answer = await mine.http.post("/me", content=b"\xff\xfe=%zz&form_token", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 403


async def test_a_token_is_over_with_its_session(api: Api) -> None:
    await account(api)
    async with browsing(api.app) as http:
        await enter(http)
        before = token(await http.get("/me"))
        await http.post("/logout", data={"form_token": before})
        assert (await http.post("/me", data={"name": "X", "form_token": before})).status_code in (303, 403)
        await enter(http)
        assert (await http.post("/me", data={"name": "X", "form_token": before})).status_code == 403
        assert "Kim Sample" in (await http.get("/me")).text


@pytest.mark.parametrize(
    "cookie", ["", "x", "1.", "1.é", "9" * 40 + ".x", "٣." + "A" * 43, "0." + "A" * 43, "1." + "A" * 4000]
)
async def test_a_forged_cookie_opens_nothing(api: Api, cookie: str) -> None:
    async with browsing(api.app) as http:
        headers = {"Cookie": f"tessera={cookie}; tessera-flash=x.y; tessera-flash2=é; tessera-known=é".encode()}
        assert (await http.get("/me", headers=headers)).status_code == 303
        assert (await http.get("/login", headers=headers)).status_code == 200


async def test_a_session_of_one_district_is_none_in_another(api: Api) -> None:
    reader = await signed_in(api, "administrator")
    secret = reader.cookie.partition(".")[2]
    async with browsing(api.app, f"{api.other}.{secret}") as http:
        assert not await is_in(http)


@pytest.mark.parametrize("changed", ["password", "reset"])
async def test_after_a_new_password_nothing_of_before_opens(api: Api, changed: str) -> None:
    whose = await account(api)
    links = [await reset_code(api, whose), await reset_code(api, whose)]
    async with api.db.transaction(api.tenant) as tx:
        links.append(f"/invitation/{(await invitations.sign_in_link(tx, whose, 'a test')).code}")
    async with browsing(api.app) as own, browsing(api.app) as other:
        for http in (own, other):
            assert (await enter(http)).status_code == 303
        before = own.cookies["tessera"]
        if changed == "password":
            sent = {"now": GOOD, "password": BETTER, "again": BETTER, "form_token": token(await own.get("/me"))}
            assert (await own.post("/me/password", data=sent)).status_code == 303
            assert await is_in(own), "the browser that changed it stays"
        else:
            link = links.pop(0)
            async with browsing(api.app) as fresh:
                sent = {"password": BETTER, "again": BETTER, "form_token": token(await fresh.get(link))}
                assert (await fresh.post(link, data=sent)).status_code == 303
                assert await is_in(fresh)
                assert (await fresh.get(link)).status_code == 410, "it was used"
            assert not await is_in(browsing(api.app, before))
        assert not await is_in(other)
    async with browsing(api.app) as http:
        assert [(await http.get(link)).status_code for link in links] == [410] * len(links), "links of before are over"
        assert (await enter(http)).status_code == 401
        assert (await enter(http, password=BETTER)).status_code == 303


async def test_signing_out_is_this_browser_s_or_everybody_s(api: Api) -> None:
    await account(api)
    async with browsing(api.app) as first, browsing(api.app) as two, browsing(api.app) as three:
        for http in (first, two, three):
            await enter(http)
        await first.post("/logout", data={"form_token": token(await first.get("/me"))})
        assert [await is_in(http) for http in (first, two, three)] == [False, True, True]
        await enter(first)
        stolen = first.cookies["tessera"]
        await first.post("/me/sessions/end", data={"here": "yes", "form_token": token(await first.get("/me"))})
        assert [await is_in(http) for http in (first, two, three, browsing(api.app, stolen))] == [False] * 4


async def test_nobody_signs_out_somebody_else(api: Api) -> None:
    mine, other = await signed_in(api, "teacher"), await signed_in(api, "teacher")
    async with api.db.transaction(api.tenant) as tx:
        session = (await sessions.live(tx, api.app.state.service.settings, other.account))[0].id
    await mine.send(f"/me/sessions/{session}/end")
    assert await is_in(other.http)


async def test_an_ended_account_is_out_at_once_and_its_links_with_it(api: Api) -> None:
    whose = await account(api)
    await signed_in(api, "administrator")
    link = await reset_code(api, whose)
    async with browsing(api.app) as http:
        await enter(http)
        async with api.db.transaction(api.tenant) as tx:
            await accounts.end(tx, whose, "a test")
        assert not await is_in(http)
        assert (await enter(http)).status_code == 401
        sent = {"password": BETTER, "again": BETTER, "form_token": token(await http.get("/login"))}
        assert (await http.post(link, data=sent)).status_code in (404, 410)
        assert (await enter(http, password=BETTER)).status_code == 401


async def test_an_invitation_taken_by_two_at_once_makes_one(api: Api) -> None:
    link = await invited(api)
    readers = [browsing(api.app) for _ in range(4)]
    tokens = [token(await http.get(link)) for http in readers]
    answers = await asyncio.gather(
        *(
            http.post(
                link,
                data={
                    "name": f"N {n}",
                    "login": f"n{n}@example.org",
                    "password": GOOD,
                    "again": GOOD,
                    "form_token": own,
                },
            )
            for n, (http, own) in enumerate(zip(readers, tokens, strict=True))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410]
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.one("SELECT count(*) FROM held_role WHERE role = 'registrar'") == 1
        assert await tx.one("SELECT count(*) FROM account WHERE login LIKE 'n_@example.org'") == 1


async def test_an_invitation_gives_what_it_offers_and_no_more(api: Api) -> None:
    link = await invited(api)
    async with browsing(api.app) as http:
        sent = {"name": "Lee", "login": "lee@example.org", "password": GOOD, "again": GOOD, "role": "administrator"}
        more = {
            "learner": str(UUID(int=1)),
            "account": str(UUID(int=1)),
            "email": "boss@example.org",
            "sensitive": "yes",
        }
        answer = await http.post(link, data={**sent, **more, "form_token": token(await http.get(link))})
        assert answer.status_code == 303
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.rows("SELECT role, learner_id, sensitive FROM held_role") == [("registrar", None, False)]
        assert await tx.one("SELECT email FROM account") is None


async def test_an_invitation_of_one_district_gives_nothing_to_an_account_of_another(api: Api) -> None:
    link = await invited(api)
    stranger = await signed_in(api, "teacher", tenant=api.other)
    page = await stranger.get(link)
    answer = await stranger.http.post(link, data={"form_token": token(page)})
    assert answer.status_code == 422, "it asks for a new account"
    async with api.db.transaction(api.other) as tx:
        assert await tx.rows("SELECT role FROM held_role WHERE tenant_id = %(tenant)s", tenant=api.other) == [
            ("teacher",)
        ]


OUTSIDE = [
    *("//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
    *("/\t/evil.example", "\t//evil.example", " //evil.example", "///evil.example", "/\n/evil.example", "evil.example"),
    *(
        "http:evil.example",
        "/%0d%0aSet-Cookie:x=y\r\nX: y",
        "//evil.example%2f..",
        "\u202e/elpmaxe.live//",
        "data:text/html,x",
    ),
]


@pytest.mark.parametrize("address", OUTSIDE)
async def test_no_way_on_leads_elsewhere(api: Api, address: str) -> None:
    await account(api)
    reader = await signed_in(api, "teacher")
    async with browsing(api.app) as http:
        sent = {"login": "kim@example.org", "password": GOOD, "district": "sample", "next": address}
        entered = await http.post("/login", data={**sent, "form_token": token(await http.get("/login"))})
        page = await browsing(api.app).get("/login", params={"next": address})
        spoken = await http.post(
            "/language", data={"language": "es", "next": address, "form_token": token(await http.get("/me"))}
        )
    already = await reader.get("/login", params={"next": address})
    for answer in (entered, spoken, already):
        assert answer.status_code == 303
        assert re.fullmatch(r"/([^/\\].*)?", answer.headers["location"]), answer.headers["location"]
    assert "evil.example" not in page.text


async def test_codes_in_digits_of_other_scripts_are_wrong_and_no_error(api: Api) -> None:
    whose = await account(api)
    async with api.db.transaction(api.tenant) as tx:
        vault = api.app.state.service.vault
        sealed = vault.seal(api.tenant, pyotp.random_base32().encode())
        await tx.run("UPDATE account SET sealed_second = %(s)s, second_at = now() WHERE id = %(a)s", s=sealed, a=whose)
    async with browsing(api.app) as http:
        for code in ("٣٣٣٣٣٣", "²²²²²²", "éééééé", "000000" * 500, ""):
            api.app.state.visitors = Visitors()
            sent = {"login": "kim@example.org", "password": GOOD, "code": code, "district": "sample"}
            answer = await http.post("/login", data={**sent, "form_token": token(await http.get("/login"))})
            assert answer.status_code == 401, code
    reader = await signed_in(api, "administrator", "steward", "reviewer")
    for path, values in (("/quarantine/replay", {"id": "²"}), ("/sources/1/held", {"id": "²"})):
        assert (await reader.send(path, values)).status_code < 500
    assert (await reader.send("/people/invite", {"role": "leader", "school": "²|x"})).status_code < 500
    assert (await browsing(api.app).get("/start/²²².x")).status_code == 404
    assert (await browsing(api.app).get("/start/12.é")).status_code == 404


async def test_over_tls_no_neighbor_plants_a_cookie(database: TestDatabase, tmp_path: Path) -> None:
    settings = settings_for(database, tmp_path, public_url="https://records.example.org")
    async with serving(settings) as (app, _http):
        await tenants.add(app.state.service.db, "sample", "Sample District")
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=("127.0.0.1", 1)), base_url=settings.home, headers=HTML
        ) as http:
            answer = await http.get("/login")
            spoken = await http.post("/language", data={"language": "es", "form_token": token(answer)})
        cookies = [*answer.headers.get_list("set-cookie"), *spoken.headers.get_list("set-cookie")]
        assert len(cookies) >= 2
        for cookie in cookies:
            assert cookie.startswith("__Host-"), cookie
            assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; ")), cookie
            assert "Domain" not in cookie


async def with_codes(api: Api, whose: UUID) -> pyotp.TOTP:
    """The app whose codes an account is asked for from here on."""
    secret, vault = pyotp.random_base32(), api.app.state.service.vault
    async with api.db.transaction(api.tenant) as tx:
        sealed = vault.seal(api.tenant, secret.encode())
        await tx.run("UPDATE account SET sealed_second = %(s)s, second_at = now() WHERE id = %(a)s", s=sealed, a=whose)
    return pyotp.TOTP(secret)


@pytest.mark.parametrize("way", ["reset", "link"])
async def test_a_link_stands_for_the_password_and_not_for_the_second_factor(api: Api, way: str) -> None:
    whose = await account(api)
    app = await with_codes(api, whose)
    async with api.db.transaction(api.tenant) as tx:
        make = invitations.invite_anew if way == "reset" else invitations.sign_in_link
        link = f"/invitation/{(await make(tx, whose, 'a test')).code}"
    async with browsing(api.app) as http:
        page = await http.get(link)
        assert 'name="code"' in page.text
        sent = {"password": "four other words here", "again": "four other words here", "form_token": token(page)}
        for code in ("", "000000" if app.now() != "000000" else "111111"):
            refused = await http.post(link, data={**sent, "code": code})
            assert refused.status_code == 422
            assert 'name="code"' in refused.text, "it is asked for again"
            assert not await is_in(http)
        assert not await is_in(http)
        assert (await enter(browsing(api.app), password="four other words here")).status_code == 401
        taken = await http.post(link, data={**sent, "code": app.now()})
        assert taken.status_code == 303, taken.text
        assert await is_in(http)


async def test_codes_are_not_guessed_by_a_link(api: Api) -> None:
    whose = await account(api)
    app = await with_codes(api, whose)
    link = await reset_code(api, whose)
    async with browsing(api.app) as http:
        sent = {"password": GOOD, "again": GOOD, "form_token": token(await http.get(link))}
        answers = []
        for n in range(25):
            api.app.state.visitors = Visitors()  # from ever other places
            code = f"{(int(app.now()) + 10 + n) % 1_000_000:06}"
            answers.append((await http.post(link, data={**sent, "code": code})).status_code)
    assert 429 in answers
    assert 303 not in answers


async def test_an_administrator_helps_who_has_lost_their_codes_and_not_themselves(api: Api) -> None:
    whose, admin = await account(api), await signed_in(api, "administrator")
    await with_codes(api, whose)
    page = await admin.get(f"/people/{whose}/second-factor")
    assert "in person" in page.text
    assert (await admin.send(f"/people/{whose}/second-factor", {})).status_code == 303
    assert (await enter(browsing(api.app))).status_code == 303
    await with_codes(api, admin.account)
    assert (await admin.send(f"/people/{admin.account}/second-factor", {})).status_code == 409
