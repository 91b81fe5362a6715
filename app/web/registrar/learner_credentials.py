"""One learner's credentials: what they hold, what can be issued to them, and taking back what was."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.plans.plans import Signature
from app.errors import Conflict, Invalid
from app.issuing import issue, ledger
from app.issuing.awards import Item
from app.issuing.choosing import choice
from app.issuing.issue import IssueOptions
from app.issuing.issuer import issuer_of
from app.mastery import group
from app.people.roles import MAY
from app.programs import revoking
from app.request import Inside
from app.sharing import claims
from app.sharing.claims import ClaimRow
from app.sharing.holdings import holdings, verified
from app.web.kit import error_words
from app.web.kit.shell import confirm, done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form
from app.web.kit.words import _, day, later, ngettext
from app.web.registrar.words import STATES, kind, pill, verdict

router = APIRouter(prefix="/learners/{learner}/credentials", include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Look, about_learner("credential.read", "credentials page")]
Issuing = Annotated[Look, about_learner("credential.issue", "issuing")]
Revoking = Annotated[Look, about_learner("credential.revoke", "revoking")]
LONGEST = 500
MOST = 12
"""What can be issued, shown at once: the rest can be opened."""
PUBLIC = later(
    "Whoever verifies it from then on is told so, with your reason: write nothing about the learner in it. "
    "Revoking is final; it can be issued anew."
)


@router.get("")
async def held_credentials(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """What the learner holds and, for who may issue, what can be issued."""
    del learner
    return await _page(request, look, inside)


@router.post("")
async def give(learner: UUID, request: Request, look: Issuing, inside: Inside) -> Response:
    """Issue what was chosen of the record: each as a badge, or all of it as one learner record."""
    sent = form(request)
    origins, owner = sent.many("item"), look.viewer.tenant
    record = await issue.record_of(inside, owner.id, look.learner)
    try:
        async with inside.db.transaction(owner.id) as tx:
            context = await issue.issuing_context(tx, inside, owner, IssueOptions(look.viewer.actor))
            offered = await choice(tx, context.issuer.home, record, sensitive=look.seen.sensitive)
            items = _chosen(offered.items, origins)
            if sent.text("kind") == "record":
                others = await verified(tx, look.learner, owner.name) if sent.flag("received") else []
                await issue.issue_record(tx, context, record, items or None, others)
                words = _("The learner record is issued.")
            elif not items:
                raise Invalid(_("Choose at least one thing to issue."))
            else:
                rows = await issue.issue_badges(tx, context, [(issue.whom(record.header), item) for item in items])
                words = ngettext("%(n)s badge is issued.", "%(n)s badges are issued.", len(rows))
    except Invalid as why:
        return await _page(request, look, inside, error=error_words.translated(why.detail), status=422)
    return done(request, f"/learners/{learner}/credentials", words)


@router.get("/{credential}/revoke")
async def ask_revoke(learner: UUID, credential: UUID, request: Request, look: Revoking, inside: Inside) -> Response:
    """Asks first, and why."""
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        row = await ledger.entry_of(tx, look.seen.same, credential)
    back = f"/learners/{learner}/credentials"
    return confirm(
        request,
        question=_('Revoke "%(name)s"?', name=row.name),
        words=_(PUBLIC),
        action=f"{back}/{credential}/revoke",
        back=back,
        button=_("Revoke it"),
        crumbs=[(_("Badges and credentials"), back)],
        reason=True,
    )


@router.post("/{credential}/revoke")
async def revoke(learner: UUID, credential: UUID, request: Request, look: Revoking, inside: Inside) -> Response:
    """Revoke the credential, with the reason."""
    back, reason = f"/learners/{learner}/credentials", form(request).text("reason")[:LONGEST]
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        await ledger.entry_of(tx, look.seen.same, credential)
        if not reason:
            raise Invalid(_("Say why it is revoked: whoever verifies it reads that."))
        try:
            by = Signature(look.viewer.account.name, "registrar", look.viewer.actor)
            await revoking.change_state(tx, credential, "revoked", reason, by=by, now=datetime.now(UTC))
        except Conflict:
            return done(request, back, _("It was revoked before."), "warn")
    return done(request, back, _("Revoked. Whoever verifies it from now on is told so."))


def _age(item: Item) -> datetime:
    return item.date or datetime.min.replace(tzinfo=UTC)


def _chosen(offered: Sequence[Item], origins: Sequence[str]) -> list[Item]:
    """What was chosen, by what it comes from. Invalid where the record says that no more."""
    known = {item.origin: item for item in offered}
    if any(origin not in known for origin in origins):
        raise Invalid(_("The record has changed since this page was loaded: choose again."))
    return [known[origin] for origin in dict.fromkeys(origins)]


def _claim_state(row: ClaimRow) -> tuple[str, str]:
    """How a claim stands: in words, and whether its link still works."""
    if row.claimed_at is not None:
        return _("Claimed on %(day)s", day=day(row.claimed_at)), "good"
    if row.ended_at is not None or row.expires_at <= datetime.now(UTC):
        return _("over"), "plain"
    sent = {"waiting": _("being sent"), "sent": _("sent"), "given up": _("could not be sent")}
    return sent.get(row.mail_state or "", _("Not claimed yet")), "bad" if row.mail_state == "given up" else "warn"


async def _page(request: Request, look: Look, inside: Inside, *, error: str = "", status: int = 200) -> Response:
    owner, may_issue = look.viewer.tenant, "credential.issue" in MAY[look.seen.role]
    record = await issue.record_of(inside, owner.id, look.learner) if may_issue else None
    async with inside.db.transaction(owner.id) as tx:
        rows = await ledger.issued_to(tx, look.seen.same)
        others = [holding for holding in await holdings(tx, look.learner, owner.name) if holding.way != "issued"]
        names = await group.names(tx, [look.learner])
        own_claims = await claims.claims_of(tx, look.learner) if may_issue else []
        addresses = [email.value for email in record.header.emails] if record else []
        home = issuer_of(owner, inside.settings).home
        offered = None if record is None else await choice(tx, home, record, sensitive=look.seen.sensitive)
    new = [] if offered is None else [item for item in offered.items if item.origin not in offered.issued]
    return show(
        request,
        "registrar/learner_credentials.html",
        status=status,
        crumbs=[(names.get(look.learner) or _("A learner"), f"/learners/{look.learner}")],
        learner=look.learner,
        name=names.get(look.learner) or _("A learner"),
        rows=[(row, kind(row.kind), *pill(STATES, row.state)) for row in rows],
        others=[(holding, *verdict(holding.state, revoked=holding.state == "revoked")) for holding in others],
        may_issue=may_issue,
        claims=[(row, *_claim_state(row)) for row in own_claims],
        addresses=addresses,
        may_revoke="credential.revoke" in MAY[look.seen.role],
        new=sorted(new, key=_age, reverse=True),
        most=MOST,
        withheld=offered.withheld if offered else 0,
        error=error,
    )
