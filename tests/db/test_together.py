"""Asking together: one answer each, never an older one than the question."""

import asyncio
from collections.abc import Sequence

import pytest

from app.db.coalesce import Together


class Clock:
    """A database whose answer to everything is what time its query began; it notes how many were asked at once."""

    def __init__(self) -> None:
        self.time = 0
        self.sizes: list[int] = []

    async def answer(self, questions: Sequence[int]) -> list[tuple[int, int]]:
        began = self.time
        self.sizes.append(len(questions))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if any(question < 0 for question in questions):
            raise ValueError("negative")
        return [(question, began) for question in questions]


async def test_many_who_ask_at_once_cost_one_query_and_each_gets_their_own_answer() -> None:
    clock = Clock()
    together = Together(clock.answer)
    answers = await asyncio.gather(*(together.ask(n) for n in range(40)))
    assert [question for question, _ in answers] == list(range(40))
    assert clock.sizes == [40]


async def test_what_many_ask_is_asked_once() -> None:
    clock = Clock()
    together = Together(clock.answer)
    answers = await asyncio.gather(*(together.ask(n % 3) for n in range(30)))
    assert [question for question, _ in answers] == [n % 3 for n in range(30)]
    assert clock.sizes == [3]


async def test_no_answer_is_older_than_its_question() -> None:
    clock = Clock()
    together = Together(clock.answer)

    async def ask(n: int) -> None:
        for _ in range(n % 7):
            await asyncio.sleep(0)
        clock.time += 1
        time = clock.time
        _, began = await together.ask(n)
        assert began >= time

    await asyncio.gather(*(ask(n) for n in range(200)))
    assert max(clock.sizes) > 1


async def test_a_query_takes_no_more_than_it_may() -> None:
    clock = Clock()
    together = Together(clock.answer, most=16)
    await asyncio.gather(*(together.ask(n) for n in range(40)))
    assert clock.sizes == [16, 16, 8]


async def test_a_failed_query_is_told_to_each_who_asked_and_to_nobody_later() -> None:
    together = Together(Clock().answer)
    answers = await asyncio.gather(*(together.ask(n) for n in (-1, 1, 2)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError] * 3
    assert (await together.ask(3))[0] == 3


async def test_whoever_gives_up_does_not_spoil_it_for_the_others() -> None:
    together = Together(Clock().answer)
    quitter, other = asyncio.create_task(together.ask(1)), asyncio.create_task(together.ask(2))
    await asyncio.sleep(0)
    quitter.cancel()
    assert (await other)[0] == 2
    with pytest.raises(asyncio.CancelledError):
        await quitter
