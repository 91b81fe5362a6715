"""How outcome results are read: each with its outcome's name and scale, and whether its grade is posted yet."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from connectors.canvas.client import Course, every_account, every_course, listed, read, with_more
from connectors.canvas.walk import Records, of_courses
from connectors.kit import LinkPage, members
from connectors.kit.cache import cached, is_cached

SUBMISSIONS = "/api/v1/courses/{}/students/submissions"
Work = tuple[str, str]
"""A learner's work: whose, and for which assignment."""
Unposted = Mapping[Work, bool]
"""Work whose grade is not posted, and whether it has one."""


class _Links(msgspec.Struct):
    user: str = ""
    learning_outcome: str = ""
    alignment: str = ""


class _Outcome(msgspec.Struct):
    """An outcome as it stands beside results: its name, whose it is, and the scale it is rated on."""

    id: int | str
    title: str | None = None
    context_id: int | str | None = None
    context_type: str | None = None
    mastery_points: Any = None
    points_possible: Any = None
    ratings: Any = None


class _Linked(msgspec.Struct):
    outcomes: list[_Outcome] = []


class _Scored(msgspec.Struct):
    links: _Links
    id: int | str | None = None


class _Handed(msgspec.Struct):
    user_id: int | str | None = None
    assignment_id: int | str | None = None
    score: float | None = None
    posted_at: str | None = None


class Assigned(msgspec.Struct):
    """The parts of an assignment that say whose results are shown when, and what they were assessed by."""

    id: int | str
    quiz_id: int | str | None = None
    post_manually: bool = False
    rubric: Any = None
    rubric_settings: Any = None


class _Assessed(msgspec.Struct):
    assignment_id: int | str | None = None
    rubric_assessment: Any = None


class _Rating(msgspec.Struct):
    id: str | None = None
    description: str | None = None
    points: float | None = None


class _Row(msgspec.Struct):
    id: str
    description: str | None = None
    points: float | None = None
    ratings: list[_Rating] = []


class _Mark(msgspec.Struct):
    rating_id: str | None = None
    points: float | None = None
    comments: str | None = None


