"""Attacks by who may see one learner on another's record, and by pages left open while a relationship ends."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from app.access import tenants
from app.db.records import learners
from app.identity import decisions
from app.people.roles import ROLES, WHOLE
from app.records.settle import settle
from app.web.kit.signed import Anybody
from app.web.kit.visitors import Visitors
from tests.support.api import EVIDENCE, Api
from tests.support.attacks import ROUTES, SCRIPT, TURNED, class_of, fields_of, may_of, may_open, objects, token_of
from tests.support.competencies import taken_in
from tests.support.district import District, enrollment
from tests.support.people import signed_in

LATER = {"dateLastModified": "2026-10-02T08:00:00.000Z"}
REACH = tuple(role for role in ROLES if role not in WHOLE)
"""Roles that see whom a relationship leads to, and nobody else."""


async def rows_about(api: Api, ids: dict[str, str]) -> dict[str, list[str]]:
    """All rows that name any of these ids, table by table, but for the log of what was tried."""
    marks: dict[str, list[str]] = {}
    async with api.db.transaction(api.tenant) as tx:
        tables = await tx.rows(
            """SELECT table_name FROM information_schema.columns
               WHERE column_name = 'tenant_id' AND table_schema = 'public'
                 AND has_table_privilege(table_schema || '.' || table_name, 'SELECT')"""
        )
        named = [
            value
            for name, value in ids.items()
            if name in ("learner", "credential", "item", "correction", "submission", "plan", "note")
        ]
        for (table,) in tables:
            query = f"SELECT t::text FROM {table} t WHERE tenant_id = %s AND t::text ~ %s"
            rows = await tx.rows(query, tx.tenant, "|".join(named))  # type: ignore[arg-type]
            marks[table] = [] if table == "audit" else sorted(row[0] for row in rows)
    return marks


@pytest.mark.slow
@pytest.mark.timeout(900)  # every page, with every id
async def test_another_learner_s_ids_in_paths_and_fields_open_nothing_and_change_nothing(api: Api) -> None:
    ids = await objects(api)
    pushed = await api.http.post("/v1/evidence", json=EVIDENCE, headers=(headers := await api.pusher(slug="own")))
    assert pushed.is_success
    await settle(api.db, api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        own = (await learners.by_identifier(tx, "district", "100482", None))[0].id
    assert str(own) != ids["learner"]
    del headers
    reader = await signed_in(api, *REACH, learner=own, name="Mallory")
    token = await token_of(reader)
    before = await rows_about(api, ids)
    wrong = []
    for route in ROUTES:
        names = re.findall(r"\{(\w+)\}", route.path)
        if isinstance(may_of(route), Anybody) or not any(may_open(route, role) for role in REACH):
            continue
        fields = fields_of(route)
        for stranger in {ids[name] for name in names if name in ids and name != "learner"} or {*ids.values()}:
            api.app.state.visitors = Visitors()
            values = {**ids, "learner": str(own)}
            path = re.sub(r"\{(\w+)\}", lambda name, ids=values: ids.get(name[1], str(uuid4())), route.path)
            for method in route.methods:
                if method == "GET":
                    answer = await reader.http.get(path, params=dict.fromkeys(fields, stranger))
                else:
                    level = {f"level-{ids['learner']}": "yes", f"words-{ids['learner']}": "yes"}
                    answer = await reader.http.post(
                        path, data={**dict.fromkeys(fields, stranger), **level, "form_token": token}
                    )
                if answer.status_code >= 500 or "Zebra" in answer.text.replace(
                    "Zebra Club", "a club that everybody may see"
                ):
                    wrong.append(f"{method} {route.path}: {answer.status_code}")
    after = await rows_about(api, ids)
    for table, owner in (("correction", own), ("badge_idea", own), ("account", reader.account)):
        fresh = [row for row in after[table] if row not in before[table]]
        assert all(f",{owner}," in row for row in fresh), "what Mallory writes of herself may hold any words"
        before[table] = sorted(before[table] + fresh)
    changed = [
        (table, [row for row in after[table] if row not in before[table]][:2])
        for table in before
        if before[table] != after[table]
    ]
    assert changed == []
    assert sorted(set(wrong)) == []


async def test_a_form_left_open_is_refused_once_a_pupil_has_left_the_class(api: Api) -> None:
    here = await class_of(api, "c-1", "Ada", "Ben")
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"))
    token = await token_of(teacher)
    paths = [f"/learners/{here.learners[1]}", here.address]
    assert [(await teacher.get(path)).status_code for path in paths] == [200, 200]
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.again("sis")
    over = enrollment("e-1", "u-1", "c-1", endDate="2026-10-01", beginDate="2026-08-15", **LATER)
    await district.take(sis, "enrollments", [over])
    await district.settle()
    assert [(await teacher.get(path)).status_code for path in paths] == [404, 200]
    assert "Ben" not in (await teacher.get(here.address)).text
    left = enrollment("e-t", "t-1", "c-1", role="teacher", **LATER) | {"status": "tobedeleted"}
    await district.take(sis, "enrollments", [left])
    await district.settle()
    for path in (here.address, f"{here.address}/needs", f"{here.address}/evidence", f"/learners/{here.learners[0]}"):
        assert (await teacher.get(path)).status_code == 404, path
    sent = {"form_token": token, f"level-{here.learners[0]}": "Mastered"}
    assert (await teacher.http.post(f"{here.address}/evidence", data=sent)).status_code == 404
    assert "Ada" not in (await teacher.get("/learners")).text


@pytest.mark.parametrize("role", ["guardian", "assessor", "advisor", "counselor", "leader", "learner"])
async def test_a_role_that_ends_ends_the_page_that_is_open(api: Api, role: str) -> None:
    learner = await api.learner(await api.pusher())
    reader = await signed_in(api, role, learner=UUID(learner))  # type: ignore[arg-type]
    token = await token_of(reader)
    page = f"/mine/{learner}" if role in ("guardian", "learner") else f"/learners/{learner}"
    assert (await reader.get(page)).status_code == 200
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("UPDATE held_role SET ends = now() WHERE account_id = %(account)s", account=reader.account)
    assert (await reader.get(page)).status_code == 403
    sent = {"words": "x", "name": "x", "topics": "x", "form_token": token}
    for path in (f"/mine/{learner}/corrections", f"/mine/{learner}/shares", f"/learners/{learner}/checkins"):
        assert (await reader.http.post(path, data=sent)).status_code == 403, path


async def test_a_guardian_is_out_on_the_day_the_learner_is_of_age(api: Api) -> None:
    here = await class_of(api, "c-1", "Ada")
    guardian = await signed_in(api, "guardian", learner=here.learners[0])
    token = await token_of(guardian)
    assert (await guardian.get(f"/mine/{here.learners[0]}")).status_code == 200
    today = datetime.now(UTC).date()
    born = today.replace(year=today.year - 18, day=min(today.day, 28)).isoformat()
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    born_row = {"sourcedId": "u-0", "status": "active", "birthDate": born, **LATER}
    await district.take(await district.again("sis"), "demographics", [born_row])
    await district.settle()
    assert (await guardian.get(f"/mine/{here.learners[0]}")).status_code == 404
    sent = {"words": "x", "form_token": token}
    assert (await guardian.http.post(f"/mine/{here.learners[0]}/corrections", data=sent)).status_code == 404


async def test_pages_left_open_follow_a_merge_and_its_undoing(api: Api) -> None:
    here = await class_of(api, "c-1", "Ada", "Ben")
    ada, ben = here.learners
    mother, father = await signed_in(api, "guardian", learner=ada), await signed_in(api, "guardian", learner=ben)
    strangers = [(mother, ben), (father, ada)]
    for reader, learner in strangers:
        assert (await reader.get(f"/mine/{learner}")).status_code == 404
    refs = (here.source, "u-0"), (here.source, "u-1")
    async with api.db.transaction(api.tenant) as tx:
        await decisions.link(tx, *refs, by="steward", reason="the same child")
    await settle(api.db, api.tenant)
    for reader, learner in ((mother, ada), (father, ben)):
        assert (await reader.get(f"/mine/{learner}")).status_code == 200, "the page that was open"
        sent = await reader.send(
            f"/mine/{learner}/corrections", {"words": f"of {learner}"}, page=f"/mine/{learner}/corrections"
        )
        assert sent.status_code == 303
    async with api.db.transaction(api.tenant) as tx:
        await decisions.unlink(tx, *refs, by="steward", reason="two children after all")
    await settle(api.db, api.tenant)
    for reader, learner in strangers:
        assert (await reader.get(f"/mine/{learner}")).status_code == 404, "as before"
    for reader, learner in ((mother, ada), (father, ben)):
        assert (await reader.get(f"/mine/{learner}")).status_code == 200


async def test_no_page_of_a_signed_in_reader_is_kept_by_a_cache(api: Api) -> None:
    learner = await api.learner(await api.pusher())
    reader = await signed_in(api, *ROLES, learner=UUID(learner), name="Everybody")
    token, cached = await token_of(reader), []
    for route in ROUTES:
        api.app.state.visitors = Visitors()
        if route.path in ("/logout", "/me/sessions/end"):
            continue
        values = {"learner": learner, "source": "1", "key": "x"}
        path = re.sub(r"\{(\w+)\}", lambda name, ids=values: ids.get(name[1], str(uuid4())), route.path)
        for method in route.methods:
            answer = await (
                reader.http.get(path) if method == "GET" else reader.http.post(path, data={"form_token": token})
            )
            if "no-store" not in answer.headers.get("cache-control", ""):
                cached.append(f"{method} {route.path}: {answer.status_code}, {answer.headers.get('cache-control')}")
    assert cached == []


async def test_names_are_text_on_every_page_that_says_them(api: Api) -> None:
    names = (
        "O'Brien-Ñandú",
        SCRIPT,
        TURNED,
        "\u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627",
        "\U0001d4e9 \U0001f98a",
        "&amp;<b>",
    )
    here = await class_of(api, "c'1", *names)
    reader = await signed_in(api, *ROLES, learner=here.learners[1], name=SCRIPT, person=(here.source, "t-1"))
    wrong = []
    for route in ROUTES:
        if "GET" not in route.methods or isinstance(may_of(route), Anybody):
            continue
        for learner in here.learners if "{learner}" in route.path else here.learners[:1]:
            api.app.state.visitors = Visitors()
            values = {"learner": str(learner), "source": str(here.source), "key": here.address.rsplit("/", 1)[1]}
            path = re.sub(r"\{(\w+)\}", lambda name, ids=values: ids.get(name[1], str(uuid4())), route.path)
            page = await reader.get(path)
            broken = [
                mark for mark in ("<script>alert", "\u202e", "\u2066", "&amp;amp;<b>", "<b>&amp;") if mark in page.text
            ]
            if page.status_code >= 500 or broken:
                wrong.append((route.path, page.status_code, broken))
    assert wrong == []


@pytest.mark.timeout(600)
async def test_a_class_of_five_hundred_is_read_page_by_page(api: Api) -> None:
    here = await class_of(api, "c-1", *(f"Child{n:03}" for n in range(500)))
    await taken_in(api)
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"))
    for path in ("/learners", "/classes", here.address, f"{here.address}/needs", f"{here.address}/evidence"):
        page = await teacher.get(path)
        assert page.status_code == 200
        assert len(page.content) < 100_000, f"{path}: {len(page.content)}"
    seen: set[str] = set()
    onward: str | None = f"{here.address}/evidence"
    while onward:
        page = await teacher.get(onward)
        seen |= set(re.findall(r"Child\d\d\d", page.text))
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        onward = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == 500
