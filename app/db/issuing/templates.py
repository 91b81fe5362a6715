"""Stencils: what credentials issued in bulk have in common is kept once, and put together with their own words here."""

from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx
from app.template_values import whole

TEXT: LiteralString = """(SELECT text FROM stencil s WHERE s.tenant_id = issued_credential.tenant_id
    AND s.id = issued_credential.stencil_id) AS text"""
"""The column that `as_issued` wants beside the body."""


async def keep(tx: Tx, stencil: UUID, text: str) -> None:
    """Keep a stencil, before the first credential that needs it is stored."""
    await tx.run(
        "INSERT INTO stencil (tenant_id, id, text) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", tx.tenant, stencil, text
    )


def as_issued(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose `body` is the credential as it was issued, byte for byte."""
    text = row.pop("text")
    return row if text is None else row | {"body": whole(text, row["body"].decode()).encode()}
