"""A pushed badge becomes the credential, the learner, the achievement, and the evidence and results in it."""

import hashlib
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.kit.strays import naming_strays
from connectors.open_badges import clr, ob2, ob3
from connectors.open_badges.badge import Badge, Recipient, alone, types
from connectors.open_badges.clr import LearnerRecord
from connectors.open_badges.jws import document
from connectors.open_badges.model import BadgeSubmission, Envelope
from connectors.pushed import read, wholesome
from schemas import AnyRecord, Credential, Gone, Identifier, Name, Person, Profile, Role
from schemas.codes import IdentifierType

UNCHECKED = "its proof has not been checked yet"

IDENTITIES: dict[str, IdentifierType] = {
    "email": "email",
    "emailAddress": "email",
    "did": "did",
    "userName": "username",
    "accountId": "account",
    "systemId": "account",
    "sourcedId": "sourced",
    "lisSourcedId": "sourced",
    "oneRosterSourcedId": "sourced",
    "sisSourcedId": "sourced",
    "url": "other",
    "id": "other",
    "telephone": "other",
    "identifier": "other",
    "other": "other",
}
"""Open Badges 2.0 recipient types and 3.0 IdentifierTypeEnum, as far as they identify a person. A national identity
number is left in the raw: nobody asked for it."""


@naming_strays(BadgeSubmission)
def credential(f: Fields) -> Iterator[AnyRecord]:
    """Say one `BadgeSubmission` in canonical records. Nothing is verified and nothing is fetched.

    A learner record is a credential, and each one inside it is one too, in its order. What is taken back by its id
    alone keeps what it said before, marked as withdrawn.
    """
    envelope = read(f, Envelope)
    if envelope.withdrawn and "credential" not in f:
        yield Gone(key=envelope.id, modified=envelope.updated_at)
        return
    record = _learner_record(f)
    whole = record.whole
    person = envelope.learner.person(envelope.id) if envelope.learner else _recipient(whole, envelope.id)
    yield _entry(envelope, envelope.id, whole, person)
    yield person
    yield from record.achievements
    yield from _parts(envelope, envelope.id, whole, person)
    for n, badge in enumerate(record.inside, start=1):
        key = f"{envelope.id}#credential {n}"
        yield _entry(envelope, key, badge, person)
        yield from _parts(envelope, key, badge, person)


def _entry(envelope: Envelope, key: str, badge: Badge, person: Person) -> Credential:
    return Credential(
        key=key,
        achievement=badge.achievement_key,
        name=badge.name,
        uri=badge.uri,
        issuer=badge.issuer,
        issued_at=badge.issued_at,
        expires_at=badge.expires_at,
        revoked=badge.revoked,
        verification="unverified",
        verification_note="; ".join((UNCHECKED, *_whose(badge.recipients, person))),
        format=badge.format,
        narrative=badge.narrative,
        extensions=badge.more,
        **_common(envelope, person),
    )


def _parts(envelope: Envelope, key: str, badge: Badge, person: Person) -> Iterator[AnyRecord]:
    """What stands in a credential besides itself."""
    common = _common(envelope, person)
    if badge.achievement:
        yield badge.achievement
    for item in badge.evidence:
        yield replace(item, key=key + item.key, credential=key, issuer=badge.issuer, **common)
    for result in badge.results:
        title = result.title or badge.name
        when = {"scored_at": badge.issued_at, "expires_at": badge.expires_at}
        yield replace(result, key=key + result.key, title=title, **when, **common)


def _common(envelope: Envelope, person: Person) -> dict[str, Any]:
    return {
        "person": person.key,
        "setting": envelope.setting,
        "modified": envelope.updated_at,
        "withdrawn": envelope.withdrawn,
    }


def _learner_record(f: Fields) -> LearnerRecord:
    fields = alone(f, "credential", "credentials", bare="jws")
    if fields is None:
        raise MappingError("credential is missing: push the badge's JSON, or its compact JWS")
    if "jws" not in fields:
        return _parsed(fields)
    inside = Fields(document(fields.text("jws")), "credential.")
    wholesome(inside)
    record = _parsed(inside)
    record.whole.format += ", JWS"
    record.whole.more.update(inside.left())
    return record


def _parsed(f: Fields) -> LearnerRecord:
    if "credentialSubject" in f:
        badge, kinds = ob3.head(f)
        return clr.record(f, badge) if clr.TYPE in kinds else LearnerRecord(ob3.award(f, badge, kinds))
    if "badge" in f or "recipient" in f:
        return LearnerRecord(ob2.assertion(f))
    seems = ", ".join(sorted(types(f))) or "unknown"
    raise MappingError(
        f"credential.type: {seems} is no badge that was awarded: send an Assertion or OpenBadgeCredential"
    )


def _recipient(badge: Badge, submission: str) -> Person:
    """The learner as the badge itself tells, where it does. Only a DID is one person's alone."""
    unhashed = [recipient for recipient in badge.recipients if not recipient.hashed]
    issuer = badge.issuer or Profile()
    identifiers = tuple(
        Identifier(type=IDENTITIES[recipient.kind], value=recipient.value, issuer=_authority(recipient, issuer))
        for recipient in unhashed
        if recipient.kind in IDENTITIES
    )
    if not identifiers:
        raise MappingError("the badge does not say whose it is, or only by a hash: name the learner (`learner`)")
    dids = [identifier.value for identifier in identifiers if identifier.type == "did"]
    emails = [identifier.value for identifier in identifiers if identifier.type == "email"]
    return Person(
        key=f"did:{dids[0]}" if dids else f"document:{submission}",
        identifiers=identifiers,
        names=tuple(Name(full=recipient.value) for recipient in unhashed if recipient.kind == "name"),
        roles=(Role(role="student"),),
        email=emails[0] if emails else None,
    )


def _authority(recipient: Recipient, issuer: Profile) -> str | None:
    """Who gave an account number or user name in a badge: its issuer, as far as we know."""
    return issuer.id if IDENTITIES[recipient.kind] in ("account", "username", "sourced", "other") else None


def _whose(recipients: tuple[Recipient, ...], person: Person) -> Iterator[str]:
    """Whether the learner named is the recipient the issuer named, where both are told by e-mail address."""
    emails = {i.value.strip() for i in person.identifiers if i.type == "email"}
    named = [recipient for recipient in recipients if recipient.kind in ("email", "emailAddress")]
    if not emails or not named:
        return
    if any(_names(recipient, email) for recipient in named for email in emails | {email.lower() for email in emails}):
        yield "its recipient is the learner's e-mail address"
    else:
        yield "its recipient is another e-mail address than the learner's"


def _names(recipient: Recipient, email: str) -> bool:
    if not recipient.hashed:
        return recipient.value.strip().lower() == email.lower()
    algorithm, _, digest = recipient.value.partition("$")
    if algorithm not in ("sha256", "md5"):
        return False
    return (
        hashlib.new(algorithm, (email + recipient.salt).encode(), usedforsecurity=False).hexdigest() == digest.lower()
    )
