"""Who is looking: an account in an open session, the roles it holds today, and who it is in the record."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.access import tenants
from app.db import Database, Tx
from app.db.access.tenants import TenantRow
from app.db.people import accounts, relations
from app.db.people.accounts import AccountRow, HeldRow
from app.db.people.relations import Ref, RoleRow
from app.db.people.sessions import SessionRow
from app.people.roles import OPERATES, ROLES, TOLD, Permission, Role, granted


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in. `roster_roles` are those that rosters give them, `held_roles` those given here."""

    tenant: TenantRow
    account: AccountRow
    session: SessionRow
    held_roles: tuple[HeldRow, ...]
    persons: tuple[Ref, ...]
    roster_roles: tuple[RoleRow, ...]
    roles: tuple[Role, ...]
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        """Whether they may do it (to some learner, where it is about one: `app.people.seeing` says to whom)."""
        return permission in self.permissions

    @property
    def actor(self) -> str:
        """Who they are in the audit log."""
        return actor_name(self.account.id)


def actor_name(account: UUID) -> str:
    """What the audit log and other ledgers call an account."""
    return f"account {account}"


async def viewer_of(tx: Tx, tenant: TenantRow, account: AccountRow, session: SessionRow, now: datetime) -> Viewer:
    """The account with the roles it holds now: asked anew at each request, so that one taken away counts at once."""
    held_roles = tuple(row for row in await accounts.roles(tx, account.id, now) if _counts(row, session))
    persons: tuple[Ref, ...] = tuple((row.source_id, row.person) for row in await accounts.bound(tx, account.id))
    roster_roles = tuple(await relations.roster_roles(tx, persons, now.date())) if persons else ()
    roles = roles_of(held_roles, roster_roles)
    return Viewer(
        tenant=tenant,
        account=account,
        session=session,
        held_roles=held_roles,
        persons=persons,
        roster_roles=roster_roles,
        roles=roles,
        permissions=granted(roles) | (OPERATES if account.operator_since else frozenset()),
    )


def roles_of(held_roles: tuple[HeldRow, ...], roster_roles: tuple[RoleRow, ...]) -> tuple[Role, ...]:
    """The roles that somebody has by what they were given and what rosters tell, in their order."""
    named = {row.role for row in held_roles} | {TOLD[row.role] for row in roster_roles if row.role in TOLD}
    return tuple(role for role in ROLES if role in named)


def origin_of(provider: UUID) -> str:
    """What roles that a provider's rules give, and sessions begun there, say of where they come from."""
    return f"provider {provider}"


def _counts(row: HeldRow, session: SessionRow) -> bool:
    """Whether a role counts in a session: what a provider's rules give, only where that provider let its holder in.

    Else whoever is shut out there would keep the role here by a password of theirs.
    """
    return not row.origin.startswith("provider ") or row.origin == session.way


async def tenant_of(db: Database, tenant: int) -> TenantRow:
    """The viewer's district. NotFound where it is gone."""
    return await tenants.by_id(db, tenant)


def today(now: datetime) -> date:
    """The day on which relationships are looked at, in UTC."""
    return now.date()
