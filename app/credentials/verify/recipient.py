"""Whom a credential is about, and whether that is a given person (Open Badges 3.0 IdentityObject; 2.0 recipient)."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from app.credentials.verify.report import Check, Outcome
from app.credentials.verify.shape import listed

HASHES = ("sha256", "sha512", "md5")
"""How issuers hash an address; md5 is allowed by Open Badges 2.0."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to compare with: e-mail addresses in lower case, and ids such as DIDs or pairwise identifiers."""

    emails: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()


def hashed(email: str, salt: str, algorithm: str = "sha256") -> str:
    """The hash of an address with its salt, as Open Badges writes it: `sha256$…`."""
    return f"{algorithm}${hashlib.new(algorithm, (email + salt).encode()).hexdigest()}"


def check(document: dict[str, Any], person: Person | None, *, badge: bool = False) -> Check:
    """Compare the subjects of a credential with a person. A badge must say whose it is (Open Badges 3.0)."""
    subjects = [subject for subject in listed(document.get("credentialSubject")) if isinstance(subject, dict)]
    identities = [one for subject in subjects for one in listed(subject.get("identifier")) if isinstance(one, dict)]
    ids = {subject["id"] for subject in subjects if isinstance(subject.get("id"), str)}
    told = [(str(one.get("identityHash")), one.get("hashed") is True, str(one.get("salt", ""))) for one in identities]
    if badge and not ids and not told:
        words = "It does not say whom it was awarded to, so it would be anybody's who has the file."
        return _check("failed", words)
    return compared(ids, told, person)


def compared(ids: set[str], told: list[tuple[str, bool, str]], person: Person | None) -> Check:
    """Compare ids, and identities (value, whether hashed, salt), with a person."""
    if not ids and not told:
        return _check("failed" if person else "not asked", "It does not say whom it was awarded to.")
    if person is None:
        return _check("not asked", "No person was named to compare with.")
    if ids & person.ids:
        return _check("passed", "It was awarded to this person, by an identifier.")
    if any(_matches(value, is_hashed, salt, person) for value, is_hashed, salt in told):
        return _check("passed", "It was awarded to this person, by e-mail address.")
    return _check("failed", "It was awarded to somebody else, or under an address that is not known here.")


def _check(outcome: Outcome, message: str) -> Check:
    return Check("recipient", outcome, message)


def _matches(value: str, is_hashed: bool, salt: str, person: Person) -> bool:
    if not is_hashed:
        return value.lower() in person.emails or value in person.ids
    algorithm, dollar, digest = value.partition("$")
    if not dollar or algorithm not in HASHES:
        return False
    return any(
        hmac.compare_digest(hashed(email, salt, algorithm).encode(), f"{algorithm}${digest.lower()}".encode())
        for email in person.emails
    )
