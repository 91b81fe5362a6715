"""Pages under attack: values no database keeps, script and turned text, strange keys, and ids of another district."""

import dataclasses
import re
from uuid import UUID, uuid4

import pytest

from app.people.roles import ROLES, WHOLE, Role
from app.web.kit.signed import Anybody
from app.web.kit.visitors import Visitors
from tests.support.api import Api
from tests.support.attacks import (
    KEY,
    LONG,
    ROUTES,
    SCRIPT,
    TURNED,
    class_of,
    fields_of,
    fingerprint,
    may_of,
    may_open,
    objects,
    token_of,
)
from tests.support.people import Reader, signed_in


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
    sent = await registrar.send(f"{here.address}/credentials", {"what": "record"}, page=f"{here.address}/credentials")
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


ALIKE = {"/me/sessions/{session}/end", "/me/passkeys/{passkey}/remove"}
"""What ends a thing of one's own: it answers alike for every id, and changes nothing of others."""


@pytest.mark.slow
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
        if not names or isinstance(rule, Anybody) or route.path in ALIKE:
            continue
        for role in (role for role in ROLES if may_open(route, role)):
            reader, token = readers[role]
            for learner in {own, ids["learner"]} if names != ["learner"] else {ids["learner"]}:
                api.app.state.visitors = Visitors()
                path = re.sub(
                    r"\{(\w+)\}",
                    lambda name, values={**ids, "learner": learner}: values.get(name[1], str(uuid4())),
                    route.path,
                )
                for method in route.methods:
                    sent = {**dict.fromkeys(fields_of(route), "yes"), "form_token": token}
                    answer = await (reader.http.get(path) if method == "GET" else reader.http.post(path, data=sent))
                    if "Zebra" in answer.text or not 400 <= answer.status_code < 500:
                        wrong.append(f"{role} {method} {route.path}: {answer.status_code}, {len(names)}")
    after = await fingerprint(api, api.other)
    assert [table for table in before if before[table] != after[table]] == []
    assert sorted(set(wrong)) == []
