"""Open Badges 2.0 (and 1): an Assertion, with its BadgeClass inside it or by address."""

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
    types,
)
from schemas import Achievement

CONTEXTS = {
    "https://w3id.org/openbadges/v1": "OB 1.1",
    "https://w3id.org/openbadges/v2": "OB 2.0",
    "https://openbadgespec.org/v2/context.json": "OB 2.0",
    "https://purl.imsglobal.org/spec/ob/v2p1/schema/jsonld-context/ob_v2p1.jsonld": "OB 2.1",
}


def assertion(f: Fields) -> Badge:
    """Read an Assertion. MappingError where it is none, with what it seems to be."""
    context_names = contexts(f)
    version = next((CONTEXTS[context] for context in context_names if context in CONTEXTS), None)
    if not context_names and "uid" in f:
        version = "OB 1.0"  # which had no contexts yet
    if version is None:
        raise MappingError(f"credential.@context: {', '.join(context_names) or 'none'} is no Open Badges context")
    kinds = types(f)
    if kinds and "Assertion" not in kinds:
        raise f.wrong("type", ", ".join(sorted(kinds)), "is not what a learner was awarded: send the Assertion")
    award = alone(f, "badge", "badges")
    if award is None:
        raise MappingError("credential.badge is missing: an Assertion names the badge it awards")
    achievement, address = _badge_class(award)
    badge = Badge(
        format=version,
        uri=f.text("id", None),
        issuer=achievement.issuer if achievement else None,
        recipients=_recipients(f),
        name=achievement.name if achievement else None,
        narrative=f.text("narrative", None),
        achievement=achievement,
        achievement_key=achievement.key if achievement else address,
        issued_at=moment(f, "issuedOn"),
        expires_at=moment(f, "expires"),
        revoked=f.flag("revoked", False),
        evidence=evidence(f),
        more={"revocationReason": reason} if (reason := f.text("revocationReason", None)) else {},
    )
    f.drop("uid", "image", "verification", "verify", "endorsement", "related", "@language")
    return badge


def _badge_class(f: Fields) -> tuple[Achievement | None, str | None]:
    """The badge's definition, or its address alone: nothing is fetched."""
    address, name = f.ident("id", None), f.text("name", None)
    if name is None:
        left = [field for field, _ in f.left()]
        if left or not address:
            raise MappingError(
                "credential.badge.name is missing: embed the whole BadgeClass, or give its address alone"
            )
        return None, address
    kinds = types(f)
    if kinds and "BadgeClass" not in kinds:
        raise f.wrong("type", ", ".join(sorted(kinds)), "is no BadgeClass")
    narrative, written_at = criteria(f)
    tags = f.texts("tags")
    achievement = Achievement(
        key=address or f"name:{name}",
        uri=address,
        name=name,
        description=f.text("description", None),
        criteria=narrative,
        criteria_url=written_at,
        image=image(f),
        issuer=profile(f, "issuer"),
        alignments=alignments(f),
        extensions={"tags": list(tags)} if tags else {},
    )
    f.drop("@context", "@language", "endorsement", "related", "version")
    return achievement, address


def _recipients(f: Fields) -> tuple[Recipient, ...]:
    recipient = f.nested("recipient", None)
    if recipient is None:
        return ()
    kinds = sorted(types(recipient)) or ["email"]
    value = recipient.ident("identity")
    hashed = recipient.flag("hashed", "$" in value)
    return (Recipient(kind=kinds[0], value=value, hashed=hashed, salt=recipient.text("salt", "")),)
