"""People who sign in: who they are, the roles they hold, who they are in the roster; invited, helped, and ended."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.db.people.accounts import AccountRow
from app.errors import Conflict, Invalid
from app.issuing.picture import qr
from app.people import accounts, directory, invitations, second_factor, sessions
from app.people.invitations import Invited, Offer
from app.people.roles import BOUND, ROLES
from app.people.viewer import Viewer
from app.request import Inside
from app.sources import known
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.names import role as role_name
from app.web.kit.shell import confirm, done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _

router = APIRouter(prefix="/people", include_in_schema=False, route_class=SignedRoute)
Administrator = Annotated[Viewer, may("accounts.manage")]
GIVEN = tuple(role for role in ROLES if role not in BOUND)
"""The roles that are given here; those for one learner are given on the learner's page."""
AT_ONCE = 50


@router.get("")
async def listed(request: Request, viewer: Administrator, inside: Inside, q: str = "", after: str = "") -> Response:
    """Everybody, by name; and who is invited."""
    name, _bar, last = after.rpartition("|")
    begin = (name, UUID(last)) if len(last) == 36 else directory.NOBODY
    async with inside.db.transaction(viewer.tenant.id) as tx:
        people = await directory.page(tx, q[:100], begin, AT_ONCE + 1)
        invited = await directory.invited(tx)
    more = people[AT_ONCE - 1] if len(people) > AT_ONCE else None
    following = f"/people?q={q}&after={more.name}|{more.id}" if more else ""
    return show(request, "district/people.html", people=people[:AT_ONCE], invited=invited, q=q, following=following)


@router.get("/invite")
async def ask_invite(request: Request, viewer: Administrator, inside: Inside) -> Response:
    """The form of an invitation."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        return await _form(request, tx, {}, "")


@router.post("/invite")
async def invite(request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Invite somebody: the page that answers has the code, this once."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        try:
            offer = _offer(sent)
            invited = await invitations.invite(tx, offer, viewer.actor, days=sent.whole("days", invitations.DAYS) or 1)
        except Invalid as why:
            return await _form(request, tx, sent.form, error_words.translated(why.detail))
    return paper(request, inside.settings.home, invited, _("Invitation"), role_name(offer.role))


@router.post("/invitations/{invitation}/end")
async def end_invitation(invitation: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """End an invitation before it was used."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await directory.end_invitation(tx, invitation)
    return done(request, "/people", _("The code opens nothing any more."))


@router.get("/{account}")
async def account_page(account: UUID, request: Request, viewer: Administrator, inside: Inside, q: str = "") -> Response:
    """An account: its roles, its person in the roster, and help to sign in."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        details = await directory.details(tx, inside.settings, account)
        staff = await directory.staff(tx, q[:100])
        schools = await directory.schools(tx)
        sources = [(row.id, row.name) for row in await known.listed(tx)]
    return show(
        request,
        "district/person.html",
        crumbs=[(_("People"), "/people")],
        details=details,
        staff=staff,
        q=q,
        roles=[(role, role_name(role)) for role in GIVEN],
        schools=[(f"{row.source_id}|{row.key}", row.name) for row in schools],
        school_names={(row.source_id, row.key): row.name for row in schools},
        sources=sources,
        source_names=dict(sources),
        own=account == viewer.account.id,
    )


@router.post("/{account}/roles")
async def give(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Give a role."""
    sent = form(request)
    offer = _offer(sent)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.known(tx, account)
        await accounts.give(
            tx,
            account,
            offer.role,
            by=viewer.actor,
            origin="administrator",
            source=offer.source,
            org=offer.org,
            sensitive=sent.flag("sensitive"),
            ends=offer.role_ends,
        )
    return done(request, f"/people/{account}", _("Given."))


