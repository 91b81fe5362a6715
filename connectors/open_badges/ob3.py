"""Open Badges 3.0: an OpenBadgeCredential in the W3C data model 1.1 or 2.0."""

from dataclasses import dataclass
from typing import Any

from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.open_badges.badge import (
    Badge,
    Recipient,
    alignments,
    alone,
    contexts,
    criteria,
    evidence,
    image,
    moment,
    profile,
    scored,
    types,
)
from schemas import Achievement, Alignment, Profile, Result

MODELS = {"https://www.w3.org/2018/credentials/v1": "VC 1.1", "https://www.w3.org/ns/credentials/v2": "VC 2.0"}
BADGE_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})
STATUSES = {
    status: status for status in ("Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Provisional", "Withdrew")
}
"""Open Badges 3.0 ResultStatusType."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A ResultDescription: what a result's value is a value of."""

    name: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    alignments: tuple[Alignment, ...] = ()
    levels: tuple[tuple[str, str | None], ...] = ()


def credential(f: Fields) -> Badge:
    """Read an OpenBadgeCredential. MappingError where it is none, with what it seems to be."""
    badge, kinds = head(f)
    return award(f, badge, kinds)


def head(f: Fields) -> tuple[Badge, frozenset[str]]:
    """What every credential of the standards says, whatever it is about; and its types."""
    context_names = contexts(f)
    model = next((MODELS[context] for context in context_names if context in MODELS), None)
    if model is None:
        raise MappingError(
            f"credential.@context: {', '.join(context_names) or 'none'} names no W3C credentials context"
        )
    kinds = types(f)
    issuer = profile(f, "issuer")
    if issuer is None or issuer.id is None:
        if not kinds & BADGE_TYPES:
            raise _no_badge(f, kinds)
        raise MappingError("credential.issuer is missing: a badge names who issued it")
    badge = Badge(
        format=f"OB 3.0, {model}",
        uri=f.text("id", None),
        issuer=issuer,
        recipients=(),
        name=f.text("name", None),
        issued_at=moment(f, "validFrom", "issuanceDate", "awardedDate"),
        expires_at=moment(f, "validUntil", "expirationDate"),
        evidence=evidence(f),
    )
    f.drop(
        "description",
        "image",
        "proof",
        "credentialSchema",
        "credentialStatus",
        "refreshService",
        "termsOfUse",
        "endorsement",
        "endorsementJwt",
        "issued",
        "relatedResource",
        "renderMethod",
        "confidenceMethod",
        "inLanguage",
    )
    return badge, kinds


def award(f: Fields, badge: Badge, kinds: frozenset[str]) -> Badge:
    """What a badge was awarded for. MappingError where the types are not a badge's."""
    if not kinds & BADGE_TYPES:
        raise _no_badge(f, kinds)
    subject = alone(f, "credentialSubject", "subjects")
    if subject is None:
        raise MappingError("credential.credentialSubject is missing: a badge is about a learner")
    _subject(subject, badge)
    return badge


def _no_badge(f: Fields, kinds: frozenset[str]) -> MappingError:
    return f.wrong("type", ", ".join(sorted(kinds)), f"is no badge: its type should be {sorted(BADGE_TYPES)[1]}")


def _subject(f: Fields, badge: Badge) -> None:
    kinds = types(f)
    if kinds and "AchievementSubject" not in kinds:
        raise f.wrong("type", ", ".join(sorted(kinds)), "is no AchievementSubject")
    badge.recipients = recipients(f)
    badge.narrative = f.text("narrative", None)
    scales: dict[str, Scale] = {}
    fields = alone(f, "achievement", "achievements")
    if fields is not None:
        scales = dict(_scale(scale) for scale in fields.objects("resultDescription", "id"))
        badge.achievement = achievement(fields, badge.issuer)
        if badge.achievement is not None:
            badge.achievement_key = badge.achievement.key
            badge.name = badge.achievement.name or badge.name  # with some issuers (Credly) its own is its holder's
            badge.name = badge.name or badge.achievement.name
    badge.results = _results(f, scales)
    for name in ("creditsEarned", "licenseNumber", "role", "term", "activityStartDate", "activityEndDate"):
        if (value := f.pop(name, None)) is not None:
            badge.more[name] = value
    f.drop("image", "source")


def achievement(f: Fields, issuer: Profile | None) -> Achievement | None:
    """What can be achieved; its creator is the issuer where it names none."""
    kinds = types(f)
    if kinds and "Achievement" not in kinds:
        raise f.wrong("type", ", ".join(sorted(kinds)), "is no Achievement")
    address, name = f.ident("id", None), f.text("name")
    narrative, written_at = criteria(f)
    more: dict[str, Any] = {}
    for field in ("fieldOfStudy", "specialization", "humanCode", "creditsAvailable", "tag", "version", "inLanguage"):
        if (value := f.pop(field, None)) is not None:
            more[field] = value
    record = Achievement(
        key=address or f"name:{name}",
        uri=address,
        name=name,
        description=f.text("description", None),
        criteria=narrative,
        criteria_url=written_at,
        achievement_type=f.text("achievementType", None),
        image=image(f),
        issuer=profile(f, "creator") or issuer,
        alignments=alignments(f),
        extensions=more,
    )
    f.drop("endorsement", "endorsementJwt", "otherIdentifier", "related")
    return record


def recipients(f: Fields) -> tuple[Recipient, ...]:
    """Whom a subject names: by its id, and by identifiers."""
    recipients = []
    if (address := f.ident("id", None)) is not None:
        kind = "did" if address.startswith("did:") else "email" if address.startswith("mailto:") else "url"
        recipients.append(Recipient(kind=kind, value=address.removeprefix("mailto:")))
    for item in f.objects("identifier", "identityHash"):
        item.drop("type")
        value = item.ident("identityHash")
        kind = item.text("identityType", "emailAddress" if "@" in value else "other")
        hashed = item.flag("hashed", "$" in value)
        recipients.append(Recipient(kind=kind, value=value, hashed=hashed, salt=item.text("salt", "")))
    return tuple(recipients)


def _results(f: Fields, scales: dict[str, Scale]) -> list[Result]:
    """The results, each on the scale it names."""
    levels = dict(level for scale in scales.values() for level in scale.levels)
    results = []
    for n, item in enumerate(f.objects("result", "value"), start=1):
        item.drop("type")
        named = item.text("resultDescription", "")
        scale = scales[named] if named in scales else Scale()
        score, text = scored(item.text("value", None))
        status = item.one_of("status", STATUSES, None)
        level = item.text("achievedLevel", None)
        result = Result(
            key=f"#result {n}",
            person="",
            title=scale.name,
            score=score,
            text_score=text or status,
            minimum=scale.minimum,
            maximum=scale.maximum,
            unit=scale.unit,
            level=levels.get(level, level) if level else None,
            passed=False if status == "Failed" else None,
            alignments=alignments(item) or scale.alignments,
        )
        results.append(result)
    return results


def _scale(f: Fields) -> tuple[str, Scale]:
    f.drop("type", "allowedValue", "requiredLevel", "requiredValue")
    return f.text("id", ""), Scale(
        name=f.text("name", None),
        unit=f.text("resultType", None),
        minimum=scored(f.text("valueMin", None))[0],
        maximum=scored(f.text("valueMax", None))[0],
        alignments=alignments(f),
        levels=tuple(_level(level) for level in f.objects("rubricCriterionLevel", "id")),
    )


def _level(f: Fields) -> tuple[str, str | None]:
    f.drop("type", "description", "points", "alignment")
    address, name, level = f.text("id", ""), f.text("name", None), f.text("level", None)
    return address, level or name
