"""The same case by all six ways in is one and the same canonical submission; sent again it changes nothing."""

import io
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import respx
from msgspec import structs

from app.access.clients import create_client
from app.credentials.bake import bake
from app.db.programs import submissions as stored
from app.db.programs.submissions import Queued, SubmissionRow
from app.issuing.picture import badge_png
from app.people import accounts, sessions
from app.programs import catalogue, links, programs, submission
from app.programs.links import NewLink
from app.programs.offers import Offer
from app.programs.programs import Registration
from app.programs.submission import Artifact, Learner, Submission
from tests.support.api import Api, bearer
from tests.support.people import TOKEN, Reader, browsing
from tests.support.programs import Club, club, now

GOLDEN = Submission(
    learner=Learner(name="Ada Sample", birth_date=date(2014, 5, 6)),
    title="A robot that follows a line",
    done="Built the chassis and wrote the control loop.",
    on=date(2026, 10, 3),
    evidence=(Artifact("link", "https://robotics.example.org/42"),),
)
LEARNER = {"learner": "Ada Sample", "born": "2014-05-06", "consent": "yes", "submitter": "Sam Coordinator"}
FORM = {
    **LEARNER,
    "title": "  A robot that follows a line ",
    "done": "Built the chassis and wrote the control loop.\r\n",
    "on": "2026-10-03",
    "link": "https://robotics.example.org/42",
}
LIST = (
    "Name;Birth date;Activity;What they did;Date;Link;Badge\n"
    '"Sample, Ada";5/6/2014;A robot that follows a line;Built the chassis and wrote the control loop.;'
    "10/03/2026;https://robotics.example.org/42;Robot builder\n"
)


async def coordinator(api: Api, robotics: Club) -> Reader:
    """A browser signed in as the program's coordinator."""
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
        row = await accounts.make(tx, f"sam-{uuid4().hex[:8]}@example.org", "Sam Coordinator")
        await accounts.give(tx, row.id, "coordinator", by="a test", origin="administrator", source=source)
        opened = await sessions.begin(tx, api.app.state.service.settings, row.id, "password", "a test")
    return Reader(browsing(api.app, opened.cookie), row.id, opened.cookie)


async def send(http: httpx.AsyncClient, path: str, values: dict[str, Any], files: Any = None) -> httpx.Response:
    """Send the form of a page, as a browser does."""
    page = await http.get(path)
    token = TOKEN.search(page.text)
    assert token, page.text[:2000]
    return await http.post(path, data={**values, "form_token": token[1]}, files=files)


async def all_submissions(api: Api) -> list[SubmissionRow]:
    """All submissions there are."""
    async with api.db.transaction(api.tenant) as tx:
        return await stored.queue(tx, ("pending",), Queued(), 100, None)


async def link(api: Api, robotics: Club, kind: str, **more: Any) -> str:
    async with api.db.transaction(api.tenant) as tx:
        order = NewLink(kind=kind, title="Robotics", achievement=robotics.achievement, **more)  # type: ignore[arg-type]
        made = await links.make(tx, api.app.state.service.vault, robotics.program, order, "a test", now())
    return f"/t/sample/in/{made.secret}"


async def form(api: Api, robotics: Club) -> None:
    answer = await send(browsing(api.app), await link(api, robotics, "form"), FORM)
    assert answer.status_code == 200, answer.text


async def code(api: Api, robotics: Club) -> None:
    answer = await send(browsing(api.app), await link(api, robotics, "code", uses=3), FORM)
    assert answer.status_code == 200, answer.text


async def listed(api: Api, robotics: Club) -> None:
    reader = await coordinator(api, robotics)
    read = await send(reader.http, "/program/lists", {"pasted": LIST, "consent": "yes"})
    assert read.status_code == 303, read.text
    location = read.headers["location"]
    page = await reader.http.get(location)
    token = TOKEN.search(page.text)
    assert token
    taken = await reader.http.post(f"{location}/take", data={"form_token": token[1]})
    assert taken.status_code == 303, taken.text