@router.post("/{account}/roles/{role}/end")
async def take(account: UUID, role: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Take a role away: at the next look it is gone."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.known(tx, account)
        await accounts.take(tx, role, viewer.actor)
    return done(request, f"/people/{account}", _("Taken away."))


@router.post("/{account}/bind")
async def bind(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Say who somebody is in the roster: their classes and schools come from there."""
    sent = form(request)
    source = sent.whole("source")
    if source is None or not sent.text("person"):
        raise Invalid(_("Choose a person of the roster first."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.known(tx, account)
        await known.by_id(tx, source)
        await accounts.bind(tx, account, [(source, sent.text("person"))], viewer.actor)
    return done(request, f"/people/{account}", _("Bound. Classes and schools come from the roster now."))


@router.post("/{account}/unbind")
async def unbind(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """They are not that person after all."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.known(tx, account)
        await directory.unbind(tx, account, sent.whole("source") or 0, sent.text("person"))
    return done(request, f"/people/{account}", _("No longer bound."))


def _no_operator(viewer: Viewer, row: AccountRow) -> None:
    """Conflict for another's account that operates the instance: whoever signed in by it would, too."""
    if row.operator_since is not None and row.id != viewer.account.id:
        raise Conflict(_("This account operates the instance: that is taken from it on the command line first."))


@router.post("/{account}/reset")
async def reset(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Let somebody set a new password: the page that answers has the link, this once."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _no_operator(viewer, await accounts.known(tx, account))
        invited = await invitations.invite_anew(tx, account, viewer.actor)
    return paper(request, inside.settings.home, invited, _("A new password"), invited.row.name or "")


@router.post("/{account}/sign-out")
async def sign_out(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Sign somebody out everywhere."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.known(tx, account)
        await sessions.end(tx, account)
    return done(request, f"/people/{account}", _("Signed out everywhere."))


@router.get("/{account}/second-factor")
async def ask_second(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Ask before somebody's second factor is taken away."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await accounts.known(tx, account)
    return confirm(
        request,
        question=_("Take away the codes and passkeys of %(name)s?", name=row.name),
        words=_(
            "Do it only for who asks you in person. They are signed out everywhere, and their password alone opens."
        ),
        action=f"/people/{account}/second-factor",
        back=f"/people/{account}",
        button=_("Take them away"),
        crumbs=[(_("People"), "/people")],
    )


@router.post("/{account}/second-factor")
async def take_second(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Take somebody's second factor away. Conflict for one's own: that asks for the password, on one's own page."""
    if account == viewer.account.id:
        raise Conflict(_("Your own codes are taken away under 'My account', with your password."))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await accounts.known(tx, account)
        _no_operator(viewer, row)
        await second_factor.take_away(tx, row)
    return done(request, f"/people/{account}", _("Codes are no longer asked for, and passkeys open nothing."))


@router.get("/{account}/end")
async def ask_end(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Ask before an account is ended."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await accounts.known(tx, account)
    return confirm(
        request,
        question=_("End the account of %(name)s?", name=row.name),
        words=_("They are signed out everywhere, and their roles are over. What they did stays in the logs."),
        action=f"/people/{account}/end",
        back=f"/people/{account}",
        button=_("End the account"),
        crumbs=[(_("People"), "/people")],
    )


@router.post("/{account}/end")
async def end(account: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """End an account."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await accounts.end(tx, account, viewer.actor)
    return done(request, "/people", _("The account is ended."))


def paper(request: Request, home: str, invited: Invited, title: str, words: str) -> Response:
    """An invitation on a page to be handed over or printed: its code is told this once."""
    address = f"{home}/invitation/{invited.code}"
    return show(
        request,
        "district/paper.html",
        title=title,
        words=words,
        code=invited.code,
        address=address,
        typed=f"{home}/invitation",
        picture=qr(address),
        until=invited.row.expires_at,
    )


def _offer(sent: Posted) -> Offer:
    """What a form gives: a role, perhaps for a school or a program, perhaps until a day. Invalid."""
    role = sent.text("role")
    if role not in GIVEN:
        raise Invalid(_("Choose a role first."))
    source, _bar, org = sent.text("school").partition("|")
    program = sent.whole("program")
    ends = sent.moment("ends")
    if ends and ends < datetime.now(UTC):
        raise Invalid(_("The role would have ended already."))
    return Offer(
        role,
        source=int(source) if org and source.isascii() and source.isdigit() else program,
        org=org or None,
        name=sent.text("name") or None,
        email=sent.text("email") or None,
        role_ends=ends,
    )


async def _form(request: Request, tx: Tx, sent: object, complaint: str) -> Response:
    schools = await directory.schools(tx)
    return show(
        request,
        "district/invite.html",
        status=422 if complaint else 200,
        crumbs=[(_("People"), "/people")],
        roles=[(role, role_name(role)) for role in GIVEN],
        schools=[(f"{row.source_id}|{row.key}", row.name) for row in schools],
        sources=[(row.id, row.name) for row in await known.listed(tx)],
        sent=sent,
        complaint=complaint,
    )
