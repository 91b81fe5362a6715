"""What learners' apps hand in: checked against its standard's published schema, and kept byte for byte.

Open Badges 3.0 section 6.2.2: equal are credentials of the same issuer and id, unescaped and trimmed; of two, the one
that became valid later stands. Nothing is believed here: whether a proof holds is told by verification.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote
from uuid import UUID, uuid4

import jsonschema_rs

import schemas
from app.credentials import jwt, strict_json
from app.credentials.contexts import CREDENTIALS_V1
from app.credentials.errors import Unreadable
from app.credentials.verify.schema import without_null
from app.db import Tx
from app.db.wallet import wallet
from app.db.wallet.wallet import HeldRow
from app.identity import learners
from app.wallet.envelopes import content_of, envelopes

VENDOR = Path(schemas.__file__).parent / "vendor"
JSON, JWS = "application/json", "text/plain"
OLD_NAMES = {"issuanceDate": "validFrom", "expirationDate": "validUntil"}
"""What the data model 1.1 calls by other names."""


@dataclass(frozen=True, slots=True)
class Standard:
    """A 1EdTech API by which apps fetch and hand in credentials: where it is, its scopes, and what it carries."""

    name: str
    root: str
    scopes: str
    kinds: tuple[str, ...]


OPEN_BADGES = Standard(
    "Open Badges 3.0",
    "/ims/ob/v3p0",
    "https://purl.imsglobal.org/spec/ob/v3p0/scope/",
    ("OpenBadgeCredential", "AchievementCredential"),
)
CLR = Standard("CLR 2.0", "/ims/clr/v2p0", "https://purl.imsglobal.org/spec/clr/v2p0/scope/", ("ClrCredential",))


class SubmittedCredential(NamedTuple):
    """A credential as an app handed it in, and what tells it from others."""

    body: bytes
    media_type: str
    issuer: str
    credential: str
    kind: str
    name: str
    valid_from: datetime


class SubmissionOutcome(NamedTuple):
    """What became of it, and the credential that stands now."""

    outcome: Literal["created", "replaced", "unchanged"]
    id: UUID
    body: bytes


def read(body: bytes, media_type: str, standard: Standard, *, loose: bool = False) -> SubmittedCredential:
    """A credential handed in. CredentialError, with the place and the reason, where the schema refuses it.

    `loose`: a single value may stand where the API's schema has a list, as the schema for signed JSON-LD allows, and
    null where there is nothing.
    """
    if media_type == JWS:
        document = jwt.read(body.decode("ascii", "replace")).document
    else:
        document = strict_json.load_object(body)
    kind = next((kind for kind in standard.kinds if kind in _texts(document.get("type"))), None)
    if kind is None:
        raise Unreadable(f"type: {' or '.join(standard.kinds)} is expected")
    named = _as_2_0(_without_nulls(document) if loose else document)
    if why := next(validator(standard, loose).iter_errors(named), None):
        place = "/".join(map(str, why.instance_path)) or "the credential"
        raise Unreadable(f"{place}: {why.message[:300]}")
    issuer = named["issuer"]["id"] if isinstance(named["issuer"], dict) else named["issuer"]
    name = _title(named, kind)
    for text in (name, str(named.get("name")), _bare(issuer), _bare(named["id"])):
        if "\x00" in text:
            raise Unreadable(f"{text[:80]!r} holds a NUL character, which no database can: leave it out")
    return SubmittedCredential(
        body,
        media_type,
        _bare(issuer),
        credential=_bare(named["id"]),
        kind=kind,
        name=name,
        valid_from=_moment(named["validFrom"]),
    )


async def keep(tx: Tx, learner: UUID, handed: SubmittedCredential, by: str) -> SubmissionOutcome:
    """Keep it for the learner, unless what is kept became valid at the same time or later."""
    before = await wallet.earlier(tx, learner, handed.issuer, handed.credential)
    if before is not None and before.valid_from >= handed.valid_from:
        return SubmissionOutcome("unchanged", before.id, before.body)
    own = before.id if before else uuid4()
    row = HeldRow(
        id=own,
        name=handed.name,
        kind=handed.kind,
        media_type=handed.media_type,
        body=handed.body,
        updated_at=datetime.now(UTC),
    )
    await wallet.hold(
        tx, learner, row, issuer=handed.issuer, credential=handed.credential, valid_from=handed.valid_from, by=by
    )
    return SubmissionOutcome("replaced" if before else "created", own, handed.body)


@cache
def open_badges_description() -> dict[str, Any]:
    """The OpenAPI document of Open Badges 3.0, as 1EdTech publishes it."""
    description: dict[str, Any] = json.loads((VENDOR / "ob30" / "openapi.json").read_bytes())
    return description


@cache
def profile_validator() -> Any:
    """Checks a profile (Open Badges 3.0)."""
    return _validator("Profile")


@cache
def validator(standard: Standard, loose: bool = False) -> Any:
    """Checks a credential against the standard's published schema: the API's, or the one for signed JSON-LD."""
    if standard is OPEN_BADGES and not loose:
        return _validator("AchievementCredential")
    name = "ob30/ob_v3p0_achievementcredential" if standard is OPEN_BADGES else "clr20/clr_v2p0_clrcredential"
    schema = json.loads((VENDOR / f"{name}_schema.json").read_bytes())
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def _validator(name: str) -> Any:
    components = open_badges_description()["components"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def _as_2_0(document: dict[str, Any]) -> dict[str, Any]:
    """A credential of the data model 1.1 with the names of 2.0, so that one schema does for both."""
    first, *_ = _texts(document.get("@context")) or [""]
    if first != CREDENTIALS_V1:
        return document
    return {OLD_NAMES.get(name, name): value for name, value in document.items()}


def _without_nulls(value: Any) -> Any:
    """A document without what is null, which says nothing."""
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return (
        {name: _without_nulls(item) for name, item in without_null(value).items()} if isinstance(value, dict) else value
    )


def _title(document: dict[str, Any], kind: str) -> str:
    """What a credential is called: a badge by what was achieved, for its own name is its holder's with some issuers."""
    subject = document.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and subject else subject
    achievement = subject.get("achievement") if isinstance(subject, dict) and kind != "ClrCredential" else None
    names = [part.get("name") for part in (achievement, document) if isinstance(part, dict)]
    return next((name for name in names if isinstance(name, str) and name), kind)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the second where UTC has no such year
        raise Unreadable(f"validFrom: '{text[:40]}' is no date-time like 2026-09-01T08:00:00Z") from None


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _bare(identifier: str) -> str:
    return unquote(identifier).strip()


