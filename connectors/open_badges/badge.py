"""A badge as both versions of the standard say it, and the small parts they have in common."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.fields import Fields
from schemas import Achievement, Alignment, Evidence, Profile, Result

ABOUT_ISSUERS = (
    "@context",
    "email",
    "phone",
    "telephone",
    "description",
    "image",
    "address",
    "official",
    "parentOrg",
    "otherIdentifier",
    "endorsement",
    "endorsementJwt",
    "publicKey",
    "verification",
    "revocationList",
    "givenName",
    "familyName",
    "additionalName",
    "patronymicName",
    "honorificPrefix",
    "honorificSuffix",
    "familyNamePrefix",
    "dateOfBirth",
)
"""Known of an issuer and not read: how to reach it, who vouches for it, how its proofs are checked."""

NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,12})?")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom the issuer names: `kind` is email, did, url …; `value` as told or, where `hashed`, as a salted hash."""

    kind: str
    value: str
    hashed: bool = False
    salt: str = ""


@dataclass(slots=True)
class Badge:
    """What was awarded, before the learner it belongs to is known. The keys in it are local: `#evidence 1`."""

    format: str
    uri: str | None
    issuer: Profile | None
    recipients: tuple[Recipient, ...]
    name: str | None = None
    narrative: str | None = None
    achievement: Achievement | None = None
    achievement_key: str | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    revoked: bool = False
    evidence: list[Evidence] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def types(f: Fields) -> frozenset[str]:
    """The JSON-LD types of an object, one or several."""
    return frozenset(f.texts("type"))


def contexts(f: Fields) -> list[str]:
    """The addresses among the contexts of a document; contexts written out inside it say nothing we could trust."""
    value = f.pop("@context", None)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def alone(f: Fields, name: str, what: str, bare: str = "id") -> Fields | None:
    """The one object under a name, whether or not a list holds it. MappingError for several."""
    objects = f.objects(name, bare)
    if len(objects) > 1:
        raise f.wrong(name, len(objects), f"{what}: one submission is about one")
    return objects[0] if objects else None


def moment(f: Fields, *names: str) -> datetime | None:
    """The first of these that is there, as a moment; Open Badges 1 wrote seconds since 1970."""
    first: datetime | None = None
    for name in names:
        value = f.pop(name, None)
        if isinstance(value, int) and not isinstance(value, bool):
            if not 0 <= value < 2**33:
                raise f.wrong(name, value, "is no moment: write it like 2026-09-01T08:00:00Z")
            value = datetime.fromtimestamp(value, UTC).isoformat()
        if value is not None:
            instant = _moment(f, name, value)
            first = first or instant
    return first


def _moment(f: Fields, name: str, value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(value.strip())
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (AttributeError, ValueError, OverflowError):
        raise f.wrong(name, value, "is not a date-time like 2026-09-01T08:00:00Z") from None


def profile(f: Fields, name: str) -> Profile | None:
    """An issuer or creator, embedded or by its address. How to reach it, and who vouches for it, stays in the raw."""
    fields = alone(f, name, "issuers")
    if fields is None:
        return None
    kinds = types(fields)
    if kinds and not kinds & {"Profile", "Issuer", "Organization", "Person"}:
        raise fields.wrong("type", sorted(kinds), "is no issuer: its type should be Profile")
    issuer = Profile(id=fields.text("id", None), name=fields.text("name", None), url=fields.text("url", None))
    fields.drop(*ABOUT_ISSUERS)
    return issuer if issuer != Profile() else None


def alignments(f: Fields) -> tuple[Alignment, ...]:
    """What it is aligned to: `alignment`, or `alignments` as some issuers write; targetName or, before 2.0, name."""
    return tuple(_alignment(target) for name in ("alignment", "alignments") for target in f.objects(name, "targetUrl"))


def _alignment(f: Fields) -> Alignment:
    f.drop("type", "id", "targetDescription", "description")
    return Alignment(
        name=_either(f, "targetName", "name"),
        code=f.text("targetCode", None),
        url=_either(f, "targetUrl", "url"),
        framework=_either(f, "targetFramework", "framework"),
        type=f.text("targetType", None),
    )


def evidence(f: Fields) -> list[Evidence]:
    """The evidence, each an object or a bare address."""
    records = []
    for n, item in enumerate(f.objects("evidence", "id"), start=1):
        item.drop("type", "@context")
        address = item.text("id", None)
        record = Evidence(
            key=f"#evidence {n}",
            person="",
            name=item.text("name", None),
            description=item.text("description", None),
            narrative=item.text("narrative", None),
            url=address if web(address) else None,
            genre=item.text("genre", None),
            audience=item.text("audience", None),
            extensions={"id": address} if address and not web(address) else {},
        )
        records.append(record)
    return records


def criteria(f: Fields) -> tuple[str | None, str | None]:
    """What one must do to earn it: in words, and where it is written."""
    fields = alone(f, "criteria", "criteria")
    if fields is None:
        return None, None
    fields.drop("type")
    return fields.text("narrative", None), fields.text("id", None)


def image(f: Fields) -> str | None:
    """The address of its picture; a picture written out inside the badge stays in the raw."""
    fields = alone(f, "image", "pictures")
    if fields is None:
        return None
    fields.drop("type", "caption", "author")
    address = fields.text("id", None)
    return address if web(address) else None


def web(address: str | None) -> bool:
    """Whether it is an http or https address."""
    return address is not None and address.lower().startswith(("https://", "http://"))


def scored(value: str | None) -> tuple[float | None, str | None]:
    """A result's value as a number or, where it is none, as it is."""
    if value is not None and NUMBER.fullmatch(value):
        return float(value), None
    return None, value


def _either(f: Fields, name: str, old: str) -> str | None:
    new, before = f.text(name, None), f.text(old, None)
    return new or before