async def api_key(api: Api, robotics: Club) -> None:
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
        _, key = await create_client(tx, "club", ["programs.submit"], source)
    body = {
        "learner": {"name": "Ada Sample", "birthDate": "2014-05-06"},
        "title": "A robot that follows a line",
        "done": "Built the chassis and wrote the control loop.",
        "on": "2026-10-03",
        "achievement": str(robotics.achievement),
        "evidence": [{"medium": "link", "value": "https://robotics.example.org/42"}],
        "submitter": {"name": "Sam", "role": "coordinator"},
        "consent": "Kim Sample",
    }
    answer = await api.http.post("/v1/submissions", json=body, headers=bearer(key.text))
    assert answer.status_code == 200, answer.text


async def signed_badge(api: Api, robotics: Club) -> dict[str, Any]:
    """A badge that the other district issued of the same thing; its issuer is one that the program may hand in of."""
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
        ],
        "id": "urn:uuid:5d0f5a1a-0a0a-4f7b-9d0e-0a5f6f1f2f30",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Robot builder",
        "validFrom": "2026-10-04T00:00:00Z",
        "awardedDate": "2026-10-03T12:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "id": "urn:uuid:0d0f5a1a-0a0a-4f7b-9d0e-0a5f6f1f2f31",
            "achievement": {
                "id": "https://badges.example.org/robot-builder",
                "type": ["Achievement"],
                "name": "Robot builder",
                "description": "Builds a robot.",
                "criteria": {"narrative": "The robot follows a line."},
            },
        },
        "evidence": [
            {
                "id": "https://robotics.example.org/42",
                "type": ["Evidence"],
                "name": "A robot that follows a line",
                "narrative": "Built the chassis and wrote the control loop.",
            }
        ],
    }
    key = bearer(await api.key(tenant=api.other))
    document["issuer"] = "did:web:127.0.0.1%3A8000:t:other"
    issued = await api.http.post("/credentials/issue", json={"credential": document}, headers=key)
    assert issued.status_code == 201, issued.text
    signed: dict[str, Any] = issued.json()["verifiableCredential"]
    issuer = signed["issuer"]["id"] if isinstance(signed["issuer"], dict) else signed["issuer"]
    async with api.db.transaction(api.tenant) as tx:
        registration = Registration("Robotics Club", issuers=(issuer,))
        await programs.change(tx, robotics.program, registration, "a test")
    return signed


async def picture(api: Api, robotics: Club) -> None:
    baked = bake(badge_png("Robot builder"), json.dumps(await signed_badge(api, robotics)))
    files = {"badge": ("badge.png", io.BytesIO(baked), "image/png")}
    answer = await send(browsing(api.app), await link(api, robotics, "form"), LEARNER, files)
    assert answer.status_code == 200, answer.text


async def address(api: Api, robotics: Club) -> None:
    signed = await signed_badge(api, robotics)
    with respx.mock:
        route = respx.get("https://badges.example.org/badges/42").respond(json=signed)
        form = {**LEARNER, "badge_address": "https://badges.example.org/badges/42"}
        answer = await send(browsing(api.app), await link(api, robotics, "form"), form)
    assert answer.status_code == 200, answer.text
    assert route.called


WAYS = {"form": form, "code": code, "list": listed, "api": api_key, "badge": picture, "address": address}


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_says_the_same_byte_for_byte_and_again_nothing_more(api: Api, way: str) -> None:
    robotics = await club(api)
    await WAYS[way](api, robotics)
    (row,) = await all_submissions(api)
    canonical = submission.encode(golden(robotics.achievement))
    assert submission.encode(submission.decode(row.body)) == canonical
    assert row.way == way
    await WAYS[way](api, robotics)
    assert await all_submissions(api) == [row]


def golden(achievement: UUID) -> Submission:

    return structs.replace(GOLDEN, achievement=achievement)


