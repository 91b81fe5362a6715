"""An empty instance: the link with which its operator makes the first district and its administrator, once."""

import hashlib
import hmac
import re
import time

import psycopg

from app.db import Database
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.errors import Conflict, Gone, Invalid, NotFound
from app.secrets import Vault, same_secret

HOURS = 24
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


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
    try:
        return await tenants.add(db, slug_of(name), name)
    except psycopg.errors.UniqueViolation:
        raise Conflict("Another district has this name.") from None


def slug_of(name: str) -> str:
    """A district's name as it stands in addresses: `Sample Valley Unified` is `sample-valley-unified`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-")
    return slug if SLUG.fullmatch(slug) else "district"


def _signed(vault: Vault, until: int) -> str:
    return hmac.new(vault.signing_key("first district"), str(until).encode(), hashlib.sha256).hexdigest()
