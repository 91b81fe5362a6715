"""What a line of the audit log is about, by the name that people know it by."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.access import clients
from app.db import Tx
from app.db.access.audit import AuditRow
from app.people import directory
from app.sources import known
from app.web.kit.names import ROLES
from app.web.kit.words import _

NAMED_BY = ("name", "title", "label", "login", "email", "url", "slug")
"""Columns that name a thing, the best first."""


async def things(tx: Tx, rows: Sequence[AuditRow]) -> dict[int, str]:
    """What the thing of each line is called; empty where only its id is known."""
    people = await directory.names(tx, [account for row in rows if (account := _account(row))])
    programs = {str(client.id): client.name for client in await clients.listed(tx)}
    sources = {str(row.id): row.name for row in await known.listed(tx)}
    return {row.id: _name(row, people, programs, sources) for row in rows}


def _name(row: AuditRow, people: Mapping[UUID, str], programs: Mapping[str, str], sources: Mapping[str, str]) -> str:
    columns = {**(row.before or {}), **(row.after or {})}
    account = _account(row)
    role = ROLES.get(columns.get("role", ""))
    parts: Iterable[str | None] = (
        people.get(account) if account else None,
        _(role) if role else None,
        programs.get(row.thing if row.kind == "client" else str(columns.get("client_id"))),
        sources.get(row.thing if row.kind == "source" else str(columns.get("source_id"))),
    )
    words = list(dict.fromkeys(filter(None, parts)))
    return ", ".join(words) or next((str(columns[key]) for key in NAMED_BY if columns.get(key)), "")


def _account(row: AuditRow) -> UUID | None:
    """The account that a line is about."""
    columns: dict[str, Any] = {**(row.before or {}), **(row.after or {})}
    text = row.thing if row.kind == "account" else columns.get("account_id")
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
