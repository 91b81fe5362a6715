"""The lists on which an issuer of badges before 3.0 names those that it took back.

In 2.0 a RevocationList of `revokedAssertions`; in 1.x an object from uid to reason. What cannot be read on a list, or
is no list, clears nobody.
"""

from collections.abc import Sequence
from typing import Any

from app.credentials.errors import CredentialError
from app.credentials.jsonld.values import quoted
from app.credentials.verify.report import Check, failed, passed, unknown
from app.credentials.verify.resolve import Alike, Documents, same_address, web
from app.credentials.verify.shape import listed, single

Json = dict[str, Any]
MOST = 4
"""Lists of one issuer that are asked."""
NAMES = ("id", "@id", "uid", "url", "assertion")
"""What an entry of a list names an assertion by."""
ENTRIES = "revokedAssertions"


async def check(lists: Sequence[Any], assertion: Json, documents: Documents, *, first: bool) -> Check:
    """Look an assertion up in all lists of its issuer. `first`: it is of Open Badges 1, whose lists have no form."""
    if len(lists) > MOST:
        return unknown("status", f"Its issuer names {len(lists)} lists of revoked badges, and only {MOST} are asked.")
    answers = [await _on_list(single(value), assertion, documents, first=first) for value in lists]
    return min(answers, key=lambda answer: ("failed", "unknown", "passed").index(answer.outcome))


async def _on_list(address: Any, assertion: Json, documents: Documents, *, first: bool) -> Check:
    if not isinstance(address, str):
        return unknown("status", "It names no revocation list.")
    try:
        own = Alike((assertion.get("id"), assertion.get("uid")), documents.quota)
        return _listed(await documents.object(address), own, address, first=first)
    except CredentialError as error:
        return unknown("status", f"Whether it was revoked could not be found out: {error}.")


def _listed(document: Json, own: Alike, address: str, *, first: bool) -> Check:
    entries = [(_names(entry), entry) for entry in listed(document.get(ENTRIES))]
    if ENTRIES not in document:
        entries = [([uid], {"revocationReason": reason}) for uid, reason in document.items()]
    hit = next((entry for names, entry in entries if any(map(own, names))), None)
    if hit is not None:
        return failed("status", revoked(hit))
    if ENTRIES not in document and not first:
        return unknown("status", f"What is found at {address} is no list of revoked credentials.")
    if not all(names for names, _ in entries):
        return unknown("status", f"The list at {address} names a credential in a way that is not read here.")
    if isinstance(id_ := document.get("id"), str) and web(id_) and not same_address(id_, address):
        return unknown("status", f"What is found at {address} is another list, '{id_}'.")
    return passed("status", "It is not on the issuer's list of revoked badges.")


def _names(entry: Any) -> list[str]:
    """What an entry names an assertion by; nothing where that is not to be read."""
    values = [entry.get(name) for name in NAMES] if isinstance(entry, dict) else [entry]
    return [value for value in map(single, values) if isinstance(value, str)]


def revoked(value: Any) -> str:
    """That a badge was revoked, and why, where what says so says it."""
    reason = value.get("revocationReason") if isinstance(value, dict) else None
    return f"It was revoked by its issuer: {quoted(reason)}" if reason else "It was revoked by its issuer."
