"""What a group of learners has shown: gradebook, gaps, what it needs this week; by their ids, or by their class."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter
from msgspec import Meta
from pydantic import ConfigDict, Field, model_validator
from starlette.responses import Response

from app.api.description.examples import COMPETENCY
from app.api.kit import cursor
from app.api.kit.context import Reader
from app.api.kit.problem import problems
from app.api.kit.views import Known, as_json, as_svg, check_scope, framework_view, now, responses
from app.api.kit.wire_base import Cursor, Slug, Text, Wire
from app.api.records.learners import After, Limit
from app.db import Tx
from app.db.access.access import Caller
from app.errors import ApiError
from app.mastery import group
from app.mastery.pictures.groups import gradebook_picture, needs_picture, shortfall_picture
from app.mastery.views.focus import Focus
from app.mastery.views.gradebook import as_csv, columns, gradebook
from app.mastery.views.inputs import FrameworkView
from app.mastery.views.needs import needs
from app.mastery.views.perspectives import Scope
from app.mastery.views.shortfall import shortfall
from app.plans.planning import planned
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Competencies"])

Sound = Annotated[str, Meta(pattern=r"\A[^\x00]*\Z")]
MOST = 500
"""Learners in a group."""
ASKED: dict[str, Any] = {
    "class": {"source": "sis", "key": "c-2001"},
    "framework": "9909231f-bf1f-5d61-9dae-5bcdc6315104",
}
Learners = Annotated[list[UUID], Field(min_length=1, max_length=MOST)]
Form = Annotated[Literal["json", "svg"], Field(description="`svg`: as a picture")]
SVG: dict[str, Any] = {"image/svg+xml": {"schema": {"type": "string"}}}
CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}}}


class ClassReference(Wire):
    """A class: the source that tells of it, by its slug, and what that source calls it."""

    source: Slug
    key: Text


class ClassListed(ClassReference):
    """A class as its source tells of it."""

    title: str | None
    code: str | None


class ClassList(Wire):
    """Classes, in the order of their sources and keys."""

    classes: list[ClassListed]
    next: Cursor


class GroupQuery(Wire):
    """A group in a framework, for these grades or all: either learners by their ids, or those who are in a class today.

    With `names`, learners are told by name too.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [ASKED]})

    learners: Learners | None = None
    class_: ClassReference | None = Field(None, alias="class")
    framework: UUID
    grades: list[str] = Field(default=[], max_length=20)
    scope: Scope = "general"
    names: bool = False

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.learners is None) == (self.class_ is None):
            raise ValueError("name either learners or a class")
        return self


class GroupViewQuery(GroupQuery):
    """A group in a framework, and the form of the answer."""

    form: Form = "json"


class TargetLevel(Wire):
    """A competency of a target profile: mastered or, where one is named, at that level."""

    competency: UUID
    level: Text | None = None


class GapsQuery(GroupViewQuery):
    """The gaps of a group: against the whole framework or, with `target`, against these of its competencies alone."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**ASKED, "target": [{"competency": COMPETENCY, "level": "Proficient"}]}]}
    )

    target: list[TargetLevel] | None = Field(None, min_length=1, max_length=1000)


class GradebookQuery(GroupQuery):
    """A gradebook. `conversion` says how each level is reported ("Proficient": "3"); left out, levels go by name.

    Its columns are the `competencies` named; else, by `depth`, where evidence is: a whole that something was shown of
    takes the place of its parts. With `parts` they are the competencies with none below them.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{**ASKED, "conversion": {"Proficient": "3"}}]})

    competencies: list[UUID] | None = Field(None, max_length=1000)
    conversion: dict[str, str] | None = Field(None, max_length=50)
    depth: Literal["evidence", "parts"] = "evidence"
    form: Literal["json", "csv", "svg"] = "json"


def _forms(operation: str, **forms: Any) -> dict[int | str, dict[str, Any]]:
    answer = responses(operation)
    content = {**answer[200]["content"], **forms.get("more", {}), **SVG}
    return {**answer, 200: {**answer[200], "content": content}}


