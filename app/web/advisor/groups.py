"""Groups of my caseload: who needs the same now, found anew at each look, so that a group ends with its need."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.frameworks.grades import all_codes
from app.mastery import group
from app.mastery.views.focus import Focus
from app.mastery.views.needs import Need, at_hand, in_one_order, needs
from app.people import seeing
from app.people.viewer import Viewer
from app.plans.planning import planned
from app.request import Inside
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may
from app.web.kit.words import _
from app.web.teacher.classes import need_words
from app.web.teacher.room import seen_in

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
AT_ONCE = 200
"""Learners who are looked at together: of a larger caseload, those of one grade."""
MOST = 30
"""Groups on the page; how many more there are is said."""


@router.get("/caseload/groups")
async def groups(
    request: Request,
    viewer: Annotated[Viewer, may("checkin.write")],
    inside: Inside,
    framework: UUID | None = None,
    grade: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Who of one's caseload needs the same now: what was begun, is planned, or follows what is met."""
    now = datetime.now(UTC)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        reach = await seeing.learners_of(tx, viewer, "checkin.write", now.date()) or {}
        by_learner = await group.grades(tx, list(reach))
        codes = {learner: all_codes(grades) for learner, grades in by_learner.items()}
        choices = sorted({code for own in codes.values() for code in own})
        everybody = len(reach) <= AT_ONCE
        grade = grade if grade in choices else "" if everybody or not choices else choices[0]
        ordered = sorted(learner for learner in reach if not grade or grade in codes.get(learner, ()))
        names = await group.names(tx, ordered[:AT_ONCE])
        learners = sorted(ordered[:AT_ONCE], key=lambda learner: (names.get(learner, ""), str(learner)))
        frameworks, seen = await seen_in(tx, request, learners, framework)
        focus = Focus(by_learner, await planned(tx, learners))
        domains = await needs(tx, seen, learners, focus=focus, now=now, names=names) if seen else []
        needed = [(domain, now_needed) for domain, need in in_one_order(domains) if (now_needed := at_hand(need))]
        needed.sort(key=lambda pair: pair[1].urgency)
        grouped = [pair for pair in needed if len(pair[1].learners) > 1][:MOST]
        alone = [pair for pair in needed if len(pair[1].learners) == 1][:MOST]
        relations = seeing.relations_to(viewer, reach, _named(grouped + alone), "checkin.write")
        await seeing.note_looks(tx, viewer, relations, "groups of a caseload", now.date())
    return show(
        request,
        "advisor/groups.html",
        crumbs=[(_("My caseload"), "/caseload")],
        seen=seen,
        choices=frameworks,
        grades=[(code, _("Grade %(grade)s", grade=code.lstrip("0") or code)) for code in choices],
        grade=grade,
        everybody=everybody,
        left_out=len(ordered) - len(learners),
        all=len(learners),
        shared_needs=grouped,
        more=sum(1 for pair in needed if len(pair[1].learners) > 1) - len(grouped),
        alone=alone,
        **need_words(lambda learner: names.get(learner) or _("A learner")),
        together_words="",
        evidence_address="",
    )


def _named(pairs: list[tuple[str, Need]]) -> list[UUID]:
    """The learners who are named in these needs, each once."""
    return list(dict.fromkeys(learner for _domain, need in pairs for learner in need.learners))
