"""What the views of one learner's competencies are asked with, and the learner as they see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.api.kit.context import Reader
from app.api.kit.views import AnyFramework, AsOf, Framework, Grade, Known, Shows, framework_view, no_framework, now
from app.db import Tx
from app.identity import learners
from app.mastery import group
from app.mastery.evidence import EvidenceBoard, evidence_board
from app.mastery.views.focus import Focus
from app.mastery.views.inputs import FrameworkView, Outlines, outline_of
from app.mastery.views.perspectives import Gap, Scope
from app.plans.planning import planned
from app.request import Inside
from app.start import Service
from schemas.codes import Method


@dataclass(frozen=True, slots=True)
class BoardRequest:
    """All that a learner has shown, or what of it is in a framework, as it stood at a time."""

    learner: UUID
    tenant: int
    service: Service
    outlines: Outlines
    framework: UUID | None
    scope: Scope
    on: datetime

    async def board(self, known_at: datetime | None = None) -> EvidenceBoard:
        """The learner's evidence; in a framework, also what was shown of competencies equivalent to its own."""
        async with self.service.db.transaction(self.tenant) as tx:
            await learners.check(tx, [self.learner])
            outline = None
            if self.framework is not None:
                outline = await outline_of(tx, self.framework, self.scope, self.outlines)
                if outline is None:
                    raise no_framework(self.framework)
            return await evidence_board(tx, [self.learner], scope=self.scope, within=outline, known_at=known_at)


@dataclass(frozen=True, slots=True)
class FrameworkRequest:
    """Where a learner stands in a framework, for some grades or for all."""

    learner: UUID
    tenant: int
    service: Service
    outlines: Outlines
    framework: UUID
    grades: list[str]
    scope: Scope

    async def view(self) -> FrameworkView:
        """The learner in the framework."""
        async with self.service.db.transaction(self.tenant) as tx:
            return await self.view_in(tx)

    async def view_in(self, tx: Tx, as_of: datetime | None = None, method: Method | None = None) -> FrameworkView:
        """The same in a transaction, as it stood at a time, or by what was shown in one way alone."""
        return await framework_view(
            tx, self.outlines, self.framework, [self.learner], self.scope, as_of=as_of, method=method
        )

    async def ready(self) -> tuple[FrameworkView, list[Gap]]:
        """The learner in the framework, and what they are ready for: of their own grades, where none are named."""
        async with self.service.db.transaction(self.tenant) as tx:
            view = await self.view_in(tx)
            grades = {self.learner: self.grades} if self.grades else await group.grades(tx, [self.learner])
            focus = Focus(grades, await planned(tx, [self.learner]))
        return view, focus.ready(view, [self.learner])[self.learner]


def _board_request(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: AnyFramework = None,
    scope: Shows = "general",
    as_of: AsOf = None,
) -> BoardRequest:
    return BoardRequest(learner, caller.tenant, inside, known, framework=framework, scope=scope, on=as_of or now())


def _framework_request(
    learner: UUID,
    caller: Reader,
    inside: Inside,
    known: Known,
    framework: Framework,
    grade: Grade = [],  # noqa: B006
    scope: Shows = "general",
) -> FrameworkRequest:
    return FrameworkRequest(learner, caller.tenant, inside, known, framework=framework, grades=grade, scope=scope)


OnBoard = Annotated[BoardRequest, Depends(_board_request)]
InFramework = Annotated[FrameworkRequest, Depends(_framework_request)]