async def credentials_of(
    tx: Tx, learner: UUID, standard: Standard, since: datetime | None, limit: int, offset: int
) -> tuple[int, list[HeldRow]]:
    """How many credentials of a standard a learner holds that changed at or after a time, and a page of them.

    They are issued here, handed in by apps, or pushed by others and verified; the bytes are as they came.
    """
    lineage = await learners.lineage(tx, learner)
    total, rows = await wallet.holdings(tx, lineage, standard.kinds, since=since, limit=limit, offset=offset)
    pushed = [row for row in rows if row.raw_id is not None and row.raw_pos is not None]
    pushed_in = await envelopes(tx, [(row.raw_id or 0, row.raw_pos or 0) for row in pushed])
    bodies = {row.id: content_of(body) for row, body in zip(pushed, pushed_in, strict=True) if body}
    whole: list[HeldRow] = [replace(row, body=bodies.get(row.id, row.body)) for row in rows]
    return total, [row for row in whole if row.body]


async def profile(tx: Tx, learner: UUID) -> bytes | None:
    """What an app said of the learner's profile."""
    return await wallet.profile(tx, learner)


async def keep_profile(tx: Tx, learner: UUID, body: bytes) -> None:
    """Keep what an app says of the learner's profile."""
    await wallet.save_profile(tx, learner, body)
