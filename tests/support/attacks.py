"""What attacks on pages share: names and keys that break out, all pages, what a district has, and its marks."""

import dataclasses
import hashlib
import importlib
import inspect
import re
from typing import Any
from uuid import UUID

from fastapi.routing import APIRoute

from app.access import tenants
from app.db.records import learners
from app.main import AUDIENCES
from app.people import corrections
from app.people.roles import MAY, Role
from app.records.settle import settle
from app.sharing import sharing
from app.web.kit.addresses import segment
from app.web.kit.signed import Anybody, SignedRoute
from tests.support.api import EVIDENCE, Api
from tests.support.district import District, class_, enrollment, user
from tests.support.people import TOKEN, Reader, signed_in
from tests.support.programs import club as a_club
from tests.support.programs import handed_in

SCRIPT = "\"><script>alert(1)</script>'{{7*7}}"
TURNED = "a\u202egnp.exe\u2066"
LONG = "W" * 5000
KEY = "K/9 %2F?ñ&#1\u202e"
ROUTES = [route for audience in AUDIENCES for route in audience.router.routes if isinstance(route, SignedRoute)]


async def token_of(reader: Reader) -> str:
    """The token of the reader's forms."""
    token = TOKEN.search((await reader.http.get("/me")).text)
    assert token
    return token[1]


def may_of(route: APIRoute) -> Any:
    """What a page declares of whom it is for."""
    return next(
        dependency.call
        for dependency in route.dependant.dependencies
        if hasattr(dependency.call, "permission")
        or hasattr(dependency.call, "permissions")
        or isinstance(dependency.call, Anybody)
    )


@dataclasses.dataclass
class Class:
    """A class with a strange key, of learners with strange names."""

    source: int
    address: str
    learners: list[UUID]


async def class_of(api: Api, key: str, *names: str) -> Class:
    """A class of learners with these names, taught by t-1."""
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.source("sis", "oneroster")
    people = [user(f"u-{n}", name, name, identifier=str(71000 + n)) for n, name in enumerate(names)]
    await district.take(sis, "users", [*people, user("t-1", "Tia")])
    await district.take(sis, "classes", [class_(key, SCRIPT)])
    own = [enrollment(f"e-{n}", f"u-{n}", key) for n in range(len(names))]
    await district.take(sis, "enrollments", [*own, enrollment("e-t", "t-1", key, role="teacher")])
    await district.settle()
    async with api.db.transaction(api.tenant) as tx:
        ids = [(await learners.by_identifier(tx, "district", str(71000 + n), None))[0].id for n in range(len(names))]
    return Class(sis.id, f"/classes/{sis.id}/{segment(key)}", ids)


async def objects(api: Api) -> dict[str, str]:
    """What a district has, by what paths call it: its own ids, each of something that is there."""
    headers = await api.pusher()
    child = {"identifiers": [{"type": "district", "value": "77"}], "name": {"full": "Zebra Elsewhere"}}
    await api.http.post("/v1/evidence", json={**EVIDENCE, "id": "z", "learner": child}, headers=headers)
    await settle(api.db, api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        learner = (await learners.by_identifier(tx, "district", "77", None))[0].id
    items = (await api.http.get(f"/v1/learners/{learner}/awardable", headers=headers)).json()["items"]
    path = f"/v1/learners/{learner}/credentials"
    issued = await api.http.post(
        path, json={"kind": "OpenBadgeCredential", "items": [items[0]["item"]]}, headers=headers
    )
    credential = issued.json()["credentials"][0]["id"]
    order = {"items": [credential], "purpose": "Zebra's academy"}
    assert (await api.http.post(f"/v1/learners/{learner}/shares", json=order, headers=headers)).is_success
    issuer = {"issuer": "did:web:zebra.example.org", "name": "Zebra Club"}
    known = (await api.http.post("/v1/known-issuers", json=issuer, headers=headers)).json()["id"]
    batch = (await api.http.post("/v1/credentials/batches", json={"learners": [str(learner)]}, headers=headers)).json()
    guardian = await signed_in(api, "guardian", tenant=api.tenant, learner=learner, name="Zebra")
    await guardian.send(f"/mine/{learner}/corrections", {"words": "Zebra"}, page=f"/mine/{learner}/corrections")
    writer = {"name": "Zebra", "role": "learner"}
    goal = {"id": "zebra-goal", "title": "Zebra", "horizon": "term"}
    planned = {"title": "Zebra", "goals": [goal], "writer": writer}
    plan = (await api.http.post(f"/v1/learners/{learner}/plans", json=planned, headers=headers)).json()["id"]
    noted = {"kind": "note", "words": "Zebra", "writer": writer}
    note = (await api.http.post(f"/v1/learners/{learner}/notes", json=noted, headers=headers)).json()["id"]
    club = await a_club(api, name="Zebra Club")
    submission = await handed_in(api, club)
    async with api.db.transaction(api.tenant) as tx:
        share = (await sharing.shares_of(tx, learner))[0].id
        correction = (await corrections.of_learner(tx, [learner]))[0].id
        live = await tx.rows("SELECT id FROM session WHERE account_id = %s", guardian.account)
        source = await tx.one("SELECT min(id) FROM source WHERE tenant_id = %s", tx.tenant)
        client = await tx.one("SELECT id FROM client WHERE tenant_id = %s LIMIT 1", tx.tenant)
        role = await tx.one("SELECT id FROM held_role WHERE tenant_id = %s LIMIT 1", tx.tenant)
    return {
        "learner": str(learner),
        "credential": credential,
        "item": str(share),
        "issuer": known,
        "batch": batch["id"],
        "correction": str(correction),
        "plan": plan,
        "goal": "zebra-goal",
        "note": note,
        "account": str(guardian.account),
        "session": str(live[0][0]),
        "program": str(club.program),
        "badge": str(club.achievement),
        "submission": str(submission),
        "source": str(source),
        "client": str(client),
        "held": str(role),
    }


async def fingerprint(api: Api, tenant: int) -> dict[str, str]:
    """What each table holds of a tenant."""
    marks = {}
    async with api.db.transaction(tenant) as tx:
        tables = await tx.rows(
            """SELECT table_name FROM information_schema.columns
               WHERE column_name = 'tenant_id' AND table_schema = 'public'
                 AND has_table_privilege(table_schema || '.' || table_name, 'SELECT')"""
        )
        for (table,) in tables:
            rows = await tx.rows(f"SELECT t::text FROM {table} t WHERE tenant_id = %s", tenant)  # type: ignore[arg-type]
            marks[table] = hashlib.sha256("".join(sorted(row[0] for row in rows)).encode()).hexdigest()
    return marks


def may_open(route: APIRoute, role: Role) -> bool:
    rule = may_of(route)
    permissions = (rule.permission,) if hasattr(rule, "permission") else getattr(rule, "permissions", ())
    return all(permission in MAY[role] for permission in permissions)


def fields_of(route: APIRoute) -> set[str]:
    """The names that the page's code reads from its form."""
    source = inspect.getsource(importlib.import_module(route.endpoint.__module__))
    return {*re.findall(r'\.(?:text|secret|flag|whole|uuid|day|moment|many)\("([\w-]+)"', source), "reason", "words"}
