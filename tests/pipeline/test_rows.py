"""One person at two schools, told in two rows of one key: both stand, and the same file again changes nothing."""

from pathlib import Path
from typing import Any

import pytest

from app.pipeline.file import load
from app.pipeline.replay import replay
from app.pipeline.report import Report
from app.sources.source import Source
from tests.support.district import District

HEAD = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier\n"
ADA_1 = "u1,,,true,S1,student,ada,Ada,Sample,1001\n"
ADA_2 = "u1,,,true,S2,student,ada,Ada,Sample,1001\n"
BO = "u2,,,true,S2,student,bo,Bo,Sample,1002\n"
MANIFEST = """propertyName,value
manifest.version,1.0
oneroster.version,1.1
file.academicSessions,absent
file.orgs,bulk
file.users,bulk
"""
ORGS = """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
S1,,,Oak School,school,,
S2,,,Elm,school,,
"""


def bundle(folder: Path, *rows: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "manifest.csv").write_text(MANIFEST, "utf-8")
    (folder / "orgs.csv").write_text(ORGS, "utf-8")
    (folder / "users.csv").write_text(HEAD + "".join(rows), "utf-8")
    return folder


async def take(district: District, sis: Source, folder: Path, *rows: str) -> Report:
    return await load(district.db, sis, bundle(folder, *rows), dry_run=False, allow_shrink=True)


async def schools(district: District) -> list[tuple[str, str | None]]:
    await district.settle()
    [ada] = [r for r in (await district.records()).values() if r["names"][0]["given"] == "Ada"]
    return sorted((school["name"], school.get("ends")) for school in ada["schools"])


FAR = [f"x{n},,,true,S1,student,x{n},Xi,Sample,9{n:05}\n" for n in range(6000)]


@pytest.mark.parametrize("between", [[], FAR], ids=["beside", "pages apart"])
async def test_two_rows_of_one_person_are_one_person_at_two_schools(
    district: District, tmp_path: Path, between: list[str]
) -> None:
    sis = await district.source("sis", "oneroster")
    first = await take(district, sis, tmp_path / "a", ADA_1, BO, *between, ADA_2)
    assert first.streams["users"].counts["new"] == 3 + len(between)
    assert any("both stand (u1" in note for note in first.streams["users"].notes)
    if not between:
        assert await schools(district) == [("Elm", None), ("Oak School", None)]
        before = await district.bytes()
    for _ in range(2):
        again = await take(district, sis, tmp_path / "a", ADA_1, BO, *between, ADA_2)
        assert again.streams["users"].counts["unchanged"] == 3 + len(between)
        assert not again.streams["users"].counts["updated"]
    if not between:
        assert (await district.settle()).persons == 0
        await replay(district.db, sis)
        await district.settle()
        assert await district.bytes() == before


async def test_a_school_that_was_left_ends_and_a_changed_row_stays_the_row_it_was(
    district: District, tmp_path: Path
) -> None:
    sis = await district.source("sis", "oneroster")
    await take(district, sis, tmp_path / "a", ADA_1, ADA_2, BO)
    changed: Any = ADA_2.replace("Sample", "Samples")
    await take(district, sis, tmp_path / "a", ADA_1, changed, BO)
    assert await schools(district) == [("Elm", None), ("Oak School", None)]
    await take(district, sis, tmp_path / "a", ADA_1, BO)
    [(elm, ends), oak] = await schools(district)
    assert (elm, ends is not None, oak) == ("Elm", True, ("Oak School", None))
    before = [r async for r in _rows(district)]
    await replay(district.db, sis)
    assert [r async for r in _rows(district)] == before


async def _rows(district: District) -> Any:
    async with district.db.transaction(district.tenant.id) as tx:
        for row in await tx.rows(
            "SELECT stream, raw_key, n, state, person, body::text FROM record WHERE stream = 'users' ORDER BY 1, 2, 3"
        ):
            yield row


async def test_copies_of_a_row_say_it_once(district: District, tmp_path: Path) -> None:
    sis = await district.source("sis", "oneroster")
    report = await take(district, sis, tmp_path / "a", ADA_1, ADA_1, BO)
    assert (report.streams["users"].counts["new"], report.streams["users"].counts["unchanged"]) == (2, 1)
    assert await schools(district) == [("Oak School", None)]
