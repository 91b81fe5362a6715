"""Signing in with a password: the same words whatever was wrong, and no lock that keeps the right person out for long.

Wrong tries are counted by the browser and the place that make them. One that has signed in before as somebody carries a
mark of that (`Known`), and its tries are counted apart: whoever guesses from elsewhere slows themselves down and not
the owner.
"""

import hashlib
import hmac
from collections.abc import Hashable
from dataclasses import dataclass

from app.access.gate import too_many
from app.access.rate import Buckets
from app.db import Tx
from app.db.people import accounts
from app.db.people.accounts import AccountRow
from app.errors import Unauthenticated
from app.people import passwords, second_factor
from app.people.accounts import folded
from app.secrets import Vault, same_secret

PLACE = (0.1, 20.0)
"""Wrong tries from one place, as a second and at once. Good ones do not count: a class signs in behind one address."""
STRANGERS = (0.05, 10.0)
"""Wrong tries for one account from one place, by browsers that never signed in as it."""
EVERYWHERE = (0.05, 50.0)
"""The same from all places together: more at once, so that who guesses at one place keeps nobody out at another."""
FRIENDS = (0.1, 10.0)
"""Wrong tries by one browser that has."""


class SignInAttempts:
    """How often signing in was tried of late, in this process."""

    def __init__(self) -> None:
        self._places = Buckets(*PLACE)
        self._strangers = Buckets(*STRANGERS)
        self._everywhere = Buckets(*EVERYWHERE)
        self._friends = Buckets(*FRIENDS)

    def admit(self, tenant: int, login: str, place: str, known: str | None) -> None:
        """Count a try. TooManyRequests where there were too many, with when to try again.

        What one count refuses is not taken from the next: a guesser who is refused at a place uses up nobody's tries.
        """
        for buckets, name in self._counts(tenant, login, place, known):
            if wait := buckets.take(name):
                raise too_many(wait, "Too many tries")

    def succeeded(self, tenant: int, login: str, place: str, known: str | None) -> None:
        """A try that was counted was good: it counts no more. Those that were wrong do."""
        for buckets, name in self._counts(tenant, login, place, known):
            buckets.give_back(name)

    def _counts(self, tenant: int, login: str, place: str, known: str | None) -> list[tuple[Buckets, Hashable]]:
        if known is not None:
            return [(self._friends, (tenant, login, known))]
        return [(self._places, place), (self._strangers, (tenant, login, place)), (self._everywhere, (tenant, login))]


@dataclass(frozen=True, slots=True)
class SignInForm:
    """What somebody typed to sign in."""

    login: str
    password: str
    code: str


async def check(tx: Tx, vault: Vault, typed: SignInForm) -> AccountRow:
    """Whose login and password, and code where one is needed, these are. Unauthenticated says no more than that."""
    row = await accounts.by_login(tx, folded(typed.login))
    fits = await passwords.fits(row.password if row else None, typed.password)
    if row is None or not fits:
        raise sign_in_failed()
    if row.second_at is not None and not await second_factor.passes(tx, vault, row, typed.code):
        raise sign_in_failed()
    return row


def sign_in_failed() -> Unauthenticated:
    """Not signed in: whether the account exists, and which part was wrong, is not said."""
    return Unauthenticated(
        "These do not fit together: the sign-in name, the password, or the code of your app. Try again.",
        type="not-signed-in",
        title="Not signed in",
    )


def browser_mark(vault: Vault, tenant: int, login: str) -> str:
    """What a browser carries that has signed in with a login: it opens nothing."""
    return hmac.new(vault.signing_key("known browser"), f"{tenant} {login}".encode(), hashlib.sha256).hexdigest()


def known_mark(vault: Vault, tenant: int, login: str, carried: str) -> str | None:
    """The mark that a browser carries, if it is this login's."""
    expected = browser_mark(vault, tenant, login)
    return expected if any(same_secret(expected, candidate) for candidate in carried.split(".")) else None
