"""The audit log: who changed what, when, before and after."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.access import audit
from app.people.viewer import Viewer
from app.request import Inside
from app.web.district.actors import names_of
from app.web.district.audited import things
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may
from app.web.kit.words import _, later

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
AT_ONCE = 50
KINDS = {
    "source": later("Source"),
    "client": later("Program that calls the API"),
    "access_key": later("Key of a program"),
    "host": later("Other service with credentials"),
    "wallet_app": later("App that was let in"),
    "framework": later("Framework"),
    "policy": later("Rule of mastery"),
    "credit_rule": later("Rule of credit"),
    "issuer_key": later("Key that signs credentials"),
    "level_override": later("Level set by a teacher"),
    "tenant": later("The district itself"),
    "account": later("Account"),
    "account_person": later("Who an account is in the roster"),
    "held_role": later("Role of an account"),
    "invitation": later("Invitation"),
    "identity_provider": later("Sign-in provider"),
    "known_issuer": later("Known issuer"),
    "matching": later("How learners are matched"),
    "notice_reader": later("Who is told of sources"),
    "program": later("Program"),
    "roster_share": later("What of the roster is shared"),
    "submission_link": later("Link or code of a program"),
    "webhook": later("Where events are sent"),
}
"""What is changed, in words: `app.access.audit.KINDS`."""
ACTIONS = {"created": later("added"), "changed": later("changed"), "deleted": later("taken away")}
"""What was done with it."""


@router.get("/audit")
async def log(
    request: Request,
    viewer: Annotated[Viewer, may("audit.read")],
    inside: Inside,
    kind: str = "",
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    """The changes of the configuration, newest first."""
    chosen = kind if kind in audit.KINDS else None
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await audit.changes(tx, kind=chosen, before=before, limit=AT_ONCE + 1)
        who = await names_of(tx, [row.actor for row in rows])
        names = await things(tx, rows)
    following = f"/audit?kind={chosen or ''}&before={rows[AT_ONCE - 1].id}" if len(rows) > AT_ONCE else ""
    return show(
        request,
        "district/audit.html",
        entries=[
            (
                row,
                _(KINDS.get(row.kind, row.kind)),
                _(ACTIONS.get(row.action, row.action)),
                names[row.id],
                who.get(row.actor, row.actor),
            )
            for row in rows[:AT_ONCE]
        ],
        kinds=sorted(((name, _(KINDS.get(name, name))) for name in audit.KINDS), key=lambda pair: pair[1]),
        kind=chosen or "",
        following=following,
    )
