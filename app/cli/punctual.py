"""uvicorn's HTTP protocol with limits for a request's headers, which answers who has closed its half."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 15.0
"""How long a request's headers may take from the connection, or from their first byte, to the last."""

HEADER_BYTES = 64 * 1024
"""The most bytes the headers of one request may have together."""

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Punctual(HttpToolsProtocol):
    """A connection on which nothing is said in time is closed: thousands of silent ones would use up all."""

    header_seconds = HEADER_SECONDS
    _late: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _in_headers = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request's headers."""
        super().connection_made(transport)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._forget()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Whether the connection stays open for an answer: a client may say that it has said all, and wait for it.

        Half a request is never answered, nor is a further one after this (RFC 9112, 9.6).
        """
        cycle = self.cycle
        if cycle is None or cycle.more_body or cycle.response_complete:
            return False
        cycle.keep_alive = False
        return True

    def on_message_begin(self) -> None:
        """A further request begins on this connection."""
        super().on_message_begin()
        self._header_bytes, self._in_headers = 0, True
        if self._late is None:
            self._await_headers()

    def on_url(self, url: bytes) -> None:
        """Count the address, as part of the headers."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers came in time."""
        self._forget()
        self._in_headers = False
        super().on_headers_complete()

    def _await_headers(self) -> None:
        self._late = self.loop.call_later(self.header_seconds, self.transport.close)

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _count(self, more: int) -> None:
        self._header_bytes += more
        if self._header_bytes > HEADER_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()