@router.get("/classes", responses=problems(400))
async def list_classes(caller: Reader, inside: Inside, after: After = None, limit: Limit = 100) -> ClassList:
    """The classes that sources tell of, to ask for by `source` and `key`."""
    begin = cursor.decode(after, tuple[Sound, Sound]) if after else ("", "")
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await group.classes(tx, after=begin, limit=limit)
    listed = [ClassListed(source=row.source, key=row.key, title=row.title, code=row.code) for row in rows]
    return ClassList(classes=listed, next=cursor.encode(rows[-1].source, rows[-1].key) if len(rows) == limit else None)


@router.post("/gradebook", responses=_forms("readGradebook", more=CSV), response_class=Response)
async def read_gradebook(request: GradebookQuery, caller: Reader, inside: Inside, known: Known) -> Response:
    """A competency gradebook: learners by competencies, on the reporting scale; as JSON, CSV or a picture."""
    async with inside.db.transaction(caller.tenant) as tx:
        learners = await _learners(tx, caller, request)
        seen = await framework_view(tx, known, request.framework, learners, request.scope)
        names = await group.names(tx, learners) if request.names else {}
    competencies = _columns(seen, learners, request)
    book = gradebook(seen, learners, competencies, request.conversion, names)
    if request.form == "svg":
        return as_svg(gradebook_picture(f"Gradebook: {seen.outline.title}", book))
    if request.form == "json":
        return as_json(book)
    return Response(as_csv(book, names=request.names), media_type="text/csv; charset=utf-8")


@router.post("/gaps", responses=_forms("readGroupGaps"), response_class=Response)
async def read_group_gaps(request: GapsQuery, caller: Reader, inside: Inside, known: Known) -> Response:
    """What of a framework or target profile some of a group have not met, who, and what they should meet first."""
    target = None if request.target is None else {level.competency: level.level for level in request.target}
    async with inside.db.transaction(caller.tenant) as tx:
        learners = await _learners(tx, caller, request)
        seen = await framework_view(tx, known, request.framework, learners, request.scope)
        names = await group.names(tx, learners) if request.names else {}
    if target is not None and (wrong := list(seen.misfits(target))):
        raise ApiError(422, "no-such-target", "The target does not fit the framework", f"{'; '.join(wrong[:5])}.")
    view = shortfall(seen, learners, request.grades, names, target)
    if request.form == "svg":
        return as_svg(shortfall_picture(f"Gaps of {len(learners)} learners: {seen.outline.title}", view))
    return as_json(view)


@router.post("/needs", responses=_forms("readNeeds"), response_class=Response)
async def read_needs(request: GroupViewQuery, caller: Reader, inside: Inside, known: Known) -> Response:
    """What a group needs this week: by domain, what most are ready for, who, and for which reason.

    Without `grades`, of those the class is for, or each learner is in; and of plans, and of what was begun.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        learners = await _learners(tx, caller, request)
        seen = await framework_view(tx, known, request.framework, learners, request.scope)
        names = await group.names(tx, learners) if request.names else {}
        focus = Focus(await _grades(tx, learners, request), await planned(tx, learners))
        view = await needs(tx, seen, learners, focus=focus, now=now(), names=names)
    if request.form == "svg":
        return as_svg(needs_picture(f"Needed this week: {seen.outline.title}", view))
    return as_json(view)


async def _grades(tx: Tx, learners: Sequence[UUID], request: GroupQuery) -> Mapping[UUID, Sequence[str]]:
    if request.grades:
        return dict.fromkeys(learners, request.grades)
    if request.class_ is None:
        return await group.grades(tx, learners)
    class_ = await group.about_class(tx, request.class_.source, request.class_.key, learners)
    return dict.fromkeys(learners, class_.grades)


def _columns(seen: FrameworkView, learners: Sequence[UUID], request: GradebookQuery) -> Sequence[UUID]:
    if request.competencies is not None:
        return request.competencies
    return seen.outline.leaves(request.grades) if request.depth == "parts" else columns(seen, learners, request.grades)


async def _learners(tx: Tx, caller: Caller, request: GroupQuery) -> Sequence[UUID]:
    """The learners of a group, each once.

    Answered 403 where the caller may not see what is asked for, 404 where there is no such class, 422 where nobody is
    in it today, or too many.
    """
    check_scope(caller, request.scope)
    if request.class_ is None:
        return list(dict.fromkeys(request.learners or ()))
    return await group.of_class(tx, request.class_.source, request.class_.key, now().date(), MOST)
