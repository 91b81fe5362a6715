"""The queue of those who review: what is theirs, the longest waiting first, by badge and by whose turn it is."""

import re
from datetime import timedelta
from uuid import UUID

from app.programs import programs, reviewing
from app.programs.judging import Mark
from app.programs.reviewing import Queued
from tests.support.api import Api
from tests.support.people import signed_in
from tests.support.programs import REVIEWER, ROBOT, SECOND, Club, club, handed_in, now, numbered

OPENED = re.compile(r'href="/reviews/([0-9a-f-]{36})"')
GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))


async def source_of(api: Api, owner: Club) -> int | None:
    async with api.db.transaction(api.tenant) as tx:
        return (await programs.program_of(tx, owner.program)).source_id


async def test_a_reviewer_finds_all_that_is_theirs_behind_whatever_others_have_handed_in(api: Api) -> None:
    """Page by page each once, and nothing of a program that somebody else reviews, not even how much."""
    chess, robotics = await club(api, name="Chess Club"), await club(api, name="Robotics Club")
    for nth in range(210):
        await handed_in(api, chess, title=f"Zebra {nth}")
    own = [str(await handed_in(api, robotics, title=f"Piece {nth}")) for nth in range(53)]
    reader = await signed_in(api, "reviewer", source=await source_of(api, robotics))
    page, pages = (await reader.get("/reviews")).text, []
    assert "Zebra" not in page
    assert ">210<" not in page
    while True:
        pages.append(list(dict.fromkeys(OPENED.findall(page))))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        page = (await reader.get(following[1].replace("&amp;", "&"))).text
    assert [len(ids) for ids in pages] == [50, 3]
    assert [id_ for ids in pages for id_ in ids] == own


async def test_what_waits_is_found_by_badge_and_by_whose_turn_it_is(api: Api) -> None:
    robotics = await club(api)
    reader = await signed_in(api, "reviewer", source=await source_of(api, robotics), name="Robin")
    free, mine, plain = [str(await handed_in(api, robotics, title=f"Piece {nth}")) for nth in range(3)]
    async with api.db.transaction(api.tenant) as tx:
        await tx.run(
            "UPDATE submission SET achievement_id = NULL, changed_at = %(then)s WHERE id = %(id)s",
            id=UUID(plain),
            then=now() - timedelta(days=20),
        )
        await reviewing.claim(tx, UUID(plain), REVIEWER, now())
    assert (await reader.send(f"/reviews/{mine}/claim")).status_code == 303

    async def listed(query: str) -> list[str]:
        return list(dict.fromkeys(OPENED.findall((await reader.get(f"/reviews?{query}")).text)))

    assert await listed("") == [plain, free, mine], "what is claimed keeps its place"
    assert await listed(f"badge={robotics.achievement}") == [free, mine]
    assert await listed("turn=nobody") == [free]
    assert await listed("turn=mine") == [mine]
    assert await listed("turn=long") == [plain]
    assert await listed("badge=nonsense&after=nonsense&program=x&turn=%27") == [plain, free, mine]


async def test_who_reviews_is_seen_with_what_they_have_taken_and_decided(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics, chess = await club(api), await club(api, ROBOT, "Chess Club")
    works = [await handed_in(api, robotics, learner=numbered(), title=f"Piece {nth}") for nth in range(4)]
    elsewhere = await handed_in(api, chess, learner=numbered())
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        for work in (*works[:2], elsewhere):
            await reviewing.claim(tx, work, REVIEWER, now())
            await reviewing.review(tx, service, work, "accept", GOOD, None, REVIEWER, now())
        await reviewing.claim(tx, works[2], SECOND, now())
        await reviewing.claim(tx, works[3], SECOND, now() - timedelta(hours=1))
        loads = await reviewing.loads(tx, [robotics.program], now())
    assert [(load.name, load.claimed, load.decided) for load in loads] == [(SECOND.name, 1, 0), (REVIEWER.name, 0, 2)]


async def test_a_program_is_not_told_when_somebody_begins_to_review(api: Api) -> None:
    robotics = await club(api)
    work = await handed_in(api, robotics)
    later = now() + timedelta(days=2)
    async with api.db.transaction(api.tenant) as tx:
        before = (await reviewing.case_of(tx, work)).row.changed_at
        await reviewing.claim(tx, work, REVIEWER, later)
        await reviewing.release(tx, work, REVIEWER, later)
        await reviewing.claim(tx, work, REVIEWER, later)
        assert (await reviewing.case_of(tx, work)).row.changed_at == before
        await reviewing.review(
            tx, api.app.state.service, work, "needs work", (Mark("cut", "Beginning"), GOOD[1]), "x", REVIEWER, later
        )
        assert (await reviewing.case_of(tx, work)).row.changed_at == later
        assert await reviewing.queue(tx, Queued(), 10) == []
