"""Documents that a credential points to, fetched through one guarded door and no more often than sensible."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from app.credentials import strict_json
from app.credentials.errors import CredentialError, TooMuchWork
from app.credentials.jsonld import Quota
from app.errors import TesseraError

MOST = 60
"""Documents fetched for one credential with all that is inside it."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered: its HTTP status and the body, already bounded in size."""

    status: int
    body: bytes


Fetch = Callable[[str], Awaitable[Fetched]]
"""Fetches an https address. A TesseraError (SourceError) where it cannot be reached or must not be."""


class Unreachable(CredentialError):
    """A document that is needed could not be fetched or read."""


async def nothing(address: str) -> Fetched:
    """The door that stays shut: to verify offline."""
    raise Unreachable(f"{address} was not looked up: this is an offline check")


@dataclass(slots=True)
class Documents:
    """The documents fetched for one report: each address is asked once. `quota`: what the report may still cost."""

    fetch: Fetch
    quota: Quota = field(default_factory=Quota)
    known: dict[str, Fetched | TesseraError] = field(default_factory=dict)

    async def get(self, address: str) -> Fetched:
        """What an address answers. Unreachable where it does not."""
        if address not in self.known:
            if len(self.known) >= MOST:
                raise TooMuchWork(f"the credential points to more than {MOST} documents")
            self.known[address] = await self._ask(address)
        answer = self.known[address]
        if isinstance(answer, TesseraError):
            raise Unreachable(f"{address} could not be fetched: {answer}") from answer
        return answer

    async def object(self, address: str) -> dict[str, Any]:
        """The JSON object at an address. Unreachable where there is none."""
        answer = await self.get(address)
        if answer.status != 200:
            raise Unreachable(f"{address} answers with status {answer.status}")
        try:
            return strict_json.load_object(answer.body, address)
        except CredentialError as error:
            raise Unreachable(str(error)) from error

    async def _ask(self, address: str) -> Fetched | TesseraError:
        if not web(address):
            return Unreachable(f"{address} is no https address")
        try:
            return await self.fetch(address)
        except TesseraError as error:
            return error


def web(address: str) -> bool:
    """Whether an address is one that may be fetched: https, or http as old badges have it."""
    return address.lower().startswith(("https://", "http://"))


def origin(address: str) -> str | None:
    """Scheme, host and port of an address; None for what has none."""
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}" if web(address) and parts.hostname else None
    except ValueError:
        return None


def same_address(address: str, other: str) -> bool:
    """Whether two addresses or ids are the same: http for https, letters of the host, and a last / do not matter."""
    return same_form(address) == same_form(other)


def same_form(name: str) -> str:
    """The one form of all ways to write an address; any other id as it is."""
    return _bare(name) if web(name) else name


def _bare(address: str) -> str:
    rest = address.partition("://")[2].partition("#")[0]
    host, slash, path = rest.partition("/")
    return f"{host.lower()}{slash}{path}".rstrip("/")


def location(identifier: str) -> str | None:
    """Where the document of an identifier is found: did:web, or an address itself; None for others."""
    if identifier.startswith("did:web:"):
        host, *path = identifier.removeprefix("did:web:").split(":")
        host = unquote(host)
        if not host or "/" in host or "@" in host or any("/" in unquote(part) for part in path):
            return None
        return f"https://{host}/{'/'.join(path)}/did.json" if path else f"https://{host}/.well-known/did.json"
    return identifier.partition("#")[0] if web(identifier) else None
