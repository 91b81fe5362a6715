"""Ask together: questions that come while the database answers others are put to it as one."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")


class Together(Generic[Q, A]):
    """Answers one question by asking many at once, each once, so that under load a query's cost is shared.

    A question is only ever answered by a query that began after it was asked: no answer is older than its question.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], most: int = 64) -> None:
        self._answer = answer
        self._most = most
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer to one question; raises what the query raised."""
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all())
        return await future

    async def _ask_all(self) -> None:
        try:
            await asyncio.sleep(0)  # whoever is about to ask at this very moment is taken along
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
                await self._ask_some(batch)
        finally:
            self._asking = None

    async def _ask_some(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        distinct = list(dict.fromkeys(question for question, _ in batch))
        try:
            answers = dict(zip(distinct, await self._answer(distinct), strict=True))
        except Exception as why:  # noqa: BLE001  each asker raises it
            for _, future in batch:
                if not future.done():
                    future.set_exception(why)
            return
        for question, future in batch:
            if not future.done():  # its asker may have gone
                future.set_result(answers[question])
