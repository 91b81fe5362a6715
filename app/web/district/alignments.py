"""The alignment queue: what sources name as a skill and no framework has; somebody says which competency is meant."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.errors import Invalid
from app.frameworks import alignment as aligning
from app.frameworks.provider import ROOT
from app.mastery.adopting import adopt, pulled_frameworks
from app.mastery.deciding import decide
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _

router = APIRouter(prefix="/alignments", include_in_schema=False, route_class=SignedRoute)
Steward = Annotated[Viewer, may("alignments.manage")]
AT_ONCE = 15


@router.get("")
async def queue(
    request: Request,
    viewer: Steward,
    inside: Inside,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    state: Literal["waiting", "decided", "rejected"] = "waiting",
) -> Response:
    """What waits, with what may be meant."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await aligning.queue(tx, state, after, AT_ONCE + 1)
        if state != "waiting":
            rows = [(row, await aligning.suggested(tx, row.name or "", row.code, 5)) for row, _near in rows]
    following = f"/alignments?state={state}&after={rows[AT_ONCE - 1][0].id}" if len(rows) > AT_ONCE else ""
    return show(request, "district/alignments.html", queue=rows[:AT_ONCE], state=state, following=following)


@router.get("/frameworks")
async def systems_frameworks(request: Request, viewer: Steward, inside: Inside) -> Response:
    """The frameworks that the district's systems have of their own."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        frameworks = await pulled_frameworks(tx, viewer.tenant)
    return show(request, "district/systems_frameworks.html", pulled=frameworks)


@router.post("/frameworks/{framework}")
async def adopt_framework(framework: UUID, request: Request, viewer: Steward, inside: Inside) -> Response:
    """Let a system's framework count here."""
    base = f"{inside.settings.home}{ROOT}"
    async with inside.db.transaction(viewer.tenant.id) as tx:
        adopted = await adopt(tx, viewer.tenant, framework, base=base, at=datetime.now(UTC))
    return done(
        request, "/alignments/frameworks", _("%(title)s counts now, and follows its system.", title=adopted.title)
    )


@router.post("/{alignment}")
async def say(
    alignment: Annotated[int, Path(ge=1, lt=2**31)], request: Request, viewer: Steward, inside: Inside
) -> Response:
    """Say which competency is meant, or that none is."""
    sent = form(request)
    chosen = sent.text("competency")
    if not chosen:
        raise Invalid(_("Choose what it means first."))
    competency = None if chosen == "none" else sent.uuid("competency")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        changed = await decide(tx, alignment, competency, strength=None, by=viewer.actor, at=datetime.now(UTC))
    return done(request, "/alignments", _("Said. Levels that changed by it: %(n)s.", n=changed))
