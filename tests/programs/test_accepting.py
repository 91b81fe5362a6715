"""What a reviewer accepts is in the record, in what is mastered, and in a signed badge: all of it at once."""

import json
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from app.credentials.verify import IssuerList
from app.db.access import tenants
from app.db.plans.plans import Signature
from app.errors import Conflict, Denied, Invalid
from app.identity import learners
from app.issuing import issue
from app.programs import accepting, programs, reviewing, submitting, whose
from app.programs.judging import Mark
from app.programs.programs import Registration
from app.programs.submission import Guardian, Learner
from app.records.reading import whole
from app.records.settle import settle
from app.wallet.fetcher import credential_fetcher
from app.wallet.verifying import verify_beside
from tests.support.api import Api
from tests.support.district import District, as_json, user
from tests.support.programs import COORDINATOR, REVIEWER, ROBOT, SECOND, THIRD, club, handed_in, now, numbered, robot

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))


async def reviewed(api: Api, submission: UUID, by: Signature = REVIEWER, **fields: object) -> reviewing.Reviewed:
    """What came of a review of a submission that was claimed for it."""
    decision = {"verdict": "accept", "marks": GOOD, "feedback": None, **fields}
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, by, now())
        return await reviewing.review(tx, api.app.state.service, submission, by=by, now=now(), **decision)  # type: ignore[arg-type]


async def record(api: Api, learner: UUID) -> dict[str, Any]:
    async with api.db.transaction(api.tenant) as tx:
        return as_json(await whole(tx, learner))


