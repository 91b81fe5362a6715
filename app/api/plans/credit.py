"""Credit: rules in versions, who may be awarded what, and awards that a teacher of record answers for."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import CreditAwarder, FrameworkManager, FrameworkReader, Reader
from app.api.kit.idempotency import Creating
from app.api.kit.preconditions import IfMatch, check_if_match, etag_header
from app.api.kit.problem import problems
from app.api.kit.views import Shows, check_scope
from app.api.kit.wire_base import TeacherOfRecord
from app.api.plans.wire_credit import (
    Award,
    CreditAwardNew,
    CreditList,
    CreditRule,
    CreditRuleBody,
    CreditRuleStanding,
    CreditWithdrawal,
    NeedStanding,
    Proposal,
    ProposalList,
    RuleList,
    RuleVersions,
)
from app.api.plans.wire_plans import EvidenceCited, Named
from app.db.access.access import Caller
from app.db.plans.credit import RuleRow
from app.db.plans.plans import Signature
from app.errors import ApiError
from app.issuing.withdrawal import withdraw
from app.mastery.views.perspectives import Scope
from app.plans import credit, crediting
from app.plans.credit import Judged, KeptNeed, NeedSeen, Rule
from app.plans.crediting import Awarded, Credits
from app.plans.reached import Cited
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Credit"], route_class=SoundRoute)


@router.get("/credit-rules", responses=problems())
async def list_credit_rules(caller: FrameworkReader, inside: Inside) -> RuleList:
    """Every rule of credit, in its latest version."""
    async with inside.db.transaction(caller.tenant) as tx:
        return RuleList(rules=[_rule(row) for row in await crediting.rules(tx)])


@router.post("/credit-rules", status_code=201, responses=problems(400))
async def create_credit_rule(
    written: CreditRuleBody, caller: FrameworkManager, inside: Inside, response: Response, creating: Creating
) -> CreditRule:
    """Write a rule: which competencies of a framework give how much credit, without any seat time."""
    now, by = datetime.now(UTC), _writer(written, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        own = await creating.once(tx, caller, lambda: crediting.new_rule(tx, _read(written), by, now))
        row = await crediting.rule_now(tx, UUID(own))
    response.headers.update(etag_header(str(row.version)))
    return _rule(row)


@router.get("/credit-rules/{rule}", responses=problems(404))
async def read_credit_rule(rule: UUID, caller: FrameworkReader, inside: Inside, response: Response) -> RuleVersions:
    """All versions of a rule. Its `ETag` names the latest one."""
    async with inside.db.transaction(caller.tenant) as tx:
        latest = await crediting.rule_now(tx, rule)
        rows = await crediting.versions(tx, rule)
    response.headers.update(etag_header(str(latest.version)))
    return RuleVersions(versions=[_rule(row) for row in rows])


@router.put("/credit-rules/{rule}", responses=problems(400, 404, 412, 428))
async def edit_credit_rule(
    rule: UUID,
    written: CreditRuleBody,
    caller: FrameworkManager,
    inside: Inside,
    response: Response,
    seen: IfMatch = None,
) -> CreditRule:
    """Write a rule's next version. What was awarded by the versions before stands as it was awarded."""
    async with inside.db.transaction(caller.tenant) as tx:
        before = await crediting.rule_locked(tx, rule)
        check_if_match(seen, str(before.version))
        by = _writer(written, caller)
        row = await crediting.write_rule(tx, _read(written), by, datetime.now(UTC), before)
    response.headers.update(etag_header(str(row.version)))
    return _rule(row)


