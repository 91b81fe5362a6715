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


def achievement(badge: Achievement) -> Json:
    """An Achievement."""
    return _filled(
        {
            "id": badge.id,
            "type": ["Achievement"],
            "achievementType": badge.type,
            "name": badge.name,
            "description": badge.description,
            "criteria": _filled({"id": _uri(badge.criteria_url), "narrative": badge.criteria}),
            "image": _image(badge.image),
            "creator": profile(badge.creator) if badge.creator else None,
            "alignment": _alignments(badge.alignments),
            "resultDescription": _all(_result_description, badge.results),
            "tag": list(badge.tags),
            "humanCode": badge.human_code,
            "fieldOfStudy": badge.field_of_study,
            "creditsAvailable": badge.credits,
            "inLanguage": badge.language,
            "version": badge.version,
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


def _alignment(alignment: Alignment) -> Json:
    return _filled(
        {
            "type": ["Alignment"],
            "targetName": alignment.name,
            "targetUrl": as_uri(alignment.url),
            "targetCode": alignment.code,
            "targetFramework": alignment.framework,
            "targetDescription": alignment.description,
            "targetType": alignment.type,
        }
    )


def _alignments(values: Iterable[Alignment]) -> list[Json]:
    """Alignments; one whose target has no address that can be written is left out."""
    return [_alignment(value) for value in values if as_uri(value.url) is not None]


def _uri(address: str | None) -> str | None:
    """An address as a URI: a source may have written what none may hold. One that is none is left out."""
    return None if address is None else as_uri(address)


def _result_description(description: ResultDescription) -> Json:
    return _filled(
        {
            "id": description.id,
            "type": ["ResultDescription"],
            "name": description.name,
            "resultType": description.type,
            "allowedValue": list(description.allowed),
            "valueMin": description.value_min,
            "valueMax": description.value_max,
            "requiredValue": description.required_value,
            "requiredLevel": description.required_level,
            "rubricCriterionLevel": _all(_level, description.levels),
            "alignment": _alignments(description.alignments),
        }
    )


def _level(level: Level) -> Json:
    return _filled(
        {
            "id": level.id,
            "type": ["RubricCriterionLevel"],
            "name": level.name,
            "level": level.level,
            "points": level.points,
            "description": level.description,
            "alignment": _alignments(level.alignments),
        }
    )


def _result(result: Result) -> Json:
    return _filled(
        {
            "type": ["Result"],
            "resultDescription": result.description,
            "value": result.value,
            "achievedLevel": result.level,
            "status": result.status,
            "alignment": _alignments(result.alignments),
        }
    )


def _evidence(evidence: Evidence) -> Json:
    return _filled(
        {
            "id": _uri(evidence.id),
            "type": ["Evidence"],
            "name": evidence.name,
            "description": evidence.description,
            "narrative": evidence.narrative,
            "genre": evidence.genre,
            "audience": evidence.audience,
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
