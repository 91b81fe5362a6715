"""Whom a credential is about, and whether that is a given person (Open Badges 3.0 IdentityObject; 2.0 recipient)."""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.credentials.verify.report import Check, Outcome
from app.credentials.verify.shape import listed

NOBODY = "It does not say whom it was awarded to, so it would be anybody's who has the file."
BY_NAME = "It says whom it was awarded to by a name alone, which others may have too."
SEVERAL = "It is about several people, so what it says of this one cannot be told from what it says of others."
Identity = tuple[str, bool, str]
"""A text that names somebody, whether it is hashed, and the salt."""
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


def check(document: dict[str, Any], person: Person | None, *, named: bool = False) -> Check:
    """Compare the subjects of a credential with a person. `named`: it must say whose it is (Open Badges 3.0, CLR 2.0).

    By a name alone, as many wallets' badges do, it can be nobody's proof; nor does anything speak against it.
    """
    subjects = [subject for subject in listed(document.get("credentialSubject")) if isinstance(subject, dict)]
    ids_by = [[subject["id"]] if _names(subject.get("id")) else [] for subject in subjects]
    named_by = [[*filter(None, map(_identity, listed(subject.get("identifier"))))] for subject in subjects]
    somebody = [bool(ids or identities) for ids, identities in zip(ids_by, named_by, strict=True)]
    if named and not (somebody and all(somebody)):
        by_name = bool(somebody) and all(
            is_somebody or _called(subject) for is_somebody, subject in zip(somebody, subjects, strict=True)
        )
        return _check("unknown", BY_NAME) if by_name else _check("failed", NOBODY)
    ids = {own for some in ids_by for own in some}
    whole = compared(ids, [value for identities in named_by for value in identities], person)
    apart = (compared(set(own), identities, person) for own, identities in zip(ids_by, named_by, strict=True))
    if whole.outcome == "passed" and any(answer.outcome != "passed" for answer in apart):
        return _check("failed", SEVERAL)
    return whole


def identity(value: Any, *, is_hashed: bool, salt: Any) -> Identity | None:
    """Who is named by a text or its hash; None where that names nobody: it is empty, or the hash of no text."""
    if not isinstance(value, str) or not value.strip():
        return None
    value = unicodedata.normalize("NFC", value.strip())
    if is_hashed:
        value = _as_hashed(value)
    algorithm, dollar, digest = value.partition("$")
    if is_hashed and dollar and algorithm in HASHES and len(digest) != 2 * hashlib.new(algorithm).digest_size:
        return None
    return value, is_hashed, salt if isinstance(salt, str) else ""


def _as_hashed(value: str) -> str:
    """A hash as the standard writes it: its algorithm in small letters, told by its length where it is not named."""
    algorithm, dollar, digest = value.partition("$")
    if dollar:
        return f"{algorithm.lower().replace('-', '')}${digest}"
    named = (f"{name}${value}" for name in HASHES if len(value) == 2 * hashlib.new(name).digest_size)
    return next(named, value)


def _identity(value: Any) -> Identity | None:
    """Who an IdentityObject names."""
    if not isinstance(value, dict):
        return None
    is_hashed = str(value.get("hashed")).lower() == "true"
    return identity(value.get("identityHash"), is_hashed=is_hashed, salt=value.get("salt"))


def _names(id: Any) -> bool:
    """Whether an id names somebody: a DID has a method and what the method knows somebody by."""
    if not isinstance(id, str) or not id.strip():
        return False
    scheme, _, rest = id.partition(":")
    return bool(rest.partition(":")[2]) if scheme.lower() in ("did", "urn") else bool(rest)


def _called(subject: dict[str, Any]) -> bool:
    """Whether a subject has a name in words."""
    name = subject.get("name")
    return isinstance(name, str) and bool(name.strip())


def compared(ids: set[str], identities: Sequence[Identity], person: Person | None) -> Check:
    """Compare ids, and identities (value, whether hashed, salt), with a person."""
    if not ids and not identities:
        return _check("failed" if person else "not asked", "It does not say whom it was awarded to.")
    if person is None:
        return _check("not asked", "No person was named to compare with.")
    if ids & person.ids:
        return _check("passed", "It was awarded to this person, by an identifier.")
    addresses = {_address(own) for own in ids if own.lower().startswith("mailto:")}
    if addresses & person.emails or any(_matches(*identity, person) for identity in identities):
        return _check("passed", "It was awarded to this person, by e-mail address.")
    return _check("failed", "It was awarded to somebody else, or under an address that is not known here.")


def _check(outcome: Outcome, message: str) -> Check:
    return Check("recipient", outcome, message)


def _address(value: str) -> str:
    """An e-mail address as those of a person are written."""
    return value.lower().removeprefix("mailto:")


def _matches(value: str, is_hashed: bool, salt: str, person: Person) -> bool:
    if not is_hashed:
        return _address(value) in person.emails or value in person.ids
    algorithm, dollar, digest = value.partition("$")
    if not dollar or algorithm not in HASHES:
        return False
    return any(
        hmac.compare_digest(hashed(email, salt, algorithm).encode(), f"{algorithm}${digest.lower()}".encode())
        for email in person.emails
    )
