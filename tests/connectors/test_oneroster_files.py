"""OneRoster CSV bundles: every row is mapped or listed with its reason, however dirty the bundle."""

import json
import os
import zipfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.errors import ConfigError, MappingError, Unavailable
from connectors.fields import Fields
from connectors.oneroster import STREAMS, connector
from connectors.oneroster.codes import ROLES
from connectors.oneroster.settings import OneRosterSettings
from schemas import AnyRecord, Demographics, Person

FIXTURES = Path(__file__).parents[2] / "connectors/oneroster/fixtures"
SHARED = Path(__file__).parents[3] / "shared/data"
BY_NAME = {stream.name: stream for stream in STREAMS}
USERS = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,givenName,familyName"
MEND = "(add it to the mapping, or correct the source)"
MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"


class Imported:
    """What became of a bundle: the parts, the records, the rejects as `file key: reason`, notes and leftovers."""

    def __init__(self, path: Path) -> None:
        self.complete: dict[str, bool] = {}
        self.rows: Counter[str] = Counter()
        self.records: dict[str, list[AnyRecord]] = {}
        self.rejected: list[str] = []
        self.notes: list[str] = []
        self.left: list[str] = []
        assert connector.file is not None
        for part in connector.file(path, OneRosterSettings()):
            self.complete[part.stream] = part.complete
            for page in part.pages:
                self.notes += page.notes
                self.rejected += [f"{reject.position}: {reject.reason}" for reject in page.rejects]
                for record in page.records:
                    self._map(part.stream, part.name, dict(zip(page.columns or (), cells(record), strict=True)))

    def _map(self, name: str, where: str, row: dict[str, str]) -> None:
        self.rows[name] += 1
        where = f"{where} {row.get('sourcedId')}"
        stream, fields = BY_NAME[name], Fields(row)
        try:
            records = list(stream.map(fields))
        except MappingError as refused:
            self.rejected.append(f"{where}: {refused}")
            return
        self.records.setdefault(name, []).extend(records)
        self.left += [f"{where}: {field}" for field, _ in fields.left() if field not in stream.ignore]


def cells(record: bytes) -> list[str]:
    document = json.loads(record)
    assert all(isinstance(cell, str) for cell in document)
    return list(document)


