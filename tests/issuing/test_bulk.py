"""Bulk: one award for many, signed by processes; nobody gets two, whatever is killed, replaced or asked for at once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.credentials.bulk_sign import Prepared
from app.db import queue
from app.db.issuing import batches, issued
from app.db.wallet import wallet
from app.issuing import issuer as issuers
from app.issuing.batch import issue_batch
from app.issuing.bulk.batch_award import SOME
from app.issuing.bulk.signers import WORTH_IT, processes, signers
from tests.conftest import TestDatabase
from tests.support.api import Api
from tests.support.issuing import checked

ROOT = Path(__file__).parents[2]
AWARD = {
    "name": "Robotics 1",
    "description": "Robots",
    "criteria": "Built a robot that follows a line, 100%(s): Zoë's “best”.",
}
ISSUING = 2  # the lock of who issues for a tenant (app.db.credentials_issued)


@pytest.fixture
async def learners(api: Api) -> list[UUID]:
    """More learners than are stored at a time."""
    return await _learners(api, SOME + 200)


async def _learners(api: Api, count: int) -> list[UUID]:
    made = [uuid4() for _ in range(count)]
    async with api.db.transaction(api.tenant) as tx:
        await tx.run(
            """INSERT INTO learner (tenant_id, id, version, etag, refs, updated_at, body)
               SELECT %s, id, 1, 'x', '{}', now(), 'x' FROM unnest(%s::uuid[]) AS l (id)""",
            api.tenant,
            made,
        )
    return made


async def ask(api: Api, whom: Sequence[UUID], **more: Any) -> UUID:
    batch = uuid4()
    order = {"award": AWARD | more, "learners": [str(learner) for learner in whom]}
    async with api.db.transaction(api.tenant) as tx:
        await batches.add(tx, batch, order, "test")
        await queue.issue_soon(tx, batch)
    return batch


async def outcome_of(api: Api, batch: UUID) -> tuple[str, dict[str, int], str | None]:
    async with api.db.transaction(api.tenant) as tx:
        row = await batches.by_id(tx, batch)
    assert row is not None
    return row.state, row.counts, row.message


async def badges(api: Api) -> list[tuple[UUID, dict[str, Any]]]:
    """Every badge of the tenant that is not revoked: whose it is, and the credential."""
    async with api.db.transaction(api.tenant) as tx:
        whom = await tx.rows("SELECT DISTINCT learner_id FROM issued_credential WHERE tenant_id = %s", api.tenant)
        rows = await issued.of_learners(tx, [learner for (learner,) in whom])
    return [(row.learner_id, json.loads(row.body)) for row in rows if row.state != "revoked"]


@asynccontextmanager
async def issuing_held(api: Api, database: TestDatabase) -> AsyncIterator[None]:
    """Nothing is issued for the tenant while this lasts; it begins once what was held before has been let go."""
    async with await psycopg.AsyncConnection.connect(database.owner_url, autocommit=True) as connection:
        await connection.execute("SELECT pg_advisory_lock(%s, %s)", [api.tenant, ISSUING])
        yield


async def until_waiting(database: TestDatabase, count: int) -> None:
    """Until so many wait for the lock."""
    query = """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    async with await psycopg.AsyncConnection.connect(database.owner_url, autocommit=True) as connection:
        while True:
            row = await (await connection.execute(query, [ISSUING])).fetchone()
            assert row is not None
            if row[0] == count:
                return
            await asyncio.sleep(0.02)


async def test_everybody_gets_one_that_verifies(api: Api, learners: list[UUID]) -> None:
    batch = await ask(api, [*learners, uuid4()])
    await issue_batch(api.app.state.service, api.tenant, batch)
    count = len(learners)
    assert await outcome_of(api, batch) == ("done", {"learners": count + 1, "issued": count, "without_record": 1}, None)
    issued_badges = await badges(api)
    assert sorted(learner for learner, _ in issued_badges) == sorted(learners)
    assert len({badge["credentialSubject"]["id"] for _, badge in issued_badges}) == count
    for _, badge in (issued_badges[0], issued_badges[-1]):
        assert badge["credentialSubject"]["achievement"]["criteria"]["narrative"] == AWARD["criteria"]
        assert (await checked(api, badge)).verdict == "valid"
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.one("SELECT count(*) FROM event WHERE tenant_id = %s", api.tenant) == count
        assert await tx.one("SELECT taken FROM status_list WHERE tenant_id = %s", api.tenant) == count