async def test_what_is_accepted_is_in_the_record_with_its_setting_and_badge(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    ada = UUID(await api.learner(headers))
    robotics = await club(api)
    submission = await handed_in(api, robotics, learner=numbered())
    done = await reviewed(api, submission)
    assert done.accepted is not None
    assert done.accepted.learner == ada
    sections = await record(api, ada)
    (entry,) = [piece for piece in sections["evidence"] if piece["from"][0]["source"] == "program-robotics-club"]
    assert (entry["setting"], entry["issuer"]["name"]) == ("after-school", "Robotics Club")
    (result,) = [piece for piece in sections["results"] if piece["from"][0]["source"] == "program-robotics-club"]
    assert [(objective["objective"]["code"], objective["mastered"]) for objective in result["objectives"]] == [
        ("W.1", True),
        ("P.2", True),
    ]
    profile = await api.http.get(f"/v1/learners/{ada}/profile", headers=headers)
    standing = {
        competency["code"]: competency["mastered"]
        for domain in profile.json()["domains"]
        for competency in domain["competencies"]
    }
    assert (standing["W.1"], standing["P.2"]) == (True, True)
    before = sections
    await settle(api.db, api.tenant)
    assert await record(api, ada) == before


@pytest.mark.parametrize("signs", ["district", "program"])
async def test_the_badge_is_valid_and_names_who_stands_for_it(api: Api, signs: str) -> None:
    robotics = await club(api, signs=signs)  # type: ignore[arg-type]
    submission = await handed_in(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, submission, lock=True)
        await whose.decide(tx, row, None, REVIEWER, now())
    done = await reviewed(api, submission)
    assert done.accepted is not None
    assert done.accepted.credential is not None
    async with api.db.transaction(api.tenant) as tx:
        badge = await issue.credential_of(tx, done.accepted.credential)
    service = api.app.state.service
    document = json.loads(badge.body)
    known = (IssuerList("these", {document["issuer"]["id"]: document["issuer"]["name"]}),)
    report = await verify_beside(
        badge.body, fetch=credential_fetcher(api.db, service.vault, service.settings), known=known
    )
    assert report.verdict == "valid", report.as_json()
    issuer = document["issuer"]
    assert issuer["name"] == {"district": "Sample District", "program": "Robotics Club"}[signs]
    assert issuer["id"].endswith(":p:robotics-club") is (signs == "program")
    achieved = document["credentialSubject"]["achievement"]
    assert [description["name"] for description in achieved["resultDescription"]] == ["Cuts parts", "Explains the plan"]
    assert {alignment["targetCode"] for alignment in achieved["alignment"]} == {"W.1", "P.2"}
    assert "Ada" not in badge.body.decode()


async def test_without_a_number_a_person_says_whose_it_is_and_names_link_nobody(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    ada = UUID(await api.learner(headers))
    robotics = await club(api)
    submission = await handed_in(api, robotics)
    with pytest.raises(Conflict, match="whose it is"):
        await reviewed(api, submission)
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, submission, lock=True)
        (candidate,) = await whose.candidates(tx, row)
        assert candidate.id == ada
        assert await whose.settled(tx, row) == (None, None)
        await whose.decide(tx, row, ada, REVIEWER, now())
    done = await reviewed(api, submission)
    assert done.accepted is not None
    assert done.accepted.learner == ada
    names = {name["value"] for name in (await record(api, ada))["names"]}
    assert names == {"Ada Sample"}


async def test_a_number_that_name_or_birth_date_speak_against_decides_nothing(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    await api.learner(headers)
    robotics = await club(api)
    submission = await handed_in(api, robotics, learner=numbered(name="Grace Other"))
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, submission)
        assert await whose.settled(tx, row) == (None, None)


async def test_it_goes_back_and_forth_until_it_is_accepted_and_all_of_it_is_written_down(api: Api) -> None:
    robotics = await club(api)
    submission = await handed_in(api, robotics)
    weak = (Mark("cut", "Beginning", "Measure twice."), Mark("explain", "Proficient"))
    sent_back = await reviewed(api, submission, verdict="needs work", marks=weak, feedback="Cut the base again.")
    assert sent_back.row.state == "needs work"
    async with api.db.transaction(api.tenant) as tx:
        mended = robot(robotics.achievement, done="Built it again, straight.")
        row = await submitting.resubmit(
            tx, robotics.program, submission, mended, "done", COORDINATOR, now(), consent=None
        )
        await whose.decide(tx, row, None, REVIEWER, now())
    accepted = await reviewed(api, submission)
    assert accepted.row.state == "accepted"
    async with api.db.transaction(api.tenant) as tx:
        steps = [step.step for step in await submitting.history(tx, submission)]
    assert steps == ["submit", "claim", "ask", "resubmit", "whose", "claim", "accept"]


async def test_two_who_disagree_ask_a_third(api: Api) -> None:
    robotics = await club(api, structs.replace(ROBOT, assessing="two"))
    submission = await handed_in(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        await whose.decide(tx, await submitting.own(tx, robotics.program, submission), None, REVIEWER, now())
    first = await reviewed(api, submission)
    assert (first.row.state, first.decision.lacking) == ("in review", 1)
    with pytest.raises(Denied, match="already"):
        await reviewed(api, submission)
    second = await reviewed(api, submission, SECOND, verdict="reject", marks=(), feedback="It did not follow.")
    assert (second.row.state, second.decision.lacking) == ("in review", 1)
    third = await reviewed(api, submission, THIRD, marks=(Mark("cut", "Proficient"), Mark("explain", "Proficient")))
    assert third.row.state == "accepted"
    assert [mark.level for mark in third.decision.reached] == ["Proficient", "Proficient"]


@pytest.mark.parametrize("name", ["Ada Sample", "Eva Guardian", "SAMPLE, Ada"])
async def test_nobody_reviews_what_is_their_own_or_their_childs(api: Api, name: str) -> None:
    robotics = await club(api, structs.replace(ROBOT, rubric=()))
    guarded = Learner(name="Ada Sample", grade="07", guardian=Guardian("Eva Guardian"))
    submission = await handed_in(api, robotics, learner=guarded)
    with pytest.raises(Denied, match="another assessor"):
        await reviewed(api, submission, Signature(name, "mentor", "client x"), marks=())


async def test_what_another_has_claimed_is_theirs_until_the_lease_ends(api: Api) -> None:
    robotics = await club(api, structs.replace(ROBOT, rubric=()))
    submission = await handed_in(api, robotics)
    begun = now()
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, REVIEWER, begun)
    async with api.db.transaction(api.tenant) as tx:
        with pytest.raises(Conflict, match="Another assessor"):
            await reviewing.claim(tx, submission, SECOND, begun)
        later = begun + reviewing.LEASE
        assert (await reviewing.claim(tx, submission, SECOND, later)).leased_to != reviewing.account(REVIEWER)
        with pytest.raises(Conflict, match="Claim it first"):
            await reviewing.release(tx, submission, REVIEWER, later)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"marks": (Mark("cut", "Exemplary"),)}, "/marks"),
        ({"marks": (Mark("cut", "Beginning"), Mark("explain", "Proficient"))}, "/verdict"),
        ({"marks": (Mark("cut", "Superb"), Mark("explain", "Proficient"))}, "/marks/0/level"),
        ({"marks": (Mark("sing", "Proficient"),)}, "/marks/0/criterion"),
        ({"verdict": "needs work", "marks": ()}, "/feedback"),
    ],
)
async def test_a_decision_fits_its_rubric(api: Api, fields: dict[str, Any], pointer: str) -> None:
    submission = await handed_in(api, await club(api))
    with pytest.raises(Invalid, match="Invalid") as refused:
        await reviewed(api, submission, **fields)
    [error] = refused.value.more["errors"]
    assert error["pointer"] == pointer
    assert refused.value.detail[1:] == f"{error['detail'][1:]}.", "names are written as they are"


