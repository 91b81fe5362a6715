"""Other hosts: register with them, have learners consent there, and fetch what they hold into the record.

A consent is one learner's at one host. Its tokens are sealed, and kept the moment they are renewed: hosts take a
renewed token that is shown twice for a theft. What is fetched lands as what apps hand in does (`landing`).
"""

import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import structlog
from psycopg import OperationalError
from psycopg.errors import UniqueViolation

from app.access.keys import digest
from app.credentials.errors import CredentialError
from app.db import Tx, queue
from app.db.access.tenants import TenantRow
from app.db.records import learners
from app.db.wallet import hosts
from app.db.wallet.hosts import ConsentRow, HostRow
from app.errors import ConfigError, Invalid, NotFound, SourceError, place
from app.issuing.issuer import Issuer, issuer_of
from app.start import Service
from app.wallet import host_client as api
from app.wallet import submitted
from app.wallet.host_client import ConsentEnded, Described, Fetched, Registered, TokenRefused, Tokens
from app.wallet.into_record import add_to_record
from app.wallet.submitted import CLR, OPEN_BADGES, Standard
from connectors.kit import visitor
from connectors.limits import Limits

log = structlog.get_logger(__name__)

STANDARDS = {standard.name: standard for standard in (OPEN_BADGES, CLR)}
WANTED = ("credential.readonly", "profile.readonly")
OFFLINE = "offline_access"
ASKED_DAYS = 3
"""How long a learner has to say yes."""
EVERY = timedelta(days=1)
AGAIN = timedelta(hours=1)
"""When a fetch is tried again of whose end nothing is known: until then it holds up no other."""
ENDED_HERE = "the consent was ended here in the meantime"
SOON_OVER = 60
SECONDS, BUDGET = 30, 16 * 1024 * 1024
SOME = 50


def visit(limits: Limits) -> httpx.AsyncClient:
    """The guarded way out to a host, within the operator's limits."""
    return visitor(seconds=SECONDS, budget=BUDGET, private=limits.private)


class UnexpectedResponse(Invalid):
    """An authorization response that nobody waits for."""

    status, type, title = 400, "not-asked", "Unexpected authorization response"


async def connect(
    service: Service, owner: TenantRow, name: str, address: str, standard: str, ticket: str | None
) -> HostRow:
    """Read a host's description and register there.

    ConfigError for an address that the operator does not allow, UniqueViolation where that was done, SourceError for
    the host's faults.
    """
    if complaint := service.settings.limits.complaint(address):
        raise ConfigError(f"address: {complaint}")
    ours = issuer_of(owner, service.settings)
    address = address.rstrip("/")
    async with service.db.transaction(owner.id) as tx:
        if address in {row.address for row in await hosts.hosts(tx)}:  # before a ticket is used up
            raise UniqueViolation(f"we are registered at {address}")
    async with visit(service.settings.limits) as http:
        described = await api.describe(http, address)
        me = await api.register(http, described, _about(ours, _scopes(described, STANDARDS[standard])), ticket)
    sealed = service.vault.seal(owner.id, me.secret.encode()) if me.secret else None
    row = HostRow(
        id=uuid4(),
        name=name,
        address=address,
        standard=standard,
        private=False,
        described=msgspec.to_builtins(described),
        client=me.client,
        method=me.method,
        sealed=sealed,
        created_at=datetime.now(UTC),
    )
    async with service.db.transaction(owner.id) as tx:
        await hosts.add(tx, row)
    return row


