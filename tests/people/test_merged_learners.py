"""Two learners who are found to be the same child: what was kept for either is listed and counted for the one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.db.programs import exhibitions as exhibitions_stored
from app.db.programs.exhibitions import ExhibitionRow
from app.db.records import learners
from app.identity import decisions
from app.mastery import group
from app.plans import checkins
from app.plans.checkins import Talk
from app.programs import exhibition, ideas, reviewing, whose
from app.programs.ideas import Design
from app.programs.reviewing import Queued
from app.records.settle import settle
from app.sharing import sharing
from tests.support.api import Api
from tests.support.attacks import Class, class_of
from tests.support.people import signed_in
from tests.support.programs import REVIEWER, club, handed_in, now


async def merged(api: Api, here: Class) -> tuple[UUID, UUID]:
    """The learner who is left of the two of a class, and the one who became that one."""
    async with api.db.transaction(api.tenant) as tx:
        await decisions.link(tx, (here.source, "u-0"), (here.source, "u-1"), by="steward", reason="the same child")
    await settle(api.db, api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        current = set((await learners.currents(tx, here.learners)).values()).pop()
    (gone,) = {*here.learners} - {current}
    return current, gone


def shown_of(learner: UUID) -> ExhibitionRow:
    moment = now()
    return ExhibitionRow(
        id=uuid4(),
        learner_id=learner,
        hash=learner.bytes,
        sealed=b"x",
        title="What I built",
        shown_as="Ada",
        words=None,
        pieces=[],
        consent_by="Eva Sample (guardian)",
        consent_at=moment,
        ends_at=moment + timedelta(days=7),
        ended_at=None,
        made_by="a test",
        made_at=moment,
    )


async def test_what_waits_for_somebody_is_of_the_learner_there_is_now(api: Api) -> None:
    here, program = await class_of(api, "c-1", "Ada", "Ben"), await club(api)
    for learner in here.learners:
        mother = await signed_in(api, "guardian", learner=learner)
        sent = await mother.send(f"/mine/{learner}/corrections", {"words": f"wrong {learner}"})
        assert sent.status_code == 303
        submission = await handed_in(api, program, title=f"Robot of {learner}")
        async with api.db.transaction(api.tenant) as tx:
            await ideas.propose(tx, learner, Design(f"Idea of {learner}", "Cooks a meal."), "a test", now())
            await reviewing.decide_whose(tx, submission, learner, REVIEWER, now())
            await exhibitions_stored.add(tx, shown_of(learner))
    current, gone = await merged(api, here)
    async with api.db.transaction(api.tenant) as tx:
        assert [row.learner_id for row in await ideas.proposed(tx)] == [current, current]
        assert [await whose.settled(tx, row) for row in await reviewing.queue(tx, Queued(), 9)] == [
            ("person", current)
        ] * 2
        for learner in here.learners:
            assert len(await exhibition.of_learner(tx, learner)) == len(await ideas.of_learner(tx, learner)) == 2
        assert set(await group.names(tx, [gone])) == {gone}
    counselor = await signed_in(api, "counselor", "registrar", learner=current)
    page = (await counselor.get("/corrections")).text
    assert all(f"wrong {learner}" in page for learner in here.learners)


async def test_a_talk_with_either_counts_as_the_last_talk(api: Api) -> None:
    here = await class_of(api, "c-1", "Ada", "Ben")
    counselor = await signed_in(api, "counselor", learner=here.learners[0])
    today = datetime.now(UTC).date()
    current, gone = await merged(api, here)
    async with api.db.transaction(api.tenant) as tx:
        for learner, day in ((current, today - timedelta(days=9)), (gone, today)):
            talk = Talk(day, "Plans", f"Next for {learner}", "")
            await checkins.note(tx, api.app.state.service.vault, learner, counselor.account, "Cleo", talk)
        (last,) = await checkins.last(tx, [current], today)
    assert (last.talked, last.next_step) == (today, f"Next for {gone}")


async def test_who_looked_at_two_as_one_is_told_to_both_when_they_are_parted_again(api: Api) -> None:
    here = await class_of(api, "c-1", "Ada", "Ben")
    ada, ben = here.learners

    async def look(learner: UUID, party: str) -> None:
        async with api.db.transaction(api.tenant) as tx:
            await sharing.note_disclosure(tx, learner, "record page, account 1", party, "a test", ["record"])

    async def lookers(learner: UUID) -> list[str]:
        async with api.db.transaction(api.tenant) as tx:
            lines = await sharing.disclosures(tx, learner, 0, 100)
            newest = await sharing.disclosures_before(tx, learner, "nobody", 2**62, 100)
        assert [line.id for line in newest] == [line.id for line in reversed(lines)]
        return [line.party for line in lines]

    await look(ada, "at Ada before")
    await look(ben, "at Ben before")
    left, _ = await merged(api, here)
    await look(left, "at both")
    assert await lookers(ada) == await lookers(ben) == ["at Ada before", "at Ben before", "at both"]
    async with api.db.transaction(api.tenant) as tx:
        await decisions.unlink(tx, (here.source, "u-0"), (here.source, "u-1"), by="steward", reason="two children")
    await settle(api.db, api.tenant)
    await look(ada, "at Ada after")
    await look(ben, "at Ben after")
    assert await lookers(ada) == ["at Ada before", "at both", "at Ada after"]
    assert await lookers(ben) == ["at Ben before", "at both", "at Ben after"]
