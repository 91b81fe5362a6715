"""What a learner has shown, competency by competency: profile, growth, gaps, what is next, and why a level stands."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, ConfigDict, Field
from starlette.responses import Response

from app.access.links import Link, signed
from app.api.competency_examples import answers
from app.api.context import Inside, Reader
from app.api.models.base import Wire
from app.api.models.mastery import Growth, LinkWanted, Profile, RecordLink
from app.api.problem import not_found, problems
from app.competency import perspectives, seen
from app.competency.board import Board, board
from app.competency.explaining import explain
from app.competency.gradebook import gradebook
from app.competency.perspectives import Scope
from app.competency.pictures.growth import growth_picture
from app.competency.pictures.profile import profile_picture
from app.competency.pictures.progress import progress_picture
from app.competency.seen import NOWHERE, Place, Seen
from app.competency.standing import within
from app.competency.views import profile as views
from app.competency.views.growth import Grown, as_json, growth
from app.db import Tx, learners

router = APIRouter(prefix="/v1", tags=["Competencies"])

Framework = Annotated[UUID, Query(description="the framework, by its CASE identifier")]
Shows = Annotated[Scope, Query(description="`all`: also what is sensitive (social and emotional, behavior, health)")]
AsOf = Annotated[AwareDatetime | None, Query(description="as it stood then, by the policies in force then")]
KnownAt = Annotated[AwareDatetime | None, Query(description="from what was known then, corrections since left out")]
Grade = Annotated[list[str], Query(max_length=20, description="only competencies for these grades (CEDS codes)")]
Any_ = Annotated[UUID | None, Query(description="only this framework, by its CASE identifier")]
Width = Annotated[int, Query(ge=320, le=1600, description="how wide the picture is drawn, in pixels")]


def told(operation: str) -> dict[int | str, dict[str, Any]]:
    """How an operation answers, and what can go wrong."""
    return {**answers(operation), **problems(404)}


SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}}


@router.get("/learners/{learner}/profile", responses=problems(404))
async def read_profile(
    learner: UUID, caller: Reader, inside: Inside, framework: Any_ = None, scope: Shows = "general",
    as_of: AsOf = None, known_at: KnownAt = None,
) -> Profile:  # fmt: skip
    """A jagged profile: every competency shown with its level, by domain, the strengths first. No average anywhere.

    Without `framework` it has everything that was shown, also what no framework has yet, in its source's words.
    """
    on = as_of or _now()
    async with inside.db.transaction(caller.tenant) as tx:
        found, place = await _board(tx, learner, framework, as_of, known_at)
    shown = within(found.standings(learner, on), framework, scope)
    return Profile.model_validate(views.profile(shown, on, place.crosswalk))


@router.get("/learners/{learner}/profile.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_profile(
    learner: UUID, caller: Reader, inside: Inside, framework: Any_ = None, scope: Shows = "general",
    as_of: AsOf = None, width: Width = 760,
) -> Response:  # fmt: skip
    """The profile as a picture, with a mark for everything shown: in school, after school, by an adaptive tool."""
    async with inside.db.transaction(caller.tenant) as tx:
        found, _ = await _board(tx, learner, framework, as_of)
    return _svg(profile_picture(within(found.standings(learner, as_of or _now()), framework, scope), width=width))


@router.get("/learners/{learner}/growth", responses=problems(404))
async def read_growth(
    learner: UUID, caller: Reader, inside: Inside, framework: Any_ = None, scope: Shows = "general", as_of: AsOf = None
) -> Growth:
    """Every competency shown, over time, each level by the policy that was in force then."""
    on = as_of or _now()
    async with inside.db.transaction(caller.tenant) as tx:
        found, _ = await _board(tx, learner, framework, as_of)
    return Growth.model_validate(as_json(_ways(found, learner, framework, scope, on), on))


@router.get("/learners/{learner}/growth.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_growth(
    learner: UUID, caller: Reader, inside: Inside, framework: Any_ = None, scope: Shows = "general",
    as_of: AsOf = None, width: Width = 760,
) -> Response:  # fmt: skip
    """Growth as small charts, one for each competency."""
    on = as_of or _now()
    async with inside.db.transaction(caller.tenant) as tx:
        found, _ = await _board(tx, learner, framework, as_of)
    return _svg(growth_picture(_ways(found, learner, framework, scope, on), on, width=width))


@router.post("/learners/{learner}/record-link", status_code=201, responses=problems(404))
async def make_record_link(
    learner: UUID, wanted: LinkWanted, request: Request, caller: Reader, inside: Inside
) -> RecordLink:
    """A link to a learner's record page, for a family, say. Whoever has it can read the page until it expires."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _known(tx, [learner])
    expires = _now() + timedelta(days=wanted.days)
    text = signed(inside.vault, Link(caller.tenant, learner, wanted.reader, expires))
    home = (inside.settings.public_url or str(request.base_url)).rstrip("/")
    return RecordLink(url=f"{home}/record/{text}", expires_at=expires)


@router.get("/learners/{learner}/gaps", responses=told("readGaps"), response_class=Response)
async def read_gaps(
    learner: UUID, caller: Reader, inside: Inside, framework: Framework, grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
) -> Response:  # fmt: skip
    """What of a framework a learner has not met, in an order in which it can be learned: a pathway."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _json((await _see(tx, framework, [learner], scope)).gaps(learner, grade))


@router.get("/learners/{learner}/next", responses=told("readNext"), response_class=Response)
async def read_next(
    learner: UUID, caller: Reader, inside: Inside, framework: Framework, grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
) -> Response:  # fmt: skip
    """What a learner is ready for: all that precedes it is met."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _json((await _see(tx, framework, [learner], scope)).upcoming(learner, grade))


