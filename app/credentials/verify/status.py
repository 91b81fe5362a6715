"""Whether a credential was revoked or suspended: the lists it points to, each itself checked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.credentials import status
from app.credentials.errors import CredentialError
from app.credentials.jsonld.values import quoted
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Alike, Documents, Unreachable, origin, same_address, web
from app.credentials.verify.shape import identifier, listed, single

BITSTRINGS = ("BitstringStatusListEntry", "StatusList2021Entry")
LISTS = ("BitstringStatusListCredential", "StatusList2021Credential")
EDTECH = "1EdTechRevocationList"
REVOKED = ("revokedCredential", "revokedCredentials")
WORDS = {"revocation": "It was revoked by its issuer.", "suspension": "It is suspended by its issuer for now."}
UNSET = "It is not on the issuer's list of revoked or suspended credentials."
MOST = 16
"""Statuses of one credential that are asked."""


@dataclass(frozen=True, slots=True)
class CheckedList:
    """A status list credential, and why it is not to be believed. `delegate`: who keeps it, if not the issuer."""

    document: dict[str, Any]
    doubt: str | None = None
    delegate: str | None = None


Believe = Callable[[bytes, str], Awaitable[CheckedList]]
"""Checks a status list credential of an issuer. A CredentialError where it is none at all."""


async def check(document: dict[str, Any], documents: Documents, believe: Believe) -> Check:
    """Ask every list that a credential points to."""
    entries = listed(document.get("credentialStatus"))
    if not entries:
        return passed("status", "The issuer keeps no list of revoked credentials for it.")
    checks = [await _entry(entry, document, documents, believe) for entry in entries[:MOST]]
    if len(entries) > MOST:
        checks.append(unknown("status", f"It names {len(entries)} statuses, and only {MOST} are asked."))
    worst = min(checks, key=lambda item: ("failed", "unknown", "passed").index(item.outcome))
    messages = [item.message for item in checks if item.outcome == worst.outcome and item.message != UNSET]
    lenient = tuple(words for item in checks for words in item.lenient)
    return Check(worst.name, worst.outcome, " ".join(dict.fromkeys(messages)) or worst.message, lenient)


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
    return unknown("status", f"Its status is kept in a way that is not known here ({quoted(kind)}).")


async def _bitstring(entry: dict[str, Any], document: dict[str, Any], documents: Documents, believe: Believe) -> Check:
    """Bitstring Status List 1.0, section 3.2, and StatusList2021 before it."""
    address, purpose, place = (
        single(entry.get(f"status{name}")) for name in ("ListCredential", "Purpose", "ListIndex")
    )
    lenient = []
    if not isinstance(address, str):
        return unknown("status", "It names no status list.")
    if isinstance(place, int) and not isinstance(place, bool):
        lenient.append("statusListIndex is a number; the standard wants a text")
        place = str(place)
    if not isinstance(place, str) or not place.isascii() or not place.isdigit() or len(place) > 12:
        return unknown("status", f"Its place in the status list is {quoted(place)}, which is no number.")
    answer = await documents.get(address)
    if answer.status != 200:
        raise Unreachable(f"{address} answers with status {answer.status}")
    believed = await believe(answer.body, identifier(document.get("issuer")) or "")
    subject = next(iter(listed(believed.document.get("credentialSubject"))), None)
    if not isinstance(subject, dict) or not any(kind in LISTS for kind in listed(believed.document.get("type"))):
        return unknown("status", f"What is found at {address} is no status list{_because(believed.doubt)}.")
    if believed.delegate is not None:
        lenient.append(f"its status list is kept by another than its issuer, '{believed.delegate}'")
    size = entry.get("statusSize", 1)
    bits = size if isinstance(size, int) and not isinstance(size, bool) else 0
    bitstring = status.unpacked(subject.get("encodedList"))
    number = status.value(bitstring, int(place), bits)
    is_set = f" On it, the bit for {quoted(purpose)} is set." if number else ""
    if purpose not in listed(subject.get("statusPurpose")):
        words = f"The list at {address} is not kept for the purpose {quoted(purpose)}."
        return unknown("status", words + is_set, lenient)
    if believed.doubt is not None:
        return unknown("status", f"Its status list is not to be believed: {believed.doubt}." + is_set, lenient)
    if number:
        return _set(entry, purpose, number, lenient)
    doubt = _doubt(address, believed.document, status.entries(bitstring, bits))
    if doubt is not None:
        return unknown("status", f"Its status list is not to be believed: {doubt}.", lenient)
    return passed("status", _note(entry, 0) or UNSET, lenient)


def beside(answer: Check, claims: dict[str, Any]) -> Check:
    """What is known of a status where its token names one of its own (Token Status List), which is not read here."""
    if claims.get("status") is None or answer.outcome == "failed":
        return answer
    return unknown(
        "status", f"Its status is kept in a way that is not known here ({quoted('status')}).", answer.lenient
    )


def _because(doubt: str | None) -> str:
    return f" ({doubt})" if doubt else ""


def _doubt(address: str, document: dict[str, Any], entries: int) -> str | None:
    """Why a list whose signature holds cannot clear anybody. That something is set on it, it can say all the same."""
    own = document.get("id")
    if isinstance(own, str) and web(own) and not same_address(own, address):
        return f"what is found at {address} is another list, '{own}'"
    if entries < status.LEAST:
        least = f"{status.LEAST:,} is the least (STATUS_LIST_LENGTH_ERROR)"
        return f"the list at {address} has {entries:,} entries, and {least}"
    return None


def _set(entry: dict[str, Any], purpose: Any, number: int, lenient: list[str]) -> Check:
    """A value that is set is told, whatever its purpose is called."""
    note = _note(entry, number)
    if isinstance(purpose, str) and purpose in WORDS:
        return failed("status", f"{WORDS[purpose]}{f' {note}' if note else ''}", lenient)
    if purpose == "message" and note:
        return passed("status", note, lenient)
    if purpose == "refresh":
        return passed("status", "Its issuer has a newer version of it (the status 'refresh' is set).", lenient)
    words = f"Its issuer has set the status {quoted(purpose)} of it"
    return unknown("status", f"{words}: {note}" if note else f"{words}.", lenient)


def _note(entry: dict[str, Any], number: int) -> str | None:
    """The issuer's own words for a value."""
    for message in listed(entry.get("statusMessage")):
        if isinstance(message, dict) and str(message.get("status")).lower() == hex(number):
            return f"Its issuer says: {str(message.get('message'))[:300]}"
    return None


