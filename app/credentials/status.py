"""Status lists: encode and read Bitstring Status List 1.0 and the 1EdTech revocation list.

A list is a compressed string of bits, one or more for each credential. It comes from strangers, so what it may grow to
is bounded before it is unpacked.

Pure.
"""

import base64
import binascii
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.credentials.contexts import CREDENTIALS_V2
from app.credentials.errors import DataRefused

LEAST = 131_072
"""Entries of the smallest list: fewer would tell who is meant (section 3.2 of the standard)."""
LONGEST = 4 * 2**20
"""Bytes of the longest list unpacked: 33 million entries."""
GZIP = 16 + zlib.MAX_WBITS


def packed(entries: Mapping[int, int], size: int = LEAST, bits: int = 1) -> str:
    """A bit string with these values at these places, compressed, in multibase (`u…`)."""
    if size < LEAST or size % 8:
        raise ValueError(f"a status list has at least {LEAST} entries, in whole bytes; not {size}")
    bitstring = bytearray(size * bits // 8)
    for place, value in entries.items():
        if not 0 <= place < size or not 0 <= value < 2**bits:
            raise ValueError(f"value {value} at place {place} does not fit a list of {size} entries of {bits} bits")
        for bit in range(bits):
            position = place * bits + bit
            bitstring[position // 8] |= (value >> (bits - 1 - bit) & 1) << (7 - position % 8)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bitstring), mtime=0)).decode().rstrip("=")


def unpacked(text: Any) -> bytes:
    """The bit string of an encoded list. DataRefused where it is none, or larger than any honest one."""
    if not isinstance(text, str) or len(text) > 2 * LONGEST:
        raise DataRefused("status list: encodedList is no text of a sensible length")
    body = text.removeprefix("u")  # the first drafts had no multibase prefix
    try:
        data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        stream = zlib.decompressobj(GZIP)
        bitstring = stream.decompress(data, LONGEST + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise DataRefused(f"status list: encodedList cannot be unpacked: {error}") from None
    if len(bitstring) > LONGEST:
        raise DataRefused(f"status list: it unpacks to more than {LONGEST:,} bytes")
    if not stream.eof:
        raise DataRefused("status list: encodedList is cut off")
    return bitstring


def entries(bitstring: bytes, bits: int = 1) -> int:
    """How many entries a bit string has."""
    return len(bitstring) * 8 // max(bits, 1)


def value(bitstring: bytes, place: int, bits: int = 1) -> int:
    """The value at a place. DataRefused where the list is shorter."""
    if not 1 <= bits <= 8 or place < 0 or (place + 1) * bits > len(bitstring) * 8:
        raise DataRefused(f"status list: it has {entries(bitstring, bits)} entries, and number {place} is asked")
    number = 0
    for position in range(place * bits, (place + 1) * bits):
        number = number << 1 | (bitstring[position // 8] >> (7 - position % 8) & 1)
    return number


def bitstring_credential(
    id: str, issuer: Any, purpose: str, entries: Mapping[int, int], issued: datetime
) -> dict[str, Any]:
    """An unsigned BitstringStatusListCredential."""
    return {
        "@context": [CREDENTIALS_V2],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": issued.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "credentialSubject": {
            "id": f"{id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": packed(entries),
        },
    }


def bitstring_entry(list_id: str, place: int, purpose: str) -> dict[str, Any]:
    """The credentialStatus of a credential at a place of a list."""
    return {
        "id": f"{list_id}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(place),
        "statusListCredential": list_id,
    }


@dataclass(frozen=True, slots=True)
class Revoked:
    """A credential that its issuer takes back, with the reason told to everybody."""

    id: str
    reason: str | None = None


def revocation_list(id: str, issuer: str, revoked: list[Revoked]) -> dict[str, Any]:
    """A 1EdTechRevocationList (1EdTech VCRL 1.0)."""
    return {
        "id": id,
        "issuer": issuer,
        "revokedCredential": [
            {"id": entry.id, "revoked": True, **({"revocationReason": entry.reason} if entry.reason else {})}
            for entry in revoked
        ],
    }
