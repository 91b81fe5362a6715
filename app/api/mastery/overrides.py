"""Levels that a teacher of record sets, instead of what a policy makes of what was shown; and takes back."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter

from app.api.kit.body import SoundRoute
from app.api.kit.context import CreditAwarder, Reader
from app.api.kit.idempotency import Creating
from app.api.kit.problem import problems
from app.api.kit.views import Shows, check_scope
from app.api.kit.wire_base import TeacherOfRecord
from app.api.mastery.wire_mastery import LevelOverride, LevelOverrideList, LevelOverrideNew, LevelOverrideWithdrawal
from app.db.access.access import Caller
from app.db.mastery.overrides import OverrideRow, Setting
from app.db.plans.plans import Signature
from app.mastery import overriding
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Competencies"], route_class=SoundRoute)


@router.post(
    "/learners/{learner}/competencies/{competency}/overrides", status_code=201, responses=problems(400, 404, 409)
)
async def set_level(
    learner: UUID,
    competency: UUID,
    request: LevelOverrideNew,
    caller: CreditAwarder,
    inside: Inside,
    creating: Creating,
) -> LevelOverride:
    """Set a level in the name of a teacher of record: every view has it, and says so, until it ends or is taken back.

    Of two teachers who differ, the one who said it last decides; both are told. What is sensitive takes the scope
    `learners.sensitive`, too.
    """
    now, setting = datetime.now(UTC), Setting(learner, competency, request.level, request.reason, request.ends)
    async with inside.db.transaction(caller.tenant) as tx:
        if await overriding.sensitive(tx, competency):
            check_scope(caller, "all")
        by = _signature(request.teacher_of_record, caller)

        async def set_once() -> UUID:
            return (await overriding.set_level(tx, setting, by, now)).key

        key = await creating.once(tx, caller, set_once)
        return _override(await overriding.by_key(tx, learner, UUID(str(key))))


@router.get("/learners/{learner}/overrides", responses=problems(404))
async def list_overrides(learner: UUID, caller: Reader, inside: Inside, scope: Shows = "general") -> LevelOverrideList:
    """The levels that teachers of record have set for a learner, also those that have ended or were taken back."""
    check_scope(caller, scope)
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await overriding.listed(tx, learner, scope=scope)
    return LevelOverrideList(overrides=[_override(row) for row in rows])


@router.post("/learners/{learner}/overrides/{key}/withdrawal", responses=problems(400, 404, 409))
async def withdraw_level(
    learner: UUID, key: UUID, request: LevelOverrideWithdrawal, caller: CreditAwarder, inside: Inside
) -> LevelOverride:
    """Take a level back that was set: all stands as if it had never been, and the list keeps that it was."""
    async with inside.db.transaction(caller.tenant) as tx:
        by = _signature(request.teacher_of_record, caller)
        row = await overriding.withdraw(tx, learner, key, by=by, reason=request.reason, now=datetime.now(UTC))
    return _override(row)


def _signature(teacher: TeacherOfRecord, caller: Caller) -> Signature:
    return Signature(teacher.name, teacher.role, f"client {caller.client}")


def _override(row: OverrideRow) -> LevelOverride:
    return LevelOverride(
        key=row.key,
        competency=row.competency_id,
        level=row.level,
        reason=row.reason,
        begins=row.begins,
        ends=row.ends,
        teacher_of_record=TeacherOfRecord(name=row.name, role=row.role),
        client=row.made_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_name,
        withdrawn_reason=row.withdrawn_reason,
    )
