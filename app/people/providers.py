"""A district's OpenID providers: configured, and what signing in by one leads to here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import structlog

from app.db import Tx
from app.db.people import accounts, providers, relations, sessions
from app.db.people.accounts import AccountRow
from app.db.people.providers import ProviderRow
from app.errors import Conflict, Denied, Gone, Invalid, NotFound
from app.people import accounts as people
from app.people import invitations
from app.people.claims import Rule, Subject, left_out, read_rules, roles
from app.people.openid import Client, Providers
from app.people.roles import TOLD, Role
from app.people.viewer import origin_of
from app.secrets import Vault

log = structlog.get_logger(__name__)

SCOPES = "openid profile email"
EXAMPLES = {
    "Google Workspace": "https://accounts.google.com",
    "Microsoft Entra ID": "https://login.microsoftonline.com/TENANT/v2.0",
    "ClassLink": "https://launchpad.classlink.com",
    "Clever": "https://clever.com",
}
"""Where known providers are: the issuer, whose description says all else."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """A provider as it is to be; `secret` None keeps the one there is."""

    name: str
    issuer: str
    client_id: str
    secret: str | None
    scopes: str
    rules: str
    vouches: bool


async def add(
    tx: Tx, vault: Vault, known: Providers, settings: ProviderSettings, id: UUID | None = None
) -> ProviderRow:
    """A new provider, once it has answered. Invalid for what will not do; Unavailable where it does not answer.

    `id`: by which its address back (`back`) was told before, so that it could be registered there.
    """
    rules = await _checked(known, settings)
    sealed = vault.seal(tx.tenant, settings.secret.encode()) if settings.secret else None
    row = ProviderRow(
        id=id or uuid4(),
        name=settings.name,
        issuer=settings.issuer.rstrip("/"),
        client_id=settings.client_id,
        sealed=sealed,
        scopes=settings.scopes or SCOPES,
        rules=[{"claim": rule.claim, "value": rule.value, "role": rule.role} for rule in rules],
        vouches=settings.vouches,
        created_at=datetime.now(UTC),
    )
    try:
        async with tx.conn.transaction():
            await providers.add(tx, row)
    except psycopg.errors.UniqueViolation:
        raise Conflict("This provider is connected already: open it to change it.") from None
    return row


async def change(tx: Tx, vault: Vault, known: Providers, id: UUID, settings: ProviderSettings) -> None:
    """Change a provider. Where its issuer changes, its secret is entered anew.

    A subject means somebody at one issuer, and perhaps to one client (OpenID Connect Core 8): where either changes,
    nobody is known by their subject any more, and who has a vouched-for address is known by that.
    """
    row = await by_id(tx, id)
    rules = await _checked(known, settings)
    if settings.issuer.rstrip("/") != row.issuer and row.sealed and not settings.secret:
        raise Invalid("The secret was for another address: enter it again.", pointers={"/secret": "missing"})
    sealed = vault.seal(tx.tenant, settings.secret.encode()) if settings.secret else row.sealed
    changed = replace(
        row,
        name=settings.name,
        issuer=settings.issuer.rstrip("/"),
        client_id=settings.client_id,
        sealed=sealed,
        scopes=settings.scopes or SCOPES,
        rules=[{"claim": rule.claim, "value": rule.value, "role": rule.role} for rule in rules],
        vouches=settings.vouches,
    )
    await providers.change(tx, changed)
    if (changed.issuer, changed.client_id) != (row.issuer, row.client_id):
        await providers.unbind(tx, row.id)


async def end(tx: Tx, id: UUID) -> None:
    """Nobody signs in by a provider any more: who came by it is signed out, and the roles that it gave are over."""
    row, now = await by_id(tx, id), datetime.now(UTC)
    origin = origin_of(row.id)
    await providers.change(tx, replace(row, ended_at=now))
    await accounts.end_roles_of(tx, origin, now)
    await sessions.end_way(tx, origin, now)
    if not await accounts.administrators(tx, now):
        raise people.nobody_left()


async def by_id(tx: Tx, id: UUID) -> ProviderRow:
    """A provider. NotFound where there is none."""
    row = await providers.by_id(tx, id)
    if row is None:
        raise NotFound("No such provider: it may have been taken away.")
    return row


async def listed(tx: Tx) -> list[ProviderRow]:
    """The providers one can sign in by."""
    return await providers.listed(tx)


def redirect_uri(home: str, district: str, id: UUID) -> str:
    """Where a provider sends browsers back to: an address of its own, as it is registered there."""
    return f"{home}/login/{district}/{id}/back"


def client(vault: Vault, tenant: int, row: ProviderRow, back: str) -> Client:
    """The service as a client of the provider."""
    secret = vault.open(tenant, row.sealed).decode() if row.sealed else None
    return Client(row.issuer, row.client_id, secret, row.scopes, back)


def rules_of(row: ProviderRow) -> list[Rule]:
    """Which claims of a provider give which roles."""
    return [Rule(rule["claim"], rule["value"], rule["role"]) for rule in row.rules]


async def enter(tx: Tx, row: ProviderRow, who: Subject, invitation: str | None) -> AccountRow:
    """The account of somebody a provider vouches for, with the roles that its rules give as of now.

    An account is made where a rule, the roster, or an invitation gives it a role; Denied where nothing does, also for
    an account whose roles go by what the provider left out this time.
    """
    account = await _known(tx, row, who)
    by_rule = roles(rules_of(row), who.claims)
    if lacking := left_out(rules_of(row), who.claims):
        log.warning("a provider left claims out that rules go by", provider=row.name, claims=lacking)
    nothing = not by_rule and not invitation and not await _on_roster(tx, who)
    if lacking and nothing and not await _has_others(tx, row, account):
        raise Denied(
            f"{row.name} left out your {', '.join(lacking)}, by which roles go here: ask the district's administrator.",
            type="claims-left-out",
            title="No role here",
        )
    if account is None:
        if nothing:
            raise Denied(
                "You are known there, but have no role here yet. Ask your school, or the district's administrator.",
                type="no-role",
                title="No role here",
            )
        account = await people.make(tx, who.email or f"{row.name} {who.id}"[:120], who.name, email=who.email)
        if who.language in people.LANGUAGES:
            await people.rename(tx, account, account.name, who.language)
    await providers.bind(tx, row.id, who.id, account.id)
    if who.email and account.email is None and await accounts.by_email(tx, who.email) is None:
        account = replace(account, email=who.email)
        await accounts.change(tx, account)
    if account.email and account.email == who.email:
        await people.bind_by_email(tx, account, origin_of(row.id))
    await _follow_rules(tx, row, account.id, by_rule)
    if invitation:
        await invitations.accept(tx, await invitations.read(tx, invitation), account)
    return account


async def _known(tx: Tx, row: ProviderRow, who: Subject) -> AccountRow | None:
    """The account that is theirs already: by their subject, else by an address that is vouched for on both sides.

    An address may be given to somebody else once its owner has left, a subject never is (OpenID Connect Core 5.7):
    an account that the same provider has opened to another subject is not theirs.
    """
    known = await providers.account_of(tx, row.id, who.id)
    if known is None:
        addressed = await accounts.by_email(tx, who.email) if who.email else None
        if addressed and await providers.has_another(tx, row.id, who.id, addressed.id):
            raise Denied(
                "The account of your address is another person's: ask the district's administrator to end it.",
                type="address-of-another",
                title="No role here",
            )
        return addressed
    account = await accounts.by_id(tx, known)
    if account is None or account.ended_at is not None:
        raise Gone("This account was ended. Ask the district's administrator.")
    return account


async def _has_others(tx: Tx, row: ProviderRow, account: AccountRow | None) -> bool:
    """Whether an account has roles that no rule of this provider gave."""
    held_roles = [] if account is None else await accounts.roles(tx, account.id, datetime.now(UTC))
    return any(role.origin != origin_of(row.id) for role in held_roles)


async def _on_roster(tx: Tx, who: Subject) -> bool:
    """Whether a roster gives somebody of that address a role."""
    persons = await relations.by_email(tx, who.email) if who.email else []
    roster_roles = await relations.roster_roles(tx, persons, datetime.now(UTC).date()) if persons else []
    return any(role.role in TOLD for role in roster_roles)


async def _follow_rules(tx: Tx, row: ProviderRow, account: UUID, by_rule: Sequence[Role]) -> None:
    """Give the roles that rules give now, and end those that they gave before and no longer do."""
    origin, now = origin_of(row.id), datetime.now(UTC)
    earlier = [role for role in await accounts.roles(tx, account, now) if role.origin == origin]
    for role in earlier:
        if role.role not in by_rule:
            await accounts.end_role(tx, role.id, now, origin)
    for name in by_rule:
        if name not in {role.role for role in earlier}:
            await people.give(tx, account, name, by=origin, origin=origin)


async def _checked(known: Providers, settings: ProviderSettings) -> list[Rule]:
    if not settings.name or not settings.client_id:
        raise Invalid("A provider needs a name, and the client id that it knows us by.")
    rules, wrong = read_rules(settings.rules.splitlines())
    if wrong:
        words = f"'{wrong[0][:80]}' is no rule: write claim = value: role, as in groups = Teachers: teacher."
        raise Invalid(words, pointers={"/rules": words})
    await known.metadata(settings.issuer)
    return rules
