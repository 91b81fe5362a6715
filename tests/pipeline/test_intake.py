"""Files, evidence and badges of one learner meet in one record, and the same again changes nothing."""

import json
import re
from pathlib import Path

import psycopg
import pytest

from app.db.sources import sources
from app.pipeline.file import load
from tests.conftest import TestDatabase
from tests.support.district import District

CONNECTORS = Path(__file__).parents[2] / "connectors"
BADGES = json.loads((CONNECTORS / "open_badges/fixtures/credentials/page.json").read_text("utf-8"))
LEARNER = {"identifiers": [{"type": "district", "value": "605000"}]}


async def test_file_evidence_and_badge_of_one_learner_are_one_record(district: District) -> None:
    files = await district.source("tests", "assessment_file")
    club = await district.source("club", "evidence", setting="after-school")
    camp = await district.source("camp", "open_badges")
    for layout in ("map_growth", "star_reading", "star_standards"):
        await load(district.db, files, CONNECTORS / f"assessment_file/fixtures/{layout}/page.csv", dry_run=False)
    await district.take(club, "evidence", [{"id": "1", "learner": LEARNER, "narrative": "Led the club's debate."}])
    await district.take(camp, "credentials", [{"id": "1", "learner": LEARNER, "credential": BADGES[1]["credential"]}])
    await district.settle()
    records = list((await district.records()).values())
    [record] = [r for r in records if {"tests", "club", "camp"} <= {source["source"] for source in r["sources"]}]
    assert {"RIT", "scaled score", "Rasch", "percent mastery"} <= {result.get("unit") for result in record["results"]}


async def test_the_report_tells_the_layout_and_the_row_put_aside_and_a_second_load_changes_nothing(
    district: District,
) -> None:
    files = await district.source("tests", "assessment_file")
    sample = CONNECTORS / "assessment_file/fixtures/map_growth/page.csv"
    first = await load(district.db, files, sample, dry_run=False)
    again = await load(district.db, files, sample, dry_run=False)
    assert first.streams["map_growth"].counts["new"] == 6
    assert again.streams["map_growth"].counts["unchanged"] == 6
    assert len(first.streams["map_growth"].rejected) == 1


async def test_a_row_put_aside_is_told_by_its_line_of_the_file(district: District, tmp_path: Path) -> None:
    """Lines as an editor counts them: cells may hold line ends, and some lines are blank."""
    sis = await district.source("sis", "oneroster")
    (tmp_path / "manifest.csv").write_text(
        "propertyName,value\noneroster.version,1.1\nfile.orgs,bulk\nfile.users,absent\n"
    )
    (tmp_path / "orgs.csv").write_text(
        "sourcedId,name,type\n"
        'o-1,"Lake\nDistrict",district\n'  # lines 2 and 3
        "\n"
        "o-2,North,castle\n"  # line 5
        "o-3,too,many,cells\n"
        ",nameless,school\n"  # line 7
        "o-4,South,tower\n"
    )
    report = await load(district.db, sis, tmp_path, dry_run=False)
    assert {(r.where, r.reason[:22]) for r in report.streams["orgs"].rejected} == {
        ("orgs.csv line 6", "this row cannot be rea"),
        ("orgs record 3, orgs.csv line 7", "field 'sourcedId', whi"),
        ("orgs o-2, orgs.csv line 5", "field 'type': 'castle'"),
        ("orgs o-4, orgs.csv line 8", "field 'type': 'tower' "),
    }


async def test_a_run_that_failed_says_nothing_the_database_quoted(district: District, database: TestDatabase) -> None:
    club = await district.source("tests", "assessment_file")
    sample = CONNECTORS / "assessment_file/fixtures/map_growth/page.csv"
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'it will not do: %', new.body; END $$"
        )
        owner.execute("CREATE TRIGGER fault BEFORE INSERT ON record FOR EACH ROW EXECUTE FUNCTION fault()")
    with pytest.raises(psycopg.errors.RaiseException, match="605000"):
        await load(district.db, club, sample, dry_run=False)
    async with district.db.transaction(district.tenant.id) as tx:
        [run] = await sources.runs(tx, club.id, 1)
    assert run.state == "failed"
    assert run.message is not None
    assert re.fullmatch(r"an error nobody foresaw, RaiseException at [\w.:> ]+: nothing .*", run.message)
