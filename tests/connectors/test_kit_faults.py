"""A source at its worst, over real sockets: every fault ends in the right error, in time, in bounded memory."""

import asyncio
import datetime as dt
import socket
import ssl
import sys
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors import HttpSettings
from connectors.errors import RateLimited, SourceDenied, Unavailable
from connectors.kit import Patience, bearer, client, link_pages
from connectors.kit.guard import ssl_context
from tests.support.limits import LOOPBACK
from tests.support.misbehaving import Misbehaving

BUDGET = 1_000_000
MEMORY, TRIES = 8 * BUDGET, 3

FAULTS: dict[str, tuple[type[Exception], str]] = {
    "hang": (Unavailable, "did not answer whole within 0.5 s"),
    "drip": (Unavailable, "did not answer whole within 0.5 s"),
    "truncated": (Unavailable, "broke off"),
    "truncated-no-length": (Unavailable, "not a JSON object"),
    "reset": (Unavailable, "broke off"),
    "html200": (Unavailable, "a web page"),
    "empty200": (Unavailable, "the answer is empty"),
    "null200": (Unavailable, "not a JSON object"),
    "latin1": (Unavailable, "not UTF-8 at byte 9"),
    "gzipbomb": (Unavailable, "more than 1,000,000 bytes"),
    "badgzip": (Unavailable, "broken gzip"),
    "redirect-loop": (Unavailable, "redirects more than 5 times"),
    "redirect-metadata": (Unavailable, r"redirected to http://169\.254\.169\.254/latest/meta-data/: not following"),
    "redirect-file": (Unavailable, "redirected to file:///etc/passwd: not following"),
    "bigheader": (Unavailable, "broke off"),
    "endless": (Unavailable, "more than 1,000,000 bytes"),
    "next-self": (Unavailable, "leads back"),
    "next-foreign": (Unavailable, r"another host, http://evil\.invalid/p2"),
    "429-date": (RateLimited, "asks to wait"),
    "500": (Unavailable, "answered 500"),
}
MORE_FAULTS: dict[str, tuple[type[Exception], str]] = {
    "no-http": (Unavailable, "broke off"),
    "silence": (Unavailable, "broke off"),
    "half-closed": (Unavailable, "broke off"),
}

pytestmark = pytest.mark.enable_socket


