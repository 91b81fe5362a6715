"""What a learner has shown, competency by competency: profile, growth, gaps, a pathway, and why a level stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from app.api.kit.context import Reader
from app.api.kit.problem import not_found, problems
from app.api.kit.views import (
    SVG,
    AnyFramework,
    AsOf,
    Framework,
    Grade,
    Known,
    KnownAt,
    Shows,
    Width,
    as_json,
    as_svg,
    check_query_scope,
    framework_view,
    no_framework,
    now,
    responses,
)
from app.api.mastery.wire_mastery import Growth, Profile
from app.db import Tx
from app.identity import learners
from app.mastery.evidence import EvidenceBoard, evidence_board
from app.mastery.explaining import explain
from app.mastery.pictures.growth import growth_picture
from app.mastery.pictures.pathway import pathway_picture
from app.mastery.pictures.profile import profile_picture
from app.mastery.pictures.progress import progress_picture
from app.mastery.summaries import pieces
from app.mastery.views import growth as growing
from app.mastery.views import pathway as ways
from app.mastery.views import profile as views
from app.mastery.views.inputs import Outlines, outline_of
from app.mastery.views.pathway import Basis, Pathway
from app.mastery.views.perspectives import RolledUp, Scope
from app.request import Inside
from schemas.codes import Method

router = APIRouter(prefix="/v1", tags=["Competencies"], dependencies=[Depends(check_query_scope)])

Counts = Annotated[Basis, Query(description="`diagnostic`: judged from what diagnostics say alone")]


@router.get("/learners/{learner}/profile", responses=problems(404))
async def read_profile(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: AnyFramework = None,
    scope: Shows = "general",
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Profile:
    """A jagged profile: every competency shown with its level, by domain, the strengths first. No average anywhere.

    Without `framework` it has everything that was shown, also what no framework has yet, in its source's words.
    """
    on = as_of or now()
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await _board(tx, known, learner, framework, scope, known_at)

    def rolled_up(competency: UUID) -> list[RolledUp]:
        return seen.rolled_up(learner, competency, on)

    return Profile.model_validate(views.profile(seen.standings(learner, on), on, rolled_up))


@router.get("/learners/{learner}/profile.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_profile(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: AnyFramework = None,
    scope: Shows = "general",
    as_of: AsOf = None,
    width: Width = 760,
) -> Response:
    """The profile as a picture, with a mark for everything shown: in school, after school, by an adaptive tool."""
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await _board(tx, known, learner, framework, scope)
    return as_svg(profile_picture(seen.standings(learner, as_of or now()), width=width))


@router.get("/learners/{learner}/growth", responses=problems(404))
async def read_growth(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: AnyFramework = None,
    scope: Shows = "general",
    as_of: AsOf = None,
) -> Growth:
    """Every competency shown, over time, each level by the policy that was in force then."""
    on = as_of or now()
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await _board(tx, known, learner, framework, scope)
    return Growth.model_validate(growing.as_json(seen.growth(learner, on), on))


@router.get("/learners/{learner}/growth.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_growth(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: AnyFramework = None,
    scope: Shows = "general",
    as_of: AsOf = None,
    width: Width = 760,
) -> Response:
    """Growth as small charts, one for each competency."""
    on = as_of or now()
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await _board(tx, known, learner, framework, scope)
    return as_svg(growth_picture(seen.growth(learner, on), on, width=width))


@router.get("/learners/{learner}/gaps", responses=responses("readGaps"), response_class=Response)
async def read_gaps(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
) -> Response:
    """What of a framework a learner has not met, in an order in which it can be learned: a pathway."""
    async with inside.db.transaction(caller.tenant) as tx:
        return as_json((await framework_view(tx, known, framework, [learner], scope)).gaps(learner, grade))


@router.get("/learners/{learner}/next", responses=responses("readNext"), response_class=Response)
async def read_next(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
) -> Response:
    """What a learner is ready for: all that precedes it is met."""
    async with inside.db.transaction(caller.tenant) as tx:
        return as_json((await framework_view(tx, known, framework, [learner], scope)).upcoming(learner, grade))


@router.get("/learners/{learner}/gaps.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_gaps(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
    width: Width = 760,
) -> Response:
    """The gaps as a picture: steps in order, each with what it waits for."""
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await framework_view(tx, known, framework, [learner], scope)
    return as_svg(pathway_picture(f"Gaps: {seen.outline.title}", seen.gaps(learner, grade), width=width, name="gaps"))


@router.get("/learners/{learner}/next.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_next(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
    width: Width = 760,
) -> Response:
    """What a learner is ready for, as a picture."""
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await framework_view(tx, known, framework, [learner], scope)
    ready = seen.upcoming(learner, grade)
    return as_svg(pathway_picture(f"Ready to learn: {seen.outline.title}", ready, width=width, name="next"))


@router.get("/learners/{learner}/pathway", responses=responses("readPathway"), response_class=Response)
async def read_pathway(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
    basis: Counts = "all",
    as_of: AsOf = None,
) -> Response:
    """A way through a framework from where a learner stands: steps in order; what is skipped as mastered, and why."""
    return as_json(await _pathway(inside, caller.tenant, known, learner, framework, grade, scope, basis, as_of))


@router.get("/learners/{learner}/pathway.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_pathway(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
    basis: Counts = "all",
    as_of: AsOf = None,
    width: Width = 760,
) -> Response:
    """The pathway as a picture."""
    pathway = await _pathway(inside, caller.tenant, known, learner, framework, grade, scope, basis, as_of)
    count = len(pathway.diagnostics)
    judged = "" if basis == "all" else f", judged by {count or 'no'} diagnostic{'' if count == 1 else 's'}"
    return as_svg(pathway_picture(f"Pathway{judged}: {pathway.title}", pathway.steps, pathway.skipped, width=width))


@router.get("/learners/{learner}/progress", responses=responses("readProgress"), response_class=Response)
async def read_progress(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
) -> Response:
    """How far a learner has come in each part of a framework or graduate profile, in counts."""
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await framework_view(tx, known, framework, [learner], scope)
        return as_json(seen.progress(learner, grade))


@router.get("/learners/{learner}/progress.svg", responses={**SVG, **problems(404)}, response_class=Response)
async def draw_progress(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
    width: Width = 760,
) -> Response:
    """Progress as bars."""
    async with inside.db.transaction(caller.tenant) as tx:
        seen = await framework_view(tx, known, framework, [learner], scope)
        progress = seen.progress(learner, grade)
        return as_svg(progress_picture(seen.outline.title, progress, width=width))


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
        explanation = await explain(tx, learner, competency, as_of or now(), known_at, scope)
    if explanation is None:
        raise not_found(f"No competency {competency} that can be shown: what is sensitive is, with `scope=all`.")
    return as_json(explanation)


async def _pathway(
    inside: Inside,
    tenant: int,
    known: Outlines,
    learner: UUID,
    framework: UUID,
    grades: Sequence[str],
    scope: Scope,
    basis: Basis,
    as_of: datetime | None,
) -> Pathway:
    method: Method | None = "diagnostic" if basis == "diagnostic" else None
    async with inside.db.transaction(tenant) as tx:
        seen = await framework_view(tx, known, framework, [learner], scope, as_of, method=method)
        evidence = await pieces(tx, ways.deciding_assertions(seen, learner))
    return ways.pathway(seen, learner, grades, evidence, as_of or now(), basis)


async def _board(
    tx: Tx, known: Outlines, learner: UUID, framework: UUID | None, scope: Scope, known_at: datetime | None = None
) -> EvidenceBoard:
    """A learner's evidence; in a framework, also what was shown of competencies that are equivalent to its own."""
    await learners.check(tx, [learner])
    outline = None
    if framework is not None and (outline := await outline_of(tx, framework, scope, known)) is None:
        raise no_framework(framework)
    return await evidence_board(tx, [learner], scope=scope, within=outline, known_at=known_at)
