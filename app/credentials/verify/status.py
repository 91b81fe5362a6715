"""Whether a credential was revoked or suspended: the lists it points to, each itself checked."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.credentials import status
from app.credentials.errors import CredentialError
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Documents, Unreachable, origin
from app.credentials.verify.shape import identifier, listed

BITSTRINGS = ("BitstringStatusListEntry", "StatusList2021Entry")
LISTS = ("BitstringStatusListCredential", "StatusList2021Credential")
EDTECH = "1EdTechRevocationList"
WORDS = {"revocation": "It was revoked by its issuer.", "suspension": "It is suspended by its issuer for now."}
Believe = Callable[[bytes, str], Awaitable[dict[str, Any]]]
"""Checks a status list credential of an issuer. The document; a CredentialError where it is not to be believed."""


async def check(document: dict[str, Any], documents: Documents, believe: Believe) -> Check:
    """Ask every list that a credential points to."""
    entries = listed(document.get("credentialStatus"))
    if not entries:
        return passed("status", "The issuer keeps no list of revoked credentials for it.")
    found = [await _entry(entry, document, documents, believe) for entry in entries]
    worst = min(found, key=lambda one: ("failed", "unknown", "passed").index(one.outcome))
    lenient = tuple(words for one in found for words in one.lenient)
    return Check(worst.name, worst.outcome, worst.message, lenient)


async def _entry(entry: Any, document: dict[str, Any], documents: Documents, believe: Believe) -> Check:
    kind = entry.get("type") if isinstance(entry, dict) else None
    kinds = listed(kind)
    try:
        if any(name in kinds for name in BITSTRINGS):
            return await _bitstring(entry, document, documents, believe)
        if EDTECH in kinds:
            return await _edtech(entry, document, documents)
    except Unreachable as error:
        return unknown("status", f"Whether it was revoked could not be found out: {error}.")
    except CredentialError as error:
        return unknown("status", f"Its status list is not to be believed: {error}.")
    return unknown("status", f"Its status is kept in a way that is not known here ({kind}).")


async def _bitstring(entry: dict[str, Any], document: dict[str, Any], documents: Documents, believe: Believe) -> Check:
    address, purpose, lenient = entry.get("statusListCredential"), entry.get("statusPurpose"), []
    if not isinstance(address, str):
        return unknown("status", "It names no status list.")
    place = entry.get("statusListIndex")
    if isinstance(place, int) and not isinstance(place, bool):
        lenient.append("statusListIndex is a number; the standard wants a text")
        place = str(place)
    if not isinstance(place, str) or not place.isascii() or not place.isdigit() or len(place) > 12:
        return unknown("status", f"Its place in the status list is {place!r}, which is no number.")
    answer = await documents.get(address)
    if answer.status != 200:
        raise Unreachable(f"{address} answers with status {answer.status}")
    issuer = identifier(document.get("issuer")) or ""
    believed = await believe(answer.body, issuer)
    subject = believed.get("credentialSubject")
    if not isinstance(subject, dict) or not any(kind in LISTS for kind in listed(believed.get("type"))):
        return unknown("status", f"What is found at {address} is no status list.")
    if purpose not in listed(subject.get("statusPurpose")):
        return unknown("status", f"The list at {address} is not kept for the purpose '{purpose}'.")
    size = entry.get("statusSize", 1)
    number = status.value(status.unpacked(subject.get("encodedList")), int(place), size if isinstance(size, int) else 0)
    if number and purpose in WORDS:
        return failed("status", WORDS[purpose], lenient)
    note = _note(entry, number) if purpose == "message" else None
    return passed("status", note or "It is not on the issuer's list of revoked or suspended credentials.", lenient)


def _note(entry: dict[str, Any], number: int) -> str | None:
    """The issuer's words for a status that neither revokes nor suspends."""
    for message in listed(entry.get("statusMessage")):
        if isinstance(message, dict) and str(message.get("status")).lower() == hex(number):
            return f"Its issuer says: {message.get('message')}"
    return None


async def _edtech(entry: dict[str, Any], document: dict[str, Any], documents: Documents) -> Check:
    """The 1EdTech list is not signed: it counts only from the issuer's own site, or where it names the issuer."""
    address, issuer, lenient = entry.get("id"), identifier(document.get("issuer")) or "", []
    if not isinstance(address, str):
        return unknown("status", "It names no revocation list.")
    found = await documents.object(address)
    if identifier(found.get("issuer")) != issuer:
        if origin(address) is None or origin(address) != origin(issuer):
            return unknown("status", f"The list at {address} is not the issuer's.")
        lenient.append("the revocation list does not name the issuer; it was found on the issuer's site")
    for one in listed(found.get("revokedCredential")):
        if identifier(one) is not None and identifier(one) == document.get("id"):
            if isinstance(one, dict) and one.get("revoked") is False:
                continue
            reason = one.get("revocationReason") if isinstance(one, dict) else None
            return failed("status", f"It was revoked by its issuer{f': {reason}' if reason else '.'}", lenient)
    return passed("status", "It is not on the issuer's list of revoked credentials.", lenient)
