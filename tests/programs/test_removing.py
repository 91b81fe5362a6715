"""What ends ends everywhere: submission, record, badge, exhibition and disk are of one mind at every step."""

import io
from datetime import timedelta
from itertools import permutations
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from msgspec import structs
from PIL import Image

from app.access.clients import create_client
from app.db.access import tenants
from app.errors import Conflict, Invalid
from app.issuing import issue
from app.programs import (
    accepting,
    catalogue,
    consent_ending,
    definitions,
    exhibition,
    files,
    links,
    programs,
    reviewing,
    rubric,
    submitting,
    whose,
)
from app.programs.exhibition import Plan
from app.programs.judging import Mark
from app.programs.links import NewLink
from app.programs.offers import Offer
from app.programs.programs import Registration
from app.programs.submission import Artifact, Learner, Number
from app.records.reading import whole
from app.wallet import known
from tests.support.api import Api, bearer
from tests.support.district import as_json
from tests.support.people import browsing, signed_in
from tests.support.programs import COORDINATOR, REVIEWER, Club, club, handed_in, now, numbered, robot

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
WEAK = (Mark("cut", "Beginning"), Mark("explain", "Proficient"))
ISSUER, OTHER = "did:web:badges.example.org", "https://badges.example.com/issuer"


class Mind(NamedTuple):
    """What each place says of one submission."""

    state: str
    in_record: bool
    badge: str
    shown: bool
    files: int


class Piece(NamedTuple):
    """Accepted work: its submission and badge, the offer it was done in, the exhibition that shows it."""

    submission: UUID
    title: str
    badge: UUID
    offer: UUID
    exhibition: str


async def decided(api: Api, submission: UUID, verdict: Any = "accept", marks: Any = GOOD) -> reviewing.Reviewed:
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, REVIEWER, now())
        words = "Measure twice." if verdict != "accept" else None
        return await reviewing.review(tx, api.app.state.service, submission, verdict, marks, words, REVIEWER, now())


async def accepted_piece(api: Api, robotics: Club, learner: UUID, title: str) -> Piece:
    """A learner's work with a photo, done in an offer, accepted and shown."""
    service, out = api.app.state.service, io.BytesIO()
    Image.new("RGB", (16, 16), "#2f6fb9").save(out, "JPEG")
    photo = await files.clean(out.getvalue(), "robot.jpg")
    async with api.db.transaction(api.tenant) as tx:
        offer = await catalogue.offer(tx, robotics.program, Offer(kind="event", title=title), "a test", now())
    evidence = (Artifact("file", photo.sha256, "robot.jpg"),)
    fields: dict[str, Any] = {"learner": numbered(), "title": title, "opportunity": offer, "evidence": evidence}
    submission = await handed_in(api, robotics, **fields)
    async with api.db.transaction(api.tenant) as tx:
        await files.keep(tx, service.vault, service.settings, submission, [photo], now())
    done = await decided(api, submission)
    assert done.accepted is not None
    assert done.accepted.credential is not None
    async with api.db.transaction(api.tenant) as tx:
        plan = Plan("What I built", "Ada", (submission,), now() + timedelta(days=7), "Eva Sample (guardian)")
        opened = await exhibition.open_exhibition(tx, service.vault, learner, plan, "a test", now())
    return Piece(submission, title, done.accepted.credential, offer, opened.code)


async def mind(api: Api, learner: UUID, piece: Piece) -> Mind:
    """What each place says of it now."""
    folder = api.app.state.service.settings.data / files.FOLDER
    async with api.db.transaction(api.tenant) as tx:
        row = (await reviewing.case_of(tx, piece.submission)).row
        entries = as_json(await whole(tx, learner))["evidence"]
        _row, works = await exhibition.by_code(tx, piece.exhibition, now())
        return Mind(
            row.state,
            any(entry["name"] == piece.title and entry["state"] == "current" for entry in entries),
            (await issue.credential_of(tx, piece.badge)).state,
            [work.id for work in works] == [piece.submission],
            sum(1 for path in folder.rglob("*") if path.is_file() and str(piece.submission) in path.name),
        )


