"""The official JSON schemas of Open Badges 3.0 and CLR 2.0, compiled once."""

from functools import cache
from typing import Any

from jsonschema_rs import ValidationError, Validator, validator_for

from app.credentials.contexts import CLR, CREDENTIALS_V2, OPEN_BADGES, schema
from app.credentials.verify.shape import listed, version

MOST = 5
"""Problems told of one document: the first few say what is wrong."""
CLR_KIND = "ClrCredential"
SCHEMAS = {
    CLR_KIND: "clr20/clr_v2p0_clrcredential_schema.json",
    "EndorsementCredential": "ob30/ob_v3p0_endorsementcredential_schema.json",
    "AchievementCredential": "ob30/ob_v3p0_achievementcredential_schema.json",
    "OpenBadgeCredential": "ob30/ob_v3p0_achievementcredential_schema.json",
}
NEW_NAMES = {"issuanceDate": "validFrom", "expirationDate": "validUntil"}


@cache
def _compiled(file: str) -> Validator:
    return validator_for(schema(file), validate_formats=True)


def kind(document: dict[str, Any]) -> str | None:
    """The type that decides which schema applies; None for what is no badge, endorsement or learner record."""
    found = listed(document.get("type"))
    return next((name for name in SCHEMAS if name in found), None)


def problems(document: dict[str, Any]) -> list[str]:
    """What the official schema of the document's type finds, in words; nothing for a type that has none."""
    name = kind(document)
    if name is None:
        return []
    validator = _compiled(SCHEMAS[name])
    checked = _renewed(document) if version(document) == 1 else document
    if validator.is_valid(checked):
        return []
    return [_words(error) for error, _ in zip(validator.iter_errors(checked), range(MOST), strict=False)]


def _renewed(value: Any) -> Any:
    """A document of the data model 1.1 under the names and contexts of 2.0: the schemas know only these."""
    if isinstance(value, list):
        return [_renewed(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {NEW_NAMES.get(name, name): _renewed(item) for name, item in value.items()}
    if version(value) == 1:
        found["@context"] = (
            [CREDENTIALS_V2, CLR, OPEN_BADGES] if kind(value) == CLR_KIND else [CREDENTIALS_V2, OPEN_BADGES]
        )
    return found


def _words(error: ValidationError) -> str:
    where = ".".join(map(str, error.instance_path))
    message = str(error.message)
    shortened = message if len(message) <= 200 else f"… {message[-160:]}"
    return f"{where}: {shortened}" if where else shortened
