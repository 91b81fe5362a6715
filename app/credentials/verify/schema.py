"""The official JSON schemas of Open Badges 3.0 and CLR 2.0, compiled once."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema_rs import ValidationError, Validator, validator_for

from app.credentials.contexts import CLR, CREDENTIALS_V2, OPEN_BADGES, schema
from app.credentials.verify.shape import listed, version

MOST = 5
"""Problems told of one document: the first few say what is wrong."""
VALUES, ITEMS = 10_000, 500
"""Values of the largest document, and items of its longest list, of which problems are told one by one.

To tell them takes time with the square of a list's length; whether there are any takes none.
"""
CLR_KIND = "ClrCredential"
SCHEMAS = {
    CLR_KIND: "clr20/clr_v2p0_clrcredential_schema.json",
    "EndorsementCredential": "ob30/ob_v3p0_endorsementcredential_schema.json",
    "AchievementCredential": "ob30/ob_v3p0_achievementcredential_schema.json",
    "OpenBadgeCredential": "ob30/ob_v3p0_achievementcredential_schema.json",
}
VALIDATOR = "1EdTechJsonSchemaValidator2019"
NEW_NAMES = {"issuanceDate": "validFrom", "expirationDate": "validUntil"}


@cache
def _compiled(file: str) -> Validator:
    return validator_for(schema(file), validate_formats=True)


def kind(document: dict[str, Any]) -> str | None:
    """The type that decides which schema applies; None for what is no badge, endorsement or learner record."""
    types = listed(document.get("type"))
    return next((name for name in SCHEMAS if name in types), None)


def problems(document: dict[str, Any]) -> list[str]:
    """What the official schema of the document's type finds, in words; nothing for a type that has none."""
    name = kind(document)
    if name is None:
        return []
    validator = _compiled(SCHEMAS[name])
    checked = _renewed(document) if version(document) == 1 else document
    if validator.is_valid(checked):
        return []
    if not _small(checked):
        return ["it differs from the official schema, and is too large for each difference to be told"]
    return [_words(error) for error, _ in zip(validator.iter_errors(checked), range(MOST), strict=False)]


def _small(document: Any) -> bool:
    """Whether a document is small enough for its problems to be told one by one."""
    left, values = [document], 0
    while left and values <= VALUES:
        part = left.pop()
        items = list(part.values()) if isinstance(part, dict) else part
        if isinstance(items, list):
            if isinstance(part, list) and len(items) > ITEMS:
                return False
            values += len(items)
            left += items
    return values <= VALUES


@dataclass(frozen=True, slots=True)
class Findings:
    """What the official schema finds: `wrong` where the credential says that it follows it, `remarks` where not."""

    wrong: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def findings(document: dict[str, Any]) -> Findings:
    """Hold a document against the official schema of its type (Open Badges 3.0, verification, step 1).

    Three things that the data model allows and the schema has no room for are only remarked: several statuses, kinds of
    achievements of the issuer's own, and null, which says nothing (JSON-LD 1.1, section 9.1; Credly writes it).
    """
    wrong = problems(document)
    if not wrong:
        return Findings()
    decides = named(document)
    notes: dict[str, None] = {}
    eased = _ease(document, notes, pictures=not decides)
    if notes:
        wrong = problems(eased)
    if decides:
        return Findings(tuple(wrong), tuple(notes))
    return Findings((), (*notes, *(f"the official schema finds: {words}" for words in wrong)))


def named(document: dict[str, Any]) -> bool:
    """Whether the credential itself says that it follows the official schema of its type."""
    file = SCHEMAS.get(kind(document) or "", "").rpartition("/")[2]
    return any(
        isinstance(entry, dict)
        and VALIDATOR in listed(entry.get("type"))
        and str(entry.get("id")).partition("#")[0].endswith(f"/{file}")
        for entry in listed(document.get("credentialSchema"))
    )


def without_null(value: dict[str, Any]) -> dict[str, Any]:
    """What an object says: null says nothing."""
    return {name: item for name, item in value.items() if item is not None}


def _ease(value: Any, notes: dict[str, None], *, pictures: bool, where: str = "it") -> Any:
    """A value without what the schema has no room for, which is noted; with `pictures`, also those named by a URL."""
    if isinstance(value, list):
        return [_ease(item, notes, pictures=pictures, where=where) for item in value]
    if not isinstance(value, dict):
        return value
    lighter = {name: _ease(item, notes, pictures=pictures, where=name) for name, item in without_null(value).items()}
    notes.update({f"{where}.{name[:80]} is null, as if it were not there": None for name in value.keys() - lighter})
    statuses, kind_of, image = (lighter.get(name) for name in ("credentialStatus", "achievementType", "image"))
    if isinstance(statuses, list) and len(statuses) > 1:
        lighter["credentialStatus"] = statuses[0]
        notes["it has several statuses, where the official schema has room for one"] = None
    if isinstance(kind_of, str) and not kind_of.startswith("ext:"):
        lighter["achievementType"] = "Achievement"
        if kind_of not in _own_words():
            notes[f"its achievementType '{kind_of[:80]}' is a word of its issuer's own"] = None
    if pictures and isinstance(image, str):
        lighter["image"] = {"id": image, "type": "Image"}
        notes[f"{where}.image is a URL, where the official schema wants an object"] = None
    return lighter


@cache
def _own_words() -> frozenset[str]:
    """The kinds of achievements that the standard names."""
    types = schema(SCHEMAS["AchievementCredential"])["$defs"]["Achievement"]["properties"]["achievementType"]
    return frozenset(word for part in types["oneOf"] for word in part.get("enum", ()))


def _renewed(value: Any) -> Any:
    """A document of the data model 1.1 under the names and contexts of 2.0: the schemas know only these."""
    if isinstance(value, list):
        return [_renewed(item) for item in value]
    if not isinstance(value, dict):
        return value
    renewed = {NEW_NAMES.get(name, name): _renewed(item) for name, item in value.items()}
    if version(value) == 1:
        renewed["@context"] = (
            [CREDENTIALS_V2, CLR, OPEN_BADGES] if kind(value) == CLR_KIND else [CREDENTIALS_V2, OPEN_BADGES]
        )
    return renewed


def _words(error: ValidationError) -> str:
    where = ".".join(map(str, error.instance_path))
    message = str(error.message)
    shortened = message if len(message) <= 200 else f"… {message[-160:]}"
    return f"{where}: {shortened}" if where else shortened
