"""What a run needs again and again is asked for once: the courses of an LMS, the accounts of a token."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import httpx

T = TypeVar("T")

_ANSWERS: WeakKeyDictionary[httpx.AsyncClient, dict[Hashable, Any]] = WeakKeyDictionary()


async def once(http: httpx.AsyncClient, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` answered when it was first asked under this key through this client, which lives as long as a run.

    An error is not remembered: the next who asks tries again.
    """
    answers = _ANSWERS.setdefault(http, {})
    if key not in answers:
        answers[key] = await ask()
    return cast(T, answers[key])


def noted(http: httpx.AsyncClient, key: Hashable) -> bool:
    """Whether anything is known under this key."""
    return key in _ANSWERS.get(http, {})


def known(http: httpx.AsyncClient, key: Hashable, answer: Any) -> None:
    """Note an answer that came beside another one, so that it need not be asked for."""
    _ANSWERS.setdefault(http, {}).setdefault(key, answer)
