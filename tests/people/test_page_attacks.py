"""Pages under attack: values no database keeps, script and turned text, strange keys, and ids of another district."""

import dataclasses
import hashlib
import importlib
import inspect
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute

from app.access import tenants
from app.db.records import learners
from app.main import AUDIENCES
from app.people import corrections
from app.people.roles import MAY, ROLES, WHOLE, Role
from app.records.settle import settle
from app.sharing import sharing
from app.web.kit.addresses import segment
from app.web.kit.signed import Anybody, SignedRoute
from app.web.kit.visitors import Visitors
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
FIELD = re.compile(r'name="([\w-]+)"')


async def token_of(reader: Reader) -> str:
    """The token of the reader's forms."""
    found = TOKEN.search((await reader.http.get("/me")).text)
    assert found
    return found[1]


def may_of(route: APIRoute) -> Any:
    """What a page declares of whom it is for."""
    return next(
        one.call
        for one in route.dependant.dependencies
        if hasattr(one.call, "permission") or hasattr(one.call, "permissions") or isinstance(one.call, Anybody)
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
    people = [user(f"u-{n}", name, name, identifier=str(1000 + n)) for n, name in enumerate(names)]
    await district.take(sis, "users", [*people, user("t-1", "Tia")])
    await district.take(sis, "classes", [class_(key, SCRIPT)])
    own = [enrollment(f"e-{n}", f"u-{n}", key) for n in range(len(names))]
    await district.take(sis, "enrollments", [*own, enrollment("e-t", "t-1", key, role="teacher")])
    await district.settle()
    async with api.db.transaction(api.tenant) as tx:
        found = [(await learners.by_identifier(tx, "district", str(1000 + n), None))[0].id for n in range(len(names))]
    return Class(sis.id, f"/classes/{sis.id}/{segment(key)}", found)


async def test_a_class_may_be_called_anything_and_its_pages_open(api: Api) -> None:
    here = await class_of(api, KEY, SCRIPT, TURNED, LONG)
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"), name=SCRIPT)
    listed = await teacher.get("/classes")
    assert f'href="{here.address}"' in listed.text
    registrar = await signed_in(api, "registrar")
    assert f'href="{here.address}/credentials"' in (await registrar.get("/credentials/classes")).text
    for page in ("", "/needs", "/evidence"):
        answer = await teacher.get(here.address + page)
        assert answer.status_code == 200, answer.text[:400]
        assert "<script>alert" not in answer.text
    answer = await registrar.get(f"{here.address}/credentials")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    sent = await registrar.send(f"{here.address}/credentials", {"what": "record"}, at=f"{here.address}/credentials")
    assert sent.status_code == 303


async def test_what_no_database_keeps_is_refused_and_text_does_not_turn_the_page(api: Api) -> None:
    learner = await api.learner(await api.pusher())
    guardian = await signed_in(api, "guardian", learner=UUID(learner), name=SCRIPT + TURNED)
    page = await guardian.get("/me")
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    assert (await guardian.send("/me", {"name": "nul\0byte"})).status_code == 422
    assert (await guardian.send(f"/mine/{learner}/corrections", {"words": "nul\0byte"})).status_code == 422
    assert (await guardian.send(f"/mine/{learner}/shares", {"days": "%00"})).status_code == 422


@pytest.mark.parametrize("value", ["%00", "9" * 25, "-1", "%F0%9F%92%A9", "%FF", "a%00b", "1e9"])
async def test_addresses_with_values_that_nothing_has_are_not_there(api: Api, value: str) -> None:
    administrator = await signed_in(api, "administrator", "registrar", "teacher", "advisor")
    wrong = []
    for route in ROUTES:
        if "GET" not in route.methods or "{" not in route.path:
            continue
        api.app.state.visitors = Visitors()
        path = re.sub(r"\{\w+\}", value, route.path)
        answer = await administrator.get(path)
        if answer.status_code >= 500:
            wrong.append(f"{path}: {answer.status_code}")
    for key in (
        f"/classes/1/{value}",
        f"/classes/{value}/x",
        f"/credentials?after={value}",
        f"/received?after={value}&state={value}",
        f"/classes?after=a%1F{value}",
        f"/credentials?q={value}",
        f"/received?after=2026-01-01T00:00:00%2B00:00 {value} {value}",
    ):
        answer = await administrator.get(key)
        if answer.status_code >= 500:
            wrong.append(f"{key}: {answer.status_code}")
    assert wrong == []


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
    wanted = {"items": [credential], "purpose": "Zebra's academy"}
    assert (await api.http.post(f"/v1/learners/{learner}/shares", json=wanted, headers=headers)).is_success
    issuer = {"issuer": "did:web:zebra.example.org", "name": "Zebra Club"}
    known = (await api.http.post("/v1/known-issuers", json=issuer, headers=headers)).json()["id"]
    batch = (await api.http.post("/v1/credentials/batches", json={"learners": [str(learner)]}, headers=headers)).json()
    guardian = await signed_in(api, "guardian", tenant=api.tenant, learner=learner, name="Zebra")
    await guardian.send(f"/mine/{learner}/corrections", {"words": "Zebra"}, at=f"/mine/{learner}/corrections")
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
        "account": str(guardian.account),
        "session": str(live[0][0]),
        "program": str(club.program),
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


@pytest.mark.timeout(900)  # every page, by who may most
async def test_ids_of_another_district_open_nothing_and_change_nothing(api: Api) -> None:
    ids = await objects(dataclasses.replace(api, tenant=api.other, other=api.tenant))
    own = await api.learner(await api.pusher())
    before = await fingerprint(api, api.other)
    readers: dict[Role, tuple[Reader, str]] = {}
    for role in ROLES:
        reader = await signed_in(api, role, learner=None if role in WHOLE else UUID(own))
        readers[role] = (reader, await token_of(reader))
    wrong = []
    for route in ROUTES:
        rule = may_of(route)
        names = re.findall(r"\{(\w+)\}", route.path)
        if not names or isinstance(rule, Anybody) or route.path == "/me/sessions/{session}/end":  # alike for all ids
            continue
        for role in (role for role in ROLES if _may(route, role)):
            reader, token = readers[role]
            for learner in {own, ids["learner"]} if names != ["learner"] else {ids["learner"]}:
                api.app.state.visitors = Visitors()
                path = re.sub(
                    r"\{(\w+)\}", lambda name, at={**ids, "learner": learner}: at.get(name[1], str(uuid4())), route.path
                )
                for method in route.methods:
                    sent = {**dict.fromkeys(_fields(route), "yes"), "form_token": token}
                    answer = await (reader.http.get(path) if method == "GET" else reader.http.post(path, data=sent))
                    if "Zebra" in answer.text or not 400 <= answer.status_code < 500:
                        wrong.append(f"{role} {method} {route.path}: {answer.status_code}, {len(names)}")
    after = await fingerprint(api, api.other)
    assert [table for table in before if before[table] != after[table]] == []
    assert sorted(set(wrong)) == []


def _may(route: APIRoute, role: Role) -> bool:
    rule = may_of(route)
    wanted = (rule.permission,) if hasattr(rule, "permission") else getattr(rule, "permissions", ())
    return all(permission in MAY[role] for permission in wanted)


def _fields(route: APIRoute) -> set[str]:
    """The names that the page's code reads from its form."""
    source = inspect.getsource(importlib.import_module(route.endpoint.__module__))
    return {*re.findall(r'\.(?:text|secret|flag|whole|uuid|day|moment|many)\("([\w-]+)"', source), "reason", "words"}
