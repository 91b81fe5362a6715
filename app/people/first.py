"""An empty instance: the link with which its operator makes the first district and its administrator, once."""

import hashlib
import hmac
import time
from contextlib import suppress

import psycopg

from app.db import Database
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.errors import Conflict, Gone, Invalid, NotFound
from app.secrets import Vault, same_secret
from app.slugs import numbered, same_name, slug_of

HOURS = 24
SAME = 50
"""How many districts may have names that read the same in addresses."""


def link_token(vault: Vault) -> str:
    """What opens the page on which the first district is made, for a day."""
    until = int(time.time()) + HOURS * 3600
    return f"{until}.{_signed(vault, until)}"


async def check(db: Database, vault: Vault, token: str) -> None:
    """Whether that page may be opened. NotFound, or Gone where it is too late, or somebody was there before."""
    until, _, signed = token.partition(".")
    if not (
        until.isascii() and until.isdigit() and len(until) < 12 and same_secret(signed, _signed(vault, int(until)))
    ):
        raise NotFound("This link is not whole. Copy it again from where 'tessera serve' printed it.")
    if int(until) < time.time():
        raise Gone("This link worked for a day. Start 'tessera serve' again for a new one.")
    if await tenants.listed(db):
        raise Gone("The first district was made. Its administrator invites everybody else.")


async def make(db: Database, vault: Vault, token: str, name: str) -> TenantRow:
    """The first district, by its name. Invalid where the name will not do."""
    await check(db, vault, token)
    return await add(db, name)


async def add(db: Database, name: str) -> TenantRow:
    """A district by its name, from which its short name is made. Invalid where the name will not do."""
    name = " ".join(name.split())
    if not 2 <= len(name) <= 200:
        raise Invalid("Give the district's name.", pointers={"/district": "missing"})
    if any(same_name(known.name, name) for known in await tenants.listed(db)):
        raise Conflict("Another district has this name.")
    slug = slug_of(name, otherwise="district")
    for number in range(1, SAME + 1):
        with suppress(psycopg.errors.UniqueViolation):
            return await tenants.add(db, numbered(slug, number), name)
    raise Conflict("Other districts have names much like this one: give it another.")


def _signed(vault: Vault, until: int) -> str:
    return hmac.new(vault.signing_key("first district"), str(until).encode(), hashlib.sha256).hexdigest()
