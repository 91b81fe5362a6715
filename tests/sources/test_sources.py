"""Sources through the API: created, changed, tested, synced; and what is said of their health."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from app.db.sources import sources
from app.db.sources.sources import Condition, RunRow, SourceRow
from app.jobs import work
from app.records.settle import settle
from app.sources.health import in_words
from app.sources.source import origins
from tests.conftest import TestDatabase
from tests.support.api import EVIDENCE, Api, bearer, names, problem_of
from tests.support.sources_cases import ONEROSTER

NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)


async def test_a_source_is_created_and_its_secrets_are_never_shown(api: Api, database: TestDatabase) -> None:
    headers = bearer(await api.key())
    made = await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)
    assert made.status_code == 201, made.text
    body = made.json()
    assert made.headers["location"] == f"/v1/sources/{body['id']}"
    assert body["secrets"] == ["client_secret"]
    assert body["health"] == "Never synced."
    assert body["dueAt"] is not None
    for path in ("/v1/sources", f"/v1/sources/{body['id']}"):
        assert "hush-hush" not in (await api.http.get(path, headers=headers)).text
    with psycopg.connect(database.owner_url) as owner:
        assert "hush-hush" not in str(owner.execute("SELECT * FROM source").fetchall())


async def test_what_is_wrong_with_a_source_is_said_field_by_field(api: Api) -> None:
    headers = bearer(await api.key())
    bad = {**ONEROSTER, "slug": "Not A Slug", "shrinkShare": 7, "tenantId": 2}
    problem = problem_of(await api.http.post("/v1/sources", json=bad, headers=headers), 422)
    assert {error["pointer"] for error in problem["errors"]} == {"/slug", "/shrinkShare", "/tenantId"}
    settings = {**ONEROSTER["settings"], "base_url": None, "shade": "red"}
    problem = problem_of(
        await api.http.post("/v1/sources", json={**ONEROSTER, "settings": settings}, headers=headers), 422
    )
    assert "shade" in problem["detail"]
    problem = problem_of(
        await api.http.post("/v1/sources", json={**ONEROSTER, "connector": "fax"}, headers=headers), 422
    )
    assert "evidence" in problem["detail"]
    await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)
    assert "sis" in problem_of(await api.http.post("/v1/sources", json=ONEROSTER, headers=headers), 409)["detail"]
    pushed = {"slug": "club", "name": "Club", "connector": "evidence", "everyMinutes": 60}
    problem_of(await api.http.post("/v1/sources", json=pushed, headers=headers), 422)


async def test_a_change_keeps_what_it_does_not_name(api: Api) -> None:
    headers = bearer(await api.key())
    source = (await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)).json()
    url = f"/v1/sources/{source['id']}"
    changed = await api.http.patch(url, json={"name": "SIS", "settings": {"client_id": "tessera-2"}}, headers=headers)
    body = changed.json()
    assert changed.status_code == 200, changed.text
    assert (body["name"], body["settings"]["client_id"], body["secrets"]) == ("SIS", "tessera-2", ["client_secret"])
    assert body["everyMinutes"] == 60
    unplanned = (await api.http.patch(url, json={"everyMinutes": None}, headers=headers)).json()
    assert (unplanned["everyMinutes"], unplanned["dueAt"]) == (None, None)
    paused = (await api.http.patch(url, json={"state": "paused", "reason": "Summer"}, headers=headers)).json()
    assert (paused["state"], paused["health"]) == ("paused", "Paused: Summer.")
    active = (await api.http.patch(url, json={"state": "active"}, headers=headers)).json()
    assert (active["state"], active["health"]) == ("active", "Never synced.")
    refused = await api.http.patch(url, json={"settings": {"base_url": 17}}, headers=headers)
    assert "base_url" in problem_of(refused, 422)["detail"]


async def test_a_sync_is_queued_once_and_not_while_one_runs(api: Api, database: TestDatabase) -> None:
    headers = bearer(await api.key())
    source = (await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)).json()["id"]
    url = f"/v1/sources/{source}/sync"
    for body in (None, {}, {"full": True}):
        queued = await api.http.post(url, json=body, headers=headers)
        assert queued.status_code == 202, queued.text
        assert (await api.http.get(queued.json()["runs"], headers=headers)).json() == {"runs": []}
    with psycopg.connect(database.owner_url) as owner:
        jobs = owner.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'sync' ORDER BY id").fetchall()
        assert [args["full"] for (args,) in jobs] == [False, True]
        owner.execute("SELECT pg_advisory_lock(%s, %s)", [api.tenant, -source])
        running = await api.http.post(url, json={}, headers=headers)
        assert problem_of(running, 409)["type"] == "urn:tessera:problem:already-running"
        assert running.headers["retry-after"]
    await api.http.patch(f"/v1/sources/{source}", json={"state": "paused", "reason": "Summer"}, headers=headers)
    assert "Summer" in problem_of(await api.http.post(url, headers=headers), 409)["detail"]
    pushed = await api.source()
    problem_of(await api.http.post(f"/v1/sources/{pushed}/sync", headers=headers), 422)


@pytest.mark.enable_socket
async def test_a_test_says_in_words_why_it_failed(api: Api) -> None:
    headers = bearer(await api.key())
    inside = {**ONEROSTER["settings"], "base_url": "https://localhost/x", "token_url": "https://localhost/t"}
    made = await api.http.post("/v1/sources", json={**ONEROSTER, "settings": inside}, headers=headers)
    tested = await api.http.post(f"/v1/sources/{made.json()['id']}/test", headers=headers)
    assert tested.status_code == 200
    assert tested.json()["ok"] is False
    assert "localhost has no address that this instance may reach" in tested.json()["message"]
    pushed = await api.http.post(f"/v1/sources/{await api.source()}/test", headers=headers)
    assert pushed.json()["ok"] is True


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8799/x",
        "https://127.0.0.1",
        "http://2130706433",
        "http://0x7f.1",
        "http://[::ffff:127.0.0.1]",
        "https://10.0.0.5",
        "https://169.254.169.254/latest",
        "http://sis.example.org",
    ],
)
async def test_a_tenant_cannot_open_the_private_network(api: Api, address: str) -> None:
    headers = bearer(await api.key("sources.read", "sources.manage"))
    lms = {"slug": "x", "name": "x", "connector": "canvas", "settings": {"base_url": address, "token": "t"}}
    problem = problem_of(await api.http.post("/v1/sources", json=lms, headers=headers), 422)
    assert "base_url" in problem["detail"]
    switched = {**lms, "settings": {**lms["settings"], "allow_private_network": True}}
    problem = problem_of(await api.http.post("/v1/sources", json=switched, headers=headers), 422)
    assert "the operator of this instance decides" in problem["detail"]
    host = {"name": "h", "address": address}
    problem = problem_of(await api.http.post("/v1/hosts", json=host, headers=headers), 422)
    assert "address" in problem["detail"]
    problem = problem_of(
        await api.http.post("/v1/hosts", json={**host, "allowPrivateNetwork": True}, headers=headers), 422
    )
    assert "the operator of this instance decides" in problem["detail"]
    fetch = {"url": address, "sensitivity": "general"}
    manager = bearer(await api.key("frameworks.manage"))
    problem_of(await api.http.post("/v1/frameworks/fetch", json=fetch, headers=manager), 422)
    assert (await api.http.get("/v1/sources", headers=headers)).json() == {"sources": []}


async def test_what_an_earlier_release_let_a_tenant_set_is_of_no_effect(api: Api) -> None:
    headers = bearer(await api.key())
    row = SourceRow(
        0,
        api.tenant,
        "old",
        "Old",
        "canvas",
        {"base_url": "http://10.0.0.5", "token": "t", "allow_private_network": True},
        None,
        50,
        None,
        7,
        0.2,
        "active",
        None,
        None,
        NOW,
    )
    async with api.db.transaction(api.tenant) as tx:
        source = await sources.add(tx, row)
    body = (await api.http.get(f"/v1/sources/{source}", headers=headers)).json()
    assert "allow_private_network" not in body["settings"]
    tested = (await api.http.post(f"/v1/sources/{source}/test", headers=headers)).json()
    assert not tested["ok"]
    assert "no address that this instance may reach" in tested["message"]


async def test_a_tenant_cannot_raise_the_operators_ceilings(api: Api) -> None:
    headers = bearer(await api.key())
    for name, value in (("request_seconds", 1e8), ("response_bytes", 10**12)):
        body = {**ONEROSTER, "settings": {**ONEROSTER["settings"], name: value}}
        problem = problem_of(await api.http.post("/v1/sources", json=body, headers=headers), 422)
        assert f"{name}: at most" in problem["detail"]


async def test_a_secret_is_bound_to_the_address_it_was_given_for(api: Api) -> None:
    headers = bearer(await api.key())
    made = (await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)).json()
    url = f"/v1/sources/{made['id']}"
    before = (await api.http.get(url, headers=headers)).json()["settings"]
    for name, address in (
        ("base_url", "https://attacker.example/x"),
        ("base_url", "https://sis.example.org:8443/x"),
        ("token_url", "https://attacker.example/token"),
    ):
        change = {"settings": {name: address}}
        problem = problem_of(await api.http.patch(url, json=change, headers=headers), 422)
        assert "client_secret" in problem["detail"]
        assert "enter it again" in problem["detail"]
        assert (await api.http.get(url, headers=headers)).json()["settings"] == before
        anew = {"settings": {name: address, "client_secret": "another"}}
        assert (await api.http.patch(url, json=anew, headers=headers)).status_code == 200
        restored = {"settings": {**before, "client_secret": "hush-hush"}}
        assert (await api.http.patch(url, json=restored, headers=headers)).status_code == 200
    path = {"settings": {"base_url": "https://SIS.example.org:443/other/path"}}
    assert (await api.http.patch(url, json=path, headers=headers)).status_code == 200, "the same server"


async def test_a_secret_does_not_go_from_one_of_a_sources_hosts_to_the_other(api: Api) -> None:
    """The secret is for the token endpoint: the roster's own host, though known, never saw it, nor does it now."""
    headers = bearer(await api.key())
    settings = {**ONEROSTER["settings"], "token_url": "https://login.example.org/token"}
    made = (await api.http.post("/v1/sources", json={**ONEROSTER, "settings": settings}, headers=headers)).json()
    url = f"/v1/sources/{made['id']}"
    for change in (
        {"token_url": "https://sis.example.org/any/path"},
        {"base_url": "https://login.example.org/x", "token_url": "https://sis.example.org/token"},
    ):
        problem = problem_of(await api.http.patch(url, json={"settings": change}, headers=headers), 422)
        assert "client_secret" in problem["detail"], change


