"""Claims: a family takes what was issued, by a link on paper or in an e-mail; it gives that and nothing else."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from app.credentials.bake import unbake
from app.jobs.claim_mail import send_claims
from app.start import Service
from app.web.kit.words import speak
from app.web.mail import letters
from app.web.paper.claim_sheets import Sheet, claim_sheets
from app.web.paper.fonts import Fonts
from tests.support.api import Api, bearer, problem_of
from tests.support.issuing import badge, checked
from tests.support.mail import mail_server
from tests.support.people import signed_in

HOME = "http://127.0.0.1:8000"


def mailing(service: Service, port: int) -> Service:
    """The service with a mail server in its settings."""
    update = {"mail_host": "127.0.0.1", "mail_port": port, "mail_security": "none"}
    return replace(service, settings=service.settings.model_copy(update=update))


class Claimed:
    """A learner with a badge, and a link by which the family claims it."""

    def __init__(self, api: Api, headers: dict[str, str], learner: str, badge: dict[str, Any], made: Any) -> None:
        self.api, self.headers, self.learner, self.badge, self.given = api, headers, learner, badge, made
        self.path = made["url"].removeprefix(HOME)

    async def listed(self) -> dict[str, Any]:
        answer = await self.api.http.get(f"/v1/learners/{self.learner}/claims", headers=self.headers)
        (claim,) = answer.json()["claims"]
        return dict(claim)

    async def log(self) -> list[str]:
        answer = await self.api.http.get(f"/v1/learners/{self.learner}/disclosures", headers=self.headers)
        return [line["via"] for line in answer.json()["disclosures"]]


@pytest.fixture
async def claim(api: Api) -> Claimed:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers)
    answer = await api.http.post(f"/v1/learners/{learner}/claims", json={}, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return Claimed(api, headers, learner, issued, answer.json())


async def test_a_family_claims_keeps_and_shows_it(claim: Claimed) -> None:
    api, form = claim.api, f"{claim.path}/{claim.badge['id']}.json"
    page = await api.http.get(claim.path)
    assert page.status_code == 200
    assert "A robot that follows a line" in page.text
    assert "Ada" not in page.text
    assert claim.learner not in page.text
    assert (await claim.listed())["claimedAt"] is None, "programs that read e-mail open links, too"
    assert (await api.http.get(form)).status_code == 404
    assert (await api.http.post(f"{claim.path}/share")).status_code == 404
    taken = await api.http.post(claim.path)
    assert (taken.status_code, taken.headers["location"]) == (303, claim.path)
    await api.http.post(claim.path)
    assert (await claim.listed())["claimedAt"] is not None
    assert await claim.log() == ["claim link"], "once, however often the button is pressed"
    download = await api.http.get(form)
    assert download.json() == claim.badge["document"]
    assert (await checked(api, download.json())).verdict == "valid"
    png = await api.http.get(f"{claim.path}/{claim.badge['id']}.png")
    assert json.loads(unbake(png.content)) == claim.badge["document"]
    assert 'class="state good">Valid</span>' in (await api.http.get(f"{claim.path}/check")).text


async def test_a_child_needs_a_guardian_to_show_it_and_the_link_goes_to_linkedin(claim: Claimed) -> None:
    api = claim.api
    await api.http.post(claim.path)
    assert 'name="guardian"' in (await api.http.get(claim.path)).text
    assert (await api.http.post(f"{claim.path}/share")).status_code == 422
    made = await api.http.post(f"{claim.path}/share", data={"guardian": "yes"})
    assert made.status_code == 200, made.text
    (link,) = set(re.findall(rf"{HOME}(/t/sample/s/[\w-]{{32}})", made.text))
    assert "A robot that follows a line" in (await api.http.get(link)).text
    (address,) = re.findall(r'href="(https://www\.linkedin\.com/[^"]+)"', made.text.replace("&amp;", "&"))
    query = parse_qs(urlsplit(address).query)
    assert query["certUrl"] == [f"{HOME}{link}"]
    assert query["certId"] == [claim.badge["id"]]
    assert query["organizationName"] == ["Sample District"]


async def test_it_gives_what_it_names_while_that_stands_and_no_longer(claim: Claimed) -> None:
    api = claim.api
    url = f"/v1/credentials/{claim.badge['id']}/state"
    headers = bearer(await api.key("credentials.issue"))
    await api.http.post(url, json={"state": "revoked", "reason": "By mistake"}, headers=headers)
    assert "By mistake" in (await api.http.get(claim.path)).text
    assert "Not valid" in (await api.http.get(f"{claim.path}/check")).text
    ended = f"/v1/claims/{claim.given['claim']['id']}"
    assert (await api.http.delete(ended, headers=claim.headers)).status_code == 204
    assert (await api.http.delete(ended, headers=claim.headers)).status_code == 404
    for path in (claim.path, f"{claim.path}/check", f"{claim.path}/{claim.badge['id']}.json"):
        assert (await api.http.get(path)).status_code == 410
    assert (await api.http.post(claim.path)).status_code == 410
    assert (await api.http.get(f"/t/sample/c/{'x' * 32}")).status_code == 404
    assert (await api.http.get(claim.path.replace("/c/", "/s/"))).status_code == 404, "a claim is no share"


@pytest.mark.parametrize(
    "wrong",
    [
        {"credentials": ["0b5a9c1e-7a43-4a0c-9a57-2f0c6f1d2e33"]},
        {"credentials": []},
        {"days": 0},
        {"mailTo": "nobody"},
        {"mailTo": "a@example.org\nBcc: b@example.org"},
    ],
)
async def test_what_makes_no_sense_is_refused(claim: Claimed, wrong: dict[str, Any]) -> None:
    answer = await claim.api.http.post(f"/v1/learners/{claim.learner}/claims", json=wrong, headers=claim.headers)
    problem_of(answer, 422)


async def test_a_learner_with_nothing_has_nothing_to_claim(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    problem_of(await api.http.post(f"/v1/learners/{learner}/claims", json={}, headers=headers), 422)


@pytest.mark.enable_socket
async def test_the_letter_goes_out_once_and_names_nobody(claim: Claimed) -> None:
    api, url, now = claim.api, f"/v1/learners/{claim.learner}/claims", datetime.now(UTC) + timedelta(seconds=1)
    good, bad, ended = [
        (await api.http.post(url, json={"mailTo": f"{name}@example.org"}, headers=claim.headers)).json()
        for name in ("kim", "nobody", "ended")
    ]
    await api.http.delete(f"/v1/claims/{ended['claim']['id']}", headers=claim.headers)
    async with mail_server() as box:
        box.refuses["nobody@example.org"] = "550 no such user"
        service = mailing(api.app.state.service, box.port)
        none = mailing(api.app.state.service, 1)
        assert await send_claims(none, api.tenant, now) == 0, "a server that is away is tried again"
        assert await send_claims(service, api.tenant, now + timedelta(days=1)) == 1
        assert await send_claims(service, api.tenant, now + timedelta(days=2)) == 0
    (letter,) = box.taken
    assert letter["To"] == "kim@example.org"
    text = letter.get_content()
    assert good["url"] in text
    assert "Ada" not in text
    assert "robot" not in text
    answer = await api.http.get(url, headers=claim.headers)
    assert [row["mail"] for row in answer.json()["claims"]] == [None, "given up", "sent", None]
    assert bad["claim"]["mail"] == "waiting"


def test_sheets_have_a_page_for_each() -> None:
    until = datetime(2027, 1, 1, tzinfo=UTC)
    sheets = [Sheet(name, "Robot [1] *x*", f"{HOME}/t/s/c/{n}", until) for n, name in enumerate(("Ada", '#let "x'))]
    pdf = claim_sheets("Sample District", sheets, Fonts(None))
    assert pdf[:5] == b"%PDF-"
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 2


def test_a_letter_is_in_the_family_s_language() -> None:
    letter = letters.claim("Sample District", f"{HOME}/t/s/c/1", datetime(2027, 1, 1, tzinfo=UTC), "es")
    assert "abra:" in letter.text
    speak("en")


async def test_staff_make_one_for_a_learner_and_see_what_became_of_it(claim: Claimed) -> None:
    api = claim.api
    reader = await signed_in(api, "registrar")
    page_path = f"/learners/{claim.learner}/credentials"
    made = await reader.send(f"{page_path}/claims", {"mail_to": ""}, page=page_path)
    assert made.status_code == 200, made.text
    (path,) = set(re.findall(rf"{HOME}(/t/sample/c/[\w-]{{32}})", made.text))
    await api.http.post(path)
    page = (await reader.get(page_path)).text
    assert "Claimed on" in page
    assert "Not claimed yet" in page
    ended = await reader.send(f"{page_path}/claims/{claim.given['claim']['id']}/end", page=page_path)
    assert ended.status_code == 303
    assert (await api.http.get(claim.path)).status_code == 410
    assert UUID(claim.learner)


async def test_what_a_learner_record_holds_is_given_once(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers)
    order = {"kind": "ClrCredential"}
    answer = await api.http.post(f"/v1/learners/{learner}/credentials", json=order, headers=headers)
    (record,) = answer.json()["credentials"]
    parts = {part["id"] for part in record["document"]["credentialSubject"]["verifiableCredential"]}
    assert f"urn:uuid:{issued['id']}" in parts
    claims = f"/v1/learners/{learner}/claims"
    everything = await api.http.post(claims, json={}, headers=headers)
    assert everything.json()["claim"]["credentials"] == [record["id"]]
    chosen = await api.http.post(claims, json={"credentials": [issued["id"]]}, headers=headers)
    assert chosen.json()["claim"]["credentials"] == [issued["id"]]
