"""Build unsigned credentials from plain values: an OpenBadgeCredential, a ClrCredential, an EndorsementCredential.

Pure.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.credentials.contexts import CLR, CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS
from app.credentials.model import (
    Achievement,
    Alignment,
    Award,
    Evidence,
    Issuer,
    LearnerRecord,
    Level,
    Result,
    ResultDescription,
    Subject,
)
from schemas.addresses import as_uri

Json = dict[str, Any]
BADGE_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
CLR_SCHEMA = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_clrcredential_schema.json"
ENDORSEMENT_SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_endorsementcredential_schema.json"


def open_badge(award: Award, issuer: Issuer) -> Json:
    """An unsigned OpenBadgeCredential."""
    return _filled(
        {
            "@context": [CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS],
            "id": award.id,
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": profile(issuer),
            "validFrom": stamp(award.valid_from),
            "validUntil": stamp(award.valid_until),
            "awardedDate": stamp(award.awarded),
            "name": award.name or award.achievement.name,
            "description": award.description,
            "credentialSubject": _achieved(award),
            "evidence": _all(_evidence, award.evidence),
            "endorsement": list(award.endorsements),
            "credentialStatus": _one_or_more(award.status),
            "credentialSchema": _schema(BADGE_SCHEMA),
        }
    )


def clr(record: LearnerRecord, issuer: Issuer) -> Json:
    """An unsigned ClrCredential; the credentials inside it are signed already."""
    subject = _filled(
        {
            **_subject(record.subject),
            "type": ["ClrSubject"],
            "achievement": _all(achievement, record.achievements),
            "verifiableCredential": list(record.credentials),
            "association": [
                {
                    "type": "Association",
                    "associationType": association.type,
                    "sourceId": association.source,
                    "targetId": association.target,
                }
                for association in record.associations
            ],
        }
    )
    return _filled(
        {
            "@context": [CREDENTIALS_V2, CLR, OPEN_BADGES, OPEN_BADGES_EXTENSIONS],
            "id": record.id,
            "type": ["VerifiableCredential", "ClrCredential"],
            "issuer": profile(issuer),
            "validFrom": stamp(record.valid_from),
            "validUntil": stamp(record.valid_until),
            "name": record.name,
            "description": record.description,
            "partial": record.partial,
            "endorsement": list(record.endorsements),
            "credentialSubject": subject,
            "credentialStatus": _one_or_more(record.status),
            "credentialSchema": _schema(CLR_SCHEMA),
        }
    )


def endorsement(id: str, endorsed: str, comment: str, issuer: Issuer, valid_from: datetime) -> Json:
    """An unsigned EndorsementCredential about a credential, an achievement or an issuer."""
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS],
        "id": id,
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": profile(issuer),
        "validFrom": stamp(valid_from),
        "name": f"Endorsement by {issuer.name}",
        "credentialSubject": {"id": endorsed, "type": ["EndorsementSubject"], "endorsementComment": comment},
        "credentialSchema": _schema(ENDORSEMENT_SCHEMA),
    }


def profile(issuer: Issuer) -> Json:
    """A Profile."""
    return _filled(
        {
            "id": issuer.id,
            "type": ["Profile"],
            "name": issuer.name,
            "url": issuer.url,
            "email": issuer.email,
            "description": issuer.description,
            "image": _image(issuer.image),
        }
    )


def achievement(one: Achievement) -> Json:
    """An Achievement."""
    return _filled(
        {
            "id": one.id,
            "type": ["Achievement"],
            "achievementType": one.type,
            "name": one.name,
            "description": one.description,
            "criteria": _filled({"id": _uri(one.criteria_url), "narrative": one.criteria}),
            "image": _image(one.image),
            "creator": profile(one.creator) if one.creator else None,
            "alignment": _alignments(one.alignments),
            "resultDescription": _all(_result_description, one.results),
            "tag": list(one.tags),
            "humanCode": one.human_code,
            "fieldOfStudy": one.field_of_study,
            "creditsAvailable": one.credits,
            "inLanguage": one.language,
            "version": one.version,
        }
    )


def stamp(moment: datetime | None) -> str | None:
    """A moment as credentials write it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _achieved(award: Award) -> Json:
    return _filled(
        {
            **_subject(award.subject),
            "type": ["AchievementSubject"],
            "achievement": achievement(award.achievement),
            "narrative": award.narrative,
            "result": _all(_result, award.results),
            "creditsEarned": award.credits,
            "term": award.term,
            "role": award.role,
            "licenseNumber": award.license_number,
        }
    )


def _subject(subject: Subject) -> Json:
    identities = [
        {
            "type": "IdentityObject",
            "hashed": True,
            "identityHash": identity.hash,
            "identityType": "emailAddress",
            "salt": identity.salt,
        }
        for identity in subject.identities
    ]
    return {"id": subject.id, "identifier": identities}


def _alignment(one: Alignment) -> Json:
    return _filled(
        {
            "type": ["Alignment"],
            "targetName": one.name,
            "targetUrl": as_uri(one.url),
            "targetCode": one.code,
            "targetFramework": one.framework,
            "targetDescription": one.description,
            "targetType": one.type,
        }
    )


def _alignments(values: Iterable[Alignment]) -> list[Json]:
    """Alignments; one whose target has no address that can be written is left out."""
    return [_alignment(value) for value in values if as_uri(value.url) is not None]


def _uri(address: str | None) -> str | None:
    """An address as a URI: a source may have written what none may hold. One that is none is left out."""
    return None if address is None else as_uri(address)


def _result_description(one: ResultDescription) -> Json:
    return _filled(
        {
            "id": one.id,
            "type": ["ResultDescription"],
            "name": one.name,
            "resultType": one.type,
            "allowedValue": list(one.allowed),
            "valueMin": one.value_min,
            "valueMax": one.value_max,
            "requiredValue": one.required_value,
            "requiredLevel": one.required_level,
            "rubricCriterionLevel": _all(_level, one.levels),
            "alignment": _alignments(one.alignments),
        }
    )


def _level(one: Level) -> Json:
    return _filled(
        {
            "id": one.id,
            "type": ["RubricCriterionLevel"],
            "name": one.name,
            "level": one.level,
            "points": one.points,
            "description": one.description,
            "alignment": _alignments(one.alignments),
        }
    )


def _result(one: Result) -> Json:
    return _filled(
        {
            "type": ["Result"],
            "resultDescription": one.description,
            "value": one.value,
            "achievedLevel": one.level,
            "status": one.status,
            "alignment": _alignments(one.alignments),
        }
    )


def _evidence(one: Evidence) -> Json:
    return _filled(
        {
            "id": _uri(one.id),
            "type": ["Evidence"],
            "name": one.name,
            "description": one.description,
            "narrative": one.narrative,
            "genre": one.genre,
            "audience": one.audience,
        }
    )


def _image(address: str | None) -> Json | None:
    written = _uri(address)
    return {"id": written, "type": "Image"} if written else None


def _schema(address: str) -> list[Json]:
    return [{"id": address, "type": "1EdTechJsonSchemaValidator2019"}]


def _all(make: Any, values: Iterable[Any]) -> list[Json]:
    return [make(value) for value in values]


def _one_or_more(values: tuple[Json, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _filled(fields: Json) -> Json:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value is not None and value not in ([], {})}
