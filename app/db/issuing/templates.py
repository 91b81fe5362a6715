"""Templates: what credentials issued in bulk have in common is kept once, and put together with their values here."""

from typing import LiteralString
from uuid import UUID

from app.db import Tx
from app.db.tables.credentials import Stencil
from app.template_values import signed_text

TEXT: LiteralString = """(SELECT text FROM stencil s WHERE s.tenant_id = issued_credential.tenant_id
    AND s.id = issued_credential.stencil_id) AS text"""
"""The column that `as_issued` wants beside the body."""


async def keep(tx: Tx, template: UUID, text: str) -> None:
    """Keep a template, before the first credential that needs it is stored."""
    await tx.insert(Stencil(id=template, text=text), "ON CONFLICT DO NOTHING")


def as_issued(body: bytes, text: str | None) -> bytes:
    """A credential as it was issued, byte for byte: `body` itself, or its values put into its template's text."""
    return body if text is None else signed_text(text, body.decode()).encode()
