"""A raw-socket HTTP source that misbehaves on purpose, a fault per path, on loopback."""

import asyncio
import gzip
import json
import zlib
from collections import Counter

OK = json.dumps({"users": [{"sourcedId": f"u{n}"} for n in range(3)]}).encode()


def answer(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """One response that ends its connection."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def bomb(size: int) -> bytes:
    """Gzip that unpacks to `size` zeros."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(pack.compress(b"0" * 1_000_000) for _ in range(size // 1_000_000)) + pack.flush()


PLAIN = {
    "ok": answer(OK),
    "gzip": answer(gzip.compress(OK), "200 OK", "Content-Encoding: gzip"),
    "429-date": answer(b"{}", "429 Too Many Requests", "Retry-After: Wed, 21 Oct 2099 07:28:00 GMT"),
    "500": answer(b"oops", "500 Internal Server Error"),
    "truncated": answer(OK[:20], length=len(OK)),
    "truncated-no-length": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + OK[:20],
    "html200": answer(b"<html>Please log in</html>"),
    "empty200": answer(b""),
    "null200": answer(b"null"),
    "latin1": answer('{"n":"Jos\u00e9"}'.encode("latin1")),
    "gzipbomb": answer(bomb(200_000_000), "200 OK", "Content-Encoding: gzip"),
    "badgzip": answer(b"not gzip", "200 OK", "Content-Encoding: gzip"),
    "redirect-loop": answer(b"", "302 Found", "Location: /redirect-loop"),
    "redirect-metadata": answer(b"", "302 Found", "Location: http://169.254.169.254/latest/meta-data/"),
    "redirect-file": answer(b"", "302 Found", "Location: file:///etc/passwd"),
    "bigheader": answer(OK, "200 OK", "X-A: " + "a" * 200_000),
    "next-self": answer(OK, "200 OK", 'Link: </next-self>; rel="next"'),
    "next-foreign": answer(OK, "200 OK", 'Link: <http://evil.invalid/p2>; rel="next"'),
    "no-http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "silence": b"",
}


class Misbehaving:
    """The source. `seen` holds, for every request that came, its path and its Authorization header."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self._times: Counter[str] = Counter()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, badly."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
            path = head[0].split(" ")[1].strip("/")
            credentials = [line.partition(": ")[2] for line in head if line.lower().startswith("authorization:")]
            self.seen.append((path, "".join(credentials)))
            self._times[path] += 1
            await self._misbehave(path, self._times[path], reader, writer)
            await writer.drain()
        except ConnectionError:
            return  # the client has had enough, as it should
        finally:
            writer.close()

    async def _misbehave(
        self, path: str, times: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        match path:
            case "hang":
                await reader.read()
            case "drip":
                writer.write(answer(b"", length=len(OK)))
                for byte in OK:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.1)
            case "endless":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n[")
                for _ in range(2000):
                    writer.write(b'{"a":1},' * 8192)
                    await writer.drain()
            case "reset":
                writer.write(answer(OK[:10], length=9999))
                await writer.drain()
                writer.transport.abort()
            case "half-closed":
                writer.write(answer(OK[:20], length=len(OK)))
                writer.write_eof()
                await reader.read()
            case "429":
                writer.write(answer(b"{}", "429 Too Many Requests", "Retry-After: 1") if times % 3 else answer(OK))
            case "flap":
                writer.write(answer(b"", "503 Service Unavailable") if times % 2 else answer(OK))
            case "401-midway":
                writer.write(answer(OK) if times < 3 else answer(b'{"error":"invalid_token"}', "401 Unauthorized"))
            case _:
                writer.write(PLAIN[path])
