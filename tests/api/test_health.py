"""Is it alive, is it ready, and what do its metrics tell; and how errors of our own look."""

from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from tests.conftest import TestDatabase
from tests.support.api import EVIDENCE, Api, bearer, problem_of, serving, settings_for


async def test_it_is_alive(api: Api) -> None:
    answer = await api.http.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_it_is_ready_with_a_worker_and_the_right_schema(api: Api, database: TestDatabase) -> None:
    without = await api.http.get("/readyz")
    assert without.status_code == 503
    assert "tessera work" in without.json()["worker"]
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        assert (await api.http.get("/readyz")).json() == {"status": "ok"}
        owner.execute("UPDATE alembic_version SET version_num = '0000'")
        assert "0000" in (await api.http.get("/readyz")).json()["schema"]


async def test_it_is_not_ready_as_a_role_that_isolation_does_not_bind(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    name = psycopg.conninfo.conninfo_to_dict(database.service_url)["user"]
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        try:
            owner.execute(f"ALTER ROLE {name} BYPASSRLS")  # type: ignore[call-overload]
            answer = await api.http.get("/readyz")
        finally:
            owner.execute(f"ALTER ROLE {name} NOBYPASSRLS")  # type: ignore[call-overload]
    assert answer.status_code == 503
    assert "row-level security" in answer.json()["database"]


async def test_without_its_database_it_is_alive_not_ready_and_says_try_again(api: Api) -> None:
    headers = bearer(await api.key())
    await api.db.pool.close()
    assert (await api.http.get("/livez")).status_code == 200
    unready = await api.http.get("/readyz")
    assert (unready.status_code, unready.json()["database"]) == (503, "cannot be reached")
    for path in (f"/v1/learners/{uuid4()}", "/v1/learners"):
        answer = await api.http.get(path, headers=headers)
        problem_of(answer, 503)
        assert answer.headers["retry-after"] == "5"


async def test_metrics_count_by_route_and_tell_nothing_of_anybody(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    await api.http.get(f"/v1/learners/{learner}", headers=headers)
    await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    await api.http.get("/v1/Ada Sample", headers=headers)
    await api.http.request("ADA", "/v1/learners", headers=headers)
    await api.http.post("/v1/evidence", json=[EVIDENCE, {"id": "bad"}], headers=headers)
    answer = await api.http.get("/metrics")
    assert answer.status_code == 200
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    route = ("route", "/v1/learners/{learner}")
    assert samples["tessera_http_requests_total", (("method", "GET"), route, ("status", "200"))] == 1
    assert samples["tessera_pushed_items_total", (("connector", "evidence"), ("status", "rejected"))] == 1
    assert samples["tessera_quarantined_records", ()] == 1
    assert any(name == "process_cpu_seconds_total" for name, _ in samples)
    for personal in ("Ada", "Sample", "100482", learner, "robotics-1", "robotics-club", "tsk_", "Sample District"):
        assert personal not in answer.text
        assert personal.lower() not in answer.text.lower()


async def test_metrics_are_for_this_machine_or_for_who_has_the_token(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    abroad = httpx.ASGITransport(api.app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=abroad, base_url="http://tessera.example.org") as http:
        problem_of(await http.get("/metrics"), 404)
    async with serving(settings_for(database, tmp_path, metrics_token=SecretStr("open-sesame"))) as (_, http):
        problem_of(await http.get("/metrics"), 404)
        assert (await http.get("/metrics", headers=bearer("open-sesame"))).status_code == 200


async def test_unknown_paths_and_methods_are_problems_too(api: Api) -> None:
    problem_of(await api.http.get("/v2/learners"), 404)
    problem_of(await api.http.get("/v1/learners/"), 404)
    refused = await api.http.delete("/v1/learners", headers=bearer(await api.key()))
    problem_of(refused, 405)
    assert refused.headers["allow"] == "GET"


async def test_an_unforeseen_error_tells_nothing_of_our_inside(
    api: Api, database: TestDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = bearer(await api.key())
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE event RENAME COLUMN data TO datum")
    problem = problem_of(await api.http.get("/v1/events", params={"limit": 7}, headers=headers), 500)
    assert set(problem) == {"type", "title", "status", "detail"}
    assert "datum" not in str(problem)
    logged = capsys.readouterr().out
    assert "UndefinedColumn" in logged
    assert headers["Authorization"].removeprefix("Bearer ") not in logged


async def test_every_answer_has_the_headers_that_keep_browsers_safe(api: Api) -> None:
    for path in ("/livez", "/v1/learners", "/docs", "/nowhere"):
        headers = (await api.http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


async def test_where_nothing_can_be_written_it_is_not_ready(api: Api, database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        assert (await api.http.get("/readyz")).status_code == 200
        owner.execute(
            """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
               BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
               CREATE TRIGGER full_disk BEFORE INSERT ON event_floor FOR EACH ROW EXECUTE FUNCTION full_disk()"""
        )
    answer = await api.http.get("/readyz")
    assert answer.status_code == 503
    assert "nothing can be written" in answer.json()["writes"]
