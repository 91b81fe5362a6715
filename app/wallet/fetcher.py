"""The one door through which verification looks things up: our own documents at hand, all others guarded."""

from urllib.parse import urljoin, urlsplit

import httpx

from app.credentials.verify import Fetch, Fetched
from app.db import Database
from app.db.access import tenants
from app.errors import Unavailable
from app.issuing import issuer as issuers
from app.issuing.issuer import public_url
from app.issuing.publish import published
from app.secrets import Vault
from app.settings import Settings
from connectors.kit import visitor

SECONDS = 8
BUDGET = 3 * 1024 * 1024
REDIRECTS = 3


def credential_fetcher(db: Database, vault: Vault, settings: Settings) -> Fetch:
    """A function that fetches an address: of our own issuers from the database, else through the guarded client."""

    async def fetch(address: str) -> Fetched:
        try:
            return await _own(db, vault, settings, address) or await _others(address)
        except (httpx.InvalidURL, httpx.HTTPError, ValueError) as why:
            raise Unavailable(f"'{address[:200]}' is no address that can be asked ({why})") from None

    return fetch


async def _own(db: Database, vault: Vault, settings: Settings, address: str) -> Fetched | None:
    """What one of our own tenants publishes at an address; None where the address is not ours."""
    ours, parts = urlsplit(public_url(settings)), urlsplit(address)
    home = f"{ours.path}/t/"
    if parts.netloc.lower() != ours.netloc.lower():
        return None
    if not parts.path.startswith(home):  # nothing else of ours is asked for over the network
        return Fetched(404, b"")
    slug, _, path = parts.path.removeprefix(home).partition("/")
    tenant = await tenants.by_slug(db, slug)
    if tenant is None:
        return Fetched(404, b"")
    async with db.transaction(tenant.id) as tx:
        document = await published(tx, vault, issuers.issuer_of(tenant, settings), path)
    return Fetched(200, document.body) if document else Fetched(404, b"")


async def _others(address: str) -> Fetched:
    """What another host answers. Each redirect is judged as the first address was. Unavailable where it does not."""
    async with visitor(seconds=SECONDS, budget=BUDGET) as http:
        for _ in range(REDIRECTS + 1):
            response = await http.get(address)
            if response.status_code not in (301, 302, 303, 307, 308):
                return Fetched(response.status_code, response.content, address)
            address = urljoin(address, response.headers.get("location", ""))
    raise Unavailable(f"{urlsplit(address).hostname} redirects more than {REDIRECTS} times in a row")
