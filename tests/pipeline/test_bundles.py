"""OneRoster bundles as districts really hand them over: dressed ids, rows of one key, cells of another kind."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.pipeline.file import load
from app.pipeline.report import Report
from app.sources.source import Source
from tests.support.district import District

COLUMNS = {
    "orgs": "sourcedId,name,type",
    "courses": "sourcedId,title,orgSourcedId",
    "classes": "sourcedId,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds",
    "users": "sourcedId,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier",
    "roles": "sourcedId,userSourcedId,roleType,role,orgSourcedId",
    "demographics": "sourcedId,birthDate",
    "enrollments": "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,beginDate",
    "lineItems": "sourcedId,title,classSourcedId,resultValueMax",
    "results": "sourcedId,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate",
}
ROWS: Mapping[str, tuple[str, ...]] = {
    "orgs": ("S1,Harbor,school", "S2,Lake,school"),
    "courses": ("C1,Algebra,S1",),
    "classes": ("K1,Algebra 1,C1,scheduled,S1,", "K2,Algebra 2,C1,scheduled,S1,"),
    "users": ("u1,true,S1,student,ann,Ann,Lee,100001", "u2,true,S1,student,ben,Ben,Kim,100002"),
    "enrollments": ("e1,K1,S1,u1,student,2026-08-15", "e2,K1,S1,u2,student,2026-08-15"),
    "lineItems": ("L1,Quiz,K1,100",),
    "results": ("r1,L1,u1,fully graded,80,2026-09-01", "r2,L1,u2,fully graded,55,2026-09-01"),
}


@pytest.fixture
async def sis(district: District) -> Source:
    return await district.source("sis", "oneroster")


async def taken_in(district: District, source: Source, folder: Path, **rows: tuple[str, ...]) -> Report:
    """A bulk bundle, some files of which are others than usual."""
    files = {**ROWS, **rows}
    announced = [f"file.{name},bulk" for name in files]
    manifest = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2", *announced]
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.csv", "\n".join(manifest))
        for name, lines in files.items():
            archive.writestr(f"{name}.csv", "\n".join([COLUMNS[name], *lines]))
    report = await load(district.db, source, path, dry_run=False)
    await district.settle()
    return report


async def learner(district: District, name: str) -> dict[str, Any]:
    [record] = [r for r in (await district.records()).values() if name in [value["value"] for value in r["names"]]]
    return record


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("'0100001", "0100001"),
        ('"=""0100001"""', "0100001"),
        ("100001.0", "100001"),
        ("100001\u200b", "100001"),
        ("\u00a0100001", "100001"),
        (" 100001 ", "100001"),
    ],
)
async def test_an_id_is_what_it_is_below_what_a_spreadsheet_put_on_it(
    district: District, sis: Source, tmp_path: Path, written: str, meant: str
) -> None:
    users = (f"{written},true,S1,student,ann,Ann,Lee,{written}",)
    enrollments = (f"e1,K1,S1,{meant},student,2026-08-15", f"e2,K2,S1,{written},student,2026-08-15")
    await taken_in(district, sis, tmp_path, users=users, enrollments=enrollments, results=())
    ann = await learner(district, "Ann Lee")
    numbers = {(identifier["type"], identifier["value"]) for identifier in ann["identifiers"]}
    assert {("sourced", meant), ("district", meant)} <= numbers
    assert [enrollment["class"]["title"] for enrollment in ann["enrollments"]] == ["Algebra 1", "Algebra 2"]


@pytest.mark.parametrize(
    ("stream", "more"),
    [
        ("enrollments", "e1,K2,S1,u1,student,2026-08-15"),
        ("enrollments", "e1,K2,S1,u2,student,2026-08-15"),
        ("results", "r1,L1,u2,fully graded,70,2026-09-02"),
        ("results", "r1,L1,u1,fully graded,90,2026-09-02"),
        ("classes", "K1,Algebra 1 (term 2),C1,scheduled,S1,"),
        ("lineItems", "L1,Quiz again,K1,100"),
        ("orgs", "S1,Harbor (annex),school"),
        ("courses", "C1,Algebra H,S1"),
        ("users", "u1,true,S2,student,ann,Ann,Lee,100001"),
        ("roles", "r1,u1,secondary,student,S2"),
        ("demographics", "u1,2010-01-02"),
    ],
)
async def test_a_second_row_of_a_key_loses_nothing_and_the_import_comes_to_rest(
    district: District, sis: Source, tmp_path: Path, stream: str, more: str
) -> None:
    """Law: in a bulk file each row that differs stands, whichever stream it is of; a repeat changes nothing."""
    first = {"roles": ("r1,u1,primary,student,S1",), "demographics": ("u1,2010-01-01",)}
    rows = (*ROWS.get(stream, first.get(stream, ())), more)
    report = await taken_in(district, sis, tmp_path, **{stream: rows})
    assert report.streams[stream].counts["new"] == len(rows)
    assert any("have the key of another row that differs: both stand" in n for n in report.streams[stream].notes)
    before = await district.bytes()
    again = await taken_in(district, sis, tmp_path, **{stream: rows})
    assert again.streams[stream].counts["unchanged"] == len(rows)
    assert await district.bytes() == before


async def test_two_childrens_results_of_one_id_are_two(district: District, sis: Source, tmp_path: Path) -> None:
    rows = ("r1,L1,u1,fully graded,80,2026-09-01", "r1,L1,u2,fully graded,70,2026-09-02")
    await taken_in(district, sis, tmp_path, results=rows)
    assert [result["score"] for result in (await learner(district, "Ann Lee"))["results"]] == [80]
    assert [entry["score"] for entry in (await learner(district, "Ben Kim"))["results"]] == [70]


@pytest.mark.parametrize(
    ("cells", "score", "words", "on"),
    [
        ("*,2026-09-01", None, "*", "2026-09-01"),
        ("A-,2026-09-01", None, "A-", "2026-09-01"),
        ("85%,2026-09-01", None, "85%", "2026-09-01"),
        ('"1,090",2026-09-01', None, "1,090", "2026-09-01"),
        ("80,2026-09-31", 80, None, None),
        ("80.50,2026-09-01", 80.5, None, "2026-09-01"),
    ],
)
async def test_an_odd_cell_of_a_result_costs_itself(
    district: District, sis: Source, tmp_path: Path, cells: str, score: float | None, words: str | None, on: str | None
) -> None:
    report = await taken_in(district, sis, tmp_path, results=(f"r1,L1,u1,fully graded,{cells}",))
    assert report.streams["results"].counts["rejected"] == 0
    [result] = (await learner(district, "Ann Lee"))["results"]
    assert (result.get("score"), result.get("textScore"), result.get("date")) == (score, words, on)
