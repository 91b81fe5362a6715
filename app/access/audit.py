"""The audit log: who changed what of a tenant's configuration, when, before and after without secrets."""

from app.db import Tx
from app.db.access import audit
from app.db.access.audit import AuditRow

KINDS = (
    *("source", "client", "access_key", "host", "wallet_app", "framework", "policy", "credit_rule", "issuer_key"),
    "level_override",
    *("tenant", "account", "account_person", "held_role", "invitation", "identity_provider"),
    *("known_issuer", "matching", "notice_reader", "program", "roster_share", "submission_link", "webhook"),
)
"""The kinds of things whose changes are written down."""


async def changes(
    tx: Tx, *, kind: str | None = None, thing: str | None = None, before: int | None = None, limit: int = 100
) -> list[AuditRow]:
    """The changes of a tenant's configuration, newest first; `before` is the id of the last one already seen."""
    return await audit.entries(tx, kind, thing, before, limit)
