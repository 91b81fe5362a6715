"""Two at once, too late, twice, under another name, by a relative, without consent any more: one outcome, and told."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from app.db.access import tenants
from app.db.plans.plans import Signature
from app.db.records import learners
from app.errors import Conflict, Denied, NoRoom
from app.people import accounts
from app.programs import accepting, consent_ending, exhibition, files, programs, reviewing, submitting
from app.programs.exhibition import Plan
from app.programs.judging import Mark
from app.programs.submission import Artifact, Learner
from tests.support.api import Api
from tests.support.district import District
from tests.support.people import Reader, browsing, sign_in, signed_in
from tests.support.programs import COORDINATOR, REVIEWER, ROBOT, SECOND, Club, club, handed_in, now, numbered
from tests.support.rosters import user

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
DECISION = {"verdict": "accept", "level-cut": "Exemplary", "level-explain": "Proficient", "feedback": "Well done."}


async def state(api: Api, submission: UUID) -> str:
    async with api.db.transaction(api.tenant) as tx:
        return (await reviewing.case_of(tx, submission)).row.state


async def accept(api: Api, submission: UUID, **by: Signature) -> UUID:
    signature = by.get("by", REVIEWER)
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, signature, now())
        service = api.app.state.service
        done = await reviewing.review(tx, service, submission, "accept", GOOD, None, signature, now())
    assert done.accepted is not None
    return done.accepted.learner


async def test_of_two_who_take_it_at_once_one_has_it_and_of_two_who_decide_one_does(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    submission = await handed_in(api, await club(api), learner=numbered())
    reviewer, other = [await signed_in(api, "administrator", name=name) for name in ("One", "Other")]
    page = f"/reviews/{submission}"
    answers = await asyncio.gather(*(reader.send(f"{page}/claim") for reader in (reviewer, other)))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    decided = await asyncio.gather(
        *(reader.send(f"{page}/decision", DECISION) for reader in (reviewer, other, reviewer))
    )
    assert sorted(answer.status_code for answer in decided) == [303, 409, 409]
    refused = next(answer.text for answer in decided if answer.status_code == 409)
    assert "Well done." in refused, "what was written is shown again"
    async with api.db.transaction(api.tenant) as tx:
        steps = [step.step for step in await submitting.history(tx, submission)]
        badges = await tx.one("SELECT count(*) FROM issued_credential WHERE tenant_id = %(tenant)s", x=0)
    assert (steps, badges) == (["submit", "claim", "accept"], 1)


async def test_what_was_written_after_the_lease_ended_counts_where_nobody_else_took_it(api: Api) -> None:
    robotics = await club(api)
    mine, taken = await handed_in(api, robotics), await handed_in(api, robotics, title="Another robot")
    late = now() + reviewing.LEASE + timedelta(minutes=5)
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        for submission in (mine, taken):
            await reviewing.claim(tx, submission, REVIEWER, now())
        await reviewing.claim(tx, taken, SECOND, late)
        done = await reviewing.review(tx, service, mine, "needs work", (), "When was it?", REVIEWER, late)
        assert done.row.state == "needs work"
        with pytest.raises(Conflict, match="Claim it first"):
            await reviewing.review(tx, service, taken, "needs work", (), "When was it?", REVIEWER, late)


async def test_who_takes_another_name_is_still_one_assessor(api: Api) -> None:
    robotics = await club(api, structs.replace(ROBOT, assessing="two"))
    submission = await handed_in(api, robotics)
    account, _ = await sign_in(api.app, api.tenant, "administrator", name="First")
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        for name in ("First", "Another Name"):
            by = Signature(name, "reviewer", f"account {account}")
            if name == "First":
                await reviewing.claim(tx, submission, by, now())
                await reviewing.review(tx, service, submission, "reject", (), "No robot.", by, now())
                continue
            with pytest.raises(Denied, match="already"):
                await reviewing.claim(tx, submission, by, now())


async def test_what_is_in_the_record_is_withdrawn_by_no_program_and_accepted_once(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    submission = await handed_in(api, robotics, learner=numbered())
    await accept(api, submission)
    with pytest.raises(Conflict, match="'accepted'"):
        await accept(api, submission, by=SECOND)
    async with api.db.transaction(api.tenant) as tx:
        with pytest.raises(Conflict, match="'accepted'"):
            await submitting.withdraw(tx, robotics.program, submission, None, COORDINATOR, now())
        await accepting.retract(tx, api.app.state.service, submission, "A slip.", REVIEWER, now())
    async with api.db.transaction(api.tenant) as tx:
        with pytest.raises(Conflict, match="'withdrawn'"):
            await accepting.retract(tx, api.app.state.service, submission, "Again.", REVIEWER, now())


@pytest.mark.parametrize(
    ("child", "other"),
    [({"grade": "07"}, {"grade": "4th"}), ({"school": "Northside"}, {"school": "Hill"})],
    ids=["grades", "schools"],
)
async def test_two_children_of_one_name_never_take_each_others_place(api: Api, child: Any, other: Any) -> None:
    robotics = await club(api)
    first = await handed_in(api, robotics, learner=Learner(name="Ada Sample", **child))
    with pytest.raises(Conflict, match="birth date"):
        await handed_in(api, robotics, learner=Learner(name="Ada Sample", **other))
    again = await handed_in(
        api, robotics, learner=Learner(name="Ada Sample", grade="7", school="Northside"), done="More."
    )
    assert again == first


async def household(api: Api) -> tuple[Any, dict[str, UUID]]:
    """Ada and her brother Ben, who is of age and reviews; their mother; a mother whom only her own row names."""

    def agents(*keys: str) -> dict[str, Any]:
        return {"agents": [{"sourcedId": key, "type": "user", "href": "x"} for key in keys]}

    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.source("sis", "oneroster")
    people = [
        user("u-1", "Ada", identifier="100482", **agents("g-1")),
        user("u-2", "Ben", identifier="100483", **agents("g-1")),
        user("g-1", "Gia"),
        user("g-2", "Mia", **agents("u-1")),
        user("t-1", "Tia"),
    ]
    await district.take(sis, "users", people)
    await district.settle()
    async with api.db.transaction(api.tenant) as tx:
        ada = (await learners.by_identifier(tx, "district", "100482", None))[0].id
    return sis, {"Ada": ada}


@pytest.mark.parametrize(
    ("person", "refused"), [("u-1", True), ("u-2", True), ("g-1", True), ("g-2", True), ("t-1", False)]
)
async def test_no_relative_reviews_by_what_the_roster_says_whatever_their_name(
    api: Api, person: str, refused: bool
) -> None:
    sis, _ = await household(api)
    submission = await handed_in(api, await club(api), learner=numbered(name=None))
    reader = await signed_in(api, "administrator", person=(sis.id, person), name="Zed Unlike")
    answer = await reader.send(f"/reviews/{submission}/claim")
    assert answer.status_code == (403 if refused else 303), answer.text
    page = await reader.get(f"/reviews/{submission}")
    assert ("Another assessor is to look at it" in page.text) is refused


async def test_a_guardian_by_role_says_of_no_unnumbered_work_that_it_is_their_childs(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    submission = await handed_in(api, await club(api))
    reader = await signed_in(api, "administrator", "guardian", learner=ada, name="Zed Unlike")
    async with api.db.transaction(api.tenant) as tx:
        await accounts.give(tx, reader.account, "administrator", by="a test", origin="administrator")
    answer = await reader.send(f"/reviews/{submission}/learner", {"learner": str(ada)})
    assert answer.status_code == 403
    async with api.db.transaction(api.tenant) as tx:
        assert (await reviewing.case_of(tx, submission)).row.whose is None


async def shown_at(api: Api, learner: UUID, *pieces: UUID) -> str:
    async with api.db.transaction(api.tenant) as tx:
        plan = Plan("What I built", "Ada", pieces, now() + timedelta(days=7), "Eva Sample (guardian)")
        opened = await exhibition.open_exhibition(tx, api.app.state.service.vault, learner, plan, "a test", now())
    return f"/t/sample/x/{opened.code}"


async def with_photo(api: Api, robotics: Club, **fields: Any) -> tuple[UUID, str]:
    """A submission with a photo; its id, and what the photo is known by."""
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (32, 32), "#2f6fb9").save(out, "JPEG")
    photo = await files.clean(out.getvalue(), "team.jpg")
    submission = await handed_in(api, robotics, evidence=(Artifact("file", photo.sha256, "team.jpg"),), **fields)
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        await files.keep(tx, service.vault, service.settings, submission, [photo], now())
    return submission, photo.sha256


async def coordinator(api: Api, robotics: Club) -> Reader:
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
    return await signed_in(api, "coordinator", source=source)


async def test_a_photo_that_the_disk_does_not_take_leaves_no_submission_that_names_it(api: Api) -> None:
    """Whatever keeps it from being written: here, what stands where its folder would be."""
    evidence = api.app.state.service.settings.data / "evidence"
    evidence.parent.mkdir(exist_ok=True)
    evidence.write_text("in the way")
    with pytest.raises(NoRoom) as refused:
        await with_photo(api, await club(api))
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "60"})
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.one("SELECT count(*) FROM submission_file WHERE tenant_id = %s", tx.tenant) == 0


async def test_a_photo_is_deleted_with_what_takes_it_back_and_not_before(api: Api) -> None:
    """What broke off took nothing back: the submission stands, and so does its photo."""
    submission, photo = await with_photo(api, await club(api))
    service = api.app.state.service

    async def seen() -> bytes:
        async with api.db.transaction(api.tenant) as tx:
            return (await files.content(tx, service.vault, service.settings, submission, photo))[1]

    async def broken_off() -> None:
        async with api.db.transaction(api.tenant) as tx:
            await files.forget(tx, service.settings, [submission])
            raise RuntimeError("the power fails")

    before = await seen()
    with pytest.raises(RuntimeError, match="the power fails"):
        await broken_off()
    assert await seen() == before
    again = await files.clean(before, "team.jpg")
    async with api.db.transaction(api.tenant) as tx:
        await files.forget(tx, service.settings, [submission])
        await files.keep(tx, service.vault, service.settings, submission, [again], now())
    async with api.db.transaction(api.tenant) as tx:
        hashes = [row.sha256 for row in await files.of_submission(tx, submission)]
        assert await files.content(tx, service.vault, service.settings, submission, hashes[0])
        await files.forget(tx, service.settings, [submission])
    assert [
        path for path in (service.settings.data / "evidence").rglob("*") if path.is_file() and photo in path.name
    ] == []


@pytest.mark.parametrize("who", ["the program", "the guardian"])
async def test_consent_taken_back_after_acceptance_hides_it_at_once_and_asks_the_district(api: Api, who: str) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    submission, photo = await with_photo(api, robotics, learner=numbered())
    await accept(api, submission)
    exhibition = await shown_at(api, ada, submission)
    http = browsing(api.app)
    assert "A robot that follows a line" in (await http.get(exhibition)).text
    if who == "the program":
        reader = await coordinator(api, robotics)
        answer = await reader.send(f"/program/submissions/{submission}/consent", {"words": "The mother wrote to us."})
        assert "no longer agrees" in (await reader.get(f"/program/submissions/{submission}")).text
    else:
        reader = await signed_in(api, "guardian", learner=ada)
        assert "I no longer agree" in (await reader.get(f"/mine/{ada}/exhibitions")).text
        answer = await reader.send(f"/mine/{ada}/exhibitions/works/{submission}/consent")
    assert answer.status_code == 303
    assert "A robot that follows a line" not in (await http.get(exhibition)).text
    assert (await http.get(f"{exhibition}/files/{submission}/{photo}")).status_code == 404
    admin = await signed_in(api, "administrator")
    queue = await admin.get("/reviews")
    assert "Consent was taken back" in queue.text
    taken = await admin.send(f"/reviews/{submission}/retract", {"reason": "The guardian no longer agrees."})
    assert taken.status_code == 303
    assert await state(api, submission) == "withdrawn"
    assert "Consent was taken back" not in (await admin.get("/reviews")).text


async def test_consent_taken_back_before_a_decision_withdraws_it_with_its_files(api: Api) -> None:
    robotics = await club(api)
    submission, _photo = await with_photo(api, robotics)
    reader = await coordinator(api, robotics)
    assert (await reader.send(f"/program/submissions/{submission}/consent")).status_code == 303
    assert await state(api, submission) == "withdrawn"
    folder = api.app.state.service.settings.data / files.FOLDER
    assert [path for path in folder.rglob("*") if path.is_file()] == []


async def test_a_teams_photo_is_shown_by_none_of_it_once_one_agrees_no_more(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    ada = UUID(await api.learner(headers))
    robotics = await club(api)
    hers, photo = await with_photo(api, robotics, learner=numbered(), team="Line followers")
    his, same = await with_photo(api, robotics, learner=numbered("100999", "Bo Bee"), team="line followers")
    assert photo == same
    await accept(api, hers)
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.decide_whose(tx, his, None, REVIEWER, now())
    await accept(api, his)
    exhibition = await shown_at(api, ada, hers)
    http = browsing(api.app)
    assert (await http.get(f"{exhibition}/files/{hers}/{photo}")).status_code == 200
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, his, lock=True)
        await consent_ending.end_consent(tx, api.app.state.service.settings, row, None, COORDINATOR, now())
    page = await http.get(exhibition)
    assert "A robot that follows a line" in page.text
    assert not re.search(r"<img src=\"/t/sample/x/", page.text)
    assert (await http.get(f"{exhibition}/files/{hers}/{photo}")).status_code == 404


async def test_what_was_withdrawn_is_not_silently_there_and_what_was_typed_is_shown_again(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    form = {"learner": "Bo Bee", "grade": "7", "title": "A lamp", "done": "Wired by hand.", "consent": "yes"}
    assert (await reader.send("/program/new", form)).status_code == 200
    twin = await reader.send("/program/new", {**form, "grade": "4"})
    assert twin.status_code == 409
    assert "give the birth date" in twin.text
    assert "Wired by hand." in twin.text
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await submitting.owned(tx, robotics.program, ("pending",), 10)
        await submitting.withdraw(tx, robotics.program, row.id, None, COORDINATOR, now())
    again = await reader.send("/program/new", form)
    assert again.status_code == 409
    assert "This was withdrawn" in again.text
    assert "Wired by hand." in again.text
