"""What is attached to statements: files and signatures, beside them in one multipart body (xAPI 1.0.3 part 2, 2.4.11).

A statement names its attachments by their SHA-2; what comes under none of these names is refused, and so is a statement
whose file did not come: a file that is lost is lost for good.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.db import Tx
from app.db.pipeline import xapi
from app.db.pipeline.xapi import AttachmentRow
from app.pipeline.xapi import Json, Unlawful, compared, inside
from connectors.xapi.grammar import SIGNATURE

MIXED = "multipart/mixed"
HASH = "x-experience-api-hash"
DIGESTS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""The functions of SHA-2, by the digits that they give."""
SIGNED_BY = ("RS256", "RS384", "RS512")


class _Registry(jws.JWSRegistry):
    """With room for a chain of certificates and for statements of any length: a body has its own limit."""

    max_header_length = 65_536
    max_payload_length = 16 * 1024 * 1024


REGISTRY = _Registry(algorithms=list(SIGNED_BY), strict_check_header=False)
SET_BY_STORES = ("stored", "timestamp", "version", "authority", "attachments")
"""What a statement may have that its signature does not cover: the signature itself, and what a store sets."""

Attachments = Mapping[str, AttachmentRow]
"""What came beside statements, by its SHA-2."""


@dataclass(slots=True)
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


def split(content_type: str, body: bytes) -> tuple[bytes, dict[str, AttachmentRow]]:
    """The statements of a multipart body, and what is attached to them. Unlawful where it is no such body."""
    parts = list(_parts(content_type, body))
    if not parts or parts[0].headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise _invalid("The first part of the body has to be the statements, as application/json.")
    attached = {}
    for number, part in enumerate(parts[1:], 2):
        digest = part.headers.get(HASH, "").lower()
        if part.headers.get("content-transfer-encoding", "").lower() != "binary":
            raise _invalid(f"Part {number}: its header Content-Transfer-Encoding should be binary.")
        if (function := DIGESTS.get(len(digest))) is None:
            raise _invalid(f"Part {number}: its header X-Experience-API-Hash is missing, or no SHA-2 in hexadecimal.")
        if hashlib.new(function, part.body).hexdigest() != digest:
            raise _invalid(f"Part {number} does not have the SHA-2 that its X-Experience-API-Hash says: send it again.")
        kind = part.headers.get("content-type", "application/octet-stream")
        attached[digest] = AttachmentRow(digest, kind, bytes(part.body))
    return bytes(parts[0].body), attached


def _parts(content_type: str, body: bytes) -> Iterator[_Part]:
    """The parts of a body as they came (RFC 2046, 5.1)."""
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise _invalid("The Content-Type names no boundary.")
    parts: list[_Part] = []
    header = bytearray(), bytearray()

    def begin() -> None:
        parts.append(_Part())

    def header_begin() -> None:
        header[0].clear()
        header[1].clear()

    def header_end() -> None:
        parts[-1].headers[header[0].decode("latin-1").strip().lower()] = header[1].decode("latin-1").strip()

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": begin,
            "on_header_begin": header_begin,
            "on_header_field": lambda data, start, end: header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: header[1].extend(data[start:end]),
            "on_header_end": header_end,
            "on_part_data": lambda data, start, end: parts[-1].body.extend(data[start:end]),
        },
    )
    try:
        parser.write(body)
        parser.finalize()
    except MultipartParseError as why:
        raise _invalid(f"The body is no {MIXED} with the boundary that its Content-Type names: {why}.") from None
    yield from parts


def check(statements: Sequence[Json], attached: Attachments) -> None:
    """Unlawful where a file did not come, or belongs to no statement, or a signature is not that of its statement."""
    named = set()
    for number, statement in enumerate(statements):
        for part in of_statement(statement):
            digest = part["sha2"].lower()
            named.add(digest)
            if digest not in attached and "fileUrl" not in part:
                raise _invalid(
                    f"Statement {number}: the attachment {digest} did not come: send {MIXED}, or say its fileUrl."
                )
            if part["usageType"] == SIGNATURE:
                _check_signature(number, statement, part, attached.get(digest))
    if strangers := attached.keys() - named:
        raise _invalid(f"No statement names the attachment {min(strangers)}: nothing was stored.")


def of_statement(statement: Json) -> Iterator[Json]:
    """What a statement, or the one inside it, says of its attachments."""
    for each in (statement, inside(statement)):
        attachments = each.get("attachments")
        if isinstance(attachments, list):
            yield from (part for part in attachments if isinstance(part, dict) and isinstance(part.get("sha2"), str))


def _check_signature(number: int, statement: Json, part: Json, attachment: AttachmentRow | None) -> None:
    """A signature is a JWS by RSA whose payload is the statement, by the key of its certificate if there is one (part
    2, 2.6). Whose key that is the standard leaves open: it tells that nothing was changed, and not who says so.
    """
    place = f"Statement {number}: its signature"
    if part["contentType"] != "application/octet-stream":
        raise _invalid(f"{place} has the contentType {part['contentType']}: it has to be application/octet-stream.")
    if attachment is None:
        raise _invalid(f"{place} did not come: send it as a part of the body.")
    try:
        token = jws.extract_compact(attachment.body, registry=REGISTRY)
        payload = msgspec.json.decode(token.payload, type=Json)
    except (JoseError, ValueError, RecursionError):
        raise _invalid(f"{place} is no JWS of a statement in JSON.") from None
    if token.headers().get("alg") not in SIGNED_BY:
        raise _invalid(f"{place} is by another algorithm than {', '.join(SIGNED_BY)}.")
    if chain := token.headers().get("x5c"):
        _check_certified(place, attachment.body, chain)
    whole = _bare(statement)
    if "id" not in payload:
        whole.pop("id", None)  # it was given one when it was sent
    if _bare(payload) != whole:
        raise _invalid(f"{place} is that of another statement: nothing was stored.")


def _check_certified(place: str, token: bytes, chain: Any) -> None:
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(chain[0], validate=True)).public_key()
        public = RSAKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        jws.deserialize_compact(token.decode("ascii"), public, registry=REGISTRY)
    except (JoseError, ValueError, TypeError, LookupError):
        raise _invalid(f"{place} is not by the key of its certificate (x5c).") from None


def _bare(statement: Json) -> Json:
    return {name: part for name, part in compared(statement).items() if name not in SET_BY_STORES}


async def keep(tx: Tx, source: int, attached: Attachments) -> None:
    """Keep what came beside statements. What is there already stays."""
    for attachment in attached.values():
        await xapi.put_attachment(tx, source, attachment)


async def with_attachments(tx: Tx, source: int, answer: Json, statements: Sequence[Json]) -> tuple[str, bytes]:
    """An answer and what is attached to its statements, as one multipart body, and its content type."""
    digests = {part["sha2"].lower() for statement in statements for part in of_statement(statement)}
    boundary = uuid4().hex
    pieces = [f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode(), msgspec.json.encode(answer)]
    for row in await xapi.attachments(tx, source, sorted(digests)):
        head = f"Content-Type: {row.content_type}\r\nContent-Transfer-Encoding: binary"
        pieces += [f"\r\n--{boundary}\r\n{head}\r\nX-Experience-API-Hash: {row.sha2}\r\n\r\n".encode(), row.body]
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    return f"{MIXED}; boundary={boundary}", b"".join(pieces)


def _invalid(detail: str) -> Unlawful:
    return Unlawful(detail, type="attachments", title="Invalid attachments")