def bundle(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def shared(path: str) -> Path:
    sample = SHARED / path
    if not sample.exists():
        pytest.skip(f"there is no {sample}")
    return sample


@pytest.mark.parametrize("name", ["csv-1.1", "csv-1.2"])
def test_a_bundle_maps_to_its_golden_records(name):
    first, second = Imported(FIXTURES / name), Imported(FIXTURES / name)
    assert first.records == second.records
    assert (first.rejected, first.left) == ([], [])
    outcome = {"complete": first.complete, "records": json.loads(msgspec.json.encode(first.records))}
    golden = FIXTURES / name / "expected.json"
    if os.environ.get("TESSERA_REWRITE_GOLDEN"):
        golden.write_text(json.dumps(outcome, indent=2, ensure_ascii=False) + "\n")
    assert outcome == json.loads(golden.read_text())


@pytest.mark.parametrize("name", ["Test_full_data_set.zip", "Test_minimal_data_set.zip"])
def test_the_published_bundles_import_whole(name):
    imported = Imported(shared(f"oneroster/csv/{name}"))
    assert imported.rejected == []
    assert imported.left == []
    assert imported.rows == {"academicSessions": 5, "orgs": 1, "classes": 2, "users": 6, "enrollments": 6}
    assert {stream: len(records) for stream, records in imported.records.items()} == imported.rows
    assert set(imported.complete.values()) == {True}


def test_the_full_bundle_tells_what_was_deleted():
    imported = Imported(shared("oneroster/csv/Test_full_data_set.zip"))
    withdrawn = {r.key for records in imported.records.values() for r in records if r.withdrawn}
    assert withdrawn == {"as-grp-222-23456", "as-grp-222-2345", "cls-222-123478"}  # "inactive" is one of them


def test_a_bundle_of_headers_alone_imports_nothing_and_says_nothing_is_wrong():
    imported = Imported(shared("oneroster/csv/nicelion-example"))
    assert (imported.rejected, imported.left, sum(imported.rows.values())) == ([], [], 0)
    assert imported.complete == dict.fromkeys(
        ["orgs", "academicSessions", "courses", "classes", "users", "enrollments"], True
    ) | {"demographics": False}
    [note] = imported.notes
    assert "demographics.csv is there, though manifest.csv calls it absent" in note


def test_the_lms_toolkits_bundle_imports_with_its_two_ragged_rows():
    imported = Imported(shared("lms/lms_toolkit/oneroster11_sample"))
    assert (imported.rejected, imported.left) == ([], [])
    assert imported.notes == ["users.csv: rows, of which line 10 is the first, have blank cells to spare"]
    assert imported.rows["users"] == 10
    assert imported.rows["enrollments"] == 24


def test_every_dirty_row_is_listed_with_file_place_and_reason(tmp_path):
    users = f"""{USERS}
u-1,,,true,org-1,student,Ada,Sample
u-2,,,true,org-1,wizard,Ben,Sample
u-3,,,perhaps,org-1,student,Cy,Sample
u-4,,,true,org-1,student,,
u-5,,,true,,student,Di,Sample
u-6,,13/13/2026,true,org-1,student,Ed,Sample
u-7,,,true,org-1,student,Flo
u-8,gone,,true,org-1,student,Gus,Sample
"""
    imported = Imported(bundle(tmp_path, {"manifest.csv": MANIFEST + "file.users,bulk\n", "users.csv": users}))
    assert [r.key for r in imported.records["users"]] == ["u-1"]
    assert sorted(imported.rejected) == [
        f"users.csv u-2: field 'role': 'wizard' is not one of {', '.join(ROLES)} {MEND}",
        "users.csv u-3: field 'enabledUser': 'perhaps' is neither true nor false",
        "users.csv u-4: field 'givenName' is missing or blank, and is required",
        "users.csv u-5: field 'orgs' (in CSV 'orgSourcedIds') is missing or blank: a role needs an organization",
        "users.csv u-6: field 'dateLastModified': '13/13/2026' is not a date-time like 2026-09-01T08:00:00Z",
        "users.csv u-7: field 'familyName' is missing or blank, and is required",
        f"users.csv u-8: field 'status': 'gone' is not one of active, tobedeleted, inactive {MEND}",
    ]


def test_bom_header_case_file_case_and_folders_are_no_obstacle(tmp_path):
    users = (
        b"\xef\xbb\xbf" + b"SOURCEDID,Status,datelastmodified,EnabledUser,orgsourcedids,Role,givenname,familyName\r\n"
    )
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export/Manifest.CSV", MANIFEST + "FILE.USERS,Bulk\n")
        archive.writestr("export/USERS.csv", users + b"u-1,,08/14/2026,TRUE,org-1,Student,Ada,Sample\r\n")
    imported = Imported(path)
    [person] = imported.records["users"]
    assert isinstance(person, Person)
    assert (person.key, person.roles[0].role, imported.left, imported.complete) == (
        "u-1",
        "student",
        [],
        {"users": True},
    )
    assert person.extensions == {"dateLastModified": "08/14/2026 read as mm/dd/yyyy"}


def test_an_unknown_column_is_reported_and_metadata_is_kept(tmp_path):
    users = f"{USERS},metadata.house,shoeSize\nu-1,,,true,org-1,student,Ada,Sample,Blue,36\n"
    imported = Imported(bundle(tmp_path, {"manifest.csv": MANIFEST + "file.users,bulk\n", "users.csv": users}))
    assert imported.records["users"][0].extensions == {"metadata.house": "Blue"}
    assert imported.left == ["users.csv u-1: shoeSize"]


def test_a_deletion_in_a_delta_may_tell_no_more_than_an_id(tmp_path):
    rows = f"{USERS}\nu-1,tobedeleted,2026-09-01T00:00:00Z,,,,,\n"
    imported = Imported(bundle(tmp_path, {"manifest.csv": MANIFEST + "file.users,delta\n", "users.csv": rows}))
    assert imported.complete == {"users": False}
    assert [(r.key, r.withdrawn) for r in imported.records["users"]] == [("u-1", True)]


def test_without_a_manifest_nothing_is_complete(tmp_path):
    path = bundle(tmp_path, {"users.csv": f"{USERS}\nu-1,,,true,org-1,student,Ada,Sample\n"}) / "users.csv"
    for imported in (Imported(tmp_path), Imported(path)):
        assert imported.complete == {"users": False}
        assert imported.notes == [
            "the bundle has no manifest.csv: nothing is taken to be complete, and nothing missing is withdrawn"
        ]


def test_what_is_announced_and_missing_out_of_scope_or_unknown_is_said(tmp_path):
    imported = Imported(
        bundle(
            tmp_path,
            {
                "manifest.csv": MANIFEST + "file.users,bulk\nfile.orgs,bulk\nfile.resources,bulk\n",
                "users.csv": f"{USERS}\nu-1,,,true,org-1,student,Ada,Sample\n",
                "resources.csv": "sourcedId\n1\n",
                "notes.txt": "hello",
            },
        )
    )
    assert imported.notes == [
        "manifest.csv announces orgs.csv (bulk), and the bundle does not hold it",
        "resources.csv is out of scope: it is not read",
        "notes.txt is no file of a OneRoster bundle: it is not read",
    ]


def test_passwords_are_not_kept(tmp_path):
    rows = f"{USERS},password\nu-1,,,true,org-1,student,Ada,Sample,hunter2\n"
    path = bundle(tmp_path, {"manifest.csv": MANIFEST + "file.users,bulk\n", "users.csv": rows})
    assert connector.file is not None
    [page] = [page for part in connector.file(path, OneRosterSettings()) for page in part.pages]
    assert "password" not in (page.columns or ())
    assert b"hunter2" not in b"".join(page.records)


RESULTS = "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate"
OBJECTIVES = "sourcedId,status,dateLastModified,resultSourcedId,source,learningObjectiveId,score,textScore"


def test_a_results_learning_objectives_are_joined_and_strays_are_listed(tmp_path):
    objectives = f"""{OBJECTIVES}
o-1,,,r-1,case,guid-1,3.5,
o-2,,,r-1,unknown,7.RP.1,,met
o-3,,,r-9,case,guid-1,1,
o-4,tobedeleted,,r-2,case,guid-1,1,
o-5,,,r-2,case,,1,
o-6,tobedeleted,,r-9,case,guid-2,1,
"""
    results = f"{RESULTS}\nr-1,,,li-1,u-1,fully graded,8,2026-09-20\nr-2,,,li-1,u-2,exempt,,2026-09-20\n"
    files = {"results.csv": results, "resultLearningObjectiveIds.csv": objectives}
    manifest = MANIFEST + "file.results,bulk\nfile.resultLearningObjectiveIds,bulk\n"
    imported = Imported(bundle(tmp_path, {"manifest.csv": manifest, **files}))
    first, second = imported.records["results"]
    result: Any = first
    assert [(o.objective.code, o.objective.type, o.score, o.text_score) for o in result.objectives] == [
        ("guid-1", "CFItem", 3.5, None),
        ("7.RP.1", None, None, "met"),
    ]
    assert second.objectives == ()  # type: ignore[union-attr]
    assert imported.rejected == [
        "resultLearningObjectiveIds.csv o-5: field 'learningObjectiveId' is missing or blank, and is required",
        *(
            f"resultLearningObjectiveIds.csv {row}: its resultSourcedId 'r-9' is not in this bundle's results.csv"
            " (send the row it belongs to in the same bundle)"
            for row in ("o-3", "o-6")
        ),
    ]


def test_objectives_without_their_results_are_listed(tmp_path):
    objectives = f"{OBJECTIVES}\no-1,,,r-1,case,guid-1,3.5,\n"
    imported = Imported(bundle(tmp_path, {"resultLearningObjectiveIds.csv": objectives}))
    assert len(imported.rejected) == 1
    assert imported.complete == {"results": False}


def test_a_role_is_one_more_statement_about_its_person(tmp_path):
    roles = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\n"
    imported = Imported(bundle(tmp_path, {"roles.csv": roles + "r-1,,,u-1,primary,student,,,org-1\n"}))
    [person] = imported.records["roles"]
    assert isinstance(person, Person)
    assert (person.key, person.roles[0].role, person.roles[0].primary) == ("u-1", "student", True)


@pytest.mark.parametrize(
    ("files", "error", "complaint"),
    [
        ({"readme.txt": "hello"}, ConfigError, "holds no file of a OneRoster bundle"),
        ({"a/users.csv": USERS, "b/Users.csv": USERS}, ConfigError, "holds both 'a/users.csv' and 'b/Users.csv'"),
        ({"users.csv": "sourcedId,sourcedid\n1,2\n"}, ConfigError, "column 'sourcedId' is there twice"),
        ({"users.csv": USERS, "manifest.csv": MANIFEST + "file.users,all\n"}, ConfigError, "file.users is 'all'"),
        ({"users.csv": USERS, "manifest.csv": "a,b\n1,2\n"}, ConfigError, "no columns propertyName and value"),
        ({"users.csv": ""}, Unavailable, "empty"),
        ({"users.csv": "<!doctype html>\n<html>"}, Unavailable, "web page"),
    ],
)
def test_what_is_no_bundle_is_refused_in_words(tmp_path, files, error, complaint):
    with pytest.raises(error, match=complaint):
        Imported(bundle(tmp_path, files))


DEMOGRAPHICS = "sourcedId,status,dateLastModified,birthDate"
SESSIONS = "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear"


def births(imported: Imported) -> dict[str, str]:
    return {r.key: str(r.birth_date) for r in imported.records.get("demographics", []) if isinstance(r, Demographics)}


@pytest.mark.parametrize(
    ("dates", "sessions", "read", "note"),
    [
        (
            ["15/06/2010", "05/06/2010", "28/02/2011", "03/04/2011"],
            ["2026-08-17"],
            ["2010-06-15", "2010-06-05", "2011-02-28", "2011-04-03"],
            "dates are read day-first, as '15/06/2010' proves",
        ),
        (["06/15/2010", "05/06/2010"], [], ["2010-06-15", "2010-05-06"], "read month-first, as '06/15/2010' proves"),
        (["05/06/2010"], ["08/17/2026"], ["2010-05-06"], "read month-first, as the other columns of the bundle are"),
        (["05/06/2010", "04/04/2010"], [], ["2010-04-04"], "'05/06/2010' may be either"),
        (
            ["15/06/2010", "06/15/2010", "05/06/2010"],
            ["08/17/2026"],
            [],
            "are in two orders: none of its dates is read",
        ),
    ],
)
def test_the_dates_of_a_column_are_read_in_one_order_or_wait(tmp_path, dates, sessions, read, note):
    rows = "".join(f"u{n},,,{date}\n" for n, date in enumerate(dates, 1))
    terms = "".join(f"t{n},,,Fall,term,{day},2027-01-15,,2027\n" for n, day in enumerate(sessions))
    files = {
        "manifest.csv": MANIFEST + "file.demographics,bulk\nfile.academicSessions,bulk\n",
        "demographics.csv": f"{DEMOGRAPHICS}\n{rows}",
        "academicSessions.csv": f"{SESSIONS}\n{terms}",
    }
    imported = Imported(bundle(tmp_path, files))
    assert sorted(births(imported).values()) == sorted(read)
    assert len(imported.rejected) == len(dates) - len(read)
    assert any(note in words for words in imported.notes)
    assert imported.left == []


def test_rows_that_are_blank_from_end_to_end_are_nothing(tmp_path):
    rows = "u1,,,2010-06-15\n,,,\n,,,\nu2,,,2010-06-16\n"
    imported = Imported(bundle(tmp_path, {"demographics.csv": f"{DEMOGRAPHICS}\n{rows}"}))
    assert births(imported) == {"u1": "2010-06-15", "u2": "2010-06-16"}
    assert imported.rejected == []


def test_the_public_moodle_bundle_has_its_roles(tmp_path):
    """The header of its roles.csv ends in nameless columns, and its dates are day first."""
    head = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,,"
    rows = "r1,,,u1,primary,student,15/06/2023,16/06/2024,o1\nr2,,,u2,primary,teacher,05/06/2023,,o1\n"
    imported = Imported(bundle(tmp_path, {"roles.csv": f"{head}\n{rows}"}))
    assert [str(person.roles[0].begins) for person in imported.records["roles"]] == ["2023-06-15", "2023-06-05"]
    assert imported.rejected == []
