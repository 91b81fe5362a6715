"""Whether what a credential points to is what it was when it was issued (W3C VC 2.0, section 5.3, relatedResource)."""

import base64
import binascii
import hashlib
from collections.abc import Iterator
from typing import Any

from app.credentials.contexts import shipped_bytes
from app.credentials.errors import CredentialError, DataRefused, KeyRefused
from app.credentials.jsonld.values import quoted
from app.credentials.keys import from_base58
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable

MOST = 8
"""Resources of one credential that are looked up."""
HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}
"""The hashes of Subresource Integrity, weakest first, and the length of their digests in bytes."""
MULTIHASH = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}
Digest = tuple[str, bytes]


def digests(resource: dict[str, Any]) -> list[Digest]:
    """The digests a resource is told by: each a hash and its value. DataRefused where one cannot be read."""
    hashes = [_sri(word) for text in _texts(resource, "digestSRI") for word in text.split()]
    return hashes + [_multibase(text) for text in _texts(resource, "digestMultibase")]


def altered(document: dict[str, Any]) -> Iterator[str]:
    """The resources that are shipped here, and are not what the credential says; each in words."""
    for resource in _resources(document):
        content = shipped_bytes(resource["id"])
        if content is not None and not _fits(content, digests(resource)):
            yield f"relatedResource: the digest is not that of {resource['id']}"


async def check(document: dict[str, Any], documents: Documents) -> Check | None:
    """Compare the resources with their digests; None for a credential that has none."""
    try:
        resources = list(_resources(document))
        expected = [(resource["id"], digests(resource)) for resource in resources]
    except CredentialError as error:
        return failed("resources", f"{error}.")
    if not expected:
        return None
    unseen = [f"only the first {MOST} of {len(expected)} were looked up"] if len(expected) > MOST else []
    for address, hashes in expected[:MOST]:
        try:
            if not _fits(await _content(address, documents), hashes):
                return failed("resources", f"What is found at {address} is not what it was when this was issued.")
        except Unreachable as error:
            unseen.append(str(error))
    if unseen:
        return unknown("resources", f"Not all that it points to could be compared: {unseen[0]}.")
    return passed("resources", "What it points to is what it was when this was issued.")


def _resources(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The related resources of the right form: what is wrong with others, `shape` tells."""
    value = document.get("relatedResource", [])
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            yield item


async def _content(address: str, documents: Documents) -> bytes:
    if (content := shipped_bytes(address)) is not None:
        return content
    answer = await documents.get(address)
    if answer.status != 200:
        raise Unreachable(f"{address} answers with status {answer.status}")
    return answer.body


def _fits(content: bytes, expected: list[Digest]) -> bool:
    """Whether the content has one of the digests of the strongest hash, as Subresource Integrity compares."""
    strongest = max((name for name, _ in expected), key=list(HASHES).index, default="sha256")
    return hashlib.new(strongest, content).digest() in [value for name, value in expected if name == strongest]


def _texts(resource: dict[str, Any], name: str) -> list[str]:
    value = resource.get(name, [])
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise DataRefused(f"relatedResource: {name}: {quoted(value)} is no text")
    return texts


def _sri(text: str) -> Digest:
    """`sha384-…` in base64; what follows a question mark is an option."""
    name, _, value = text.partition("?")[0].partition("-")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if HASHES.get(name) != len(digest):
        raise DataRefused(f"relatedResource: digestSRI: {quoted(text)} is none like 'sha384-' and a digest in base64")
    return name, digest


def _multibase(text: str) -> Digest:
    """A multihash in base58 (`z…`) or base64url (`u…`). A bare digest is taken for what its length says."""
    try:
        data = from_base58(text[1:]) if text.startswith("z") else _base64url(text)
    except (KeyRefused, binascii.Error, ValueError):
        data = b""
    if (name := MULTIHASH.get(data[:2])) and len(data) == 2 + HASHES[name]:
        return name, data[2:]
    if bare := [name for name, length in HASHES.items() if length == len(data)]:
        return bare[0], data
    raise DataRefused(f"relatedResource: digestMultibase: {quoted(text)} is no digest in multibase")


def _base64url(text: str) -> bytes:
    if not text.startswith("u"):
        raise ValueError(text)
    return base64.b64decode(text[1:] + "=" * (-len(text[1:]) % 4), altchars=b"-_", validate=True)
