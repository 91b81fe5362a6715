"""Signed links: whoever has one may read one learner's record page until it expires, and nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.secrets import Vault

PURPOSE = "record link"
LONGEST = 2000
"""Characters: a longer text is no link of ours, and is not looked at."""


@dataclass(frozen=True, slots=True)
class Link:
    """Whose record, of which tenant, for which reader, and until when."""

    tenant: int
    learner: UUID
    reader: str
    expires: datetime


class BadLink(Exception):
    """No link of ours, or one that has expired: the message says which, to whoever follows it."""


def signed(vault: Vault, link: Link) -> str:
    """A link as text: a JWT (HS256) under a key that only this instance has."""
    claims = {
        "t": link.tenant, "sub": str(link.learner), "for": link.reader, "exp": int(link.expires.timestamp()),
    }  # fmt: skip
    return jwt.encode({"alg": "HS256"}, claims, _key(vault))


def read(vault: Vault, text: str, now: datetime) -> Link:
    """The link a text is. BadLink where it is none, or has expired."""
    if len(text) > LONGEST:
        raise BadLink(NOT_OURS)
    try:
        claims = jwt.decode(text, _key(vault), algorithms=["HS256"]).claims
        link = Link(
            int(claims["t"]), UUID(claims["sub"]), str(claims["for"]), datetime.fromtimestamp(claims["exp"], UTC)
        )
    except (JoseError, ValueError, KeyError, TypeError):
        raise BadLink(NOT_OURS) from None
    if link.expires <= now:
        raise BadLink(f"This link worked until {link.expires:%Y-%m-%d}. Ask who sent it for a new one.")
    return link


NOT_OURS = "This link is not complete, or was changed on its way. Open it again from where you got it."


def _key(vault: Vault) -> OctKey:
    return OctKey.import_key(vault.signing_key(PURPOSE))
