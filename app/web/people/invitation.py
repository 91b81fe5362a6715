"""Where an invitation is taken up: a code on paper is typed, a link brings it along; and the first district is made."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.access import tenants
from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.people.accounts import AccountRow
from app.db.people.invitations import InvitationRow
from app.errors import DomainError, Invalid, NotFound
from app.people import accounts, first, invitations, passwords, providers, second_factor, sessions, sign_in
from app.people.accounts import folded
from app.people.codes import read_code
from app.people.sign_in import SignInAttempts
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.cookies import KNOWN, brought
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, anybody, form, viewer_of
from app.web.kit.visitors import Visitors, admit, place
from app.web.kit.words import _, later
from app.web.people.sign_in import agent, entered, remember

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
EMPTY = {"district": "", "name": "", "login": ""}
UNKNOWN = later("This code is not known here. Check that it was copied whole, or ask for a new one.")


@router.get("/invitation", dependencies=[anybody])
async def type_code(request: Request) -> Response:
    """Where a code on paper is typed."""
    return show(request, "invitation_code.html", complaint="")


@router.post("/invitation", dependencies=[anybody])
async def typed_code(request: Request) -> Response:
    """From the code to its invitation."""
    code = read_code(form(request).text("code"))
    if code is None:
        return show(request, "invitation_code.html", status=422, complaint=UNKNOWN)
    return RedirectResponse(f"/invitation/{code}", 303)


@router.get("/invitation/{code}", dependencies=[anybody])
async def offered(code: str, request: Request, inside: Inside) -> Response:
    """What is offered, and what is needed to take it."""
    tenant, row = await _find(request, inside, code)
    async with inside.db.transaction(tenant.id) as tx:
        rows = await providers.listed(tx)
        asks_code = await _asks_code(tx, row)
    ways = [(provider.name, f"/login/{tenant.slug}/{provider.id}?invitation={code}") for provider in rows]
    return _offer(request, tenant, row, code, ways=ways if row.account_id is None else [], asks_code=asks_code)


@router.post("/invitation/{code}", dependencies=[anybody])
async def take(code: str, request: Request, inside: Inside) -> Response:
    """Take an invitation up: with a new account, or with the one that is signed in."""
    tenant, _row = await _find(request, inside, code)
    sent, viewer = form(request), viewer_of(request)
    try:
        async with inside.db.transaction(tenant.id) as tx:
            row = await invitations.read(tx, code)
            if viewer is not None and viewer.tenant.id == tenant.id and row.account_id is None:
                await invitations.accept(tx, row, viewer.account)
                return done(request, "/", _("This is added to your account."))
            account = await _account(tx, request, inside, row, sent)
            await invitations.accept(tx, row, account)
            opened = await sessions.begin(tx, inside.settings, account.id, "invitation", agent(request))
    except DomainError as why:
        async with inside.db.transaction(tenant.id) as tx:
            asks_code = await _asks_code(tx, _row)
        return _offer(request, tenant, _row, code=code, why=why, sent=sent, asks_code=asks_code)
    response = done(request, "/", _("Welcome. You are signed in."))
    remember(request, response, inside, tenant, account.login)
    return await entered(request, response, inside, opened)


@router.get("/start/{token}", dependencies=[anybody])
async def first_district(token: str, request: Request, inside: Inside) -> Response:
    """Where the first district of an empty instance is made."""
    await first.check(inside.db, inside.vault, token)
    return show(request, "first.html", token=token, complaint="", sent=EMPTY)


@router.post("/start/{token}", dependencies=[anybody])
async def make_first(token: str, request: Request, inside: Inside) -> Response:
    """Make the first district and its administrator."""
    sent = form(request)
    values = {name: sent.text(name) for name in ("district", "name", "login")}
    try:
        same = sent.secret("password") == sent.secret("again")
        check_typed(values["login"], values["name"], sent.secret("password"), same=same)
        tenant = await first.make(inside.db, inside.vault, token, values["district"])
        async with inside.db.transaction(tenant.id) as tx:
            account = await accounts.make(tx, values["login"], values["name"], password=sent.secret("password"))
            await accounts.give(tx, account.id, "administrator", by=invitations.FIRST, origin="invitation")
            opened = await sessions.begin(tx, inside.settings, account.id, "invitation", agent(request))
    except Invalid as why:
        return show(
            request,
            "first.html",
            status=why.status,
            token=token,
            complaint=error_words.translated(why.detail),
            sent=values,
        )
    response = done(request, "/", _("Your district is ready. Next: connect a first source."))
    remember(request, response, inside, tenant, account.login)
    return await entered(request, response, inside, opened)


def check_typed(login: str, name: str, password: str, *, same: bool) -> None:
    """What a form can be told of before anything is done. Invalid says what."""
    if len(folded(login)) < 3 or not name:
        raise Invalid(later("Fill in your name, and the e-mail address or name you will sign in with."))
    passwords.check_new(password, login, name)
    if not same:
        raise Invalid(later("The two passwords are not the same."))


async def _find(request: Request, inside: Service, code: str) -> tuple[TenantRow, InvitationRow]:
    """The invitation of a code and whose it is. NotFound, or Gone; counted, so that codes are not guessed."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.codes)
    missing: DomainError = NotFound(UNKNOWN)
    for tenant in await tenants.listed(inside.db):
        try:
            async with inside.db.transaction(tenant.id) as tx:
                return tenant, await invitations.read(tx, code)
        except NotFound as why:
            missing = why
    raise missing