async def _results(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    """A course's outcome results, each in an envelope with the course, a key, and the outcome's name and scale.

    The key is Canvas's id where there is one: results of New Quizzes come from another service without.
    """
    path = f"/api/v1/courses/{course}/outcome_results"
    params: dict[str, Any] = {"collection": "outcome_results", "include[]": "outcomes"}
    async for page in listed(http, path, **params):
        yield await _enveloped(http, course, page)


async def _withheld(http: httpx.AsyncClient, course: int, results: Sequence[_Scored]) -> frozenset[Work]:
    """Of some results, by learner and alignment, those of work whose grade is not posted yet.

    Canvas lists them to administrators like any other, and shows them to no learner. What is rated by a rubric alone
    has no grade to post, where grades are not posted by hand.
    """
    aligned = {result.links.alignment for result in results}
    work = {place: place.removeprefix("assignment_") for place in aligned if place.startswith("assignment_")}
    if any(place.startswith("quiz_") for place in aligned):
        quizzes = {
            f"quiz_{assignment.quiz_id}": str(assignment.id)
            for assignment in await _assigned(http, course)
            if assignment.quiz_id
        }
        work |= {place: quizzes[place] for place in aligned if place in quizzes}
    unposted = await _unposted(http, course, frozenset(work.values())) if work else {}
    by_hand: set[str] = set()
    if not all(unposted.values()):
        by_hand = {str(assignment.id) for assignment in await _assigned(http, course) if assignment.post_manually}
    places = {(result.links.user, result.links.alignment) for result in results}
    handed = {(person, place): (person, work[place]) for person, place in places if place in work}
    return frozenset(key for key, of in handed.items() if of in unposted and (unposted[of] or of[1] in by_hand))


async def _unposted(http: httpx.AsyncClient, course: int, work: frozenset[str]) -> Unposted:
    """The work for some assignments whose grades are not posted; of all, where all has been read in this run."""

    async def fetch() -> Unposted:
        params: dict[str, Any] = {"student_ids[]": "all", "assignment_ids[]": sorted(work)}
        pages = [page.records async for page in listed(http, SUBMISSIONS.format(course), **params)]
        return unposted_of([body for records in pages for body in records])

    whole = ("unposted", course)
    return await cached(http, whole if is_cached(http, whole) else (*whole, work), fetch)


async def with_rubric(http: httpx.AsyncClient, course: int, submission: bytes) -> bytes:
    """A submission with the rubric it was assessed by, which its assignment holds; as it is where it was not.

    What is not as Canvas documents it costs the rubric, never the grade.
    """
    assessed = read(submission, _Assessed)
    if not assessed.rubric_assessment:
        return submission
    by_id = {str(assignment.id): assignment for assignment in await _assigned(http, course)}
    assignment = by_id.get(str(assessed.assignment_id))
    if assignment is None or not assignment.rubric:
        return submission
    try:
        rows = msgspec.convert(assignment.rubric, list[_Row], strict=False)
        msgspec.convert(assessed.rubric_assessment, dict[str, _Mark], strict=False)
    except msgspec.ValidationError:
        return submission
    settings = assignment.rubric_settings
    hides = isinstance(settings, dict) and settings.get("hide_points") is True
    return with_more(submission, rubric={"rows": rows, "hide_points": hides})


async def _assigned(http: httpx.AsyncClient, course: int) -> list[Assigned]:
    async def fetch() -> list[Assigned]:
        path = f"/api/v1/courses/{course}/assignments"
        pages = [page.records async for page in listed(http, path, override_assignment_dates="false")]
        return [read(body, Assigned) for records in pages for body in records]

    return await cached(http, ("assigned", course), fetch)


def unposted_of(records: Records) -> Unposted:
    """Of some submissions, the work whose grades are not posted."""
    handed = [read(body, _Handed) for body in records]
    return {
        (str(work.user_id), str(work.assignment_id)): work.score is not None for work in handed if not work.posted_at
    }


async def _enveloped(http: httpx.AsyncClient, course: int, page: LinkPage) -> Sequence[bytes]:
    linked = members(page.response.content).get("linked")
    outcomes = {str(outcome.id): outcome for outcome in read(bytes(linked), _Linked).outcomes} if linked else {}
    owners = await _owners(http)
    results = [read(body, _Scored) for body in page.records]
    withheld = await _withheld(http, course, results)
    enveloped = []
    for body, scored in zip(page.records, results, strict=True):
        links = scored.links
        key = scored.id or f"{course}/{links.user}/{links.learning_outcome}/{links.alignment}"
        head: dict[str, Any] = {"id": key, "course_id": course}
        if (links.user, links.alignment) in withheld:
            head["withheld"] = True
        if outcome := outcomes.get(str(links.learning_outcome)):
            owner = owners.get(f"{outcome.context_type}:{outcome.context_id}".lower())
            head["outcome"] = {"title": outcome.title} | ({"framework": owner} if owner else {})
            scale = {"mastery": outcome.mastery_points, "most": outcome.points_possible, "ratings": outcome.ratings}
            head["scale"] = scale
        enveloped.append(beside(head, result=body))
    return enveloped


async def _owners(http: httpx.AsyncClient) -> dict[str, str]:
    """What accounts and courses are called, as outcomes name them: `account:1`."""
    names = {f"account:{account.id}": account.name for account in await every_account(http)}
    return names | {f"course:{key}": name for key, name in (await course_names(http)).items()}


async def course_names(http: httpx.AsyncClient) -> dict[int, str]:
    """What the courses that are read are called."""
    return {key: read(body, Course).name or str(key) for key, body in (await every_course(http)).items()}


def beside(head: dict[str, Any], **verbatim: bytes) -> bytes:
    """An object of what is said beside, and Canvas's own bytes under a name."""
    [(name, body)] = verbatim.items()
    return msgspec.json.encode(head)[:-1] + b',"' + name.encode() + b'":' + body + b"}"


outcome_results = of_courses("results", _results)