@router.get("/learners/{learner}/progress", responses=told("readProgress"), response_class=Response)
async def read_progress(
    learner: UUID, caller: Reader, inside: Inside, framework: Framework, scope: Shows = "general"
) -> Response:
    """How far a learner has come in each part of a framework or graduate profile, in counts."""
    async with inside.db.transaction(caller.tenant) as tx:
        found = await _see(tx, framework, [learner], scope)
        return _json(found.progress(learner))


@router.get("/learners/{learner}/progress.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_progress(
    learner: UUID, caller: Reader, inside: Inside, framework: Framework, scope: Shows = "general", width: Width = 760
) -> Response:
    """Progress as bars."""
    async with inside.db.transaction(caller.tenant) as tx:
        found = await _see(tx, framework, [learner], scope)
        shown = found.progress(learner)
        return _svg(progress_picture(found.outline.title, shown, width=width))


@router.get(
    "/learners/{learner}/competencies/{competency}",
    responses=told("explainMastery"),
    response_class=Response,
)
async def explain_mastery(
    learner: UUID, competency: UUID, caller: Reader, inside: Inside, as_of: AsOf = None, known_at: KnownAt = None
) -> Response:
    """Why a learner stands where they stand: every assertion, whether it decided, and if not, why."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _known(tx, [learner])
        return _json(await explain(tx, learner, competency, as_of or _now(), known_at))


ASKED: dict[str, Any] = {
    "learners": ["6f1c2f0e-6d0b-5a53-9a43-3c1f0f6b7d11"],
    "framework": "9909231f-bf1f-5d61-9dae-5bcdc6315104",
}
Learners = Annotated[list[UUID], Field(min_length=1, max_length=500)]


class GroupAsked(Wire):
    """A group of learners in a framework, for these grades or all."""

    model_config = ConfigDict(json_schema_extra={"examples": [ASKED]})

    learners: Learners
    framework: UUID
    grades: list[str] = Field(default=[], max_length=20)
    scope: Scope = "general"


class GradebookAsked(GroupAsked):
    """A gradebook. `conversion` says how each level is reported ("Proficient": "3"); left out, levels go by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**ASKED, "conversion": {"Proficient": "3"}}]})

    competencies: list[UUID] | None = Field(None, max_length=1000)
    conversion: dict[str, str] | None = Field(None, max_length=50)
    form: str = Field("json", pattern="^(json|csv)$")


@router.post("/gradebook", responses=told("readGradebook"), response_class=Response)
async def read_gradebook(asked: GradebookAsked, caller: Reader, inside: Inside) -> Response:
    """A competency gradebook: learners by competencies, on the reporting scale; as JSON or CSV."""
    async with inside.db.transaction(caller.tenant) as tx:
        found = await _see(tx, asked.framework, asked.learners, asked.scope)
    book = gradebook(found, asked.learners, asked.competencies or found.outline.leaves(asked.grades), asked.conversion)
    if asked.form == "json":
        return _json(book)
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["learner", *(column.code or column.statement for column in book.competencies)])
    rows.writerows([row.learner, *(cell or "" for cell in row.cells)] for row in book.learners)
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8")


@router.post("/needs", responses=told("readNeeds"), response_class=Response)
async def read_needs(asked: GroupAsked, caller: Reader, inside: Inside) -> Response:
    """What a group needs this week: by domain, the competencies most of them are ready for, and who."""
    async with inside.db.transaction(caller.tenant) as tx:
        found = await _see(tx, asked.framework, asked.learners, asked.scope)
    ready = {learner: found.upcoming(learner, asked.grades) for learner in asked.learners}
    return _json(perspectives.needs(found.outline, ready, most=1))


async def _see(
    tx: Tx, framework: UUID, wanted: list[UUID], scope: Scope, as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Seen:  # fmt: skip
    await _known(tx, wanted)
    found = await seen.see(tx, framework, wanted, now=_now(), scope=scope, as_of=as_of, known_at=known_at)
    if found is None:
        raise not_found(f"No framework {framework}: see GET /v1/frameworks.")
    return found


async def _board(
    tx: Tx, learner: UUID, framework: UUID | None, as_of: datetime | None, known_at: datetime | None = None
) -> tuple[Board, Place]:
    """A learner's evidence; in a framework, also what was shown of competencies that are equivalent to its own."""
    await _known(tx, [learner])
    place = NOWHERE
    if framework is not None:
        place = (await _see(tx, framework, [learner], "all", as_of, known_at)).of(learner)
    return await board(tx, [learner], known_at=known_at, via=place.via), place


def _ways(found: Board, learner: UUID, framework: UUID | None, scope: Scope, on: datetime) -> list[Grown]:
    kept = {one.item.id for one in within(found.standings(learner, on), framework, scope)}
    shown = {competency: pieces for competency, pieces in found.shown(learner).items() if competency in kept}
    return growth(shown, found.items, found.ruling, on)


async def _known(tx: Tx, wanted: list[UUID]) -> None:
    if await learners.present(tx, wanted) != {*wanted}:
        raise not_found()


def _now() -> datetime:
    return datetime.now(UTC)


def _json(view: Any) -> Response:
    return Response(msgspec.json.encode(view), media_type="application/json")


def _svg(picture: str) -> Response:
    return Response(picture, media_type="image/svg+xml")