@pytest.mark.parametrize("name", ["host", "server", "api_endpoint", "base_uri", "where"])
def test_an_address_is_one_however_a_connector_calls_it(name: str) -> None:
    """Connectors of others, too: a host without a scheme, and an address under any name."""
    address = "sftp://files.example.org/in" if name == "where" else "files.example.org"
    elsewhere = address.replace("files", "attacker")
    assert origins({name: address}) != origins({name: elsewhere})
    assert origins({name: address, "grade": "7"}) == origins({name: address, "grade": "8"})


async def test_connectors_say_what_settings_they_want(api: Api) -> None:
    connectors = (await api.http.get("/v1/connectors", headers=bearer(await api.key()))).json()["connectors"]
    oneroster = next(c for c in connectors if c["name"] == "oneroster")
    assert {"evidence", "open_badges"} <= set(names(connectors, "name"))
    assert oneroster["pulled"]
    assert "base_url" in oneroster["settings"]["properties"]


async def test_the_quarantine_is_listed_shown_and_replayed(api: Api, database: TestDatabase) -> None:
    headers = await api.pusher()
    source = (await api.http.get("/v1/sources", headers=headers)).json()["sources"][0]["id"]
    batch = [{"id": f"bad-{n}", "name": "nobody's"} for n in range(5)]
    await api.http.post("/v1/evidence", json=batch, headers=headers)
    first = (await api.http.get("/v1/quarantine", params={"limit": 3, "source": source}, headers=headers)).json()
    second = (await api.http.get("/v1/quarantine", params={"limit": 3, "after": first["next"]}, headers=headers)).json()
    assert names(first["records"] + second["records"], "key") == [f"bad-{n}" for n in range(5)]
    assert second["next"] is None
    row_ = (await api.http.get("/v1/sources", headers=headers)).json()["sources"][0]
    assert (row_["quarantined"], row_["health"]) == (5, "Received less than a minute ago, 5 records in quarantine.")
    none_yet = (await api.http.post("/v1/quarantine/replay", json={"source": source}, headers=headers)).json()
    assert (none_yet["released"], none_yet["rejected"]) == (0, 5)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:  # what mends it is a mapping: here, the record
        mended = b'{"id":"bad-1","name":"A","learner":{"identifiers":[{"type":"district","value":"1"}]}}'
        owner.execute("UPDATE quarantine SET body = %s WHERE raw_key = 'bad-1'", [mended])
    ids = [first["records"][1]["id"]]
    some = await api.http.post("/v1/quarantine/replay", json={"source": source, "ids": ids}, headers=headers)
    assert (some.json()["released"], some.json()["rejected"]) == (1, 0), some.text
    left = (await api.http.get("/v1/quarantine", headers=headers)).json()["records"]
    assert names(left, "key") == ["bad-0", "bad-2", "bad-3", "bad-4"]
    problem_of(await api.http.get(f"/v1/quarantine/{ids[0]}", headers=headers), 404)


