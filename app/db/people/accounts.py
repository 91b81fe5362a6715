"""Accounts, who they are in the record, and the roles they hold."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.people import Account, AccountPerson, HeldRole


@dataclass(frozen=True, slots=True)
class AccountRow:
    """Somebody who signs in; what their password and second factor are checked against."""

    id: UUID
    login: str
    name: str
    email: str | None
    language: str | None
    password: bytes | None
    sealed_second: bytes | None
    second_at: datetime | None
    second_step: int | None
    recovery: list[str]
    created_at: datetime
    ended_at: datetime | None
    operator_since: datetime | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A role that an account holds or held, and what it is bound to."""

    id: UUID
    account_id: UUID
    role: str
    learner_id: UUID | None
    source_id: int | None
    org: str | None
    sensitive: bool
    origin: str
    begins: datetime
    ends: datetime | None
    made_by: str
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class BoundRow:
    """Who an account is in the record of a source."""

    account_id: UUID
    source_id: int
    person: str
    bound_by: str


async def add(tx: Tx, account: UUID, login: str, name: str, *, email: str | None, password: bytes | None) -> None:
    """Store a new account. psycopg.errors.UniqueViolation where its login or e-mail is another's."""
    await tx.insert(Account(id=account, login=login, name=name, email=email, password=password))


async def by_id(tx: Tx, account: UUID) -> AccountRow | None:
    """The account of that id, also one that was ended."""
    return await tx.first(AccountRow, "FROM account WHERE tenant_id = %(tenant)s AND id = %(account)s", account=account)


async def by_login(tx: Tx, login: str) -> AccountRow | None:
    """The live account with that login."""
    query = "FROM account WHERE tenant_id = %(tenant)s AND login = %(login)s AND ended_at IS NULL"
    return await tx.first(AccountRow, query, login=login)


async def by_email(tx: Tx, email: str) -> AccountRow | None:
    """The live account with that e-mail address, which somebody vouches for."""
    query = "FROM account WHERE tenant_id = %(tenant)s AND email = %(email)s AND ended_at IS NULL"
    return await tx.first(AccountRow, query, email=email)


async def any_account(tx: Tx) -> bool:
    """Whether the tenant has ever had an account."""
    exists: bool = await tx.one("SELECT EXISTS (SELECT FROM account WHERE tenant_id = %(tenant)s)", tenant=tx.tenant)
    return exists


async def listed(tx: Tx, words: str, after: tuple[str, UUID], limit: int) -> list[AccountRow]:
    """Live accounts whose name or login has these words in it, by name, after a (name, id)."""
    name, last = after
    return await tx.all(
        AccountRow,
        """FROM account WHERE tenant_id = %(tenant)s AND ended_at IS NULL AND (lower(name), id) > (lower(%(name)s), %(last)s)
             AND (strpos(lower(name), lower(%(words)s)) > 0 OR strpos(login, lower(%(words)s)) > 0)
           ORDER BY lower(name), id LIMIT %(most)s""",
        words=words,
        name=name,
        last=last,
        most=limit,
    )


async def operate(tx: Tx, account: UUID, since: datetime | None) -> None:
    """Note since when an account operates the instance; None: it does not."""
    await tx.run(
        "UPDATE account SET operator_since = %(since)s WHERE tenant_id = %(tenant)s AND id = %(account)s",
        account=account,
        since=since,
    )


async def change(tx: Tx, row: AccountRow) -> None:
    """Store what was changed of an account, but for whether it operates the instance (`operate`)."""
    await tx.run(
        """UPDATE account SET login = %(login)s, name = %(name)s, email = %(email)s, language = %(language)s,
               password = %(password)s, sealed_second = %(sealed_second)s, second_at = %(second_at)s, second_step = %(second_step)s,
               recovery = %(recovery)s, ended_at = %(ended_at)s
           WHERE tenant_id = %(tenant)s AND id = %(id)s""",
        **asdict(row),
    )


async def take_step(tx: Tx, account: UUID, step: int) -> bool:
    """Use up a time step of the second factor; False where it, or a later one, was used before."""
    query = """UPDATE account SET second_step = %(step)s WHERE tenant_id = %(tenant)s AND id = %(account)s
                 AND (second_step IS NULL OR second_step < %(step)s)"""
    return bool(await tx.run(query, account=account, step=step))


