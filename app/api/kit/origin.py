"""Where a request comes from: the peer itself, or whom a proxy that the operator trusts names."""

import ipaddress
from collections.abc import Iterable, Sequence

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"})


class Proxies:
    """The proxies whose word is taken for who asks, and by which scheme."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._networks: Sequence[Network] = [ipaddress.ip_network(entry) for entry in entries]

    def resolve(self, scope: Scope) -> None:
        """Write into the scope who asks. `forwarded` in its state tells that it came by way of a proxy.

        Of X-Forwarded-For counts the last address that is no trusted proxy's: what stands before it anybody can write.
        From a peer that is not trusted none of it counts.
        """
        named = {name: value for name, value in scope["headers"] if name in FORWARDED}
        scope.setdefault("state", {})["forwarded"] = bool(named)
        client = scope.get("client")
        if not named or client is None or not self._trusted(client[0]):
            return
        chain = [part.strip() for part in named.get(b"x-forwarded-for", b"").decode("latin-1").split(",")]
        others = [part for part in chain if _is_address(part) and not self._trusted(part)]
        if others:
            scope["client"] = (others[-1], 0)
        scheme = named.get(b"x-forwarded-proto", b"").decode("latin-1").split(",")[-1].strip()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme

    def _trusted(self, host: str) -> bool:
        return _is_address(host) and any(ipaddress.ip_address(host) in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
