"""More public reports of rosters gone wrong, fed to ours: wrong columns, wrong schools, lists of the new ones alone."""

from pathlib import Path
from typing import Any

import pytest

from app.pipeline.file import load
from app.pipeline.pull import pull
from app.pipeline.undo import undo
from app.sources.source import Source
from tests.pipeline.test_guard_changes import NEWER, edit, known, two_schools
from tests.support.district import District

pytestmark = pytest.mark.enable_socket

FULL: tuple[str, ...] = ("orgs", "users", "enrollments", "classes", "courses", "academicSessions")


async def states(district: District, source: Source, stream: str) -> dict[str, str]:
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            "SELECT raw_key, state FROM record WHERE source_id = %s AND stream = %s AND n = 0", source.id, stream
        )
    return dict(rows)


def bundle(folder: Path, users: list[str], school: str = "S1", *, manifest: bool = True) -> Path:
    """A OneRoster 1.1 bundle of a school's students."""
    folder.mkdir()
    if manifest:
        lines = ["manifest.version,1.0", "oneroster.version,1.1"]
        lines += [f"file.{name},{'bulk' if name in ('orgs', 'users') else 'absent'}" for name in FULL]
        (folder / "manifest.csv").write_text("\n".join(["propertyName,value", *lines, ""]))
    (folder / "orgs.csv").write_text(f"sourcedId,name,type,identifier\n{school},School {school},school,{school}\n")
    head = "sourcedId,enabledUser,orgSourcedIds,role,username,givenName,familyName,identifier"
    rows = [f"{key},true,{school},student,{key},Given{key},Family{key},9{key}" for key in users]
    (folder / "users.csv").write_text("\n".join([head, *rows, ""]))
    return folder


async def test_easyschool_dt_49_all_students_get_one_birth_date(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        edit(server, "demographics", birthDate=lambda _row: "2010-01-01")
        report = await pull(district.db, sis, full=True)
    assert report.state == "held"
    assert "demographics: the birth dates of all 36 records change" in (report.message or "")


async def test_opensis_classic_313_one_student_moves_up_within_the_year(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        pupil = next(row for row in server.collections["users"] if "grades" in row)
        pupil |= {"grades": ["05"], **NEWER}
        assert (await pull(district.db, sis)).state == "done"
    await district.settle()
    records = [
        record for record in (await district.records()).values() if record["names"][0]["value"].endswith("S1-03-u0")
    ]
    assert [[grade["value"] for grade in record["grades"]] for record in records] == [["05"]]


async def test_compair_377_a_file_of_the_new_ones_alone_drops_nobody(district: District, tmp_path: Path) -> None:
    sis = await district.source("sis", "oneroster")
    first = [f"u{n:02}" for n in range(20)]
    assert (await load(district.db, sis, bundle(tmp_path / "first", first), dry_run=False)).state == "done"
    report = await load(district.db, sis, bundle(tmp_path / "second", ["n1", "n2"]), dry_run=False)
    assert report.state == "held"
    assert "20 of 22 students of school School S1 (S1) are gone" in (report.message or "")
    assert set((await states(district, sis, "users")).values()) == {"current"}


async def test_pawtograder_564_a_part_without_a_manifest_drops_nobody(district: District, tmp_path: Path) -> None:
    sis = await district.source("sis", "oneroster")
    first = [f"u{n:02}" for n in range(20)]
    assert (await load(district.db, sis, bundle(tmp_path / "first", first), dry_run=False)).state == "done"
    part = bundle(tmp_path / "second", ["u03", "n1"], manifest=False)
    assert (await load(district.db, sis, part, dry_run=False)).state == "done"
    assert set((await states(district, sis, "users")).values()) == {"current"}
    assert len(await states(district, sis, "users")) == 21


async def test_rosariosis_201_students_imported_into_the_wrong_school_are_taken_out(
    district: District, tmp_path: Path
) -> None:
    sis = await district.source("sis", "oneroster")
    first = [f"u{n:02}" for n in range(4)]
    await load(district.db, sis, bundle(tmp_path / "first", first), dry_run=False)
    await district.settle()
    before = await district.records()
    moved = [*first, *(f"n{n:02}" for n in range(30))]
    wrong = await load(district.db, sis, bundle(tmp_path / "wrong", moved, "S2"), dry_run=False)
    assert wrong.state == "done"
    await district.settle()
    assert len(await district.records()) == 34
    await undo(district.db, sis, wrong.run)
    await district.settle()
    assert schools(await district.records()) == schools(before)


def schools(records: dict[str, Any]) -> dict[str, list[str]]:
    """At which schools each learner is, by name."""
    return {r["names"][0]["value"]: [school["org"] for school in r["schools"]] for r in records.values()}


async def test_empirical_core_4751_a_student_who_is_a_teacher_by_mistake_keeps_their_record(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        await district.settle()
        before = await district.records()
        pupil = next(row for row in server.collections["users"] if "grades" in row)
        student = dict(pupil)
        pupil |= {"roles": [{**pupil["roles"][0], "role": "teacher"}], **NEWER}
        assert (await pull(district.db, sis)).state == "done"
        await district.settle()
        assert (await district.records()).keys() == before.keys()
        pupil |= {**student, "dateLastModified": "2026-09-06T08:00:00.000Z"}
        assert (await pull(district.db, sis)).state == "done"
        await district.settle()
    assert schools(await district.records()) == schools(before)
