"""No program finds out who goes to school: by no way in, in no state, by no answer, count or message, by no work done.

Two programs live the same life with two children, one of whom the district has. Whatever the one is told, the other is;
and the service asks its database the same for both, so that time can tell no more (`bench/enumerating.py` takes it).
"""

from itertools import zip_longest
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from app.programs import accepting, reviewing, submitting
from app.programs.judging import Mark
from tests.support.api import Api
from tests.support.enumerating import HERE, NOWHERE, WAYS, Program, Work, prepare, program_of, unhindered
from tests.support.programs import REVIEWER, now

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
WEAK = (Mark("cut", "Beginning"), Mark("explain", "Proficient"))
PAGES = (
    "/program",
    "/program?standing=waiting",
    "/program/lists",
    "/program/months",
    "/program/links",
    "/program/offers",
)


class Told(NamedTuple):
    """What a program is told at a moment of its life, and what the service did for it."""

    moment: str
    answer: str
    work: list[tuple[str, int]]


class Life:
    """What a program does and is told, one after another."""

    def __init__(self, program: Program, work: Work) -> None:
        self.program, self.work, self.told = program, work, list[Told]()

    async def note(self, moment: str, answer: Any) -> None:
        unhindered(self.program.api)
        self.work.taken()
        words = self.program.masked(await answer)
        self.told.append(Told(moment, words, self.work.taken()))

    async def look(self, moment: str, submission: UUID | None = None) -> None:
        """All that a program can see."""
        for page in PAGES:
            await self.note(f"{moment}: {page}", self.program.get(page))
        await self.note(f"{moment}: the API", self.program.ask("/v1/submissions"))
        if submission is not None:
            path = f"/program/submissions/{submission}"
            await self.note(f"{moment}: the page of one", self.program.get(path))
            await self.note(f"{moment}: its form", self.program.get(f"{path}/edit"))
            await self.note(f"{moment}: one by the API", self.program.ask(f"/v1/submissions/{submission}"))

    async def live(self, learner: UUID | None) -> None:
        """From the first hand-in, by all ways, to what was accepted and taken back."""
        program = self.program
        for nth, (name, way) in enumerate(WAYS.items()):
            await prepare(program, f"Piece {nth}")
            await self.note(f"by {name}", way(program, f"Piece {nth}"))
            await self.note(f"by {name}, again", way(program, f"Piece {nth}"))
        await self.look("all handed in")
        waiting = await self.waiting()
        await self.decided(waiting[0], "needs work", WEAK)
        await self.look("asked back", waiting[0])
        await self.note("mended", self.mended(waiting[0]))
        await self.look("handed in again", waiting[0])
        for submission in waiting[:3]:
            await self.whose(submission, learner)
            await self.look("whose it is was said", submission)
            await self.claimed(submission)
            await self.look("looked at", submission)
            learner = await self.decided(submission, "accept", GOOD)
        await self.look("in the record", waiting[0])
        await self.decided(waiting[3], "reject", WEAK)
        await self.look("not taken in", waiting[3])
        await self.note("appealed", self.step(waiting[3], "appeal"))
        await self.taken_back(waiting[0])
        await self.look("taken back", waiting[0])
        await self.note("withdrawn", self.step(waiting[4], "withdraw"))
        await self.note("asked", self.step(waiting[5], "messages"))
        await self.note("consent ended", self.step(waiting[1], "consent"))
        await self.look("at the end", waiting[1])

    async def waiting(self) -> list[UUID]:
        api = self.program.api
        async with api.db.transaction(api.tenant) as tx:
            rows = await submitting.owned(tx, self.program.club.program, ("pending",), 100)
        return [row.id for row in sorted(rows, key=lambda row: row.made_at)]

    async def mended(self, submission: UUID) -> str:
        child = self.program.child
        form = {"learner": child.name, "born": child.born, "title": "Piece 0", "done": "Better.", "consent": "yes"}
        form |= {"number": child.number, "achievement": str(self.program.club.achievement)}
        answer = await self.program.reader.send(f"/program/submissions/{submission}/edit", form)
        return f"{answer.status_code} {answer.text}"

    async def step(self, submission: UUID, what: str) -> str:
        answer = await self.program.reader.send(f"/program/submissions/{submission}/{what}", {"words": "Please."})
        return f"{answer.status_code} {answer.text}"

    async def whose(self, submission: UUID, learner: UUID | None) -> None:
        api = self.program.api
        async with api.db.transaction(api.tenant) as tx:
            await reviewing.decide_whose(tx, submission, learner, REVIEWER, now())

    async def claimed(self, submission: UUID) -> None:
        api = self.program.api
        async with api.db.transaction(api.tenant) as tx:
            await reviewing.claim(tx, submission, REVIEWER, now())

    async def decided(self, submission: UUID, verdict: Any, marks: tuple[Mark, ...]) -> UUID | None:
        """Decide it; whose it is now."""
        api, service = self.program.api, self.program.api.app.state.service
        async with api.db.transaction(api.tenant) as tx:
            await reviewing.claim(tx, submission, REVIEWER, now())
            case = await reviewing.case_of(tx, submission)
            fitting = marks if case.definition and case.definition.rubric else ()
            reviewed = await reviewing.review(tx, service, submission, verdict, fitting, "Words.", REVIEWER, now())
        return reviewed.accepted.learner if reviewed.accepted else None

    async def taken_back(self, submission: UUID) -> None:
        api, service = self.program.api, self.program.api.app.state.service
        async with api.db.transaction(api.tenant) as tx:
            await accepting.retract(tx, service, submission, "A mistake.", REVIEWER, now())


async def test_two_programs_with_two_children_are_told_the_same_all_their_life(api: Api) -> None:
    named = dict(zip(("given", "family"), HERE.name.split(), strict=True))
    numbers = [{"type": "district", "value": HERE.number}, {"type": "email", "value": HERE.email}]
    entry = {"identifiers": numbers, "name": named, "birthDate": HERE.born}
    ada = UUID(await api.learner(await api.pusher(slug="sis"), learner=entry))
    work = Work()
    await work.watch(api.db)
    lives = []
    for name, child, learner in (("Club One", HERE, ada), ("Club Two", NOWHERE, None)):
        life = Life(await program_of(api, name, child), work)
        await life.live(learner)
        lives.append(life.told)
    enrolled, two = lives
    assert len(enrolled) > 140
    assert [answer.moment for answer in enrolled] == [answer.moment for answer in two]
    assert [
        difference for here, nowhere in zip(enrolled, two, strict=True) if (difference := differing(here, nowhere))
    ] == []


def differing(here: Told, nowhere: Told) -> str | None:
    """Where the answers, or the work done for them, differ at a moment."""
    lines = zip_longest(here.answer.splitlines(), nowhere.answer.splitlines())
    pairs = [*zip_longest(here.work, nowhere.work), *lines]
    unlike = next((f"{mine} / {other}" for mine, other in pairs if mine != other), None)
    return unlike and f"{here.moment}: {unlike[:600]}"