def _source(**changes: Any) -> SourceRow:
    fields: dict[str, Any] = {
        "id": 1,
        "tenant_id": 1,
        "slug": "sis",
        "name": "SIS",
        "connector": "oneroster",
        "settings": {},
        "secrets": None,
        "rank": 10,
        "every_minutes": 60,
        "full_every_days": 7,
        "shrink_share": 0.2,
        "state": "active",
        "state_reason": None,
        "due_at": None,
        "created_at": NOW,
    }
    return SourceRow(**{**fields, **changes})


def _run(state: str, kind: str = "pull", message: str | None = None, **ago: float) -> RunRow:
    ended = NOW - timedelta(**ago)
    return RunRow(1, 1, kind, state, ended, None if state == "running" else ended, {}, message)


def test_health_is_said_in_words() -> None:
    good = NOW - timedelta(hours=5)
    cases = [
        (_source(), Condition(None, None, 0), "Never synced."),
        (_source(), Condition(_run("done", minutes=12), good, 3), "Synced 12 minutes ago, 3 records in quarantine."),
        (_source(), Condition(_run("done", days=1), good, 1), "Synced 1 day ago, 1 record in quarantine."),
        (_source(), Condition(_run("running", seconds=20), good, 0), "Being synced for less than a minute."),
        (
            _source(),
            Condition(_run("failed", message="the source answers 503", hours=1), good, 0),
            "Synced without success 1 hour ago (the source answers 503); last good 5 hours ago.",
        ),
        (
            _source(),
            Condition(_run("held", message="half of the users would go", hours=2), None, 0),
            "Synced held back 2 hours ago (half of the users would go); never good yet.",
        ),
        (_source(state="paused", state_reason="SourceDenied."), Condition(None, good, 0), "Paused: SourceDenied."),
        (_source(), Condition(_run("done", kind="file", days=3), good, 0), "Loaded from a file 3 days ago."),
        (_source(), Condition(None, None, 0, NOW - timedelta(hours=3)), "Received 3 hours ago."),
        (_source(), Condition(_run("done", days=3), good, 0, good, 4), "Received 5 hours ago."),
        (_source(), Condition(_run("done", hours=1), good, 0, good, 4), "Synced 1 hour ago."),
        (_source(connector="evidence"), Condition(None, None, 0), "Ready: records are pushed or loaded from files."),
    ]
    for source, condition, words in cases:
        assert in_words(source, condition, NOW) == words


