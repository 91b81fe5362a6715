"""What a learner has shown, competency by competency: profile, growth, gaps, a pathway, and why a level stands."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.api.kit.context import Reader
from app.api.kit.problem import not_found, problems
from app.api.kit.views import SVG, AsOf, KnownAt, Shows, Width, as_json, as_svg, check_query_scope, now, responses
from app.api.mastery.learner_views import FrameworkRequest, InFramework, OnBoard
from app.identity import learners
from app.mastery.explaining import explain
from app.mastery.pictures.growth import growth_picture
from app.mastery.pictures.pathway import pathway_picture
from app.mastery.pictures.profile import profile_picture
from app.mastery.pictures.progress import progress_picture
from app.mastery.summaries import pieces
from app.mastery.views import growth as growing
from app.mastery.views import pathway as ways
from app.mastery.views import profile as views
from app.mastery.views.pathway import Basis, Pathway
from app.mastery.views.perspectives import RolledUp
from app.request import Inside
from schemas.codes import Method

router = APIRouter(prefix="/v1", tags=["Competencies"], dependencies=[Depends(check_query_scope)])

Counts = Annotated[Basis, Query(description="`diagnostic`: judged from what diagnostics say alone")]


@router.get("/learners/{learner}/profile", responses=responses("readProfile"), response_class=Response)
async def read_profile(request: OnBoard, known_at: KnownAt = None) -> Response:
    """A jagged profile: every competency shown with its level, by domain, the strengths first. No average anywhere.

    Without `framework` it has everything that was shown, also what no framework has yet, in its source's words.
    """
    board = await request.board(known_at)

    def rolled_up(competency: UUID) -> list[RolledUp]:
        return board.rolled_up(request.learner, competency, request.on)

    return as_json(views.profile(board.standings(request.learner, request.on), request.on, rolled_up))


@router.get("/learners/{learner}/profile.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_profile(request: OnBoard, width: Width = 760) -> Response:
    """The profile as a picture, with a mark for everything shown: in school, after school, by an adaptive tool."""
    board = await request.board()
    return as_svg(profile_picture(board.standings(request.learner, request.on), width=width))


@router.get("/learners/{learner}/growth", responses=responses("readGrowth"), response_class=Response)
async def read_growth(request: OnBoard) -> Response:
    """Every competency shown, over time, each level by the policy that was in force then."""
    board = await request.board()
    return as_json(growing.described(board.growth(request.learner, request.on), request.on))


@router.get("/learners/{learner}/growth.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_growth(request: OnBoard, width: Width = 760) -> Response:
    """Growth as small charts, one for each competency."""
    board = await request.board()
    return as_svg(growth_picture(board.growth(request.learner, request.on), request.on, width=width))


@router.get("/learners/{learner}/gaps", responses=responses("readGaps"), response_class=Response)
async def read_gaps(request: InFramework) -> Response:
    """What of a framework a learner has not met, in an order in which it can be learned: a pathway."""
    return as_json((await request.view()).gaps(request.learner, request.grades))


@router.get("/learners/{learner}/next", responses=responses("readNext"), response_class=Response)
async def read_next(request: InFramework) -> Response:
    """What a learner is ready for, the most urgent first: all that precedes it is met, or is of earlier grades.

    Without `grade`, of their own grades, of their plans, and of what they have begun.
    """
    return as_json((await request.ready())[1])


@router.get("/learners/{learner}/gaps.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_gaps(request: InFramework, width: Width = 760) -> Response:
    """The gaps as a picture: steps in order, each with what it waits for."""
    view = await request.view()
    gaps = view.gaps(request.learner, request.grades)
    return as_svg(pathway_picture(f"Gaps: {view.outline.title}", gaps, width=width, name="gaps"))


@router.get("/learners/{learner}/next.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_next(request: InFramework, width: Width = 760) -> Response:
    """What a learner is ready for, as a picture."""
    view, ready = await request.ready()
    return as_svg(pathway_picture(f"Ready to learn: {view.outline.title}", ready, width=width, name="next"))


@router.get("/learners/{learner}/pathway", responses=responses("readPathway"), response_class=Response)
async def read_pathway(request: InFramework, basis: Counts = "all", as_of: AsOf = None) -> Response:
    """A way through a framework from where a learner stands: steps in order; what is skipped as mastered, and why."""
    return as_json(await _pathway(request, basis, as_of))


@router.get("/learners/{learner}/pathway.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_pathway(request: InFramework, basis: Counts = "all", as_of: AsOf = None, width: Width = 760) -> Response:
    """The pathway as a picture."""
    pathway = await _pathway(request, basis, as_of)
    count = len(pathway.diagnostics)
    judged = "" if basis == "all" else f", judged by {count or 'no'} diagnostic{'' if count == 1 else 's'}"
    return as_svg(pathway_picture(f"Pathway{judged}: {pathway.title}", pathway.steps, pathway.skipped, width=width))


@router.get("/learners/{learner}/progress", responses=responses("readProgress"), response_class=Response)
async def read_progress(request: InFramework) -> Response:
    """How far a learner has come in each part of a framework or graduate profile, in counts."""
    return as_json((await request.view()).progress(request.learner, request.grades))


@router.get("/learners/{learner}/progress.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_progress(request: InFramework, width: Width = 760) -> Response:
    """Progress as bars."""
    view = await request.view()
    progress = view.progress(request.learner, request.grades)
    return as_svg(progress_picture(view.outline.title, progress, width=width))


@router.get(
    "/learners/{learner}/competencies/{competency}", responses=responses("explainMastery"), response_class=Response
)
async def explain_mastery(
    learner: UUID,
    competency: UUID,
    caller: Reader,
    inside: Inside,
    scope: Shows = "general",
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Why a learner stands where they stand: every assertion, whether it decided, and if not, why."""
    async with inside.db.transaction(caller.tenant) as tx:
        await learners.check(tx, [learner])
        explanation = await explain(tx, learner, competency, as_of=as_of or now(), known_at=known_at, scope=scope)
    if explanation is None:
        raise not_found(f"No competency {competency} that can be shown: what is sensitive is, with `scope=all`.")
    return as_json(explanation)


async def _pathway(request: FrameworkRequest, basis: Basis, as_of: datetime | None) -> Pathway:
    method: Method | None = "diagnostic" if basis == "diagnostic" else None
    async with request.service.db.transaction(request.tenant) as tx:
        view = await request.view_in(tx, as_of, method)
        evidence = await pieces(tx, ways.deciding_assertions(view, request.learner))
    return ways.pathway(view, request.learner, request.grades, evidence=evidence, as_of=as_of or now(), basis=basis)