async def _edtech(entry: dict[str, Any], document: dict[str, Any], documents: Documents) -> Check:
    """The 1EdTech list is not signed: that of another says *not revoked* only on the issuer's own site."""
    address, issuer, lenient = entry.get("id"), identifier(document.get("issuer")) or "", []
    if not isinstance(address, str):
        return unknown("status", "It names no revocation list.")
    listing = await documents.object(address)
    own = identifier(document)
    revocations = [item for name in REVOKED for item in listed(listing.get(name))]
    if "credentialSubject" in listing or not listing.keys() & {*REVOKED, "issuer"}:
        return unknown("status", f"What is found at {address} is no list of revoked credentials.")
    if own is None:
        return unknown("status", "It has no id, by which a list of revoked credentials could name it.")
    foreign = identifier(listing.get("issuer")) != issuer
    if foreign and origin(address) is not None and origin(address) == origin(issuer):
        foreign = False
        lenient.append("the revocation list does not name the issuer; it was found on the issuer's site")
    named = [(single(single(revocation)), revocation) for revocation in revocations]
    alike = Alike([own], documents.quota)
    for name, revocation in named:
        if isinstance(name, str) and alike(name):
            if isinstance(revocation, dict) and revocation.get("revoked") is False:
                continue
            reason = revocation.get("revocationReason") if isinstance(revocation, dict) else None
            whom = "by its issuer" if not foreign else "on the list that it names, which another keeps"
            return failed("status", f"It was revoked {whom}{f': {reason}' if reason else '.'}", lenient)
    if not all(isinstance(name, str) for name, _ in named):
        return unknown("status", f"The list at {address} names a credential in a way that is not read here.")
    if foreign:
        return unknown("status", f"The list at {address} is not the issuer's.")
    if isinstance(own_id := listing.get("id"), str) and web(own_id) and not same_address(own_id, address):
        return unknown("status", f"What is found at {address} is another list, '{own_id}'.")
    return passed("status", "It is not on the issuer's list of revoked credentials.", lenient)