class Waits(list[float]):
    """A sleep that only notes how long it was asked for."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


async def pull(base_url: str, path: str, waits: Waits, seconds: float = 5) -> list[bytes]:
    """Everything the source has under a path."""
    settings = HttpSettings(base_url=base_url, request_seconds=seconds, response_bytes=BUDGET).within(LOOPBACK)
    async with client(settings, auth=bearer("s3cret"), patience=Patience(sleep=waits)) as http:
        pages = [page async for page in link_pages(http, path, params={}, collection="users")]
    return [record for page in pages for record in page.records]


@pytest.fixture
async def source() -> AsyncIterator[tuple[str, Misbehaving]]:
    """Our own misbehaving source: its URL, and itself."""
    misbehaving = Misbehaving()
    server = await asyncio.start_server(misbehaving, "127.0.0.1")
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", misbehaving
    server.close()
    await server.wait_closed()


@pytest.fixture
async def shared_source(shared: Path) -> AsyncIterator[str]:
    """The fault source of the shared checks, in its own process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, str(shared / "checks" / "faultsource.py"), str(port))
    for _ in range(200):
        with suppress(ConnectionRefusedError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /ok HTTP/1.1\r\n\r\n")
            writer.close()
            break
        await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    await process.wait()


async def fails_as_it_should(url: str, fault: str) -> None:
    """One pull of a fault: its error, its words, no secret in them, little memory, and a good pull after it."""
    family, words = (FAULTS | MORE_FAULTS)[fault]
    ssl_context()
    peaks: list[int] = []
    while not peaks or (peaks[-1] >= MEMORY and len(peaks) < TRIES):  # what else this process does is counted, too
        tracemalloc.start()
        try:
            with pytest.raises(family, match=words) as raised:
                await pull(url, f"/{fault}", Waits(), seconds=0.5 if fault in ("hang", "drip") else 5)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert "s3cret" not in str(raised.value)
    assert min(peaks) < MEMORY
    assert len(await pull(url, "/ok", Waits())) == 3


@pytest.mark.parametrize("fault", [*FAULTS, *MORE_FAULTS])
async def test_a_fault_ends_in_its_error(source: tuple[str, Misbehaving], fault: str) -> None:
    url, misbehaving = source
    await fails_as_it_should(url, fault)
    assert {bearing for _, bearing in misbehaving.seen} == {"Bearer s3cret"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_of_the_shared_source_ends_in_its_error(shared_source: str, fault: str) -> None:
    await fails_as_it_should(shared_source, fault)


@pytest.mark.parametrize(("path", "waited"), [("/ok", 0), ("/gzip", 0), ("/429", 2), ("/flap", 1)])
async def test_what_passes_is_waited_out(source: tuple[str, Misbehaving], path: str, waited: int) -> None:
    waits = Waits()
    assert len(await pull(source[0], path, waits)) == 3
    assert len(waits) == waited


async def test_a_token_that_ends_midway_is_denied(source: tuple[str, Misbehaving]) -> None:
    for _ in range(2):
        assert len(await pull(source[0], "/401-midway", Waits())) == 3
    with pytest.raises(SourceDenied, match=r"answered 401 \('invalid_token'\)"):
        await pull(source[0], "/401-midway", Waits())


async def test_a_private_address_is_refused_before_anything_is_sent(source: tuple[str, Misbehaving]) -> None:
    url, misbehaving = source
    https = url.replace("http:", "https:").replace("127.0.0.1", "localhost")
    async with client(HttpSettings(base_url=https)) as http:
        with pytest.raises(Unavailable, match="no address that this instance may reach"):
            await http.get("/ok")
    assert misbehaving.seen == []


async def test_each_of_a_host_s_addresses_is_tried(source: tuple[str, Misbehaving]) -> None:
    assert len(await pull(source[0].replace("127.0.0.1", "localhost"), "/ok", Waits())) == 3


async def test_requests_given_up_leave_no_connection_behind(source: tuple[str, Misbehaving]) -> None:
    settings = HttpSettings(base_url=source[0], request_seconds=2).within(LOOPBACK)
    async with client(settings, patience=Patience(sleep=Waits())) as http:
        given_up = await asyncio.gather(*(http.get("/hang") for _ in range(25)), return_exceptions=True)
        assert {type(error) for error in given_up} == {Unavailable}
        assert (await http.get("/ok")).status_code == 200


async def test_requests_given_up_at_any_moment_keep_nobody_s_turn(source: tuple[str, Misbehaving]) -> None:
    settings = HttpSettings(base_url=source[0], request_seconds=10).within(LOOPBACK)
    async with client(settings, patience=Patience(sleep=Waits())) as http:
        for steps in range(60):
            requests = [asyncio.create_task(http.get("/hang")) for _ in range(12)]
            for _ in range(steps):
                await asyncio.sleep(0)
            for request in requests:
                request.cancel()
            await asyncio.gather(*requests, return_exceptions=True)
        assert (await http.get("/ok")).status_code == 200


async def test_nobody_at_home_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    waits = Waits()
    with pytest.raises(Unavailable, match="cannot be reached"):
        await pull(f"http://127.0.0.1:{port}", "/ok", waits)
    assert len(waits) == 3


async def test_a_closed_port_and_one_that_speaks_something_else_are_told_in_the_same_words(
    source: tuple[str, Misbehaving],
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    messages = set()
    for url, path in ((closed, "/ok"), (source[0], "/no-http"), (source[0], "/silence"), (source[0], "/hang")):
        with pytest.raises(Unavailable) as raised:
            await pull(url, path, Waits(), seconds=0.5)
        messages.add(str(raised.value).replace(f"{url}{path}", "THERE"))
    assert len(messages) == 1, messages


async def test_a_certificate_is_checked_against_the_name_though_the_address_is_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate_for("localhost", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(Misbehaving(), "127.0.0.1", ssl=context)
    port = server.sockets[0].getsockname()[1]
    try:
        ssl_context.cache_clear()
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await pull(f"https://localhost:{port}", "/ok", Waits())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        ssl_context.cache_clear()
        assert len(await pull(f"https://localhost:{port}", "/ok", Waits())) == 3
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await pull(f"https://127.0.0.1:{port}", "/ok", Waits())
    finally:
        ssl_context.cache_clear()
        server.close()
        await server.wait_closed()


def _certificate_for(host: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
