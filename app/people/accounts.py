"""Accounts and the roles they hold: made, changed, ended; a district never loses its last administrator."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg

from app.db import Tx
from app.db.people import accounts, invitations, relations, sessions
from app.db.people.accounts import AccountRow, BoundRow, HeldRow
from app.db.people.relations import Ref
from app.errors import Conflict, Invalid, NotFound
from app.people import passwords
from app.people.roles import BOUND, ROLES, Role

MOST_NAME = 120
LANGUAGES = ("en", "es")
LAST = "Nobody would administer the district: give somebody else the role first."


def folded(login: str) -> str:
    """A login, or an e-mail address, as it is compared."""
    return " ".join(login.split()).casefold()


async def make(tx: Tx, login: str, name: str, *, email: str | None = None, password: str | None = None) -> AccountRow:
    """A new account. Invalid where a field will not do; Conflict where the login is another's."""
    login, name = folded(login), " ".join(name.split())
    if not 3 <= len(login) <= MOST_NAME:
        raise Invalid(
            "Give an e-mail address, or a sign-in name of 3 to 120 characters.", pointers={"/login": "missing"}
        )
    if not 1 <= len(name) <= MOST_NAME:
        raise Invalid("Give your name.", pointers={"/name": "missing"})
    if password is not None:
        passwords.check_new(password, login, name)
    account = uuid4()
    password_hash = None if password is None else await passwords.hashed(password)
    try:
        async with tx.conn.transaction():
            await accounts.add(tx, account, login, name, email=email and folded(email), password=password_hash)
    except psycopg.errors.UniqueViolation:
        raise Conflict(
            "There is an account with this e-mail address or sign-in name already. Sign in with it, or choose another.",
            type="login-taken",
            title="Taken",
        ) from None
    return await known(tx, account)


async def known(tx: Tx, account: UUID) -> AccountRow:
    """A live account. NotFound where there is none."""
    row = await accounts.by_id(tx, account)
    if row is None or row.ended_at is not None:
        raise NotFound(f"No account {account}.")
    return row


async def give(
    tx: Tx,
    account: UUID,
    role: Role,
    *,
    by: str,
    origin: str,
    learner: UUID | None = None,
    source: int | None = None,
    org: str | None = None,
    sensitive: bool = False,
    ends: datetime | None = None,
) -> HeldRow:
    """Give an account a role, from now on. Invalid where the role needs a learner, or an end, and has none."""
    if role not in ROLES:
        raise Invalid(f"'{role}' is no role: there are {', '.join(ROLES)}.")
    if role in BOUND and learner is None:
        raise Invalid(f"The role '{role}' is for one learner: say which.")
    if role == "assessor" and ends is None:
        raise Invalid("An outside assessor's role ends by itself: say on which day.")
    now = datetime.now(UTC)
    row = HeldRow(
        id=uuid4(),
        account_id=account,
        role=role,
        learner_id=learner,
        source_id=source,
        org=org,
        sensitive=sensitive,
        origin=origin,
        begins=now,
        ends=ends,
        made_by=by,
    )
    for other in await accounts.roles(tx, account, now):
        if (other.role, other.learner_id, other.source_id, other.org) == (role, learner, source, org):
            if (other.sensitive, other.ends) == (sensitive, ends):
                return other
            await accounts.end_role(tx, other.id, now, by)
    await accounts.give(tx, row)
    return row


async def take(tx: Tx, role: UUID, by: str) -> HeldRow:
    """End a role at once. NotFound where it is over; Conflict for the last administrator's."""
    now = datetime.now(UTC)
    row = await accounts.end_role(tx, role, now, by)
    if row is None:
        raise NotFound("This role is over already.")
    if row.role == "administrator" and not await accounts.administrators(tx, now):
        raise nobody_left()
    return row


async def end(tx: Tx, account: UUID, by: str) -> None:
    """End an account: its sessions and roles are over at once; what it did stays in the logs."""
    row = await known(tx, account)
    now = datetime.now(UTC)
    for role in await accounts.roles(tx, account, now):
        await accounts.end_role(tx, role.id, now, by)
    await sessions.end(tx, account, now)
    await accounts.change(tx, replace(row, ended_at=now))
    if not await accounts.administrators(tx, now):
        raise nobody_left()


def nobody_left() -> Conflict:
    """What is answered where a district would lose its last administrator."""
    return Conflict(
        "Nobody would administer the district: give somebody else the role first.", type="last-administrator"
    )


async def operate(tx: Tx, row: AccountRow, *, since: datetime | None) -> None:
    """Let an account operate the instance, or no longer (None): it counts at its next look."""
    await accounts.operate(tx, row.id, since)


async def set_password(tx: Tx, row: AccountRow, password: str, keep: UUID | None = None) -> None:
    """Set a password, and end every session but one, and every link that would open the account. Invalid."""
    passwords.check_new(password, row.login, row.name)
    now = datetime.now(UTC)
    await accounts.change(tx, replace(row, password=await passwords.hashed(password)))
    await sessions.end(tx, row.id, now, but=keep)
    await invitations.end_for(tx, row.id, now)


async def rename(tx: Tx, row: AccountRow, name: str, language: str | None) -> None:
    """Set the name others read, and the language pages are in (None: the browser's)."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= MOST_NAME:
        raise Invalid("Give your name.", pointers={"/name": "missing"})
    await accounts.change(tx, replace(row, name=name, language=language if language in LANGUAGES else None))


async def bind(tx: Tx, account: UUID, persons: Sequence[Ref], by: str) -> None:
    """Say who an account is in the record."""
    for source, person in persons:
        await accounts.bind(tx, BoundRow(account, source, person, by))


async def bind_by_email(tx: Tx, row: AccountRow, by: str) -> int:
    """Bind an account to the persons who have its vouched-for e-mail address; how many there are."""
    persons = await relations.by_email(tx, row.email) if row.email else []
    await bind(tx, row.id, persons, by)
    return len(persons)
