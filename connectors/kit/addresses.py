"""Which network addresses a source may be reached at: resolved once, judged, and connected to as judged."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

import httpcore

from connectors.errors import Unavailable
from connectors.limits import PRIVATE, UNREACHABLE, Address, Private, embedded_address, is_public

Ask = Callable[..., Sequence[tuple[Any, ...]]]
"""Asks for the addresses of a host, as `socket.getaddrinfo` does."""

_METADATA = frozenset(
    ip_address(known)
    for known in ("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)


def objection(address: Address, *, allowed: bool, plain: bool = False) -> str | None:
    """Why an address must not be connected to, in words; None where it may. `plain`: by http, without encryption.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is judged as that one. `allowed` is for private
    and loopback addresses, never for link-local ones nor a cloud's metadata service.
    """
    address = embedded_address(address)
    if address in _METADATA:
        return "a cloud metadata address"
    if any(address in block for block in PRIVATE):
        return None if allowed else "a private address"
    if not is_public(address):
        return "not a public address"
    return "a public address, for which http is not safe (use https)" if plain else None


async def resolve(host: str, port: int, private: Private, *, plain: bool = False) -> list[Address]:
    """The addresses of a host, all of them fit to connect to; Unavailable if there is none, or a single one is not.

    The words are the same for a name that does not exist and for one that is private: who asks learns neither.
    """
    try:
        answers = await look_up(host, port)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise httpcore.ConnectError(f"host name {host} cannot be looked up just now") from None
        raise Unavailable(f"host {host} {UNREACHABLE}") from None
    except (OSError, UnicodeError):
        raise Unavailable(f"host {host} {UNREACHABLE}") from None
    addresses = list(dict.fromkeys(ip_address(str(info[4][0]).partition("%")[0]) for info in answers))
    for address in addresses:
        if objection(address, allowed=private.allows(host, port, embedded_address(address))):
            raise Unavailable(f"host {host} {UNREACHABLE}")
        if complaint := objection(address, allowed=True, plain=plain):
            raise Unavailable(f"host {host} is at {complaint}: not connecting")
    return addresses


async def look_up(host: str, port: int, ask: Ask = socket.getaddrinfo) -> Sequence[tuple[Any, ...]]:
    """What `socket.getaddrinfo` says, asked in a thread of its own; its errors are OSError and UnicodeError.

    A name server that does not answer holds a thread for half a minute, whoever has given up on it by then. Of the
    loop's own pool it would soon have them all, and passwords, pictures and signatures wait there; nor does the end of
    the process wait for it.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[tuple[Any, ...]]] = loop.create_future()

    def tell(outcome: Sequence[tuple[Any, ...]] | Exception) -> None:
        if answer.done():
            return  # whoever asked has given up
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    def wait() -> None:
        try:
            outcome: Sequence[tuple[Any, ...]] | Exception = ask(host, port, type=socket.SOCK_STREAM)
        except Exception as why:  # noqa: BLE001  (raised again where it is waited for)
            outcome = why
        with suppress(RuntimeError):  # the loop is over
            loop.call_soon_threadsafe(tell, outcome)

    threading.Thread(target=wait, name="look up", daemon=True).start()
    return await answer


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was judged, so that a second look-up cannot say another (DNS rebinding)."""

    def __init__(self, private: Private, *, plain: bool = False) -> None:
        self._private = private
        self._plain = plain
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers."""
        refused: httpcore.ConnectError | None = None
        for address in await resolve(host, port, self._private, plain=self._plain):
            try:
                return await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                refused = error
        raise refused or httpcore.ConnectError(f"host name {host} has no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 (the signature is httpcore's)
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: no source lives behind a file."""
        raise Unavailable(f"unix socket {path}: not connecting")

    async def sleep(self, seconds: float) -> None:
        """Wait, where httpcore itself wants to."""
        await asyncio.sleep(seconds)
