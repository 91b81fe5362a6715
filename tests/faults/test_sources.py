"""A source at its worst, through a whole sync: nothing changes, the history says why, nobody else gets the token."""

import asyncio
import json

import pytest

from app.db.sources import sources
from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.district import District, user
from tests.support.misbehaving import Misbehaving, answer
from tests.support.sources import listening

USERS = [user(f"u-{n}", "Ada", identifier=f"100{n}") for n in range(3)]
FAULTS = {
    "hang": "did not answer whole within",
    "drip": "did not answer whole within",
    "endless": "more than 1,000,000 bytes",
    "truncated": "broke off",
    "truncated-no-length": "not a JSON object",
    "reset": "broke off",
    "html200": "a web page",
    "empty200": "the answer is empty",
    "null200": "not a JSON object",
    "latin1": "not UTF-8",
    "gzipbomb": "more than 1,000,000 bytes",
    "badgzip": "broken gzip",
    "redirect-loop": "redirects more than 5 times",
    "redirect-metadata": "not following",
    "redirect-file": "not following",
    "bigheader": "broke off",
    "429-date": "asks to wait",
    "500": "answered 500",
    "401": "401",
    "no-http": "broke off",
    "silence": "broke off",
    "elsewhere": "not following",
    "nul": "it has a\N{REPLACEMENT CHARACTER}b",
    "none": "3 of 3 records are gone",
}
CURED = ("429", "flap")
"""Faults that asking again cures."""

pytestmark = pytest.mark.enable_socket


class Failing(Misbehaving):
    """A student information system that is well until it is given a fault."""

    def __init__(self, elsewhere: str) -> None:
        super().__init__()
        self.fault: str | None = None
        self._elsewhere = elsewhere

    async def _misbehave(
        self, path: str, times: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        del times
        first = "offset=0" in path and "filter" not in path
        every = json.dumps({"users": USERS if first else []}).encode()
        match self.fault:
            case None:
                writer.write(answer(every))
            case "none":
                writer.write(answer(b'{"users":[]}'))
            case "nul":
                writer.write(answer(b'{"a\\u0000b":[]}'))
            case "401":
                writer.write(answer(b'{"error":"invalid_token"}', "401 Unauthorized"))
            case "elsewhere":
                writer.write(answer(b"", "302 Found", f"Location: {self._elsewhere}/users"))
            case "429" | "flap" if self._times[self.fault]:
                writer.write(answer(every))
            case fault:
                self._times[fault] += 1
                await super()._misbehave(fault, self._times[fault], reader, writer)


async def outcome_of(district: District, fault: str, foreign: str) -> tuple[str, str | None, str | None]:
    """Sync a well source, then with a fault: how the second sync ended, in the history's words."""
    failing = Failing(foreign)
    async with listening(failing) as url:
        source = await district.source(
            fault,
            "oneroster",
            base_url=url,
            rostering_path="",
            auth="bearer",
            token="s3cret",
            collections=["users"],
            request_seconds=5,
            response_bytes=1_000_000,
        )
        assert (await pull(district.db, source)).state == "done"
        before = await statements(district, source)
        failing.fault = fault
        await pull(district.db, source, full=True)
        async with district.db.transaction(district.tenant.id) as tx:
            [last, _] = await sources.runs(tx, source.id, 9)
        assert await statements(district, source) == before, fault
        failing.fault = None
        assert (await pull(district.db, source, full=True)).state == "done"
        assert await statements(district, source) == before
    return fault, last.state, last.message


async def statements(district: District, source: Source) -> list[object]:
    async with district.db.transaction(district.tenant.id) as tx:
        return await tx.rows(
            """SELECT raw_key, n, hash, raw_id, received_at, withdrawn, body::text FROM record
               WHERE source_id = %s ORDER BY 1""",
            source.id,
        )


async def test_no_fault_of_a_source_changes_a_record(district: District) -> None:
    foreign = Misbehaving()
    async with listening(foreign) as elsewhere:
        endings = await asyncio.gather(*(outcome_of(district, fault, elsewhere) for fault in (*FAULTS, *CURED)))
    for fault, state, message in endings:
        if fault in CURED:
            assert (fault, state, message) == (fault, "done", None)
        else:
            assert (fault, state) == (fault, "held" if fault == "none" else "failed")
            assert FAULTS[fault] in (message or ""), (fault, message)
            assert "s3cret" not in (message or "")
    assert foreign.seen == []
