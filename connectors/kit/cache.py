"""Answers kept for a run that needs them again and again: the courses of an LMS, the accounts of a token."""

from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import httpx

T = TypeVar("T")

_ANSWERS: WeakKeyDictionary[httpx.AsyncClient, dict[Hashable, Any]] = WeakKeyDictionary()


async def cached(http: httpx.AsyncClient, key: Hashable, fetch: Callable[[], Awaitable[T]]) -> T:
    """What `fetch` returned first under this key for this client, which lives as long as a run.

    An error is not kept: the next call tries again.
    """
    answers = _ANSWERS.setdefault(http, {})
    if key not in answers:
        answers[key] = await fetch()
    return cast(T, answers[key])


def is_cached(http: httpx.AsyncClient, key: Hashable) -> bool:
    """Whether an answer is kept under this key."""
    return key in _ANSWERS.get(http, {})


def cache(http: httpx.AsyncClient, key: Hashable, answer: Any) -> None:
    """Keep an answer that came beside another one, so that it need not be fetched."""
    _ANSWERS.setdefault(http, {}).setdefault(key, answer)
