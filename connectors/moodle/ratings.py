"""How ratings of competencies, evidence of prior learning and badges are read: user by user, many in one request."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from connectors.errors import SourceError
from connectors.kit import records
from connectors.moodle.calls import Call, Gone, but_gone, calls, read
from connectors.moodle.client import batches, envelope, of_courses, of_users, titles
from connectors.moodle.members import Member, enrolled, learns

DRAFTS = frozenset({0, 3, 4})  # the statuses of a plan not begun: a draft, one that waits for review, one in review


class _Plan(msgspec.Struct):
    id: int
    userid: int = 0
    status: int = 1


class _Competency(msgspec.Struct):
    id: int
    competencyframeworkid: int = 0


class _Grade(msgspec.Struct):
    grade: float | None = None
    proficiency: bool | None = None
    timemodified: int = 0


class _Rated(msgspec.Struct):
    """A competency of a plan: as the user is rated in it now, or as they were when the plan was completed."""

    competency: _Competency
    usercompetency: _Grade | None = None
    usercompetencyplan: _Grade | None = None


class _Reported(msgspec.Struct):
    usercompetencies: list[msgspec.Raw] = []


class _Linked(msgspec.Struct):
    competency: _Competency


class _InCourse(msgspec.Struct):
    competency: _Linked


class _Badge(msgspec.Struct):
    uniquehash: str


Seen = tuple[int, bytes, _Rated]
"""A plan's id, Moodle's own bytes, and what the walk reads of them."""


async def ratings_of(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError]) -> Sequence[bytes]:
    """How some users are rated in the competencies of their plans, drafts left out."""
    requests: list[Call] = [("core_competency_list_user_plans", {"userid": user}) for user in ids]
    plans: list[tuple[int, _Plan]] = []
    for user, answer in zip(ids, await calls(http, requests, refused), strict=True):
        plans += [(user, read(body, _Plan)) for body in records(answer or b"[]")]
    begun = [(user, plan.id) for user, plan in plans if plan.status not in DRAFTS]
    seen: dict[tuple[int, int], list[Seen]] = {}
    competencies: list[Call] = [("core_competency_list_plan_competencies", {"id": plan}) for _, plan in begun]
    missing: list[SourceError] = []
    answers = await calls(http, competencies, missing)
    refused += await _but_gone_plans(http, missing, {plan: user for user, plan in begun})
    for (user, plan), answer in zip(begun, answers, strict=True):
        for body in records(answer or b"[]"):
            rated = read(body, _Rated)
            seen.setdefault((user, rated.competency.id), []).append((plan, body, rated))
    named = await titles(http)
    return [body for (user, _), places in seen.items() for body in _records(user, places, named)]


async def _but_gone_plans(
    http: httpx.AsyncClient, missing: Sequence[SourceError], users: Mapping[int, int]
) -> list[SourceError]:
    """What was refused of plans, without those that their users' lists, asked again, do not have any more."""
    owners = sorted({users[fault.id] for fault in missing if isinstance(fault, Gone)})
    refused: list[SourceError] = []
    answers = await calls(http, [("core_competency_list_user_plans", {"userid": user}) for user in owners], refused)
    plans = {read(body, _Plan).id for answer in answers for body in records(answer or b"[]")}
    return [*but_gone(missing, plans), *refused]


def _records(user: int, places: Sequence[Seen], named: Mapping[int, str]) -> list[bytes]:
    """A user's rating in one competency, whichever plans it is seen in: one record, whatever becomes of its plans.

    Current is what a plan under way shows, or else the plan completed last. What another completed plan holds is a
    record of its own where it was rated differently then.
    """
    current = max(places, key=lambda seen: (seen[2].usercompetencyplan is None, _time(seen), seen[0]))
    ratings = [_enveloped(f"{user}/{current[2].competency.id}", user, current, named)]
    for seen in places:
        then = seen[2].usercompetencyplan
        if seen is not current and then is not None and _grade(seen) != _grade(current):
            ratings.append(_enveloped(f"{user}/{seen[2].competency.id}/{seen[0]}", user, seen, named))
    return ratings


def _of(seen: Seen) -> _Grade:
    return seen[2].usercompetencyplan or seen[2].usercompetency or _Grade()


def _time(seen: Seen) -> int:
    return _of(seen).timemodified


def _grade(seen: Seen) -> tuple[float | None, bool | None]:
    return _of(seen).grade, _of(seen).proficiency


def _enveloped(key: str, user: int, seen: Seen, named: Mapping[int, str]) -> bytes:
    _, body, rated = seen
    beside: dict[str, Any] = {"id": key, "user": user, "framework": named.get(rated.competency.competencyframeworkid)}
    return envelope(beside, rating=body)


async def course_ratings_of(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError]) -> Sequence[bytes]:
    """How the learners of some courses are rated in the courses' competencies; courses without any are not asked."""
    requests: list[Call] = [("core_competency_list_course_competencies", {"id": course}) for course in ids]
    linked = [bool(records(answer or b"[]")) for answer in await calls(http, requests, refused)]
    rated = [course for course, any_linked in zip(ids, linked, strict=True) if any_linked]
    who = [(course, read(body, Member)) for course, body, _ in await enrolled(http, rated, refused)] if rated else []
    learners = [(course, member.id) for course, member in who if learns(member)]
    reports: list[Call] = [("report_competency_data_for_report", _in(c, u)) for c, u in learners]
    named = await titles(http)
    ratings: list[bytes] = []
    begin = 0
    for batch in batches(reports):
        for (course, user), answer in zip(learners[begin:], await calls(http, batch, refused), strict=False):
            report = read(answer, _Reported) if answer else _Reported()
            for body in map(bytes, report.usercompetencies):
                competency = read(body, _InCourse).competency.competency
                beside = {
                    "id": f"{course}/{user}/{competency.id}",
                    "course": course,
                    "user": user,
                    "framework": named.get(competency.competencyframeworkid),
                }
                ratings.append(envelope(beside, rating=body))
        begin += len(batch)
    return ratings


def _in(course: int, user: int) -> dict[str, int]:
    """Whose ratings are reported in a course: of no single module, which Moodle wants to be told."""
    return {"courseid": course, "userid": user, "moduleid": 0}


async def _evidence_of(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError]) -> Sequence[bytes]:
    requests: list[Call] = [("tool_lp_data_for_user_evidence_list_page", {"userid": user}) for user in ids]
    answers = await calls(http, requests, refused)
    return [body for answer in answers if answer for body in records(answer, "evidence")]


async def _badges_of(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError]) -> Sequence[bytes]:
    """The badges some users show, each in an envelope with whose it is and where its assertion is."""
    badges = []
    requests: list[Call] = [("core_badges_get_user_badges", {"userid": user}) for user in ids]
    answers = await calls(http, requests, refused)
    for user, answer in zip(ids, answers, strict=True):
        for body in records(answer, "badges") if answer else ():
            key = read(body, _Badge).uniquehash
            assertion = f"{str(http.base_url).rstrip('/')}/badges/assertion.php?b={key}"
            badges.append(envelope({"id": key, "user": user, "assertion": assertion}, badge=body))
    return badges


ratings = of_users(ratings_of)
course_ratings = of_courses(course_ratings_of)
evidence = of_users(_evidence_of)
badges = of_users(_badges_of)
