"""The innermost transports: one request on the wire, with a total deadline, a byte budget, and one host to talk to."""

import asyncio
import logging
import ssl
import zlib
from collections.abc import AsyncIterator
from functools import cache

import httpcore
import httpx

from connectors.errors import Unavailable
from connectors.kit.addresses import PinnedBackend
from connectors.limits import Private

REDIRECTS = 5
"""How many redirects in a row are followed."""
AT_ONCE = 10
"""How many requests of one client are on the wire at the same time."""

log = logging.getLogger(__name__)

_LOST = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


class Passing(Unavailable):
    """Unavailable in a way that may pass within seconds. `wait`: the seconds the source asked to wait, if it did."""

    def __init__(self, message: str, *, wait: float | None = None, unsent: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        self.unsent = unsent


def place(url: httpx.URL) -> str:
    """A URL as it may be shown: without user, query and fragment, which may hold secrets and names."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}"


def url_of(text: str, base: httpx.URL | None = None) -> httpx.URL:
    """An address as told, or as it leads from another one. ValueError where it is none, or its host no name (IDNA)."""
    try:
        url = httpx.URL(text) if base is None else base.join(text)
    except httpx.InvalidURL as why:
        raise ValueError(str(why)) from None
    url.host  # noqa: B018  it is decoded when it is asked for
    return url


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port: who is spoken to."""
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


class CertificateRefused(httpx.ConnectError):
    """The host showed a certificate that does not prove its name. Told only where it is plain that HTTPS is there."""


class Wire(httpx.AsyncBaseTransport):
    """httpcore's pool, with pinned addresses. Raises httpx.ConnectError (nothing was sent) or httpx.ReadError.

    Requests wait for their turn here and not in the pool: one that is given up as the pool hands it a connection leaves
    that connection there for ever (httpcore 1.0.9), and were it one of ten, the tenth would end all requests.
    """

    def __init__(self, private: Private) -> None:
        self._private = private
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._pools = {
            scheme: httpcore.AsyncConnectionPool(
                ssl_context=ssl_context(),
                network_backend=PinnedBackend(private, plain=scheme == "http"),
                max_connections=None,
                max_keepalive_connections=AT_ONCE,
                keepalive_expiry=5.0,
            )
            for scheme in (("https", "http") if private.any else ("https",))
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body is left unread. Unavailable for another scheme than https, or http in private."""
        url = request.url
        if url.scheme not in self._pools:
            raise Unavailable(f"{place(url)} is not https: not sending anything there")
        await self._turns.acquire()
        try:
            return await self._answer(request)
        except BaseException:
            self._turns.release()
            raise

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        try:
            response = await self._pools[url.scheme].handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                )
            )
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            if _of_certificate(error) and (url.port in (None, 443) or self._private.names(url.host, url.port)):
                raise CertificateRefused(_words(error)) from error
            raise httpx.ConnectError(_words(error)) from error
        except _LOST as error:
            raise httpx.ReadError(_words(error)) from error
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response, self._turns))

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response, turns: asyncio.Semaphore) -> None:
        self._response = response
        self._turns = turns

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.aiter_stream():
                yield chunk
        except _LOST as error:
            raise httpx.ReadError(_words(error)) from error

    async def aclose(self) -> None:
        """Give the turn back: httpx closes a body once."""
        try:
            await self._response.aclose()
        finally:
            self._turns.release()


class Guard(httpx.AsyncBaseTransport):
    """One request, answered whole within `seconds`, in at most `budget` bytes on the wire and after decompression."""

    def __init__(self, wire: httpx.AsyncBaseTransport, *, seconds: float, budget: int) -> None:
        self._wire = wire
        self._seconds = seconds
        self._budget = budget

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The whole answer, or Unavailable: the deadline covers names, connection, headers and the last body byte."""
        response: httpx.Response | None = None
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._wire.handle_async_request(request)
                try:
                    body = await self._body(request, response)
                finally:
                    await response.aclose()
        except CertificateRefused as error:
            raise Passing(
                f"{place(request.url)} cannot be reached: its certificate is not accepted: {error}"
            ) from error
        except (httpx.TransportError, TimeoutError) as error:
            raise self._lost(request, error, begun=response is not None) from None
        headers = [
            pair for pair in response.headers.raw if pair[0].lower() not in (b"content-encoding", b"content-length")
        ]
        return httpx.Response(response.status_code, headers=headers, content=body, request=request)

    def _lost(self, request: httpx.Request, error: Exception, *, begun: bool) -> Unavailable:
        """What is told of an answer that did not come, or not whole.

        Before it has begun, the same whatever the cause, which the log has: words that tell a port that is closed from
        one that is silent, or speaks something else, would make us a port scanner.
        """
        where, late = place(request.url), isinstance(error, TimeoutError)
        if begun:
            how = (
                f"did not answer whole within {self._seconds:g} s (request_seconds)" if late else f"broke off: {error}"
            )
            return Unavailable(f"{where} {how}") if late else Passing(f"{where} {how}")
        log.info("%s gave no answer: %s", where, "it was late" if late else error)
        words = (
            f"{where} cannot be reached, broke off, or did not answer whole within {self._seconds:g} s: "
            "is the address right, and is the system up?"
        )
        return Unavailable(words) if late else Passing(words, unsent=isinstance(error, httpx.ConnectError))

    async def _body(self, request: httpx.Request, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise Unavailable(f"{place(request.url)} answered in '{encoding}', which was not asked for")
        inflate = _Gunzip(self._budget) if encoding != "identity" else None
        pieces: list[bytes] = []
        received = unpacked = 0
        try:
            assert isinstance(response.stream, httpx.AsyncByteStream)
            async for chunk in response.stream:
                received += len(chunk)
                pieces.append(piece := inflate.feed(chunk) if inflate else chunk)
                unpacked += len(piece)
                if max(received, unpacked) > self._budget:
                    raise Unavailable(
                        f"{place(request.url)} answered with more than {self._budget:,} bytes (response_bytes)"
                    )
            if inflate:
                inflate.finish()
        except zlib.error as error:
            raise Unavailable(f"{place(request.url)} answered with broken gzip ({error})") from None
        return b"".join(pieces)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.aclose()


class _Gunzip:
    """Gzip, member after member, never inflating more than one byte past the budget."""

    def __init__(self, budget: int) -> None:
        self._room = budget + 1
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._began = False

    def feed(self, data: bytes) -> bytes:
        out = b""
        while data and self._room:
            if self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            self._began = True
            piece = self._member.decompress(data, self._room)
            self._room -= len(piece)
            out += piece
            data = self._member.unused_data if self._member.eof else b""
        return out

    def finish(self) -> None:
        if self._began and not self._member.eof:
            raise zlib.error("the stream is cut short")


class SameHost(httpx.AsyncBaseTransport):
    """Talks to one origin (scheme, host and port) only: the first request, and wherever redirects lead."""

    def __init__(self, inner: httpx.AsyncBaseTransport, base: httpx.URL) -> None:
        self._inner = inner
        self._base = base

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer at the end of at most REDIRECTS redirects; Unavailable when one leads elsewhere."""
        for _ in range(REDIRECTS + 1):
            if origin(request.url) != origin(self._base):
                raise Unavailable(f"{place(request.url)} is not on {self._base.host}: not sending anything there")
            response = await self._inner.handle_async_request(request)
            if response.status_code not in (301, 302, 303, 307, 308):
                return response
            request = self._redirected(request, response)
        raise Unavailable(f"{place(request.url)} redirects more than {REDIRECTS} times in a row")

    def _redirected(self, request: httpx.Request, response: httpx.Response) -> httpx.Request:
        try:
            target = url_of(response.headers["location"], request.url)
        except (KeyError, ValueError):
            raise Unavailable(f"{place(request.url)} redirects to no place") from None
        if request.method not in ("GET", "HEAD") or origin(target) != origin(self._base):
            raise Unavailable(
                f"{request.method} {place(request.url)} is redirected to {place(target)}: not following"
                " (is base_url the address the source itself uses?)"
            )
        return httpx.Request(request.method, target, headers=request.headers)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


@cache
def ssl_context() -> ssl.SSLContext:
    """The certificate authorities trusted: certifi's, or SSL_CERT_FILE's where a district has its own."""
    return httpx.create_ssl_context()


def _of_certificate(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
