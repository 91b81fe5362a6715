"""Signed links: whoever has one may read one learner's record page until it expires or is taken back; nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.db import Tx
from app.db.sharing import record_links
from app.db.sharing.record_links import RecordLinkRow
from app.errors import NotFound
from app.identity import learners
from app.secrets import Vault

PURPOSE = "record link"
LONGEST = 2000
"""Characters: a longer text is no link of ours, and is not looked at."""


@dataclass(frozen=True, slots=True)
class Link:
    """Whose record, of which tenant, for which reader, until when, and which link it is."""

    tenant: int
    learner: UUID
    reader: str
    expires: datetime
    id: UUID


class BadLink(Exception):
    """No link of ours, or one that is over: the message says which, to whoever follows it."""


async def create_link(
    tx: Tx, vault: Vault, learner: UUID, reader: str, days: int, by: str
) -> tuple[RecordLinkRow, str]:
    """A new link to a learner's record page, and its text, which is told this once. NotFound for no learner."""
    await learners.check(tx, [learner])
    now = datetime.now(UTC)
    row = RecordLinkRow(
        id=uuid4(),
        learner_id=learner,
        reader=reader,
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    await record_links.add(tx, row)
    return row, signed(vault, Link(tx.tenant, learner, reader, row.expires_at, row.id))


async def check(tx: Tx, link: Link) -> None:
    """BadLink where a link was taken back, or never given."""
    row = await record_links.by_id(tx, link.id)
    if row is None or row.learner_id != link.learner:
        raise BadLink(NOT_OURS)
    if row.revoked_at is not None:
        raise BadLink(f"This link was taken back on {row.revoked_at:%Y-%m-%d}. Ask who sent it for a new one.")


def signed(vault: Vault, link: Link) -> str:
    """A link as text: a JWT (HS256) under a key that only this instance has."""
    claims = {
        "t": link.tenant,
        "sub": str(link.learner),
        "for": link.reader,
        "exp": int(link.expires.timestamp()),
        "jti": str(link.id),
    }
    return jwt.encode({"alg": "HS256"}, claims, _key(vault))


def read(vault: Vault, text: str, now: datetime) -> Link:
    """The link a text is. BadLink where it is none, or has expired."""
    if len(text) > LONGEST:
        raise BadLink(NOT_OURS)
    try:
        claims = jwt.decode(text, _key(vault), algorithms=["HS256"]).claims
        link = Link(
            int(claims["t"]),
            UUID(claims["sub"]),
            str(claims["for"]),
            datetime.fromtimestamp(claims["exp"], UTC),
            UUID(claims["jti"]),
        )
    except (JoseError, ValueError, KeyError, TypeError):
        raise BadLink(NOT_OURS) from None
    if link.expires <= now:
        raise BadLink(f"This link worked until {link.expires:%Y-%m-%d}. Ask who sent it for a new one.")
    return link


NOT_OURS = "This link is not complete, or was changed on its way. Open it again from where you got it."


def _key(vault: Vault) -> OctKey:
    return OctKey.import_key(vault.signing_key(PURPOSE))


async def links_of(tx: Tx, learner: UUID) -> list[RecordLinkRow]:
    """The links to a learner's record page, newest first, also those that are over. NotFound for no learner."""
    return await record_links.of_learners(tx, await learners.lineage(tx, learner))


async def revoke(tx: Tx, link: UUID) -> None:
    """Take a link back: from now on it shows nothing. NotFound where there is none that is not ended."""
    if not await record_links.revoke(tx, link, datetime.now(UTC)):
        raise NotFound
