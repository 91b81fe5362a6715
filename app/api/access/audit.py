"""The audit log over the API: every change of sources, clients, keys, policies, frameworks, grants and settings."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from msgspec import Meta

from app.access import audit
from app.api.access.wire_audit import Change, ChangeList
from app.api.kit import cursor
from app.api.kit.context import Auditor
from app.api.kit.problem import problems
from app.db.access.audit import AuditRow
from app.request import Inside

router = APIRouter(prefix="/v1/audit", tags=["Clients"])

Kind = Literal[
    "source",
    "client",
    "access_key",
    "host",
    "wallet_app",
    "framework",
    "policy",
    "credit_rule",
    "level_override",
    "issuer_key",
    "tenant",
]
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


@router.get("", responses=problems(400))
async def list_changes(
    caller: Auditor,
    inside: Inside,
    kind: Annotated[Kind | None, Query(description="only changes of this kind of thing")] = None,
    thing: Annotated[str | None, Query(max_length=200, description="only changes of the thing of this id")] = None,
    after: Annotated[str | None, Query(max_length=100, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
) -> ChangeList:
    """Who changed what of the configuration, newest first: sources, clients, keys, hosts, apps, frameworks, rules.

    `before` and `after` hold the fields that differ. Of a secret they tell only whether it is another one.
    """
    begin = cursor.decode(after, tuple[Number])[0] if after else None
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await audit.changes(tx, kind=kind, thing=thing, before=begin, limit=limit)
    following = cursor.encode(rows[-1].id) if len(rows) == limit else None
    return ChangeList(changes=[_change(row) for row in rows], next=following)


def _change(row: AuditRow) -> Change:
    return Change(
        at=row.at,
        actor=row.actor,
        request=row.request,
        kind=row.kind,
        thing=row.thing,
        action=row.action,
        before=row.before,
        after=row.after,
    )