async def test_an_acceptance_is_taken_back_with_its_evidence_and_its_badge(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    ada = UUID(await api.learner(headers))
    robotics = await club(api)
    submission = await handed_in(api, robotics, learner=numbered())
    done = await reviewed(api, submission)
    assert done.accepted is not None
    assert done.accepted.credential is not None
    async with api.db.transaction(api.tenant) as tx:
        await accepting.retract(tx, api.app.state.service, submission, "It was Eva's.", REVIEWER, now())
    async with api.db.transaction(api.tenant) as tx:
        assert (await issue.credential_of(tx, done.accepted.credential)).state == "revoked"
    ours = [
        piece for piece in (await record(api, ada))["evidence"] if piece["from"][0]["source"].startswith("program-")
    ]
    assert [entry["state"] for entry in ours] in ([], ["retracted"])


async def test_of_a_trusted_program_what_is_numbered_and_asks_for_no_look_is_accepted_together(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api, structs.replace(ROBOT, rubric=()))
    for n in range(3):
        await handed_in(api, robotics, learner=numbered(), title=f"Piece {n}")
    await handed_in(api, robotics)
    service = api.app.state.service
    with pytest.raises(Denied, match="not marked as trusted"):
        await reviewing.accept_trusted(service, api.tenant, robotics.program, REVIEWER, now())
    async with api.db.transaction(api.tenant) as tx:
        await programs.change(tx, robotics.program, Registration("Robotics Club", trusted=True), "a test")
    counts = await reviewing.accept_trusted(service, api.tenant, robotics.program, REVIEWER, now())
    assert counts == {"accepted": 3, "left": 1}
    async with api.db.transaction(api.tenant) as tx:
        assert await reviewing.counted(tx, robotics.program) == {"accepted": 3, "pending": 1}


async def test_a_number_that_is_given_to_another_child_joins_nobody_by_what_was_accepted(api: Api) -> None:
    """One program, one number, two children after one another: neither is shown, nor given the badge of, the other."""
    robotics = await club(api)
    owner = await tenants.by_id(api.db, api.tenant)
    assert owner is not None
    district = District(api.db, owner)
    sis = await district.source("roster", "oneroster")

    async def roster(name: str, number: str) -> UUID:
        row = user(f"u-{name}", name, identifier=number, dateLastModified=now().isoformat())
        await district.take(sis, "users", [row], now())
        await district.settle()
        async with api.db.transaction(api.tenant) as tx:
            (listed,) = await learners.by_identifier(tx, "sourced", row["sourcedId"])
        return listed.id

    ada = await roster("Ada", "100482")
    early = await handed_in(api, robotics, learner=numbered(name=None))
    first = await reviewed(api, await handed_in(api, robotics, learner=numbered(name=None), title="Another robot"))
    assert first.accepted is not None
    assert first.accepted.learner == ada
    assert await roster("Ada", "200000") == ada
    ben = await roster("Ben", "100482")
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, early, lock=True)
        assert await whose.settled(tx, row) == (None, None), "it was handed in while the number was Ada's"
        assert {candidate.id for candidate in await whose.candidates(tx, row)} >= {ada, ben}
        await whose.decide(tx, row, ada, REVIEWER, now())
    late = await handed_in(api, robotics, learner=numbered(name="Ben Sample"), title="A third robot")
    for submission, learner in ((early, ada), (late, ben)):
        done = await reviewed(api, submission)
        assert done.accepted is not None
        assert done.accepted.learner == learner
    await settle(api.db, api.tenant)
    names = {name["value"] for name in (await record(api, ada))["names"]}
    assert names == {"Ada Sample"}
    titles = {e["name"] for e in (await record(api, ben))["evidence"]}
    assert "Another robot" not in titles
