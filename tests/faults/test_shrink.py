"""A source that takes most of a district back is not believed at once, however it says so."""

import asyncio
import json
from pathlib import Path

import pytest

from app.pipeline.file import load
from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.district import District, user
from tests.support.misbehaving import Misbehaving, answer
from tests.support.sources import listening


class Leaving(Misbehaving):
    """A student information system of a hundred, the first of whom it says to be deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted = 0
        self.page = 20

    async def _misbehave(
        self, path: str, times: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        begin = int(path.partition("offset=")[2].partition("&")[0])
        users = [
            {"sourcedId": f"u-{n}", "status": "tobedeleted", "dateLastModified": "2026-09-02T08:00:00Z"}
            if n < self.deleted
            else user(f"u-{n}")
            for n in range(100)
        ]
        writer.write(answer(json.dumps({"users": users[begin : begin + self.page]}).encode()))


async def withdrawn(district: District, source: Source) -> int:
    async with district.db.transaction(district.tenant.id) as tx:
        count: int = await tx.one("SELECT count(*) FROM record WHERE source_id = %s AND state = 'retracted'", source.id)
    return count


@pytest.mark.enable_socket
async def test_a_storm_of_deletions_is_held(district: District) -> None:
    leaving = Leaving()
    async with listening(leaving) as url:
        sis = await district.source(
            "sis", "oneroster", base_url=url, rostering_path="", auth="bearer", token="s3cret", collections=["users"]
        )
        assert (await pull(district.db, sis)).state == "done"
        leaving.deleted = 15
        assert (await pull(district.db, sis, full=True)).state == "done"
        assert await withdrawn(district, sis) == 15
        leaving.deleted = 100
        for full in (True, True, False, True):
            outcome = await pull(district.db, sis, full=full)
            assert outcome.state == "held"
            assert "are withdrawn a" in (outcome.message or "")
        assert await withdrawn(district, sis) <= 15 + 17
        assert (await pull(district.db, sis, full=True, allow_shrink=True)).state == "done"
        assert await withdrawn(district, sis) == 100


async def test_a_file_that_deletes_a_district_is_held(district: District, tmp_path: Path) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(
        sis, "orgs", [{"sourcedId": f"o-{n}", "name": "Sample School", "type": "school"} for n in range(50)]
    )
    folder = tmp_path / "delta"
    folder.mkdir()
    rows = "".join(f"o-{n},tobedeleted,2026-09-02T08:00:00Z,,,,\n" for n in range(30))
    head = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
    (folder / "orgs.csv").write_text(head + rows)
    (folder / "manifest.csv").write_text("propertyName,value\nfile.orgs,delta\n")
    for dry_run in (True, False):
        assert (await load(district.db, sis, folder, dry_run=dry_run)).state == "held"
        assert await withdrawn(district, sis) == 0
    assert (await load(district.db, sis, folder, dry_run=False, allow_shrink=True)).state == "done"
    assert await withdrawn(district, sis) == 30
