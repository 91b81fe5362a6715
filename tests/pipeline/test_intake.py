"""Files, evidence and badges of one learner meet in one record, and the same again changes nothing."""

import json
from pathlib import Path

from app.pipeline.file import load
from tests.pipeline.conftest import District

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
    [record] = [r for r in records if {"tests", "club", "camp"} <= {s["source"] for s in r["statements"].values()}]
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
