"""Which network addresses a source may be reached at: resolved once, judged, and connected to as judged."""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore

from connectors.errors import Unavailable

Address = IPv4Address | IPv6Address

_PRIVATE = tuple(
    ip_network(block)
    for block in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "100.64.0.0/10",
        "fc00::/7",
        "::1/128",
    )
)
_METADATA = frozenset(
    ip_address(known)
    for known in ("169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")
)
_NAT64 = ip_network("64:ff9b::/96")


def objection(address: Address, *, allow_private_network: bool, plain: bool = False) -> str | None:
    """Why an address must not be connected to, in words; None where it may. `plain`: by http, without encryption.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is judged as that one. What a private network
    allows is private and loopback addresses, never link-local ones nor a cloud's metadata service.
    """
    if isinstance(address, IPv6Address) and (meant := _ipv4_of(address)):
        return objection(meant, allow_private_network=allow_private_network, plain=plain)
    if address in _METADATA:
        return "a cloud metadata address"
    if any(address in block for block in _PRIVATE):
        return None if allow_private_network else "a private address (allow_private_network permits it for this source)"
    if not address.is_global or address.is_multicast or address.is_reserved:
        return "not a public address"
    return "a public address, for which http is not safe (use https)" if plain else None


def _ipv4_of(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def resolve(host: str, port: int, *, allow_private_network: bool, plain: bool = False) -> list[Address]:
    """The addresses of a host, all of them fit to connect to; Unavailable if there is none, or a single one is not."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"host name {host} has no address ({error})") from None
    addresses = list(dict.fromkeys(ip_address(str(info[4][0]).partition("%")[0]) for info in found))
    for address in addresses:
        if complaint := objection(address, allow_private_network=allow_private_network, plain=plain):
            raise Unavailable(f"host {host} is at {address}, {complaint}: not connecting")
    return addresses


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was judged, so that a second look-up cannot say another (DNS rebinding)."""

    def __init__(self, *, allow_private_network: bool, plain: bool = False) -> None:
        self._allow_private_network = allow_private_network
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
        allowed = self._allow_private_network
        for address in await resolve(host, port, allow_private_network=allowed, plain=self._plain):
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
