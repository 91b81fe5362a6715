"""How grading periods are read, and what learners reached in each of a course's.

Grading periods come in sets, a set belongs to terms, and a course has those of its term's set.
"""

from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from connectors import Page
from connectors.canvas.client import (
    ACCOUNTS,
    Account,
    Course,
    Term,
    administered,
    all_terms,
    every_course,
    listed,
    read,
)
from connectors.errors import SourceDenied
from connectors.kit import Refused
from connectors.kit.cache import cached


class Period(msgspec.Struct):
    """The parts of a grading period that walks need."""

    id: int | str
    title: str = ""
    start_date: str | None = None
    end_date: str | None = None
    close_date: str | None = None

    @property
    def closes(self) -> str:
        """When nothing of it changes any more, as Canvas writes moments; far away where it does not say."""
        return self.close_date or self.end_date or "9999"


class _Set(msgspec.Struct):
    id: int | str
    title: str = ""
    display_totals_for_all_grading_periods: bool = False
    grading_periods: list[msgspec.Raw] = []
    time_zone: str | None = None

    @property
    def periods(self) -> list[Period]:
        return [read(bytes(body), Period) for body in self.grading_periods]


async def grading_periods(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The grading periods of all sets, each in an envelope with the terms of its set."""
    terms = [read(body, Term) for body in await all_terms(http)]
    for each in (await _sets(http)).values():
        beside: dict[str, Any] = {
            "set": each.title,
            "terms": [{"id": term.id} for term in terms if str(term.grading_period_group_id or "") == str(each.id)],
            "time_zone": each.time_zone,
        }
        yield Page(
            [
                msgspec.json.encode({"id": f"period:{read(bytes(body), Period).id}", **beside, "period": body})
                for body in each.grading_periods
            ]
        )


async def _sets(http: httpx.AsyncClient) -> dict[str, _Set]:
    async def fetch() -> dict[str, _Set]:
        sets: dict[str, _Set] = {}
        for top in await administered(http):
            path = f"{ACCOUNTS}/{read(top, Account).id}/grading_period_sets"
            try:
                async for page in listed(http, path, collection="grading_period_sets"):
                    for body in page.records:
                        each = read(body, _Set)
                        each.time_zone = read(top, Account).default_time_zone
                        sets[str(each.id)] = each
            except Refused as why:
                if why.status != HTTPStatus.NOT_FOUND:  # a Canvas that knows no grading periods
                    raise
        return sets

    return await cached(http, "grading period sets", fetch)


async def _set_of(http: httpx.AsyncClient, course: int) -> _Set | None:
    body = (await every_course(http)).get(course)
    term = str(read(body, Course).enrollment_term_id) if body else None
    sets = await _sets(http)
    groups = {str(each.id): str(each.grading_period_group_id) for each in map(_term, await all_terms(http))}
    return sets.get(groups.get(term or "", ""))


def _term(body: bytes) -> Term:
    return read(body, Term)


async def periods_of(http: httpx.AsyncClient, course: int) -> Sequence[Period]:
    """A course's grading periods, in order; none where its term has no set."""
    period_set = await _set_of(http, course)
    return sorted(period_set.periods, key=lambda period: period.start_date or "") if period_set else ()


async def hides_totals(http: httpx.AsyncClient, course: int) -> bool:
    """Whether a course shows those who learn in it no total over all its grading periods.

    Where its grading periods may not be read that is not known, and nothing is held back.
    """
    try:
        period_set = await _set_of(http, course)
    except SourceDenied:
        return False
    return period_set is not None and not period_set.display_totals_for_all_grading_periods


async def with_closed_periods(http: httpx.AsyncClient, since: str, until: str) -> set[int]:
    """The courses of which a grading period has closed: what it says is final from then on."""
    return {
        course
        for course in await every_course(http)
        if any(since < period.closes <= until for period in await periods_of(http, course))
    }
