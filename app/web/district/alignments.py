"""The alignment queue: what sources name as a skill and no framework has; somebody says which competency is meant."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.db.frameworks.alignments import SuggestionRow, WaitingRow
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
AT_ONCE = 40
"""Names on a page, each in the card of its kind."""
MEANT = 5
"""Competencies proposed for a name."""
NAMED = 3
"""Names in the heading of a card; the others stand in a list below."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Names that one decision does for: `near` is what may be meant by all of them."""

    rows: Sequence[WaitingRow]
    near: Sequence[SuggestionRow]

    @property
    def names(self) -> list[str]:
        """What sources call it."""
        return list(dict.fromkeys(row.name or row.code or row.url or "" for row in self.rows))

    @property
    def heading(self) -> str:
        """The first of its names, and how many more there are."""
        more = len(self.names) - NAMED
        words = ", ".join(self.names[:NAMED])
        return _("%(names)s and %(n)s more", names=words, n=more) if more > 0 else words

    @property
    def results(self) -> int:
        """How many results are by these names."""
        return sum(row.assertions for row in self.rows)


@router.get("")
async def queue(
    request: Request,
    viewer: Steward,
    inside: Inside,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    state: Literal["waiting", "decided", "rejected"] = "waiting",
) -> Response:
    """What waits, kind by kind, with what may be meant."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await aligning.queue(tx, state, after, AT_ONCE + 1)
        if state != "waiting":
            rows = [(row, await aligning.suggested(tx, row.name or "", row.code, MEANT)) for row, _near in rows]
    following = f"/alignments?state={state}&after={rows[AT_ONCE - 1][0].id}" if len(rows) > AT_ONCE else ""
    kinds = kinds_of(rows[:AT_ONCE])
    return show(request, "district/alignments.html", kinds=kinds, state=state, following=following)


def kinds_of(rows: Sequence[tuple[WaitingRow, Sequence[SuggestionRow]]]) -> list[Kind]:
    """Names of one kind together: those that are one name, and those like no competency that are written alike."""
    by_kind: dict[tuple[str, ...], list[WaitingRow]] = {}
    near_of: dict[tuple[str, ...], Sequence[SuggestionRow]] = {}
    for row, near in rows:
        words = (row.name or row.code or row.url or "").casefold()
        alike = words if near else re.sub(r"\d+", "#", words)
        key = (alike, row.framework or "", *(str(competency.id) for competency in near))
        by_kind.setdefault(key, []).append(row)
        near_of[key] = near
    return [Kind(together, near_of[key]) for key, together in by_kind.items()]


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


@router.post("")
async def say(request: Request, viewer: Steward, inside: Inside) -> Response:
    """Say which competency is meant by names, or that none is."""
    sent = form(request)
    chosen, alignments = sent.text("competency"), sent.counts("alignment")
    if not chosen or not alignments:
        raise Invalid(_("Choose what it means first."))
    competency = None if chosen == "none" else sent.uuid("competency")
    changed = 0
    async with inside.db.transaction(viewer.tenant.id) as tx:
        for alignment in alignments:
            changed += await decide(tx, alignment, competency, strength=None, by=viewer.actor, at=datetime.now(UTC))
    return done(request, "/alignments", _("Said. Levels that changed by it: %(n)s.", n=changed))