async def test_all_ways_together_are_one_submission(api: Api) -> None:
    robotics = await club(api)
    for way in WAYS.values():
        await way(api, robotics)
    (row,) = await all_submissions(api)
    assert row.way == "form"


async def test_a_code_tells_what_the_event_was_and_works_as_often_as_it_should(api: Api) -> None:
    robotics = await club(api)
    begun = datetime(2026, 10, 3, 22, tzinfo=UTC)
    async with api.db.transaction(api.tenant) as tx:
        offer = Offer(kind="event", title="Robot night", place="Northside Library", begins=begun)
        opportunity = await catalogue.offer(tx, robotics.program, offer, "a test", now())
    path = await link(api, robotics, "code", uses=1, opportunity=opportunity)
    http = browsing(api.app)
    page = await http.get(path)
    assert 'value="Robot night"' in page.text
    assert 'value="Northside Library"' in page.text
    form = {**LEARNER, "title": "Robot night", "on": "2026-10-03"}
    assert (await send(http, path, form)).status_code == 200
    assert (await http.get(path)).status_code == 410


async def test_a_pin_is_asked_for_once_and_guessed_by_nobody(api: Api) -> None:
    robotics = await club(api)
    path = await link(api, robotics, "form", pin="482913")
    http = browsing(api.app)
    answer = await http.get(path)
    assert "PIN" in answer.text
    assert 'name="title"' not in answer.text
    token = TOKEN.search(answer.text)
    assert token
    right = await http.post(f"{path}/pin", data={"pin": "482913", "form_token": token[1]})
    assert right.status_code == 303
    assert 'name="title"' in (await http.get(path)).text
    for _ in range(links.MOST_WRONG):
        api.app.state.visitors = type(api.app.state.visitors)()
        wrong = await browsing_pin(api, path)
        assert wrong.status_code == 422
    assert (await http.get(path)).status_code == 410


async def browsing_pin(api: Api, path: str) -> httpx.Response:
    http = browsing(api.app)
    token = TOKEN.search((await http.get(path)).text)
    assert token
    return await http.post(f"{path}/pin", data={"pin": "000000", "form_token": token[1]})


async def test_before_a_guardian_has_agreed_nothing_of_a_child_is_kept(api: Api) -> None:
    robotics = await club(api)
    path = await link(api, robotics, "form")
    for born in ("2016-01-01", ""):
        form = {**FORM, "born": born, "grade": "4", "consent": ""}
        answer = await send(browsing(api.app), path, form)
        assert answer.status_code == 422
        assert "guardian has to agree" in answer.text
    assert await all_submissions(api) == []
    assert (await send(browsing(api.app), path, {**FORM, "born": "2010-01-01", "consent": ""})).status_code == 200


async def test_a_forged_issuer_or_an_altered_badge_is_refused(api: Api) -> None:
    robotics = await club(api)
    signed = await signed_badge(api, robotics)
    altered = {**signed, "name": "Robot master"}
    path = await link(api, robotics, "form")
    files = {"badge": ("b.json", json.dumps(altered).encode(), "application/json")}
    answer = await send(browsing(api.app), path, LEARNER, files)
    assert answer.status_code == 422
    assert "not valid" in answer.text
    async with api.db.transaction(api.tenant) as tx:
        registration = Registration("Robotics Club", issuers=())
        await programs.change(tx, robotics.program, registration, "a test")
    files = {"badge": ("b.json", json.dumps(signed).encode(), "application/json")}
    answer = await send(browsing(api.app), path, LEARNER, files)
    assert answer.status_code == 422
    assert "does not let" in answer.text
    assert await all_submissions(api) == []


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/x", "http://169.254.169.254/latest", "http://[::1]/", "file:///x"]
)
async def test_an_address_inside_is_never_asked(api: Api, address: str) -> None:
    robotics = await club(api)
    answer = await send(browsing(api.app), await link(api, robotics, "form"), {**LEARNER, "badge_address": address})
    assert answer.status_code == 422
    assert await all_submissions(api) == []