async def test_two_batches_at_once_give_nobody_two(api: Api, learners: list[UUID]) -> None:
    both = [await ask(api, learners), await ask(api, learners[::-1])]
    await asyncio.gather(*(issue_batch(api.app.state.service, api.tenant, batch) for batch in both))
    counts = [(await outcome_of(api, batch))[1] for batch in both]
    assert sum(count.get("issued", 0) for count in counts) == len(learners)
    assert sum(count.get("had_it", 0) for count in counts) == len(learners)
    assert sorted(learner for learner, _ in await badges(api)) == sorted(learners)


async def test_a_batch_taken_up_again_goes_on_and_gives_back_nothing_revoked(api: Api) -> None:
    whom = await _learners(api, 3)
    batch = await ask(api, whom)
    service = api.app.state.service
    await issue_batch(service, api.tenant, batch)
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("UPDATE issued_credential SET state = 'revoked' WHERE learner_id = %s", whom[0])
        await tx.run("UPDATE issue_batch SET state = 'running' WHERE tenant_id = %s", api.tenant)
    await issue_batch(service, api.tenant, batch)
    assert (await outcome_of(api, batch))[:2] == ("done", {"learners": 3, "issued": 3})
    assert {learner for learner, _ in await badges(api)} == set(whom[1:])


async def test_what_a_replaced_key_has_signed_is_not_stored(api: Api, database: TestDatabase) -> None:
    batch = await ask(api, await _learners(api, 5))
    service = api.app.state.service
    async with issuing_held(api, database):
        job = asyncio.create_task(issue_batch(service, api.tenant, batch))
        await until_waiting(database, 1)
        async with api.db.transaction(api.tenant) as tx:
            fresh = await issuers.rotate(tx, service.vault, "Ed25519")
    await job
    assert (await outcome_of(api, batch))[1]["issued"] == 5
    methods = {badge["proof"][0]["verificationMethod"].rpartition("#")[2] for _, badge in await badges(api)}
    assert methods == {fresh}


@pytest.mark.parametrize("word", ["urn:template:learner.", "urn:template:proof_value.", "urn:template:else."])
async def test_an_award_that_would_be_mistaken_is_refused(api: Api, word: str) -> None:
    batch = await ask(api, await _learners(api, 2), criteria=f"Built one {word}")
    await issue_batch(api.app.state.service, api.tenant, batch)
    state, _, message = await outcome_of(api, batch)
    assert state == "failed"
    assert "urn:template:" in str(message)
    assert await badges(api) == []


async def test_it_reads_everywhere_as_it_was_issued(api: Api) -> None:
    """It is kept as its own words: to single reading, a learner's list and their wallet's page it is one text."""
    (learner,) = await _learners(api, 1)
    batch = await ask(api, [learner])
    await issue_batch(api.app.state.service, api.tenant, batch)
    async with api.db.transaction(api.tenant) as tx:
        (listed,) = await issued.of_learners(tx, [learner])
        single = await issued.issued(tx, listed.id)
        _, (holding,) = await wallet.holdings(tx, [learner], ["OpenBadgeCredential"], None, 9, 0)
        row = await tx.one("SELECT body FROM issued_credential WHERE tenant_id = %s", api.tenant)
    assert single is not None
    assert single.body == listed.body == holding.body
    badge = json.loads(single.body)
    assert json.dumps(badge, ensure_ascii=False, separators=(",", ":")).encode() == single.body
    assert (await checked(api, badge)).verdict == "valid"
    assert len(row) < 300 < len(single.body)


