"""Addresses a source may not be at, in all their disguises."""

import asyncio
import socket
import threading
from ipaddress import ip_address

import httpx
import pytest

from connectors import HttpSettings
from connectors.errors import ConfigError, Unavailable
from connectors.kit import client
from connectors.kit.addresses import PinnedBackend, look_up, objection, resolve
from connectors.kit.guard import url_of
from connectors.limits import Limits, Private

pytestmark = pytest.mark.enable_socket  # to resolve names; connections stay on this machine

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "2002:5db8:d822::1"]
PRIVATE = [
    "10.0.0.5",
    "172.16.3.4",
    "172.31.255.255",
    "192.168.1.1",
    "127.0.0.1",
    "127.8.8.8",
    "100.64.0.1",
    "::1",
    "fd12:3456::1",
    "fec0::1",
    "feff:ffff::1",
    "::ffff:10.0.0.5",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:5",
    "2002:a00:5::1",
    "2002:7f00:1::",
]
NEVER = [
    "169.254.169.254",
    "169.254.1.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_will_do(address: str) -> None:
    assert objection(ip_address(address), allowed=False) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not_spoken_to_in_the_clear(address: str) -> None:
    complaint = objection(ip_address(address), allowed=True, plain=True)
    assert complaint == "a public address, for which http is not safe (use https)"
    assert objection(ip_address("10.0.0.5"), allowed=True, plain=True) is None


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_needs_permission(address: str) -> None:
    assert "a private address" in (objection(ip_address(address), allowed=False) or "")
    assert objection(ip_address(address), allowed=True) is None


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("allowed", [False, True])
def test_some_addresses_are_never_connected_to(address: str, allowed: bool) -> None:
    assert objection(ip_address(address), allowed=allowed)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "::1", "::ffff:127.0.0.1"]
)
@pytest.mark.enable_socket  # looking up an address counts as the network
async def test_every_way_to_write_loopback_is_found_out(host: str) -> None:
    with pytest.raises(Unavailable, match="no address that this instance may reach"):
        await resolve(host, 443, Private())


@pytest.mark.enable_socket
async def test_the_client_refuses_before_it_connects() -> None:
    with pytest.raises(ConfigError, match="host 2130706433 has no address that this instance may reach"):
        client(HttpSettings(base_url="https://2130706433/v1"))
    http = client(HttpSettings(base_url="https://localhost/v1"))
    with pytest.raises(Unavailable, match="host localhost has no address that this instance may reach"):
        await http.get("/users")


@pytest.mark.enable_socket
async def test_a_name_that_cannot_be_one_has_no_address() -> None:
    with pytest.raises(Unavailable, match="has no address that this instance may reach"):
        await resolve("a" * 64 + ".invalid", 443, Private())


async def test_a_unix_socket_is_no_source() -> None:
    with pytest.raises(Unavailable):
        await PinnedBackend(Private()).connect_unix_socket("/var/run/docker.sock")


OPEN = Limits(Private.read(["127.0.0.1:8901", "sis.district.local", "10.20.0.0/16", "0.0.0.0/0", "::/0"]))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8901/x",
        "http://sis.district.local/x",
        "https://SIS.district.local:8443/x",
        "http://10.20.3.4/x",
        "https://192.168.1.1",
        "https://sis.example.org",
    ],
)
def test_what_the_operator_names_may_be_reached(url: str) -> None:
    assert OPEN.complaint(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8902/x",  # another port
        "http://2130706433:8901/x",  # the same address, written otherwise
        "http://0x7f.1:8901/x",
        "http://[::ffff:127.0.0.1]:8901/x",
        "http://127.1:8901",
        "https://[::1]/x",  # no network opens this machine itself
        "ftp://10.20.3.4",
        "https://",
        "https://x:y",
    ],
)
def test_another_name_for_the_same_place_may_not(url: str) -> None:
    assert OPEN.complaint(url)
    assert Limits().complaint(url)


@pytest.mark.parametrize("entry", ["10.20.0.0/33", "http://x/y", "a b/c", "x:port", "user@host/"])
def test_an_entry_that_is_neither_host_nor_network_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is n"):
        Private.read([entry])


async def test_loopback_is_found_behind_a_name_however_wide_the_networks() -> None:
    assert await resolve("127.0.0.1", 8901, OPEN.private, plain=True)
    with pytest.raises(Unavailable, match="no address that this instance may reach"):
        await resolve("localhost", 8901, OPEN.private, plain=True)


async def test_a_name_that_is_none_and_one_that_is_private_are_told_in_the_same_words() -> None:
    words = set()
    for host in ("localhost", "no-such-name.invalid"):
        with pytest.raises(Unavailable) as raised:
            await resolve(host, 443, Private())
        words.add(str(raised.value).replace(host, "HOST"))
    assert len(words) == 1


@pytest.mark.parametrize("host", ["xn--", "xn--a-ecp.ru", "\u0663.example", "[::1", "x:port"])
def test_a_host_that_is_no_name_is_told_before_it_is_asked(host: str) -> None:
    with pytest.raises(ConfigError, match="base_url") as raised:
        client(HttpSettings(base_url=f"https://ada:secret@{host}/api"))
    assert "secret" not in str(raised.value)
    with pytest.raises(ValueError, match=r"\w"):
        url_of(f"//{host}/next", httpx.URL("https://sis.example.org"))


async def test_a_name_server_that_does_not_answer_costs_who_asks_it_and_nobody_else() -> None:
    """More wait for it than the loop's own pool has threads, which passwords and pictures need meanwhile."""
    over = threading.Event()

    def hang(*_host: object, **_kind: object) -> list[tuple[object, ...]]:
        over.wait(60)
        return []

    try:
        waiting = [asyncio.create_task(look_up(f"sis-{n}.example.org", 443, hang)) for n in range(64)]
        given_up = [asyncio.create_task(asyncio.wait_for(task, 0.5)) for task in waiting[:32]]
        async with asyncio.timeout(30):
            assert {type(why) for why in await asyncio.gather(*given_up, return_exceptions=True)} == {TimeoutError}
            assert await asyncio.to_thread(lambda: "hashed") == "hashed"
            assert await look_up("127.0.0.1", 443)
        assert not any(task.done() for task in waiting[32:])
    finally:
        over.set()
    assert await asyncio.gather(*waiting[32:]) == [[]] * 32
    with pytest.raises(OSError, match="not known"):
        await look_up("nobody.invalid", 443, fail)


def fail(*_host: object, **_kind: object) -> list[tuple[object, ...]]:
    """Say that there is no such name."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
