"""Who signs in to a district: their names, roles, and how they are found."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from app.db import Tx
from app.db.people import accounts
from app.db.people.accounts import AccountRow, HeldRow
from app.people.accounts import folded

NOBODY = ("", UUID(int=0))
"""Where a list begins."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in, with the roles they were given here (those of rosters are looked up when they sign in)."""

    id: UUID
    login: str
    name: str
    held: tuple[HeldRow, ...]
    created_at: datetime

    @property
    def roles(self) -> list[str]:
        """The names of the roles, each once."""
        return list(dict.fromkeys(row.role for row in self.held))


async def page(tx: Tx, words: str, after: tuple[str, UUID] = NOBODY, limit: int = 50) -> list[Person]:
    """People whose name or login has these words in it, by name, after a (name, id)."""
    rows = await accounts.listed(tx, words.strip(), after, limit)
    held = await accounts.held_by_all(tx, [row.id for row in rows], datetime.now(UTC))
    return [
        Person(row.id, row.login, row.name, tuple(one for one in held if one.account_id == row.id), row.created_at)
        for row in rows
    ]


async def everybody(tx: Tx) -> list[Person]:
    """All who sign in, by name."""
    return await page(tx, "", limit=10_000)


async def by_login(tx: Tx, login: str) -> AccountRow | None:
    """The live account with that login."""
    return await accounts.by_login(tx, folded(login))
