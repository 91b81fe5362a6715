"""Documents that a credential points to, fetched through one guarded door and no more often than sensible."""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from app.credentials import strict_json
from app.credentials.errors import CredentialError, TooMuchWork
from app.credentials.jsonld import Quota
from app.errors import TesseraError

MOST, BYTES = 60, 8 * 2**20
"""Documents fetched for one credential with all that is inside it, and how long they may be together."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered: its HTTP status and the body, already bounded in size.

    `address`: where the answer came from in the end, if redirects led elsewhere.
    """

    status: int
    body: bytes
    address: str | None = None


USUAL = {"https": 443, "http": 80}
"""The ports that need not be written."""
BEFORE_PATH = re.compile(r"[/?]")

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
    left: int = BYTES

    async def get(self, address: str) -> Fetched:
        """What an address answers. Unreachable where it does not."""
        if address not in self.known:
            if len(self.known) >= MOST:
                raise TooMuchWork(f"the credential points to more than {MOST} documents")
            self.known[address] = await self._ask(address)
        answer = self.known[address]
        if isinstance(answer, TesseraError):
            raise Unreachable(f"{address} could not be fetched: {answer}") from answer
        if self.left < 0:
            raise TooMuchWork(f"the credential points to documents of more than {BYTES >> 20} MiB")
        return answer

    async def own(self, address: str) -> Fetched:
        """What the host of an address answers itself. Unreachable where it leads to another host.

        Who may write a document on a host, and who may make it redirect, are not the same.
        """
        answer = await self.get(address)
        if answer.address is not None and host(answer.address, www=False) != host(address, www=False):
            raise Unreachable(f"{address} leads to another host, {host(answer.address)}")
        return answer

    async def body(self, address: str) -> bytes:
        """What is at an address, from its own host. Unreachable where nothing is."""
        answer = await self.own(address)
        if answer.status != 200:
            raise Unreachable(f"{address} answers with status {answer.status}")
        return answer.body

    async def object(self, address: str) -> dict[str, Any]:
        """The JSON object at an address, from its own host. Unreachable where there is none."""
        return read_object(await self.body(address), address)

    async def _ask(self, address: str) -> Fetched | TesseraError:
        if not web(address):
            return Unreachable(f"{address} is no https address")
        try:
            answer = await self.fetch(address)
        except TesseraError as error:
            return error
        self.left -= len(answer.body)
        return answer


def read_object(body: bytes, address: str) -> dict[str, Any]:
    """The JSON object that an address answered. Unreachable where it is none."""
    try:
        return strict_json.load_object(body, address)
    except CredentialError as error:
        raise Unreachable(str(error)) from error


def web(address: str) -> bool:
    """Whether an address is one that may be fetched: https, or http as old badges have it."""
    return address.lower().startswith(("https://", "http://"))


def origin(address: str) -> str | None:
    """Scheme, host and port of an address; None for what has none."""
    name = host(address)
    return f"{urlsplit(address).scheme}://{name}" if name is not None else None


def host(address: str, *, www: bool = True) -> str | None:
    """Host and port of an address in their one form; None for what has none. `www`: whether that name counts."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not web(address) or not parts.hostname:
        return None
    name = plain_host(parts.hostname)
    usual = port in (None, USUAL[parts.scheme.lower()])
    return f"{name if www else name.removeprefix('www.')}{'' if usual else f':{port}'}"


def plain_host(name: str) -> str:
    """A host's name in its one form: small letters, no dot at the end, others than ASCII as `xn--…`.

    So it is told, too: a letter of another script that looks like a Latin one would be taken for it.
    """
    labels = name.lower().removesuffix(".").split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def same_address(address: str, other: str) -> bool:
    """Whether two addresses or ids are the same: http for https, letters of the host, and a last / do not matter."""
    return same_form(address) == same_form(other)


def same_form(name: str) -> str:
    """The one form of all ways to write an address; any other id as it is, without spaces around it."""
    name = name.strip()
    return without_scheme(name).rstrip("/") if web(name) else name


class Alike:
    """Tells whether names are some ids, however they are spelled. Most are told apart at a glance.

    Lists may name very many, and a stranger's as many that look alike as they like: what is compared is counted.
    """

    def __init__(self, ids: Iterable[Any], quota: Quota) -> None:
        self.forms = {same_form(own) for own in ids if isinstance(own, str)}
        self.tails = {form.partition("/")[2] for form in self.forms}  # a host is spelled in several ways, a path in one
        self.quota = quota

    def __call__(self, name: str) -> bool:
        """Whether it is one of the ids. TooMuchWork after very many that look like them."""
        if not any(tail in name for tail in self.tails):
            return False
        self.quota.compare()
        return same_form(name) in self.forms


def without_scheme(address: str) -> str:
    """Host, port and what follows, without a fragment; the host in its one form."""
    rest = address.partition("://")[2].partition("#")[0]
    written = BEFORE_PATH.split(rest, maxsplit=1)[0]
    named = host(address) if "@" not in written else None
    return f"{named or written.lower()}{rest[len(written) :]}"


def climbs(address: str) -> bool:
    """Whether an address has steps (`.`, `..`) by which a server finds another place than the letters say."""
    path = unquote(unquote(address)).replace("\\", "/")
    return any(step in (".", "..") for step in path.split("/"))


def location(identifier: str) -> str | None:
    """Where the document of an identifier is found: did:web, or an address itself; None for others."""
    if identifier.startswith("did:web:"):
        host, *path = identifier.removeprefix("did:web:").split(":")
        host = unquote(host)
        if not host or "/" in host or "@" in host or any("/" in unquote(part) for part in path):
            return None
        return f"https://{host}/{'/'.join(path)}/did.json" if path else f"https://{host}/.well-known/did.json"
    return identifier.partition("#")[0] if web(identifier) else None