@router.get("/credit-rules/{rule}/proposals", responses=problems(400, 404))
async def list_credit_proposals(
    rule: UUID,
    caller: Reader,
    inside: Inside,
    scope: Shows = "general",
    after: Annotated[str | None, Query(max_length=100, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
) -> ProposalList:
    """Who has reached all that a rule asks for and was not awarded its credit: each waits for a teacher of record.

    A page may have fewer than `limit`, or none: only where `next` is null were these all. A rule that asks for what is
    sensitive, and learners who have reached it by that, are told of with `scope=all`.
    """
    check_scope(caller, scope)
    begin = cursor.decode(after, tuple[UUID])[0] if after else UUID(int=0)
    async with inside.db.transaction(caller.tenant) as tx:
        if scope == "general" and await crediting.asks_sensitive(tx, rule):
            raise _sensitive()
        page = await crediting.proposals(tx, rule, scope, after=begin, limit=limit, now=datetime.now(UTC))
    return ProposalList(
        rule=rule,
        version=page.rule.version,
        proposals=[Proposal(learner=who, have=judged.have, of=judged.rule.wanted) for who, judged in page.found],
        next=cursor.encode(page.following) if page.following else None,
    )


@router.get("/learners/{learner}/credits", responses=problems(404))
async def list_credits(learner: UUID, caller: Reader, inside: Inside, scope: Shows = "general") -> CreditList:
    """What a learner was awarded, and for every rule what is reached, what lacks, and on which evidence."""
    check_scope(caller, scope)
    async with inside.db.transaction(caller.tenant) as tx:
        learner_credits = await crediting.of_learner(tx, learner, datetime.now(UTC))
    return _credits(learner_credits, scope)


@router.post("/learners/{learner}/credits", status_code=201, responses=problems(400, 404, 409))
async def award_credit(
    learner: UUID, request: CreditAwardNew, caller: CreditAwarder, inside: Inside, creating: Creating
) -> Award:
    """Award a rule's credit, in the name of a teacher of record. 409 says what lacks, or what has changed.

    A rule that asks for what is sensitive takes the scope `learners.sensitive`, too.
    """
    teacher, now = request.teacher_of_record, datetime.now(UTC)
    by = Signature(teacher.name, teacher.role, f"client {caller.client}")
    async with inside.db.transaction(caller.tenant) as tx:
        if await crediting.asks_sensitive(tx, request.rule):
            check_scope(caller, "all")
        own = await creating.once(
            tx,
            caller,
            lambda: crediting.award(
                tx, learner, request.rule, version=request.version, by=by, note=request.note, now=now
            ),
        )
        learner_credits = await crediting.of_learner(tx, learner, now)
    return next(_award(awarded, "general") for awarded in learner_credits.awards if awarded.row.id == UUID(own))


@router.post("/credits/{award}/withdrawal", responses=problems(400, 404, 409))
async def withdraw_credit(award: UUID, request: CreditWithdrawal, caller: CreditAwarder, inside: Inside) -> Award:
    """Withdraw an award, with the reason. It stays in the list as withdrawn; nothing else ever withdraws one.

    Credentials that were issued of it are revoked with it.
    """
    now, by = datetime.now(UTC), f"client {caller.client}"
    async with inside.db.transaction(caller.tenant) as tx:
        whose = await withdraw(tx, award, request.teacher_of_record.name, by=by, reason=request.reason, now=now)
        learner_credits = await crediting.of_learner(tx, whose, now)
    return next(_award(awarded, "general") for awarded in learner_credits.awards if awarded.row.id == award)


def _read(written: CreditRuleBody) -> Rule:
    return credit.read(written.model_dump_json(by_alias=True, exclude={"writer"}, exclude_none=True))


def _writer(written: CreditRuleBody, caller: Caller) -> Signature:
    return Signature(written.writer.name, written.writer.role, f"client {caller.client}")


def _rule(row: RuleRow) -> CreditRule:
    body: dict[str, Any] = msgspec.json.decode(row.body)
    return CreditRule(
        **body,
        id=row.id,
        version=row.version,
        writer=Named(name=row.name, role=row.role),
        client=row.made_by,
        at=row.made_at,
    )


def _sensitive() -> ApiError:
    return ApiError(
        403,
        "sensitive",
        "The rule asks for what is sensitive",
        "Ask with scope=all, which needs the scope 'learners.sensitive'.",
        scope="learners.sensitive",
    )


def _credits(whole: Credits, scope: Scope) -> CreditList:
    visible = whole.within(scope)
    had = {awarded.row.rule_id for awarded in visible.awards if awarded.row.withdrawn_at is None}
    return CreditList(
        awards=[_award(awarded, scope) for awarded in visible.awards],
        rules=[_judged(row, judged, row.id in had) for row, judged in visible.rules],
        withheld=visible.withheld,
    )


def _judged(row: RuleRow, judged: Judged, awarded: bool) -> CreditRuleStanding:
    rule = judged.rule
    return CreditRuleStanding(
        rule=row.id,
        version=row.version,
        title=rule.title,
        amount=rule.amount,
        unit=rule.unit,
        subject=rule.subject,
        have=judged.have,
        of=rule.wanted,
        proposed=judged.eligible and not awarded,
        awarded=awarded,
        needs=[_need(need) for need in judged.needs],
    )


def _award(awarded: Awarded, scope: Scope) -> Award:
    row, rule, lacking = awarded.row, awarded.rule, awarded.lacking(scope)
    return Award(
        id=row.id,
        learner=row.learner_id,
        rule=row.rule_id,
        version=row.version,
        title=rule.title,
        amount=rule.amount,
        unit=rule.unit,
        subject=rule.subject,
        teacher_of_record=TeacherOfRecord(name=row.name, role=row.role),
        note=row.note,
        client=row.made_by,
        at=row.made_at,
        basis=[_awarded_need(need, scope) for need in credit.kept_needs(row.basis)],
        slipped=bool(lacking),
        lacks_today=[_need(need) for need in lacking],
        again=awarded.again,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_name,
        withdrawn_reason=row.withdrawn_reason,
    )


def _need(seen: NeedSeen) -> NeedStanding:
    where = seen.where
    if where is None:
        return _blank("A competency", seen.lacks)
    return NeedStanding(
        competency=where.competency,
        code=where.code,
        statement=where.statement,
        wanted=seen.need.level,
        reached=seen.lacks is None,
        level=where.level,
        at=where.at,
        lacks=seen.lacks,
        cited=_cited(where.cited),
    )


def _awarded_need(need: KeptNeed, scope: Scope) -> NeedStanding:
    """A need as it stood when credit was awarded."""
    if need.sensitivity != "general" and scope != "all":
        return _blank(SENSITIVE, None)
    return NeedStanding(
        competency=need.competency,
        code=need.code,
        statement=need.statement,
        wanted=need.wanted,
        reached=True,
        level=need.level,
        at=need.at,
        lacks=None,
        cited=_cited(need.evidence),
    )


SENSITIVE = "(sensitive: shown with scope=all)"


def _blank(words: str, lacks: str | None) -> NeedStanding:
    return NeedStanding(
        competency=None,
        code=None,
        statement=words,
        wanted=None,
        reached=lacks is None,
        level=None,
        at=None,
        lacks=lacks,
        cited=[],
    )


def _cited(pieces: Iterable[Cited]) -> list[EvidenceCited]:
    return [EvidenceCited(title=piece.title, at=piece.at, source=piece.source) for piece in pieces]
