"""What the operator lets the sources of all tenants reach and use: no tenant's setting goes beyond it."""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PRIVATE = tuple(
    ip_network(block)
    for block in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "100.64.0.0/10",
        "fc00::/7",
        "fec0::/10",
        "::1/128",
    )
)
"""The blocks of private networks and of this machine itself."""

_NAT64 = ip_network("64:ff9b::/96")

UNREACHABLE = (
    "has no address that this instance may reach (is the name right? which private addresses may be reached, the "
    "operator decides: TESSERA_PRIVATE_ADDRESSES)"
)
"""One sentence for a name that is none and for one of a private address, so that nobody learns which it is."""


@dataclass(frozen=True, slots=True)
class Private:
    """Which private addresses may be reached: hosts by their very name (and port), and networks.

    A network never opens this machine itself: loopback is reached only where a host that is there is named.
    """

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, entries: Iterable[str]) -> "Private":
        """From entries such as `sis.district.local`, `127.0.0.1:8901`, `10.20.0.0/16`. ValueError names a wrong one."""
        hosts: set[tuple[str, int | None]] = set()
        networks: list[Network] = []
        for entry in filter(None, map(str.strip, entries)):
            if "/" in entry:
                networks.append(_network(entry))
            else:
                hosts.add(_host(entry))
        return cls(frozenset(hosts), tuple(networks))

    @property
    def any(self) -> bool:
        """Whether any private address may be reached."""
        return bool(self.hosts or self.networks)

    def names(self, host: str, port: int | None) -> bool:
        """Whether a host is named as it stands in the address: the same number written otherwise is another name."""
        name = host.lower().strip("[]")
        return (name, None) in self.hosts or (name, port) in self.hosts

    def allows(self, host: str, port: int | None, address: Address) -> bool:
        """Whether a private address may be connected to, which a host was found to have."""
        return self.names(host, port) or (not address.is_loopback and any(address in n for n in self.networks))


@dataclass(frozen=True, slots=True)
class Limits:
    """The operator's limits: private addresses, the longest a request may take, the most bytes of one response.

    `wait_seconds` is the longest that a run waits for a source before it asks again; who asks for more ends it.
    """

    private: Private = field(default_factory=Private)
    request_seconds: float = 120
    response_bytes: int = 64 * 1024 * 1024
    wait_seconds: float = 60

    def complaint(self, url: str) -> str | None:
        """Why an address will not do, as far as it can be told without looking it up; None where nothing is wrong."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return f"'{without_credentials(url)}' is no address"
        if parts.scheme not in ("https", "http") or not host:
            return f"'{without_credentials(url)}' does not begin like https://sis.example.org"
        number = _number(host)
        number = number and embedded_address(number)
        port = port or {"http": 80, "https": 443}[parts.scheme]
        if number is not None and _inside(number) and not self.private.allows(host, port, number):
            return f"host {host} {UNREACHABLE}"
        if parts.scheme == "http" and not (self.private.names(host, port) or self.private.networks):
            return f"'{parts.scheme}://{host}' is not https: http is for private addresses that the operator allows"
        return None


def without_credentials(url: str) -> str:
    """An address to be told: without the user and password that stand in it."""
    return re.sub(r"//[^/]*@", "//", url)[:200]


def embedded_address(address: Address) -> Address:
    """The address itself, or the IPv4 address that an IPv6 one stands for."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def is_public(address: Address) -> bool:
    """Whether an address is one of a host on the internet, as far as the registries of IANA say."""
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inside(address: Address) -> bool:
    return not is_public(address) or any(address in block for block in PRIVATE)


def _number(host: str) -> Address | None:
    """The address a host is, in whichever way it is written (127.0.0.1, 127.1, 2130706433, 0x7f.1, ::1)."""
    try:
        return ip_address(host)
    except ValueError:
        pass  # perhaps in one of the ways that only the system's resolver knows
    try:
        return IPv4Address(socket.inet_aton(host)) if host.isascii() else None
    except OSError:
        return None


def _network(entry: str) -> Network:
    try:
        return ip_network(entry)
    except ValueError as why:
        raise ValueError(f"'{entry}' is no network such as 10.20.0.0/16 ({why})") from None


def _host(entry: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{entry}" if entry.count(":") < 2 or "[" in entry else f"//[{entry}]")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.path or parts.username:
        raise ValueError(
            f"'{entry}' is neither a host (sis.district.local, 127.0.0.1:8901) nor a network (10.20.0.0/16)"
        )
    return host, port
