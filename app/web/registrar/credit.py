"""Credit: rules and whom they propose, and awards to one learner in the name of a teacher of record."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.plans.plans import Signature
from app.errors import Conflict, Denied, Invalid, NotFound
from app.issuing.withdrawal import withdraw
from app.mastery import group
from app.mastery.views.perspectives import Scope
from app.people import seeing
from app.people.viewer import Viewer
from app.plans import credit, crediting
from app.plans.crediting import Awarded, Credits
from app.request import Inside
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import confirm, done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form, may
from app.web.kit.words import _, later

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Awarder = Annotated[Viewer, may("credit.award")]
Reader = Annotated[Look, about_learner("credit.award", "credit page")]
AT_ONCE = 100
LONGEST = 500
START = UUID(int=0)
OF_RECORD = later("Teacher of record")
SENSITIVE = later("This rule asks for what is sensitive, and your role does not show that.")


@router.get("/credit")
async def rules(request: Request, viewer: Awarder, inside: Inside) -> Response:
    """The rules by which credit is proposed, and how many awards stand by each."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await crediting.rules_in_use(tx)
    return show(
        request, "registrar/credit.html", rules=[(row.id, credit.read(row.body), awards) for row, awards in rows]
    )


@router.get("/credit/{rule}")
async def proposals(rule: UUID, request: Request, viewer: Awarder, inside: Inside, after: UUID = START) -> Response:
    """Who may be awarded a rule's credit, among those the viewer may award it to."""
    now = datetime.now(UTC)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await crediting.rule_now(tx, rule)
        hidden = await crediting.asks_sensitive(tx, rule)
        reach = await seeing.learners_of(tx, viewer, "credit.award", now.date())
        page = None if hidden else await crediting.proposals(tx, rule, "general", after=after, limit=AT_ONCE, now=now)
        eligible = [proposal for proposal in page.found if reach is None or proposal[0] in reach] if page else []
        proposed = [learner for learner, _judged in eligible]
        names = await group.names(tx, proposed)
        relations = seeing.relations_to(viewer, reach, proposed, "credit.award")
        await seeing.note_looks(tx, viewer, relations, "credit proposals", now.date())
    following = f"/credit/{rule}?after={page.following}" if page and page.following else ""
    return show(
        request,
        "registrar/proposals.html",
        crumbs=[(_("Credit"), "/credit")],
        rule=credit.read(row.body),
        rows=[(learner, names.get(learner) or _("A learner"), judged) for learner, judged in eligible],
        hidden=hidden,
        following=following,
    )


@router.get("/learners/{learner}/credit")
async def of_learner(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """What the learner was awarded, and how far they are from what there is to be had."""
    del learner
    return await _page(request, look, inside)


@router.post("/learners/{learner}/credit")
async def award(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Award it, in the name of a teacher of record."""
    sent, now = form(request), datetime.now(UTC)
    rule, version, name = sent.uuid("rule"), sent.whole("version", 0) or 0, sent.text("name")[:200]
    try:
        if rule is None:
            raise Invalid(_("Choose the credit that is awarded."))
        if not name:
            raise Invalid(_("Name the teacher of record, who answers for it."))
        by = Signature(name, sent.text("role")[:200] or _(OF_RECORD), look.viewer.actor)
        async with inside.db.transaction(look.viewer.tenant.id) as tx:
            if await crediting.asks_sensitive(tx, rule) and not look.seen.sensitive:
                raise Denied(_(SENSITIVE))
            await crediting.award(
                tx, look.learner, rule, version=version, by=by, note=sent.text("note")[:LONGEST] or None, now=now
            )
    except (Invalid, Conflict) as why:
        return await _page(
            request, look, inside, sent=sent, error=error_words.translated(why.detail), status=why.status
        )
    return done(request, f"/learners/{learner}/credit", _("Awarded."))


@router.get("/learners/{learner}/credit/{award}/withdraw")
async def ask_withdraw(learner: UUID, award: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Asks first, and why."""
    awarded = await _award_of(look, inside, award)
    back = f"/learners/{learner}/credit"
    return confirm(
        request,
        question=_('Withdraw "%(title)s"?', title=awarded.rule.title),
        words=_(
            "What was issued of it is revoked with it. The award stays in the list, as withdrawn, with your reason."
        ),
        action=f"{back}/{award}/withdraw",
        back=back,
        button=_("Withdraw it"),
        crumbs=[(_("Credit"), back)],
        reason=True,
    )


@router.post("/learners/{learner}/credit/{award}/withdraw")
async def take_back(learner: UUID, award: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Withdraw the award, with the reason."""
    back, reason, viewer = f"/learners/{learner}/credit", form(request).text("reason")[:LONGEST], look.viewer
    await _award_of(look, inside, award)
    if not reason:
        raise Invalid(_("Say why it is withdrawn."))
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await withdraw(tx, award, viewer.account.name, by=viewer.actor, reason=reason, now=datetime.now(UTC))
    except Conflict:
        return done(request, back, _("It was withdrawn before."), "warn")
    return done(request, back, _("Withdrawn, and what was issued of it is revoked."))


async def _award_of(look: Look, inside: Inside, award: UUID) -> Awarded:
    """An award of this learner. NotFound where it is none of theirs."""
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        learner_credits = await crediting.of_learner(tx, look.learner, datetime.now(UTC))
    for awarded in learner_credits.awards:
        if awarded.row.id == award:
            return awarded
    raise NotFound(_("There is no such award, or it was given to somebody else."))


async def _page(
    request: Request, look: Look, inside: Inside, *, sent: Posted | None = None, error: str = "", status: int = 200
) -> Response:
    scope: Scope = "all" if look.seen.sensitive else "general"
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        standing = (await crediting.of_learner(tx, look.learner, datetime.now(UTC))).within(scope)
        names = await group.names(tx, [look.learner])
    name = names.get(look.learner) or _("A learner")
    return show(
        request,
        "registrar/learner_credit.html",
        status=status,
        crumbs=[(name, f"/learners/{look.learner}")],
        learner=look.learner,
        name=name,
        awards=[(awarded, awarded.lacking(scope)) for awarded in standing.awards],
        rules=_standing(standing, scope),
        withheld=standing.withheld,
        teacher="" if look.seen.role == "registrar" else look.viewer.account.name,
        sent=sent,
        error=error,
    )


def _standing(learner_credits: Credits, scope: Literal["all", "general"]) -> list[dict[str, Any]]:
    """Every rule in force: how far the learner is, what lacks, and whether it may be awarded."""
    had = {awarded.row.rule_id for awarded in learner_credits.awards if awarded.row.withdrawn_at is None}
    return [
        {
            "row": row,
            "rule": judged.rule,
            "have": judged.have,
            "proposed": judged.eligible and row.id not in had,
            "awarded": row.id in had,
            "lacking": [
                need.where.statement if need.where else _("A competency")
                for need in judged.needs
                if need.lacks and (scope == "all" or not need.sensitive)
            ],
        }
        for row, judged in learner_credits.rules
    ]