async def _account(tx: Tx, request: Request, inside: Service, row: InvitationRow, sent: Posted) -> AccountRow:
    """The account that takes an invitation up: a new one, or the one that it opens."""
    same = sent.secret("password") == sent.secret("again")
    if row.account_id is not None:
        account = await accounts.known(tx, row.account_id)
        if row.role != invitations.ENTER and not same:
            raise Invalid(later("The two passwords are not the same."))
        await _second(tx, request, inside, account, sent)
        if row.role != invitations.ENTER:
            await accounts.set_password(tx, await accounts.known(tx, account.id), sent.secret("password"))
        return account
    login = sent.text("login")
    check_typed(login, sent.text("name"), sent.secret("password"), same=same)
    vouched = row.email if row.email == folded(login) else None
    account = await accounts.make(tx, login, sent.text("name"), email=vouched, password=sent.secret("password"))
    if vouched:
        await accounts.bind_by_email(tx, account, row.made_by)
    return account


async def _asks_code(tx: Tx, row: InvitationRow) -> bool:
    """Whether an invitation opens an account that has a second factor."""
    return row.account_id is not None and (await accounts.known(tx, row.account_id)).second_at is not None


async def _second(tx: Tx, request: Request, inside: Service, account: AccountRow, sent: Posted) -> None:
    """Ask for the second factor of an account that has one. Invalid; TooManyRequests for who guesses."""
    if account.second_at is None:
        return
    tries: SignInAttempts = request.app.state.tries
    carried = sign_in.known_mark(inside.vault, tx.tenant, account.login, brought(request, inside.settings, KNOWN))
    tries.admit(tx.tenant, account.login, place(request), carried)
    await second_factor.check(tx, inside.vault, account, sent.text("code"))


def _offer(
    request: Request,
    tenant: TenantRow,
    row: InvitationRow,
    code: str,
    why: DomainError | None = None,
    sent: Posted | None = None,
    ways: Sequence[tuple[str, str]] = (),
    *,
    asks_code: bool = False,
) -> Response:
    viewer = viewer_of(request)
    return show(
        request,
        "invitation.html",
        status=why.status if why else 200,
        district=tenant.name,
        row=row,
        enters=row.role == invitations.ENTER,
        code=code,
        asks_code=asks_code,
        ways=ways,
        complaint=error_words.translated(why.detail) if why else "",
        name=sent.text("name") if sent else row.name or "",
        login=sent.text("login") if sent else row.email or "",
        own=viewer is not None and viewer.tenant.id == tenant.id and row.account_id is None,
    )
