"""Who signs in to a district: their names, roles, and how they are found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.db import Tx
from app.db.people import accounts, invitations, relations
from app.db.people.accounts import AccountRow, HeldRow
from app.db.people.invitations import InvitationRow
from app.db.people.relations import Ref, SchoolRow, StaffRow
from app.errors import NotFound
from app.people import sessions
from app.people.accounts import folded, known
from app.people.roles import TOLD
from app.settings import Settings

NOBODY = ("", UUID(int=0))
"""Where a list begins."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in, with the roles they were given here (those of rosters are looked up when they sign in)."""

    id: UUID
    login: str
    name: str
    held_roles: tuple[HeldRow, ...]
    created_at: datetime

    @property
    def roles(self) -> list[str]:
        """The names of the roles, each once."""
        return list(dict.fromkeys(row.role for row in self.held_roles))


async def page(tx: Tx, words: str, after: tuple[str, UUID] = NOBODY, limit: int = 50) -> list[Person]:
    """People whose name or login has these words in it, by name, after a (name, id)."""
    rows = await accounts.listed(tx, words.strip(), after, limit)
    held_roles = await accounts.held_by_all(tx, [row.id for row in rows], datetime.now(UTC))
    return [
        Person(
            row.id, row.login, row.name, tuple(role for role in held_roles if role.account_id == row.id), row.created_at
        )
        for row in rows
    ]


async def everybody(tx: Tx) -> list[Person]:
    """All who sign in, by name."""
    return await page(tx, "", limit=10_000)


async def by_login(tx: Tx, login: str) -> AccountRow | None:
    """The live account with that login."""
    return await accounts.by_login(tx, folded(login))


async def names(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of accounts, including those that were ended."""
    return await accounts.names(tx, ids)


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """Somebody who signs in, as an administrator sees them: also who they are in the record, and what that gives."""

    row: AccountRow
    held_roles: tuple[HeldRow, ...]
    bound: tuple[tuple[Ref, str], ...]
    roster_roles: tuple[str, ...]
    sessions: int


async def details(tx: Tx, settings: Settings, account: UUID) -> AccountDetails:
    """An account with all its roles, persons and sessions. NotFound where it was ended."""
    row, now = await known(tx, account), datetime.now(UTC)
    refs: list[Ref] = [(person.source_id, person.person) for person in await accounts.bound(tx, account)]
    called = await relations.called(tx, refs) if refs else {}
    roster_roles = await relations.roster_roles(tx, refs, now.date()) if refs else []
    live = await sessions.live(tx, settings, account)
    return AccountDetails(
        row,
        tuple(await accounts.roles(tx, account, now)),
        tuple((ref, called.get(ref, ref[1])) for ref in refs),
        tuple(dict.fromkeys(TOLD[role.role] for role in roster_roles if role.role in TOLD)),
        len(live),
    )


async def staff(tx: Tx, words: str) -> list[StaffRow]:
    """People on rosters who are not students, by name, e-mail address or id: whom an account may be bound to."""
    return await relations.staff(tx, words.strip(), 20) if words.strip() else []


async def schools(tx: Tx) -> list[SchoolRow]:
    """The schools that rosters tell of: what a role may be given for."""
    return await relations.schools(tx)


async def unbind(tx: Tx, account: UUID, source: int, person: str) -> None:
    """An account is no longer that person of a source. NotFound where it was not."""
    if not await accounts.unbind(tx, account, source, person):
        raise NotFound("This account is not that person.")


async def invited(tx: Tx) -> list[InvitationRow]:
    """Invitations that may still be used, newest first."""
    return await invitations.waiting(tx, datetime.now(UTC), 200)


async def end_invitation(tx: Tx, id: UUID) -> None:
    """End an invitation before it was used. NotFound where it was, or has ended."""
    if not await invitations.end(tx, id, datetime.now(UTC)):
        raise NotFound("This invitation was used, or has ended.")


@dataclass(frozen=True, slots=True)
class RecordAccess:
    """Who reaches one learner's record by a role given for it, and who is invited to it."""

    held_roles: tuple[tuple[HeldRow, str], ...]
    invited: tuple[InvitationRow, ...]


async def record_access(tx: Tx, learners: Sequence[UUID]) -> RecordAccess:
    """Who reaches a learner's record by a role given for it; `learners`: whom they are now, first, and were before."""
    now = datetime.now(UTC)
    rows = [row for row in await accounts.about_learners(tx, learners) if row.ends is None or row.ends > now]
    called = await accounts.names(tx, [row.account_id for row in rows])
    invited = [row for learner in learners for row in await invitations.of_learner(tx, learner, now)]
    return RecordAccess(tuple((row, called.get(row.account_id, "")) for row in rows), tuple(invited))