async def remove(api: Api, robotics: Club, piece: Piece, what: str) -> None:
    async with api.db.transaction(api.tenant) as tx:
        match what:
            case "the program":
                await programs.end(tx, robotics.program, "It has closed.", "the district", now())
            case "the badge":
                await definitions.retire(tx, robotics.achievement, REVIEWER, now())
            case "the offer":
                await catalogue.end_offer(tx, piece.offer, now())
            case "consent":
                row = await submitting.own(tx, robotics.program, piece.submission, lock=True)
                await consent_ending.end_consent(tx, api.app.state.service.settings, row, None, COORDINATOR, now())
            case "acceptance":
                await accepting.retract(tx, api.app.state.service, piece.submission, "Nobody agrees.", REVIEWER, now())


async def restored(api: Api, robotics: Club) -> None:
    """The program lets in again, and its badge is awarded again."""
    service, owner = api.app.state.service, await tenants.by_id(api.db, api.tenant)
    assert owner is not None
    async with api.db.transaction(api.tenant) as tx:
        definition = rubric.read((await definitions.achievement_of(tx, robotics.achievement)).body)
        await definitions.redefine(tx, robotics.achievement, definition, REVIEWER, now())
        await programs.approve(tx, service.vault, service.settings, owner, robotics.program, "the district", now())


STEPS = ("the program", "the badge", "the offer", "consent", "acceptance")
ORDERS = [order for order in permutations(STEPS) if order.index("consent") < order.index("acceptance")][::7]
"""Some of the orders in which they can end: each of two comes first in one of them."""


@pytest.mark.slow
async def test_in_whatever_order_things_end_every_place_says_the_same_of_what_was_accepted(api: Api) -> None:
    """What ends takes nothing out of a record; consent hides; only the district takes out, and then everywhere."""
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    for nth, order in enumerate(ORDERS):
        piece = await accepted_piece(api, robotics, ada, f"Piece {nth}")
        right = Mind("accepted", in_record=True, badge="active", shown=True, files=1)
        assert await mind(api, ada, piece) == right
        for step in order:
            await remove(api, robotics, piece, step)
            right = right._replace(shown=False) if step == "consent" else right
            right = Mind("withdrawn", False, "revoked", False, 0) if step == "acceptance" else right
            assert await mind(api, ada, piece) == right, f"{step} in {order}"
        await restored(api, robotics)
        assert await mind(api, ada, piece) == right, f"afterwards, {order}"


