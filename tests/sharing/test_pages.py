"""The pages: what a link shows and to whom it is noted, what the verify page says, and that nothing is let in."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest

from app.credentials.bake import unbake
from app.web.kit.visitors import Visitors
from tests.support.api import Api, bearer, problem_of
from tests.support.issuing import badge, checked


class Shared:
    """A learner with a badge that is shared by a link."""

    def __init__(self, api: Api, headers: dict[str, str], learner: str, badge: dict[str, Any], made: Any) -> None:
        self.api, self.headers, self.learner, self.badge, self.given = api, headers, learner, badge, made
        self.path = made["url"].removeprefix("http://127.0.0.1:8000")

    async def log(self) -> list[dict[str, Any]]:
        answer = await self.api.http.get(f"/v1/learners/{self.learner}/disclosures", headers=self.headers)
        return list(answer.json()["disclosures"])


@pytest.fixture
async def shared_badge(api: Api) -> Shared:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers)
    order = {"items": [issued["id"]], "purpose": "Summer academy", "recipient": "Lakeside Academy"}
    answer = await api.http.post(f"/v1/learners/{learner}/shares", json=order, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["qr"].startswith("data:image/svg+xml")
    return Shared(api, headers, learner, issued, answer.json())


async def test_the_link_shows_what_was_chosen_without_a_name_and_each_look_is_written_down(
    shared_badge: Shared,
) -> None:
    page = await shared_badge.api.http.get(shared_badge.path)
    assert page.status_code == 200
    assert "A robot that follows a line" in page.text
    assert "Ada" not in page.text
    assert shared_badge.learner not in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert page.headers["x-robots-tag"] == "noindex"
    (line,) = await shared_badge.log()
    assert (line["party"], line["purpose"], line["items"]) == (
        "Lakeside Academy",
        "Summer academy",
        [shared_badge.badge["id"]],
    )


async def test_a_name_is_shown_where_it_was_chosen(shared_badge: Shared) -> None:
    order = {"items": [shared_badge.badge["id"]], "purpose": "x", "showName": True}
    url = f"/v1/learners/{shared_badge.learner}/shares"
    body = (await shared_badge.api.http.post(url, json=order, headers=shared_badge.headers)).json()
    page = await shared_badge.api.http.get(body["url"].removeprefix("http://127.0.0.1:8000"))
    assert "Ada Sample" in page.text


async def test_downloads_are_what_was_signed(shared_badge: Shared) -> None:
    api, path = shared_badge.api, f"{shared_badge.path}/{shared_badge.badge['id']}"
    as_json = await api.http.get(f"{path}.json")
    assert as_json.json() == shared_badge.badge["document"]
    for form in ("png", "svg"):
        picture = await api.http.get(f"{path}.{form}")
        assert json.loads(unbake(picture.content)) == shared_badge.badge["document"]
        assert "sandbox" in picture.headers["content-security-policy"]
    token = await api.http.get(f"{path}.jwt")
    assert (await checked(api, token.text)).verdict == "valid"
    paper = await api.http.get(f"{shared_badge.path}/transcript.pdf")
    assert paper.content[:5] == b"%PDF-"
    assert (await api.http.get(f"{shared_badge.path}/{uuid4()}.json")).status_code == 404
    ways = [line["via"] for line in await shared_badge.log()]
    assert ways == ["download as json", "download as png", "download as svg", "download as jwt", "transcript"]


async def test_a_link_taken_back_is_gone_and_a_wrong_one_was_never_there(shared_badge: Shared) -> None:
    api = shared_badge.api
    revoke = f"/v1/shares/{shared_badge.given['share']['id']}"
    assert (await api.http.delete(revoke, headers=shared_badge.headers)).status_code == 204
    for path in (shared_badge.path, f"{shared_badge.path}/transcript.pdf"):
        gone = await api.http.get(path)
        assert gone.status_code == 410
        assert "taken back" in gone.text
    assert (await api.http.get(f"/t/sample/s/{'x' * 32}")).status_code == 404
    assert (await api.http.get(shared_badge.path.replace("/t/sample/", "/t/other/"))).status_code == 404
    assert (await api.http.get("/t/sample/s/x")).status_code == 404
    assert await shared_badge.log() == []
    problem_of(await api.http.delete(revoke, headers=shared_badge.headers), 404)


async def test_a_revoked_badge_says_so_on_the_page_at_once(shared_badge: Shared) -> None:
    url = f"/v1/credentials/{shared_badge.badge['id']}/state"
    revocation = {"state": "revoked", "reason": "Awarded by mistake"}
    await shared_badge.api.http.post(url, json=revocation, headers=shared_badge.headers)
    page = (await shared_badge.api.http.get(shared_badge.path)).text
    assert "Revoked" in page
    assert "Awarded by mistake" in page


async def test_whoever_has_the_link_sees_each_credential_verified_anew(shared_badge: Shared) -> None:
    api = shared_badge.api
    page = await api.http.get(shared_badge.path)
    assert f"{shared_badge.path}/check" in page.text
    check = await api.http.get(f"{shared_badge.path}/check")
    assert check.status_code == 200
    assert "Unchanged since it was signed" in check.text
    assert 'class="state good">Valid</span>' in check.text
    assert "Ada" not in check.text
    url = f"/v1/credentials/{shared_badge.badge['id']}/state"
    headers = bearer(await api.key("credentials.issue"))
    await api.http.post(url, json={"state": "revoked", "reason": "By mistake"}, headers=headers)
    ended = await api.http.get(f"{shared_badge.path}/check")
    assert "Not valid" in ended.text
    assert "By mistake" in ended.text
    assert [line["via"] for line in await shared_badge.log()][1:] == ["share link, verification"] * 2
    await api.http.delete(f"/v1/shares/{shared_badge.given['share']['id']}", headers=shared_badge.headers)
    assert (await api.http.get(f"{shared_badge.path}/check")).status_code == 410
    assert (await api.http.get(f"/t/sample/s/{'x' * 32}/check")).status_code == 404


async def test_the_log_cannot_be_changed_not_even_by_us(shared_badge: Shared) -> None:
    await shared_badge.api.http.get(shared_badge.path)
    for statement in ("DELETE FROM disclosure", "UPDATE disclosure SET party = 'nobody'"):
        with pytest.raises(Exception, match="only ever added to"):
            async with shared_badge.api.db.transaction(shared_badge.api.tenant) as tx:
                await tx.conn.execute(statement)
    assert len(await shared_badge.log()) == 1


async def test_nothing_is_shared_that_the_learner_does_not_hold(shared_badge: Shared) -> None:
    url = f"/v1/learners/{shared_badge.learner}/shares"
    order = {"items": [str(uuid4())], "purpose": "x"}
    problem_of(await shared_badge.api.http.post(url, json=order, headers=shared_badge.headers), 422)
    nobody = f"/v1/learners/{uuid4()}/shares"
    problem_of(await shared_badge.api.http.post(nobody, json=order, headers=shared_badge.headers), 404)


async def test_the_verify_page_takes_a_paste_a_file_and_a_picture(shared_badge: Shared) -> None:
    api, text = shared_badge.api, json.dumps(shared_badge.badge["document"])
    pasted = await api.http.post("/verify", data={"credential": text})
    assert pasted.status_code == 200
    assert re.search(r"<h1>Valid</h1>", pasted.text)
    picture = (await api.http.get(f"{shared_badge.path}/{shared_badge.badge['id']}.png")).content
    for name, content in (("badge.json", text.encode()), ("badge.png", picture)):
        answer = await api.http.post("/verify", files={"file": (name, content)})
        assert answer.status_code == 200, answer.text
    changed = await api.http.post("/verify", data={"credential": text.replace("follows a line", "flies")})
    assert changed.status_code == 422
    assert "Not valid" in changed.text
    nothing = await api.http.post("/verify", data={"credential": " "})
    assert nothing.status_code == 400
    assert (await api.http.get("/verify")).status_code == 200


@pytest.mark.parametrize("field", ["name", "description"])
async def test_what_strangers_write_is_only_ever_text(api: Api, field: str) -> None:
    hostile = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential"],
        field: '<script>alert(1)</script>"><img src=x onerror=alert(1)>',
        "issuer": {"id": "javascript:alert(1)", "name": "<b>x</b>"},
        "credentialSubject": {"achievement": {"id": "javascript:alert(2)", "resultDescription": [{"id": {}}]}},
        "evidence": [{"id": "javascript:alert(3)", "name": "x"}, 7, None],
    }
    page = await api.http.post("/verify", data={"credential": json.dumps(hostile)})
    assert page.status_code == 422
    assert "<script>" not in page.text
    assert "<img src=x" not in page.text
    assert 'href="javascript' not in page.text


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/x",
        "http://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://2130706433/x",
        "https://[x/",
        "https://localhost:99999/",
        "https://",
        "file:///x",
    ],
)
async def test_no_address_leads_inside(api: Api, address: str) -> None:
    page = await api.http.post("/verify", data={"address": address})
    assert page.status_code == 422
    assert "Not valid" in page.text or "Could not" in page.text


async def test_what_is_too_large_is_refused(api: Api) -> None:
    page = await api.http.post("/verify", files={"file": ("x.json", b"x" * (3 * 1024 * 1024))})
    assert page.status_code == 413
    pasted = await api.http.post("/verify", data={"credential": "x" * (3 * 1024 * 1024)})
    assert pasted.status_code in (413, 422)


async def test_who_asks_too_often_is_told_to_wait(api: Api) -> None:
    api.app.state.visitors = Visitors()
    answers = [(await api.http.post("/verify", data={"credential": "x"})).status_code for _ in range(25)]
    assert answers[:20] == [422] * 20
    assert answers[-1] == 429
    assert (await api.http.get("/t/sample/about")).status_code == 200


async def test_the_address_in_an_issuer_s_profile_leads_to_who_it_is(api: Api) -> None:
    headers = bearer(await api.key(source=await api.source()))
    learner = await api.learner(headers)
    made = await api.http.post(f"/v1/learners/{learner}/credentials", json={"kind": "ClrCredential"}, headers=headers)
    assert made.status_code == 201, made.text
    profile = made.json()["credentials"][0]["document"]["issuer"]
    looked = await api.http.get(profile["url"])
    assert looked.status_code == 200
    assert profile["name"] in looked.text