async def test_a_process_that_ends_is_done_without() -> None:
    """What the killed one would have signed is signed all the same, in its place."""
    private = Ed25519PrivateKey.generate()
    prepared = Prepared(private.private_bytes_raw(), b"options", [], [])
    digests = [os.urandom(32).hex() for _ in range(2 * WORTH_IT)]
    async with signers(len(digests)) as sign:
        signing = await asyncio.to_thread(begun, os.getpid(), processes(len(digests)))
        os.kill(int(signing[-1].name), signal.SIGKILL)
        for _ in range(2):
            signed = await sign(prepared, [digests])
            assert signed == [private.sign(b"options" + bytes.fromhex(digest)) for digest in digests]
    await asyncio.to_thread(gone, signing)


@pytest.mark.enable_socket
async def test_kill_9_in_the_middle_and_the_job_goes_on(
    api: Api, database: TestDatabase, learners: list[UUID], tmp_path: Path
) -> None:
    """The worker is killed when some are stored and more are signed: what it began ends with it, and is done again."""
    batch = await ask(api, learners)
    async with issuing_held(api, database):
        worker = await asyncio.to_thread(working, database, tmp_path / "var")
        await until_waiting(database, 1)
        begun = asyncio.create_task(_killed(api, database, worker))
        await until_waiting(database, 2)
    signing = await begun
    stored = await badges(api)
    assert len(stored) == SOME
    await asyncio.to_thread(gone, signing)
    await issue_batch(api.app.state.service, api.tenant, batch)
    assert (await outcome_of(api, batch))[:2] == ("done", {"learners": len(learners), "issued": len(learners)})
    assert sorted(learner for learner, _ in await badges(api)) == sorted(learners)
    assert [badge for badge in await badges(api) if badge in stored] == stored


async def _killed(api: Api, database: TestDatabase, worker: "subprocess.Popen[bytes]") -> list[Path]:
    """Kill the worker as soon as it waits to store the second part; the processes that signed for it."""
    async with issuing_held(api, database):
        await until_waiting(database, 1)
        signers = await asyncio.to_thread(signing_for, worker)
        worker.send_signal(signal.SIGKILL)
        await asyncio.to_thread(worker.wait)
    return signers


def working(database: TestDatabase, folder: Path) -> "subprocess.Popen[bytes]":
    """A worker in a process of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database.owner_url,
        "TESSERA_SERVICE_DATABASE_URL": database.service_url,
        "TESSERA_DATA": str(folder),
    }
    command = [sys.executable, "-m", "app", "work"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)


def signing_for(worker: "subprocess.Popen[bytes]") -> list[Path]:
    """The processes that sign for a worker: one makes the others, and no key is told on their command lines."""
    signers = signers_of(worker.pid)
    for process in signers:
        called, *ends = (process / "cmdline").read_bytes().split(b"\0")[2:-1]
        assert called == b"app.issuing.bulk.signer_process"
        assert all(end.isdigit() for end in ends)
    assert len(signers) == processes(SOME + 200)
    return signers


def signers_of(process: int) -> list[Path]:
    """The process that was started to sign, and those it made."""
    first = [
        child for child in children(Path(f"/proc/{process}")) if b"signer_process" in (child / "cmdline").read_bytes()
    ]
    return [*first, *(made for child in first for made in children(child))]


def begun(process: int, count: int) -> list[Path]:
    """Wait until so many processes sign for this one."""
    while len(signers := signers_of(process)) < count:
        time.sleep(0.02)
    return signers


def children(process: Path) -> list[Path]:
    return [Path("/proc") / number for number in (process / f"task/{process.name}/children").read_text().split()]


def gone(processes: list[Path]) -> None:
    """Wait until these processes have ended."""
    while any((process / "cmdline").exists() and (process / "cmdline").read_bytes() for process in processes):
        time.sleep(0.02)


async def test_what_fails_for_one_learner_costs_nobody_else(api: Api, database: TestDatabase) -> None:
    whom = await _learners(api, 9)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            f"""CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.learner_id = '{whom[4]}' THEN RAISE EXCEPTION 'poison'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER poison BEFORE INSERT ON issued_credential FOR EACH ROW EXECUTE FUNCTION poison()"""
        )
    batch = await ask(api, whom)
    await issue_batch(api.app.state.service, api.tenant, batch)
    state, counts, _ = await outcome_of(api, batch)
    assert (state, counts["issued"], counts["failed"]) == ("done", 8, 1)
    assert {learner for learner, _ in await badges(api)} == set(whom) - {whom[4]}