async def test_what_the_guard_shows_is_listed_and_allowed_by_number(api: Api, database: TestDatabase) -> None:
    headers = bearer(await api.key("sources.read", "sources.manage"))
    source = (await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)).json()["id"]
    url = f"/v1/sources/{source}/alarms"
    assert (await api.http.get(url, headers=headers)).json() == {"alarms": []}
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SELECT set_config('tessera.tenant', %s, false)", [str(api.tenant)])
        [number] = owner.execute(
            """INSERT INTO guard_alarm
                   (tenant_id, source_id, run_id, stream, scope, key, role, words, gone, total, keys)
               VALUES (%s, %s, 1, 'users', 'school', 'S12', 'student', 'all 5 students are gone', 5, 5, '{u1}')
               RETURNING id""",
            [api.tenant, source],
        ).fetchone() or (0,)
    problem_of(await api.http.post(f"{url}/allow", json={"ids": [number + 1]}, headers=headers), 404)
    [alarm] = (await api.http.post(f"{url}/allow", json={"ids": [number]}, headers=headers)).json()["alarms"]
    assert (alarm["key"], alarm["words"], alarm["keys"]) == ("S12", "all 5 students are gone", ["u1"])
    assert alarm["allowedAt"]


async def test_a_preview_and_an_undo_are_deferred_and_an_unknown_run_is_told(api: Api, database: TestDatabase) -> None:
    headers = bearer(await api.key("sources.read", "sources.manage"))
    source = (await api.http.post("/v1/sources", json=ONEROSTER, headers=headers)).json()["id"]
    queued = await api.http.post(f"/v1/sources/{source}/preview", headers=headers)
    assert queued.status_code == 202
    problem_of(await api.http.post(f"/v1/sources/{source}/runs/7/undo", headers=headers), 404)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("SELECT set_config('tessera.tenant', %s, false)", [str(api.tenant)])
        [run] = owner.execute(
            """INSERT INTO run (tenant_id, source_id, kind, state, counts)
               VALUES (%s, %s, 'pull', 'done', '{}') RETURNING id""",
            [api.tenant, source],
        ).fetchone() or (0,)
    assert (await api.http.post(f"/v1/sources/{source}/runs/{run}/undo", headers=headers)).status_code == 202
    with psycopg.connect(database.owner_url) as owner:
        jobs = owner.execute("SELECT task_name FROM procrastinate_jobs ORDER BY id").fetchall()
    assert [name for (name,) in jobs][-2:] == ["preview", "undo"]