async def ask(service: Service, owner: TenantRow, host: HostRow, learner: UUID, by: str) -> tuple[ConsentRow, str]:
    """Ask a learner to let us fetch from a host: the consent, and the address where they say yes."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    now = datetime.now(UTC)
    sealed = service.vault.seal(owner.id, verifier.encode())
    row = ConsentRow(
        id=uuid4(),
        host_id=host.id,
        learner_id=learner,
        state="asked",
        sealed=sealed,
        profile=None,
        since=None,
        due_at=None,
        note=None,
        counts={},
        asked_by=by,
        asked_at=now,
        expires_at=now + timedelta(days=ASKED_DAYS),
    )
    async with service.db.transaction(owner.id) as tx:
        if not await learners.lineage(tx, learner):
            raise Invalid(f"No learner {learner}.", type="unknown-learner", title="Unknown learner")
        await hosts.ask(tx, row, digest(state))
    described, back = _described(host), redirect_uri(issuer_of(owner, service.settings))
    scopes = _scopes(described, STANDARDS[host.standard])
    return row, api.authorization(described, host.client, back, scopes=scopes, state=state, verifier=verifier)


async def finish(service: Service, owner: TenantRow, state: str, code: str) -> str:
    """Take what a learner came back with, and have a job fetch by it; the host's name.

    UnexpectedResponse where nobody waits, SourceError for the host's faults.
    """
    async with service.db.transaction(owner.id) as tx:
        consent = await hosts.use_token(tx, digest(state))
        host = await hosts.host(tx, consent.host_id) if consent else None
    if consent is None or host is None or consent.sealed is None:
        raise UnexpectedResponse("It was used, or has expired: ask for a new link.")
    verifier = service.vault.open(owner.id, consent.sealed).decode()
    back = redirect_uri(issuer_of(owner, service.settings))
    async with visit(service.settings.limits) as http:
        tokens = await api.redeem(
            http, _described(host), _me(service, owner, host), code=code, verifier=verifier, back=back
        )
    if not await _keep(service, owner.id, consent.id, tokens, datetime.now(UTC)):
        raise UnexpectedResponse("The school withdrew its request: ask for a new link.")
    async with service.db.transaction(owner.id) as tx:
        await queue.fetch_soon(tx)
    return host.name


async def fetch(service: Service, owner: TenantRow, consent: UUID) -> Counter[str] | None:
    """Fetch what the host holds; None where somebody else is at it, or there is no such consent to fetch by.

    A consent that the host no longer honors is ended with the reason. SourceError where the host does not do its part:
    what was taken in until then stays, and the next fetch takes in the rest.
    """
    began = datetime.now(UTC)
    async with service.db.alone(owner.id, _lock(consent)) as ours:
        if not ours:
            return None
        async with service.db.transaction(owner.id) as tx:
            row = await hosts.begin(tx, consent, began + AGAIN)
            host = await hosts.host(tx, row.host_id) if row else None
        if row is None or host is None:
            return None
        counts = Counter[str]()
        try:
            async with visit(service.settings.limits) as http:
                await _all(service, owner, http, host=host, row=row, counts=counts)
        except ConsentEnded as why:
            async with service.db.transaction(owner.id) as tx:
                await hosts.end(tx, consent, str(why))
            raise
        except SourceError as why:
            async with service.db.transaction(owner.id) as tx:
                await hosts.fetched(tx, consent, None, due_at=began + EVERY, note=str(why), counts=dict(counts))
            raise
        async with service.db.transaction(owner.id) as tx:
            await hosts.fetched(tx, consent, began, due_at=began + EVERY, note=None, counts=dict(counts))
        return counts


async def fetch_due(service: Service, owner: TenantRow) -> int:
    """Fetch by all consents that are due; how many. One host's troubles are not another's."""
    async with service.db.transaction(owner.id) as tx:
        waiting = await hosts.due(tx, datetime.now(UTC), SOME)
    for consent in waiting:
        try:
            await fetch(service, owner, consent)
        except SourceError as why:
            log.warning(
                "a host did not give a learner's credentials", tenant=owner.id, consent=str(consent), why=str(why)
            )
        except OperationalError:
            raise
        except Exception as why:  # noqa: BLE001  the fence: whatever it is, it is this consent's
            log.warning(
                "a learner's credentials were not fetched", tenant=owner.id, consent=str(consent), why=place(why)
            )
    return len(waiting)


async def _all(
    service: Service, owner: TenantRow, http: httpx.AsyncClient, host: HostRow, row: ConsentRow, counts: Counter[str]
) -> None:
    assert row.sealed is not None
    tokens = msgspec.json.decode(service.vault.open(owner.id, row.sealed), type=Tokens)
    if tokens.ends - SOON_OVER < datetime.now(UTC).timestamp():
        tokens = await _renewed(service, owner, http, host=host, consent=row.id, old=tokens)
    try:
        await _read(service, owner, http, host=host, row=row, token=tokens.access, counts=counts)
    except TokenRefused:  # before its end, or on the way
        if tokens.refresh is None:
            raise
        tokens = await _renewed(service, owner, http, host=host, consent=row.id, old=tokens)
        counts.clear()
        await _read(service, owner, http, host=host, row=row, token=tokens.access, counts=counts)


async def _read(
    service: Service,
    owner: TenantRow,
    http: httpx.AsyncClient,
    host: HostRow,
    row: ConsentRow,
    token: str,
    counts: Counter[str],
) -> None:
    async for page in api.credentials(http, host.address, STANDARDS[host.standard], token):
        async with service.db.transaction(owner.id) as tx:
            if await hosts.begin(tx, row.id, datetime.now(UTC) + AGAIN) is None:
                raise ConsentEnded(ENDED_HERE)
        for credential in page:
            counts[await _take(service, owner, host, row, credential)] += 1
    profile = await api.profile(http, host.address, token)
    async with service.db.transaction(owner.id) as tx:
        await hosts.keep_profile(tx, row.id, profile)


async def _renewed(
    service: Service, owner: TenantRow, http: httpx.AsyncClient, host: HostRow, consent: UUID, old: Tokens
) -> Tokens:
    described = _described(host)
    scopes = _scopes(described, STANDARDS[host.standard])
    tokens = await api.renew(http, described, _me(service, owner, host), old, scopes)
    if not await _keep(service, owner.id, consent, tokens, datetime.now(UTC) + AGAIN):
        raise ConsentEnded(ENDED_HERE)
    return tokens


async def _take(service: Service, owner: TenantRow, host: HostRow, row: ConsentRow, credential: Fetched) -> str:
    """Take one credential in; what became of it. What we issued ourselves is known, and is left there."""
    try:
        handed = submitted.read(credential.body, credential.media_type, STANDARDS[host.standard], loose=True)
    except CredentialError as why:
        log.warning("a host gave what is no credential", tenant=owner.id, consent=str(row.id), why=type(why).__name__)
        return "refused"
    if handed.issuer == issuer_of(owner, service.settings).did:
        return "own"
    async with service.db.transaction(owner.id) as tx:
        return (await add_to_record(tx, service.vault, row.learner_id, handed, f"host {host.id}")).outcome


async def _keep(service: Service, tenant: int, consent: UUID, tokens: Tokens, due: datetime) -> bool:
    """Keep what the host gave for a consent; False where that has ended here."""
    sealed = service.vault.seal(tenant, msgspec.json.encode(tokens))
    async with service.db.transaction(tenant) as tx:
        return await hosts.keep_tokens(tx, consent, sealed, due)


def redirect_uri(ours: Issuer) -> str:
    """Where learners come back to from a host."""
    return f"{ours.home}/oauth/back"


def _about(ours: Issuer, scopes: list[str]) -> dict[str, Any]:
    """What we say of ourselves when we register (RFC 7591; Open Badges 3.0, section 7.1.2)."""
    about = f"{ours.home}/about"
    return {
        "client_name": ours.name,
        "client_uri": about,
        "logo_uri": f"{about}#logo",
        "tos_uri": f"{about}#terms",
        "policy_uri": f"{about}#privacy",
        "software_id": "tessera",
        "software_version": "1",
        "redirect_uris": [redirect_uri(ours)],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": " ".join(scopes),
    }


def _scopes(described: Described, standard: Standard) -> list[str]:
    """What we ask for: to read credentials and the profile and, where the host knows the word, for longer."""
    return [standard.scopes + name for name in WANTED] + ([OFFLINE] if OFFLINE in described.scopes else [])


def _described(host: HostRow) -> Described:
    return msgspec.convert(host.described, Described)


def _me(service: Service, owner: TenantRow, host: HostRow) -> Registered:
    secret = service.vault.open(owner.id, host.sealed).decode() if host.sealed else None
    return Registered(host.client, secret, host.method)


def _lock(consent: UUID) -> int:
    """A number for the lock of a consent."""
    return int.from_bytes(consent.bytes[:4], signed=True)


async def registered(tx: Tx) -> list[HostRow]:
    """The hosts we are registered at."""
    return await hosts.hosts(tx)


async def with_consents(tx: Tx) -> list[tuple[HostRow, list[ConsentRow]]]:
    """The hosts we are registered at, each with all its consents."""
    return [(row, await hosts.consents(tx, row.id)) for row in await hosts.hosts(tx)]


async def by_id_or_name(tx: Tx, named: str) -> HostRow:
    """The host of that id or name. ConfigError where there is none, or several are called so."""
    rows = await hosts.hosts(tx)
    so_named = [row for row in rows if named in (str(row.id), row.name)]
    if len(so_named) == 1:
        return so_named[0]
    if so_named:
        ids = " or ".join(str(row.id) for row in so_named)
        raise ConfigError(f"'{named}' is the name of several hosts: give an id, {ids}")
    names = ", ".join(row.name for row in rows) or "none yet: see 'tessera host add --help'"
    raise ConfigError(f"no host '{named}': there are {names}")


async def by_id(tx: Tx, host: UUID) -> HostRow:
    """The host of that id. NotFound where there is none."""
    row = await hosts.host(tx, host)
    if row is None:
        raise NotFound
    return row


async def forget(tx: Tx, host: UUID) -> None:
    """Forget a host with all consents; what was fetched stays. NotFound where there is none."""
    if not await hosts.forget(tx, host):
        raise NotFound


async def consents_of(
    tx: Tx, host: UUID, before: tuple[datetime, UUID] | None = None, limit: int | None = None
) -> list[ConsentRow]:
    """The consents for a host, newest first: all, or a page of them. NotFound for no host."""
    await by_id(tx, host)
    return await hosts.consents(tx, host, before, limit)


async def consent_of(tx: Tx, host: UUID, consent: UUID) -> ConsentRow:
    """A consent for a host. NotFound where it has no such one."""
    row = await hosts.consent(tx, consent)
    if row is None or row.host_id != host:
        raise NotFound
    return row


async def end(tx: Tx, consent: UUID, why: str) -> bool:
    """Fetch no more by a consent: its tokens are gone. False where there is none that has not ended."""
    return await hosts.end(tx, consent, why)