async def take_recovery(tx: Tx, account: UUID, hashed: str) -> bool:
    """Use up a recovery code by its hash; False where there is none."""
    query = """UPDATE account SET recovery = array_remove(recovery, %(hashed)s)
               WHERE tenant_id = %(tenant)s AND id = %(account)s AND %(hashed)s = ANY(recovery)"""
    return bool(await tx.run(query, account=account, hashed=hashed))


async def give(tx: Tx, row: HeldRow) -> None:
    """Store a role that an account holds from here on."""
    await tx.insert(HeldRole(**asdict(row)))


async def roles(tx: Tx, account: UUID, now: datetime) -> list[HeldRow]:
    """The roles an account holds now."""
    return await tx.all(
        HeldRow,
        """FROM held_role WHERE tenant_id = %(tenant)s AND account_id = %(account)s AND begins <= %(now)s
             AND (ends IS NULL OR ends > %(now)s) ORDER BY begins, id""",
        account=account,
        now=now,
    )


async def held_by_all(tx: Tx, accounts: Sequence[UUID], now: datetime) -> list[HeldRow]:
    """The roles these accounts hold now."""
    return await tx.all(
        HeldRow,
        """FROM held_role WHERE tenant_id = %(tenant)s AND account_id = ANY(%(accounts)s) AND begins <= %(now)s
             AND (ends IS NULL OR ends > %(now)s) ORDER BY begins, id""",
        accounts=list(accounts),
        now=now,
    )


async def about_learners(tx: Tx, learners: Sequence[UUID]) -> list[HeldRow]:
    """Roles for one of these learners, also those that are over, newest first."""
    query = "FROM held_role WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) ORDER BY begins DESC, id"
    return await tx.all(HeldRow, query, learners=list(learners))


async def administrators(tx: Tx, now: datetime) -> int:
    """How many live accounts administer the district."""
    count: int = await tx.one(
        """SELECT count(DISTINCT a.id) FROM held_role h JOIN account a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
           WHERE h.tenant_id = %(tenant)s AND h.role = 'administrator' AND h.begins <= %(now)s
             AND (h.ends IS NULL OR h.ends > %(now)s) AND a.ended_at IS NULL""",
        now=now,
    )
    return count


async def end_role(tx: Tx, id: UUID, at: datetime, by: str) -> HeldRow | None:
    """End a role at once: it, or None where there is none that is not over."""
    return await tx.first(
        HeldRow,
        """UPDATE held_role SET ends = %(at)s, ended_by = %(by)s
           WHERE tenant_id = %(tenant)s AND id = %(id)s AND (ends IS NULL OR ends > %(at)s)
           RETURNING id, account_id, role, learner_id, source_id, org, sensitive, origin, begins, ends, made_by, ended_by""",
        id=id,
        at=at,
        by=by,
    )


async def end_roles_of(tx: Tx, origin: str, at: datetime) -> int:
    """End all roles that were given from one origin, which ends them; how many."""
    query = """UPDATE held_role SET ends = %(at)s, ended_by = %(origin)s
               WHERE tenant_id = %(tenant)s AND origin = %(origin)s AND (ends IS NULL OR ends > %(at)s)"""
    return await tx.run(query, origin=origin, at=at)


async def bind(tx: Tx, row: BoundRow) -> None:
    """Say who an account is in the record of a source; once more changes nothing."""
    await tx.insert(AccountPerson(**asdict(row)), "ON CONFLICT DO NOTHING")


async def unbind(tx: Tx, account: UUID, source: int, person: str) -> bool:
    """An account is no longer that person of a source; False where it was not."""
    query = """DELETE FROM account_person WHERE tenant_id = %(tenant)s AND account_id = %(account)s
                 AND source_id = %(source)s AND person = %(person)s"""
    return bool(await tx.run(query, account=account, source=source, person=person))


async def bound(tx: Tx, account: UUID) -> list[BoundRow]:
    """Who an account is in the record, source by source."""
    query = "FROM account_person WHERE tenant_id = %(tenant)s AND account_id = %(account)s ORDER BY source_id, person"
    return await tx.all(BoundRow, query, account=account)


async def names(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What people are called, also those whose account was ended."""
    rows = await tx.rows(
        "SELECT id, name FROM account WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)", ids=list(ids)
    )
    return dict(rows)