async def test_what_was_asked_back_is_mended_after_its_badge_and_offer_have_ended(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        offer = await catalogue.offer(tx, robotics.program, Offer(kind="event", title="Robot night"), "a test", now())
    fields: dict[str, Any] = {"learner": numbered(), "opportunity": offer}
    submission = await handed_in(api, robotics, **fields)
    await decided(api, submission, "needs work", WEAK)
    async with api.db.transaction(api.tenant) as tx:
        await definitions.retire(tx, robotics.achievement, REVIEWER, now())
        await catalogue.end_offer(tx, offer, now())
        same = await submitting.submit(
            tx, robotics.program, robot(robotics.achievement, **fields), "api", COORDINATOR, now(), consent="x"
        )
        assert same.outcome == "unchanged"
        fresh = robot(robotics.achievement, title="Another one", **fields)
        with pytest.raises(Invalid) as refused:
            await submitting.submit(tx, robotics.program, fresh, "api", COORDINATOR, now(), consent="x")
    pointers = [error["pointer"] for error in refused.value.more["errors"]]  # type: ignore[attr-defined]
    assert pointers == ["/achievement", "/opportunity"]
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
    reader = await signed_in(api, "coordinator", source=source)
    form = await reader.get(f"/program/submissions/{submission}/edit")
    assert f'value="{robotics.achievement}" selected' in form.text
    sent = {"learner": "Ada Sample", "number": "100482", "title": "A robot that follows a line", "consent": "yes"}
    sent |= {"achievement": str(robotics.achievement), "done": "Measured twice.", "on": "2026-10-03"}
    answer = await reader.send(f"/program/submissions/{submission}/edit", sent)
    assert answer.status_code == 303, answer.text
    assert (await decided(api, submission)).row.state == "accepted"


async def test_a_link_ends_with_its_program_its_badge_and_its_offer(api: Api) -> None:
    robotics = await club(api)
    vault = api.app.state.service.vault
    async with api.db.transaction(api.tenant) as tx:
        offer = await catalogue.offer(tx, robotics.program, Offer(kind="event", title="Robot night"), "a test", now())
        orders = {
            "the program": NewLink("form", "The season"),
            "the badge": NewLink("code", "Robots", achievement=robotics.achievement),
            "the offer": NewLink("code", "Tonight", opportunity=offer),
        }
        codes = {
            what: (await links.make(tx, vault, robotics.program, new, "a test", now())).secret
            for what, new in orders.items()
        }
    http, left = browsing(api.app), set(codes)
    for what in ("the badge", "the offer", "the program"):
        await remove(api, robotics, Piece(UUID(int=0), "", UUID(int=0), offer, ""), what)
        left.remove(what)
        answers = {name: (await http.get(f"/t/sample/in/{code}")).status_code for name, code in codes.items()}
        assert answers == {name: 200 if name in left else 410 for name in codes}


async def test_a_link_is_for_nothing_of_another_program(api: Api) -> None:
    zebra, chess = await club(api, name="Zebra Club"), await club(api, name="Chess Club")
    async with api.db.transaction(api.tenant) as tx:
        offer = await catalogue.offer(tx, zebra.program, Offer(kind="event", title="Zebra night"), "a test", now())
        for more in ({"achievement": zebra.achievement}, {"opportunity": offer}):
            with pytest.raises(Invalid):
                await links.make(
                    tx, api.app.state.service.vault, chess.program, NewLink("code", "x", **more), "a test", now()
                )


@pytest.mark.parametrize("how", ["withdrawn", "consent ended", "accepted", "asked back"])
async def test_a_mentor_sees_nothing_that_nobody_is_to_assess(api: Api, how: str) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    submission = await handed_in(api, robotics, learner=numbered())
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        order = NewLink("assess", "Grace", submission=submission)
        code = (await links.make(tx, service.vault, robotics.program, order, "a test", now())).secret
    http = browsing(api.app)
    assert "A robot that follows a line" in (await http.get(f"/t/sample/assess/{code}")).text
    if how in ("accepted", "asked back"):
        await decided(api, submission, *(("accept", GOOD) if how == "accepted" else ("needs work", WEAK)))
    else:
        async with api.db.transaction(api.tenant) as tx:
            row = await submitting.own(tx, robotics.program, submission, lock=True)
            if how == "withdrawn":
                await submitting.withdraw(tx, robotics.program, submission, None, COORDINATOR, now())
            else:
                await consent_ending.end_consent(tx, service.settings, row, None, COORDINATOR, now())
    page = await http.get(f"/t/sample/assess/{code}")
    assert page.status_code == 410
    assert "robot" not in page.text


async def test_of_a_program_that_has_ended_nothing_is_taken_in_and_its_issuers_are_known_no_more(api: Api) -> None:
    """But for those that the district itself, or another program, has on the list; and all by the name they had."""
    await api.learner(await api.pusher(slug="sis"))
    robotics, chess = await club(api), await club(api, name="Chess Club")
    submission = await handed_in(api, robotics, learner=numbered())
    third = "did:web:third.example.org"
    async with api.db.transaction(api.tenant) as tx:
        await known.put(tx, OTHER, "Example Badges", "we have met them", "the district")
        await programs.change(tx, chess.program, Registration("Chess Club", issuers=(third,)), "the district")
        await programs.change(tx, robotics.program, Registration("Robotics Club", issuers=(ISSUER, third)), "x")
        await programs.change(tx, robotics.program, Registration("Robotics Club", issuers=(ISSUER, OTHER)), "x")
        assert {row.issuer: row.name for row in await known.listed(tx)} == {
            ISSUER: "Robotics Club",
            OTHER: "Example Badges",
            third: "Chess Club",
        }
        await programs.end(tx, robotics.program, None, "the district", now())
        assert {row.issuer for row in await known.listed(tx)} == {OTHER, third}
        source = (await programs.program_of(tx, robotics.program)).source_id
        _, key = await create_client(tx, "club", ["programs.submit"], source)
    with pytest.raises(Conflict, match="ended"):
        await decided(api, submission)
    body = {"learner": {"name": "Bo Bee", "birthDate": "2010-01-01"}, "title": "A lamp"}
    body["submitter"] = {"name": "Sam", "role": "coordinator"}
    answer = await api.http.post("/v1/submissions", json=body, headers=bearer(key.text))
    assert answer.status_code == 409
    assert (await api.http.get("/v1/submissions", headers=bearer(key.text))).status_code == 200


async def test_who_it_is_is_said_anew_once_it_names_another_learner(api: Api) -> None:
    """What a reviewer said of Ada's work says nothing of the work that takes its place and names Bo."""
    headers = await api.pusher(slug="sis")
    ada = UUID(await api.learner(headers))
    robotics = await club(api)
    submission = await handed_in(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        await whose.decide(tx, await submitting.own(tx, robotics.program, submission, lock=True), ada, REVIEWER, now())
    await decided(api, submission, "needs work", WEAK)
    async with api.db.transaction(api.tenant) as tx:
        same = robot(robotics.achievement, done="Measured twice.")
        row = await submitting.resubmit(
            tx, robotics.program, submission, same, None, COORDINATOR, now(), consent="a guardian"
        )
        assert row.learner_id == ada
    await decided(api, submission, "needs work", WEAK)
    async with api.db.transaction(api.tenant) as tx:
        named = structs.replace(same, learner=Learner(name="Bo Bee", birth_date=same.learner.birth_date))
        row = await submitting.resubmit(
            tx, robotics.program, submission, named, None, COORDINATOR, now(), consent="a guardian"
        )
        assert (row.whose, row.learner_id) == (None, None)
    with pytest.raises(Conflict, match="whose it is"):
        await decided(api, submission)


async def test_a_form_mends_what_it_asks_for_and_keeps_the_rest(api: Api) -> None:
    """What came by key, list or badge may say more than a form asks: none of it is lost, or read as something else."""
    robotics = await club(api)
    learner = Learner(name="Ada Sample", numbers=(Number("email", "ada@school.example.org"),))
    evidence = (
        Artifact("link", "https://robotics.example.org/42", "Our page"),
        Artifact("link", "https://robotics.example.org/43"),
        Artifact("text", "First draft."),
    )
    fields = {"learner": learner, "evidence": evidence, "own_id": "42", "setting": "summer"}
    submission = await handed_in(api, robotics, **fields)
    await decided(api, submission, "needs work", WEAK)
    async with api.db.transaction(api.tenant) as tx:
        before = (await reviewing.case_of(tx, submission)).submission
        source = (await programs.program_of(tx, robotics.program)).source_id
    reader = await signed_in(api, "coordinator", source=source)
    page = (await reader.get(f"/program/submissions/{submission}/edit")).text
    assert "ada@school.example.org" not in page, "it is no student number"
    sent = {"learner": "Ada Sample", "title": before.title, "done": "Measured twice.", "on": "2026-10-03"}
    sent |= {"place": "Northside Library", "link": evidence[0].value, "words": "First draft.", "consent": "yes"}
    sent["achievement"] = str(robotics.achievement)
    answer = await reader.send(f"/program/submissions/{submission}/edit", sent)
    assert answer.status_code == 303, answer.text
    async with api.db.transaction(api.tenant) as tx:
        after = (await reviewing.case_of(tx, submission)).submission
    assert after == structs.replace(before, done="Measured twice.", evidence=after.evidence)
    assert {*after.evidence} == {*evidence}


async def test_a_badge_is_awarded_no_more_and_again_by_page_and_api(api: Api) -> None:
    robotics = await club(api)
    admin = await signed_in(api, "administrator")
    badge = f"/programs/{robotics.program}/badges/{robotics.achievement}"
    assert (await admin.send(f"{badge}/retire")).status_code == 303
    assert "Award it again" in (await admin.get(badge)).text
    assert "Awarded no more" in (await admin.get(f"/programs/{robotics.program}")).text
    headers = bearer(await api.key(["programs.manage"]))
    path = f"/v1/programs/{robotics.program}/achievements"
    assert (await api.http.get(path, headers=headers)).json()["achievements"] == []
    assert (await admin.send(f"{badge}/return")).status_code == 303
    (listed,) = (await api.http.get(path, headers=headers)).json()["achievements"]
    assert listed["version"] == 3
    for _ in range(2):
        gone = await api.http.delete(f"/v1/program-achievements/{robotics.achievement}", headers=headers)
        assert gone.status_code == 204
    assert (await api.http.get(path, headers=headers)).json()["achievements"] == []