async def test_a_source_is_removed_by_its_slug_with_all_it_said(api: Api) -> None:
    headers, pusher = bearer(await api.key()), await api.pusher()
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=pusher)).status_code == 201
    await settle(api.db, api.tenant)
    (source,) = (await api.http.get("/v1/sources", headers=headers)).json()["sources"]
    address = f"/v1/sources/{source['id']}"
    body = (await api.http.get(f"{address}/removal", headers=headers)).json()
    assert (body["learners"], body["knownFromItAlone"], len(body["clients"])) == (1, 1, 1)
    another = await api.http.delete(address, params={"slug": "another"}, headers=headers)
    assert problem_of(another, 409)["type"] == "urn:tessera:problem:another-source"
    assert (await api.http.delete(address, params={"slug": source["slug"]}, headers=headers)).status_code == 202
    problem_of(await api.http.post("/v1/evidence", json=EVIDENCE, headers=pusher), 401)
    await work(api.app.state.service, wait=False)
    problem_of(await api.http.get(address, headers=headers), 404)
    assert (await api.http.get("/v1/learners", headers=headers)).json()["learners"] == []
    removed = (await api.http.get("/v1/audit", params={"kind": "source"}, headers=headers)).json()["changes"][0]
    assert (removed["action"], removed["before"]["slug"]) == ("removed", source["slug"])
