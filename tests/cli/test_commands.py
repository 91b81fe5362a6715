"""What the commands do and say, on real data: tenants, sources, imports, records, replay, keys, doctor."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from app.__main__ import traced
from app.sandbox.assessment import write_map_growth
from app.sandbox.district import District
from app.sandbox.serve import Addresses, serving
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET
from app.sandbox.world import World
from tests.conftest import TestDatabase
from tests.support.commands import Tessera

DISTRICT = District(size=60)


@pytest.fixture
def addresses(socket_enabled: Any) -> Iterator[Addresses]:
    with serving(World(DISTRICT)) as addresses:
        yield addresses


@pytest.fixture
def ready(tessera: Tessera) -> Tessera:
    """With a tenant."""
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    return tessera


@pytest.fixture
def sis(ready: Tessera, addresses: Addresses) -> Tessera:
    """With a tenant and its SIS."""
    result = ready(
        "source",
        "add",
        "oneroster",
        "--slug",
        "sis",
        "--name",
        "Lake SIS",
        "--every",
        "60",
        "--set",
        f"base_url={addresses.root}/sis",
        "--set",
        f"token_url={addresses.token}",
        "--set",
        f"client_id={CLIENT_ID}",
        "--secret",
        f"client_secret={CLIENT_SECRET}",
    )
    assert result.code == 0, result.plain
    return ready


def wide(text: str) -> int:
    return max(len(line) for line in text.splitlines())


def test_tenants(tessera: Tessera) -> None:
    assert "make one with" in tessera("tenant", "list").plain
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    assert "Lake District" in tessera("tenant", "list").out
    assert [tenant["slug"] for tenant in json.loads(tessera("tenant", "list", "--json").out)] == ["lake"]
    taken = tessera("tenant", "add", "lake", "Another")
    assert (taken.code, taken.out) == (1, "")
    assert "there is a tenant 'lake' already" in taken.plain
    assert "will not do as a short name" in tessera("tenant", "add", "Big Lake", "x").plain


def test_a_tenant_is_named_where_there_are_several(ready: Tessera) -> None:
    assert ready("source", "list").code == 0
    ready("tenant", "add", "hill", "Hill District")
    assert "say which with --tenant (lake, hill)" in ready("source", "list").plain
    assert ready("source", "list", "--tenant", "hill").code == 0
    assert "no tenant 'dale'" in ready("source", "list", "--tenant", "dale").plain


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["nonsense"], "no connector 'nonsense': there are"),
        (["oneroster", "--set", "base_url"], "write it as key=value"),
        (["oneroster", "--set", "shade=red"], "has no such setting; there are"),
        (["oneroster", "--set", "client_secret=x"], "it is a secret"),
        (["oneroster", "--secret", "shade=red"], "the secrets of oneroster are client_secret, token"),
        (["oneroster", "--set", "version=3"], "version: Input should be '1.1' or '1.2'"),
    ],
)
def test_a_source_that_cannot_be(ready: Tessera, options: list[str], problem: str) -> None:
    result = ready("source", "add", *options)
    assert result.code == 1
    assert problem in result.plain


def test_a_source_is_made_tested_synced_and_listed(sis: Tessera, database: TestDatabase) -> None:
    assert "the first is 'Sample Valley" in sis("source", "test", "sis").plain
    result = sis("source", "sync", "sis")
    assert result.code == 0, result.plain
    assert "3 rejected, kept in quarantine with the reason" in result.plain
    assert "'wizard' is not one of" in result.plain
    assert wide(result.out) <= 80
    again = sis("source", "sync", "sis")
    assert "'sis' is synced" in again.plain
    (listed,) = json.loads(sis("source", "list", "--json").out)
    assert (listed["state"], listed["last_run"]["state"], listed["quarantined"]) == ("active", "done", 3)
    assert CLIENT_SECRET not in sis("source", "list", "--json").out
    assert wide(sis("source", "list").out) <= 80
    with psycopg.connect(database.owner_url) as owner:
        (sealed,) = owner.execute("SELECT secrets FROM source").fetchone() or ()
    assert CLIENT_SECRET.encode() not in sealed


def test_a_source_is_scheduled_as_the_documentation_writes_it(sis: Tessera) -> None:
    words = ("source", "schedule", "sis", "--timezone", "America/New_York")
    result = sis(*words, "--at", "02:30", "--blackout", "07:00-15:30", "--rollover", "2027-06-15..2027-08-31")
    assert (result.code, "next due at" in result.out) == (0, True), result.err
    refused = sis(*words, "--at", "half past two")
    assert (refused.code, "'half past two' is no time of day: write it like 02:30" in refused.err) == (2, True)


def test_a_source_that_denies_is_paused_and_resumed(ready: Tessera, addresses: Addresses) -> None:
    ready("source", "add", "canvas", "--slug", "lms", "--set", f"base_url={addresses.lms}", "--secret", "token=wrong")
    result = ready("source", "sync", "lms")
    assert result.code == 1
    assert "the sync of 'lms' is failed" in result.plain
    assert "tessera source resume lms" in ready("source", "list").plain
    assert ready("doctor").code == 1
    assert ready("source", "resume", "lms").code == 0
    assert "paused" not in ready("source", "list").plain


def test_a_secret_is_read_from_standard_input(process: Tessera) -> None:
    process("tenant", "add", "lake", "Lake District")
    add = ("source", "add", "canvas", "--set", "base_url=https://canvas.example.org", "--secret", "token")
    assert "no value came" in process(*add).plain
    assert process(*add, typed="t0k3n\n").code == 0


def test_a_link_to_a_record_page_is_given_and_taken_back(sis: Tessera) -> None:
    sis("source", "sync", "sis")
    link = sis("record-link", "add", f"district:{DISTRICT.learner(0).number}").out.strip()
    assert link.startswith("http://127.0.0.1:8000/record/")
    assert "neither a link nor its id" in sis("record-link", "revoke", link[:-4]).plain
    assert sis("record-link", "revoke", link).code == 0
    assert "no such link that is not taken back" in sis("record-link", "revoke", link).plain
    assert "no such link" in sis("record-link", "revoke", str(UUID(int=0))).plain


def test_a_records_values_name_their_sources(sis: Tessera) -> None:
    sis("source", "sync", "sis")
    number = DISTRICT.learner(0).number
    result = sis("record", f"district:{number}")
    assert result.code == 0, result.plain
    assert DISTRICT.learner(0).family in result.out
    assert "Lake SIS" in result.out
    assert wide(result.out) <= 80
    body = json.loads(sis("record", f"district:{number}", "--json").out)
    assert body["type"] == "LearnerRecord"
    assert sis("record", body["id"]).out == result.out
    assert "is that of no learner" in sis("record", "district:999").plain
    assert "is no learner's id" in sis("record", "999").plain
    assert "has no learner" in sis("record", str(UUID(int=0))).plain


def test_replay_makes_the_same_again(sis: Tessera) -> None:
    sis("source", "sync", "sis")
    number = f"district:{DISTRICT.learner(0).number}"
    before = sis("record", number, "--json").out
    result = sis("replay")
    assert result.code == 0, result.plain
    assert "0 learners' records changed" in result.plain
    assert sis("record", number, "--json").out == before
    assert "3 rejected" in sis("quarantine", "replay", "--source", "sis").plain


@pytest.fixture
def tests_file(tmp_path: Path) -> Path:
    write_map_growth(DISTRICT, "fall", tmp_path / "map.csv")
    return tmp_path / "map.csv"


def test_an_import_is_shown_before_it_is_done(ready: Tessera, tests_file: Path) -> None:
    dry = ready("import", str(tests_file), "--connector", "assessment_file", "--dry-run")
    assert dry.code == 0, dry.plain
    assert "dry run: nothing was changed" in dry.plain
    assert "'09/45/2026', 1 times" in dry.plain
    assert "is not a date of the layout's" in dry.plain
    assert wide(dry.out) <= 80
    unasked = ready("import", str(tests_file), "--connector", "assessment_file")
    assert unasked.code == 1
    assert "say --yes" in unasked.plain
    number = next(learner for learner in DISTRICT.learners if learner.grade == 4).number
    assert "is that of no learner" in ready("record", f"district:{number}").plain
    done = ready("import", str(tests_file), "--connector", "assessment_file", "--yes")
    assert done.code == 0, done.plain
    assert "RIT" in ready("record", f"district:{number}").out
    assert "0 learners' records changed" in ready("import", str(tests_file), "--source", "assessment-file", "-y").plain


def test_an_import_tells_how_it_was_read_and_where_a_row_is(ready: Tessera, tests_file: Path) -> None:
    semicolons = tests_file.read_text("utf-8-sig").replace(",", ";").replace("Sample", "Sámple", 1)
    tests_file.write_bytes(semicolons.encode("cp1252"))
    result = ready("import", str(tests_file), "--connector", "assessment_file", "--dry-run")
    assert "to know, how it was read" in result.plain
    assert "is read with ';' between cells" in result.plain
    assert "map.csv line " in result.plain


def test_an_import_that_cannot_be(ready: Tessera, tests_file: Path, tmp_path: Path) -> None:
    assert "say --yes" in ready("import", str(tests_file)).plain, "what it is, it says itself"
    assert "no source 'sis'" in ready("import", str(tests_file), "--source", "sis").plain
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    result = ready("import", str(other), "--connector", "assessment_file", "--yes")
    assert result.code == 1
    assert "layout" in result.plain
    assert "Traceback" not in result.plain


def test_clients_and_their_keys(ready: Tessera) -> None:
    assert "no scope 'everything'" in ready("client", "add", "Script", "--scope", "everything").plain
    result = ready("client", "add", "Script", "--scope", "learners.read", "--days", "30")
    key = next(line for line in result.out.splitlines() if line.startswith("tsk_"))
    (client,) = json.loads(ready("client", "list", "--json").out)
    assert (client["name"], client["scopes"], len(client["keys"])) == ("Script", ["learners.read"], 1)
    listed = ready("client", "list").plain
    assert key not in listed
    assert "not used yet" in listed
    further = ready("client", "rotate", "Script")
    assert "tsk_" in further.out
    assert "has two live keys" in ready("client", "rotate", client["id"]).plain
    assert "no live key 'beef'" in ready("client", "revoke", "Script", "--key", "beef").plain
    assert ready("client", "revoke", "Script", "--key", client["keys"][0]["hint"]).code == 0
    assert ready("client", "revoke", "Script").code == 0
    assert json.loads(ready("client", "list", "--json").out) == []
    assert "No live client 'Script'" in ready("client", "revoke", "Script").plain


def test_a_client_says_where_it_pushes(ready: Tessera) -> None:
    assert 'tessera client add "THE VENDOR" --source ev' in ready("source", "add", "evidence", "--slug", "ev").plain
    assert ready("client", "add", "Tool", "--scope", "evidence.write", "--source", "ev").code == 0
    assert "pushes into 'ev'" in ready("client", "list").plain


def test_doctor_finds_all_well(ready: Tessera) -> None:
    result = ready("doctor", "--json")
    checks = {check["name"]: check["well"] for check in json.loads(result.out)}
    well = ["disk", "key", "database", "clock", "key of the database", "schema", "size", "kept", "role", "isolation"]
    assert checks == {**dict.fromkeys([*well, "jobs"], True), "backup": None}
    assert result.code == 0
    assert wide(ready("doctor").out) <= 80


def test_doctor_names_what_is_wrong(ready: Tessera, environment: dict[str, str], database: TestDatabase) -> None:
    (Path(environment["TESSERA_DATA"]) / "instance.key").chmod(0o644)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("ALTER TABLE event_floor DISABLE ROW LEVEL SECURITY")
    result = ready("doctor")
    assert result.code == 1
    assert "chmod 600" in result.plain
    assert "a tenant reaches another's rows" in result.plain


def test_doctor_tells_of_jobs_that_fail_again_and_again_and_of_a_queue_that_stands(
    ready: Tessera, database: TestDatabase
) -> None:
    with psycopg.connect(database.owner_url) as owner:
        for task, times in (("verify", 3), ("settle", 2)):
            for _ in range(times):
                (job,) = owner.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
                    "VALUES ('verify', %s, '{\"tenant\": 1}', 'failed') RETURNING id",
                    [task],
                ).fetchone() or (0,)
                owner.execute("INSERT INTO procrastinate_events (job_id, type) VALUES (%s, 'failed')", [job])
        (old,) = owner.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('pull', 'sync') RETURNING id"
        ).fetchone() or (0,)
        owner.execute("UPDATE procrastinate_events SET at = now() - interval '1 hour' WHERE job_id = %s", [old])
        owner.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'settle')")
    result = ready("doctor")
    assert result.code == 1
    assert "job verify of sample" in result.plain or "job verify of" in result.plain
    assert "failed 3 times within a day" in result.plain
    assert "jobs of queue pull" in result.plain
    assert "job settle" not in result.plain
    assert "queue default" not in result.plain


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://tess:S3cretPw@[::1/db",
        "postgresql://tess:S3cret%zzPw@127.0.0.1:1/db",
        "mysql://tess:S3cretPw@127.0.0.1/db",
        "postgresql://tess:S3cretPw@127.0.0.1:1/db?foo=bar",
        "host=127.0.0.1 password=S3cretPw port",
        "postgresql://tess:S3cretPw@127.0.0.1:notaport/db",
    ],
)
def test_a_database_address_that_cannot_be_read_is_told_without_its_password(
    ready: Tessera, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    for command in (("tenant", "list"), ("doctor",)):
        result = ready(*command)
        assert result.code == 1
        assert "S3cret" not in result.out + result.plain


def test_a_traceback_has_no_words_of_the_error() -> None:
    def fail() -> None:
        try:
            raise ValueError("Key (email)=(ada@example.org) is there already")
        except ValueError as why:
            raise RuntimeError("postgresql://tess:S3cretPw@db") from why

    with pytest.raises(RuntimeError) as raised:
        fail()
    traceback = "".join(traced(raised.value))
    assert "builtins.ValueError" in traceback
    assert "builtins.RuntimeError" in traceback
    assert "test_commands.py" in traceback
    lines = [line for line in traceback.splitlines() if "raise " not in line]  # the code says what it says
    assert not any("ada@" in line or "S3cret" in line for line in lines)


def test_doctor_without_a_database(
    ready: Tessera, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "host=/nowhere dbname=x")
    result = ready("doctor")
    assert result.code == 1
    assert "✗ database" in result.plain
    listed = ready("tenant", "list")
    assert listed.code == 1
    assert "the database cannot be reached" in listed.plain
    assert "Traceback" not in listed.plain


def test_the_apis_description_is_exported_and_compared(tessera: Tessera, tmp_path: Path) -> None:
    path = tmp_path / "api" / "openapi.json"
    assert tessera("export-openapi", str(path)).code == 0
    assert json.loads(path.read_text())["openapi"].startswith("3.1")
    assert tessera("export-openapi", "--check", str(path)).code == 0
    path.write_text("{}")
    drifted = tessera("export-openapi", "--check", str(path))
    assert drifted.code == 1
    assert "is not what the service serves" in drifted.plain
