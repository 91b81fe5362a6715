"""Whom a credential is about, without saying who: identifiers that mean nothing to anyone but the issuer.

A learner has one identifier with each issuer (pairwise), so that what two districts issued cannot be put together by
it. An e-mail address is only ever written as a salted hash, and only where it was asked for.
"""

import hashlib
import hmac
import secrets
from typing import Any
from uuid import UUID

from app.db.tenants import TenantRow


def subject_id(tenant: TenantRow, learner: UUID) -> str:
    """The learner's identifier in everything this tenant issues: it tells neither the learner's id nor any name."""
    digest = hmac.new(tenant.salt, b"credential subject\0" + learner.bytes, hashlib.sha256).digest()
    return f"urn:uuid:{UUID(bytes=digest[:16], version=4)}"


def hashed_email(address: str) -> dict[str, Any]:
    """An e-mail address as an IdentityObject (Open Badges 3.0 section B.1.13): whoever knows it can tell, no one else.

    The salt is new each time, so that two credentials cannot be put together by it.
    """
    salt = secrets.token_hex(16)
    digest = hashlib.sha256((address.strip().lower() + salt).encode()).hexdigest()
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }
